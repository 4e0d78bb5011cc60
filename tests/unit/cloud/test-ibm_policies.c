/* SPDX-License-Identifier: Apache-2.0 */
#include "ibm-fixture.h"

#define POLICY(rotation)                                        \
    "{\"metadata\":{\"collectionType\":\"t\"},\"resources\":[{" \
    "\"lastUpdateDate\":\"2024-01-02T03:04:05Z\",\"rotation\":" rotation "}]}"

static evc_table *table;

static void
begin(int status, const char *body)
{
    open_service();
    start_over();
    reply_with(status, body);
    table = NULL;
}

START_TEST(a_policy_is_shown)
{
    begin(200, POLICY("{\"enabled\":true,\"interval_month\":3}"));
    EVC_CHECK_OK(RUN("rotation-status", false, &table, NULL, "key", KEY));
    ck_assert_str_eq(toy.requests[0].method, "GET");
    ck_assert_str_eq(toy.requests[0].path, "/api/v2/keys/" KEY "/policies");
    ck_assert_str_eq(toy.requests[0].query, "policy=rotation");
    ck_assert_str_eq(cell(table, 0, "rotates"), "true");
    ck_assert_str_eq(cell(table, 0, "months"), "3");
    ck_assert_str_eq(cell(table, 0, "changed"), "2024-01-02T03:04:05Z");
    evc_table_free(table);
}
END_TEST

START_TEST(an_older_policy_without_a_switch_holds)
{
    begin(200, POLICY("{\"interval_month\":12}"));
    EVC_CHECK_OK(RUN("rotation-status", false, &table, NULL, "key", KEY));
    ck_assert_str_eq(cell(table, 0, "rotates"), "true");
    evc_table_free(table);
}
END_TEST

START_TEST(no_policy_is_no_rotation)
{
    static const char *const bodies[] = {"", "{\"metadata\":{}}", "{\"resources\":[]}"};

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        begin(200, bodies[i]);
        EVC_CHECK_OK(RUN("rotation-status", false, &table, NULL, "key", KEY));
        ck_assert_str_eq(cell(table, 0, "rotates"), "false");
        ck_assert_ptr_null(cell(table, 0, "months"));
        evc_table_free(table);
    }
}
END_TEST

START_TEST(what_is_no_policy_is_refused)
{
    static const char *const bodies[] = {POLICY("7"), POLICY("{\"interval_month\":13}"),
                                         POLICY("{\"interval_month\":\"3\"}"),
                                         POLICY("{\"enabled\":1}"),
                                         "{\"resources\":[{}]}"};

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        begin(200, bodies[i]);
        EVC_CHECK_CODE(RUN("rotation-status", false, &table, NULL, "key", KEY),
                       ENVCRYPT_E_PROTOCOL);
        ck_assert_ptr_null(table);
    }
}
END_TEST

START_TEST(a_policy_is_set)
{
    begin(200, POLICY("{\"enabled\":true,\"interval_month\":12}"));
    EVC_CHECK_OK(
        RUN("rotation-policy", false, &table, NULL, "key", KEY, "months", "12"));
    ck_assert_str_eq(toy.requests[0].method, "PUT");
    ck_assert_ptr_nonnull(strstr(
        toy.requests[0].body, "\"rotation\":{\"enabled\":true,\"interval_month\":12}"));
    evc_table_free(table);
    begin(200, POLICY("{\"enabled\":false}"));
    EVC_CHECK_OK(
        RUN("rotation-policy", false, &table, NULL, "key", KEY, "months", "off"));
    ck_assert_ptr_nonnull(
        strstr(toy.requests[0].body, "\"rotation\":{\"enabled\":false}"));
    ck_assert_str_eq(cell(table, 0, "rotates"), "false");
    evc_table_free(table);
}
END_TEST

START_TEST(months_are_1_to_12_or_off)
{
    static const char *const values[] = {"0",   "13", "-1",  "+1",
                                         "1.5", "1 ", "OFF", "99999999999999999999"};

    begin(200, "");
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        EVC_CHECK_CODE(RUN("rotation-policy", false, &table, NULL, "key", KEY, "months",
                           values[i]),
                       ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(toy.asked, 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_policy_is_shown,
                                  an_older_policy_without_a_switch_holds,
                                  no_policy_is_no_rotation,
                                  what_is_no_policy_is_refused,
                                  a_policy_is_set,
                                  months_are_1_to_12_or_off,
                                  NULL};

    add_toy_tests(suite, "policies", tests);
}

EVC_TEST_MAIN("ibm_policies", add_tests)
