/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/driver.h"

#include "eks-fixture.h"

static const evc_cluster_driver *const eks = &evc_cluster_eks;
static evc_cluster_state state;
static evc_cluster_key key;
static evc_table *steps;

static int
plan(evc_cluster_verb verb)
{
    const evc_cluster_job job = {.verb = verb, .change = &e.change, .key = &key};

    evc_table_free(steps);
    EVC_CHECK_OK(evc_steps_new(&steps, NULL));
    return eks->plan(e.cluster, &job, steps, &e.err);
}

START_TEST(eks_neither_disables_nor_changes_keys)
{
    ck_assert(!(eks->abilities & EVC_CLUSTER_CAN_DISABLE));
    ck_assert(!(eks->abilities & EVC_CLUSTER_CAN_CHANGE_KEY));
    ck_assert(!(eks->abilities & EVC_CLUSTER_REWRITES_ITSELF));
    ck_assert(eks->abilities & EVC_CLUSTER_IRREVERSIBLE);
    ck_assert(eks->abilities & EVC_CLUSTER_KEEPS_KEY_ID);
}
END_TEST

START_TEST(a_wait_is_as_long_as_that_of_eksctl)
{
    ck_assert_int_eq(eks->pace.deadline_ms, 80 * 60000);
    ck_assert_int_eq(eks->pace.most_ms, 120000);
}
END_TEST

START_TEST(a_cluster_that_is_not_there_names_others)
{
    ANSWER({"GET /clusters/prod", 404, FAULT("ResourceNotFoundException", "no"), 0},
           {"GET /clusters?", 200, "{\"clusters\":[\"dev\",\"test\"]}", 0});
    EVC_CHECK_CODE(eks->read(e.cluster, &e.wait, &state, &e.err),
                   ENVCRYPT_E_CLUSTER_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(evc_error_message(e.err), "dev, test"));
    ck_assert_ptr_nonnull(strstr(evc_error_message(e.err), REGION));
}
END_TEST

START_TEST(a_cluster_is_read_with_its_key)
{
    ANSWER({"GET /clusters/prod", 200, ENCRYPTED(KEY_1), 0},
           {"KMS DescribeKey", 200, METADATA_1, 0});
    EVC_CHECK_OK(eks->read(e.cluster, &e.wait, &state, &e.err));
    ck_assert_int_eq(state.key_state, ENVCRYPT_KEY_ENABLED);
}
END_TEST

START_TEST(a_plan_says_what_cannot_be_undone)
{
    EVC_CHECK_OK(plan(EVC_VERB_ENABLE));
    ck_assert_str_eq(cell(steps, 0, "request"),
                     "POST /clusters/prod/encryption-config/associate "
                     "{\"encryptionConfig\":[{\"resources\":[\"secrets\"],"
                     "\"provider\":{\"keyArn\":\"" KEY_1 "\"}}]}");
    ck_assert_ptr_nonnull(strstr(cell(steps, 0, "effect"), KEY_1));
    ck_assert_ptr_nonnull(strstr(cell(steps, 0, "warning"), "cannot be undone"));
    ck_assert_ptr_nonnull(strstr(cell(steps, 0, "warning"), "30 days"));
    ck_assert_ptr_nonnull(
        strstr(cell(steps, row_of(steps, "cost"), "effect"), "10,000"));
    EVC_CHECK_OK(plan(EVC_VERB_CREATE));
    ck_assert_str_eq(cell(steps, 0, "request"), "POST /clusters");
    ck_assert_ptr_nonnull(strstr(cell(steps, 0, "effect"), "no node groups"));
    ck_assert_ptr_nonnull(strstr(cell(steps, 0, "warning"), "30 days"));
    ck_assert_uint_lt(row_of(steps, "cost"), steps->rows);
    EVC_CHECK_OK(plan(EVC_VERB_ROTATE));
    ck_assert_ptr_nonnull(strstr(cell(steps, 0, "request"), "RotateKeyOnDemand"));
    ck_assert_ptr_nonnull(strstr(cell(steps, 0, "warning"), "30 days"));
    ck_assert_uint_lt(row_of(steps, "cost"), steps->rows);
    EVC_CHECK_OK(plan(EVC_VERB_VERIFY));
    ck_assert_uint_eq(steps->rows, 0);
    ck_assert_uint_eq(e.asked, 0);
}
END_TEST

START_TEST(the_api_server_is_reached_as_eks_tells)
{
    evc_kube *kube = NULL;

    EVC_CHECK_CODE(eks->access(e.cluster, &state, &e.wait, &kube, &e.err),
                   ENVCRYPT_E_CLUSTER_ACCESS);
    EVC_CHECK_OK(
        evc_cluster_state_set(&state, EVC_CLUSTER_SERVER, "https://api.example", NULL));
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_CA, "PEM", NULL));
    EVC_CHECK_OK(eks->access(e.cluster, &state, &e.wait, &kube, &e.err));
    ck_assert_str_eq(evc_kube_server(kube), "https://api.example");
    evc_kube_unref(kube);
}
END_TEST

START_TEST(a_key_is_disabled_where_it_is)
{
    evc_table *table = NULL;

    ANSWER({"KMS DisableKey", 200, "", 0},
           {"KMS DescribeKey", 200, METADATA_WITH(KEY_1, ID_1, "Disabled", ""), 0},
           {"KMS ListAliases", 200, "{\"Aliases\":[]}", 0});
    EVC_CHECK_OK(eks->key_action(e.cluster, "disable-key", &key, &e.change, &e.wait,
                                 &table, &e.err));
    ck_assert_str_eq(cell(table, 0, "state"), "Disabled");
    evc_table_free(table);
    EVC_CHECK_OK(evc_cluster_key_set(&key.region, "us-east-1", NULL));
    EVC_CHECK_CODE(eks->key_action(e.cluster, "disable-key", &key, &e.change, &e.wait,
                                   &table, &e.err),
                   ENVCRYPT_E_KEY_REGION);
    ck_assert_ptr_null(table);
}
END_TEST

START_TEST(a_deletion_is_scheduled_with_its_days)
{
    evc_table *table = NULL;

    want("pending-days", "7");
    ANSWER({"KMS ScheduleKeyDeletion", 200,
            "{\"KeyId\":\"" KEY_1
            "\",\"KeyState\":\"PendingDeletion\",\"DeletionDate\":86400}",
            0});
    EVC_CHECK_OK(eks->key_action(e.cluster, "schedule-deletion", &key, &e.change,
                                 &e.wait, &table, &e.err));
    ck_assert_ptr_nonnull(
        strstr(body_of("KMS ScheduleKeyDeletion"), "\"PendingWindowInDays\":7"));
    evc_table_free(table);
}
END_TEST

static void
set_up(void)
{
    eks_set_up();
    give_key(&key, KEY_1, ID_1);
    evc_cluster_state_init(&state);
    steps = NULL;
}

static void
tear_down(void)
{
    evc_table_free(steps);
    evc_cluster_state_reset(&state);
    evc_cluster_key_reset(&key);
    eks_tear_down();
}

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {eks_neither_disables_nor_changes_keys,
                                  a_wait_is_as_long_as_that_of_eksctl,
                                  a_cluster_that_is_not_there_names_others,
                                  a_cluster_is_read_with_its_key,
                                  a_plan_says_what_cannot_be_undone,
                                  the_api_server_is_reached_as_eks_tells,
                                  a_key_is_disabled_where_it_is,
                                  a_deletion_is_scheduled_with_its_days,
                                  NULL};
    TCase *tcase = tcase_create("eks");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("eks", add_tests)
