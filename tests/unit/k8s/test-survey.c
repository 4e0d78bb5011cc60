/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/survey.h"

#include <stdarg.h>

#include "evc-alloc.h"
#include "toy-cluster.h"

static evc_survey s;

static void
survey(bool whole)
{
    evc_task *task = toy_task();

    toy.lists = 0;
    EVC_CHECK_OK(evc_survey_take(task, whole, &s, NULL));
    toy_close(task);
}

START_TEST(one_request_counts_them_all)
{
    toy_fill(20, true);
    survey(false);
    ck_assert_int_eq(s.total, 20);
    ck_assert_uint_eq(toy.lists, 1);
    ck_assert_str_eq(s.version, "30");
}
END_TEST

START_TEST(every_page_is_seen_where_it_must)
{
    toy_fill(20, true);
    toy_set("page", "6");
    survey(true);
    ck_assert_int_eq(s.total, 20);
    ck_assert_uint_eq(toy.lists, 4);
}
END_TEST

START_TEST(the_oldest_are_those_of_the_lowest_versions)
{
    static const unsigned versions[] = {50, 9, 100, 40, 30, 20, 10, 60};

    toy_fill(8, true);
    for (size_t i = 0; i < 8; i++)
        toy.objects[i].version = versions[i];
    survey(true);
    ck_assert_uint_eq(s.oldest_count, EVC_SURVEY_OLDEST);
    ck_assert_str_eq(s.oldest[0].version, "9");
    ck_assert_str_eq(s.oldest[1].version, "10");
    ck_assert_str_eq(s.oldest[4].version, "40");
}
END_TEST

START_TEST(what_was_written_after_the_change_is_none_of_them)
{
    toy_fill(8, true);
    toy_set("since", "2023-11-14T20:00:00Z"); /* before all of them */
    survey(true);
    ck_assert_int_eq(s.total, 8);
    ck_assert_uint_eq(s.oldest_count, 0);
}
END_TEST

START_TEST(what_was_written_after_the_change_and_before_a_restart_is_of_them)
{
    toy_fill(8, true);
    toy_set("since", "2023-11-14T20:00:00Z");
    toy_set("restarted", "2023-11-14T22:00:00Z");
    survey(true);
    ck_assert_uint_eq(s.oldest_count, EVC_SURVEY_OLDEST);
}
END_TEST

START_TEST(names_and_namespaces_are_heeded)
{
    toy_fill(8, true);
    evc_folder_put("names", "a/s-01\nb/s-06\nb/none\n", 0644);
    toy_set("names-file", evc_folder_path("names"));
    survey(false);
    ck_assert_int_eq(s.total, 2);
    toy_set("names-file", NULL);
    toy_set("namespaces", "b");
    survey(true);
    ck_assert_int_eq(s.total, 4);
}
END_TEST

START_TEST(what_cannot_be_read_is_told_and_passed_over)
{
    toy_fill(8, true);
    toy.objects[0].unreadable = true;
    survey(false);
    ck_assert_int_eq(s.total, 7);
    ck_assert_int_eq(FIGURE(FAILED), 1);
    ck_assert_uint_gt(s.oldest_count, 0);
}
END_TEST

static bool
deny(const kube_request *r, kube_step *step)
{
    if (!strstr(r->url, "/secrets?"))
        return false;
    toy_status(step, 403, "Forbidden");
    return true;
}

START_TEST(errors_of_lists_are_told)
{
    evc_task *task = toy_task();

    toy.at = deny;
    EVC_CHECK_CODE(evc_survey_take(task, false, &s, NULL), ENVCRYPT_E_DENIED);
    EVC_CHECK_CODE(evc_survey_take(task, true, &s, NULL), ENVCRYPT_E_DENIED);
    toy_close(task);
}
END_TEST

static evc_task *swept;

static int
take_quietly(void *unused)
{
    (void)unused;
    return evc_survey_take(swept, true, &s, NULL);
}

START_TEST(survives_any_failed_allocation)
{
    toy_fill(4, true);
    swept = toy_task();
    ck_assert_uint_gt(evc_alloc_sweep(take_quietly, NULL), 5);
    toy_close(swept);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        one_request_counts_them_all,
        every_page_is_seen_where_it_must,
        the_oldest_are_those_of_the_lowest_versions,
        what_was_written_after_the_change_is_none_of_them,
        what_was_written_after_the_change_and_before_a_restart_is_of_them,
        names_and_namespaces_are_heeded,
        what_cannot_be_read_is_told_and_passed_over,
        errors_of_lists_are_told,
        survives_any_failed_allocation,
        NULL};

    toy_case(suite, "survey", all);
}

EVC_TEST_MAIN("survey", add_tests)
