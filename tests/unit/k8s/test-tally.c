/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/tally.h"

#include <stdarg.h>

#include "toy-cluster.h"

static evc_task *task;
static evc_pass_facts f;

static void
begin(uint32_t pass)
{
    f = (evc_pass_facts){.seen = 0};
    task = toy_task();
    task->run.mode = ENVCRYPT_REENCRYPT_REWRITE;
    task->run.pass = pass;
}

static void
add(const char *name, evc_settled how, int64_t written_ms)
{
    evc_kube_object object = {.ns = "a", .version = "20"};

    object.written_ms = written_ms;
    object.mark_ms = -1;
    (void)snprintf(object.name, sizeof(object.name), "%s", name);
    EVC_CHECK_OK(evc_tally_add(task, &f, 1, &object, how, NULL));
}

START_TEST(each_way_has_its_figure)
{
    begin(1);
    add("1", EVC_SETTLED_REWRITTEN, -1);
    add("2", EVC_SETTLED_CURRENT, -1);
    add("3", EVC_SETTLED_GONE, -1);
    add("4", EVC_SETTLED_ELSEWHERE, -1);
    add("5", EVC_SETTLED_SKIPPED, -1);
    toy_close(task);
    ck_assert_int_eq(FIGURE(REWRITTEN), 1);
    ck_assert_int_eq(FIGURE(CURRENT), 1);
    ck_assert_int_eq(FIGURE(GONE), 1);
    ck_assert_int_eq(FIGURE(SETTLED), 1);
    ck_assert_int_eq(FIGURE(SKIPPED), 1);
    ck_assert_int_eq(FIGURE(LISTED), 5);
    ck_assert_int_eq(FIGURE(DONE), 5);
    ck_assert_int_eq(FIGURE(CHECKED), 0);
}
END_TEST

START_TEST(a_further_pass_counts_apart)
{
    begin(2);
    add("1", EVC_SETTLED_CURRENT, -1);
    add("2", EVC_SETTLED_REWRITTEN, -1);
    toy_close(task);
    ck_assert_int_eq(FIGURE(LISTED), 0);
    ck_assert_int_eq(FIGURE(CURRENT), 0);
    ck_assert_int_eq(FIGURE(REWRITTEN), 1);
    ck_assert_int_eq(FIGURE(CHECKED), 2);
}
END_TEST

START_TEST(what_stays_and_is_not_known_to_be_new_is_unknown)
{
    toy_set("since", "2023-11-14T22:00:00Z");
    begin(2);
    add("old", EVC_SETTLED_CURRENT, KUBE_WALL - 3600000);
    add("new", EVC_SETTLED_CURRENT, KUBE_WALL);
    add("gone", EVC_SETTLED_GONE, -1);
    add("stale", EVC_SETTLED_REWRITTEN, -1);
    ck_assert_uint_eq(f.seen, 4);
    ck_assert_uint_eq(f.unknown, 1);
    ck_assert_str_eq(f.example, "a/old");
    ck_assert_uint_eq(f.rewritten, 1);
    ck_assert_str_eq(f.example_stale, "a/stale");
    toy_close(task);
}
END_TEST

START_TEST(the_journal_has_all_of_the_first_pass_and_what_was_written_later)
{
    evc_kube_object object = {.ns = "a"};
    evc_kube_run run;
    bool found;

    toy_set("journal", evc_folder_path("journal"));
    begin(1);
    EVC_CHECK_OK(evc_task_open_journal(task, &run, &found, NULL));
    EVC_CHECK_OK(evc_kube_journal_begin(task->journal, &task->run, NULL));
    add("1", EVC_SETTLED_CURRENT, -1);
    task->run.pass = 2;
    add("2", EVC_SETTLED_CURRENT, -1);
    add("3", EVC_SETTLED_REWRITTEN, -1);
    object.name[0] = '1';
    ck_assert(evc_kube_journal_has(task->journal, &object));
    object.name[0] = '2';
    ck_assert(!evc_kube_journal_has(task->journal, &object));
    object.name[0] = '3';
    ck_assert(evc_kube_journal_has(task->journal, &object));
    toy_close(task);
}
END_TEST

START_TEST(a_verification_writes_no_journal)
{
    evc_kube_run run;
    bool found;

    toy_set("journal", evc_folder_path("journal"));
    begin(1);
    EVC_CHECK_OK(evc_task_open_journal(task, &run, &found, NULL));
    task->verifying = true;
    ck_assert(!evc_tally_is_first(task));
    add("1", EVC_SETTLED_REWRITTEN, -1);
    toy_close(task);
    ck_assert_int_ne(access(evc_folder_path("journal"), F_OK), 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        each_way_has_its_figure,
        a_further_pass_counts_apart,
        what_stays_and_is_not_known_to_be_new_is_unknown,
        the_journal_has_all_of_the_first_pass_and_what_was_written_later,
        a_verification_writes_no_journal,
        NULL};

    toy_case(suite, "tally", all);
}

EVC_TEST_MAIN("tally", add_tests)
