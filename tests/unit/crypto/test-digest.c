/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/digest.h"

#include <openssl/evp.h>

#include "base/mem.h"
#include "crypto-fixture.h"
#include "evc-child.h"

/* FIPS 180-4, of "abc". */
static const struct {
    evc_hash hash;
    const char *of_abc;
    size_t block;
} hashes[] = {
    {EVC_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
     64},
    {EVC_SHA384,
     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc235"
     "8bae"
     "ca134c825a7",
     128},
    {EVC_SHA512,
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a83"
     "6ba3"
     "c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
     128},
};
#define HASHES (sizeof hashes / sizeof hashes[0])

static uint8_t out[512];

/* -- digests -------------------------------------------------------------------------
 */

START_TEST(sizes_are_those_of_the_standard)
{
    ck_assert_uint_eq(evc_hash_size(EVC_SHA1), 20);
    ck_assert_uint_eq(evc_hash_size(EVC_SHA256), 32);
    ck_assert_uint_eq(evc_hash_size(EVC_SHA384), 48);
    ck_assert_uint_eq(evc_hash_size(EVC_SHA512), 64);
}
END_TEST

START_TEST(digests_as_the_standard_says)
{
    evc_view abc = evc_view_text("abc");

    EVC_CHECK_OK(evc_digest(crypto, hashes[_i].hash, &abc, 1, out, NULL));
    CHECK_HEX(out, hashes[_i].of_abc);
}
END_TEST

START_TEST(parts_count_as_one)
{
    evc_view parts[] = {evc_view_text("a"), evc_view_text(""), evc_view_text("bc"),
                        evc_view_of(NULL, 0)};

    EVC_CHECK_OK(evc_digest(crypto, hashes[_i].hash, parts, 4, out, NULL));
    CHECK_HEX(out, hashes[_i].of_abc);
}
END_TEST

START_TEST(digests_nothing)
{
    EVC_CHECK_OK(evc_digest(crypto, EVC_SHA256, NULL, 0, out, NULL));
    CHECK_HEX(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
END_TEST

START_TEST(refuses_to_derive_and_to_stream_by_sha1)
{
    evc_view abc = evc_view_text("abc");
    evc_hasher *hasher;

    EVC_CHECK_CODE(evc_hasher_open(crypto, EVC_SHA1, &hasher, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(evc_hkdf(crypto, EVC_SHA1, abc, abc, abc, out, 16, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

/* FIPS 180-4's example; for names that others chose. */
START_TEST(digests_abc_by_sha1)
{
    evc_view abc = evc_view_text("abc");

    EVC_CHECK_OK(evc_digest(crypto, EVC_SHA1, &abc, 1, out, NULL));
    CHECK_HEX(out, "a9993e364706816aba3e25717850c26c9cd0d89d");
}
END_TEST

START_TEST(hasher_takes_pieces)
{
    evc_hasher *hasher;

    EVC_CHECK_OK(evc_hasher_open(crypto, hashes[_i].hash, &hasher, NULL));
    EVC_CHECK_OK(evc_hasher_add(hasher, evc_view_text("a"), NULL));
    EVC_CHECK_OK(evc_hasher_add(hasher, evc_view_of(NULL, 0), NULL));
    EVC_CHECK_OK(evc_hasher_add(hasher, evc_view_text("bc"), NULL));
    EVC_CHECK_OK(evc_hasher_finish(hasher, out, NULL));
    evc_hasher_close(hasher);
    CHECK_HEX(out, hashes[_i].of_abc);
}
END_TEST

START_TEST(hasher_starts_afresh_after_an_unfinished_one)
{
    evc_hasher *hasher;

    EVC_CHECK_OK(evc_hasher_open(crypto, hashes[_i].hash, &hasher, NULL));
    EVC_CHECK_OK(evc_hasher_add(hasher, evc_view_text("left behind"), NULL));
    evc_hasher_close(hasher);
    EVC_CHECK_OK(evc_hasher_open(crypto, hashes[_i].hash, &hasher, NULL));
    EVC_CHECK_OK(evc_hasher_add(hasher, evc_view_text("abc"), NULL));
    EVC_CHECK_OK(evc_hasher_finish(hasher, out, NULL));
    evc_hasher_close(hasher);
    CHECK_HEX(out, hashes[_i].of_abc);
}
END_TEST

START_TEST(finished_hasher_takes_no_more)
{
    evc_hasher *hasher;

    EVC_CHECK_OK(evc_hasher_open(crypto, EVC_SHA256, &hasher, NULL));
    EVC_CHECK_OK(evc_hasher_finish(hasher, out, NULL));
    EVC_CHECK_CODE(evc_hasher_add(hasher, evc_view_text("a"), NULL), ENVCRYPT_E_STATE);
    EVC_CHECK_CODE(evc_hasher_finish(hasher, out, NULL), ENVCRYPT_E_STATE);
    evc_hasher_close(hasher);
}
END_TEST

START_TEST(close_of_no_hasher_is_fine)
{
    evc_hasher_close(NULL);
}
END_TEST

/* -- HMAC ----------------------------------------------------------------------------
 */

/* RFC 4231. */
static const struct hmac_case {
    const char *key;
    const char *data;
    const char *sha256;
    const char *sha384;
    const char *sha512;
} hmac_cases[] = {
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
     "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4"
     "af152"
     "e8b2fa9cb6",
     "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a7020"
     "38b27"
     "4eaea3f4e4be9d914eeb61f1702e696c203a126854"},
    {"4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
     "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78"
     "b3239"
     "ecfab21649",
     "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6"
     "d034f"
     "65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
    /* A key longer than any block. */
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "a"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "a"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "a"
     "aaaaaaaaaaaaaaaa",
     "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d204"
     "86173"
     "68204b6579204669727374",
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
     "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe829"
     "6248d"
     "f163f44952",
     "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598b"
     "d0fd2"
     "215d6a1e5295e64f73f63f0aec8b915a985d786598"},
};

START_TEST(hmac_agrees_with_rfc_4231)
{
    bytes key = hex(hmac_cases[_i].key);
    bytes data = hex(hmac_cases[_i].data);
    evc_view part = view(&data);

    EVC_CHECK_OK(evc_hmac(crypto, EVC_SHA256, view(&key), &part, 1, out, NULL));
    CHECK_HEX(out, hmac_cases[_i].sha256);
    EVC_CHECK_OK(evc_hmac(crypto, EVC_SHA384, view(&key), &part, 1, out, NULL));
    CHECK_HEX(out, hmac_cases[_i].sha384);
    EVC_CHECK_OK(evc_hmac(crypto, EVC_SHA512, view(&key), &part, 1, out, NULL));
    CHECK_HEX(out, hmac_cases[_i].sha512);
}
END_TEST

/* Judged by OpenSSL's own HMAC: keys of none, one block less one, a block, one more. */
START_TEST(hmac_takes_keys_around_a_block)
{
    static const uint8_t key[130] = {1, 2, 3, [63] = 4, 5, 6, [127] = 7, 8, 9};
    static const char *const names[] = {"SHA256", "SHA384", "SHA512"};
    size_t sizes[] = {0, hashes[_i].block - 1, hashes[_i].block, hashes[_i].block + 1};
    evc_view parts[] = {evc_view_text("two "), evc_view_text("parts")};

    for (size_t i = 0; i < 4; i++) {
        uint8_t judge[EVC_HASH_MAX];
        size_t size;

        ck_assert_ptr_nonnull(EVP_Q_mac(NULL, "HMAC", NULL, names[_i], NULL, key,
                                        sizes[i], (const uint8_t *)"two parts", 9,
                                        judge, sizeof judge, &size));
        EVC_CHECK_OK(evc_hmac(crypto, hashes[_i].hash, evc_view_of(key, sizes[i]),
                              parts, 2, out, NULL));
        ck_assert_mem_eq(out, judge, size);
    }
}
END_TEST

/* RFC 2202, cases 1, 2 and 6. */
START_TEST(hmac_by_sha1_agrees_with_rfc_2202)
{
    static const struct {
        const char *key;
        const char *data;
        const char *mac;
    } cases[] = {
        {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
         "b617318655057264e28bc0b6fb378c8ef146be00"},
        {"4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
         "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "aaaaaaaa",
         "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202"
         "d"
         "2048617368204b6579204669727374",
         "aa4ae5e15272d00e95705637ce8a3b55ed402112"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bytes key = hex(cases[i].key);
        bytes data = hex(cases[i].data);
        evc_view part = view(&data);

        EVC_CHECK_OK(evc_hmac(crypto, EVC_SHA1, view(&key), &part, 1, out, NULL));
        CHECK_HEX(out, cases[i].mac);
    }
}
END_TEST

/* -- HKDF ----------------------------------------------------------------------------
 */

/* RFC 5869, A.1 to A.3. */
static const struct hkdf_case {
    const char *ikm;
    const char *salt;
    const char *info;
    const char *prk;
    const char *okm;
} hkdf_cases[] = {
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
     "f0f1f2f3f4f5f6f7f8f9",
     "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
     "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185"
     "865"},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627"
     "28292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
     "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f8081828384858687"
     "88898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
     "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7"
     "d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
     "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
     "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac782727"
     "1cb41"
     "c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"},
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
     "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
     "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a9"
     "6c8"},
};

START_TEST(hkdf_extracts_as_rfc_5869_says)
{
    bytes ikm = hex(hkdf_cases[_i].ikm);
    bytes salt = hex(hkdf_cases[_i].salt);

    EVC_CHECK_OK(
        evc_hkdf_extract(crypto, EVC_SHA256, view(&salt), view(&ikm), out, NULL));
    CHECK_HEX(out, hkdf_cases[_i].prk);
}
END_TEST

START_TEST(hkdf_expands_as_rfc_5869_says)
{
    bytes prk = hex(hkdf_cases[_i].prk);
    bytes info = hex(hkdf_cases[_i].info);
    size_t size = strlen(hkdf_cases[_i].okm) / 2;

    EVC_CHECK_OK(
        evc_hkdf_expand(crypto, EVC_SHA256, view(&prk), view(&info), out, size, NULL));
    CHECK_HEX(out, hkdf_cases[_i].okm);
}
END_TEST

START_TEST(hkdf_derives_as_rfc_5869_says)
{
    bytes ikm = hex(hkdf_cases[_i].ikm);
    bytes salt = hex(hkdf_cases[_i].salt);
    bytes info = hex(hkdf_cases[_i].info);
    size_t size = strlen(hkdf_cases[_i].okm) / 2;

    EVC_CHECK_OK(evc_hkdf(crypto, EVC_SHA256, view(&salt), view(&ikm), view(&info), out,
                          size, NULL));
    CHECK_HEX(out, hkdf_cases[_i].okm);
}
END_TEST

START_TEST(outputs_equal_an_extract_and_expands)
{
    evc_view ikm = evc_view_text("input key");
    evc_view salt = evc_view_text("salt");
    evc_view first = evc_view_text("first");
    evc_view second = evc_view_text("second");
    evc_hkdf_output outputs[] = {{first, out, 32}, {second, &out[32], 130}};
    size_t size = evc_hash_size(hashes[_i].hash);
    uint8_t prk[EVC_HASH_MAX];
    uint8_t expected[130];

    EVC_CHECK_OK(
        evc_hkdf_outputs(crypto, hashes[_i].hash, salt, ikm, outputs, 2, NULL));
    EVC_CHECK_OK(evc_hkdf_extract(crypto, hashes[_i].hash, salt, ikm, prk, NULL));
    EVC_CHECK_OK(evc_hkdf_expand(crypto, hashes[_i].hash, evc_view_of(prk, size), first,
                                 expected, 32, NULL));
    ck_assert_mem_eq(out, expected, 32);
    EVC_CHECK_OK(evc_hkdf_expand(crypto, hashes[_i].hash, evc_view_of(prk, size),
                                 second, expected, 130, NULL));
    ck_assert_mem_eq(&out[32], expected, 130);
}
END_TEST

/* OpenSSL's own HKDF refuses more than 32 KiB. The first block is HMAC(prk, info || 1).
 */
START_TEST(hkdf_takes_a_long_info)
{
    static uint8_t info[40000];
    static const uint8_t one = 1;
    evc_view prk = evc_view_text("a pseudorandom key");
    evc_view parts[] = {evc_view_of(info, sizeof info), evc_view_of(&one, 1)};
    uint8_t expected[EVC_HASH_MAX];

    EVC_CHECK_OK(evc_hmac(crypto, EVC_SHA512, prk, parts, 2, expected, NULL));
    EVC_CHECK_OK(evc_hkdf_expand(crypto, EVC_SHA512, prk, parts[0], out, 64, NULL));
    ck_assert_mem_eq(out, expected, 64);
}
END_TEST

START_TEST(hkdf_gives_255_blocks)
{
    static uint8_t most[255 * EVC_HASH_MAX];
    size_t size = 255 * evc_hash_size(hashes[_i].hash);
    evc_view key = evc_view_text("key");

    EVC_CHECK_OK(evc_hkdf(crypto, hashes[_i].hash, key, key, key, most, size, NULL));
    ck_assert(!evc_mem_is_zero(&most[size - 16], 16));
}
END_TEST

START_TEST(hkdf_refuses_one_byte_more)
{
    static uint8_t most[255 * EVC_HASH_MAX + 1];
    size_t size = 255 * evc_hash_size(hashes[_i].hash) + 1;
    evc_view key = evc_view_text("key");

    EVC_CHECK_CODE(evc_hkdf(crypto, hashes[_i].hash, key, key, key, most, size, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(evc_hkdf_expand(crypto, hashes[_i].hash, key, key, most, size, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

/* -- fork ----------------------------------------------------------------------------
 */

static int
hash_in_child(void *user)
{
    evc_view abc = evc_view_text("abc");
    evc_hasher *opened = NULL;

    if (evc_digest(crypto, EVC_SHA256, &abc, 1, out, NULL) != ENVCRYPT_E_FORKED)
        return 1;
    if (evc_hmac(crypto, EVC_SHA256, abc, &abc, 1, out, NULL) != ENVCRYPT_E_FORKED)
        return 2;
    if (evc_hkdf(crypto, EVC_SHA256, abc, abc, abc, out, 16, NULL) != ENVCRYPT_E_FORKED)
        return 3;
    if (evc_hasher_open(crypto, EVC_SHA256, &opened, NULL) != ENVCRYPT_E_FORKED ||
        opened)
        return 4;
    if (evc_hasher_add(user, abc, NULL) != ENVCRYPT_E_FORKED)
        return 5;
    return evc_hasher_finish(user, out, NULL) == ENVCRYPT_E_FORKED ? 0 : 6;
}

START_TEST(child_of_fork_gets_an_error)
{
    evc_hasher *hasher;

    EVC_CHECK_OK(evc_hasher_open(crypto, EVC_SHA256, &hasher, NULL));
    EVC_CHECK_CHILD(hash_in_child, hasher);
    evc_hasher_close(hasher);
}
END_TEST

/* Each test runs once for each of count cases, the number of which it finds in _i. */
static void
add_loops(Suite *suite, const char *name, const TTest *const *tests, size_t count)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, open_crypto, close_crypto);
    for (; *tests; tests++)
        tcase_add_loop_test(tcase, *tests, 0, (int)count);
    suite_add_tcase(suite, tcase);
}

static void
add_tests(Suite *suite)
{
    const TTest *const single_tests[] = {
        sizes_are_those_of_the_standard,
        digests_nothing,
        refuses_to_derive_and_to_stream_by_sha1,
        digests_abc_by_sha1,
        finished_hasher_takes_no_more,
        close_of_no_hasher_is_fine,
        hmac_by_sha1_agrees_with_rfc_2202,
        hkdf_takes_a_long_info,
        child_of_fork_gets_an_error,
        NULL,
    };
    const TTest *const hash_tests[] = {
        digests_as_the_standard_says,
        parts_count_as_one,
        hasher_takes_pieces,
        hasher_starts_afresh_after_an_unfinished_one,
        hmac_takes_keys_around_a_block,
        outputs_equal_an_extract_and_expands,
        hkdf_gives_255_blocks,
        hkdf_refuses_one_byte_more,
        NULL,
    };
    const TTest *const hmac_tests[] = {hmac_agrees_with_rfc_4231, NULL};
    const TTest *const hkdf_tests[] = {
        hkdf_extracts_as_rfc_5869_says,
        hkdf_expands_as_rfc_5869_says,
        hkdf_derives_as_rfc_5869_says,
        NULL,
    };

    crypto_add(suite, "digest", single_tests);
    add_loops(suite, "each hash", hash_tests, HASHES);
    add_loops(suite, "HMAC", hmac_tests, 3);
    add_loops(suite, "HKDF", hkdf_tests, 3);
}

EVC_TEST_MAIN("digest", add_tests)
