/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/passes.h"

#include <stdarg.h>

#include "toy-cluster.h"

static evc_task *task;
static evc_pass_facts f;

static void
begin(uint32_t pass)
{
    evc_kube_run run;
    bool found;

    toy_set("journal", evc_folder_path("journal"));
    task = toy_task();
    task->run.mode = ENVCRYPT_REENCRYPT_REWRITE;
    task->run.pass = pass;
    (void)snprintf(task->run.baseline, sizeof(task->run.baseline), "%u", toy.version);
    EVC_CHECK_OK(evc_task_open_journal(task, &run, &found, NULL));
    EVC_CHECK_OK(evc_kube_journal_begin(task->journal, &task->run, NULL));
}

static void
run(void)
{
    EVC_CHECK_OK(evc_passes_run(task, -1, &f, NULL));
}

START_TEST(a_second_pass_follows_the_first)
{
    toy_fill(6, true);
    begin(1);
    run();
    ck_assert_uint_eq(task->run.pass, 2);
    ck_assert_uint_eq(toy.patches, 12);
    ck_assert_uint_eq(f.rewritten, 0);
    ck_assert_uint_eq(f.seen, 6);
    toy_close(task);
    ck_assert_int_eq(FIGURE(TOTAL), 6);
}
END_TEST

START_TEST(a_run_of_a_further_pass_repeats_that_one_only)
{
    toy_fill(6, true);
    begin(3);
    run();
    ck_assert_uint_eq(toy.patches, 12); /* the third wrote, so a fourth looked */
    ck_assert_uint_eq(task->run.pass, 4);
    toy_close(task);
}
END_TEST

START_TEST(the_journal_knows_which_pass_it_is)
{
    evc_kube_run found_run;
    bool found;

    toy_fill(6, true);
    begin(1);
    run();
    toy_close(task);
    task = toy_task();
    EVC_CHECK_OK(evc_task_open_journal(task, &found_run, &found, NULL));
    ck_assert(found);
    ck_assert_uint_eq(found_run.pass, 2);
    ck_assert_uint_eq(evc_kube_journal_token(task->journal).size, 0);
    toy_close(task);
}
END_TEST

static bool
deny_one(const kube_request *r, kube_step *s)
{
    if (strcmp(r->method, "PATCH") != 0 || !strstr(r->url, "s-03"))
        return false;
    toy_status(s, 403, "Forbidden");
    return true;
}

START_TEST(what_fails_is_tried_once_more_and_no_further)
{
    toy_fill(6, true);
    toy.at = deny_one;
    begin(1);
    run();
    ck_assert_uint_eq(task->run.pass, 2);
    ck_assert_uint_eq(f.failed, 1);
    toy_close(task);
    ck_assert_int_eq(FIGURE(FAILED), 1);
    ck_assert_uint_eq(toy_report->failures->rows, 1);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {a_second_pass_follows_the_first,
                                a_run_of_a_further_pass_repeats_that_one_only,
                                the_journal_knows_which_pass_it_is,
                                what_fails_is_tried_once_more_and_no_further, NULL};

    toy_case(suite, "passes", all);
}

EVC_TEST_MAIN("passes", add_tests)
