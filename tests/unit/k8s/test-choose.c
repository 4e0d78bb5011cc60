/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/choose.h"

#include <stdarg.h>

#include "toy-cluster.h"

static evc_survey s;
static int32_t chosen;
static bool run_was_shown;

/* shown_ms: a run that began then showed staleness; -1 = none did. */
static void
choose_with(int64_t shown_ms, bool may_patch)
{
    evc_task *task = toy_task();
    evc_kube_run run;
    bool found;

    EVC_CHECK_OK(evc_task_open_journal(task, &run, &found, NULL));
    if (shown_ms >= 0) {
        evc_kube_run_init(&run);
        run.mode = ENVCRYPT_REENCRYPT_REWRITE;
        run.began_ms = shown_ms;
        run.ended_ms = shown_ms + 1;
        run.shown = true;
        (void)snprintf(run.baseline, sizeof(run.baseline),
                       "10"); /* before toy objects */
        EVC_CHECK_OK(evc_kube_journal_end(task->journal, &run, NULL));
    }
    EVC_CHECK_OK(evc_survey_take(task, true, &s, NULL));
    EVC_CHECK_OK(evc_choose_mode(task, &s, may_patch, NULL));
    chosen = task->run.mode;
    run_was_shown = task->run.shown;
    toy_close(task);
    ck_assert_int_eq(toy_report->mode, chosen);
    ck_assert_str_ne(toy_report->mode_reason, "");
}

static void
choose(void)
{
    choose_with(-1, true);
}

START_TEST(what_is_asked_for_is_not_tested)
{
    toy_fill(8, true);
    toy_set("mode", "annotate");
    choose();
    ck_assert_int_eq(chosen, ENVCRYPT_REENCRYPT_ANNOTATE);
    ck_assert_uint_eq(toy.patches, 0);
}
END_TEST

START_TEST(one_that_is_stored_anew_decides)
{
    toy_fill(8, true);
    choose();
    ck_assert_int_eq(chosen, ENVCRYPT_REENCRYPT_REWRITE);
    ck_assert_uint_eq(toy.patches, EVC_SURVEY_OLDEST);
    ck_assert(run_was_shown);
}
END_TEST

START_TEST(what_is_left_alone_and_newer_may_be_current)
{
    toy_fill(8, false);
    toy.objects[0].stale = true;
    toy.objects[1].stale = true;
    choose();
    ck_assert_int_eq(chosen, ENVCRYPT_REENCRYPT_REWRITE);
    ck_assert_uint_eq(toy.patches, EVC_SURVEY_OLDEST);
}
END_TEST

static void
reason_has(const char *word)
{
    ck_assert_msg(strstr(toy_report->mode_reason, word) != NULL, "%s",
                  toy_report->mode_reason);
}

START_TEST(what_is_left_alone_and_older_than_what_changes_is_not_seen)
{
    toy_fill(8, false);
    toy.objects[3].stale = true;
    choose();
    ck_assert_int_eq(chosen, ENVCRYPT_REENCRYPT_ANNOTATE);
    ck_assert_uint_eq(toy.patches, EVC_SURVEY_OLDEST);
    reason_has("a/s-03 had");
    reason_has("a/s-00, which is older");
    ck_assert(!run_was_shown);
}
END_TEST

START_TEST(what_is_left_alone_of_before_the_change_is_not_seen)
{
    toy_fill(8, false);
    toy.objects[0].stale = true;
    toy_set("since", "2023-11-14T22:10:00Z");
    choose();
    ck_assert_int_eq(chosen, ENVCRYPT_REENCRYPT_ANNOTATE);
    reason_has("a/s-00 had");
    reason_has("a/s-01, which was not written since");
}
END_TEST

/* Objects of ten minutes before by our clock, which their times put behind the change. */
START_TEST(times_of_a_clock_that_is_ahead_do_not_hide_what_is_of_before_the_change)
{
    toy_fill(8, false);
    toy.objects[0].stale = true;
    toy.written_ms = KUBE_WALL;
    evc_kube_note_date(k.kube, KUBE_WALL + 600000,
                       evc_clock_monotonic_ms(&k.env->clock));
    toy_set("since", "2023-11-14T22:10:00Z");
    choose();
    ck_assert_int_eq(chosen, ENVCRYPT_REENCRYPT_ANNOTATE);
    reason_has("a/s-01, which was not written since");
}
END_TEST

START_TEST(what_a_run_after_the_change_stored_is_not_of_before_it)
{
    toy_fill(8, false);
    toy.objects[0].stale = true; /* in the place of what was restored, say */
    toy_set("since", "2023-11-14T22:10:00Z");
    toy_set("journal", evc_folder_path("journal"));
    choose_with(KUBE_WALL, true);
    ck_assert_int_eq(chosen, ENVCRYPT_REENCRYPT_REWRITE);
}
END_TEST

START_TEST(what_was_shown_is_not_all_where_one_of_before_the_change_is_left_alone)
{
    toy_fill(8, false);
    toy.objects[0].version = 5; /* older than that run */
    toy_set("since", "2023-11-14T22:10:00Z");
    toy_set("journal", evc_folder_path("journal"));
    choose_with(KUBE_WALL, true);
    ck_assert_int_eq(chosen, ENVCRYPT_REENCRYPT_ANNOTATE);
    reason_has("a/s-00, which was not written");
    reason_has("2023-11-14T22:13:20Z");
}
END_TEST

/* The run before it is no base of what was stored after. */
START_TEST(after_a_restart_what_is_left_alone_is_annotated)
{
    toy_fill(8, false);
    toy_set("since", "2023-11-14T22:10:00Z");
    toy_set("restarted", "2023-11-14T22:13:21Z");
    toy_set("journal", evc_folder_path("journal"));
    choose_with(KUBE_WALL, true);
    ck_assert_int_eq(chosen, ENVCRYPT_REENCRYPT_ANNOTATE);
    reason_has("a/s-00");
}
END_TEST

START_TEST(when_a_handful_stays_it_is_annotate)
{
    toy_fill(8, true);
    toy.blind = true;
    choose();
    ck_assert_int_eq(chosen, ENVCRYPT_REENCRYPT_ANNOTATE);
    ck_assert_uint_eq(toy.patches, EVC_SURVEY_OLDEST);
}
END_TEST

START_TEST(what_was_shown_after_the_change_keeps_rewrite)
{
    toy_fill(8, false);
    toy_set("journal", evc_folder_path("journal"));
    toy_set("since", "2023-11-14T22:10:00Z");
    choose_with(KUBE_WALL, true);
    ck_assert_int_eq(chosen, ENVCRYPT_REENCRYPT_REWRITE);
}
END_TEST

START_TEST(what_was_shown_before_the_change_does_not_count)
{
    toy_fill(8, true);
    toy.blind = true;
    toy_set("journal", evc_folder_path("journal"));
    toy_set("since", "2023-11-14T22:10:00Z");
    choose_with(KUBE_WALL - 3600000, true);
    ck_assert_int_eq(chosen, ENVCRYPT_REENCRYPT_ANNOTATE);
}
END_TEST

START_TEST(where_the_change_is_not_told_the_reason_asks_for_it)
{
    toy_fill(8, false);
    toy_set("journal", evc_folder_path("journal"));
    choose_with(KUBE_WALL - 3600000, true);
    ck_assert_int_eq(chosen, ENVCRYPT_REENCRYPT_REWRITE);
    ck_assert_ptr_nonnull(strstr(toy_report->mode_reason, "since"));
    ck_assert_ptr_nonnull(strstr(toy_report->mode_reason, "2023-11-14T21:13:20Z"));
}
END_TEST

START_TEST(without_an_object_from_before_it_is_rewrite)
{
    choose();
    ck_assert_int_eq(chosen, ENVCRYPT_REENCRYPT_REWRITE);
}
END_TEST

START_TEST(without_the_right_to_patch_it_is_the_clusters_own_engine)
{
    toy_fill(8, true);
    choose_with(-1, false);
    ck_assert_int_eq(chosen, ENVCRYPT_REENCRYPT_MIGRATE);
    ck_assert_uint_eq(toy.patches, 0);
}
END_TEST

static bool
deny_patches(const kube_request *r, kube_step *step)
{
    if (strcmp(r->method, "PATCH") != 0)
        return false;
    toy_status(step, 403, "Forbidden");
    return true;
}

START_TEST(objects_that_cannot_be_tested_show_nothing)
{
    toy_fill(8, true);
    toy.at = deny_patches;
    choose();
    ck_assert_int_eq(chosen, ENVCRYPT_REENCRYPT_ANNOTATE);
    ck_assert_ptr_nonnull(strstr(toy_report->mode_reason, "could be tested"));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        what_is_asked_for_is_not_tested,
        one_that_is_stored_anew_decides,
        what_is_left_alone_and_newer_may_be_current,
        what_is_left_alone_and_older_than_what_changes_is_not_seen,
        what_is_left_alone_of_before_the_change_is_not_seen,
        times_of_a_clock_that_is_ahead_do_not_hide_what_is_of_before_the_change,
        what_a_run_after_the_change_stored_is_not_of_before_it,
        what_was_shown_is_not_all_where_one_of_before_the_change_is_left_alone,
        after_a_restart_what_is_left_alone_is_annotated,
        when_a_handful_stays_it_is_annotate,
        what_was_shown_after_the_change_keeps_rewrite,
        what_was_shown_before_the_change_does_not_count,
        where_the_change_is_not_told_the_reason_asks_for_it,
        without_an_object_from_before_it_is_rewrite,
        without_the_right_to_patch_it_is_the_clusters_own_engine,
        objects_that_cannot_be_tested_show_nothing,
        NULL};

    toy_case(suite, "choose", all);
}

EVC_TEST_MAIN("choose", add_tests)
