/* SPDX-License-Identifier: Apache-2.0 */
/* Reads RSA keys; rsa.h says which are accepted. For rsa.c alone. */
#ifndef EVC_CRYPTO_RSA_KEY_H
#define EVC_CRYPTO_RSA_KEY_H

#include "base/view.h"
#include "crypto/crypto.h"
#include "crypto/state.h"

/*
 * *out is the caller's; NULL on failure. A passphrase counts for private keys only. The
 * caller has seen to it that the sizes are within rsa.h's limits.
 */
int evc_rsa_key_from_pem(const evc_crypto *crypto, bool is_private, evc_view pem,
                         evc_view passphrase, EVP_PKEY **out,
                         evc_error **err) EVC_MUST_CHECK;
int evc_rsa_key_from_der(const evc_crypto *crypto, bool is_private, evc_view der,
                         EVP_PKEY **out, evc_error **err) EVC_MUST_CHECK;

#endif
