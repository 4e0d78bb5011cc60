/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_policies.h"

#include "action-tests.h"

#define ROLE "arn:aws:iam::111122223333:role/app"

START_TEST(prints_a_policy_without_a_call)
{
    EVC_CHECK_OK(RUN(evc_aws_key_policy, "account", "111122223333", "allow", ROLE,
                     "allow-account", "444455556666", "allow-grant", ROLE, NULL));
    ck_assert_ptr_nonnull(strstr(cell(table, 0, "policy"), "444455556666:root"));
    ck_assert_ptr_nonnull(strstr(cell(table, 0, "policy"), "kms:CreateGrant"));
    ck_assert_uint_eq(a.asked, 0);
}
END_TEST

START_TEST(a_policy_needs_the_account_of_its_key)
{
    EVC_CHECK_CODE(RUN(evc_aws_key_policy, "allow", ROLE, NULL), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(shows_the_policy_of_a_key)
{
    ANSWER({200, "{\"Policy\":\"{\\\"a\\\":1}\",\"PolicyName\":\"default\"}"});
    EVC_CHECK_OK(RUN(evc_aws_get_key_policy, "key", KEY_1, NULL));
    expect_target(0, "GetKeyPolicy");
    ck_assert_str_eq(a.bodies[0],
                     "{\"KeyId\":\"" KEY_1 "\",\"PolicyName\":\"default\"}");
    ck_assert_str_eq(cell(table, 0, "policy"), "{\"a\":1}");
}
END_TEST

START_TEST(an_answer_without_a_policy_is_refused)
{
    ANSWER({200, "{}"});
    EVC_CHECK_CODE(RUN(evc_aws_get_key_policy, "key", KEY_1, NULL),
                   ENVCRYPT_E_PROTOCOL);
    ck_assert_ptr_null(table);
}
END_TEST

START_TEST(sets_the_policy_for_the_account_of_the_key)
{
    ANSWER({200, METADATA(KEY_1, "")}, {200, ""});
    EVC_CHECK_OK(RUN(evc_aws_put_key_policy, "key", "alias/one", "allow", ROLE, NULL));
    expect_target(1, "PutKeyPolicy");
    ck_assert_ptr_nonnull(strstr(a.bodies[1], "\"KeyId\":\"" KEY_1 "\""));
    ck_assert_ptr_nonnull(strstr(a.bodies[1], "arn:aws:iam::111122223333:root"));
    ck_assert_str_eq(cell(table, 0, "key"), KEY_1);
}
END_TEST

START_TEST(sets_a_policy_as_it_is_given)
{
    ANSWER({200, METADATA(KEY_1, "")}, {200, ""});
    EVC_CHECK_OK(
        RUN(evc_aws_put_key_policy, "key", KEY_1, "policy", "{\"a\":1}", NULL));
    ck_assert_ptr_nonnull(strstr(a.bodies[1], "\"Policy\":\"{\\\"a\\\":1}\""));
}
END_TEST

START_TEST(refuses_to_set_nothing)
{
    EVC_CHECK_CODE(RUN(evc_aws_put_key_policy, "key", KEY_1, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(a.asked, 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        prints_a_policy_without_a_call,
        a_policy_needs_the_account_of_its_key,
        shows_the_policy_of_a_key,
        an_answer_without_a_policy_is_refused,
        sets_the_policy_for_the_account_of_the_key,
        sets_a_policy_as_it_is_given,
        refuses_to_set_nothing,
        NULL,
    };

    add_action_tests(suite, "policies", tests);
}

EVC_TEST_MAIN("aws_policies", add_tests)
