/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The accumulated vector of one million rounds takes half a minute and 350 MB, so it
 * runs only with EVC_TEST_LONG=1 in the environment.
 */
#include "crypto/xaes.h"

#include <openssl/evp.h>

#include "base/mem.h"
#include "crypto-fixture.h"
#include "evc-child.h"

#define NONCE "ABCDEFGHIJKLMNOPQRSTUVWX"
#define TEXT "XAES-256-GCM"

static const uint8_t nonce24[] = NONCE;
static uint8_t key32[32];

static evc_xaes *
open_key(uint8_t byte)
{
    evc_xaes *xaes;

    memset(key32, byte, sizeof key32);
    EVC_CHECK_OK(evc_xaes_open_key(crypto, evc_view_of(key32, 32), &xaes, NULL));
    return xaes;
}

/* C2SP XAES-256-GCM, test vectors: the top bit of AES(K, 0) is clear for 01… and set
 * for 03…. */
START_TEST(seals_as_specified_without_carry)
{
    evc_xaes *xaes = open_key(1);
    uint8_t out[28];

    EVC_CHECK_OK(evc_xaes_seal(xaes, nonce24, NULL, 0, evc_view_text(TEXT), out, NULL));
    CHECK_HEX(out, "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271");
    evc_xaes_close(xaes);
}
END_TEST

START_TEST(seals_as_specified_with_carry)
{
    evc_xaes *xaes = open_key(3);
    evc_view aad = evc_view_text("c2sp.org/XAES-256-GCM");
    uint8_t out[28];

    EVC_CHECK_OK(evc_xaes_seal(xaes, nonce24, &aad, 1, evc_view_text(TEXT), out, NULL));
    CHECK_HEX(out, "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d");
    evc_xaes_close(xaes);
}
END_TEST

START_TEST(opens_as_specified)
{
    evc_xaes *xaes = open_key(3);
    evc_view aad[] = {evc_view_text("c2sp.org/"), evc_view_text("XAES-256-GCM")};
    bytes cipher = hex("986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d");
    uint8_t out[12];

    EVC_CHECK_OK(evc_xaes_open(xaes, nonce24, aad, 2, view(&cipher), out, NULL));
    ck_assert_mem_eq(out, TEXT, 12);
    evc_xaes_close(xaes);
}
END_TEST

/*
 * Each round takes from a SHAKE-128 stream of no input: key, nonce, length and bytes of
 * the plaintext, length and bytes of the AAD. The ciphertexts go into another
 * SHAKE-128.
 */
static void
accumulate(size_t rounds, const char *expected)
{
    EVP_MD *shake = EVP_MD_fetch(NULL, "SHAKE128", NULL);
    EVP_MD_CTX *source = EVP_MD_CTX_new();
    EVP_MD_CTX *sum = EVP_MD_CTX_new();
    size_t size =
        rounds * (32 + 24 + 2 + 255) + 4096 * 256; /* the mean, and far more */
    uint8_t *stream = evc_mem_new(size);
    evc_cursor at = evc_cursor_of(stream, size);
    uint8_t result[32];

    ck_assert_ptr_nonnull(stream);
    ck_assert_int_eq(EVP_DigestInit_ex2(source, shake, NULL), 1);
    ck_assert_int_eq(EVP_DigestFinalXOF(source, stream, size), 1);
    CHECK_HEX(stream, "7f9c2ba4e88f827d616045507605853e");
    ck_assert_int_eq(EVP_DigestInit_ex2(sum, shake, NULL), 1);
    for (size_t i = 0; i < rounds; i++) {
        evc_view key = evc_cursor_bytes(&at, 32);
        evc_view nonce = evc_cursor_bytes(&at, 24);
        evc_view plain = evc_cursor_bytes(&at, evc_cursor_u8(&at));
        evc_view aad = evc_cursor_bytes(&at, evc_cursor_u8(&at));
        uint8_t out[255 + EVC_XAES_TAG];
        uint8_t back[255];
        evc_xaes *xaes;

        ck_assert(!at.failed);
        EVC_CHECK_OK(evc_xaes_open_key(crypto, key, &xaes, NULL));
        EVC_CHECK_OK(evc_xaes_seal(xaes, nonce.data, &aad, 1, plain, out, NULL));
        EVC_CHECK_OK(evc_xaes_open(xaes, nonce.data, &aad, 1,
                                   evc_view_of(out, plain.size + EVC_XAES_TAG), back,
                                   NULL));
        ck_assert_mem_eq(back, plain.data, plain.size);
        evc_xaes_close(xaes);
        EVP_DigestUpdate(sum, out, plain.size + EVC_XAES_TAG);
    }
    ck_assert_int_eq(EVP_DigestFinalXOF(sum, result, sizeof result), 1);
    CHECK_HEX(result, expected);
    evc_mem_free(stream);
    EVP_MD_CTX_free(sum);
    EVP_MD_CTX_free(source);
    EVP_MD_free(shake);
}

START_TEST(accumulates_ten_thousand_rounds_as_specified)
{
    accumulate(10000,
               "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939");
}
END_TEST

START_TEST(accumulates_a_million_rounds_as_specified)
{
    accumulate(1000000,
               "2163ae1445985a30b60585ee67daa55674df06901b890593e824b8a7c885ab15");
}
END_TEST

START_TEST(works_in_place)
{
    uint8_t text[12 + EVC_XAES_TAG] = TEXT;
    evc_xaes *xaes = open_key(1);

    EVC_CHECK_OK(
        evc_xaes_seal(xaes, nonce24, NULL, 0, evc_view_of(text, 12), text, NULL));
    EVC_CHECK_OK(
        evc_xaes_open(xaes, nonce24, NULL, 0, evc_view_of(text, 28), text, NULL));
    ck_assert_mem_eq(text, TEXT, 12);
    evc_xaes_close(xaes);
}
END_TEST

/* Every bit of nonce and ciphertext. */
START_TEST(refuses_any_changed_bit)
{
    struct {
        uint8_t nonce[24];
        uint8_t text[20 + EVC_XAES_TAG];
    } sealed = {{1}, {2}};
    uint8_t *raw = (uint8_t *)&sealed;
    uint8_t out[20];
    evc_xaes *xaes = open_key(7);

    EVC_CHECK_OK(evc_xaes_seal(xaes, sealed.nonce, NULL, 0,
                               evc_view_of(sealed.text, 20), sealed.text, NULL));
    for (size_t bit = 0; bit < sizeof sealed * 8; bit++) {
        raw[bit / 8] ^= (uint8_t)(1u << bit % 8);
        memset(out, 0xA5, sizeof out);
        EVC_CHECK_CODE(evc_xaes_open(xaes, sealed.nonce, NULL, 0,
                                     evc_view_of(sealed.text, sizeof sealed.text), out,
                                     NULL),
                       EVC_NOT_AUTHENTIC);
        ck_assert(evc_mem_is_zero(out, sizeof out));
        raw[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    evc_xaes_close(xaes);
}
END_TEST

START_TEST(refuses_another_context)
{
    evc_view aad = evc_view_text("context");
    uint8_t out[12 + EVC_XAES_TAG];
    evc_xaes *xaes = open_key(7);

    EVC_CHECK_OK(evc_xaes_seal(xaes, nonce24, &aad, 1, evc_view_text(TEXT), out, NULL));
    EVC_CHECK_CODE(evc_xaes_open(xaes, nonce24, NULL, 0, evc_view_of(out, sizeof out),
                                 (uint8_t[12]){0}, NULL),
                   EVC_NOT_AUTHENTIC);
    evc_xaes_close(xaes);
}
END_TEST

START_TEST(seals_nothing)
{
    uint8_t out[EVC_XAES_TAG];
    evc_xaes *xaes = open_key(7);

    EVC_CHECK_OK(
        evc_xaes_seal(xaes, nonce24, NULL, 0, evc_view_of(NULL, 0), out, NULL));
    EVC_CHECK_OK(evc_xaes_open(xaes, nonce24, NULL, 0, evc_view_of(out, EVC_XAES_TAG),
                               out, NULL));
    evc_xaes_close(xaes);
}
END_TEST

START_TEST(refuses_less_than_a_tag)
{
    static const uint8_t cipher[EVC_XAES_TAG];
    evc_xaes *xaes = open_key(7);

    for (size_t size = 0; size < EVC_XAES_TAG; size++)
        EVC_CHECK_CODE(evc_xaes_open(xaes, nonce24, NULL, 0, evc_view_of(cipher, size),
                                     NULL, NULL),
                       EVC_NOT_AUTHENTIC);
    evc_xaes_close(xaes);
}
END_TEST

START_TEST(refuses_keys_of_other_sizes)
{
    static const size_t wrong[] = {0, 16, 31, 33};
    uint8_t key[33] = {0};
    evc_xaes *xaes;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        EVC_CHECK_CODE(
            evc_xaes_open_key(crypto, evc_view_of(key, wrong[i]), &xaes, NULL),
            ENVCRYPT_E_KEY_SIZE);
        ck_assert_ptr_null(xaes);
    }
}
END_TEST

START_TEST(gives_its_arena_slot_back)
{
    evc_arena_status status;
    evc_xaes *xaes = open_key(7);

    evc_arena_get_status(env->arena, &status);
    ck_assert_uint_eq(status.used_slots, 1);
    evc_xaes_close(xaes);
    evc_arena_get_status(env->arena, &status);
    ck_assert_uint_eq(status.used_slots, 0);
}
END_TEST

START_TEST(close_of_nothing_is_fine)
{
    evc_xaes_close(NULL);
}
END_TEST

static int
use_in_child(void *user)
{
    evc_xaes *opened = NULL;
    uint8_t out[EVC_XAES_TAG] = {0};
    evc_view none = evc_view_of(NULL, 0);

    if (evc_xaes_open_key(crypto, evc_view_of(key32, 32), &opened, NULL) !=
            ENVCRYPT_E_FORKED ||
        opened)
        return 1;
    if (evc_xaes_seal(user, nonce24, NULL, 0, none, out, NULL) != ENVCRYPT_E_FORKED)
        return 2;
    if (evc_xaes_open(user, nonce24, NULL, 0, evc_view_of(out, 16), out, NULL) !=
        ENVCRYPT_E_FORKED)
        return 3;
    evc_xaes_close(user);
    return 0;
}

START_TEST(child_of_fork_gets_an_error_and_may_close)
{
    evc_xaes *xaes = open_key(7);

    EVC_CHECK_CHILD(use_in_child, xaes);
    evc_xaes_close(xaes);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        seals_as_specified_without_carry,
        seals_as_specified_with_carry,
        opens_as_specified,
        accumulates_ten_thousand_rounds_as_specified,
        works_in_place,
        refuses_any_changed_bit,
        refuses_another_context,
        seals_nothing,
        refuses_less_than_a_tag,
        refuses_keys_of_other_sizes,
        gives_its_arena_slot_back,
        close_of_nothing_is_fine,
        child_of_fork_gets_an_error_and_may_close,
        NULL,
    };

    crypto_add(suite, "xaes", tests);
    if (getenv("EVC_TEST_LONG")) {
        TCase *slow = tcase_create("slow");

        tcase_set_timeout(slow, 600);
        tcase_add_checked_fixture(slow, open_crypto, close_crypto);
        tcase_add_test(slow, accumulates_a_million_rounds_as_specified);
        suite_add_tcase(suite, slow);
    }
}

EVC_TEST_MAIN("xaes", add_tests)
