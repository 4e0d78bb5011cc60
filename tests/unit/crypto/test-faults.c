/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each call of OpenSSL that works on keys or texts fails once, in turn: then there is an
 * error and no output, or the right output where the call was not needed for it. The next
 * use, undisturbed, is right again: no context that failed midway is used a second time.
 * Memory that runs out is test-shortage's subject.
 */
#include <openssl/evp.h>

#include "base/mem.h"
#include "crypto-fixture.h"
#include "crypto/cbc.h"
#include "crypto/digest.h"
#include "crypto/ecdsa.h"
#include "crypto/gcm.h"
#include "crypto/keywrap.h"
#include "crypto/xaes.h"

#define OUT_MAX 128
#define LONGEST 200 /* more calls than any work here makes */

static size_t calls;
static size_t failing_call = SIZE_MAX;

#define WRAP(name, parameters, arguments)                             \
    int __real_##name parameters;                                     \
    int __wrap_##name parameters;                                     \
    int __wrap_##name parameters                                      \
    {                                                                 \
        return calls++ == failing_call ? 0 : __real_##name arguments; \
    }

WRAP(EVP_CipherInit_ex2,
     (EVP_CIPHER_CTX * c, const EVP_CIPHER *type, const unsigned char *key,
      const unsigned char *iv, int enc, const OSSL_PARAM *params),
     (c, type, key, iv, enc, params))
WRAP(EVP_EncryptInit_ex2,
     (EVP_CIPHER_CTX * c, const EVP_CIPHER *type, const unsigned char *key,
      const unsigned char *iv, const OSSL_PARAM *params),
     (c, type, key, iv, params))
WRAP(EVP_CipherUpdate,
     (EVP_CIPHER_CTX * c, unsigned char *out, int *made, const unsigned char *in,
      int size),
     (c, out, made, in, size))
WRAP(EVP_EncryptUpdate,
     (EVP_CIPHER_CTX * c, unsigned char *out, int *made, const unsigned char *in,
      int size),
     (c, out, made, in, size))
WRAP(EVP_CipherFinal_ex, (EVP_CIPHER_CTX * c, unsigned char *out, int *made),
     (c, out, made))
WRAP(EVP_CIPHER_CTX_get_params, (EVP_CIPHER_CTX * c, OSSL_PARAM params[]), (c, params))
WRAP(EVP_CIPHER_CTX_set_padding, (EVP_CIPHER_CTX * c, int padding), (c, padding))
WRAP(EVP_DigestInit_ex2, (EVP_MD_CTX * c, const EVP_MD *type, const OSSL_PARAM *params),
     (c, type, params))
WRAP(EVP_DigestUpdate, (EVP_MD_CTX * c, const void *data, size_t size), (c, data, size))
WRAP(EVP_DigestFinal_ex, (EVP_MD_CTX * c, unsigned char *out, unsigned *size),
     (c, out, size))
WRAP(EVP_MAC_init,
     (EVP_MAC_CTX * c, const unsigned char *key, size_t size, const OSSL_PARAM *params),
     (c, key, size, params))
WRAP(EVP_MAC_update, (EVP_MAC_CTX * c, const unsigned char *data, size_t size),
     (c, data, size))
WRAP(EVP_MAC_final, (EVP_MAC_CTX * c, unsigned char *out, size_t *made, size_t size),
     (c, out, made, size))
WRAP(EVP_MD_CTX_copy_ex, (EVP_MD_CTX * out, const EVP_MD_CTX *in), (out, in))
WRAP(EVP_PKEY_sign_init, (EVP_PKEY_CTX * c), (c))
WRAP(EVP_PKEY_sign,
     (EVP_PKEY_CTX * c, unsigned char *out, size_t *made, const unsigned char *digest,
      size_t size),
     (c, out, made, digest, size))
WRAP(EVP_PKEY_verify_init, (EVP_PKEY_CTX * c), (c))

/* -- what is tried ------------------------------------------------------------------- */

static const uint8_t key[32] = {1, 2, 3};
static const uint8_t nonce[EVC_XAES_NONCE] = {4, 5, 6};
static const uint8_t text[40] = {7, 8, 9};
static evc_ec *signer;

static evc_view
key_view(void)
{
    return evc_view_of(key, sizeof key);
}

static evc_view
text_view(void)
{
    return evc_view_of(text, sizeof text);
}

static int
seal(uint8_t *out)
{
    evc_view aad = text_view();
    evc_gcm *gcm;
    int rc = evc_gcm_take(crypto, key_view(), &gcm, NULL);

    if (rc)
        return rc;
    rc = evc_gcm_seal(gcm, nonce, &aad, 1, text_view(), out, &out[sizeof text], NULL);
    if (rc)
        evc_mem_wipe(&out[sizeof text], EVC_GCM_TAG);
    evc_gcm_give(gcm);
    return rc;
}

/* The text and tag that seal gives, undisturbed. */
static uint8_t sealed[sizeof text + EVC_GCM_TAG];

static int
open(uint8_t *out)
{
    evc_view aad = text_view();
    evc_gcm *gcm;
    int rc = evc_gcm_take(crypto, key_view(), &gcm, NULL);

    if (rc)
        return rc;
    rc = evc_gcm_open(gcm, nonce, &aad, 1, evc_view_of(sealed, sizeof text), out,
                      &sealed[sizeof text], NULL);
    evc_gcm_give(gcm);
    return rc;
}

static int
seal_xaes(uint8_t *out)
{
    evc_xaes *xaes;
    int rc = evc_xaes_open_key(crypto, key_view(), &xaes, NULL);

    if (rc)
        return rc;
    rc = evc_xaes_seal(xaes, nonce, NULL, 0, text_view(), out, NULL);
    if (rc)
        evc_mem_wipe(&out[sizeof text], EVC_XAES_TAG);
    evc_xaes_close(xaes);
    return rc;
}

static int
hash(uint8_t *out)
{
    evc_view part = text_view();
    int rc = evc_digest(crypto, EVC_SHA384, &part, 1, out, NULL);

    if (rc)
        evc_mem_wipe(out, 48); /* not a secret: nobody promises zeros */
    return rc;
}

static int
mac(uint8_t *out)
{
    evc_view part = text_view();

    return evc_hmac(crypto, EVC_SHA256, key_view(), &part, 1, out, NULL);
}

static int
derive(uint8_t *out)
{
    return evc_hkdf(crypto, EVC_SHA512, text_view(), key_view(), text_view(), out, 100,
                    NULL);
}

static int
wrap(uint8_t *out)
{
    size_t size;

    return evc_keywrap_wrap(crypto, true, key_view(), text_view(), out, &size, NULL);
}

static int
seal_cbc(uint8_t *out)
{
    int rc = evc_cbc_seal(crypto, key_view(), nonce, text_view(), out, NULL);

    if (rc)
        evc_mem_wipe(out, 48);
    return rc;
}

/* The blocks that seal_cbc gives, undisturbed. */
static uint8_t blocks[48];

static int
open_cbc(uint8_t *out)
{
    size_t size;

    return evc_cbc_open(crypto, key_view(), nonce, evc_view_of(blocks, sizeof blocks),
                        out, &size, NULL);
}

static int
cmac(uint8_t *out)
{
    return evc_cmac(crypto, key_view(), text_view(), out, NULL);
}

static int
sign(uint8_t *out)
{
    uint8_t signature[EVC_EC_SIGNATURE_MAX];
    size_t size;
    int rc = evc_ec_sign(signer, key_view(), signature, &size, NULL);

    if (rc == 0)
        rc = evc_ec_verify(signer, key_view(), evc_view_of(signature, size), NULL);
    out[0] = rc == 0;
    return rc;
}

static const struct work {
    const char *name;
    int (*run)(uint8_t *out);
    bool opens; /* the failed end of an opening is told as a tag that does not hold */
} works[] = {
    {"seal", seal, false},         {"open", open, true},
    {"xaes", seal_xaes, false},    {"hash", hash, false},
    {"hmac", mac, false},          {"hkdf", derive, false},
    {"key wrap", wrap, false},     {"cmac", cmac, false},
    {"ecdsa", sign, false},        {"seal cbc", seal_cbc, false},
    {"open cbc", open_cbc, false},
};

static uint8_t expected[OUT_MAX];

/* Call n fails; false when there are not so many. */
static bool
run_failing(const struct work *work, size_t n)
{
    uint8_t out[OUT_MAX] = {0};
    int rc;

    calls = 0;
    failing_call = n;
    rc = work->run(out);
    failing_call = SIZE_MAX;
    if (rc == 0)
        ck_assert_msg(memcmp(out, expected, sizeof out) == 0,
                      "%s: call %zu failed, and the output is wrong", work->name, n);
    else
        ck_assert_msg((rc < 0 || work->opens) && evc_mem_is_zero(out, sizeof out),
                      "%s: call %zu failed, and output was left", work->name, n);
    return calls > n;
}

START_TEST(failed_call_is_an_error_and_the_next_use_is_right)
{
    const struct work *work = &works[_i];
    bool failed = false;
    size_t n = 0;

    EVC_CHECK_OK(evc_ec_generate(crypto, EVC_P256, &signer, NULL));
    EVC_CHECK_OK(seal(sealed));
    EVC_CHECK_OK(seal_cbc(blocks));
    EVC_CHECK_OK(work->run(expected));
    while (run_failing(work, n)) {
        uint8_t out[OUT_MAX] = {0};

        EVC_CHECK_OK(work->run(out));
        ck_assert_mem_eq(out, expected, sizeof out);
        failed = true;
        ck_assert_uint_lt(n++, LONGEST);
    }
    ck_assert(failed);
    evc_ec_free(signer);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *each = tcase_create("each work");

    tcase_set_timeout(each, 60);
    tcase_add_checked_fixture(each, open_crypto, close_crypto);
    tcase_add_loop_test(each, failed_call_is_an_error_and_the_next_use_is_right, 0,
                        (int)(sizeof works / sizeof works[0]));
    suite_add_tcase(suite, each);
}

EVC_TEST_MAIN("faults", add_tests)
