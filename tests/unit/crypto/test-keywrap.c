/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/keywrap.h"

#include "base/mem.h"
#include "crypto-fixture.h"
#include "evc-child.h"

#define KEK "000102030405060708090A0B0C0D0E0F1011121314151617"
#define KEK32 KEK "18191A1B1C1D1E1F"
#define KEK16 "000102030405060708090A0B0C0D0E0F"
#define DATA "00112233445566778899AABBCCDDEEFF"
#define KEK_PADDED "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8"

/* RFC 3394, 4.1 to 4.6, and RFC 5649, 6. */
static const struct {
    bool padded;
    const char *kek;
    const char *key;
    const char *wrapped;
} cases[] = {
    {false, KEK16, DATA, "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5"},
    {false, KEK, DATA, "96778B25AE6CA435F92B5B97C050AED2468AB8A17AD84E5D"},
    {false, KEK32, DATA, "64E8C3F9CE0F5BA263E9777905818A2A93C8191E7D6E8AE7"},
    {false, KEK, DATA "0001020304050607",
     "031D33264E15D33268F24EC260743EDCE1C6C7DDEE725A936BA814915C6762D2"},
    {false, KEK32, DATA "0001020304050607",
     "A8F9BC1612C68B3FF6E6F4FBE30E71E4769C8B80A32CB8958CD5D17D6B254DA1"},
    {false, KEK32, DATA "000102030405060708090A0B0C0D0E0F",
     "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD2"
     "1"},
    {true, KEK_PADDED, "c37b7e6492584340bed12207808941155068f738",
     "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a"},
    {true, KEK_PADDED, "466f7250617369", "afbeb0f07dfbf5419200f2ccb50bb24f"},
};
#define CASES ((int)(sizeof cases / sizeof cases[0]))

static uint8_t out[256];
static size_t size;

START_TEST(wraps_as_published)
{
    bytes kek = hex(cases[_i].kek);
    bytes key = hex(cases[_i].key);

    EVC_CHECK_OK(evc_keywrap_wrap(crypto, cases[_i].padded, view(&kek), view(&key), out,
                                  &size, NULL));
    ck_assert_uint_eq(size, strlen(cases[_i].wrapped) / 2);
    CHECK_HEX(out, cases[_i].wrapped);
}
END_TEST

START_TEST(unwraps_as_published)
{
    bytes kek = hex(cases[_i].kek);
    bytes wrapped = hex(cases[_i].wrapped);

    EVC_CHECK_OK(evc_keywrap_unwrap(crypto, cases[_i].padded, view(&kek),
                                    view(&wrapped), out, &size, NULL));
    ck_assert_uint_eq(size, strlen(cases[_i].key) / 2);
    CHECK_HEX(out, cases[_i].key);
}
END_TEST

START_TEST(refuses_any_changed_bit)
{
    bytes kek = hex(cases[_i].kek);
    bytes wrapped = hex(cases[_i].wrapped);

    for (size_t bit = 0; bit < wrapped.size * 8; bit++) {
        wrapped.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        memset(out, 0xA5, wrapped.size);
        EVC_CHECK_CODE(evc_keywrap_unwrap(crypto, cases[_i].padded, view(&kek),
                                          view(&wrapped), out, &size, NULL),
                       EVC_NOT_AUTHENTIC);
        ck_assert(evc_mem_is_zero(out, wrapped.size));
        ck_assert_uint_eq(size, 0);
        wrapped.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}
END_TEST

START_TEST(refuses_what_the_other_form_wrapped)
{
    bytes kek = hex(cases[_i].kek);
    bytes wrapped = hex(cases[_i].wrapped);

    EVC_CHECK_CODE(evc_keywrap_unwrap(crypto, !cases[_i].padded, view(&kek),
                                      view(&wrapped), out, &size, NULL),
                   EVC_NOT_AUTHENTIC);
}
END_TEST

/* -- sizes ---------------------------------------------------------------------------
 */

static const uint8_t zeros[64];

static int
wrap_size(bool padded, size_t key_size)
{
    return evc_keywrap_wrap(crypto, padded, evc_view_of(zeros, 32),
                            evc_view_of(zeros, key_size), out, &size, NULL);
}

START_TEST(plain_form_takes_two_steps_of_8_or_more)
{
    static const size_t wrong[] = {0, 8, 15, 17, 23, 25};

    EVC_CHECK_OK(wrap_size(false, 16));
    EVC_CHECK_OK(wrap_size(false, 24));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        EVC_CHECK_CODE(wrap_size(false, wrong[i]), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(padded_form_takes_one_byte_or_more)
{
    EVC_CHECK_CODE(wrap_size(true, 0), ENVCRYPT_E_ARGUMENT);
    for (size_t i = 1; i <= 17; i++) {
        EVC_CHECK_OK(wrap_size(true, i));
        ck_assert_uint_eq(size, (i + 7) / 8 * 8 + 8);
    }
}
END_TEST

START_TEST(wraps_at_most_64_kib)
{
    uint8_t *key = evc_mem_new(EVC_KEYWRAP_MAX + 8);
    uint8_t *wrapped = evc_mem_new(EVC_KEYWRAP_MAX + 16);
    evc_view kek = evc_view_of(zeros, 16);

    for (int padded = 0; padded < 2; padded++) {
        size_t past = padded ? EVC_KEYWRAP_MAX + 1 : EVC_KEYWRAP_MAX + 8;

        EVC_CHECK_OK(evc_keywrap_wrap(crypto, padded, kek,
                                      evc_view_of(key, EVC_KEYWRAP_MAX), wrapped, &size,
                                      NULL));
        EVC_CHECK_OK(evc_keywrap_unwrap(crypto, padded, kek, evc_view_of(wrapped, size),
                                        wrapped, &size, NULL));
        ck_assert_uint_eq(size, EVC_KEYWRAP_MAX);
        EVC_CHECK_CODE(evc_keywrap_wrap(crypto, padded, kek, evc_view_of(key, past),
                                        wrapped, &size, NULL),
                       ENVCRYPT_E_ARGUMENT);
        EVC_CHECK_CODE(evc_keywrap_unwrap(crypto, padded, kek,
                                          evc_view_of(wrapped, EVC_KEYWRAP_MAX + 16),
                                          NULL, &size, NULL),
                       EVC_NOT_AUTHENTIC);
    }
    evc_mem_free(key);
    evc_mem_free(wrapped);
}
END_TEST

START_TEST(refuses_sizes_that_no_wrapped_key_has)
{
    static const size_t wrong[] = {0, 8, 17, 25};
    evc_view kek = evc_view_of(zeros, 16);

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        evc_view wrapped = evc_view_of(zeros, wrong[i]);

        EVC_CHECK_CODE(
            evc_keywrap_unwrap(crypto, false, kek, wrapped, out, &size, NULL),
            EVC_NOT_AUTHENTIC);
        EVC_CHECK_CODE(evc_keywrap_unwrap(crypto, true, kek, wrapped, out, &size, NULL),
                       EVC_NOT_AUTHENTIC);
    }
    EVC_CHECK_CODE(evc_keywrap_unwrap(crypto, false, kek, evc_view_of(zeros, 16), out,
                                      &size, NULL),
                   EVC_NOT_AUTHENTIC);
}
END_TEST

START_TEST(refuses_keys_of_other_sizes)
{
    static const size_t wrong[] = {0, 15, 17, 23, 25, 31, 33};
    evc_view key = evc_view_of(zeros, 24);

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        evc_view kek = evc_view_of(zeros, wrong[i]);

        EVC_CHECK_CODE(evc_keywrap_wrap(crypto, false, kek, key, out, &size, NULL),
                       ENVCRYPT_E_KEY_SIZE);
        EVC_CHECK_CODE(evc_keywrap_unwrap(crypto, false, kek, key, out, &size, NULL),
                       ENVCRYPT_E_KEY_SIZE);
        EVC_CHECK_CODE(evc_cmac(crypto, kek, key, out, NULL), ENVCRYPT_E_KEY_SIZE);
    }
}
END_TEST

/* -- CMAC ----------------------------------------------------------------------------
 */

#define CMAC_TEXT                                                                      \
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411" \
    "e5fb"                                                                             \
    "c1191a0a52eff69f2445df4f9b17ad2b417be66c3710"

/* SP 800-38B, examples D.1 to D.3, of 0, 16, 40 and 64 bytes. */
static const struct {
    const char *key;
    const char *macs[4];
} cmac_cases[] = {
    {"2b7e151628aed2a6abf7158809cf4f3c",
     {"bb1d6929e95937287fa37d129b756746", "070a16b46b4d4144f79bdd9dd04a287c",
      "dfa66747de9ae63030ca32611497c827", "51f0bebf7e3b9d92fc49741779363cfe"}},
    {"8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
     {"d17ddf46adaacde531cac483de7a9367", "9e99a7bf31e710900662f65e617c5184",
      "8a1de5be2eb31aad089a82e6ee908b0e", "a1d5df0eed790f794d77589659f39a11"}},
    {"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
     {"028962f61b7bf89efc6b551f4667d983", "28a7023f452e8f82bd4bf28d8c37c35c",
      "aaf3d8f1de5640c232f5b169b9c911e6", "e1992190549f6ed5696a2c056c315410"}},
};

START_TEST(cmac_agrees_with_sp_800_38b)
{
    static const size_t sizes[] = {0, 16, 40, 64};
    bytes key = hex(cmac_cases[_i].key);
    bytes text = hex(CMAC_TEXT);

    for (size_t i = 0; i < 4; i++) {
        EVC_CHECK_OK(
            evc_cmac(crypto, view(&key), evc_view_of(text.data, sizes[i]), out, NULL));
        CHECK_HEX(out, cmac_cases[_i].macs[i]);
    }
}
END_TEST

static int
use_in_child(void *user)
{
    evc_view key = evc_view_of(zeros, 32);

    (void)user;
    if (evc_keywrap_wrap(crypto, true, key, key, out, &size, NULL) != ENVCRYPT_E_FORKED)
        return 1;
    if (evc_keywrap_unwrap(crypto, true, key, key, out, &size, NULL) !=
        ENVCRYPT_E_FORKED)
        return 2;
    return evc_cmac(crypto, key, key, out, NULL) == ENVCRYPT_E_FORKED ? 0 : 3;
}

START_TEST(child_of_fork_gets_an_error)
{
    EVC_CHECK_CHILD(use_in_child, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const published_tests[] = {
        wraps_as_published,
        unwraps_as_published,
        refuses_any_changed_bit,
        refuses_what_the_other_form_wrapped,
        NULL,
    };
    const TTest *const size_tests[] = {
        plain_form_takes_two_steps_of_8_or_more,
        padded_form_takes_one_byte_or_more,
        wraps_at_most_64_kib,
        refuses_sizes_that_no_wrapped_key_has,
        refuses_keys_of_other_sizes,
        child_of_fork_gets_an_error,
        NULL,
    };
    TCase *published = tcase_create("published");

    tcase_add_checked_fixture(published, open_crypto, close_crypto);
    for (const TTest *const *test = published_tests; *test; test++)
        tcase_add_loop_test(published, *test, 0, CASES);
    tcase_add_loop_test(published, cmac_agrees_with_sp_800_38b, 0, 3);
    suite_add_tcase(suite, published);
    crypto_add(suite, "sizes", size_tests);
}

EVC_TEST_MAIN("keywrap", add_tests)
