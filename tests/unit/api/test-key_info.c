/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/key_info.h"

#include "envcrypt/kms.h"
#include "evc-check.h"

START_TEST(getters_tell_what_the_service_said)
{
    evc_key_info *info;

    EVC_CHECK_OK(evc_key_info_new(evc_view_text("key"), &info, NULL));
    info->state = ENVCRYPT_KEY_ENABLED;
    EVC_CHECK_OK(evc_key_info_add(info, "1", ENVCRYPT_KEY_DISABLED, 5, NULL));
    EVC_CHECK_OK(evc_key_info_add(info, "2", ENVCRYPT_KEY_ENABLED, -1, NULL));
    ck_assert_str_eq(envcrypt_key_info_id(info), "key");
    ck_assert_int_eq(envcrypt_key_info_state(info), ENVCRYPT_KEY_ENABLED);
    ck_assert_uint_eq(envcrypt_key_info_versions(info), 2);
    ck_assert_str_eq(envcrypt_key_info_version(info, 0), "1");
    ck_assert_int_eq(envcrypt_key_info_version_state(info, 0), ENVCRYPT_KEY_DISABLED);
    ck_assert_int_eq(envcrypt_key_info_version_created_ms(info, 0), 5);
    ck_assert_uint_eq(envcrypt_key_info_current(info), 1);
    envcrypt_key_info_free(info);
}
END_TEST

START_TEST(past_the_end_nothing_is_known)
{
    evc_key_info *info;

    EVC_CHECK_OK(evc_key_info_new(evc_view_text("key"), &info, NULL));
    ck_assert_ptr_null(envcrypt_key_info_version(info, 0));
    ck_assert_int_eq(envcrypt_key_info_version_state(info, 0), ENVCRYPT_KEY_UNKNOWN);
    ck_assert_int_eq(envcrypt_key_info_version_created_ms(info, 0), -1);
    ck_assert_uint_eq(envcrypt_key_info_current(info), SIZE_MAX);
    envcrypt_key_info_free(info);
}
END_TEST

START_TEST(null_knows_nothing)
{
    ck_assert_ptr_null(envcrypt_key_info_id(NULL));
    ck_assert_int_eq(envcrypt_key_info_state(NULL), ENVCRYPT_KEY_UNKNOWN);
    ck_assert_uint_eq(envcrypt_key_info_versions(NULL), 0);
    ck_assert_ptr_null(envcrypt_key_info_version(NULL, 0));
    ck_assert_int_eq(envcrypt_key_info_version_state(NULL, 0), ENVCRYPT_KEY_UNKNOWN);
    ck_assert_int_eq(envcrypt_key_info_version_created_ms(NULL, 0), -1);
    ck_assert_uint_eq(envcrypt_key_info_current(NULL), SIZE_MAX);
    envcrypt_key_info_free(NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {getters_tell_what_the_service_said,
                                  past_the_end_nothing_is_known, null_knows_nothing,
                                  NULL};

    evc_check_add(suite, "key_info", tests);
}

EVC_TEST_MAIN("key_info", add_tests)
