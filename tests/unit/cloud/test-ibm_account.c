/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/ibm_account.h"
#include "ibm-fixture.h"
#include "kms/uri.h"

static const evc_operation_kind kind = {
    .name = "x", .build = evc_ibm_ask_build, .read = evc_ibm_ask_read};

/* --- asking and rows --- */

static int
ask_key(const char *key, evc_ibm_ask *ask)
{
    evc_kv args;
    int rc;

    evc_kv_init(&args);
    EVC_CHECK_OK(evc_kv_add(&args, evc_view_text("key"), evc_view_text(key), NULL));
    rc = evc_ibm_account_ask_key(&service, &args, &kind, "GET", ask, NULL);
    /* The texts of a request are those of the arguments, which go here. */
    if (!rc)
        ck_assert_str_eq(ask->path[1],
                         strstr(key, ":key:") ? strrchr(key, ':') + 1 : key);
    evc_ibm_ask_reset(ask);
    evc_kv_reset(&args);
    return rc;
}

START_TEST(a_key_is_named_by_id_alias_or_crn)
{
    evc_ibm_ask ask;

    open_service();
    EVC_CHECK_OK(ask_key(KEY, &ask));
    EVC_CHECK_OK(ask_key("an-alias_1", &ask));
    EVC_CHECK_OK(ask_key(CRN, &ask));
}
END_TEST

START_TEST(what_names_no_key_of_the_instance_is_refused)
{
    static const char *const names[] = {
        "../x",
        "a b",
        "a/b",
        ("crn:v1:bluemix:public:kms:us-south:a/1:" INSTANCE "::"),
        ("crn:v1:bluemix:public:kms:us-south:a/1:another:key:" KEY),
        "\xc3\xa9"};
    evc_ibm_ask ask;

    open_service();
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        EVC_CHECK_CODE(ask_key(names[i], &ask), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(without_an_instance_nothing_is_asked_of_one)
{
    evc_ibm_ask ask;

    open_service();
    account.peer = NULL;
    EVC_CHECK_CODE(evc_ibm_account_ask(&service, &kind, "GET", &ask, NULL),
                   ENVCRYPT_E_URI);
    EVC_CHECK_CODE(ask_key(KEY, &ask), ENVCRYPT_E_URI);
}
END_TEST

START_TEST(a_row_shows_the_key)
{
    evc_table *table = NULL;
    evc_ibm_ask ask = {.peer = toy.peer, .path = {"keys", KEY}, .subject = KEY};

    open_service();
    ask.target = &account.target;
    reply_with(200, METADATA_OF("2", ",\"aliases\":[\"a\",\"b\"],\"description\":\"d\""
                                     ",\"expirationDate\":\"2030-01-02T03:04:05Z\""));
    EVC_CHECK_OK(evc_table_new(evc_ibm_key_columns, &table, NULL));
    EVC_CHECK_OK(evc_ibm_account_show_key(&ask, &toy.wait, table, NULL));
    ck_assert_str_eq(cell(table, 0, "key"), KEY);
    ck_assert_str_eq(cell(table, 0, "crn"), CRN);
    ck_assert_str_eq(cell(table, 0, "name"), "one");
    ck_assert_str_eq(cell(table, 0, "aliases"), "a,b");
    ck_assert_str_eq(cell(table, 0, "state"), "Suspended");
    ck_assert_str_eq(cell(table, 0, "type"), "root");
    ck_assert_str_eq(cell(table, 0, "version"), VERSION);
    ck_assert_str_eq(cell(table, 0, "imported"), "false");
    ck_assert_str_eq(cell(table, 0, "ring"), "default");
    ck_assert_str_eq(cell(table, 0, "created"), "2023-01-02T03:04:05Z");
    ck_assert_ptr_null(cell(table, 0, "rotated"));
    ck_assert_str_eq(cell(table, 0, "expires"), "2030-01-02T03:04:05Z");
    ck_assert_str_eq(cell(table, 0, "description"), "d");
    evc_table_free(table);
}
END_TEST

/* --- open and close --- */

static int
open_by(const char *text, evc_service **out, evc_error **err)
{
    struct envcrypt_kms_config config = {.credentials = open_token()};
    evc_uri uri;
    int rc;

    evc_kv_init(&config.options);
    EVC_CHECK_OK(evc_kv_add(&config.options, evc_view_text("credentials"),
                            evc_view_text(""), NULL));
    EVC_CHECK_OK(evc_uri_parse(text, &uri, NULL));
    rc = evc_service_open(toy.crypto, toy.net, &evc_service_ibm, &uri, &config,
                          &toy.wait, out, err);
    evc_uri_reset(&uri);
    evc_kv_reset(&config.options);
    evc_chain_unref(config.credentials);
    return rc;
}

START_TEST(a_service_opens_without_a_request_and_asks_with_the_token)
{
    evc_service *opened = NULL;
    evc_table *table = NULL;
    evc_kv none;

    EVC_CHECK_OK(open_by("ibm-kp://eu-de/" INSTANCE "?key-ring=blue", &opened, NULL));
    ck_assert_uint_eq(toy.asked, 0);
    evc_kv_init(&none);
    reply_with(200, "{\"metadata\":{\"collectionType\":\"t\"}}");
    EVC_CHECK_OK(
        evc_service_run(opened, "list-keys", &none, false, &toy.wait, &table, NULL));
    ck_assert(had_header(0, "bluemix-instance: " INSTANCE));
    ck_assert(had_header(0, "x-kms-key-ring: blue"));
    ck_assert(had_header(0, "authorization: Bearer planted-token"));
    evc_table_free(table);
    evc_service_unref(opened);
}
END_TEST

START_TEST(a_service_of_a_region_alone_lists_instances)
{
    evc_service *opened = NULL;
    evc_table *table = NULL;
    evc_kv none;

    EVC_CHECK_OK(open_by("ibm-kp://eu-de", &opened, NULL));
    evc_kv_init(&none);
    reply_with(200, "{\"resources\":[]}");
    EVC_CHECK_OK(evc_service_run(opened, "list-instances", &none, false, &toy.wait,
                                 &table, NULL));
    evc_table_free(table);
    EVC_CHECK_CODE(
        evc_service_run(opened, "list-keys", &none, false, &toy.wait, &table, NULL),
        ENVCRYPT_E_URI);
    evc_service_unref(opened);
}
END_TEST

START_TEST(a_uri_of_something_else_opens_nothing)
{
    evc_service *opened = NULL;

    EVC_CHECK_CODE(open_by("ibm-kp:///nonsense", &opened, NULL), ENVCRYPT_E_URI);
    ck_assert_ptr_null(opened);
    EVC_CHECK_CODE(open_by("ibm-kp://eu-de/" INSTANCE "?private=maybe", &opened, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(opened);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_key_is_named_by_id_alias_or_crn,
        what_names_no_key_of_the_instance_is_refused,
        without_an_instance_nothing_is_asked_of_one,
        a_row_shows_the_key,
        a_service_opens_without_a_request_and_asks_with_the_token,
        a_service_of_a_region_alone_lists_instances,
        a_uri_of_something_else_opens_nothing,
        NULL};

    add_toy_tests(suite, "account", tests);
}

EVC_TEST_MAIN("ibm_account", add_tests)
