/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The token of IAM Identity Center that "aws sso login" left in ~/.aws/sso/cache, renewed
 * when it nears its end and can be (kms-apis 1.11).
 */
#ifndef EVC_AUTH_AWS_SSO_TOKEN_H
#define EVC_AUTH_AWS_SSO_TOKEN_H

#include "auth/aws_config.h"

typedef struct evc_aws_sso_session {
    const char *profile; /* for messages */
    evc_view name; /* of [sso-session NAME]; empty: the older form, without renewal */
    evc_view start_url;
    const char *region;
} evc_aws_sso_session;

/* The access token; the caller's to free. BAD_CREDENTIALS: nobody is signed in, or not any
 * more; errors of the renewal when the old token is over. */
int evc_aws_sso_token(const evc_aws_config *config, const evc_aws_sso_session *session,
                      int64_t now_ms, evc_wait *wait, evc_secret *out,
                      evc_error **err) EVC_MUST_CHECK;

/* Errors of the portal and of the OIDC service. */
void evc_aws_sso_classify(const evc_exchange *x, evc_fault *fault);

#endif
