/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that OpenSSL makes and writes, for the tests of what reads and uses them. */
#ifndef EVC_TESTS_RSA_KEYS_H
#define EVC_TESTS_RSA_KEYS_H

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/encoder.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "base/buf.h"
#include "crypto-fixture.h"
#include "crypto/rsa.h"

static EVP_PKEY *key2048; /* made once for all tests of a program, by make_keys */

static void
make_keys(void)
{
    key2048 = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
}

static void
free_keys(void)
{
    EVP_PKEY_free(key2048);
}

/* Appends the key to out, with a passphrase if it is not NULL. */
static inline void
encode(evc_buf *out, EVP_PKEY *key, int selection, const char *form,
       const char *structure, const char *passphrase)
{
    OSSL_ENCODER_CTX *encoder =
        OSSL_ENCODER_CTX_new_for_pkey(key, selection, form, structure, NULL);
    unsigned char *data = NULL;
    size_t size;

    if (passphrase) {
        OSSL_ENCODER_CTX_set_cipher(encoder, "AES-256-CBC", NULL);
        OSSL_ENCODER_CTX_set_passphrase(encoder, (const unsigned char *)passphrase,
                                        strlen(passphrase));
    }
    ck_assert_int_eq(OSSL_ENCODER_to_data(encoder, &data, &size), 1);
    OSSL_ENCODER_CTX_free(encoder);
    evc_buf_put(out, data, size);
    OPENSSL_clear_free(data, size);
    EVC_CHECK_OK(evc_buf_check(out, NULL));
}

static inline void
encode_private(evc_buf *out, EVP_PKEY *key, const char *form)
{
    encode(out, key, EVP_PKEY_KEYPAIR, form, "PrivateKeyInfo", NULL);
}

static inline void
encode_public(evc_buf *out, EVP_PKEY *key, const char *form)
{
    encode(out, key, EVP_PKEY_PUBLIC_KEY, form, "SubjectPublicKeyInfo", NULL);
}

/* A public key of these numbers, sound or not. */
static inline EVP_PKEY *
public_of(const BIGNUM *n, unsigned long exponent)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    BIGNUM *e = BN_new();
    EVP_PKEY *key = NULL;
    OSSL_PARAM *params;

    BN_set_word(e, exponent);
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n);
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e);
    params = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_fromdata_init(context);
    ck_assert_int_eq(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    BN_free(e);
    return key;
}

static inline void
rsa_add(Suite *suite, const char *name, const TTest *const *tests, int loops)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_unchecked_fixture(tcase, make_keys, free_keys);
    tcase_add_checked_fixture(tcase, open_crypto, close_crypto);
    for (; *tests; tests++)
        tcase_add_loop_test(tcase, *tests, 0, loops);
    suite_add_tcase(suite, tcase);
}

#endif
