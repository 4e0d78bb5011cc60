/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two files of AWS's tools, config and credentials, read once ("Shared config and
 * credentials files", AWS SDKs and Tools Reference Guide; kms-apis 1.11). What is found
 * are views into them. Immutable after open; any number of threads.
 */
#ifndef EVC_AUTH_AWS_FILES_H
#define EVC_AUTH_AWS_FILES_H

#include "base/buf.h"
#include "base/log.h"
#include "codec/ini.h"

typedef struct evc_aws_files {
    evc_buf config_text;
    evc_buf credentials_text;
    evc_ini config;
    evc_ini credentials;
} evc_aws_files;

/*
 * A path may be NULL, and a file may be missing: then it is empty. BAD_CREDENTIALS: it
 * cannot be read, or is no such file; NOMEM. A warning in the log when others can read the
 * credentials.
 */
int evc_aws_files_open(evc_aws_files *files, const char *config_path,
                       const char *credentials_path, const evc_log *log,
                       evc_error **err) EVC_MUST_CHECK;
void evc_aws_files_reset(evc_aws_files *files); /* wipes; fine on zeros */

/* [profile NAME] of config (or [default]), or [NAME] of credentials. */
bool evc_aws_files_has(const evc_aws_files *files, const char *profile);
/* A setting of a profile, of the credentials file when both have it. Empty: it is not
 * there, or has no value. */
evc_view evc_aws_files_get(const evc_aws_files *files, const char *profile,
                           const char *name);
/* Of [sso-session NAME]. */
evc_view evc_aws_files_session(const evc_aws_files *files, evc_view session,
                               const char *name);
bool evc_aws_files_has_session(const evc_aws_files *files, evc_view session);
/* Of a service's block in [services NAME]. */
evc_view evc_aws_files_service(const evc_aws_files *files, evc_view services,
                               const char *service, const char *name);

#endif
