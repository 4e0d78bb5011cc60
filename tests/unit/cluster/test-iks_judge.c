/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/iks_judge.h"

#include <string.h>

#include "evc-check.h"

/* 2023-11-14T22:13:00Z is when the master changed. */
#define CHANGED_MS INT64_C(1699999980000)

static evc_iks_status status;
static evc_iks_use use;
static evc_iks_look look;
static evc_cluster_update update;

/* An enabled cluster that is Ready since a change of ours, which the key names. */
static void
set_up(void)
{
    status = (evc_iks_status){.state = "normal",
                              .master_state = "deployed",
                              .master_health = "normal",
                              .master_status = "Ready",
                              .changed = "2023-11-14T22:13:00+0000",
                              .enabled = true};
    use = (evc_iks_use){.found = true, .newest = true};
    look = (evc_iks_look){.status = &status,
                          .mark = "after",
                          .is_of_a_key = true,
                          .use = &use,
                          .now_ms = CHANGED_MS + 1000};
    evc_cluster_update_init(&update);
    update.phase = EVC_UPDATE_RUNNING;
    (void)snprintf(update.mark, sizeof(update.mark), "before");
}

static evc_update_phase
judged(evc_cluster_verb verb)
{
    evc_iks_judge(verb, &look, &update);
    return update.phase;
}

START_TEST(ready_and_named_is_the_end)
{
    ck_assert_int_eq(judged(EVC_VERB_ENABLE), EVC_UPDATE_DONE);
    ck_assert_int_eq(update.done_ms, look.now_ms);
}
END_TEST

START_TEST(another_key_that_names_the_cluster_is_no_end_of_enabling)
{
    use = (evc_iks_use){.other = "theirs"};
    look.now_ms = CHANGED_MS + EVC_IKS_REGISTERS_MS - 1;
    ck_assert_int_eq(judged(EVC_VERB_ENABLE), EVC_UPDATE_RUNNING);
    look.now_ms++;
    ck_assert_int_eq(judged(EVC_VERB_ENABLE), EVC_UPDATE_FAILED);
    ck_assert_ptr_nonnull(strstr(update.detail, "theirs"));
}
END_TEST

START_TEST(a_switch_waits_while_the_former_key_alone_names_the_cluster)
{
    use = (evc_iks_use){.other = "former"};
    look.now_ms = CHANGED_MS + EVC_IKS_REGISTERS_MS;
    ck_assert_int_eq(judged(EVC_VERB_CHANGE_KEY), EVC_UPDATE_RUNNING);
}
END_TEST

START_TEST(registrations_that_cannot_be_read_now_are_waited_for)
{
    look.use = NULL;
    look.passes = true;
    look.now_ms = CHANGED_MS + EVC_IKS_REGISTERS_MS - 1;
    ck_assert_int_eq(judged(EVC_VERB_ENABLE), EVC_UPDATE_RUNNING);
    ck_assert_ptr_nonnull(strstr(update.detail, "could not be read"));
    look.now_ms++;
    ck_assert_int_eq(judged(EVC_VERB_ENABLE), EVC_UPDATE_DONE);
}
END_TEST

START_TEST(registrations_that_may_not_be_read_are_not_waited_for)
{
    look.use = NULL;
    ck_assert_int_eq(judged(EVC_VERB_ENABLE), EVC_UPDATE_DONE);
}
END_TEST

START_TEST(a_change_of_no_key_ends_when_the_master_is_ready_again)
{
    look.is_of_a_key = false;
    look.use = NULL;
    status.enabled = false;
    look.mark = "before";
    ck_assert_int_eq(judged(EVC_VERB_ENABLE), EVC_UPDATE_RUNNING);
    look.mark = "after";
    ck_assert_int_eq(judged(EVC_VERB_ENABLE), EVC_UPDATE_DONE);
    ck_assert_str_eq(update.detail, "ready");
}
END_TEST

START_TEST(a_master_that_stays_in_error_is_a_failure)
{
    status.master_health = "error";
    status.master_status = "The master cannot use its root key.";
    look.now_ms = CHANGED_MS + EVC_IKS_ERROR_MS - 1;
    ck_assert_int_eq(judged(EVC_VERB_ENABLE), EVC_UPDATE_RUNNING);
    look.now_ms++;
    look.mark = "before"; /* it was so already */
    ck_assert_int_eq(judged(EVC_VERB_ENABLE), EVC_UPDATE_RUNNING);
    look.mark = "after";
    ck_assert_int_eq(judged(EVC_VERB_ENABLE), EVC_UPDATE_FAILED);
    ck_assert_ptr_nonnull(strstr(update.detail, "in error"));
}
END_TEST

START_TEST(fresh_is_what_was_changed_within_ten_minutes)
{
    ck_assert(evc_iks_judge_is_fresh(&status, CHANGED_MS + EVC_IKS_REGISTERS_MS - 1));
    ck_assert(!evc_iks_judge_is_fresh(&status, CHANGED_MS + EVC_IKS_REGISTERS_MS));
    status.changed = "";
    ck_assert(!evc_iks_judge_is_fresh(&status, CHANGED_MS));
}
END_TEST

START_TEST(enabling_is_known_by_its_words)
{
    status.master_status = "Key management service feature enablement in progress.";
    ck_assert(evc_iks_judge_is_enabling(&status));
    status.master_status = "KMS feature enablement in progress.";
    ck_assert(evc_iks_judge_is_enabling(&status));
    status.master_status = "Version update in progress.";
    ck_assert(!evc_iks_judge_is_enabling(&status));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        ready_and_named_is_the_end,
        another_key_that_names_the_cluster_is_no_end_of_enabling,
        a_switch_waits_while_the_former_key_alone_names_the_cluster,
        registrations_that_cannot_be_read_now_are_waited_for,
        registrations_that_may_not_be_read_are_not_waited_for,
        a_change_of_no_key_ends_when_the_master_is_ready_again,
        a_master_that_stays_in_error_is_a_failure,
        fresh_is_what_was_changed_within_ten_minutes,
        enabling_is_known_by_its_words,
        NULL};
    TCase *tcase = tcase_create("judge");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("iks_judge", add_tests)
