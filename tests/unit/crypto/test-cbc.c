/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/cbc.h"

#include "base/mem.h"
#include "crypto-fixture.h"
#include "evc-child.h"

#define IV "000102030405060708090a0b0c0d0e0f"
#define TEXT                                                             \
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130" \
    "c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"

/* SP 800-38A, F.2.1, F.2.3 and F.2.5, of which the first 64 bytes are; the last block and the
 * shorter texts were made with Python's cryptography. */
static const struct {
    const char *key;
    size_t size;
    const char *sealed;
} cases[] = {
    {"2b7e151628aed2a6abf7158809cf4f3c", 64,
     "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b273bed6b8e3c1743b7"
     "116e69e222295163ff1caa1681fac09120eca307586e1a78cb82807230e1321d3fae00d18cc2012"},
    {"2b7e151628aed2a6abf7158809cf4f3c", 0, "c84af0b613435d5d9182801a9bd9320b"},
    {"2b7e151628aed2a6abf7158809cf4f3c", 15, "9be1e579d107a136c031b645a88da750"},
    {"2b7e151628aed2a6abf7158809cf4f3c", 16,
     "7649abac8119b246cee98e9b12e9197d8964e0b149c10b7b682e6e39aaeb731c"},
    {"2b7e151628aed2a6abf7158809cf4f3c", 17,
     "7649abac8119b246cee98e9b12e9197d34d2d260173113008c28112c77668c86"},
    {"8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", 64,
     "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a571b242012fb7ae07"
     "fa9baac3df102e008b0e27988598881d920a9e64f5615cd612ccd79224b350935d45dd6a98f8176"},
    {"8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", 0,
     "848a6fa7d2b3567bf57371a1a030e9de"},
    {"8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", 15,
     "67a17576b9b15f90c540f572ae5ef83b"},
    {"8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", 16,
     "4f021db243bc633d7178183a9fa071e8a647f1643b94812a175a13c8fa2014b2"},
    {"8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", 17,
     "4f021db243bc633d7178183a9fa071e87453ce286a878886c94d59ee96b8bb55"},
    {"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", 64,
     "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d39f23369a9d9bacfa"
     "530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b3f461796d6b0d6b2e0c2a72b4d80e644"},
    {"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", 0,
     "7e9248e5d829ca7593f0c549db2f5b8c"},
    {"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", 15,
     "295902e15559d591ffbeea4c84059280"},
    {"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", 16,
     "f58c4c04d6e5f1ba779eabfb5f7bfbd6485a5c81519cf378fa36d42b8547edc0"},
    {"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", 17,
     "f58c4c04d6e5f1ba779eabfb5f7bfbd65a726c726afd31e4beb894033254d5cd"},
};
#define CASES ((int)(sizeof(cases) / sizeof(*cases)))

static uint8_t out[256];
static size_t size;

START_TEST(seals_as_published)
{
    bytes key = hex(cases[_i].key);
    bytes iv = hex(IV);
    bytes text = hex(TEXT);

    EVC_CHECK_OK(evc_cbc_seal(crypto, view(&key), iv.data,
                              evc_view_of(text.data, cases[_i].size), out, NULL));
    CHECK_HEX(out, cases[_i].sealed);
}
END_TEST

START_TEST(opens_as_published)
{
    bytes key = hex(cases[_i].key);
    bytes iv = hex(IV);
    bytes text = hex(TEXT);
    bytes sealed = hex(cases[_i].sealed);

    memset(out, 0xA5, sizeof(out));
    EVC_CHECK_OK(
        evc_cbc_open(crypto, view(&key), iv.data, view(&sealed), out, &size, NULL));
    ck_assert_uint_eq(size, cases[_i].size);
    ck_assert_mem_eq(out, text.data, size);
    ck_assert(evc_mem_is_zero(&out[size], sealed.size - size));
}
END_TEST

/* A block that ends with these bytes, sealed without regard to what they are. */
static int
open_padded(const uint8_t block[EVC_CBC_BLOCK])
{
    static const uint8_t zero_iv[EVC_CBC_BLOCK];
    uint8_t sealed[2 * EVC_CBC_BLOCK];
    bytes key = hex(cases[0].key);

    EVC_CHECK_OK(evc_cbc_seal(crypto, view(&key), zero_iv,
                              evc_view_of(block, EVC_CBC_BLOCK), sealed, NULL));
    memset(out, 0xA5, EVC_CBC_BLOCK);
    return evc_cbc_open(crypto, view(&key), zero_iv, evc_view_of(sealed, EVC_CBC_BLOCK),
                        out, &size, NULL);
}

START_TEST(takes_every_right_padding)
{
    for (uint8_t count = 1; count <= EVC_CBC_BLOCK; count++) {
        uint8_t block[EVC_CBC_BLOCK] = {0};

        memset(&block[EVC_CBC_BLOCK - count], count, count);
        EVC_CHECK_OK(open_padded(block));
        ck_assert_uint_eq(size, EVC_CBC_BLOCK - (size_t)count);
    }
}
END_TEST

START_TEST(refuses_every_wrong_padding)
{
    for (unsigned count = 0; count < 256; count++) {
        for (size_t at = 0; at < EVC_CBC_BLOCK; at++) {
            uint8_t block[EVC_CBC_BLOCK];

            memset(block, (int)count, sizeof(block));
            if (count >= 1 && count <= EVC_CBC_BLOCK) {
                if (at < EVC_CBC_BLOCK - count || at == EVC_CBC_BLOCK - 1)
                    continue; /* no padding, or the byte that counts it */
                block[at] ^= 0x80;
            }
            EVC_CHECK_CODE(open_padded(block), EVC_NOT_AUTHENTIC);
            ck_assert(evc_mem_is_zero(out, EVC_CBC_BLOCK));
            ck_assert_uint_eq(size, 0);
        }
    }
}
END_TEST

START_TEST(refuses_sizes_that_no_text_has)
{
    static const uint8_t zeros[40];
    static const size_t wrong[] = {0, 15, 17, 31};
    bytes key = hex(cases[0].key);

    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        EVC_CHECK_CODE(evc_cbc_open(crypto, view(&key), zeros,
                                    evc_view_of(zeros, wrong[i]), out, &size, NULL),
                       EVC_NOT_AUTHENTIC);
}
END_TEST

START_TEST(refuses_more_than_its_limit)
{
    bytes key = hex(cases[0].key);
    bytes iv = hex(IV);
    evc_view past = evc_view_of(out, EVC_CBC_MAX + 1); /* is not looked at */

    EVC_CHECK_CODE(evc_cbc_seal(crypto, view(&key), iv.data, past, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(evc_cbc_open(crypto, view(&key), iv.data, past, NULL, &size, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(refuses_keys_of_other_sizes)
{
    static const size_t wrong[] = {0, 15, 17, 23, 25, 31, 33};
    bytes text = hex(TEXT);

    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        evc_view key = evc_view_of(text.data, wrong[i]);

        EVC_CHECK_CODE(evc_cbc_seal(crypto, key, text.data, view(&text), out, NULL),
                       ENVCRYPT_E_KEY_SIZE);
        EVC_CHECK_CODE(
            evc_cbc_open(crypto, key, text.data, view(&text), out, &size, NULL),
            ENVCRYPT_E_KEY_SIZE);
    }
}
END_TEST

static int
use_in_child(void *user)
{
    bytes key = hex(cases[0].key);
    bytes iv = hex(IV);

    (void)user;
    return evc_cbc_seal(crypto, view(&key), iv.data, view(&key), out, NULL) !=
               ENVCRYPT_E_FORKED ||
           evc_cbc_open(crypto, view(&key), iv.data, view(&key), out, &size, NULL) !=
               ENVCRYPT_E_FORKED;
}

START_TEST(does_nothing_in_a_child_of_fork)
{
    ck_assert_int_eq(evc_child_status(use_in_child, NULL), 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        takes_every_right_padding,
        refuses_every_wrong_padding,
        refuses_sizes_that_no_text_has,
        refuses_more_than_its_limit,
        refuses_keys_of_other_sizes,
        does_nothing_in_a_child_of_fork,
        NULL,
    };
    TCase *published = tcase_create("published");

    tcase_add_checked_fixture(published, open_crypto, close_crypto);
    tcase_add_loop_test(published, seals_as_published, 0, CASES);
    tcase_add_loop_test(published, opens_as_published, 0, CASES);
    suite_add_tcase(suite, published);
    crypto_add(suite, "rules", tests);
}

EVC_TEST_MAIN("cbc", add_tests)
