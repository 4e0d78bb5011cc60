/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/pass.h"

#include <stdarg.h>

#include "toy-cluster.h"

static evc_task *task;
static evc_pass_facts f;
static evc_error *error;

static int
pass(int32_t mode)
{
    evc_err_drop(&error);
    task = toy_task();
    task->run.mode = mode;
    task->run.began_ms = KUBE_WALL;
    (void)snprintf(task->run.baseline, sizeof(task->run.baseline), "%u", toy.version);
    evc_clock_format(KUBE_WALL, task->run.mark);
    evc_task_add_base(task, &task->run);
    return evc_pass_run(task, &f, &error);
}

static void
pass_well(int32_t mode)
{
    int rc = pass(mode);

    ck_assert_msg(rc == 0, "%s", evc_error_message(error));
    toy_close(task);
    evc_err_drop(&error);
}

static void
rewrite(void)
{
    pass_well(ENVCRYPT_REENCRYPT_REWRITE);
}

static const char *target; /* name of the object that something happens to */
static size_t happens;     /* how often */
static int with_status;
static void (*act)(void);

static bool
at_target(const kube_request *r, kube_step *s)
{
    if (strcmp(r->method, "PATCH") != 0 || !strstr(r->url, target) || happens == 0)
        return false;
    happens--;
    if (act)
        act();
    if (with_status == 0)
        return false;
    toy_status(s, with_status, "Whatever");
    return true;
}

static void
on_patch_of(const char *name, size_t times, int status, void (*does)(void))
{
    target = name;
    happens = times;
    with_status = status;
    act = does;
    toy.at = at_target;
    toy_fill(20, true);
}

static void
written(void)
{
    toy_find("a", "s-03")->version = ++toy.version;
}

static void
deleted(void)
{
    toy_delete("a", "s-03");
}

static void
replaced(void)
{
    toy_find("a", "s-03")->uid = 999;
    toy_find("a", "s-03")->version = ++toy.version;
}

START_TEST(all_are_patched_once)
{
    toy_fill(20, true);
    toy_set("page", "6");
    rewrite();
    ck_assert_uint_eq(toy.patches, 20);
    ck_assert_uint_eq(f.rewritten, 20);
    ck_assert_uint_eq(f.seen, 20);
}
END_TEST

START_TEST(one_that_was_written_meanwhile_is_settled_by_one_reading)
{
    on_patch_of("s-03", 1, 0, written);
    rewrite();
    ck_assert_uint_eq(toy.gets, 1);
    ck_assert_int_eq(FIGURE(SETTLED), 1);
    ck_assert_uint_eq(f.rewritten, 19);
}
END_TEST

START_TEST(one_that_was_deleted_meanwhile_is_gone)
{
    on_patch_of("s-03", 1, 0, deleted);
    rewrite();
    ck_assert_int_eq(FIGURE(GONE), 1);
    ck_assert_uint_eq(toy.gets, 1);
}
END_TEST

START_TEST(another_object_of_the_name_is_settled)
{
    on_patch_of("s-03", 1, 0, replaced);
    rewrite();
    ck_assert_int_eq(FIGURE(SETTLED), 1);
    ck_assert_int_eq(FIGURE(FAILED), 0);
}
END_TEST

START_TEST(a_conflict_that_is_none_is_tried_again)
{
    on_patch_of("s-03", 3, 409, NULL);
    rewrite();
    ck_assert_uint_eq(f.rewritten, 20);
    ck_assert_uint_eq(toy.gets, 3);
}
END_TEST

START_TEST(a_conflict_for_ever_fails_after_five)
{
    on_patch_of("s-03", SIZE_MAX, 409, NULL);
    rewrite();
    ck_assert_uint_eq(toy.gets, 5);
    ck_assert_uint_eq(f.failed, 1);
    ck_assert_str_eq(evc_table_cell(toy_report->failures, 0, 1), "s-03");
}
END_TEST

START_TEST(one_that_a_webhook_refuses_fails_alone)
{
    on_patch_of("s-03", SIZE_MAX, 422, NULL);
    rewrite();
    ck_assert_uint_eq(f.failed, 1);
    ck_assert_uint_eq(f.rewritten, 19);
    ck_assert_str_eq(evc_table_cell(toy_report->failures, 0, 2),
                     "ENVCRYPT_E_KUBE_INVALID");
}
END_TEST

static void
refuse_one(int status)
{
    on_patch_of("s-03", SIZE_MAX, status, NULL);
    rewrite();
    ck_assert_uint_eq(f.failed, 1);
    ck_assert_uint_eq(f.rewritten, 19);
}

START_TEST(one_that_a_webhook_calls_not_found_fails_and_is_not_gone)
{
    refuse_one(404);
    ck_assert_int_eq(FIGURE(GONE), 0);
}
END_TEST

START_TEST(one_that_a_webhook_wants_other_credentials_for_fails_alone)
{
    refuse_one(401);
}
END_TEST

START_TEST(one_that_is_refused_for_ever_as_too_much_fails_alone)
{
    refuse_one(429);
    ck_assert_int_ge(k.now, 120000);
}
END_TEST

START_TEST(one_that_fails_inside_of_the_server_fails_after_some_tries)
{
    on_patch_of("s-03", SIZE_MAX, 500, NULL);
    rewrite();
    ck_assert_uint_eq(f.failed, 1);
    ck_assert_uint_eq(f.rewritten, 19);
}
END_TEST

START_TEST(what_fails_inside_of_the_server_for_all_is_told_after_two_minutes)
{
    on_patch_of("/secrets/", SIZE_MAX, 500, NULL);
    rewrite();
    ck_assert_uint_eq(f.failed, 20);
    ck_assert_int_ge(k.now, 120000);
    ck_assert_int_lt(k.now, 180000);
}
END_TEST

START_TEST(what_fails_inside_of_the_server_for_very_many_ends_it)
{
    on_patch_of("/secrets/", SIZE_MAX, 500, NULL);
    toy.count = 0;
    toy_fill(60, true);
    EVC_CHECK_CODE(pass(ENVCRYPT_REENCRYPT_REWRITE), ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "the run ended"));
    ck_assert_int_lt(k.now, 240000);
    toy_close(task);
    evc_err_drop(&error);
}
END_TEST

START_TEST(a_server_in_trouble_is_waited_for_and_nothing_is_lost)
{
    on_patch_of("/secrets/", 30, 503, NULL);
    rewrite();
    ck_assert_uint_eq(f.rewritten, 20);
    ck_assert_uint_eq(f.failed, 0);
    ck_assert_int_ge(FIGURE(RETRIED), 15);
    ck_assert_int_lt(FIGURE(IN_FLIGHT), 8);
}
END_TEST

START_TEST(a_server_that_stays_away_ends_it)
{
    on_patch_of("/secrets/", SIZE_MAX, 503, NULL);
    EVC_CHECK_CODE(pass(ENVCRYPT_REENCRYPT_REWRITE), ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "the run ended"));
    ck_assert_int_ge(k.now, 120000);
    toy_close(task);
    evc_err_drop(&error);
}
END_TEST

START_TEST(what_was_stored_since_the_run_began_is_skipped)
{
    toy_fill(4, true);
    task = toy_task();
    task->run.mode = ENVCRYPT_REENCRYPT_REWRITE;
    (void)snprintf(task->run.baseline, sizeof(task->run.baseline), "12");
    EVC_CHECK_OK(evc_pass_run(task, &f, NULL));
    toy_close(task);
    ck_assert_uint_eq(toy.patches, 2);
    ck_assert_int_eq(FIGURE(SKIPPED), 2);
}
END_TEST

START_TEST(a_second_pass_asks_about_all)
{
    toy_fill(4, false);
    task = toy_task();
    task->run.mode = ENVCRYPT_REENCRYPT_REWRITE;
    task->run.pass = 2;
    (void)snprintf(task->run.baseline, sizeof(task->run.baseline), "12");
    EVC_CHECK_OK(evc_pass_run(task, &f, NULL));
    ck_assert_uint_eq(toy.patches, 4);
    toy_close(task);
}
END_TEST

START_TEST(a_shortened_second_pass_asks_about_what_is_old)
{
    toy_fill(4, false);
    toy_set("second-pass", "no");
    task = toy_task();
    task->run.mode = ENVCRYPT_REENCRYPT_REWRITE;
    task->run.pass = 2;
    (void)snprintf(task->run.baseline, sizeof(task->run.baseline), "12");
    EVC_CHECK_OK(evc_pass_run(task, &f, NULL));
    ck_assert_uint_eq(toy.patches, 2);
    toy_close(task);
}
END_TEST

START_TEST(annotations_have_the_mark_and_are_set_once)
{
    toy_fill(4, true);
    (void)snprintf(toy.objects[0].mark, sizeof(toy.objects[0].mark),
                   "2023-11-14T22:13:20Z");
    pass_well(ENVCRYPT_REENCRYPT_ANNOTATE);
    ck_assert_uint_eq(toy.patches, 3);
    ck_assert_str_eq(toy.objects[1].mark, "2023-11-14T22:13:20Z");
}
END_TEST

START_TEST(only_what_is_selected_is_patched)
{
    toy_fill(20, true);
    evc_folder_put("names", "a/s-01\nb/s-12\n", 0644);
    toy_set("names-file", evc_folder_path("names"));
    rewrite();
    ck_assert_uint_eq(toy.patches, 2);
    ck_assert_int_eq(FIGURE(LISTED), 2);
}
END_TEST

static bool
expire_once(const kube_request *r, kube_step *s)
{
    if (!strstr(r->url, "continue=") || happens == 0)
        return false;
    happens--;
    toy_status(s, 410, "Expired");
    return true;
}

START_TEST(a_list_that_begins_anew_asks_for_nothing_twice)
{
    toy_fill(20, true);
    toy_set("page", "6");
    toy_set("in-flight", "1"); /* so that the next page is asked for first */
    happens = 1;
    toy.at = expire_once;
    rewrite();
    ck_assert_uint_eq(toy.patches, 20);
    ck_assert_uint_eq(f.rewritten, 20);
    ck_assert_uint_eq(f.seen, 20);
    ck_assert_int_eq(FIGURE(LISTED), 20);
    ck_assert_int_eq(FIGURE(DONE), 20);
    ck_assert_int_eq(FIGURE(SKIPPED), 0);
}
END_TEST

static bool
refuse_all(const kube_request *r, kube_step *s)
{
    if (!strstr(r->url, "/secrets/") || happens++ < 5)
        return false;
    toy_status(s, 401, "Unauthorized");
    return true;
}

START_TEST(an_end_for_all_ends_it_at_once)
{
    toy_fill(20, true);
    happens = 0;
    toy.at = refuse_all;
    EVC_CHECK_CODE(pass(ENVCRYPT_REENCRYPT_REWRITE), ENVCRYPT_E_AUTH);
    ck_assert_uint_lt(toy.patches, 20);
    toy_close(task);
    evc_err_drop(&error);
}
END_TEST

START_TEST(what_is_left_alone_and_old_is_unknown)
{
    toy_fill(4, false);
    rewrite();
    ck_assert_uint_eq(f.unknown, 4);
    ck_assert_ptr_nonnull(strstr(f.example, "/s-0"));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        all_are_patched_once,
        one_that_was_written_meanwhile_is_settled_by_one_reading,
        one_that_was_deleted_meanwhile_is_gone,
        another_object_of_the_name_is_settled,
        a_conflict_that_is_none_is_tried_again,
        a_conflict_for_ever_fails_after_five,
        one_that_a_webhook_refuses_fails_alone,
        one_that_a_webhook_calls_not_found_fails_and_is_not_gone,
        one_that_a_webhook_wants_other_credentials_for_fails_alone,
        one_that_is_refused_for_ever_as_too_much_fails_alone,
        one_that_fails_inside_of_the_server_fails_after_some_tries,
        what_fails_inside_of_the_server_for_all_is_told_after_two_minutes,
        what_fails_inside_of_the_server_for_very_many_ends_it,
        a_server_in_trouble_is_waited_for_and_nothing_is_lost,
        a_server_that_stays_away_ends_it,
        what_was_stored_since_the_run_began_is_skipped,
        a_second_pass_asks_about_all,
        a_shortened_second_pass_asks_about_what_is_old,
        annotations_have_the_mark_and_are_set_once,
        only_what_is_selected_is_patched,
        a_list_that_begins_anew_asks_for_nothing_twice,
        an_end_for_all_ends_it_at_once,
        what_is_left_alone_and_old_is_unknown,
        NULL};

    toy_case(suite, "pass", all);
}

EVC_TEST_MAIN("pass", add_tests)
