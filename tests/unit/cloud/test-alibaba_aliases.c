/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/alibaba_aliases.h"

#include "alibaba-fixture.h"

#define ALIAS(name, key) \
    "{\"AliasName\":\"" name "\",\"AliasArn\":\"arn-of-it\",\"KeyId\":\"" key "\"}"
#define THREE                                                       \
    "{\"Aliases\":{\"Alias\":[" ALIAS("alias/a", KEY_ID) "," ALIAS( \
        "alias/b", OTHER_ID) "," ALIAS("alias/c", KEY_ID) "]},\"TotalCount\":3}"

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

START_TEST(all_aliases_are_listed)
{
    PLAY(REPLY(THREE));
    EVC_CHECK_OK(RUN("list-aliases", &table, ));
    ck_assert_str_eq(asked, "ListAliases PageNumber=1&PageSize=100\n");
    ck_assert_uint_eq(table->rows, 3);
    ck_assert_str_eq(alibaba_cell(table, "alias"), "alias/c");
    ck_assert_str_eq(alibaba_cell(table, "key"), KEY_ID);
    ck_assert_str_eq(alibaba_cell(table, "arn"), "arn-of-it");
}
END_TEST

START_TEST(those_of_a_key_are_asked_for_by_its_arn)
{
    PLAY(REPLY(THREE));
    EVC_CHECK_OK(RUN("list-aliases", &table, "key=" ARN, ));
    ck_assert_str_eq(asked, "ListAliasesByKeyId KeyId=" ARN_FORM
                            "&PageNumber=1&PageSize=100\n");
}
END_TEST

START_TEST(aliases_are_joined_by_key)
{
    evc_kv of;

    evc_kv_init(&of);
    PLAY(REPLY(THREE));
    EVC_CHECK_OK(evc_alibaba_aliases_of(service, NULL, &t.wait, &of, NULL));
    ck_assert(evc_view_is_text(evc_kv_find(&of, evc_view_text(KEY_ID))->value,
                               "alias/a,alias/c"));
    ck_assert(
        evc_view_is_text(evc_kv_find(&of, evc_view_text(OTHER_ID))->value, "alias/b"));
    evc_kv_reset(&of);
}
END_TEST

START_TEST(without_permission_there_are_none)
{
    evc_kv of;

    evc_kv_init(&of);
    PLAY(FAULT(403, "Forbidden.NoPermission"));
    EVC_CHECK_OK(evc_alibaba_aliases_of(service, NULL, &t.wait, &of, &err));
    ck_assert_ptr_null(err);
    ck_assert_uint_eq(of.count, 0);
    evc_kv_reset(&of);
}
END_TEST

START_TEST(an_alias_is_made_and_moved)
{
    PLAY(REPLY(DONE));
    EVC_CHECK_OK(RUN("create-alias", &table, "key=" ARN, "alias=alias/one", ));
    ck_assert_str_eq(alibaba_cell(table, "alias"), "alias/one");
    evc_table_free(table);
    EVC_CHECK_OK(RUN("update-alias", &table, "key=" ARN, "alias=alias/one", ));
    ck_assert_str_eq(asked, "CreateAlias AliasName=alias%2Fone&KeyId=" ARN_FORM "\n"
                            "UpdateAlias AliasName=alias%2Fone&KeyId=" ARN_FORM "\n");
}
END_TEST

static const char *const wrong[] = {"alias=one", "alias=alias/", "alias=alias/a b",
                                    "alias=alias/acs/kms", "alias=alias/acsx"};

START_TEST(a_name_that_cannot_be_is_not_sent)
{
    EVC_CHECK_CODE(RUN("create-alias", &table, "key=" ARN, wrong[_i], ),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_str_eq(asked, "");
}
END_TEST

START_TEST(an_alias_that_exists_is_a_conflict)
{
    PLAY(FAULT(409, "Rejected.AlreadyExist"));
    EVC_CHECK_CODE(RUN("create-alias", &table, "key=" ARN, "alias=alias/one", ),
                   ENVCRYPT_E_SERVICE_CONFLICT);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        all_aliases_are_listed,     those_of_a_key_are_asked_for_by_its_arn,
        aliases_are_joined_by_key,  without_permission_there_are_none,
        an_alias_is_made_and_moved, an_alias_that_exists_is_a_conflict};
    TCase *tcase = tcase_create("aliases");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, a_name_that_cannot_be_is_not_sent, 0,
                        (int)(sizeof(wrong) / sizeof(wrong[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("alibaba_aliases", add_tests)
