/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/choose.h"

#include <stdarg.h>

#include "toy-cluster.h"

static evc_survey s;
static int32_t chosen;

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
        EVC_CHECK_OK(evc_kube_journal_end(task->journal, &run, NULL));
    }
    EVC_CHECK_OK(evc_survey_take(task, true, &s, NULL));
    EVC_CHECK_OK(evc_choose_mode(task, &s, may_patch, NULL));
    chosen = task->run.mode;
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
    ck_assert_uint_eq(toy.patches, 1);
}
END_TEST

START_TEST(the_first_that_changes_decides_of_a_handful)
{
    toy_fill(8, false);
    toy.objects[3].stale = true;
    choose();
    ck_assert_int_eq(chosen, ENVCRYPT_REENCRYPT_REWRITE);
    ck_assert_uint_eq(toy.patches, 4);
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
        the_first_that_changes_decides_of_a_handful,
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
