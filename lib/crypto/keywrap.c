/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/keywrap.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <string.h>

#include "base/mem.h"
#include "crypto/state.h"

#define STEP 8u
#define KEY_MIN 16u /* RFC 3394: two steps of 8 bytes */

static int
check_kek(const evc_crypto *crypto, size_t size, evc_error **err)
{
    int rc = evc_crypto_check(crypto, err);

    if (rc)
        return rc;
    if (evc_aes_index(size) < 0)
        return evc_err(err, ENVCRYPT_E_KEY_SIZE,
                       "AES was given a key of %zu bytes; it takes 16, 24 or 32", size);
    return 0;
}

/* The cipher of this layer works in one update; final only checks that nothing is left.
 */
static bool
run(evc_crypto *crypto, bool padded, bool wrap, evc_view kek, evc_view in, uint8_t *out,
    size_t *size)
{
    size_t index = (size_t)evc_aes_index(kek.size);
    const EVP_CIPHER *cipher =
        padded ? crypto->wrap_padded[index] : crypto->wrap[index];
    EVP_CIPHER_CTX *context;
    int made = 0;
    bool done;

    ERR_set_mark();
    context = EVP_CIPHER_CTX_new();
    if (context)
        EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    done = context &&
           EVP_CipherInit_ex2(context, cipher, kek.data, NULL, wrap, NULL) == 1 &&
           EVP_CipherUpdate(context, out, &made, in.data, (int)in.size) == 1 &&
           made > 0;
    EVP_CIPHER_CTX_free(context);
    ERR_pop_to_mark();
    *size = done ? (size_t)made : 0;
    return done;
}

int
evc_keywrap_wrap(evc_crypto *crypto, bool padded, evc_view kek, evc_view key,
                 uint8_t *out, size_t *size, evc_error **err)
{
    int rc = check_kek(crypto, kek.size, err);

    *size = 0;
    if (rc)
        return rc;
    if (key.size > EVC_KEYWRAP_MAX ||
        (padded ? key.size == 0 : key.size < KEY_MIN || key.size % STEP != 0))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "AES key wrap was given %zu bytes; it takes %s, at most %u",
                       key.size, padded ? "one or more" : "16, 24, 32 and so on",
                       EVC_KEYWRAP_MAX);
    if (run(crypto, padded, true, kek, key, out, size))
        return 0;
    return evc_crypto_failed(err, "wrap a key");
}

int
evc_keywrap_unwrap(evc_crypto *crypto, bool padded, evc_view kek, evc_view wrapped,
                   uint8_t *out, size_t *size, evc_error **err)
{
    size_t least = padded ? KEY_MIN : KEY_MIN + STEP;
    int rc = check_kek(crypto, kek.size, err);

    *size = 0;
    if (rc)
        return rc;
    if (wrapped.size < least || wrapped.size > EVC_KEYWRAP_MAX + STEP ||
        wrapped.size % STEP != 0)
        return EVC_NOT_AUTHENTIC;
    if (run(crypto, padded, false, kek, wrapped, out, size))
        return 0;
    evc_mem_wipe(out, wrapped.size);
    return EVC_NOT_AUTHENTIC;
}

int
evc_cmac(evc_crypto *crypto, evc_view key, evc_view message, uint8_t out[16],
         evc_error **err)
{
    static const char *const names[EVC_AES_SIZES] = {"AES-128-CBC", "AES-192-CBC",
                                                     "AES-256-CBC"};
    char name[sizeof "AES-256-CBC"];
    OSSL_PARAM params[2];
    EVP_MAC_CTX *context;
    size_t size;
    int rc = check_kek(crypto, key.size, err);

    if (rc)
        return rc;
    memcpy(name, names[evc_aes_index(key.size)], sizeof name);
    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, name, 0);
    params[1] = OSSL_PARAM_construct_end();
    ERR_set_mark();
    context = EVP_MAC_CTX_new(crypto->cmac);
    if (!context || EVP_MAC_init(context, key.data, key.size, params) != 1 ||
        EVP_MAC_update(context, message.data, message.size) != 1 ||
        EVP_MAC_final(context, out, &size, 16) != 1)
        rc = evc_crypto_failed(err, "make an AES-CMAC");
    EVP_MAC_CTX_free(context);
    ERR_pop_to_mark();
    return rc;
}
