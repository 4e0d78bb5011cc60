/* SPDX-License-Identifier: Apache-2.0 */
#include "ibm-fixture.h"

#define KEY_ROW(id, state)                                       \
    "{\"id\":\"" id "\",\"crn\":\"crn-" id "\",\"state\":" state \
    ",\"extractable\":false}"
#define LIST(rows) "{\"metadata\":{\"collectionType\":\"t\"},\"resources\":[" rows "]}"

static evc_table *table;
static evc_error *err;

static void
begin(void)
{
    open_service();
    table = NULL;
    err = NULL;
}

static void
end(void)
{
    evc_table_free(table);
    evc_error_free(err);
    table = NULL;
    err = NULL;
}

START_TEST(keys_are_listed)
{
    begin();
    reply_with(200, LIST(KEY_ROW("a", "1") "," KEY_ROW("b", "2")));
    EVC_CHECK_OK(RUN_PLAIN("list-keys", &table, &err));
    ck_assert_uint_eq(table->rows, 2);
    ck_assert_str_eq(cell(table, 1, "key"), "b");
    ck_assert_str_eq(cell(table, 1, "state"), "Suspended");
    ck_assert_str_eq(toy.requests[0].path, "/api/v2/keys");
    ck_assert_str_eq(toy.requests[0].query, "limit=200&offset=0");
    end();
}
END_TEST

START_TEST(filters_go_to_the_service)
{
    begin();
    reply_with(200, LIST(""));
    EVC_CHECK_OK(RUN("list-keys", false, &table, &err, "state", "active,disabled,3",
                     "type", "root", "search", "a b"));
    ck_assert_str_eq(
        toy.requests[0].query,
        "state=1%2C2%2C3&extractable=false&search=a%20b&limit=200&offset=0");
    end();
    begin();
    EVC_CHECK_OK(RUN("list-keys", false, &table, &err, "type", "standard"));
    ck_assert_str_eq(toy.requests[1].query, "extractable=true&limit=200&offset=0");
    end();
}
END_TEST

START_TEST(filters_that_cannot_be_are_refused)
{
    static const char *const states[] = {"asleep", "active,",          ",active", "4",
                                         "6",      "active suspended", ","};

    begin();
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        EVC_CHECK_CODE(RUN("list-keys", false, &table, NULL, "state", states[i]),
                       ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(RUN("list-keys", false, &table, NULL, "type", "other"),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(toy.asked, 0);
    end();
}
END_TEST

START_TEST(a_list_with_something_else_in_it_gives_no_table)
{
    begin();
    reply_with(200, LIST(KEY_ROW("a", "1") ",{}"));
    EVC_CHECK_CODE(RUN_PLAIN("list-keys", &table, &err), ENVCRYPT_E_PROTOCOL);
    ck_assert_ptr_null(table);
    end();
}
END_TEST

START_TEST(a_key_is_described)
{
    begin();
    reply_with(200, METADATA);
    EVC_CHECK_OK(RUN("describe-key", false, &table, &err, "key", "alias-1"));
    ck_assert_str_eq(toy.requests[0].path, "/api/v2/keys/alias-1/metadata");
    ck_assert_str_eq(cell(table, 0, "key"), KEY);
    end();
}
END_TEST

START_TEST(a_root_key_is_made)
{
    begin();
    reply_with(201, METADATA);
    EVC_CHECK_OK(RUN("create-key", false, &table, &err, "name", "n", "alias", "a",
                     "description", "d", "expires", "2030-01-02T03:04:05Z"));
    ck_assert_str_eq(toy.requests[0].method, "POST");
    ck_assert_str_eq(
        toy.requests[0].body,
        "{\"metadata\":{\"collectionType\":\"application/vnd.ibm.kms.key+json\","
        "\"collectionTotal\":1},\"resources\":[{\"type\":"
        "\"application/vnd.ibm.kms.key+json\",\"name\":\"n\",\"aliases\":[\"a\"],"
        "\"description\":\"d\",\"expirationDate\":\"2030-01-02T03:04:05Z\","
        "\"extractable\":false}]}");
    ck_assert_str_eq(cell(table, 0, "crn"), CRN);
    end();
}
END_TEST

START_TEST(a_key_is_not_made_twice)
{
    begin();
    reply_with(503, "");
    EVC_CHECK_CODE(RUN("create-key", false, &table, &err, "name", "n"),
                   ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_uint_eq(toy.asked, 1);
    end();
}
END_TEST

START_TEST(a_key_needs_a_name_and_a_time_that_is_one)
{
    begin();
    EVC_CHECK_CODE(RUN_PLAIN("create-key", &table, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(
        RUN("create-key", false, &table, NULL, "name", "n", "expires", "tomorrow"),
        ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(toy.asked, 0);
    end();
}
END_TEST

START_TEST(aliases_come_and_go)
{
    begin();
    reply_with(201, "");
    EVC_CHECK_OK(
        RUN("create-alias", false, &table, &err, "key", KEY, "alias", "second"));
    ck_assert_str_eq(toy.requests[0].method, "POST");
    ck_assert_str_eq(toy.requests[0].path, "/api/v2/keys/" KEY "/aliases/second");
    ck_assert_str_eq(cell(table, 0, "alias"), "second");
    end();
    begin();
    reply_with(204, "");
    EVC_CHECK_OK(
        RUN("delete-alias", false, &table, &err, "key", KEY, "alias", "second"));
    ck_assert_str_eq(toy.requests[1].method, "DELETE");
    end();
    begin();
    EVC_CHECK_CODE(
        RUN("create-alias", false, &table, NULL, "key", KEY, "alias", "../x"),
        ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(toy.asked, 2);
    end();
}
END_TEST

START_TEST(versions_are_listed_oldest_first)
{
    begin();
    reply_with(200, LIST("{\"id\":\"new\"},{\"id\":\"old\"}"));
    EVC_CHECK_OK(RUN("list-versions", false, &table, &err, "key", KEY));
    ck_assert_uint_eq(table->rows, 2);
    ck_assert_str_eq(cell(table, 0, "version"), "old");
    ck_assert_str_eq(cell(table, 0, "state"), "older");
    ck_assert_str_eq(cell(table, 1, "state"), "current");
    end();
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {keys_are_listed,
                                  filters_go_to_the_service,
                                  filters_that_cannot_be_are_refused,
                                  a_list_with_something_else_in_it_gives_no_table,
                                  a_key_is_described,
                                  a_root_key_is_made,
                                  a_key_is_not_made_twice,
                                  a_key_needs_a_name_and_a_time_that_is_one,
                                  aliases_come_and_go,
                                  versions_are_listed_oldest_first,
                                  NULL};

    add_toy_tests(suite, "keys", tests);
}

EVC_TEST_MAIN("ibm_keys", add_tests)
