/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AWS Signature Version 4 ("Signature Version 4 signing process", AWS General Reference;
 * kms-apis 1.10). Pure. The request is that of an exchange; its endpoint gives the host.
 */
#ifndef EVC_AUTH_SIGV4_H
#define EVC_AUTH_SIGV4_H

#include "auth/creds.h"
#include "base/buf.h"
#include "crypto/crypto.h"
#include "net/http.h"

typedef struct evc_sigv4 {
    const char *region;
    const char *service;
    int64_t now_ms;      /* wall time as the host counts; one for date and scope */
    bool keep_path;      /* no dot segments and double slashes taken out: S3 */
    bool token_unsigned; /* the session token goes on after signing */
} evc_sigv4;

/*
 * Adds x-amz-date, x-amz-security-token and authorization. Signs host and every header
 * that the exchange has, but those that a proxy or libcurl may change. ARGUMENT, NOMEM,
 * CRYPTO.
 */
int evc_sigv4_sign(evc_crypto *crypto, const evc_sigv4 *how, const evc_creds *creds,
                   evc_exchange *x, evc_error **err) EVC_MUST_CHECK;

/*
 * The other form: what signs goes into the query, and the URL is good for whoever has it,
 * for expires_s seconds from now_ms. Tokens of EKS are made so.
 */
int evc_sigv4_presign(evc_crypto *crypto, const evc_sigv4 *how, const evc_creds *creds,
                      uint32_t expires_s, evc_exchange *x,
                      evc_error **err) EVC_MUST_CHECK;

/* The steps, for those who check: canonical request, string to sign. Appended to out. */
int evc_sigv4_canonical(evc_crypto *crypto, const evc_sigv4 *how, const evc_exchange *x,
                        evc_buf *out, evc_error **err) EVC_MUST_CHECK;
int evc_sigv4_to_sign(evc_crypto *crypto, const evc_sigv4 *how, evc_view canonical,
                      evc_buf *out, evc_error **err) EVC_MUST_CHECK;

#endif
