/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/state.h"

#include "evc-alloc.h"
#include "evc-check.h"

static evc_cluster_state state;

static void
set_up(void)
{
    evc_cluster_state_init(&state);
}

static void
tear_down(void)
{
    evc_cluster_state_reset(&state);
}

START_TEST(each_text_has_a_name_of_its_own)
{
    for (int i = 0; i < EVC_CLUSTER_TEXTS; i++) {
        for (int j = 0; j < i; j++)
            ck_assert_str_ne(evc_cluster_text_name((evc_cluster_text)i),
                             evc_cluster_text_name((evc_cluster_text)j));
    }
    ck_assert_str_eq(evc_cluster_text_name(EVC_CLUSTER_KEY), "key");
    ck_assert_str_eq(evc_cluster_text_name(EVC_CLUSTER_MARK), "mark");
}
END_TEST

START_TEST(a_text_is_copied_and_taken_away)
{
    char text[] = "prod";

    ck_assert_str_eq(evc_cluster_state_text(&state, EVC_CLUSTER_NAME), "");
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_NAME, text, NULL));
    text[0] = 'x';
    ck_assert_str_eq(evc_cluster_state_text(&state, EVC_CLUSTER_NAME), "prod");
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_NAME, "", NULL));
    ck_assert_ptr_null(state.texts[EVC_CLUSTER_NAME]);
}
END_TEST

START_TEST(only_an_issue_of_its_key_makes_it_sick)
{
    ck_assert(!evc_cluster_state_is_sick(&state));
    EVC_CHECK_OK(
        evc_cluster_state_issue(&state, "Ec2SubnetNotFound", "a", "b", false, NULL));
    ck_assert(!evc_cluster_state_is_sick(&state));
    EVC_CHECK_OK(
        evc_cluster_state_issue(&state, "KmsKeyDisabled", "c", "d", true, NULL));
    ck_assert(evc_cluster_state_is_sick(&state));
    ck_assert_str_eq(evc_table_cell(state.issues, 1, 0), "KmsKeyDisabled");
    ck_assert_str_eq(evc_table_cell(state.issues, 1, 2), "d");
}
END_TEST

START_TEST(what_was_reset_is_empty)
{
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_KEY, "k", NULL));
    EVC_CHECK_OK(evc_cluster_state_issue(&state, "a", "b", NULL, true, NULL));
    evc_cluster_state_reset(&state);
    ck_assert_str_eq(evc_cluster_state_text(&state, EVC_CLUSTER_KEY), "");
    ck_assert_ptr_null(state.issues);
    evc_cluster_state_reset(NULL);
}
END_TEST

static int
fill(void *user)
{
    int rc = evc_cluster_state_set(&state, EVC_CLUSTER_NAME, "prod", NULL);

    (void)user;
    if (rc == 0)
        rc = evc_cluster_state_issue(&state, "code", "message", "advice", true, NULL);
    evc_cluster_state_reset(&state);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    ck_assert_uint_gt(evc_alloc_sweep(fill, NULL), 5);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        each_text_has_a_name_of_its_own, a_text_is_copied_and_taken_away,
        only_an_issue_of_its_key_makes_it_sick, what_was_reset_is_empty,
        survives_any_failed_allocation};
    TCase *tcase = tcase_create("state");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("state", add_tests)
