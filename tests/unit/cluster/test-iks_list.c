/* SPDX-License-Identifier: Apache-2.0 */
#include "iks-fixture.h"

static evc_table *rows;
static bool partial;

static void
set_up(void)
{
    iks_set_up();
    rows = NULL;
    partial = false;
    reply_to("/vpc/getClusters", 200, "[{\"id\":\"" ID "\",\"name\":\"mine\"}]");
    reply_to("/classic/getClusters", 200, "[]");
    reply_to("/satellite/getClusters", 200, "[]");
}

static void
tear_down(void)
{
    evc_table_free(rows);
    iks_tear_down();
}

static void
list(const char *uses)
{
    EVC_CHECK_OK(evc_table_new(evc_cluster_list_columns, &rows, NULL));
    EVC_CHECK_OK(evc_cluster_iks.list(cluster, uses, &toy.wait, rows, &partial, &err));
}

START_TEST(clusters_of_all_kinds_are_listed)
{
    reply_to("/classic/getClusters", 200, "[{\"id\":\"c2\",\"name\":\"old\"}]");
    list(NULL);
    ck_assert_uint_eq(rows->rows, 2);
    ck_assert_str_eq(cell(rows, 0, "name"), "mine");
    ck_assert_str_eq(cell(rows, 0, "region"), "us-south");
    ck_assert_str_eq(cell(rows, 0, "encryption"), "none");
    ck_assert_str_eq(cell(rows, 0, "health"), "normal");
    ck_assert_str_ne(cell(rows, 0, "what-to-do"), "");
    ck_assert(!partial);
    ck_assert_uint_eq(asked_for("getCluster?cluster=c2"), 1);
}
END_TEST

START_TEST(a_kind_that_may_not_be_listed_makes_it_partial)
{
    reply_to("/satellite/getClusters", 403, "{}");
    list(NULL);
    ck_assert(partial);
    ck_assert_uint_eq(rows->rows, 2);
    ck_assert_str_eq(cell(rows, 1, "name"), "");
    ck_assert_ptr_nonnull(strstr(cell(rows, 1, "what-to-do"), "get clusters"));
}
END_TEST

START_TEST(a_cluster_that_may_not_be_read_has_a_row)
{
    reply_to("/getCluster?", 403, "{}");
    list(NULL);
    ck_assert(partial);
    ck_assert_str_eq(cell(rows, 0, "name"), "mine");
    ck_assert_str_eq(cell(rows, 0, "encryption"), "unknown");
}
END_TEST

START_TEST(trouble_is_told_with_what_to_do)
{
    reply_to("/getCluster?", 200,
             CLUSTER_OF("critical", "deployed", "error", "x", AFTER, "true"));
    list(NULL);
    ck_assert_str_eq(cell(rows, 0, "health"), "critical");
    ck_assert_ptr_nonnull(strstr(cell(rows, 0, "what-to-do"), "root key"));
    ck_assert_str_eq(cell(rows, 0, "encryption"), "own");
}
END_TEST

/* --- keys --- */

static void
list_keys(void)
{
    EVC_CHECK_OK(evc_table_new(evc_cluster_key_columns, &rows, NULL));
    EVC_CHECK_OK(evc_cluster_iks.keys(cluster, &change, &toy.wait, rows, &err));
}

#define KEY_ROW(id, state)                                                             \
    "{\"id\":\"" id "\",\"crn\":\"crn-" id "\",\"name\":\"n-" id "\",\"state\":" state \
    ",\"extractable\":false}"

START_TEST(root_keys_are_listed_with_why_they_are_not_usable)
{
    reply_to("/api/v2/keys?", 200, ROWS(KEY_ROW("a", "1") "," KEY_ROW("b", "2")));
    list_keys();
    ck_assert_uint_eq(rows->rows, 2);
    ck_assert_str_eq(cell(rows, 0, "id"), "a");
    ck_assert_str_eq(cell(rows, 0, "aliases"), "n-a");
    ck_assert_str_eq(cell(rows, 0, "arn"), "crn-a");
    ck_assert_str_eq(cell(rows, 0, "region"), "us-south");
    ck_assert_str_eq(cell(rows, 0, "usable"), "yes");
    ck_assert_str_eq(cell(rows, 1, "usable"), "no");
    ck_assert_str_eq(cell(rows, 1, "state"), "Suspended");
    ck_assert_ptr_nonnull(strstr(cell(rows, 1, "why-not"), "Active"));
    ck_assert_uint_eq(asked_for("extractable=false"), 1);
}
END_TEST

START_TEST(an_instance_that_may_not_be_read_has_a_row)
{
    reply_to("/api/v2/keys?", 401, REFUSAL("401", "UNAUTHORIZED_ERR"));
    list_keys();
    ck_assert_uint_eq(rows->rows, 1);
    ck_assert_str_eq(cell(rows, 0, "id"), INSTANCE);
    ck_assert_str_eq(cell(rows, 0, "usable"), "unknown");
}
END_TEST

START_TEST(keys_of_one_instance_are_a_wish)
{
    want("instance-id", "another");
    list_keys();
    ck_assert_uint_eq(rows->rows, 0);
    ck_assert_uint_eq(asked_for("/api/v2/keys"), 0);
}
END_TEST

/* --- actions on keys --- */

static int
act(const char *action)
{
    take_key();
    return evc_cluster_iks.key_action(cluster, action, &key, &change, &toy.wait, &rows,
                                      &err);
}

START_TEST(a_key_is_disabled_and_enabled)
{
    reply_to("/actions/", 204, "");
    EVC_CHECK_OK(act("disable-key"));
    ck_assert_uint_eq(asked_for("POST /api/v2/keys/" KEY "/actions/disable"), 1);
    ck_assert_str_eq(cell(rows, 0, "key"), KEY);
    evc_table_free(rows);
    rows = NULL;
    EVC_CHECK_OK(act("enable-key"));
    ck_assert_uint_eq(asked_for("POST /api/v2/keys/" KEY "/actions/enable"), 1);
}
END_TEST

START_TEST(r21_a_key_is_enabled_half_a_minute_after_its_last_change)
{
    reply_to("/actions/", 409, REFUSAL("409", "REQ_TOO_EARLY_ERR"));
    EVC_CHECK_CODE(act("enable-key"), ENVCRYPT_E_CLUSTER_TOO_EARLY);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "wait 30 s"));
    ck_assert_int_eq(evc_error_retry_after_ms(err), 30000);
}
END_TEST

static const char *const deletions[] = {"schedule-deletion", "cancel-deletion",
                                        "delete-key"};

START_TEST(no_key_is_deleted)
{
    EVC_CHECK_CODE(act(deletions[_i]), ENVCRYPT_E_UNSUPPORTED);
    ck_assert_uint_eq(toy.asked, 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        clusters_of_all_kinds_are_listed,
        a_kind_that_may_not_be_listed_makes_it_partial,
        a_cluster_that_may_not_be_read_has_a_row,
        trouble_is_told_with_what_to_do,
        root_keys_are_listed_with_why_they_are_not_usable,
        an_instance_that_may_not_be_read_has_a_row,
        keys_of_one_instance_are_a_wish,
        a_key_is_disabled_and_enabled,
        r21_a_key_is_enabled_half_a_minute_after_its_last_change,
        NULL};
    TCase *tcase = tcase_create("list");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, no_key_is_deleted, 0,
                        sizeof(deletions) / sizeof(deletions[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("iks_list", add_tests)
