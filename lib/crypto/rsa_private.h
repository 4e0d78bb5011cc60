/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the numbers of an RSA private key, RSAPrivateKey of RFC 8017 A.1.2 with two to five
 * primes. OpenSSL's decoders are not used for it: those of 3.0 leave 19 copies of the
 * private numbers in memory that they free. For rsa_key.c alone.
 */
#ifndef EVC_CRYPTO_RSA_PRIVATE_H
#define EVC_CRYPTO_RSA_PRIVATE_H

#include "base/view.h"
#include "crypto/state.h"

/* NULL when der is not one such key and nothing else, in the shortest form. */
EVP_PKEY *evc_rsa_private_read(const evc_crypto *crypto, evc_view der);

#endif
