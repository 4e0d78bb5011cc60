/* SPDX-License-Identifier: Apache-2.0 */
#include "iks-fixture.h"

#include "cluster/steps.h"

static evc_table *
plan(evc_cluster_verb verb)
{
    evc_cluster_job job = job_of(verb);
    evc_table *steps = NULL;

    take_key();
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_ID, ID, NULL));
    EVC_CHECK_OK(evc_steps_new(&steps, NULL));
    EVC_CHECK_OK(evc_cluster_iks.plan(cluster, &job, steps, &err));
    return steps;
}

START_TEST(the_plan_names_request_effect_and_warning)
{
    evc_table *steps = plan(EVC_VERB_ENABLE);

    ck_assert_uint_eq(steps->rows, 3);
    ck_assert_str_eq(cell(steps, 0, "request"),
                     "POST /v2/enableKMS {\"cluster\":\"" ID "\",\"crk_id\":\"" KEY
                     "\",\"instance_id\":\"" INSTANCE "\",\"private_endpoint\":true}");
    ck_assert_ptr_nonnull(strstr(cell(steps, 0, "effect"), "cannot be switched off"));
    ck_assert_ptr_nonnull(
        strstr(cell(steps, 0, "warning"), "master may be unavailable"));
    ck_assert_ptr_nonnull(strstr(cell(steps, 0, "warning"), "data are lost"));
    ck_assert_ptr_nonnull(strstr(cell(steps, 0, "warning"), "While it is disabled"));
    ck_assert_str_eq(cell(steps, 1, "request"), "GET /v2/getCluster?cluster=" ID);
    ck_assert_ptr_nonnull(strstr(cell(steps, 2, "effect"), "by the month"));
    ck_assert_uint_eq(asked_for("POST "), 0);
    evc_table_free(steps);
}
END_TEST

START_TEST(the_plan_of_another_key_says_that_the_first_is_not_taken_again)
{
    evc_table *steps = plan(EVC_VERB_CHANGE_KEY);

    ck_assert_ptr_nonnull(strstr(cell(steps, 0, "effect"), "cannot be used"));
    evc_table_free(steps);
}
END_TEST

START_TEST(the_plan_of_a_rotation_asks_the_key_service)
{
    evc_table *steps = plan(EVC_VERB_ROTATE);

    ck_assert_str_eq(cell(steps, 0, "request"),
                     "POST /api/v2/keys/" KEY "/actions/rotate");
    evc_table_free(steps);
}
END_TEST

START_TEST(verification_has_no_steps_of_its_own)
{
    evc_table *steps = plan(EVC_VERB_VERIFY);

    ck_assert_uint_eq(steps->rows, 0);
    evc_table_free(steps);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        the_plan_names_request_effect_and_warning,
        the_plan_of_another_key_says_that_the_first_is_not_taken_again,
        the_plan_of_a_rotation_asks_the_key_service,
        verification_has_no_steps_of_its_own, NULL};

    add_iks_tests(suite, "plan", tests);
}

EVC_TEST_MAIN("iks_plan", add_tests)
