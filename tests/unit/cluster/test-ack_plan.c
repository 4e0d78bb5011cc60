/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_plan.h"

#include "ack-fixture.h"
#include "evc-alloc.h"

static evc_cluster_key key;
static evc_cluster_state state;
static evc_cluster_job job;

static void
set_up(void)
{
    ack_set_up();
    key = ack_wanted();
    evc_cluster_state_init(&state);
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_ID, CLUSTER, NULL));
    job = (evc_cluster_job){.verb = EVC_VERB_ENABLE, .key = &key, .state = &state};
}

static void
tear_down(void)
{
    evc_cluster_state_reset(&state);
    evc_cluster_key_reset(&key);
    ack_tear_down();
}

static const struct {
    evc_cluster_verb verb;
    const char *request;
    const char *warning;
    size_t rows;
} plans[] = {
    {EVC_VERB_ENABLE,
     "PUT /clusters/" CLUSTER
     "/kms {\"disable_encryption\":false,\"kms_key_id\":\"" KEY_ID "\"}",
     "never disable or delete the key", 3},
    {EVC_VERB_CHANGE_KEY,
     "PUT /clusters/" CLUSTER
     "/kms {\"disable_encryption\":false,\"kms_key_id\":\"" KEY_ID "\"}",
     "keep the former key", 3},
    {EVC_VERB_DISABLE, "PUT /clusters/" CLUSTER "/kms {\"disable_encryption\":true}",
     "keep the key", 2},
    {EVC_VERB_CREATE,
     "POST /clusters {\"name\":\"" CLUSTER
     "\",\"cluster_type\":\"ManagedKubernetes\",\"cluster_spec\":\"ack.pro.small\","
     "\"region_id\":\"" REGION "\",\"encryption_provider_key\":\"" KEY_ID "\"}",
     "never disable or delete the key", 3},
    {EVC_VERB_VERIFY, NULL, NULL, 0},
};

START_TEST(a_plan_has_the_very_request)
{
    evc_table *steps;

    job.verb = plans[_i].verb;
    if (job.verb == EVC_VERB_CREATE)
        job.state = NULL;
    EVC_CHECK_OK(evc_steps_new(&steps, NULL));
    EVC_CHECK_OK(evc_ack_plan(ack, &job, steps, NULL));
    ck_assert_uint_eq(steps->rows, plans[_i].rows);
    if (plans[_i].request) {
        ck_assert_str_eq(ack_cell(steps, 0, "request"), plans[_i].request);
        ck_assert_ptr_nonnull(strstr(ack_cell(steps, 0, "warning"), plans[_i].warning));
    }
    ck_assert_str_eq(asked, "");
    evc_table_free(steps);
}
END_TEST

START_TEST(a_policy_names_cluster_and_key)
{
    evc_buf out;

    evc_buf_init(&out);
    EVC_CHECK_OK(evc_ack_policy(ack, &job, &out, NULL));
    evc_buf_put_u8(&out, 0);
    ck_assert_ptr_nonnull(
        strstr((const char *)out.data, "acs:cs:" REGION ":*:cluster/" CLUSTER));
    ck_assert_ptr_nonnull(strstr((const char *)out.data, "cs:UpdateKMSEncryption"));
    ck_assert_ptr_nonnull(strstr((const char *)out.data, ARN));
    ck_assert_ptr_null(strstr((const char *)out.data, "CreateCluster"));
    evc_buf_reset(&out);
    job.verb = EVC_VERB_CREATE;
    job.state = NULL;
    job.key = NULL;
    EVC_CHECK_OK(evc_ack_policy(ack, &job, &out, NULL));
    evc_buf_put_u8(&out, 0);
    ck_assert_ptr_nonnull(strstr((const char *)out.data, "cs:CreateCluster"));
    evc_buf_reset(&out);
}
END_TEST

static int
plan_once(void *user)
{
    evc_table *steps = NULL;
    evc_buf out;
    int rc = evc_steps_new(&steps, NULL);

    (void)user;
    evc_buf_init(&out);
    if (!rc)
        rc = evc_ack_plan(ack, &job, steps, NULL);
    if (!rc)
        rc = evc_ack_policy(ack, &job, &out, NULL);
    evc_buf_reset(&out);
    evc_table_free(steps);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    ck_assert_uint_gt(evc_alloc_sweep(plan_once, NULL), 10);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("ack_plan");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_policy_names_cluster_and_key);
    tcase_add_test(tcase, survives_memory_that_runs_out);
    tcase_add_loop_test(tcase, a_plan_has_the_very_request, 0, COUNT(plans));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("ack_plan", add_tests)
