/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/suite.h"

#include "envcrypt/envelope.h"
#include "evc-check.h"

/* Of the specification's table: id, format, AES bits, KDF, commitment, signature. */
static const struct {
    uint16_t id;
    uint8_t format;
    unsigned bits;
    const char *kdf;
    bool commits;
    const char *curve;
} rows[] = {
    {0x0014, 1, 128, NULL, false, NULL},
    {0x0046, 1, 192, NULL, false, NULL},
    {0x0078, 1, 256, NULL, false, NULL},
    {0x0114, 1, 128, "SHA256", false, NULL},
    {0x0146, 1, 192, "SHA256", false, NULL},
    {0x0178, 1, 256, "SHA256", false, NULL},
    {0x0214, 1, 128, "SHA256", false, "P256"},
    {0x0346, 1, 192, "SHA384", false, "P384"},
    {0x0378, 1, 256, "SHA384", false, "P384"},
    {0x0478, 2, 256, "SHA512", true, NULL},
    {0x0578, 2, 256, "SHA512", true, "P384"},
};
#define ROWS (sizeof rows / sizeof rows[0])

static const char *
hash_name(evc_hash hash)
{
    static const char *const names[] = {
        [EVC_SHA256] = "SHA256", [EVC_SHA384] = "SHA384", [EVC_SHA512] = "SHA512"};

    return names[hash];
}

START_TEST(each_suite_has_the_properties_of_the_specification)
{
    const evc_suite *suite = evc_suite_find(rows[_i].id);

    ck_assert_ptr_nonnull(suite);
    ck_assert_uint_eq(suite->id, rows[_i].id);
    ck_assert_uint_eq(suite->format, rows[_i].format);
    ck_assert_uint_eq(suite->key_size * 8u, rows[_i].bits);
    ck_assert_uint_eq(suite->id_size, rows[_i].format == 1 ? 16 : 32);
    ck_assert(suite->kdf == (rows[_i].kdf != NULL));
    if (suite->kdf)
        ck_assert_str_eq(hash_name(suite->kdf_hash), rows[_i].kdf);
    ck_assert(suite->commits == rows[_i].commits);
    ck_assert(suite->is_signed == (rows[_i].curve != NULL));
}
END_TEST

START_TEST(each_signature_has_the_hash_of_its_curve)
{
    const evc_suite *suite = evc_suite_find(rows[_i].id);

    if (!suite->is_signed)
        return;
    ck_assert_str_eq(suite->curve == EVC_P256 ? "P256" : "P384", rows[_i].curve);
    ck_assert_str_eq(hash_name(suite->signature_hash),
                     suite->curve == EVC_P256 ? "SHA256" : "SHA384");
}
END_TEST

START_TEST(there_are_eleven_suites_and_no_other)
{
    size_t found = 0;

    for (uint32_t id = 0; id <= 0x10000; id++)
        found += evc_suite_find(id) != NULL;
    ck_assert_uint_eq(found, ROWS);
}
END_TEST

START_TEST(a_number_past_16_bits_is_not_cut)
{
    ck_assert_ptr_null(evc_suite_find(0x10000 + ENVCRYPT_SUITE_0478));
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("suite");

    tcase_add_loop_test(tcase, each_suite_has_the_properties_of_the_specification, 0,
                        (int)ROWS);
    tcase_add_loop_test(tcase, each_signature_has_the_hash_of_its_curve, 0, (int)ROWS);
    tcase_add_test(tcase, there_are_eleven_suites_and_no_other);
    tcase_add_test(tcase, a_number_past_16_bits_is_not_cut);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("suite", add_tests)
