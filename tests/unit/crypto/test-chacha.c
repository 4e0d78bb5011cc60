/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/chacha.h"

#include "base/mem.h"
#include "crypto-fixture.h"

#define KEY "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
#define AAD "50515253c0c1c2c3c4c5c6c7"
static const char text[] =
    "Ladies and Gentlemen of the class of '99: If I could offer you only "
    "one tip for the future, sunscreen would be it.";
#define TEXT 114 /* bytes of it */

/* RFC 8439, 2.8.2, and draft-irtf-cfrg-xchacha, A.3.1: the same key, AAD and text. */
static const struct {
    const char *nonce;
    const char *sealed;
} cases[] = {
    {"070000004041424344454647", "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b"
                                 "5a736ee62d63dbea45e8ca9671282fafb"
                                 "69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d7"
                                 "78b8c9803aee328091b58fab324e4fad6"
                                 "75945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b6"
                                 "1161ae10b594f09e26a7e902ecbd0600"
                                 "691"},
    {"404142434445464748494a4b4c4d4e4f5051525354555657",
     "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440"
     "bf3a8"
     "2f4eda7e39ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2"
     "bc369"
     "488f76b2383565d3fff921f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd87"
     "80acf"
     "49"},
};

static uint8_t out[256];

START_TEST(seals_as_published)
{
    bytes key = hex(KEY);
    bytes aad = hex(AAD);
    bytes nonce = hex(cases[_i].nonce);

    EVC_CHECK_OK(evc_chacha_seal(view(&key), view(&nonce), view(&aad),
                                 evc_view_text(text), out, NULL));
    CHECK_HEX(out, cases[_i].sealed);
}
END_TEST

START_TEST(opens_as_published)
{
    bytes key = hex(KEY);
    bytes aad = hex(AAD);
    bytes nonce = hex(cases[_i].nonce);
    bytes sealed = hex(cases[_i].sealed);

    EVC_CHECK_OK(evc_chacha_open(view(&key), view(&nonce), view(&aad), view(&sealed),
                                 out, NULL));
    ck_assert_mem_eq(out, text, TEXT);
}
END_TEST

/* Every bit of key, nonce, AAD and ciphertext. */
START_TEST(refuses_any_changed_bit)
{
    bytes parts[] = {hex(KEY), hex(cases[_i].nonce), hex(AAD), hex(cases[_i].sealed)};

    for (size_t i = 0; i < 4; i++) {
        for (size_t bit = 0; bit < parts[i].size * 8; bit++) {
            parts[i].data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            memset(out, 0xA5, TEXT);
            EVC_CHECK_CODE(evc_chacha_open(view(&parts[0]), view(&parts[1]),
                                           view(&parts[2]), view(&parts[3]), out, NULL),
                           EVC_NOT_AUTHENTIC);
            ck_assert(evc_mem_is_zero(out, TEXT));
            parts[i].data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}
END_TEST

START_TEST(works_in_place)
{
    bytes key = hex(KEY);
    bytes nonce = hex(cases[_i].nonce);
    uint8_t same[20 + EVC_CHACHA_TAG] = "in place";
    evc_view none = evc_view_of(NULL, 0);

    EVC_CHECK_OK(evc_chacha_seal(view(&key), view(&nonce), none, evc_view_of(same, 20),
                                 same, NULL));
    EVC_CHECK_OK(evc_chacha_open(view(&key), view(&nonce), none,
                                 evc_view_of(same, sizeof same), same, NULL));
    ck_assert_str_eq((char *)same, "in place");
}
END_TEST

START_TEST(seals_nothing)
{
    bytes key = hex(KEY);
    bytes nonce = hex(cases[_i].nonce);
    evc_view none = evc_view_of(NULL, 0);

    EVC_CHECK_OK(evc_chacha_seal(view(&key), view(&nonce), none, none, out, NULL));
    EVC_CHECK_OK(evc_chacha_open(view(&key), view(&nonce), none,
                                 evc_view_of(out, EVC_CHACHA_TAG), out, NULL));
}
END_TEST

START_TEST(refuses_less_than_a_tag)
{
    bytes key = hex(KEY);
    bytes nonce = hex(cases[_i].nonce);
    evc_view none = evc_view_of(NULL, 0);

    for (size_t size = 0; size < EVC_CHACHA_TAG; size++)
        EVC_CHECK_CODE(evc_chacha_open(view(&key), view(&nonce), none,
                                       evc_view_of(out, size), NULL, NULL),
                       EVC_NOT_AUTHENTIC);
}
END_TEST

START_TEST(refuses_keys_of_other_sizes)
{
    static const size_t wrong[] = {0, 16, 31, 33};
    evc_view nonce = evc_view_of(out, 12);
    evc_view none = evc_view_of(NULL, 0);

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        EVC_CHECK_CODE(
            evc_chacha_seal(evc_view_of(out, wrong[i]), nonce, none, none, out, NULL),
            ENVCRYPT_E_KEY_SIZE);
        EVC_CHECK_CODE(evc_chacha_open(evc_view_of(out, wrong[i]), nonce, none,
                                       evc_view_of(out, 16), out, NULL),
                       ENVCRYPT_E_KEY_SIZE);
    }
}
END_TEST

START_TEST(refuses_nonces_of_other_sizes)
{
    static const size_t wrong[] = {0, 8, 11, 13, 23, 25};
    evc_view key = evc_view_of(out, 32);
    evc_view none = evc_view_of(NULL, 0);

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        EVC_CHECK_CODE(
            evc_chacha_seal(key, evc_view_of(out, wrong[i]), none, none, out, NULL),
            ENVCRYPT_E_ARGUMENT);
        EVC_CHECK_CODE(evc_chacha_open(key, evc_view_of(out, wrong[i]), none,
                                       evc_view_of(out, 16), out, NULL),
                       ENVCRYPT_E_ARGUMENT);
    }
}
END_TEST

#if SIZE_MAX > UINT32_MAX
/* libsodium would abort the process. The bytes are never touched. */
START_TEST(refuses_one_byte_past_the_longest_message)
{
    size_t most = ((size_t)64 << 32) - 64;
    evc_view key = evc_view_of(out, 32);
    evc_view nonce = evc_view_of(out, 12);
    evc_view none = evc_view_of(NULL, 0);

    EVC_CHECK_CODE(
        evc_chacha_seal(key, nonce, none, evc_view_of(out, most + 1), out, NULL),
        ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(evc_chacha_open(key, nonce, none,
                                   evc_view_of(out, most + 1 + EVC_CHACHA_TAG), out,
                                   NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST
#endif

static void
add_tests(Suite *suite)
{
    const TTest *const both[] = {
        seals_as_published,
        opens_as_published,
        refuses_any_changed_bit,
        works_in_place,
        seals_nothing,
        refuses_less_than_a_tag,
        NULL,
    };
    const TTest *const sizes[] = {
        refuses_keys_of_other_sizes,
        refuses_nonces_of_other_sizes,
#if SIZE_MAX > UINT32_MAX
        refuses_one_byte_past_the_longest_message,
#endif
        NULL,
    };
    TCase *each = tcase_create("each nonce size");

    tcase_add_checked_fixture(each, open_crypto, close_crypto);
    for (const TTest *const *test = both; *test; test++)
        tcase_add_loop_test(each, *test, 0, 2);
    suite_add_tcase(suite, each);
    crypto_add(suite, "sizes", sizes);
}

EVC_TEST_MAIN("chacha", add_tests)
