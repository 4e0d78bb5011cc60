/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/crypto.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <sodium.h>

#include "base/fork.h"
#include "base/mem.h"
#include "crypto/state.h"

#undef evc_crypto_failed /* here it is the function */

static const char *const gcm_names[EVC_AES_SIZES] = {"AES-128-GCM", "AES-192-GCM",
                                                     "AES-256-GCM"};
static const char *const wrap_names[EVC_AES_SIZES] = {"AES-128-WRAP", "AES-192-WRAP",
                                                      "AES-256-WRAP"};
static const char *const wrap_padded_names[EVC_AES_SIZES] = {
    "AES-128-WRAP-PAD", "AES-192-WRAP-PAD", "AES-256-WRAP-PAD"};
static const char *const cbc_names[EVC_AES_SIZES] = {"AES-128-CBC", "AES-192-CBC",
                                                     "AES-256-CBC"};
static const char *const hash_names[EVC_HASH_COUNT] = {
    [EVC_SHA256] = "SHA2-256",
    [EVC_SHA384] = "SHA2-384",
    [EVC_SHA512] = "SHA2-512",
    [EVC_SHA1] = "SHA1",
};

static int
lacks(evc_error **err, const char *name)
{
    return evc_err(err, ENVCRYPT_E_CRYPTO,
                   "OpenSSL (%s) has no %s; install a build with its default provider",
                   OpenSSL_version(OPENSSL_VERSION_STRING), name);
}

static int
fetch_ciphers(evc_crypto *crypto, const char *const *names, EVP_CIPHER **out,
              size_t count, evc_error **err)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = EVP_CIPHER_fetch(crypto->library, names[i], crypto->properties);
        if (!out[i])
            return lacks(err, names[i]);
    }
    return 0;
}

static int
fetch_hashes(evc_crypto *crypto, evc_error **err)
{
    for (size_t i = 0; i < EVC_HASH_COUNT; i++) {
        crypto->hash[i] =
            EVP_MD_fetch(crypto->library, hash_names[i], crypto->properties);
        if (!crypto->hash[i])
            return lacks(err, hash_names[i]);
    }
    return 0;
}

static int
fetch_all(evc_crypto *crypto, evc_error **err)
{
    static const char *const ecb_name[] = {"AES-256-ECB"};
    int rc;

    crypto->library = OSSL_LIB_CTX_new();
    if (!crypto->library)
        return evc_err_nomem(err);
    crypto->provider = OSSL_PROVIDER_load(crypto->library, "default");
    if (!crypto->provider)
        return lacks(err, "default provider");
    if ((rc = fetch_ciphers(crypto, gcm_names, crypto->gcm, EVC_AES_SIZES, err)) ||
        (rc = fetch_ciphers(crypto, wrap_names, crypto->wrap, EVC_AES_SIZES, err)) ||
        (rc = fetch_ciphers(crypto, wrap_padded_names, crypto->wrap_padded,
                            EVC_AES_SIZES, err)) ||
        (rc = fetch_ciphers(crypto, cbc_names, crypto->cbc, EVC_AES_SIZES, err)) ||
        (rc = fetch_ciphers(crypto, ecb_name, &crypto->ecb256, 1, err)) ||
        (rc = fetch_hashes(crypto, err)))
        return rc;
    crypto->cmac = EVP_MAC_fetch(crypto->library, "CMAC", crypto->properties);
    if (!crypto->cmac)
        return lacks(err, "CMAC");
    return 0;
}

static void
release_all(evc_crypto *crypto)
{
    EVP_MAC_free(crypto->cmac);
    for (size_t i = 0; i < EVC_HASH_COUNT; i++)
        EVP_MD_free(crypto->hash[i]);
    EVP_CIPHER_free(crypto->ecb256);
    for (size_t i = 0; i < EVC_AES_SIZES; i++) {
        EVP_CIPHER_free(crypto->gcm[i]);
        EVP_CIPHER_free(crypto->wrap[i]);
        EVP_CIPHER_free(crypto->wrap_padded[i]);
        EVP_CIPHER_free(crypto->cbc[i]);
    }
    if (crypto->provider)
        OSSL_PROVIDER_unload(crypto->provider);
    OSSL_LIB_CTX_free(crypto->library);
}

/* How many of the pools (in the order of this list) were made; all of them in the end.
 */
#define POOLS (1 + EVC_HASH_COUNT)

static evc_pool *
pool_at(evc_crypto *crypto, size_t index)
{
    return index < EVC_HASH_COUNT ? &crypto->hash_pool[index] : &crypto->gcm_pool;
}

static void
release_pools(evc_crypto *crypto, size_t count)
{
    for (size_t i = 0; i < count; i++)
        evc_pool_release(pool_at(crypto, i));
}

int
evc_crypto_open(evc_env *env, evc_crypto **out, evc_error **err)
{
    evc_crypto *crypto = evc_mem_new(sizeof *crypto);
    size_t pools = 0;
    int rc;

    *out = NULL;
    if (!crypto)
        return evc_err_nomem(err);
    if (sodium_init() < 0) {
        evc_mem_free(crypto);
        return evc_err(err, ENVCRYPT_E_CRYPTO, "libsodium failed to start");
    }
    ERR_set_mark();
    while (pools < POOLS && evc_pool_init(pool_at(crypto, pools)))
        pools++;
    rc = pools < POOLS ? evc_err_nomem(err) : fetch_all(crypto, err);
    if (rc) {
        release_all(crypto);
        release_pools(crypto, pools);
        evc_mem_free(crypto);
    } else {
        atomic_init(&crypto->refs, 1);
        crypto->generation = evc_fork_generation();
        crypto->env = evc_env_ref(env);
        *out = crypto;
    }
    ERR_pop_to_mark();
    return rc;
}

evc_crypto *
evc_crypto_ref(evc_crypto *crypto)
{
    atomic_fetch_add_explicit(&crypto->refs, 1, memory_order_relaxed);
    return crypto;
}

void
evc_crypto_unref(evc_crypto *crypto)
{
    if (!crypto ||
        atomic_fetch_sub_explicit(&crypto->refs, 1, memory_order_acq_rel) != 1)
        return;
    /*
     * In a child another thread of the parent may have held any lock of the pools or of
     * OpenSSL at the moment of fork, so they are left as they are.
     */
    if (evc_crypto_is_ours(crypto)) {
        release_pools(crypto, POOLS);
        release_all(crypto);
    }
    evc_env_unref(crypto->env);
    evc_mem_free(crypto);
}

evc_env *
evc_crypto_env(const evc_crypto *crypto)
{
    return crypto->env;
}

int
evc_crypto_failed(evc_error **err, const char *task)
{
    return evc_err(err, ENVCRYPT_E_CRYPTO,
                   "OpenSSL (%s) failed to %s; check its installation and free memory",
                   OpenSSL_version(OPENSSL_VERSION_STRING), task);
}

void
evc_crypto_leave_thread(const evc_crypto *crypto)
{
    OPENSSL_thread_stop_ex(crypto->library);
}
