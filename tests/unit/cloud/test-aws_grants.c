/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_grants.h"

#include "action-tests.h"

#define ROLE "arn:aws:iam::111122223333:role/app"

START_TEST(makes_a_grant)
{
    ANSWER({200, "{\"GrantId\":\"g\",\"GrantToken\":\"t\"}"});
    EVC_CHECK_OK(RUN(evc_aws_create_grant, "key", KEY_1, "grantee", ROLE, "operations",
                     "Decrypt,DescribeKey", "name", "n", NULL));
    expect_target(0, "CreateGrant");
    ck_assert_str_eq(a.bodies[0],
                     "{\"GranteePrincipal\":\"" ROLE "\",\"KeyId\":\"" KEY_1
                     "\",\"Name\":\"n\",\"Operations\":[\"Decrypt\",\"DescribeKey\"]}");
    ck_assert_str_eq(cell(table, 0, "grant"), "g");
    ck_assert_str_eq(cell(table, 0, "token"), "t");
}
END_TEST

START_TEST(a_dry_run_that_would_work_is_a_success)
{
    ANSWER({400, "{\"__type\":\"DryRunOperationException\"}"});
    EVC_CHECK_OK(RUN(evc_aws_create_grant, "key", KEY_1, "grantee", ROLE, "dry-run",
                     "true", NULL));
    ck_assert_ptr_nonnull(strstr(a.bodies[0], "\"DryRun\":true"));
    ck_assert_str_eq(cell(table, 0, "dry-run"), "true");
    ck_assert_ptr_null(cell(table, 0, "grant"));
    ck_assert_ptr_null(err);
}
END_TEST

START_TEST(a_dry_run_that_is_denied_says_so)
{
    ANSWER({400, "{\"__type\":\"AccessDeniedException\"}"});
    EVC_CHECK_CODE(RUN(evc_aws_create_grant, "key", KEY_1, "grantee", ROLE, "dry-run",
                       "true", NULL),
                   ENVCRYPT_E_DENIED);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "kms:CreateGrant"));
}
END_TEST

START_TEST(the_verdict_of_a_dry_run_is_none_where_none_was_asked_for)
{
    ANSWER({400, "{\"__type\":\"DryRunOperationException\"}"});
    EVC_CHECK_CODE(RUN(evc_aws_create_grant, "key", KEY_1, "grantee", ROLE, NULL),
                   ENVCRYPT_E_REQUEST_REFUSED);
}
END_TEST

START_TEST(refuses_who_cannot_have_a_grant)
{
    EVC_CHECK_CODE(RUN(evc_aws_create_grant, "key", KEY_1, "grantee", "bob", NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(RUN(evc_aws_create_grant, "key", KEY_1, "grantee", ROLE, "dry-run",
                       "maybe", NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(a.asked, 0);
}
END_TEST

START_TEST(a_grant_is_not_made_twice)
{
    ANSWER({500, "{\"__type\":\"KMSInternalException\"}"});
    EVC_CHECK_CODE(RUN(evc_aws_create_grant, "key", KEY_1, "grantee", ROLE, NULL),
                   ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_uint_eq(a.asked, 1);
}
END_TEST

START_TEST(lists_all_pages)
{
    ANSWER({200, "{\"Grants\":[{\"GrantId\":\"g1\",\"GranteePrincipal\":\"" ROLE
                 "\",\"Operations\":[\"Encrypt\",\"Decrypt\"],\"IssuingAccount\":\"i\","
                 "\"CreationDate\":86400}],\"Truncated\":true,\"NextMarker\":\"m\"}"},
           {200, "{\"Grants\":[{\"GrantId\":\"g2\",\"GranteeServicePrincipal\":"
                 "\"s.amazonaws.com\",\"Name\":\"\"}]}"});
    EVC_CHECK_OK(RUN(evc_aws_list_grants, "key", KEY_1, "grantee", ROLE, NULL));
    expect_target(0, "ListGrants");
    ck_assert_str_eq(a.bodies[0], "{\"GranteePrincipal\":\"" ROLE
                                  "\",\"KeyId\":\"" KEY_1 "\",\"Limit\":100}");
    ck_assert_ptr_nonnull(strstr(a.bodies[1], "\"Marker\":\"m\""));
    ck_assert_uint_eq(table->rows, 2);
    ck_assert_str_eq(cell(table, 0, "operations"), "Encrypt,Decrypt");
    ck_assert_str_eq(cell(table, 0, "grantee"), ROLE);
    ck_assert_str_eq(cell(table, 1, "grantee"), "s.amazonaws.com");
    ck_assert_ptr_null(cell(table, 1, "name"));
}
END_TEST

START_TEST(a_list_that_is_none_is_refused)
{
    ANSWER({200, "{\"Grants\":[{\"GrantId\":1}]}"});
    EVC_CHECK_CODE(RUN(evc_aws_list_grants, "key", KEY_1, NULL), ENVCRYPT_E_PROTOCOL);
    ANSWER({200, ""});
    EVC_CHECK_CODE(RUN(evc_aws_list_grants, "key", KEY_1, NULL), ENVCRYPT_E_PROTOCOL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        makes_a_grant,
        a_dry_run_that_would_work_is_a_success,
        a_dry_run_that_is_denied_says_so,
        the_verdict_of_a_dry_run_is_none_where_none_was_asked_for,
        refuses_who_cannot_have_a_grant,
        a_grant_is_not_made_twice,
        lists_all_pages,
        a_list_that_is_none_is_refused,
        NULL,
    };

    add_action_tests(suite, "grants", tests);
}

EVC_TEST_MAIN("aws_grants", add_tests)
