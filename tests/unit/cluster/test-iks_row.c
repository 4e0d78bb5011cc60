/* SPDX-License-Identifier: Apache-2.0 */
#include "iks-fixture.h"

#include "cluster/iks_row.h"

static evc_iks_rows rows;

static void
set_up(void)
{
    iks_set_up();
    rows = (evc_iks_rows){.place = cluster, .wait = &toy.wait, .key = CRN};
    rows.key_state = "Active";
    EVC_CHECK_OK(evc_table_new(evc_cluster_list_columns, &rows.out, NULL));
}

static void
tear_down(void)
{
    evc_table_free(rows.out);
    iks_tear_down();
}

static const char *
told(const char *column)
{
    return evc_table_text(rows.out, rows.out->rows - 1, column);
}

START_TEST(a_cluster_has_its_id_and_the_key_that_was_asked_for)
{
    EVC_CHECK_OK(evc_iks_row_fetch(&rows, ID, "listed", &err));
    ck_assert_str_eq(told("name"), "mine");
    ck_assert_str_eq(told("id"), ID);
    ck_assert_str_eq(told("key"), CRN);
    ck_assert_str_eq(told("key-state"), "Active");
    ck_assert(!rows.partial);
    ck_assert(evc_iks_row_has(&rows, ID));
    ck_assert(!evc_iks_row_has(&rows, "c2"));
}
END_TEST

START_TEST(a_cluster_that_cannot_be_read_keeps_name_and_id)
{
    reply_to("/getCluster?", 403, "{}");
    EVC_CHECK_OK(evc_iks_row_fetch(&rows, ID, "listed", &err));
    ck_assert_str_eq(told("name"), "listed");
    ck_assert_str_eq(told("id"), ID);
    ck_assert_str_eq(told("encryption"), "unknown");
    ck_assert(rows.partial);
}
END_TEST

START_TEST(what_is_no_cluster_is_told_by_its_resource_name)
{
    EVC_CHECK_OK(evc_iks_row_other(&rows, "crn:v1:other", &err));
    ck_assert_str_eq(told("name"), "crn:v1:other");
    ck_assert_str_eq(told("status"), "not a cluster");
}
END_TEST

START_TEST(a_gap_has_no_name_and_says_why)
{
    evc_error *why = NULL;

    (void)evc_err(&why, ENVCRYPT_E_DENIED, "not for you");
    EVC_CHECK_OK(evc_iks_row_gap(&rows, why, &err));
    evc_error_free(why);
    ck_assert_str_eq(told("name"), "");
    ck_assert_str_eq(told("what-to-do"), "not for you");
    ck_assert(rows.partial);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_cluster_has_its_id_and_the_key_that_was_asked_for,
                                  a_cluster_that_cannot_be_read_keeps_name_and_id,
                                  what_is_no_cluster_is_told_by_its_resource_name,
                                  a_gap_has_no_name_and_says_why, NULL};
    TCase *tcase = tcase_create("row");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("iks_row", add_tests)
