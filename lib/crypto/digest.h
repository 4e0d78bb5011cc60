/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-2 (FIPS 180-4), HMAC (RFC 2104), HKDF (RFC 5869). EVC_SHA1 is only a parameter of
 * RSA-OAEP, and the hash of one HMAC: that of Alibaba Cloud's signature V1 (auth/acs.h),
 * which old gateways demand. evc_digest takes it too, for the names of files that AWS's
 * tools chose (auth/aws_sso_token.c): nothing is protected by it. Every other function here
 * except evc_hash_size refuses it by ENVCRYPT_E_ARGUMENT.
 * Contexts come from a pool. Once warm this layer allocates nothing; OpenSSL 3.0 itself still
 * allocates its state at each start of a hash, two for an HMAC.
 */
#ifndef EVC_CRYPTO_DIGEST_H
#define EVC_CRYPTO_DIGEST_H

#include "base/view.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"

size_t evc_hash_size(evc_hash hash);

/* Of the parts, one after the other. */
int evc_digest(evc_crypto *crypto, evc_hash hash, const evc_view *parts, size_t count,
               void *out, evc_error **err) EVC_MUST_CHECK;
int evc_hmac(evc_crypto *crypto, evc_hash hash, evc_view key, const evc_view *parts,
             size_t count, void *out, evc_error **err) EVC_MUST_CHECK;

/* Bytes that come in pieces. One object, one thread. */
typedef struct evc_hasher evc_hasher;
int evc_hasher_open(evc_crypto *crypto, evc_hash hash, evc_hasher **out,
                    evc_error **err) EVC_MUST_CHECK;
/* Both: ENVCRYPT_E_STATE once finished. */
int evc_hasher_add(evc_hasher *hasher, evc_view bytes, evc_error **err) EVC_MUST_CHECK;
int evc_hasher_finish(evc_hasher *hasher, void *out, evc_error **err) EVC_MUST_CHECK;
void evc_hasher_close(evc_hasher *hasher); /* back to the pool, wiped; NULL is fine */

/*
 * HKDF. An empty salt means hash-length zero bytes. Expand: at most 255 × hash length,
 * else ENVCRYPT_E_ARGUMENT; info may be of any length.
 */
int evc_hkdf_extract(evc_crypto *crypto, evc_hash hash, evc_view salt, evc_view ikm,
                     void *prk, evc_error **err) EVC_MUST_CHECK;
int evc_hkdf_expand(evc_crypto *crypto, evc_hash hash, evc_view prk, evc_view info,
                    void *out, size_t size, evc_error **err) EVC_MUST_CHECK;
int evc_hkdf(evc_crypto *crypto, evc_hash hash, evc_view salt, evc_view ikm,
             evc_view info, void *out, size_t size, evc_error **err) EVC_MUST_CHECK;

/* One extract and an expand for each output: the quick way to several keys of one
 * secret. */
typedef struct evc_hkdf_output {
    evc_view info;
    void *out;
    size_t size;
} evc_hkdf_output;
int evc_hkdf_outputs(evc_crypto *crypto, evc_hash hash, evc_view salt, evc_view ikm,
                     const evc_hkdf_output *outputs, size_t count,
                     evc_error **err) EVC_MUST_CHECK;

#endif
