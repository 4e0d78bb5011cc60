/* SPDX-License-Identifier: Apache-2.0 */
/* What stays of a secret in the memory that OpenSSL holds and frees, and what allocates. */
#include "base/mem.h"
#include "crypto/digest.h"
#include "crypto/gcm.h"
#include "crypto/random.h"
#include "crypto/xaes.h"
#include "evc-alloc.h"
#include "openssl-memory.h"
#include "rsa-keys.h"

/* A key that stands nowhere yet. */
static evc_view
fresh_key(void)
{
    static uint8_t key[32];

    EVC_CHECK_OK(evc_random_key(crypto, key, sizeof key, NULL));
    look_for(key, sizeof key);
    return evc_view_of(key, sizeof key);
}

#define CHECK_GONE()                            \
    do {                                        \
        ck_assert_int_eq(count_live(), others); \
        ck_assert_int_eq(freed_with_secret, 0); \
    } while (0)

/* -- tests --------------------------------------------------------------------------- */

static const uint8_t iv[12] = {1};
static const uint8_t zeros[40];

START_TEST(given_gcm_context_forgets_its_key)
{
    evc_view key = fresh_key();
    evc_gcm *gcm;

    EVC_CHECK_OK(evc_gcm_take(crypto, key, &gcm, NULL));
    ck_assert_int_eq(count_live(), 1); /* AES begins its key schedule with the key */
    evc_gcm_give(gcm);
    CHECK_GONE();
}
END_TEST

/* Also where keys of several sizes were set, one after the other. */
START_TEST(given_gcm_context_forgets_every_key)
{
    evc_view key = fresh_key();
    evc_gcm *gcm;

    look_for(key.data, 16);
    EVC_CHECK_OK(evc_gcm_take(crypto, evc_view_of(key.data, 16), &gcm, NULL));
    EVC_CHECK_OK(evc_gcm_set_key(gcm, evc_view_of(key.data, 24), NULL));
    EVC_CHECK_OK(evc_gcm_set_key(gcm, evc_view_of(key.data, 32), NULL));
    ck_assert_int_eq(count_live(), 3);
    evc_gcm_give(gcm);
    CHECK_GONE();
}
END_TEST

/* Of a text that ends inside a block OpenSSL keeps that block of the key stream. */
START_TEST(given_gcm_context_forgets_the_key_stream)
{
    static const uint8_t plain[24] = "not all the same bytes.";
    uint8_t stream[24];
    uint8_t tag[EVC_GCM_TAG];
    evc_gcm *gcm;

    EVC_CHECK_OK(evc_gcm_take(crypto, fresh_key(), &gcm, NULL));
    EVC_CHECK_OK(
        evc_gcm_seal(gcm, iv, NULL, 0, evc_view_of(plain, 24), stream, tag, NULL));
    for (size_t i = 0; i < 24; i++)
        stream[i] ^= plain[i];
    look_for(&stream[16], 8);
    ck_assert_int_ge(count_live(), 1);
    evc_gcm_give(gcm);
    CHECK_GONE();
}
END_TEST

START_TEST(closed_hasher_forgets_unfinished_input)
{
    evc_view key = fresh_key();
    evc_hasher *hasher;

    EVC_CHECK_OK(evc_hasher_open(crypto, (evc_hash)_i, &hasher, NULL));
    EVC_CHECK_OK(evc_hasher_add(hasher, key, NULL));
    ck_assert_int_eq(count_live(), 1);
    evc_hasher_close(hasher);
    CHECK_GONE();
}
END_TEST

START_TEST(digest_forgets_its_input)
{
    evc_view key = fresh_key();
    uint8_t out[EVC_HASH_MAX];

    EVC_CHECK_OK(evc_digest(crypto, (evc_hash)_i, &key, 1, out, NULL));
    CHECK_GONE();
}
END_TEST

/* In the inner block the key is there with each byte XOR 0x36, in the outer with 0x5c. */
START_TEST(hmac_forgets_its_key)
{
    static const uint8_t pads[] = {0x36, 0x5c};
    uint8_t out[EVC_HASH_MAX];

    for (size_t p = 0; p < 2; p++) {
        evc_view key = fresh_key();
        evc_view text = evc_view_text("text");
        uint8_t padded[32];

        for (size_t i = 0; i < 32; i++)
            padded[i] = key.data[i] ^ pads[p];
        look_for(padded, 32);
        EVC_CHECK_OK(evc_hmac(crypto, (evc_hash)_i, key, &text, 1, out, NULL));
        CHECK_GONE();
    }
}
END_TEST

START_TEST(hkdf_forgets_its_input_and_output)
{
    evc_view key = fresh_key();
    evc_view salt = evc_view_text("salt");
    uint8_t out[64];

    EVC_CHECK_OK(evc_hkdf(crypto, (evc_hash)_i, salt, key, salt, out, 64, NULL));
    CHECK_GONE();
    look_for(out, 32);
    EVC_CHECK_OK(evc_hkdf(crypto, (evc_hash)_i, salt, key, salt, out, 64, NULL));
    CHECK_GONE();
}
END_TEST

START_TEST(closed_xaes_forgets_its_key)
{
    evc_view key = fresh_key();
    uint8_t nonce[EVC_XAES_NONCE] = {2};
    uint8_t out[EVC_XAES_TAG];
    evc_xaes *xaes;

    EVC_CHECK_OK(evc_xaes_open_key(crypto, key, &xaes, NULL));
    ck_assert_int_ge(count_live(), 1);
    EVC_CHECK_OK(evc_xaes_seal(xaes, nonce, NULL, 0, evc_view_of(NULL, 0), out, NULL));
    evc_xaes_close(xaes);
    CHECK_GONE();
}
END_TEST

START_TEST(drawn_keys_stand_nowhere_else)
{
    (void)fresh_key();
    CHECK_GONE();
}
END_TEST

/* -- private keys of RSA ------------------------------------------------------------- */

static evc_buf text;

/*
 * Looks for the end of the private exponent or of the first prime: as DER has it, and with
 * the bytes in the order of a small machine, as numbers are held for arithmetic.
 */
static void
look_for_number(int i)
{
    const char *name = i % 2 ? OSSL_PKEY_PARAM_RSA_FACTOR1 : OSSL_PKEY_PARAM_RSA_D;
    BIGNUM *number = NULL;
    uint8_t whole[256] = {0};

    ck_assert_int_eq(EVP_PKEY_get_bn_param(key2048, name, &number), 1);
    if (i / 2)
        BN_bn2lebinpad(number, whole, sizeof whole);
    else
        BN_bn2binpad(number, whole, sizeof whole);
    BN_clear_free(number);
    look_for(i / 2 ? whole : &whole[sizeof whole - 32], 32);
    others = count_live(); /* key2048 itself */
}

START_TEST(read_private_der_leaves_no_copy)
{
    evc_rsa *rsa;

    encode_private(&text, key2048, "DER");
    look_for_number(_i);
    EVC_CHECK_OK(evc_rsa_from_private_der(crypto, evc_buf_view(&text), &rsa, NULL));
    evc_rsa_unref(rsa);
    CHECK_GONE();
    evc_buf_reset(&text);
}
END_TEST

START_TEST(read_private_pem_leaves_no_copy)
{
    evc_rsa *rsa;

    encode_private(&text, key2048, "PEM");
    look_for_number(_i);
    EVC_CHECK_OK(evc_rsa_from_private_pem(crypto, evc_buf_view(&text),
                                          evc_view_of(NULL, 0), &rsa, NULL));
    evc_rsa_unref(rsa);
    CHECK_GONE();
    evc_buf_reset(&text);
}
END_TEST

/* What a reader's line buffer still has when the shorter lines after it were read. */
static const uint8_t *
end_of_last_full_line(void)
{
    const uint8_t *found = NULL;

    for (size_t at = 0, start = 0; at < text.size; at++)
        if (text.data[at] == '\n') {
            if (at - start == 64)
                found = &text.data[at - 16];
            start = at + 1;
        }
    ck_assert_ptr_nonnull(found);
    return found;
}

START_TEST(read_private_pem_leaves_no_line)
{
    evc_rsa *rsa;

    encode_private(&text, key2048, "PEM");
    look_for(end_of_last_full_line(), 16);
    EVC_CHECK_OK(evc_rsa_from_private_pem(crypto, evc_buf_view(&text),
                                          evc_view_of(NULL, 0), &rsa, NULL));
    evc_rsa_unref(rsa);
    CHECK_GONE();
    evc_buf_reset(&text);
}
END_TEST

START_TEST(read_encrypted_pem_leaves_no_passphrase)
{
    static const char passphrase[] = "a passphrase of some length";
    evc_rsa *rsa;

    encode(&text, key2048, EVP_PKEY_KEYPAIR, "PEM", "EncryptedPrivateKeyInfo",
           passphrase);
    look_for(passphrase, sizeof passphrase - 1);
    EVC_CHECK_OK(evc_rsa_from_private_pem(crypto, evc_buf_view(&text),
                                          evc_view_text(passphrase), &rsa, NULL));
    evc_rsa_unref(rsa);
    CHECK_GONE();
    evc_buf_reset(&text);
}
END_TEST

START_TEST(read_encrypted_pem_leaves_no_copy)
{
    evc_rsa *rsa;

    encode(&text, key2048, EVP_PKEY_KEYPAIR, "PEM", "EncryptedPrivateKeyInfo",
           "sesame");
    look_for_number(_i);
    EVC_CHECK_OK(evc_rsa_from_private_pem(crypto, evc_buf_view(&text),
                                          evc_view_text("sesame"), &rsa, NULL));
    evc_rsa_unref(rsa);
    CHECK_GONE();
    evc_buf_reset(&text);
}
END_TEST

START_TEST(decrypted_text_leaves_no_copy)
{
    evc_rsa_padding padding = {.hash = EVC_SHA256, .mgf1 = EVC_SHA256};
    evc_view key = fresh_key();
    uint8_t cipher[256];
    uint8_t plain[256];
    evc_rsa *public_half;
    evc_rsa *private_half;
    size_t size;

    encode_private(&text, key2048, "DER");
    EVC_CHECK_OK(
        evc_rsa_from_private_der(crypto, evc_buf_view(&text), &private_half, NULL));
    evc_buf_reset(&text);
    encode_public(&text, key2048, "DER");
    EVC_CHECK_OK(
        evc_rsa_from_public_der(crypto, evc_buf_view(&text), &public_half, NULL));
    evc_buf_reset(&text);
    EVC_CHECK_OK(evc_rsa_encrypt(public_half, &padding, key, cipher, NULL));
    EVC_CHECK_OK(evc_rsa_decrypt(private_half, &padding, evc_view_of(cipher, 256),
                                 plain, &size, NULL));
    ck_assert_mem_eq(plain, key.data, 32);
    CHECK_GONE();
    evc_rsa_unref(public_half);
    evc_rsa_unref(private_half);
}
END_TEST

/* -- allocation ---------------------------------------------------------------------- */

static evc_xaes *warm_xaes;

/* Random bytes, ciphers and small values; a tag that does not hold too. */
static int
cipher_work(void *user)
{
    static const uint8_t key[32] = {1};
    evc_view key_view = evc_view_of(key, 32);
    evc_view part = evc_view_of(zeros, 32);
    uint8_t out[56];
    uint8_t tag[EVC_GCM_TAG];
    evc_gcm *gcm = NULL;
    int failed = 0;

    (void)user;
    failed |= evc_random_key(crypto, out, 32, NULL);
    failed |= evc_gcm_take(crypto, key_view, &gcm, NULL);
    failed |= evc_gcm_seal(gcm, iv, &part, 1, part, out, tag, NULL);
    failed |= evc_gcm_set_key(gcm, key_view, NULL);
    failed |= evc_gcm_open(gcm, iv, &part, 1, evc_view_of(out, 32), out, tag, NULL);
    tag[0] ^= 1;
    failed |=
        evc_gcm_open(gcm, iv, &part, 1, part, out, tag, NULL) != EVC_NOT_AUTHENTIC;
    evc_gcm_give(gcm);
    failed |= evc_xaes_seal(warm_xaes, zeros, &part, 1, part, out, NULL);
    failed |=
        evc_xaes_open(warm_xaes, zeros, &part, 1, evc_view_of(out, 48), out, NULL);
    return failed;
}

/* Starts of a hash: six of HKDF, two of HMAC, one of the hasher, three to wipe. */
#define STARTS 12

static int
hash_work(void *user)
{
    evc_view part = evc_view_of(zeros, 32);
    uint8_t made[2][32];
    uint8_t out[EVC_HASH_MAX];
    evc_hkdf_output outputs[] = {{part, made[0], 32}, {part, made[1], 32}};
    evc_hasher *hasher = NULL;
    int failed = 0;

    (void)user;
    failed |= evc_hkdf_outputs(crypto, EVC_SHA512, part, part, outputs, 2, NULL);
    failed |= evc_hmac(crypto, EVC_SHA256, part, &part, 1, out, NULL);
    failed |= evc_hasher_open(crypto, EVC_SHA384, &hasher, NULL);
    failed |= evc_hasher_add(hasher, part, NULL);
    failed |= evc_hasher_finish(hasher, out, NULL);
    evc_hasher_close(hasher);
    return failed;
}

static size_t
count_allocations(int (*work)(void *user))
{
    int failed;
    size_t asked;

    evc_alloc_fail(EVC_ALLOC_NONE, false);
    failed = work(NULL);
    asked = evc_alloc_stop();
    ck_assert_int_eq(failed, 0);
    return asked;
}

START_TEST(warm_ciphers_allocate_nothing)
{
    static const uint8_t key[32] = {2};

    EVC_CHECK_OK(evc_xaes_open_key(crypto, evc_view_of(key, 32), &warm_xaes, NULL));
    ck_assert_uint_gt(count_allocations(cipher_work), 0); /* OpenSSL's are seen */
    ck_assert_uint_eq(count_allocations(cipher_work), 0);
    evc_xaes_close(warm_xaes);
}
END_TEST

/* OpenSSL 3.0 allocates its state at each start, later versions keep it. */
START_TEST(warm_hashes_allocate_at_most_their_state)
{
    ck_assert_uint_gt(count_allocations(hash_work), STARTS);
    ck_assert_uint_le(count_allocations(hash_work), STARTS);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const single_tests[] = {
        given_gcm_context_forgets_its_key,
        given_gcm_context_forgets_every_key,
        given_gcm_context_forgets_the_key_stream,
        closed_xaes_forgets_its_key,
        drawn_keys_stand_nowhere_else,
        decrypted_text_leaves_no_copy,
        read_private_pem_leaves_no_line,
        read_encrypted_pem_leaves_no_passphrase,
        warm_ciphers_allocate_nothing,
        warm_hashes_allocate_at_most_their_state,
        NULL,
    };
    const TTest *const hash_tests[] = {
        closed_hasher_forgets_unfinished_input,
        digest_forgets_its_input,
        hmac_forgets_its_key,
        hkdf_forgets_its_input_and_output,
        NULL,
    };
    const TTest *const number_tests[] = {
        read_private_der_leaves_no_copy,
        read_private_pem_leaves_no_copy,
        read_encrypted_pem_leaves_no_copy,
        NULL,
    };

    take_over_memory();
    rsa_add(suite, "residue", single_tests, 1);
    rsa_add(suite, "residue of each hash", hash_tests, 3);
    rsa_add(suite, "residue of each secret number", number_tests, 4);
}

EVC_TEST_MAIN("residue", add_tests)
