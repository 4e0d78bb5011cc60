/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alibaba Cloud's request signatures: ACS3-HMAC-SHA256 ("V3") and HMAC-SHA1 over
 * parameters ("V1"); kms-apis 3.3, 3.4. Pure.
 */
#ifndef EVC_AUTH_ACS_H
#define EVC_AUTH_ACS_H

#include "auth/creds.h"
#include "base/buf.h"
#include "crypto/crypto.h"
#include "net/http.h"

typedef struct evc_acs {
    const char *action;
    const char *version; /* "2016-01-20" */
    int64_t now_ms;      /* wall time as the host counts */
    const char *nonce;   /* new for each attempt */
} evc_acs;

/*
 * Both sign a request whose query, body and content-type are set, and demand credentials
 * with id and secret: BAD_CREDENTIALS. ARGUMENT: parameters that are not percent-encoded,
 * or that come twice. NOMEM, CRYPTO.
 *
 * V3. Adds x-acs-action, -version, -date, -signature-nonce, -content-sha256, the token's
 * two and authorization.
 */
int evc_acs3_sign(evc_crypto *crypto, const evc_acs *how, const evc_creds *creds,
                  evc_exchange *x, evc_error **err) EVC_MUST_CHECK;
/*
 * V1. Adds the common parameters, Action too, and Signature: to the form body when there is
 * one, else to the query. Format stays as the request has it, else it is JSON. Takes the
 * header x-acs-action away. UNSUPPORTED: a path, or a body that is no form; V1 signs
 * neither.
 */
int evc_acs1_sign(evc_crypto *crypto, const evc_acs *how, const evc_creds *creds,
                  evc_exchange *x, evc_error **err) EVC_MUST_CHECK;

#endif
