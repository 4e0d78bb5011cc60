/* SPDX-License-Identifier: Apache-2.0 */
/* Where Alibaba Cloud's tools keep profiles, found and read anew each time. */
#ifndef EVC_AUTH_ALIBABA_FILES_H
#define EVC_AUTH_ALIBABA_FILES_H

#include "auth/alibaba_config.h"
#include "auth/alibaba_profile.h"

/*
 * A profile of the CLI: name NULL = that of the configuration, else the file's current
 * one. *found = false: the CLI's file is not there or switched off, or there is no such
 * profile. BAD_CREDENTIALS: ALIBABA_CLOUD_CONFIG_FILE names none, or it is malformed.
 */
int evc_alibaba_cli_profile(const evc_alibaba_config *config, const char *name,
                            evc_alibaba_profile *out, bool *found,
                            evc_error **err) EVC_MUST_CHECK;
/*
 * A section of ~/.alibabacloud/credentials (or credentials.ini, as Python's client has
 * it), as a profile of the modes AK, RamRoleArn, EcsRamRole and OIDC. Same otherwise.
 */
int evc_alibaba_ini_profile(const evc_alibaba_config *config, evc_alibaba_profile *out,
                            bool *found, evc_error **err) EVC_MUST_CHECK;

#endif
