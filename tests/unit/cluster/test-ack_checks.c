/* SPDX-License-Identifier: Apache-2.0 */
/* Rule by rule against the services: tests/partners/ack/test_driver.py. */
#include "cluster/ack_checks.h"

#include "ack-fixture.h"
#include "evc-alloc.h"

#define NO_TASKS "{\"tasks\":[]}"
#define STATUS "{\"AccountStatus\":\"Enabled\"}"
#define GRANTED "{\"roles\":[{\"granted\":true}]}"
#define ROOT "{\"Arn\":\"acs:ram::1:root\"}"

static evc_cluster_key key;
static evc_cluster_change change;
static evc_cluster_state state;
static evc_cluster_job job;
static evc_checks checks;

static void
set_up(void)
{
    ack_set_up();
    key = ack_wanted();
    evc_cluster_change_init(&change);
    evc_cluster_state_init(&state);
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_ID, CLUSTER, NULL));
    job = (evc_cluster_job){
        .verb = EVC_VERB_ENABLE, .key = &key, .change = &change, .state = &state};
    EVC_CHECK_OK(evc_checks_init(&checks, NULL));
}

static void
tear_down(void)
{
    evc_checks_reset(&checks);
    evc_cluster_state_reset(&state);
    evc_cluster_change_reset(&change);
    evc_cluster_key_reset(&key);
    ack_tear_down();
}

static int
check(void)
{
    return evc_ack_checks(ack, &job, &t.wait, &checks, &err);
}

static const char *
result_of(const char *name)
{
    return ack_cell(checks.rows, ack_row(checks.rows, name), "result");
}

START_TEST(every_look_is_a_row)
{
    PLAY(REPLY(NO_TASKS), REPLY(DESCRIBED), REPLY(STATUS), REPLY(GRANTED), REPLY(ROOT));
    EVC_CHECK_OK(check());
    ck_assert_uint_eq(checks.refused, 0);
    ck_assert_uint_eq(checks.rows->rows, 11);
    ck_assert_str_eq(result_of("RBAC role"), "unknown");
}
END_TEST

START_TEST(r05_a_key_of_another_region)
{
    EVC_CHECK_OK(evc_cluster_key_set(&key.region, "cn-beijing", NULL));
    PLAY(REPLY(NO_TASKS), REPLY(DESCRIBED), REPLY(STATUS), REPLY(GRANTED), REPLY(ROOT));
    EVC_CHECK_OK(check());
    ck_assert_str_eq(result_of("key Region"), "refused");
    ck_assert_int_eq(checks.code, ENVCRYPT_E_KEY_REGION);
}
END_TEST

START_TEST(all_refusals_are_told_at_once)
{
    state.unsupported = true;
    PLAY(REPLY(NO_TASKS), REPLY(METADATA_OF(ARN, KEY_ID, "Disabled", "")),
         REPLY("{\"AccountStatus\":\"InDebt\"}"),
         REPLY("{\"roles\":[{\"granted\":false}]}"), REPLY(ROOT));
    EVC_CHECK_OK(check());
    ck_assert_uint_eq(checks.refused, 4);
    ck_assert_int_eq(checks.code, ENVCRYPT_E_CLUSTER_KIND);
}
END_TEST

static const struct {
    const char *updated;
    const char *result;
} tasks[] = {
    /* The script's clock begins at 2023-11-14T22:13:20 and runs a second before. */
    {"2023-11-14T22:13:00Z", "warning"},
    {"2023-11-14T22:08:22Z", "warning"},
    {"2023-11-14T22:08:20Z", "ok"},
    {"2023-11-15T06:13:00+08:00", "warning"},
    {"2023-11-14T23:13:20Z", "ok"}, /* of a clock that is ahead */
    {"yesterday", "ok"},
};

START_TEST(r27_the_cool_down_is_a_warning)
{
    char text[256];

    job.verb = EVC_VERB_DISABLE;
    job.key = NULL;
    (void)snprintf(text, sizeof(text),
                   "{\"tasks\":[{\"task_id\":\"T\",\"updated\":\"%s\"}]}",
                   tasks[_i].updated);
    PLAY(REPLY(text));
    EVC_CHECK_OK(check());
    ck_assert_str_eq(result_of("last change"), tasks[_i].result);
    ck_assert_uint_eq(checks.rows->rows, 2);
}
END_TEST

START_TEST(a_new_cluster_has_no_kind_and_no_last_change)
{
    job.verb = EVC_VERB_CREATE;
    job.state = NULL;
    PLAY(REPLY(DESCRIBED), REPLY(STATUS), REPLY(GRANTED), REPLY(ROOT));
    EVC_CHECK_OK(check());
    ck_assert_uint_eq(checks.rows->rows, 9);
}
END_TEST

START_TEST(what_may_not_be_asked_is_unknown)
{
    PLAY(FAULT(403, "StatusForbidden"));
    EVC_CHECK_OK(check());
    ck_assert_uint_eq(checks.refused, 0);
    ck_assert_str_eq(result_of("last change"), "unknown");
    ck_assert_str_eq(result_of("key state"), "unknown");
    ck_assert_str_eq(result_of("KMS account"), "unknown");
    ck_assert_str_eq(result_of("service role"), "unknown");
    ck_assert_str_eq(result_of("RAM policy"), "unknown");
}
END_TEST

START_TEST(a_cancel_ends_it)
{
    evc_wait_cancel(&t.wait);
    EVC_CHECK_CODE(check(), ENVCRYPT_E_CANCELED);
    ck_assert_ptr_nonnull(err);
}
END_TEST

START_TEST(other_verbs_look_at_the_kind_alone)
{
    job.verb = EVC_VERB_VERIFY;
    EVC_CHECK_OK(check());
    ck_assert_uint_eq(checks.rows->rows, 1);
    ck_assert_str_eq(asked, "");
}
END_TEST

static int
check_once(void *user)
{
    evc_checks one;
    int rc;

    (void)user;
    t.started = 0;
    asked[0] = '\0';
    rc = evc_checks_init(&one, NULL);
    if (rc)
        return rc;
    rc = evc_ack_checks(ack, &job, &t.wait, &one, NULL);
    evc_checks_reset(&one);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    PLAY(REPLY(NO_TASKS), REPLY(DESCRIBED), REPLY(STATUS), REPLY(GRANTED), REPLY(ROOT));
    ck_assert_uint_gt(evc_alloc_sweep(check_once, NULL), 30);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {every_look_is_a_row,
                                  r05_a_key_of_another_region,
                                  all_refusals_are_told_at_once,
                                  a_new_cluster_has_no_kind_and_no_last_change,
                                  what_may_not_be_asked_is_unknown,
                                  a_cancel_ends_it,
                                  other_verbs_look_at_the_kind_alone,
                                  survives_memory_that_runs_out,
                                  NULL};
    TCase *tcase = tcase_create("ack_checks");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, r27_the_cool_down_is_a_warning, 0, COUNT(tasks));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("ack_checks", add_tests)
