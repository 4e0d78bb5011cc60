/* SPDX-License-Identifier: Apache-2.0 */
#include "iks-fixture.h"

#include "cluster/iks_users.h"

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
    reply_to("/keys/" KEY "/registrations", 200, ROWS(""));
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

/* --- what is registered --- */

START_TEST(users_of_a_key_are_those_that_registered)
{
    reply_to("/keys/" KEY "/registrations", 200,
             ROWS(REGISTRATION(KEY, CLUSTER_CRN, VERSION) "," REGISTRATION(
                 KEY, "crn:v1:bluemix:public:cloud-object-storage:global:a/1:s:b:c",
                 VERSION)));
    list(CRN);
    ck_assert_uint_eq(rows->rows, 2);
    ck_assert_str_eq(cell(rows, 0, "name"), "mine");
    ck_assert_str_eq(cell(rows, 0, "key"), CRN);
    ck_assert_str_eq(cell(rows, 0, "key-state"), "Active");
    ck_assert_ptr_nonnull(strstr(cell(rows, 1, "name"), "cloud-object-storage"));
    ck_assert(!partial);
}
END_TEST

START_TEST(a_user_of_a_key_that_may_not_be_read_stays_a_user)
{
    reply_to("/keys/" KEY "/registrations", 200,
             ROWS(REGISTRATION(KEY, CLUSTER_CRN, VERSION)));
    reply_to("/getCluster?", 404, "{}");
    list(CRN);
    ck_assert(partial);
    ck_assert_str_eq(cell(rows, 0, "name"), ID);
}
END_TEST

START_TEST(a_look_up_that_is_denied_is_no_empty_list)
{
    reply_to("/keys/" KEY "/registrations", 401, REFUSAL("401", "UNAUTHORIZED_ERR"));
    list(CRN);
    ck_assert(partial);
    ck_assert_uint_eq(rows->rows, 1);
    ck_assert_str_eq(cell(rows, 0, "name"), "");
}
END_TEST

START_TEST(a_cluster_that_registered_twice_has_one_row)
{
    reply_to("/keys/" KEY "/registrations", 200,
             ROWS(REGISTRATION(KEY, CLUSTER_CRN,
                               "v1") "," REGISTRATION(KEY, CLUSTER_CRN, VERSION)));
    list(CRN);
    ck_assert_uint_eq(rows->rows, 1);
    ck_assert_str_eq(cell(rows, 0, "id"), ID);
}
END_TEST

/* --- what is not yet --- */

/* Half an hour, and a day, before WALL_MS, which is 2023-11-14T22:13:20Z. */
#define LATELY "2023-11-14T21:43:20+0000"
#define LONG_AGO "2023-11-13T22:13:20+0000"

static void
one_is(const char *name)
{
    ck_assert_uint_eq(rows->rows, 1);
    ck_assert_str_eq(cell(rows, 0, "name"), name);
}

START_TEST(a_cluster_whose_enablement_is_under_way_is_a_user)
{
    reply_to("/getCluster?", 200, UPDATING);
    list(CRN);
    one_is("mine");
    ck_assert_str_eq(cell(rows, 0, "id"), ID);
    ck_assert_ptr_nonnull(strstr(cell(rows, 0, "what-to-do"), "may come to use"));
}
END_TEST

START_TEST(a_cluster_that_is_without_a_key_service_is_no_user)
{
    list(CRN);
    ck_assert_uint_eq(rows->rows, 0);
    ck_assert(!partial);
}
END_TEST

START_TEST(a_cluster_that_was_changed_lately_and_is_nowhere_registered_is_a_user)
{
    reply_to("/getCluster?", 200, READY(LATELY, "true"));
    list(CRN);
    one_is("mine");
    ck_assert_ptr_nonnull(strstr(cell(rows, 0, "what-to-do"), "may not name it yet"));
}
END_TEST

START_TEST(a_cluster_that_is_registered_with_another_key_is_no_user)
{
    reply_to("/getCluster?", 200, READY(LATELY, "true"));
    reply_to("/keys/registrations", 200,
             ROWS(REGISTRATION("another", CLUSTER_CRN, "v")));
    list(CRN);
    ck_assert_uint_eq(rows->rows, 0);
}
END_TEST

START_TEST(a_cluster_that_was_changed_this_minute_may_have_left_another_key)
{
    reply_to("/getCluster?", 200, READY(AFTER, "true"));
    reply_to("/keys/registrations", 200,
             ROWS(REGISTRATION("another", CLUSTER_CRN, "v")));
    list(CRN);
    one_is("mine");
}
END_TEST

START_TEST(a_cluster_that_has_stood_for_a_day_is_known_by_registrations)
{
    reply_to("/getCluster?", 200, READY(LONG_AGO, "true"));
    list(CRN);
    ck_assert_uint_eq(rows->rows, 0);
}
END_TEST

START_TEST(a_cluster_without_a_time_of_its_change_is_a_user)
{
    reply_to("/getCluster?", 200, READY("yesterday", "true"));
    list(CRN);
    one_is("mine");
}
END_TEST

START_TEST(a_cluster_that_may_not_be_read_may_use_it)
{
    reply_to("/getCluster?", 403, "{}");
    list(CRN);
    one_is("mine");
    ck_assert_str_eq(cell(rows, 0, "encryption"), "unknown");
    ck_assert(partial);
}
END_TEST

START_TEST(clusters_that_may_not_be_listed_may_use_it)
{
    reply_to("/vpc/getClusters", 403, "{}");
    list(CRN);
    ck_assert(partial);
    ck_assert_uint_eq(rows->rows, 1);
    ck_assert_str_eq(cell(rows, 0, "name"), "");
    ck_assert_ptr_nonnull(strstr(cell(rows, 0, "what-to-do"), "get clusters"));
}
END_TEST

START_TEST(clusters_are_looked_for_in_all_resource_groups)
{
    evc_cluster_unref(cluster);
    EVC_CHECK_OK(
        open_at("iks://", (const char *const[]){"resource-group", "g1", NULL}));
    reply_to("/getCluster?", 200, UPDATING);
    list(CRN);
    one_is("mine");
    for (size_t i = 0; i < toy.asked; i++)
        ck_assert_ptr_null(strstr(toy.requests[i].headers, "x-auth-resource-group"));
}
END_TEST

START_TEST(canceling_ends_it)
{
    evc_wait_cancel(&toy.wait);
    EVC_CHECK_OK(evc_table_new(evc_cluster_list_columns, &rows, NULL));
    EVC_CHECK_CODE(evc_cluster_iks.list(cluster, CRN, &toy.wait, rows, &partial, &err),
                   ENVCRYPT_E_CANCELED);
}
END_TEST

/* --- the bounds --- */

static const char *
suspect(int64_t ago_ms, bool elsewhere)
{
    static const evc_iks_status status = {.master_state = "deployed",
                                          .master_status = "Ready",
                                          .changed = "1970-01-02T00:00:00+0000",
                                          .enabled = true};

    return evc_iks_users_suspect(&status, elsewhere, INT64_C(86400000) + ago_ms);
}

START_TEST(suspicion_ends_in_time)
{
    ck_assert_ptr_nonnull(suspect(EVC_IKS_UNSETTLED_MS - 1, true));
    ck_assert_ptr_null(suspect(EVC_IKS_UNSETTLED_MS, true));
    ck_assert_ptr_nonnull(suspect(EVC_IKS_STALENESS_MS - 1, false));
    ck_assert_ptr_null(suspect(EVC_IKS_STALENESS_MS, false));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        users_of_a_key_are_those_that_registered,
        a_user_of_a_key_that_may_not_be_read_stays_a_user,
        a_look_up_that_is_denied_is_no_empty_list,
        a_cluster_that_registered_twice_has_one_row,
        a_cluster_whose_enablement_is_under_way_is_a_user,
        a_cluster_that_is_without_a_key_service_is_no_user,
        a_cluster_that_was_changed_lately_and_is_nowhere_registered_is_a_user,
        a_cluster_that_is_registered_with_another_key_is_no_user,
        a_cluster_that_was_changed_this_minute_may_have_left_another_key,
        a_cluster_that_has_stood_for_a_day_is_known_by_registrations,
        a_cluster_without_a_time_of_its_change_is_a_user,
        a_cluster_that_may_not_be_read_may_use_it,
        clusters_that_may_not_be_listed_may_use_it,
        clusters_are_looked_for_in_all_resource_groups,
        canceling_ends_it,
        suspicion_ends_in_time,
        NULL};
    TCase *tcase = tcase_create("users");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("iks_users", add_tests)
