/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/steps.h"

#include "evc-alloc.h"
#include "evc-check.h"

START_TEST(a_step_says_what_is_sent_what_comes_of_it_and_what_to_mind)
{
    evc_table *steps;

    EVC_CHECK_OK(evc_steps_new(&steps, NULL));
    EVC_CHECK_OK(evc_steps_add(steps, "enable", "POST /x", "Secrets are encrypted",
                               "cannot be undone", NULL));
    EVC_CHECK_OK(evc_steps_add(steps, "wait", NULL, "until it is done", NULL, NULL));
    ck_assert_uint_eq(steps->rows, 2);
    ck_assert_str_eq(evc_table_cell(steps, 0, 0), "enable");
    ck_assert_str_eq(evc_table_cell(steps, 0, 1), "POST /x");
    ck_assert_str_eq(evc_table_cell(steps, 0, 2), "Secrets are encrypted");
    ck_assert_str_eq(evc_table_cell(steps, 0, 3), "cannot be undone");
    ck_assert_ptr_null(evc_table_cell(steps, 1, 1));
    ck_assert_ptr_null(evc_table_cell(steps, 1, 3));
    evc_table_free(steps);
}
END_TEST

static int
fill(void *user)
{
    evc_table *steps;
    int rc = evc_steps_new(&steps, NULL);

    (void)user;
    if (rc)
        return rc;
    rc = evc_steps_add(steps, "a", "b", "c", "d", NULL);
    evc_table_free(steps);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    ck_assert_uint_gt(evc_alloc_sweep(fill, NULL), 4);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        a_step_says_what_is_sent_what_comes_of_it_and_what_to_mind,
        survives_any_failed_allocation, NULL};

    evc_check_add(suite, "steps", all);
}

EVC_TEST_MAIN("steps", add_tests)
