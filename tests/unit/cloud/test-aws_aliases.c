/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_aliases.h"

#include "action-tests.h"

START_TEST(lists_all_pages)
{
    ANSWER({200, "{\"Aliases\":[{\"AliasName\":\"alias/one\",\"AliasArn\":\"arn:x\","
                 "\"TargetKeyId\":\"k\",\"CreationDate\":86400.5}],\"Truncated\":true,"
                 "\"NextMarker\":\"m\"}"},
           {200, "{\"Aliases\":[{\"AliasName\":\"alias/aws/s3\"}]}"});
    EVC_CHECK_OK(RUN(evc_aws_list_aliases, NULL));
    expect_target(0, "ListAliases");
    ck_assert_str_eq(a.bodies[0], "{\"Limit\":100}");
    ck_assert_str_eq(a.bodies[1], "{\"Limit\":100,\"Marker\":\"m\"}");
    ck_assert_uint_eq(table->rows, 2);
    ck_assert_str_eq(cell(table, 0, "alias"), "alias/one");
    ck_assert_str_eq(cell(table, 0, "created"), "1970-01-02T00:00:00Z");
    ck_assert_ptr_null(cell(table, 1, "key"));
}
END_TEST

START_TEST(lists_those_of_one_key)
{
    ANSWER({200, "{\"Aliases\":[]}"});
    EVC_CHECK_OK(RUN(evc_aws_list_aliases, "key", KEY_1, NULL));
    ck_assert_str_eq(a.bodies[0], "{\"KeyId\":\"" KEY_1 "\",\"Limit\":100}");
}
END_TEST

START_TEST(a_list_that_is_none_is_refused)
{
    ANSWER({200, "{\"Aliases\":[{\"AliasName\":7}]}"});
    EVC_CHECK_CODE(RUN(evc_aws_list_aliases, NULL), ENVCRYPT_E_PROTOCOL);
    ANSWER({200, "{\"Aliases\":[{\"AliasName\":\"a\",\"CreationDate\":\"x\"}]}"});
    EVC_CHECK_CODE(RUN(evc_aws_list_aliases, NULL), ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(makes_and_moves_an_alias)
{
    ANSWER({200, ""});
    EVC_CHECK_OK(RUN(evc_aws_create_alias, "alias", "one", "key", KEY_1, NULL));
    expect_target(0, "CreateAlias");
    ck_assert_str_eq(a.bodies[0],
                     "{\"AliasName\":\"alias/one\",\"TargetKeyId\":\"" KEY_1 "\"}");
    EVC_CHECK_OK(RUN(evc_aws_update_alias, "alias", "alias/one", "key", KEY_2, NULL));
    expect_target(1, "UpdateAlias");
    ck_assert_str_eq(a.bodies[1],
                     "{\"AliasName\":\"alias/one\",\"TargetKeyId\":\"" KEY_2 "\"}");
}
END_TEST

START_TEST(refuses_what_cannot_be_an_alias)
{
    EVC_CHECK_CODE(RUN(evc_aws_create_alias, "alias", "a b", "key", KEY_1, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(RUN(evc_aws_create_alias, "alias", "aws/s3", "key", KEY_1, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(RUN(evc_aws_create_alias, "alias", "one", "key", "no key", NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(a.asked, 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        lists_all_pages,
        lists_those_of_one_key,
        a_list_that_is_none_is_refused,
        makes_and_moves_an_alias,
        refuses_what_cannot_be_an_alias,
        NULL,
    };

    add_action_tests(suite, "aliases", tests);
}

EVC_TEST_MAIN("aws_aliases", add_tests)
