/* SPDX-License-Identifier: Apache-2.0 */
#include "ibm-fixture.h"

#define LIST(rows) "{\"metadata\":{\"collectionType\":\"t\"},\"resources\":[" rows "]}"
#define INSTANCE_ROW(guid, service)                                            \
    "{\"guid\":\"" guid "\",\"name\":\"n\",\"region_id\":\"eu-de\",\"state\":" \
    "\"active\",\"crn\":\"crn:v1:bluemix:public:" service ":eu-de:a/1:" guid   \
    "::\",\"extensions\":{\"endpoints\":{\"public\":\"https://p\"}}}"

static evc_table *table;

static void
begin(const char *body)
{
    open_service();
    start_over();
    reply_with(200, body);
    table = NULL;
}

START_TEST(registrations_of_one_key_or_all)
{
    begin(LIST("{\"keyId\":\"" KEY "\",\"resourceCrn\":\"crn:x\",\"description\":\"d\","
               "\"preventKeyDeletion\":true,\"keyVersion\":{\"id\":\"v\"},"
               "\"creationDate\":\"2024-01-02T03:04:05Z\"},{\"keyId\":\"other\"}"));
    EVC_CHECK_OK(RUN("list-registrations", false, &table, NULL, "key", KEY));
    ck_assert_str_eq(toy.requests[0].path, "/api/v2/keys/" KEY "/registrations");
    ck_assert_uint_eq(table->rows, 2);
    ck_assert_str_eq(cell(table, 0, "resource"), "crn:x");
    ck_assert_str_eq(cell(table, 0, "version"), "v");
    ck_assert_str_eq(cell(table, 0, "prevents-deletion"), "true");
    ck_assert_str_eq(cell(table, 0, "description"), "d");
    ck_assert_str_eq(cell(table, 1, "prevents-deletion"), "false");
    evc_table_free(table);
    begin(LIST(""));
    EVC_CHECK_OK(RUN("list-registrations", false, &table, NULL, "resource", "crn:a b"));
    ck_assert_str_eq(toy.requests[0].path, "/api/v2/keys/registrations");
    ck_assert_str_eq(toy.requests[0].query,
                     "urlEncodedResourceCRNQuery=crn%3Aa%20b&limit=200&offset=0");
    evc_table_free(table);
}
END_TEST

START_TEST(what_is_no_registration_is_refused)
{
    begin(LIST("{\"preventKeyDeletion\":\"yes\"}"));
    EVC_CHECK_CODE(RUN_PLAIN("list-registrations", &table, NULL), ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(instances_of_key_services_are_listed)
{
    begin("{\"resources\":[" INSTANCE_ROW(
        "g1",
        "kms") ","
               "{\"guid\":\"g2\",\"crn\":\"crn:v1:bluemix:public:cos:eu-de:a/1:g2::\"},"
               "{\"guid\":\"g3\"}," INSTANCE_ROW("g4", "hs-crypto") "]}");
    EVC_CHECK_OK(RUN_PLAIN("list-instances", &table, NULL));
    ck_assert_str_eq(toy.requests[0].path, "/v2/resource_instances");
    ck_assert_ptr_null(strstr(toy.requests[0].headers, "bluemix-instance"));
    ck_assert_uint_eq(table->rows, 2);
    ck_assert_str_eq(cell(table, 0, "instance"), "g1");
    ck_assert_str_eq(cell(table, 0, "service"), "key-protect");
    ck_assert_str_eq(cell(table, 0, "public"), "https://p");
    ck_assert_ptr_null(cell(table, 0, "private"));
    ck_assert_str_eq(cell(table, 1, "service"), "hyper-protect");
    evc_table_free(table);
}
END_TEST

START_TEST(the_next_page_is_asked_where_the_first_was)
{
    begin("{\"resources\":[" INSTANCE_ROW(
        "g1",
        "kms") "],\"next_url\":"
               "\"https://evil.example/v2/resource_instances?start=a%2Fb&limit=1\"}");
    reply_with(200,
               "{\"resources\":[" INSTANCE_ROW("g2", "kms") "],\"next_url\":null}");
    EVC_CHECK_OK(RUN_PLAIN("list-instances", &table, NULL));
    ck_assert_uint_eq(toy.asked, 2);
    ck_assert_str_eq(toy.requests[1].path, "/v2/resource_instances");
    ck_assert_str_eq(toy.requests[1].query, "start=a%2Fb&limit=1");
    ck_assert_uint_eq(table->rows, 2);
    evc_table_free(table);
}
END_TEST

START_TEST(a_next_page_that_is_none_is_refused)
{
    static const char *const bodies[] = {
        "",
        "{}",
        "{\"resources\":7}",
        "{\"resources\":[],\"next_url\":7}",
        "{\"resources\":[],\"next_url\":\"/v2/x\"}",
        "{\"resources\":[],\"next_url\":\"/v2/x?\"}",
        "{\"resources\":[],\"next_url\":\"/v2/x?a=b c\"}",
        "{\"resources\":[],\"next_url\":\"/v2/x?a\\r\\nb\"}",
        "{\"resources\":[],\"next_url\":\"/v2/x?a#b\"}"};

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        begin(bodies[i]);
        ck_assert_msg(RUN_PLAIN("list-instances", &table, NULL) == ENVCRYPT_E_PROTOCOL,
                      "%s was taken", bodies[i]);
        ck_assert_ptr_null(table);
    }
}
END_TEST

START_TEST(pages_without_end_end)
{
    begin("{\"resources\":[],\"next_url\":\"/v2/resource_instances?start=again\"}");
    EVC_CHECK_CODE(RUN_PLAIN("list-instances", &table, NULL), ENVCRYPT_E_PROTOCOL);
    ck_assert_uint_eq(toy.asked, 10001);
}
END_TEST

START_TEST(the_private_port_is_shown_when_there_is_one)
{
    begin(LIST("{\"private_endpoint_port\":8888}"));
    EVC_CHECK_OK(RUN_PLAIN("show-private-port", &table, NULL));
    ck_assert_str_eq(toy.requests[0].path, "/api/v2/instance/allowed_ip_port");
    ck_assert_str_eq(cell(table, 0, "private-port"), "8888");
    evc_table_free(table);
    begin(LIST("{}"));
    EVC_CHECK_OK(RUN_PLAIN("show-private-port", &table, NULL));
    ck_assert_uint_eq(table->rows, 0);
    evc_table_free(table);
    begin(LIST("{\"private_endpoint_port\":65536}"));
    EVC_CHECK_CODE(RUN_PLAIN("show-private-port", &table, NULL), ENVCRYPT_E_PROTOCOL);
    begin("");
    EVC_CHECK_CODE(RUN_PLAIN("show-private-port", &table, NULL), ENVCRYPT_E_PROTOCOL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {registrations_of_one_key_or_all,
                                  what_is_no_registration_is_refused,
                                  instances_of_key_services_are_listed,
                                  the_next_page_is_asked_where_the_first_was,
                                  a_next_page_that_is_none_is_refused,
                                  pages_without_end_end,
                                  the_private_port_is_shown_when_there_is_one,
                                  NULL};

    add_toy_tests(suite, "lists", tests);
}

EVC_TEST_MAIN("ibm_lists", add_tests)
