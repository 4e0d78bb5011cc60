/* SPDX-License-Identifier: Apache-2.0 */
#include "envcrypt/kms.h"

#include "keystore-fixture.h"

static envcrypt_keystore_report *report;

static int
check(const envcrypt_protectors *by, const char *fingerprint)
{
    return envcrypt_keystore_check(client, store_path(), by, fingerprint, NULL, &report,
                                   NULL);
}

START_TEST(tells_each_protector_and_the_versions)
{
    size_t broken = 1;

    EVC_CHECK_OK(check(raw, NULL));
    ck_assert_uint_eq(envcrypt_keystore_report_count(report), 1);
    ck_assert_str_eq(envcrypt_keystore_report_id(report, 0),
                     envcrypt_keystore_protector_id(store, 0));
    ck_assert_int_eq(envcrypt_keystore_report_type(report, 0),
                     ENVCRYPT_PROTECTOR_RAW_KEY);
    ck_assert_int_eq(envcrypt_keystore_report_opens(report, 0), 1);
    ck_assert_uint_eq(envcrypt_keystore_report_versions(report, &broken), 1);
    ck_assert_uint_eq(broken, 0);
    envcrypt_keystore_report_free(report);
}
END_TEST

START_TEST(tells_what_does_not_open)
{
    envcrypt_protectors *other = raw_list("another key of thirty-two bytes.");
    size_t broken = 1;

    EVC_CHECK_OK(check(other, NULL));
    ck_assert_int_eq(envcrypt_keystore_report_opens(report, 0), 0);
    ck_assert_uint_eq(envcrypt_keystore_report_versions(report, &broken), 0);
    ck_assert_uint_eq(broken, 0);
    envcrypt_keystore_report_free(report);
    envcrypt_protectors_free(other);
}
END_TEST

START_TEST(past_the_end_is_nothing)
{
    size_t broken = 1;

    EVC_CHECK_OK(check(raw, NULL));
    ck_assert_ptr_null(envcrypt_keystore_report_id(report, 1));
    ck_assert_int_eq(envcrypt_keystore_report_type(report, 1), 0);
    ck_assert_int_eq(envcrypt_keystore_report_opens(report, 1), 0);
    ck_assert_uint_eq(envcrypt_keystore_report_count(NULL), 0);
    ck_assert_uint_eq(envcrypt_keystore_report_versions(NULL, &broken), 0);
    ck_assert_uint_eq(broken, 0);
    envcrypt_keystore_report_free(report);
    envcrypt_keystore_report_free(NULL);
}
END_TEST

START_TEST(mistakes_are_told_with_their_codes)
{
    EVC_CHECK_CODE(check(raw, "00112233445566778899aabbccddeeff"),
                   ENVCRYPT_E_STORE_FINGERPRINT);
    ck_assert_ptr_null(report);
    EVC_CHECK_CODE(check(NULL, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(
        envcrypt_keystore_check(client, NULL, raw, NULL, NULL, &report, NULL),
        ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(
        envcrypt_keystore_check(client, store_path(), raw, NULL, NULL, NULL, NULL),
        ENVCRYPT_E_ARGUMENT);
    ck_assert_int_eq(unlink(store_path()), 0);
    EVC_CHECK_CODE(check(raw, NULL), ENVCRYPT_E_FILE_NOT_FOUND);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        tells_each_protector_and_the_versions,
        tells_what_does_not_open,
        past_the_end_is_nothing,
        mistakes_are_told_with_their_codes,
        NULL,
    };

    store_add(suite, "keystore_report", tests);
}

EVC_TEST_MAIN("keystore_report", add_tests)
