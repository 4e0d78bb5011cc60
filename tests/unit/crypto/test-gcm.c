/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/gcm.h"

#include <openssl/evp.h>

#include "base/mem.h"
#include "base/threads.h"
#include "crypto-fixture.h"
#include "evc-child.h"

/* The test cases of the mode's submission to NIST, 1 to 4, 7 to 10 and 13 to 16. */
#define KEY "feffe9928665731c6d6a8f9467308308"
#define IV "cafebabefacedbaddecaf888"
#define ZERO_IV "000000000000000000000000"
#define ZEROS "00000000000000000000000000000000"
#define TEXT60                                                                         \
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c9595680953" \
    "2f"                                                                               \
    "cf0e2449a6b525b16aedf5aa0de657ba637b39"
#define AAD "feedfacedeadbeeffeedfacedeadbeefabaddad2"

static const struct gcm_case {
    const char *key;
    const char *iv;
    const char *aad;
    const char *plain;
    const char *cipher;
    const char *tag;
} cases[] = {
    {ZEROS, ZERO_IV, "", "", "", "58e2fccefa7e3061367f1d57a4e7455a"},
    {ZEROS, ZERO_IV, "", ZEROS, "0388dace60b6a392f328c2b971b2fe78",
     "ab6e47d42cec13bdf53a67b21257bddf"},
    {KEY, IV, "", TEXT60 "1aafd255",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7"
     "d8f6a"
     "5aac84aa051ba30b396a0aac973d58e091473f5985",
     "4d5c2af327cd64a62cf35abd2ba6fab4"},
    {KEY, IV, AAD, TEXT60,
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7"
     "d8f6a"
     "5aac84aa051ba30b396a0aac973d58e091",
     "5bc94fbc3221a5db94fae95ae7121a47"},
    {ZEROS "0000000000000000", ZERO_IV, "", "", "", "cd33b28ac773f74ba00ed1f312572435"},
    {ZEROS "0000000000000000", ZERO_IV, "", ZEROS, "98e7247c07f0fe411c267e4384b0f600",
     "2ff58d80033927ab8ef4d4587514f0fb"},
    {KEY "feffe9928665731c", IV, "", TEXT60 "1aafd255",
     "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c7d773d00c144c525a"
     "c619d"
     "18c84a3f4718e2448b2fe324d9ccda2710acade256",
     "9924a7c8587336bfb118024db8674a14"},
    {KEY "feffe9928665731c", IV, AAD, TEXT60,
     "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c7d773d00c144c525a"
     "c619d"
     "18c84a3f4718e2448b2fe324d9ccda2710",
     "2519498e80f1478f37ba55bd6d27618c"},
    {ZEROS ZEROS, ZERO_IV, "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {ZEROS ZEROS, ZERO_IV, "", ZEROS, "cea7403d4d606b6e074ec5d3baf39d18",
     "d0d1c8a799996bf0265b98b5d48ab919"},
    {KEY KEY, IV, "", TEXT60 "1aafd255",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da"
     "7b08b"
     "1056828838c5f61e6393ba7a0abcc9f662898015ad",
     "b094dac5d93471bdec1a502270e3cc6c"},
    {KEY KEY, IV, AAD, TEXT60,
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da"
     "7b08b"
     "1056828838c5f61e6393ba7a0abcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};
#define CASES (sizeof cases / sizeof cases[0])

static const uint8_t key32[32] = {1, 2, 3};
static const uint8_t iv12[12] = {4, 5, 6};

static evc_gcm *
take(size_t size)
{
    evc_gcm *gcm;

    EVC_CHECK_OK(evc_gcm_take(crypto, evc_view_of(key32, size), &gcm, NULL));
    return gcm;
}

START_TEST(seals_as_published)
{
    bytes key = hex(cases[_i].key);
    bytes iv = hex(cases[_i].iv);
    bytes aad = hex(cases[_i].aad);
    bytes plain = hex(cases[_i].plain);
    evc_view part = view(&aad);
    uint8_t out[64];
    uint8_t tag[EVC_GCM_TAG];
    evc_gcm *gcm;

    EVC_CHECK_OK(evc_gcm_take(crypto, view(&key), &gcm, NULL));
    EVC_CHECK_OK(evc_gcm_seal(gcm, iv.data, &part, 1, view(&plain), out, tag, NULL));
    evc_gcm_give(gcm);
    CHECK_HEX(out, cases[_i].cipher);
    CHECK_HEX(tag, cases[_i].tag);
}
END_TEST

START_TEST(opens_as_published)
{
    bytes key = hex(cases[_i].key);
    bytes iv = hex(cases[_i].iv);
    bytes aad = hex(cases[_i].aad);
    bytes cipher = hex(cases[_i].cipher);
    bytes tag = hex(cases[_i].tag);
    evc_view part = view(&aad);
    uint8_t out[64];
    evc_gcm *gcm;

    EVC_CHECK_OK(evc_gcm_take(crypto, view(&key), &gcm, NULL));
    EVC_CHECK_OK(
        evc_gcm_open(gcm, iv.data, &part, 1, view(&cipher), out, tag.data, NULL));
    evc_gcm_give(gcm);
    CHECK_HEX(out, cases[_i].plain);
}
END_TEST

/* The whole table with one context: keys of all sizes and both directions, by turns. */
START_TEST(one_context_serves_all_keys_and_directions)
{
    evc_gcm *gcm = take(32);

    for (size_t i = 0; i < CASES * 2; i++) {
        const struct gcm_case *c = &cases[i * 5 % CASES];
        bytes key = hex(c->key);
        bytes iv = hex(c->iv);
        bytes aad = hex(c->aad);
        bytes plain = hex(c->plain);
        evc_view part = view(&aad);
        uint8_t tag[EVC_GCM_TAG];
        uint8_t out[64];

        EVC_CHECK_OK(evc_gcm_set_key(gcm, view(&key), NULL));
        EVC_CHECK_OK(
            evc_gcm_seal(gcm, iv.data, &part, 1, view(&plain), out, tag, NULL));
        CHECK_HEX(tag, c->tag);
        EVC_CHECK_OK(evc_gcm_open(gcm, iv.data, &part, 1, evc_view_of(out, plain.size),
                                  out, tag, NULL));
        ck_assert_mem_eq(out, plain.data, plain.size);
        EVC_CHECK_OK(
            evc_gcm_seal(gcm, iv.data, &part, 1, view(&plain), out, tag, NULL));
        CHECK_HEX(tag, c->tag);
    }
    evc_gcm_give(gcm);
}
END_TEST

START_TEST(works_in_place)
{
    bytes text = hex(TEXT60);
    uint8_t tag[EVC_GCM_TAG];
    evc_gcm *gcm = take(32);

    EVC_CHECK_OK(evc_gcm_seal(gcm, iv12, NULL, 0, view(&text), text.data, tag, NULL));
    EVC_CHECK_OK(evc_gcm_open(gcm, iv12, NULL, 0, view(&text), text.data, tag, NULL));
    CHECK_HEX(text.data, TEXT60);
    evc_gcm_give(gcm);
}
END_TEST

START_TEST(parts_of_aad_count_as_one)
{
    evc_view whole = evc_view_text("context and header");
    evc_view parts[] = {evc_view_text("con"), evc_view_of(NULL, 0),
                        evc_view_text("text and "), evc_view_text("header")};
    uint8_t tags[2][EVC_GCM_TAG];
    evc_gcm *gcm = take(32);

    EVC_CHECK_OK(
        evc_gcm_seal(gcm, iv12, &whole, 1, evc_view_of(NULL, 0), NULL, tags[0], NULL));
    EVC_CHECK_OK(
        evc_gcm_seal(gcm, iv12, parts, 4, evc_view_of(NULL, 0), NULL, tags[1], NULL));
    ck_assert_mem_eq(tags[0], tags[1], EVC_GCM_TAG);
    evc_gcm_give(gcm);
}
END_TEST

/* -- what is not authentic -----------------------------------------------------------
 */

typedef struct sealed {
    uint8_t key[32];
    uint8_t iv[EVC_GCM_IV];
    uint8_t aad[20];
    uint8_t text[40];
    uint8_t tag[EVC_GCM_TAG];
} sealed;

static evc_gcm *tamper_gcm;

static sealed
seal_something(void)
{
    sealed s = {.key = {1}, .iv = {2}, .aad = {3}, .text = {4}};
    evc_view aad = evc_view_of(s.aad, sizeof s.aad);

    EVC_CHECK_OK(evc_gcm_take(crypto, evc_view_of(s.key, 32), &tamper_gcm, NULL));
    EVC_CHECK_OK(evc_gcm_seal(tamper_gcm, s.iv, &aad, 1, evc_view_of(s.text, 40),
                              s.text, s.tag, NULL));
    return s;
}

static int
open_sealed(const sealed *s, uint8_t *out)
{
    evc_view aad = evc_view_of(s->aad, sizeof s->aad);

    EVC_CHECK_OK(evc_gcm_set_key(tamper_gcm, evc_view_of(s->key, 32), NULL));
    return evc_gcm_open(tamper_gcm, s->iv, &aad, 1, evc_view_of(s->text, 40), out,
                        s->tag, NULL);
}

/* Every bit of key, IV, AAD, text and tag. */
START_TEST(refuses_any_changed_bit)
{
    sealed s = seal_something();
    uint8_t *raw = (uint8_t *)&s;
    uint8_t out[40];

    EVC_CHECK_OK(open_sealed(&s, out));
    for (size_t bit = 0; bit < sizeof s * 8; bit++) {
        raw[bit / 8] ^= (uint8_t)(1u << bit % 8);
        memset(out, 0xA5, sizeof out);
        EVC_CHECK_CODE(open_sealed(&s, out), EVC_NOT_AUTHENTIC);
        ck_assert(evc_mem_is_zero(out, sizeof out));
        raw[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    EVC_CHECK_OK(open_sealed(&s, out));
    evc_gcm_give(tamper_gcm);
}
END_TEST

START_TEST(refuses_a_shorter_text)
{
    sealed s = seal_something();
    evc_view aad = evc_view_of(s.aad, sizeof s.aad);
    uint8_t out[40];

    EVC_CHECK_CODE(evc_gcm_open(tamper_gcm, s.iv, &aad, 1, evc_view_of(s.text, 39), out,
                                s.tag, NULL),
                   EVC_NOT_AUTHENTIC);
    evc_gcm_give(tamper_gcm);
}
END_TEST

START_TEST(zeroes_in_place_what_is_not_authentic)
{
    sealed s = seal_something();

    s.tag[15] ^= 1;
    EVC_CHECK_CODE(open_sealed(&s, s.text), EVC_NOT_AUTHENTIC);
    ck_assert(evc_mem_is_zero(s.text, sizeof s.text));
    evc_gcm_give(tamper_gcm);
}
END_TEST

/* -- sizes ---------------------------------------------------------------------------
 */

START_TEST(refuses_keys_of_other_sizes)
{
    static const size_t wrong[] = {0, 15, 17, 23, 25, 31, 33};
    uint8_t key[33] = {0};
    evc_gcm *gcm;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        EVC_CHECK_CODE(evc_gcm_take(crypto, evc_view_of(key, wrong[i]), &gcm, NULL),
                       ENVCRYPT_E_KEY_SIZE);
        ck_assert_ptr_null(gcm);
    }
}
END_TEST

START_TEST(keeps_its_key_when_another_is_refused)
{
    uint8_t tags[2][EVC_GCM_TAG];
    evc_gcm *gcm = take(32);

    EVC_CHECK_OK(
        evc_gcm_seal(gcm, iv12, NULL, 0, evc_view_of(NULL, 0), NULL, tags[0], NULL));
    EVC_CHECK_CODE(evc_gcm_set_key(gcm, evc_view_of(key32, 31), NULL),
                   ENVCRYPT_E_KEY_SIZE);
    EVC_CHECK_OK(
        evc_gcm_seal(gcm, iv12, NULL, 0, evc_view_of(NULL, 0), NULL, tags[1], NULL));
    ck_assert_mem_eq(tags[0], tags[1], EVC_GCM_TAG);
    evc_gcm_give(gcm);
}
END_TEST

#if SIZE_MAX > UINT32_MAX
#include <sys/mman.h>

/* Never touched: the size is refused before any byte is read. */
START_TEST(refuses_one_byte_past_the_longest_message)
{
    uint8_t byte = 0;
    uint8_t tag[EVC_GCM_TAG] = {0};
    evc_view text = evc_view_of(&byte, EVC_GCM_MAX + 1);
    evc_gcm *gcm = take(32);

    EVC_CHECK_CODE(evc_gcm_seal(gcm, iv12, NULL, 0, text, &byte, tag, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(evc_gcm_open(gcm, iv12, NULL, 0, text, &byte, tag, NULL),
                   ENVCRYPT_E_ARGUMENT);
    evc_gcm_give(gcm);
}
END_TEST

#define MEBI ((size_t)1 << 20)
#define LONG (2048 * MEBI + 17) /* past INT_MAX */

/* OpenSSL itself, in pieces of its own: the judge. */
static void
judge_long(const uint8_t *zeros, uint8_t *tag)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    uint8_t *out = evc_mem_new(MEBI);
    int made;

    EVP_EncryptInit_ex2(context, EVP_aes_256_gcm(), key32, iv12, NULL);
    for (size_t left = LONG; left > 0;) {
        size_t piece = left < MEBI ? left : MEBI;

        ck_assert_int_eq(EVP_EncryptUpdate(context, out, &made, zeros, (int)piece), 1);
        left -= piece;
    }
    EVP_EncryptFinal_ex(context, tag, &made);
    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, EVC_GCM_TAG, tag);
    EVP_CIPHER_CTX_free(context);
    evc_mem_free(out);
}

/* 2 GiB and more of one MiB of memory, mapped again and again. */
static uint8_t *
map_long(void)
{
    FILE *file = tmpfile();
    size_t size = (LONG / MEBI + 1) * MEBI;
    uint8_t *start = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_ne(start, MAP_FAILED);
    ck_assert_int_eq(ftruncate(fileno(file), (off_t)MEBI), 0);
    for (size_t at = 0; at < size; at += MEBI)
        ck_assert_ptr_ne(mmap(start + at, MEBI, PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_FIXED, fileno(file), 0),
                         MAP_FAILED);
    fclose(file);
    return start;
}

START_TEST(seals_more_than_openssl_takes_at_once)
{
    uint8_t *zeros = mmap(NULL, LONG, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint8_t *out = map_long();
    uint8_t tag[EVC_GCM_TAG];
    uint8_t expected[EVC_GCM_TAG];
    evc_gcm *gcm = take(32);

    ck_assert_ptr_ne(zeros, MAP_FAILED);
    judge_long(zeros, expected);
    EVC_CHECK_OK(
        evc_gcm_seal(gcm, iv12, NULL, 0, evc_view_of(zeros, LONG), out, tag, NULL));
    ck_assert_mem_eq(tag, expected, EVC_GCM_TAG);
    evc_gcm_give(gcm);
    munmap(zeros, LONG);
    munmap(out, (LONG / MEBI + 1) * MEBI);
}
END_TEST
#endif

/* -- pool, threads, fork -------------------------------------------------------------
 */

START_TEST(give_of_nothing_is_fine)
{
    evc_gcm_give(NULL);
}
END_TEST

START_TEST(a_given_context_is_taken_again)
{
    evc_gcm *gcm = take(32);

    evc_gcm_give(gcm);
    ck_assert_ptr_eq(take(16), gcm);
    evc_gcm_give(gcm);
}
END_TEST

static void
seal_and_open(void *user, size_t index)
{
    bool *failed = user;
    uint8_t key[32] = {(uint8_t)index};
    uint8_t text[100];
    uint8_t tag[EVC_GCM_TAG];

    for (int i = 0; i < 500; i++) {
        evc_gcm *gcm;

        memset(text, i, sizeof text);
        if (evc_gcm_take(crypto, evc_view_of(key, i % 2 ? 16 : 32), &gcm, NULL) ||
            evc_gcm_seal(gcm, iv12, NULL, 0, evc_view_of(text, 100), text, tag, NULL) ||
            evc_gcm_open(gcm, iv12, NULL, 0, evc_view_of(text, 100), text, tag, NULL) ||
            text[99] != (uint8_t)i)
            failed[index] = true;
        evc_gcm_give(gcm);
    }
}

START_TEST(an_idle_context_has_no_key)
{
    uint8_t iv[EVC_GCM_IV] = {0};
    uint8_t tag[EVC_GCM_TAG];
    evc_gcm *gcm;

    EVC_CHECK_OK(evc_gcm_take_idle(crypto, &gcm, NULL));
    EVC_CHECK_CODE(
        evc_gcm_seal(gcm, iv, NULL, 0, evc_view_of(NULL, 0), NULL, tag, NULL),
        ENVCRYPT_E_STATE);
    evc_gcm_give(gcm);
}
END_TEST

START_TEST(threads_work_side_by_side)
{
    bool failed[4] = {false};

    EVC_CHECK_OK(evc_threads_run(4, seal_and_open, failed, NULL));
    for (size_t i = 0; i < 4; i++)
        ck_assert(!failed[i]);
}
END_TEST

static int
use_in_child(void *user)
{
    uint8_t tag[EVC_GCM_TAG] = {0};
    evc_view none = evc_view_of(NULL, 0);
    evc_gcm *gcm;

    if (evc_gcm_take(crypto, evc_view_of(key32, 32), &gcm, NULL) != ENVCRYPT_E_FORKED ||
        gcm)
        return 1;
    if (evc_gcm_set_key(user, evc_view_of(key32, 32), NULL) != ENVCRYPT_E_FORKED)
        return 2;
    if (evc_gcm_seal(user, iv12, NULL, 0, none, NULL, tag, NULL) != ENVCRYPT_E_FORKED)
        return 3;
    if (evc_gcm_open(user, iv12, NULL, 0, none, NULL, tag, NULL) != ENVCRYPT_E_FORKED)
        return 4;
    return 0;
}

START_TEST(child_of_fork_gets_an_error)
{
    evc_gcm *gcm = take(32);

    EVC_CHECK_CHILD(use_in_child, gcm);
    evc_gcm_give(gcm);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        one_context_serves_all_keys_and_directions,
        works_in_place,
        parts_of_aad_count_as_one,
        refuses_any_changed_bit,
        refuses_a_shorter_text,
        zeroes_in_place_what_is_not_authentic,
        refuses_keys_of_other_sizes,
        keeps_its_key_when_another_is_refused,
#if SIZE_MAX > UINT32_MAX
        refuses_one_byte_past_the_longest_message,
        seals_more_than_openssl_takes_at_once,
#endif
        give_of_nothing_is_fine,
        a_given_context_is_taken_again,
        an_idle_context_has_no_key,
        threads_work_side_by_side,
        child_of_fork_gets_an_error,
        NULL,
    };
    TCase *published = tcase_create("published");

    tcase_add_checked_fixture(published, open_crypto, close_crypto);
    tcase_add_loop_test(published, seals_as_published, 0, (int)CASES);
    tcase_add_loop_test(published, opens_as_published, 0, (int)CASES);
    suite_add_tcase(suite, published);
    crypto_add(suite, "gcm", tests);
}

EVC_TEST_MAIN("gcm", add_tests)
