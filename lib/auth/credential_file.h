/* SPDX-License-Identifier: Apache-2.0 */
/* Files that hold credentials, as others' tools write them. */
#ifndef EVC_AUTH_CREDENTIAL_FILE_H
#define EVC_AUTH_CREDENTIAL_FILE_H

#include "base/buf.h"
#include "base/log.h"

#define EVC_CREDENTIAL_FILE_MAX ((size_t)1024 * 1024)
#define EVC_TOKEN_FILE_MAX ((size_t)65536)

/*
 * Appends the file, which may be a link. A line of the log warns when others than its
 * owner can read it; they are not refused, since the tools that write them do not care.
 * FILE_NOT_FOUND stays; what else keeps it from being read is BAD_CREDENTIALS with the
 * reason as its cause, and so is a byte order mark or a NUL. NOMEM.
 */
int evc_credential_file_read(const char *path, const evc_log *log, evc_buf *out,
                             evc_error **err) EVC_MUST_CHECK;
/* Same, of a folder where others may put files: what is another user's, may be written by
 * others, or is a link, is BAD_CREDENTIALS (EVC_FILE_OWN). */
int evc_credential_file_read_own(const char *path, const evc_log *log, evc_buf *out,
                                 evc_error **err) EVC_MUST_CHECK;
/*
 * A token that somebody renews (of a pod, mostly readable by others): appended without
 * the white space around it. Empty is BAD_CREDENTIALS too; FILE_NOT_FOUND stays.
 */
int evc_token_file_read(const char *path, evc_buf *out, evc_error **err) EVC_MUST_CHECK;

#endif
