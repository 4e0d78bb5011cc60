/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The canonical form of a request, which AWS's Signature Version 4 is made over ("Signature
 * Version 4 signing process", AWS General Reference; kms-apis 1.10). Pure.
 */
#ifndef EVC_AUTH_CANONICAL_H
#define EVC_AUTH_CANONICAL_H

#include "base/buf.h"
#include "crypto/crypto.h"
#include "net/http.h"

/* keep_path: no dot segments and double slashes are taken out (S3). Appended to out, which
 * may hold a session token then. NOMEM, CRYPTO. */
int evc_canonical_request(evc_crypto *crypto, bool keep_path, const evc_exchange *x,
                          evc_buf *out, evc_error **err) EVC_MUST_CHECK;
/* The names of the headers that are signed, joined by semicolons; appended. NOMEM. */
int evc_canonical_names(const evc_exchange *x, evc_buf *out,
                        evc_error **err) EVC_MUST_CHECK;
/* SHA-256 in hex, appended. CRYPTO. */
int evc_canonical_hash(evc_crypto *crypto, evc_view bytes, evc_buf *out,
                       evc_error **err) EVC_MUST_CHECK;

#endif
