/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_keys.h"

#include "action-tests.h"
#include "evc-alloc.h"

#define ROLE "arn:aws:iam::111122223333:role/app"

/* --- list-keys --- */

START_TEST(lists_all_pages_with_aliases_and_states)
{
    ANSWER({200, "{\"Keys\":[{\"KeyId\":\"x\",\"KeyArn\":\"" KEY_1
                 "\"}],\"Truncated\":true,\"NextMarker\":\"m\"}"},
           {200, "{\"Keys\":[{\"KeyId\":\"y\",\"KeyArn\":\"" KEY_2
                 "\"}],\"Truncated\":false}"},
           {200, "{\"Aliases\":[{\"AliasName\":\"alias/one\",\"TargetKeyId\":"
                 "\"1234abcd-12ab-34cd-56ef-1234567890ab\"},{\"AliasName\":"
                 "\"alias/aws/s3\"},{\"AliasName\":\"alias/two\",\"TargetKeyId\":"
                 "\"1234abcd-12ab-34cd-56ef-1234567890ab\"}]}"},
           {200, METADATA(KEY_1, ",\"KeyState\":\"Enabled\"")},
           {200, METADATA(KEY_2, ",\"KeyState\":\"Disabled\"")});
    EVC_CHECK_OK(RUN(evc_aws_list_keys, NULL));
    expect_target(0, "ListKeys");
    ck_assert_str_eq(a.bodies[0], "{\"Limit\":1000}");
    ck_assert_str_eq(a.bodies[1], "{\"Limit\":1000,\"Marker\":\"m\"}");
    expect_target(2, "ListAliases");
    expect_target(3, "DescribeKey");
    ck_assert_uint_eq(table->rows, 2);
    ck_assert_str_eq(cell(table, 0, "aliases"), "alias/one,alias/two");
    ck_assert_str_eq(cell(table, 0, "state"), "Enabled");
    ck_assert_ptr_null(cell(table, 1, "aliases"));
    ck_assert_str_eq(cell(table, 1, "state"), "Disabled");
}
END_TEST

START_TEST(a_key_that_may_not_be_described_is_listed_all_the_same)
{
    ANSWER({200, "{\"Keys\":[{\"KeyArn\":\"" KEY_1 "\"}]}"}, {200, "{\"Aliases\":[]}"},
           {400, "{\"__type\":\"AccessDeniedException\"}"});
    EVC_CHECK_OK(RUN(evc_aws_list_keys, NULL));
    ck_assert_str_eq(cell(table, 0, "arn"), KEY_1);
    ck_assert_ptr_null(cell(table, 0, "state"));
}
END_TEST

START_TEST(without_the_permission_for_aliases_keys_are_listed)
{
    ANSWER({200, "{\"Keys\":[{\"KeyArn\":\"" KEY_1 "\"}]}"},
           {400, "{\"__type\":\"AccessDeniedException\"}"},
           {200, METADATA(KEY_1, ",\"KeyState\":\"Enabled\"")});
    EVC_CHECK_OK(RUN(evc_aws_list_keys, NULL));
    ck_assert_str_eq(cell(table, 0, "state"), "Enabled");
    ck_assert_ptr_null(err);
}
END_TEST

START_TEST(a_service_that_fails_in_between_fails_the_list)
{
    ANSWER({200, "{\"Keys\":[{\"KeyArn\":\"" KEY_1 "\"}]}"}, {200, "{\"Aliases\":[]}"},
           {400, "{\"__type\":\"LimitExceededException\"}"});
    EVC_CHECK_CODE(RUN(evc_aws_list_keys, NULL), ENVCRYPT_E_SERVICE_QUOTA);
    ck_assert_ptr_null(table);
}
END_TEST

START_TEST(an_account_without_keys_has_no_rows)
{
    ANSWER({200, "{\"Keys\":[]}"}, {200, "{\"Aliases\":[]}"});
    EVC_CHECK_OK(RUN(evc_aws_list_keys, NULL));
    ck_assert_uint_eq(table->rows, 0);
}
END_TEST

START_TEST(a_list_that_is_none_is_refused)
{
    ANSWER({200, "{\"Keys\":[{\"KeyId\":\"x\"}]}"});
    EVC_CHECK_CODE(RUN(evc_aws_list_keys, NULL), ENVCRYPT_E_PROTOCOL);
    ANSWER({200, "{}"});
    EVC_CHECK_CODE(RUN(evc_aws_list_keys, NULL), ENVCRYPT_E_PROTOCOL);
}
END_TEST

/* More keys than are described at a time. */
START_TEST(lists_150_keys)
{
    static char keys[20000];
    evc_buf b;

    evc_buf_init_fixed(&b, keys, sizeof(keys));
    evc_buf_put_text(&b, "{\"Keys\":[");
    for (int i = 0; i < 150; i++)
        evc_buf_put_format(&b,
                           "%s{\"KeyArn\":\"arn:aws:kms:eu-central-1:111122223333:key/"
                           "k%d\"}",
                           i ? "," : "", i);
    evc_buf_put_text(&b, "]}");
    evc_buf_put_u8(&b, 0);
    EVC_CHECK_OK(evc_buf_check(&b, NULL));
    ANSWER({200, keys}, {200, "{\"Aliases\":[]}"},
           {400, "{\"__type\":\"AccessDeniedException\"}"});
    EVC_CHECK_OK(RUN(evc_aws_list_keys, NULL));
    ck_assert_uint_eq(table->rows, 150);
    ck_assert_str_eq(cell(table, 149, "key"), "k149");
}
END_TEST

static int
list_once(void *user)
{
    evc_error *error = NULL;
    evc_table *one = NULL;
    int rc;

    (void)user;
    a.asked = 0;
    rc = ACT(evc_aws_list_keys, &one, &error, NULL);
    evc_table_free(one);
    evc_error_free(error);
    return rc;
}

START_TEST(memory_may_run_out_while_listing)
{
    ANSWER({200, "{\"Keys\":[{\"KeyArn\":\"" KEY_1 "\"},{\"KeyArn\":\"" KEY_1 "\"}]}"},
           {200, "{\"Aliases\":[{\"AliasName\":\"alias/one\",\"TargetKeyId\":"
                 "\"1234abcd-12ab-34cd-56ef-1234567890ab\"}]}"},
           {200, METADATA(KEY_1, ",\"KeyState\":\"Enabled\"")});
    (void)evc_alloc_sweep(list_once, NULL);
}
END_TEST

/* --- describe-key --- */

START_TEST(describes_a_key_by_alias)
{
    ANSWER({200, METADATA(KEY_1, ",\"KeyState\":\"Enabled\"")},
           {400, "{\"__type\":\"AccessDeniedException\"}"});
    EVC_CHECK_OK(RUN(evc_aws_describe_key, "key", "alias/one", NULL));
    ck_assert_str_eq(a.bodies[0], "{\"KeyId\":\"alias/one\"}");
    ck_assert_str_eq(cell(table, 0, "state"), "Enabled");
    ck_assert_ptr_null(err);
}
END_TEST

/* --- create-key --- */

static int
create_once(void *user)
{
    evc_error *error = NULL;
    evc_table *one = NULL;
    int rc;

    (void)user;
    a.asked = 0;
    rc = ACT(evc_aws_create_key, &one, &error, "alias", "one", "allow", ROLE, "tags",
             "a=1", NULL);
    evc_table_free(one);
    evc_error_free(error);
    return rc;
}

START_TEST(memory_may_run_out_while_making_a_key)
{
    ANSWER({200, METADATA(KEY_1, "")}, {200, ""});
    (void)evc_alloc_sweep(create_once, NULL);
}
END_TEST

START_TEST(makes_a_symmetric_key)
{
    ANSWER({200, METADATA(KEY_1, "")});
    EVC_CHECK_OK(RUN(evc_aws_create_key, "description", "mine", "tags", "a=1,b=2",
                     "multi-region", "true", NULL));
    expect_target(0, "CreateKey");
    ck_assert_str_eq(a.bodies[0],
                     "{\"Description\":\"mine\",\"KeySpec\":\"SYMMETRIC_DEFAULT\","
                     "\"KeyUsage\":\"ENCRYPT_DECRYPT\",\"MultiRegion\":true,\"Tags\":"
                     "[{\"TagKey\":\"a\",\"TagValue\":\"1\"},{\"TagKey\":\"b\","
                     "\"TagValue\":\"2\"}]}");
    ck_assert_str_eq(cell(table, 0, "arn"), KEY_1);
    ck_assert_uint_eq(a.asked, 1);
}
END_TEST

START_TEST(a_key_gets_alias_and_policy)
{
    ANSWER({200, METADATA(KEY_1, "")}, {200, ""}, {200, ""});
    EVC_CHECK_OK(RUN(evc_aws_create_key, "alias", "one", "allow", ROLE, NULL));
    expect_target(1, "PutKeyPolicy");
    ck_assert_ptr_nonnull(strstr(a.bodies[1], "arn:aws:iam::111122223333:root"));
    ck_assert_ptr_nonnull(strstr(a.bodies[1], ROLE));
    expect_target(2, "CreateAlias");
    ck_assert_str_eq(a.bodies[2],
                     "{\"AliasName\":\"alias/one\",\"TargetKeyId\":\"" KEY_1 "\"}");
}
END_TEST

START_TEST(with_its_account_a_policy_comes_with_the_key)
{
    ANSWER({200, METADATA(KEY_1, "")});
    EVC_CHECK_OK(
        RUN(evc_aws_create_key, "account", "111122223333", "allow-grant", ROLE, NULL));
    ck_assert_ptr_nonnull(strstr(a.bodies[0], "kms:CreateGrant"));
    ck_assert_uint_eq(a.asked, 1);
}
END_TEST

START_TEST(a_key_that_was_made_in_vain_is_named)
{
    ANSWER({200, METADATA(KEY_1, "")},
           {400, "{\"__type\":\"AlreadyExistsException\"}"});
    EVC_CHECK_CODE(RUN(evc_aws_create_key, "alias", "alias/one", NULL),
                   ENVCRYPT_E_SERVICE_CONFLICT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), KEY_1));
    ck_assert_ptr_nonnull(evc_error_cause(err));
}
END_TEST

START_TEST(mistakes_are_found_before_a_key_is_made)
{
    EVC_CHECK_CODE(RUN(evc_aws_create_key, "allow", "alice", NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(RUN(evc_aws_create_key, "tags", "a", NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(RUN(evc_aws_create_key, "alias", "aws/x", NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(RUN(evc_aws_create_key, "policy", "{}", "allow", ROLE, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(RUN(evc_aws_create_key, "multi-region", "yes", NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(a.asked, 0);
}
END_TEST

START_TEST(a_key_is_not_made_twice)
{
    ANSWER({500, "{\"__type\":\"KMSInternalException\"}"});
    EVC_CHECK_CODE(RUN(evc_aws_create_key, NULL), ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_uint_eq(a.asked, 1);
}
END_TEST

/* --- replicate-key --- */

START_TEST(replicates_a_key)
{
    ANSWER({200, "{\"ReplicaKeyMetadata\":{\"Arn\":\"" MRK_US "\"}}"});
    EVC_CHECK_OK(
        RUN(evc_aws_replicate_key, "key", MRK_EU, "to-region", "us-east-1", NULL));
    expect_target(0, "ReplicateKey");
    ck_assert_str_eq(a.bodies[0],
                     "{\"KeyId\":\"" MRK_EU "\",\"ReplicaRegion\":\"us-east-1\"}");
    ck_assert_str_eq(cell(table, 0, "arn"), MRK_US);
}
END_TEST

START_TEST(replicates_to_regions_only)
{
    EVC_CHECK_CODE(
        RUN(evc_aws_replicate_key, "key", MRK_EU, "to-region", "US EAST", NULL),
        ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(a.asked, 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const lists[] = {
        lists_all_pages_with_aliases_and_states,
        a_key_that_may_not_be_described_is_listed_all_the_same,
        without_the_permission_for_aliases_keys_are_listed,
        a_service_that_fails_in_between_fails_the_list,
        an_account_without_keys_has_no_rows,
        a_list_that_is_none_is_refused,
        lists_150_keys,
        memory_may_run_out_while_listing,
        describes_a_key_by_alias,
        NULL,
    };
    const TTest *const makes[] = {
        makes_a_symmetric_key,
        a_key_gets_alias_and_policy,
        with_its_account_a_policy_comes_with_the_key,
        a_key_that_was_made_in_vain_is_named,
        mistakes_are_found_before_a_key_is_made,
        a_key_is_not_made_twice,
        memory_may_run_out_while_making_a_key,
        replicates_a_key,
        replicates_to_regions_only,
        NULL,
    };

    add_action_tests(suite, "lists", lists);
    add_action_tests(suite, "making", makes);
}

EVC_TEST_MAIN("aws_keys", add_tests)
