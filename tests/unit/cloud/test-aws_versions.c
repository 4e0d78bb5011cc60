/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_versions.h"

#include "action-tests.h"

START_TEST(has_a_key_rotated_by_itself)
{
    ANSWER({200, ""});
    EVC_CHECK_OK(RUN(evc_aws_enable_rotation, "key", KEY_1, NULL));
    expect_target(0, "EnableKeyRotation");
    ck_assert_str_eq(a.bodies[0], "{\"KeyId\":\"" KEY_1 "\"}");
    EVC_CHECK_OK(RUN(evc_aws_enable_rotation, "key", KEY_1, "days", "90", NULL));
    ck_assert_str_eq(a.bodies[1],
                     "{\"KeyId\":\"" KEY_1 "\",\"RotationPeriodInDays\":90}");
}
END_TEST

START_TEST(a_period_has_its_limits)
{
    ANSWER({200, ""});
    EVC_CHECK_OK(RUN(evc_aws_enable_rotation, "key", KEY_1, "days", "2560", NULL));
    EVC_CHECK_CODE(RUN(evc_aws_enable_rotation, "key", KEY_1, "days", "89", NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(RUN(evc_aws_enable_rotation, "key", KEY_1, "days", "2561", NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(rotates_once)
{
    ANSWER({200, "{\"KeyId\":\"x\"}"});
    EVC_CHECK_OK(RUN(evc_aws_rotate_key, "key", KEY_1, NULL));
    expect_target(0, "RotateKeyOnDemand");
    ANSWER({500, "{\"__type\":\"KMSInternalException\"}"});
    EVC_CHECK_CODE(RUN(evc_aws_rotate_key, "key", KEY_1, NULL),
                   ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_uint_eq(a.asked, 1);
}
END_TEST

START_TEST(a_rotation_under_way_is_told)
{
    ANSWER({400, "{\"__type\":\"ConflictException\"}"});
    EVC_CHECK_CODE(RUN(evc_aws_rotate_key, "key", KEY_1, NULL),
                   ENVCRYPT_E_SERVICE_CONFLICT);
}
END_TEST

START_TEST(lists_versions)
{
    ANSWER({200, "{\"Rotations\":[{\"KeyMaterialId\":\"" MATERIAL_1
                 "\",\"KeyMaterialState\":\"CURRENT\",\"RotationType\":\"AUTOMATIC\","
                 "\"RotationDate\":86400}]}"});
    EVC_CHECK_OK(RUN(evc_aws_list_versions, "key", KEY_1, NULL));
    ck_assert_str_eq(cell(table, 0, "version"), MATERIAL_1);
    ck_assert_str_eq(cell(table, 0, "state"), "CURRENT");
    ck_assert_str_eq(cell(table, 0, "rotation"), "AUTOMATIC");
    ck_assert_str_eq(cell(table, 0, "created"), "1970-01-02T00:00:00Z");
}
END_TEST

START_TEST(tells_whether_a_key_rotates)
{
    ANSWER({200, "{\"KeyRotationEnabled\":true,\"RotationPeriodInDays\":365,"
                 "\"NextRotationDate\":86400,\"OnDemandRotationStartDate\":0.5}"});
    EVC_CHECK_OK(RUN(evc_aws_rotation_status, "key", KEY_1, NULL));
    expect_target(0, "GetKeyRotationStatus");
    ck_assert_str_eq(cell(table, 0, "rotates"), "true");
    ck_assert_str_eq(cell(table, 0, "days"), "365");
    ck_assert_str_eq(cell(table, 0, "next"), "1970-01-02T00:00:00Z");
    ck_assert_str_eq(cell(table, 0, "rotating-since"), "1970-01-01T00:00:00Z");
}
END_TEST

START_TEST(a_status_that_is_none_is_refused)
{
    ANSWER({200, "{\"KeyRotationEnabled\":1}"});
    EVC_CHECK_CODE(RUN(evc_aws_rotation_status, "key", KEY_1, NULL),
                   ENVCRYPT_E_PROTOCOL);
    ANSWER({200, "{\"RotationPeriodInDays\":-1}"});
    EVC_CHECK_CODE(RUN(evc_aws_rotation_status, "key", KEY_1, NULL),
                   ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(tells_when_a_key_was_used_last)
{
    ANSWER({200, "{\"KeyLastUsage\":{\"Operation\":\"Decrypt\",\"Timestamp\":86400},"
                 "\"TrackingStartDate\":0,\"KeyCreationDate\":1}"});
    EVC_CHECK_OK(RUN(evc_aws_last_usage, "key", KEY_1, NULL));
    expect_target(0, "GetKeyLastUsage");
    ck_assert_str_eq(cell(table, 0, "operation"), "Decrypt");
    ck_assert_str_eq(cell(table, 0, "used"), "1970-01-02T00:00:00Z");
}
END_TEST

START_TEST(a_key_that_was_never_used_has_no_time)
{
    ANSWER({200, "{\"TrackingStartDate\":0}"});
    EVC_CHECK_OK(RUN(evc_aws_last_usage, "key", KEY_1, NULL));
    ck_assert_ptr_null(cell(table, 0, "used"));
    ck_assert_ptr_null(cell(table, 0, "operation"));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        has_a_key_rotated_by_itself,
        a_period_has_its_limits,
        rotates_once,
        a_rotation_under_way_is_told,
        lists_versions,
        tells_whether_a_key_rotates,
        a_status_that_is_none_is_refused,
        tells_when_a_key_was_used_last,
        a_key_that_was_never_used_has_no_time,
        NULL,
    };

    add_action_tests(suite, "versions", tests);
}

EVC_TEST_MAIN("aws_versions", add_tests)
