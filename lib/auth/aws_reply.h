/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credentials in JSON, as containers, instances, the portal of SSO, STS and programs give
 * them (kms-apis 1.11, 1.12). Secrets go from the text to the arena.
 */
#ifndef EVC_AUTH_AWS_REPLY_H
#define EVC_AUTH_AWS_REPLY_H

#include "auth/creds.h"
#include "base/buf.h"

/* Paths of members as codec/jscan.h has them. */
typedef struct evc_aws_form {
    const char *id;
    const char *secret;
    const char *token;
    const char *expires;
    const char *account; /* NULL: it tells none */
    int64_t epoch_ms;    /* of a number; 0: expires is never one */
    bool may_have_no_token;
    bool may_never_expire;
} evc_aws_form;

/* Where they are from, of evc_creds_parts. */
typedef struct evc_aws_origin {
    const char *source;
    const char *detail;
    evc_view account; /* when the form tells none */
} evc_aws_origin;

/*
 * text is changed, and wiped when this fails. ENVCRYPT_E_PROTOCOL: a member is missing or
 * wrong, or it is no JSON; and the errors of evc_creds_new. No message shows the text.
 */
int evc_aws_reply_read(evc_arena *arena, const evc_aws_form *form,
                       const evc_aws_origin *origin, evc_buf *text, evc_creds **out,
                       evc_error **err) EVC_MUST_CHECK;

#endif
