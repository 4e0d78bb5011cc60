/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_account.h"

#include "aws-fixture.h"

static evc_service service;
static evc_aws_account account;
static evc_kv args;
static evc_buf out;
static evc_table *table;
static evc_error *err;

static void
set_up(void)
{
    aws_set_up();
    account =
        (evc_aws_account){.peer = a.peer, .region = evc_mem_strdup("eu-central-1")};
    service = (evc_service){.state = &account};
    evc_kv_init(&args);
    evc_buf_init(&out);
    table = NULL;
    err = NULL;
}

static void
tear_down(void)
{
    evc_mem_free(account.region);
    evc_kv_reset(&args);
    evc_buf_reset(&out);
    evc_table_free(table);
    evc_error_free(err);
    aws_tear_down();
}

static void
arg(const char *name, const char *value)
{
    EVC_CHECK_OK(evc_kv_set(&args, evc_view_text(name), evc_view_text(value), NULL));
}

static int
find_key(const char *key)
{
    arg("key", key);
    return evc_aws_account_key(&service, &args, &a.wait, &out, &err);
}

START_TEST(an_id_and_an_arn_are_taken_as_they_are)
{
    EVC_CHECK_OK(find_key(KEY_1));
    ck_assert_str_eq((const char *)out.data, KEY_1);
    evc_buf_clear(&out);
    EVC_CHECK_OK(find_key("mrk-1234"));
    ck_assert_str_eq((const char *)out.data, "mrk-1234");
    ck_assert_uint_eq(a.asked, 0);
}
END_TEST

START_TEST(an_alias_is_resolved)
{
    ANSWER({200, "{\"KeyMetadata\":{\"Arn\":\"" KEY_1 "\"}}"});
    EVC_CHECK_OK(find_key("alias/one"));
    ck_assert_str_eq((const char *)out.data, KEY_1);
}
END_TEST

START_TEST(a_key_of_another_region_is_refused)
{
    EVC_CHECK_CODE(find_key(MRK_US), ENVCRYPT_E_REGION);
    EVC_CHECK_CODE(find_key("arn:aws:kms:us-east-1:111122223333:alias/one"),
                   ENVCRYPT_E_REGION);
    ck_assert_uint_eq(a.asked, 0);
}
END_TEST

START_TEST(what_is_no_key_is_refused)
{
    EVC_CHECK_CODE(find_key("no key"), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(find_key("arn:aws:kms:eu-central-1:1:key/x"), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(a_policy_is_built_or_given_whole)
{
    ck_assert(!evc_aws_account_has_policy(&args));
    arg("allow", "arn:aws:iam::111122223333:role/app");
    ck_assert(evc_aws_account_has_policy(&args));
    EVC_CHECK_OK(evc_aws_account_policy(&service, &args, "111122223333", &out, &err));
    evc_buf_put_u8(&out, 0);
    ck_assert_ptr_nonnull(strstr((const char *)out.data, "role/app"));
    arg("policy", "{}");
    EVC_CHECK_CODE(evc_aws_account_policy(&service, &args, "111122223333", &out, &err),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert(evc_kv_remove(&args, evc_view_text("allow")));
    evc_buf_clear(&out);
    EVC_CHECK_OK(evc_aws_account_policy(&service, &args, "111122223333", &out, &err));
    ck_assert(evc_view_is_text(evc_buf_view(&out), "{}"));
}
END_TEST

START_TEST(a_row_tells_all_about_a_key)
{
    evc_aws_describe ask = {.key_id = KEY_1};

    ANSWER({200, "{\"KeyMetadata\":{\"Arn\":\"" MRK_EU
                 "\",\"KeyState\":\"Enabled\",\"Description\":\"\",\"MultiRegion\":"
                 "true,\"MultiRegionConfiguration\":{\"MultiRegionKeyType\":"
                 "\"PRIMARY\",\"PrimaryKey\":{\"Arn\":\"" MRK_EU
                 "\"},\"ReplicaKeys\":[{\"Arn\":\"" MRK_US
                 "\"},{\"Arn\":\"x\"}]},\"CreationDate\":86400}}"});
    EVC_CHECK_OK(evc_aws_describe_run(a.peer, &ask, &a.wait, &err));
    EVC_CHECK_OK(evc_table_new(evc_aws_key_columns, &table, &err));
    EVC_CHECK_OK(evc_aws_account_row(table, &ask.metadata, "alias/one", &err));
    evc_aws_metadata_reset(&ask.metadata);
    ck_assert_str_eq(cell(table, 0, "key"), "mrk-1234abcd12ab34cd56ef1234567890ab");
    ck_assert_str_eq(cell(table, 0, "arn"), MRK_EU);
    ck_assert_str_eq(cell(table, 0, "account"), "111122223333");
    ck_assert_str_eq(cell(table, 0, "aliases"), "alias/one");
    ck_assert_str_eq(cell(table, 0, "multi-region"), "PRIMARY");
    ck_assert_str_eq(cell(table, 0, "replicas"), MRK_US ",x");
    ck_assert_str_eq(cell(table, 0, "created"), "1970-01-02T00:00:00Z");
    ck_assert_ptr_null(cell(table, 0, "deletion"));
    ck_assert_ptr_null(cell(table, 0, "description"));
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        an_id_and_an_arn_are_taken_as_they_are, an_alias_is_resolved,
        a_key_of_another_region_is_refused,     what_is_no_key_is_refused,
        a_policy_is_built_or_given_whole,       a_row_tells_all_about_a_key,
    };
    TCase *tcase = tcase_create("account");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("aws_account", add_tests)
