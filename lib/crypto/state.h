/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this layer share, and no other layer includes: the algorithms
 * fetched once, the pools, and the ways in which every file meets OpenSSL.
 */
#ifndef EVC_CRYPTO_STATE_H
#define EVC_CRYPTO_STATE_H

#include <openssl/evp.h>
#include <openssl/provider.h>
#include <stdatomic.h>

#include "base/env.h"
#include "base/err.h"
#include "base/fork.h"
#include "crypto/hash.h"
#include "crypto/pool.h"

#define EVC_AES_SIZES 3 /* 16, 24 and 32 bytes */

typedef struct evc_crypto evc_crypto;

struct evc_crypto {
    atomic_size_t refs;
    uint64_t generation;
    evc_env *env;
    OSSL_LIB_CTX *library;
    OSSL_PROVIDER *provider;
    const char *properties; /* of every fetch; NULL = the provider's own choice */
    EVP_CIPHER *gcm[EVC_AES_SIZES];
    EVP_CIPHER *wrap[EVC_AES_SIZES];
    EVP_CIPHER *wrap_padded[EVC_AES_SIZES];
    EVP_CIPHER *cbc[EVC_AES_SIZES];
    EVP_CIPHER *ecb256;
    EVP_MD *hash[EVC_HASH_COUNT];
    EVP_MAC *cmac;
    evc_pool gcm_pool;
    evc_pool hash_pool[EVC_HASH_COUNT];
};

/* The index of an AES key size in the arrays above, or -1. */
static inline int
evc_aes_index(size_t key_size)
{
    return key_size == 16 ? 0 : key_size == 24 ? 1 : key_size == 32 ? 2 : -1;
}

/* 0, or ENVCRYPT_E_FORKED: nothing of OpenSSL and no lock may be touched then. */
static inline int EVC_MUST_CHECK
evc_crypto_check(const evc_crypto *crypto, evc_error **err)
{
    return evc_fork_check(crypto->generation, "client", err);
}

/* true when this process is not a child that only inherited the object. */
static inline bool
evc_crypto_is_ours(const evc_crypto *crypto)
{
    return evc_fork_is_current(crypto->generation);
}

/* ENVCRYPT_E_CRYPTO: OpenSSL failed "to <task>" where no input can make it fail. */
int evc_crypto_failed(evc_error **err, const char *task);
#define evc_crypto_failed(...) evc_err_negative(evc_crypto_failed(__VA_ARGS__))

/*
 * To be called after everything that may draw random numbers inside OpenSSL (key
 * generation, signing, RSA): it drops the generators that OpenSSL keeps for this
 * thread and this library context. They would be freed by a thread-exit handler that
 * reads the library context, so a thread that outlives the client would crash at its
 * end (seen with OpenSSL 3.0.22).
 */
void evc_crypto_leave_thread(const evc_crypto *crypto);

#endif
