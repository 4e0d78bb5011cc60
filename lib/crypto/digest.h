/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-2 (FIPS 180-4), HMAC (RFC 2104), HKDF (RFC 5869). SHA-1 only inside RSA-OAEP. */
#ifndef EVC_CRYPTO_DIGEST_H
#define EVC_CRYPTO_DIGEST_H

#include "base/view.h"
#include "crypto/crypto.h"

typedef enum evc_hash { EVC_SHA256, EVC_SHA384, EVC_SHA512, EVC_SHA1 } evc_hash;
#define EVC_HASH_MAX 64

size_t evc_hash_size(evc_hash hash);

/* Of the parts, one after the other. */
int evc_digest(evc_crypto *crypto, evc_hash hash, const evc_view *parts, size_t count,
               void *out, evc_error **err) EVC_MUST_CHECK;
int evc_hmac(evc_crypto *crypto, evc_hash hash, evc_view key, const evc_view *parts,
             size_t count, void *out, evc_error **err) EVC_MUST_CHECK;

/* Bytes that come in pieces. */
typedef struct evc_hasher evc_hasher;
int evc_hasher_open(evc_crypto *crypto, evc_hash hash, evc_hasher **out,
                    evc_error **err) EVC_MUST_CHECK;
int evc_hasher_add(evc_hasher *hasher, evc_view bytes, evc_error **err) EVC_MUST_CHECK;
int evc_hasher_finish(evc_hasher *hasher, void *out, evc_error **err) EVC_MUST_CHECK;
void evc_hasher_close(evc_hasher *hasher); /* back to the pool, wiped; NULL is fine */

/*
 * HKDF. An empty salt means hash-length zero bytes. Expand: at most 255 × hash length,
 * else ENVCRYPT_E_ARGUMENT; info may be of any length. One pooled context serves an extract
 * and all expands of a message; nothing is allocated when the pool is warm.
 */
int evc_hkdf_extract(evc_crypto *crypto, evc_hash hash, evc_view salt, evc_view ikm,
                     void *prk, evc_error **err) EVC_MUST_CHECK;
int evc_hkdf_expand(evc_crypto *crypto, evc_hash hash, evc_view prk, evc_view info,
                    void *out, size_t size, evc_error **err) EVC_MUST_CHECK;
int evc_hkdf(evc_crypto *crypto, evc_hash hash, evc_view salt, evc_view ikm, evc_view info,
             void *out, size_t size, evc_error **err) EVC_MUST_CHECK;

#endif
