/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL runs out of memory at each of its allocations in turn: every function fails with
 * an error and nothing made, or does without. A crash or a leak is the sanitizers' to see.
 */
#include "base/mem.h"
#include "crypto/cbc.h"
#include "crypto/digest.h"
#include "crypto/ecdsa.h"
#include "crypto/gcm.h"
#include "crypto/keywrap.h"
#include "crypto/random.h"
#include "crypto/xaes.h"
#include "openssl-memory.h"
#include "rsa-keys.h"

#define LONGEST 5000 /* more blocks than any call here asks for */

static const uint8_t zeros[64];
static evc_buf public_der;
static evc_buf private_pem;
static evc_rsa *public_half;
static evc_ec *signer;
static const evc_rsa_padding oaep = {.hash = EVC_SHA256, .mgf1 = EVC_SHA256};
static uint8_t signature[EVC_EC_SIGNATURE_MAX];
static size_t signature_size;
static uint8_t cipher[256];

static void
prepare(void)
{
    encode_public(&public_der, key2048, "DER");
    encode_private(&private_pem, key2048, "PEM");
    EVC_CHECK_OK(
        evc_rsa_from_public_der(crypto, evc_buf_view(&public_der), &public_half, NULL));
    EVC_CHECK_OK(
        evc_rsa_encrypt(public_half, &oaep, evc_view_of(zeros, 32), cipher, NULL));
    EVC_CHECK_OK(evc_ec_generate(crypto, EVC_P256, &signer, NULL));
    EVC_CHECK_OK(
        evc_ec_sign(signer, evc_view_of(zeros, 32), signature, &signature_size, NULL));
}

static void
release(void)
{
    evc_buf_reset(&public_der);
    evc_buf_reset(&private_pem);
    evc_rsa_unref(public_half);
    evc_ec_free(signer);
}

/* -- what is tried ------------------------------------------------------------------- */

static int
open_crypto_object(void)
{
    evc_crypto *made;
    int rc = evc_crypto_open(env, &made, NULL);

    evc_crypto_unref(made);
    return rc;
}

/* In an object with empty pools. */
static int
work_cold(int (*work)(evc_crypto *cold))
{
    evc_crypto *cold = NULL;
    size_t refused = refused_block;
    int rc;

    refuse_block(SIZE_MAX);
    if (evc_crypto_open(env, &cold, NULL))
        abort();
    refuse_block(refused);
    rc = work(cold);
    refused = asked_for;
    evc_crypto_unref(cold);
    asked_for = refused;
    return rc;
}

static int
draw_cold(evc_crypto *cold)
{
    uint8_t key[32];
    int rc;

    memset(key, 0xA5, sizeof key);
    rc = evc_random_key(cold, key, sizeof key, NULL);
    if (rc && (rc != ENVCRYPT_E_RANDOM || !evc_mem_is_zero(key, sizeof key)))
        abort();
    return rc;
}

static int
draw(void)
{
    return work_cold(draw_cold);
}

static int
derive_cold(evc_crypto *cold)
{
    uint8_t out[80];
    evc_view part = evc_view_of(zeros, 32);
    int rc;

    memset(out, 0xA5, sizeof out);
    rc = evc_hkdf(cold, EVC_SHA512, part, part, part, out, sizeof out, NULL);
    if (rc == ENVCRYPT_E_CRYPTO && !evc_mem_is_zero(out, sizeof out))
        abort();
    return rc;
}

static int
derive(void)
{
    return work_cold(derive_cold);
}

static int
mac_cold(evc_crypto *cold)
{
    uint8_t out[32];
    evc_view part = evc_view_of(zeros, 32);

    return evc_hmac(cold, EVC_SHA256, part, &part, 1, out, NULL);
}

static int
mac(void)
{
    return work_cold(mac_cold);
}

static int
hash_cold(evc_crypto *cold)
{
    uint8_t out[32];
    evc_hasher *hasher;
    int rc = evc_hasher_open(cold, EVC_SHA256, &hasher, NULL);

    if (rc)
        return rc;
    rc = evc_hasher_finish(hasher, out, NULL);
    evc_hasher_close(hasher);
    return rc;
}

static int
hash(void)
{
    return work_cold(hash_cold);
}

static int
seal_cold(evc_crypto *cold)
{
    uint8_t tag[EVC_GCM_TAG];
    evc_gcm *gcm;
    int rc = evc_gcm_take(cold, evc_view_of(zeros, 16), &gcm, NULL);

    if (rc)
        return rc;
    if ((rc = evc_gcm_set_key(gcm, evc_view_of(zeros, 32), NULL)) == 0)
        rc = evc_gcm_seal(gcm, zeros, NULL, 0, evc_view_of(NULL, 0), NULL, tag, NULL);
    else if (evc_gcm_seal(gcm, zeros, NULL, 0, evc_view_of(NULL, 0), NULL, tag, NULL) !=
             ENVCRYPT_E_STATE)
        abort();
    evc_gcm_give(gcm);
    return rc;
}

static int
seal(void)
{
    return work_cold(seal_cold);
}

static int
open_xaes_cold(evc_crypto *cold)
{
    evc_xaes *xaes;
    int rc = evc_xaes_open_key(cold, evc_view_of(zeros, 32), &xaes, NULL);

    evc_xaes_close(xaes);
    return rc;
}

static int
open_xaes(void)
{
    return work_cold(open_xaes_cold);
}

static int
wrap(void)
{
    evc_view key = evc_view_of(zeros, 32);
    uint8_t out[40];
    size_t size;

    return evc_keywrap_wrap(crypto, false, key, key, out, &size, NULL);
}

static int
seal_cbc(void)
{
    uint8_t out[48];

    return evc_cbc_seal(crypto, evc_view_of(zeros, 32), zeros, evc_view_of(zeros, 32),
                        out, NULL);
}

static int
cmac(void)
{
    evc_view key = evc_view_of(zeros, 32);
    uint8_t out[16];

    return evc_cmac(crypto, key, key, out, NULL);
}

static int
generate(void)
{
    evc_ec *ec;
    int rc = evc_ec_generate(crypto, EVC_P256, &ec, NULL);

    evc_ec_free(ec);
    return rc;
}

static int
import(void)
{
    uint8_t point[EVC_EC_POINT_MAX];
    size_t size;
    evc_ec *ec;
    int rc = evc_ec_point(signer, point, &size, NULL);

    if (rc)
        return rc;
    rc = evc_ec_from_point(crypto, EVC_P256, evc_view_of(point, size), &ec, NULL);
    evc_ec_free(ec);
    return rc;
}

static int
sign(void)
{
    uint8_t out[EVC_EC_SIGNATURE_MAX];
    size_t size;

    return evc_ec_sign(signer, evc_view_of(zeros, 32), out, &size, NULL);
}

static int
verify(void)
{
    return evc_ec_verify(signer, evc_view_of(zeros, 32),
                         evc_view_of(signature, signature_size), NULL);
}

static int
read_public(void)
{
    evc_rsa *rsa;
    int rc = evc_rsa_from_public_der(crypto, evc_buf_view(&public_der), &rsa, NULL);

    evc_rsa_unref(rsa);
    return rc;
}

static int
read_private_half(evc_rsa **out)
{
    return evc_rsa_from_private_pem(crypto, evc_buf_view(&private_pem),
                                    evc_view_of(NULL, 0), out, NULL);
}

static int
read_private(void)
{
    evc_rsa *rsa;
    int rc = read_private_half(&rsa);

    evc_rsa_unref(rsa);
    return rc;
}

static int
encrypt(void)
{
    uint8_t out[256];
    evc_rsa_padding labelled = oaep;

    labelled.label = evc_view_text("label");
    return evc_rsa_encrypt(public_half, &labelled, evc_view_of(zeros, 32), out, NULL);
}

/* By a new key each time: one that lacked memory once fails 31 times more in OpenSSL 3.0. */
static int
decrypt(void)
{
    size_t refused = refused_block;
    uint8_t out[256];
    evc_rsa *rsa;
    size_t size;
    int rc;

    refuse_block(SIZE_MAX);
    if (read_private_half(&rsa))
        abort();
    refuse_block(refused);
    memset(out, 0xA5, sizeof out);
    rc = evc_rsa_decrypt(rsa, &oaep, evc_view_of(cipher, 256), out, &size, NULL);
    if (rc && (size != 0 || !evc_mem_is_zero(out, sizeof out)))
        abort();
    refused = asked_for;
    evc_rsa_unref(rsa);
    asked_for = refused;
    return rc;
}

static int
fingerprint(void)
{
    uint8_t out[32];

    return evc_rsa_fingerprint(public_half, out, NULL);
}

static int
write_pem(void)
{
    evc_buf out = {0};
    int rc = evc_rsa_public_pem(public_half, &out, NULL);

    evc_buf_reset(&out);
    return rc;
}

static int (*const tried[])(void) = {
    open_crypto_object,
    draw,
    derive,
    mac,
    hash,
    seal,
    open_xaes,
    wrap,
    seal_cbc,
    cmac,
    generate,
    import,
    sign,
    verify,
    read_public,
    read_private,
    encrypt,
    decrypt,
    fingerprint,
    write_pem,
};

/* Opening asks for thousands of blocks, most of them in OpenSSL's tables: every 61st. */
START_TEST(every_shortage_is_an_error)
{
    size_t step = tried[_i] == open_crypto_object ? 61 : 1;
    size_t n = 0;
    bool failed = false;
    int rc;

    prepare();
    for (;; n += step) {
        refuse_block(n);
        rc = tried[_i]();
        refused_block = SIZE_MAX;
        failed = failed || rc != 0;
        ck_assert_int_le(rc, EVC_NOT_AUTHENTIC);
        ck_assert_uint_lt(n, LONGEST);
        if (asked_for <= n)
            break;
    }
    EVC_CHECK_OK(rc);
    ck_assert(failed || n == 0);
    release();
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {every_shortage_is_an_error, NULL};

    take_over_memory();
    rsa_add(suite, "shortage", tests, (int)(sizeof tried / sizeof tried[0]));
}

EVC_TEST_MAIN("shortage", add_tests)
