/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/asked.h"

#include <stdarg.h>

#include "toy-cluster.h"

static evc_task *task;
static evc_settled how;

/* Of a task in a mode and a pass, whose baseline is 100. */
static void
begin(int32_t mode, uint32_t pass)
{
    task = toy_task();
    task->run.mode = mode;
    task->run.pass = pass;
    (void)snprintf(task->run.baseline, sizeof(task->run.baseline), "100");
    (void)snprintf(task->run.mark, sizeof(task->run.mark), "2023-11-14T22:13:20Z");
}

static evc_asked
ask(const char *name, const char *version, int64_t mark_ms)
{
    evc_kube_object object = {.ns = "a"};

    object.written_ms = -1;
    object.mark_ms = mark_ms;
    (void)snprintf(object.name, sizeof(object.name), "%s", name);
    (void)snprintf(object.version, sizeof(object.version), "%s", version);
    return evc_asked_of(task, &object, &how);
}

START_TEST(a_first_pass_asks_about_what_is_older_than_the_run)
{
    begin(ENVCRYPT_REENCRYPT_REWRITE, 1);
    ck_assert_int_eq(ask("x", "100", -1), EVC_ASKED_PATCH);
    ck_assert_int_eq(ask("x", "101", -1), EVC_ASKED_SETTLED);
    ck_assert_int_eq(how, EVC_SETTLED_SKIPPED);
    toy_close(task);
}
END_TEST

START_TEST(versions_without_order_are_asked_about)
{
    begin(ENVCRYPT_REENCRYPT_REWRITE, 1);
    ck_assert_int_eq(ask("x", "opaque", -1), EVC_ASKED_PATCH);
    toy_close(task);
}
END_TEST

START_TEST(a_further_pass_asks_about_all)
{
    begin(ENVCRYPT_REENCRYPT_REWRITE, 2);
    ck_assert_int_eq(ask("x", "101", -1), EVC_ASKED_PATCH);
    toy_close(task);
}
END_TEST

START_TEST(a_shortened_one_as_the_first)
{
    toy_set("second-pass", "no");
    begin(ENVCRYPT_REENCRYPT_REWRITE, 2);
    ck_assert_int_eq(ask("x", "100", -1), EVC_ASKED_PATCH);
    ck_assert_int_eq(ask("x", "101", -1), EVC_ASKED_SETTLED);
    toy_close(task);
}
END_TEST

/* By the test of mode auto. */
static void
tested(void)
{
    task->tested[0] = (evc_kube_object){.ns = "a", .name = "other-tested"};
    task->tested[1] = (evc_kube_object){.ns = "a", .name = "tested"};
    task->tested_count = 2;
}

START_TEST(what_the_test_of_the_mode_stored_counts_as_stored_anew)
{
    begin(ENVCRYPT_REENCRYPT_REWRITE, 1);
    tested();
    ck_assert_int_eq(ask("tested", "101", -1), EVC_ASKED_SETTLED);
    ck_assert_int_eq(how, EVC_SETTLED_REWRITTEN);
    toy_close(task);
}
END_TEST

START_TEST(what_the_test_of_the_mode_stored_is_annotated_too)
{
    begin(ENVCRYPT_REENCRYPT_ANNOTATE, 1);
    tested();
    ck_assert_int_eq(ask("tested", "101", -1), EVC_ASKED_PATCH);
    ck_assert_int_eq(ask("tested", "102", KUBE_WALL), EVC_ASKED_SETTLED);
    ck_assert_int_eq(ask("other", "101", -1), EVC_ASKED_SETTLED);
    toy_close(task);
}
END_TEST

START_TEST(annotations_of_this_run_are_not_set_again)
{
    begin(ENVCRYPT_REENCRYPT_ANNOTATE, 1);
    ck_assert_int_eq(ask("x", "100", KUBE_WALL - 1), EVC_ASKED_PATCH);
    ck_assert_int_eq(ask("x", "100", -1), EVC_ASKED_PATCH);
    ck_assert_int_eq(ask("x", "100", KUBE_WALL), EVC_ASKED_SETTLED);
    ck_assert_int_eq(ask("x", "101", -1), EVC_ASKED_SETTLED);
    toy_close(task);
}
END_TEST

/* Of a machine whose clock was ahead, say. */
START_TEST(a_time_that_is_still_to_come_keeps_no_object_from_its_annotation)
{
    begin(ENVCRYPT_REENCRYPT_ANNOTATE, 1);
    ck_assert_int_eq(ask("x", "100", KUBE_WALL + 1), EVC_ASKED_PATCH);
    ck_assert_int_eq(ask("x", "101", KUBE_WALL + 1), EVC_ASKED_SETTLED);
    toy_close(task);
}
END_TEST

START_TEST(a_verification_asks_about_all_however_many_passes_a_run_has)
{
    toy_set("second-pass", "no");
    begin(ENVCRYPT_REENCRYPT_REWRITE, 1);
    task->verifying = true;
    ck_assert_int_eq(ask("x", "101", -1), EVC_ASKED_PATCH);
    toy_close(task);
}
END_TEST

START_TEST(a_verification_sets_no_annotation)
{
    begin(ENVCRYPT_REENCRYPT_ANNOTATE, 1);
    task->verifying = true;
    ck_assert_int_eq(ask("x", "100", -1), EVC_ASKED_SETTLED);
    toy_close(task);
}
END_TEST

START_TEST(what_is_not_selected_is_not_asked_about)
{
    toy_set("namespaces", "b");
    begin(ENVCRYPT_REENCRYPT_REWRITE, 1);
    ck_assert_int_eq(ask("x", "100", -1), EVC_ASKED_NOT);
    toy_close(task);
}
END_TEST

START_TEST(what_was_settled_before_is_not_asked_about_in_the_first_pass)
{
    evc_kube_object object = {.ns = "a", .name = "x", .version = "100"};
    evc_kube_run run;
    bool found;

    toy_set("journal", evc_folder_path("journal"));
    begin(ENVCRYPT_REENCRYPT_REWRITE, 1);
    EVC_CHECK_OK(evc_task_open_journal(task, &run, &found, NULL));
    EVC_CHECK_OK(evc_kube_journal_begin(task->journal, &task->run, NULL));
    EVC_CHECK_OK(
        evc_kube_journal_done(task->journal, 1, &object, EVC_SETTLED_CURRENT, NULL));
    ck_assert_int_eq(ask("x", "100", -1), EVC_ASKED_NOT);
    task->run.pass = 2;
    ck_assert_int_eq(ask("x", "100", -1), EVC_ASKED_PATCH);
    toy_close(task);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        a_first_pass_asks_about_what_is_older_than_the_run,
        versions_without_order_are_asked_about,
        a_further_pass_asks_about_all,
        a_shortened_one_as_the_first,
        what_the_test_of_the_mode_stored_counts_as_stored_anew,
        what_the_test_of_the_mode_stored_is_annotated_too,
        annotations_of_this_run_are_not_set_again,
        a_time_that_is_still_to_come_keeps_no_object_from_its_annotation,
        a_verification_asks_about_all_however_many_passes_a_run_has,
        a_verification_sets_no_annotation,
        what_is_not_selected_is_not_asked_about,
        what_was_settled_before_is_not_asked_about_in_the_first_pass,
        NULL};

    toy_case(suite, "asked", all);
}

EVC_TEST_MAIN("asked", add_tests)
