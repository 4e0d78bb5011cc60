/* SPDX-License-Identifier: Apache-2.0 */
#include "alibaba-fixture.h"
#include "evc-alloc.h"

#define KEY_ITEM(id, arn) "{\"KeyId\":\"" id "\",\"KeyArn\":\"" arn "\"}"
#define TWO_KEYS                                               \
    "{\"Keys\":{\"Key\":[" KEY_ITEM(KEY_ID, ARN) "," KEY_ITEM( \
        OTHER_ID, OTHER_ARN) "]},"                             \
                             "\"TotalCount\":2}"
#define ONE_KEY "{\"Keys\":{\"Key\":[" KEY_ITEM(KEY_ID, ARN) "]},\"TotalCount\":1}"
#define ONE_ALIAS                                                                      \
    "{\"Aliases\":{\"Alias\":[{\"AliasName\":\"alias/a\",\"KeyId\":\"" KEY_ID "\"}]}," \
    "\"TotalCount\":1}"

static evc_service *service;
static evc_table *table;

static void
set_up(void)
{
    alibaba_set_up();
    service = alibaba_open_account();
    table = NULL;
}

static void
tear_down(void)
{
    evc_table_free(table);
    evc_service_unref(service);
    alibaba_tear_down();
}

START_TEST(keys_are_listed_with_their_aliases)
{
    PLAY(REPLY(TWO_KEYS), REPLY(ONE_ALIAS));
    EVC_CHECK_OK(RUN("list-keys", &table, ));
    ck_assert_str_eq(asked, "ListKeys PageNumber=1&PageSize=100\n"
                            "ListAliases PageNumber=1&PageSize=100\n");
    ck_assert_uint_eq(table->rows, 2);
    ck_assert_str_eq(evc_table_cell(table, 0, 0), KEY_ID);
    ck_assert_str_eq(evc_table_cell(table, 0, 1), ARN);
    ck_assert_str_eq(evc_table_cell(table, 0, 2), "alias/a");
    ck_assert_str_eq(alibaba_cell(table, "key"), OTHER_ID);
    ck_assert_ptr_null(alibaba_cell(table, "aliases"));
    ck_assert_ptr_null(alibaba_cell(table, "state"));
}
END_TEST

START_TEST(details_are_asked_for_each_key)
{
    PLAY(REPLY(ONE_KEY), REPLY(ONE_ALIAS), REPLY(DESCRIBED));
    EVC_CHECK_OK(RUN("list-keys", &table, "details=true", ));
    ck_assert_uint_eq(table->rows, 1);
    ck_assert_str_eq(alibaba_cell(table, "state"), "Enabled");
    ck_assert_str_eq(alibaba_cell(table, "aliases"), "alias/a");
    ck_assert_ptr_nonnull(strstr(asked, "DescribeKey KeyId=" ARN_FORM));
}
END_TEST

START_TEST(filters_are_one_json_text)
{
    PLAY(REPLY(ONE_KEY), REPLY(ONE_ALIAS));
    EVC_CHECK_OK(RUN("list-keys", &table, "state=Enabled", "spec=Aliyun_AES_256, x", ));
    /* [{"Key":"KeyState","Values":["Enabled"]},
     *  {"Key":"KeySpec","Values":["Aliyun_AES_256","x"]}] */
    ck_assert_ptr_nonnull(strstr(
        asked, "ListKeys Filters=%5B%7B%22Key%22%3A%22KeyState%22%2C%22Values%22%3A%5B"
               "%22Enabled%22%5D%7D%2C%7B%22Key%22%3A%22KeySpec%22%2C%22Values%22%3A%5B"
               "%22Aliyun_AES_256%22%2C%22x%22%5D%7D%5D&PageNumber=1"));
}
END_TEST

START_TEST(every_filter_has_its_argument)
{
    const char *const names[][2] = {
        {"usage=a", "KeyUsage"},
        {"level=a", "ProtectionLevel"},
        {"creator=a", "CreatorType"},
        {"instance=a", "DKMSInstanceId"},
    };
    char wanted[128];

    for (size_t i = 0; i < 4; i++) {
        t.started = 0;
        PLAY(REPLY(ONE_KEY), REPLY(ONE_ALIAS));
        asked[0] = 0;
        EVC_CHECK_OK(RUN("list-keys", &table, names[i][0], ));
        (void)snprintf(wanted, sizeof(wanted), "%%22Key%%22%%3A%%22%s%%22",
                       names[i][1]);
        ck_assert_ptr_nonnull(strstr(asked, wanted));
        evc_table_free(table);
        table = NULL;
    }
}
END_TEST

START_TEST(a_key_is_described_with_its_aliases)
{
    PLAY(REPLY(ONE_ALIAS), REPLY(DESCRIBED));
    EVC_CHECK_OK(RUN("describe-key", &table, "key=" ARN, ));
    ck_assert_str_eq(alibaba_cell(table, "aliases"), "alias/a");
    ck_assert_str_eq(alibaba_cell(table, "spec"), "Aliyun_AES_256");
    ck_assert_str_eq(alibaba_cell(table, "version"), VERSION);
}
END_TEST

START_TEST(an_alias_is_resolved_first)
{
    PLAY(REPLY(DESCRIBED), REPLY(ONE_ALIAS), REPLY(DESCRIBED));
    EVC_CHECK_OK(RUN("describe-key", &table, "key=alias/a", ));
    ck_assert_ptr_nonnull(strstr(asked, "DescribeKey KeyId=alias%2Fa\n"));
    ck_assert_ptr_nonnull(strstr(asked, "ListAliasesByKeyId KeyId=" ARN_FORM));
}
END_TEST

START_TEST(a_key_that_is_not_there_is_told)
{
    PLAY(FAULT(404, "Forbidden.KeyNotFound"));
    EVC_CHECK_CODE(RUN("describe-key", &table, "key=" KEY_ID, ),
                   ENVCRYPT_E_KEY_NOT_FOUND);
    ck_assert_ptr_null(table);
}
END_TEST

START_TEST(a_key_without_permission_is_told)
{
    PLAY(FAULT(403, "Forbidden.NoPermission"));
    EVC_CHECK_CODE(RUN("describe-key", &table, "key=" KEY_ID, ), ENVCRYPT_E_DENIED);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "kms:DescribeKey"));
}
END_TEST

START_TEST(a_new_key_is_symmetric)
{
    PLAY(REPLY(DESCRIBED));
    EVC_CHECK_OK(RUN("create-key", &table, ));
    ck_assert_str_eq(asked, "CreateKey KeySpec=Aliyun_AES_256\n");
    ck_assert_str_eq(alibaba_cell(table, "arn"), ARN);
}
END_TEST

START_TEST(a_new_key_has_what_was_asked_for)
{
    PLAY(REPLY(DESCRIBED));
    EVC_CHECK_OK(RUN("create-key", &table, "level=HSM", "instance=kst-1",
                     "rotation-days=30", "description=a b", "tags=x=1, y=", ));
    ck_assert_str_eq(
        asked,
        "CreateKey KeySpec=Aliyun_AES_256&ProtectionLevel=HSM&DKMSInstanceId=kst-1"
        "&EnableAutomaticRotation=true&RotationInterval=30d&Description=a%20b"
        "&Tags=%5B%7B%22TagKey%22%3A%22x%22%2C%22TagValue%22%3A%221%22%7D%2C"
        "%7B%22TagKey%22%3A%22y%22%2C%22TagValue%22%3A%22%22%7D%5D\n");
}
END_TEST

static const char *const wrong[] = {
    "level=GOLD", "rotation-days=6", "rotation-days=731", "rotation-days=x",
    "tags=x",     "tags==1",         "tags=a=1,,b=2"};

START_TEST(what_no_key_can_have_is_not_sent)
{
    EVC_CHECK_CODE(RUN("create-key", &table, wrong[_i], ), ENVCRYPT_E_ARGUMENT);
    ck_assert_str_eq(asked, "");
}
END_TEST

START_TEST(a_quota_is_told)
{
    PLAY(FAULT(400, "Rejected.LimitExceeded"));
    EVC_CHECK_CODE(RUN("create-key", &table, ), ENVCRYPT_E_SERVICE_QUOTA);
}
END_TEST

START_TEST(a_key_is_not_made_twice)
{
    PLAY({.code = ENVCRYPT_E_NET_BROKEN, .sent = true}, REPLY(DESCRIBED));
    EVC_CHECK_CODE(RUN("create-key", &table, ), ENVCRYPT_E_NET_BROKEN);
    ck_assert_uint_eq(t.started, 1);
}
END_TEST

START_TEST(an_answer_that_describes_no_key_is_the_protocols_fault)
{
    PLAY(REPLY(DONE));
    EVC_CHECK_CODE(RUN("create-key", &table, ), ENVCRYPT_E_PROTOCOL);
    EVC_CHECK_CODE(RUN("list-keys", &table, ), ENVCRYPT_E_PROTOCOL);
}
END_TEST

static int
list_once(void *user)
{
    evc_table *out = NULL;
    evc_kv args;
    int rc;

    (void)user;
    evc_kv_init(&args);
    t.started = 0;
    asked[0] = 0;
    rc = evc_service_run(service, "list-keys", &args, false, &t.wait, &out, NULL);
    evc_table_free(out);
    evc_kv_reset(&args);
    return rc == ENVCRYPT_E_PROTOCOL ? ENVCRYPT_E_NOMEM : rc;
}

START_TEST(memory_may_run_out)
{
    PLAY(REPLY(TWO_KEYS), REPLY(ONE_ALIAS));
    ck_assert_uint_ge(evc_alloc_sweep(list_once, NULL), 10);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        keys_are_listed_with_their_aliases,
        details_are_asked_for_each_key,
        filters_are_one_json_text,
        every_filter_has_its_argument,
        a_key_is_described_with_its_aliases,
        an_alias_is_resolved_first,
        a_key_that_is_not_there_is_told,
        a_key_without_permission_is_told,
        a_new_key_is_symmetric,
        a_new_key_has_what_was_asked_for,
        a_quota_is_told,
        a_key_is_not_made_twice,
        an_answer_that_describes_no_key_is_the_protocols_fault,
        memory_may_run_out,
    };
    TCase *tcase = tcase_create("keys");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, what_no_key_can_have_is_not_sent, 0,
                        (int)(sizeof(wrong) / sizeof(wrong[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("alibaba_keys", add_tests)
