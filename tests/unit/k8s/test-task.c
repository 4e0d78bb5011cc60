/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/task.h"

#include <stdarg.h>

#include "evc-alloc.h"
#include "toy-cluster.h"

static evc_kube_object
written_at(int64_t written_ms, const char *version)
{
    evc_kube_object object = {.ns = "a", .name = "b"};

    object.written_ms = written_ms;
    object.mark_ms = -1;
    (void)snprintf(object.version, sizeof(object.version), "%s", version);
    return object;
}

START_TEST(it_knows_cluster_resource_and_selection)
{
    evc_task *task;

    toy_set("namespaces", "a,b");
    task = toy_task();
    ck_assert_str_eq(task->cluster_id, "cluster-uid");
    ck_assert_str_eq(task->resource.plural, "secrets");
    ck_assert_uint_eq(evc_selection_lists(&task->selection), 2);
    toy_close(task);
}
END_TEST

START_TEST(what_fails_has_a_report_still)
{
    evc_task *task;

    toy_set("resource", "things.example.com");
    EVC_CHECK_CODE(
        evc_task_open(&task, k.kube, &toy_options, NULL, NULL, &k.wait, NULL),
        ENVCRYPT_E_KUBE_NOT_FOUND);
    evc_task_end(task, ENVCRYPT_E_KUBE_NOT_FOUND, NULL);
    toy_close(task);
    ck_assert_int_eq(toy_report->phase, ENVCRYPT_REENCRYPT_PHASE_ENDED);
    ck_assert_int_eq(toy_report->outcome, ENVCRYPT_OUTCOME_NOT_PROVEN);
    ck_assert_ptr_nonnull(
        strstr(toy_report->outcome_reason, "did not come to its end"));
}
END_TEST

START_TEST(names_that_do_not_suit_the_resource_are_refused)
{
    evc_task *task;

    evc_folder_put("names", "a/s-01\ns-02\n", 0644);
    toy_set("names-file", evc_folder_path("names"));
    EVC_CHECK_CODE(
        evc_task_open(&task, k.kube, &toy_options, NULL, NULL, &k.wait, NULL),
        ENVCRYPT_E_ARGUMENT);
    toy_close(task);
}
END_TEST

START_TEST(a_since_of_this_moment_is_none_to_come)
{
    evc_task *task;

    toy_set("since", "2023-11-14T22:13:21Z");
    task = toy_task();
    toy_close(task);
    toy_set("since", "2023-11-14T22:13:22Z");
    EVC_CHECK_CODE(
        evc_task_open(&task, k.kube, &toy_options, NULL, NULL, &k.wait, NULL),
        ENVCRYPT_E_ARGUMENT);
    toy_close(task);
}
END_TEST

static void
refused(const char *since, const char *restarted, const char *word)
{
    evc_error *err = NULL;
    evc_task *task;

    toy_set("since", since);
    toy_set("restarted", restarted);
    EVC_CHECK_CODE(
        evc_task_open(&task, k.kube, &toy_options, NULL, NULL, &k.wait, &err),
        ENVCRYPT_E_ARGUMENT);
    ck_assert_msg(strstr(evc_error_message(err), word) != NULL, "%s",
                  evc_error_message(err));
    evc_error_free(err);
    toy_close(task);
}

START_TEST(a_restart_is_between_the_change_and_now)
{
    static const char *const moments[] = {"2023-11-14T22:00:00Z",
                                          "2023-11-14T22:13:21Z"};
    evc_task *task;

    for (size_t i = 0; i < 2; i++) {
        toy_set("since", moments[0]);
        toy_set("restarted", moments[i]);
        task = toy_task();
        toy_close(task);
    }
    refused(moments[0], "2023-11-14T22:13:22Z", "still to come");
    refused(moments[0], "2023-11-14T21:59:59Z", "over at 2023-11-14T22:00:00Z only");
    refused(NULL, moments[0], "option since");
}
END_TEST

START_TEST(what_was_shown_counts_if_it_was_after_the_change)
{
    evc_kube_run run;
    evc_task *task;
    bool found;

    evc_kube_run_init(&run);
    run.mode = ENVCRYPT_REENCRYPT_REWRITE;
    run.began_ms = KUBE_WALL - 800000;
    run.shown = true;
    toy_set("journal", evc_folder_path("journal"));
    for (int late = 0; late < 2; late++) {
        toy_set("since", late ? "2023-11-14T22:00:01Z" : "2023-11-14T22:00:00Z");
        task = toy_task();
        ck_assert_ptr_null(evc_task_shown(task));
        EVC_CHECK_OK(evc_task_open_journal(task, &run, &found, NULL));
        if (!found)
            EVC_CHECK_OK(evc_kube_journal_end(task->journal, &run, NULL));
        ck_assert((evc_task_shown(task) == NULL) == late);
        toy_close(task);
    }
}
END_TEST

START_TEST(an_object_is_known_to_be_new_by_its_times)
{
    evc_kube_object at = written_at(KUBE_WALL - 800000, "1");
    evc_kube_object before = written_at(KUBE_WALL - 800001, "1");
    evc_task *task;

    toy_set("since", "2023-11-14T22:00:00Z"); /* 800 s before */
    task = toy_task();
    ck_assert(evc_task_is_known(task, &at));
    ck_assert(!evc_task_is_known(task, &before));
    toy_close(task);
}
END_TEST

START_TEST(where_the_servers_clock_is_ahead_it_must_be_newer_by_as_much)
{
    evc_kube_object object = written_at(KUBE_WALL - 800000 + 61999, "1");
    evc_task *task;

    toy_set("since", "2023-11-14T22:00:00Z"); /* 800 s before */
    task = toy_task();
    ck_assert(evc_task_is_known(task, &object));
    evc_kube_note_date(k.kube, KUBE_WALL + k.now + 60000, k.now);
    ck_assert(!evc_task_is_known(task, &object));
    object.written_ms++;
    ck_assert(evc_task_is_known(task, &object));
    toy_close(task);
}
END_TEST

START_TEST(an_object_without_times_has_none_whatever_the_clock_says)
{
    evc_kube_object none = written_at(-1, "1");
    evc_kube_object soon = written_at(1, "1");
    evc_task *task = toy_task();

    ck_assert_int_eq(evc_task_written_ms(task, &none), -1);
    ck_assert_int_eq(evc_task_written_ms(task, &soon), 1);
    evc_kube_note_date(k.kube, KUBE_WALL + k.now + 60000, k.now);
    ck_assert_int_eq(evc_task_written_ms(task, &none), -1);
    ck_assert_int_eq(evc_task_written_ms(task, &soon), -1);
    toy_close(task);
}
END_TEST

START_TEST(a_clock_that_is_ahead_is_told_where_times_are_compared)
{
    evc_task *task;

    toy_set("since", "2023-11-14T22:00:00Z");
    task = toy_task();
    evc_kube_note_date(k.kube, KUBE_WALL + k.now + 60000, k.now);
    evc_task_end(task, 0, NULL);
    toy_close(task);
    ck_assert_uint_eq(toy_report->note_count, 1);
    ck_assert_ptr_nonnull(strstr(toy_report->notes[0], "by up to 62 s"));
}
END_TEST

START_TEST(or_by_the_baseline_of_a_run_that_began_after_the_change)
{
    evc_kube_object newer = written_at(-1, "51");
    evc_kube_object older = written_at(-1, "50");
    static evc_kube_run late;
    static evc_kube_run early;
    evc_task *task;

    evc_kube_run_init(&late);
    early = late;
    late.began_ms = KUBE_WALL;
    early.began_ms = KUBE_WALL - 3600000;
    (void)snprintf(late.baseline, sizeof(late.baseline), "50");
    (void)snprintf(early.baseline, sizeof(early.baseline), "1");
    toy_set("since", "2023-11-14T22:00:00Z");
    task = toy_task();
    evc_task_add_base(task, NULL);
    evc_task_add_base(task, &early);
    ck_assert(!evc_task_is_known(task, &newer));
    evc_task_add_base(task, &late);
    ck_assert(evc_task_is_known(task, &newer));
    ck_assert(!evc_task_is_known(task, &older));
    toy_close(task);
}
END_TEST

/* What is only stored anew keeps its times. */
START_TEST(what_is_left_alone_is_of_its_times_or_of_a_run_that_stored_it)
{
    static evc_kube_object old, stored, unknown; /* too large for a stack */
    evc_task *task = toy_task();

    old = written_at(1000, "100");
    stored = written_at(1000, "101");
    unknown = written_at(-1, "100");
    task->run.began_ms = 5000;
    (void)snprintf(task->run.baseline, sizeof(task->run.baseline), "100");
    evc_task_left(task, &stored);
    ck_assert_int_eq(task->run.left_ms, 5000);
    evc_task_left(task, &old);
    ck_assert_int_eq(task->run.left_ms, 1000);
    evc_task_left(task, &unknown);
    ck_assert_int_eq(task->run.left_ms, 0);
    toy_close(task);
}
END_TEST

START_TEST(annotations_count_only_where_annotations_are_the_way)
{
    evc_kube_object marked = written_at(-1, "1");
    evc_task *task;

    marked.mark_ms = KUBE_WALL;
    toy_set("since", "2023-11-14T22:00:00Z");
    task = toy_task();
    task->run.mode = ENVCRYPT_REENCRYPT_REWRITE;
    ck_assert(!evc_task_is_known(task, &marked));
    task->run.mode = ENVCRYPT_REENCRYPT_ANNOTATE;
    ck_assert(evc_task_is_known(task, &marked));
    toy_close(task);
}
END_TEST

static int32_t
always(void *user, const evc_reencrypt_report *so_far)
{
    (void)so_far;
    ++*(int *)user;
    return *(int *)user > 1;
}

START_TEST(who_hears_cancels_the_wait)
{
    evc_task *task;
    int heard = 0;

    EVC_CHECK_OK(
        evc_task_open(&task, k.kube, &toy_options, always, &heard, &k.wait, NULL));
    EVC_CHECK_CODE(evc_task_enter(task, ENVCRYPT_REENCRYPT_PHASE_WRITING, 5, NULL),
                   ENVCRYPT_E_CANCELED);
    EVC_CHECK_CODE(evc_wait_check(&k.wait, NULL), ENVCRYPT_E_CANCELED);
    toy_close(task);
}
END_TEST

/* The path of the journal that is opened; "" = none. */
static const char *
journal_opened(void)
{
    static char path[1024];
    evc_task *task = toy_task();
    evc_kube_run run;
    bool found;

    EVC_CHECK_OK(evc_task_open_journal(task, &run, &found, NULL));
    ck_assert((task->journal != NULL) == (task->report->journal != NULL));
    (void)snprintf(path, sizeof(path), "%s",
                   task->report->journal ? task->report->journal : "");
    toy_close(task);
    return path;
}

START_TEST(a_journal_is_a_file_or_one_of_a_folder)
{
    char folder[1024];

    ck_assert_str_eq(journal_opened(), "");
    (void)snprintf(folder, sizeof(folder), "%s", evc_folder_path("."));
    toy_set("journal-folder", folder);
    ck_assert_ptr_nonnull(strstr(journal_opened(), "/./secrets-"));
    toy_set("journal", evc_folder_path("mine"));
    ck_assert_ptr_nonnull(strstr(journal_opened(), "/mine"));
}
END_TEST

START_TEST(a_file_of_names_has_the_journal_of_what_it_says)
{
    char first[1024];

    toy_set("journal-folder", evc_folder_path("."));
    evc_folder_put("names", "a/s-01\na/s-02\n", 0644);
    toy_set("names-file", evc_folder_path("names"));
    (void)snprintf(first, sizeof(first), "%s", journal_opened());
    evc_folder_put("others", "a/s-02\na/s-01\na/s-01\n", 0644);
    toy_set("names-file", evc_folder_path("others"));
    ck_assert_str_eq(journal_opened(), first);
    evc_folder_put("names", "a/s-01\na/s-03\n", 0644);
    toy_set("names-file", evc_folder_path("names"));
    ck_assert_str_ne(journal_opened(), first);
}
END_TEST

START_TEST(a_new_phase_counts_anew)
{
    evc_task *task = toy_task();

    evc_reencrypt_report_count(task->report, ENVCRYPT_REENCRYPT_FIGURE_DONE, 5);
    EVC_CHECK_OK(evc_task_enter(task, ENVCRYPT_REENCRYPT_PHASE_WRITING, 7, NULL));
    toy_close(task);
    ck_assert_int_eq(FIGURE(DONE), 0);
    ck_assert_int_eq(FIGURE(TOTAL), 7);
}
END_TEST

/* The lease as it is asked for, renewed and given back. */
static int lease_status;
static size_t renewals;

static bool
leases(const kube_request *r, kube_step *s)
{
    const char *holder = strstr(r->body, "holderIdentity\":\"");

    if (!strstr(r->url, "/leases"))
        return false;
    if (strcmp(r->method, "GET") == 0) {
        toy_status(s, 404, "NotFound");
        return true;
    }
    renewals += strcmp(r->method, "PATCH") == 0;
    if (strcmp(r->method, "PATCH") == 0 && lease_status) {
        toy_status(s, lease_status, "Whatever");
        return true;
    }
    holder = holder ? &holder[17] : "";
    toy_put("{\"kind\":\"Lease\",\"metadata\":{\"name\":\"l\",\"namespace\":"
            "\"kube-system\",\"uid\":\"u\",\"resourceVersion\":\"1\"},\"spec\":{"
            "\"holderIdentity\":\"%.*s\"}}",
            (int)strcspn(holder, "\""), holder);
    return true;
}

static evc_task *
task_with_lease(void)
{
    evc_task *task = toy_task();

    toy.at = leases;
    lease_status = 0;
    renewals = 0;
    EVC_CHECK_OK(evc_kube_lease_take(k.kube, "kube-system", "l", "me", &k.wait,
                                     &task->lease, NULL));
    return task;
}

START_TEST(the_lease_is_renewed_when_it_is_due)
{
    evc_task *task = task_with_lease();

    EVC_CHECK_OK(evc_task_tick(task, NULL));
    ck_assert_uint_eq(renewals, 0);
    k.now += 20001;
    EVC_CHECK_OK(evc_task_tick(task, NULL));
    EVC_CHECK_OK(evc_task_tick(task, NULL));
    ck_assert_uint_eq(renewals, 1);
    toy_close(task);
}
END_TEST

START_TEST(a_renewal_that_fails_is_tried_again_and_not_at_once)
{
    evc_task *task = task_with_lease();

    lease_status = 403;
    k.now += 20001;
    EVC_CHECK_OK(evc_task_tick(task, NULL));
    EVC_CHECK_OK(evc_task_tick(task, NULL));
    ck_assert_uint_eq(renewals, 1);
    k.now += 5000;
    EVC_CHECK_OK(evc_task_tick(task, NULL));
    ck_assert_uint_eq(renewals, 2);
    toy_close(task);
}
END_TEST

static int
open_quietly(void *unused)
{
    evc_kube_run run;
    evc_task *task;
    bool found;
    int rc = evc_task_open(&task, k.kube, &toy_options, NULL, NULL, &k.wait, NULL);

    (void)unused;
    if (rc == 0)
        rc = evc_task_open_journal(task, &run, &found, NULL);
    evc_task_end(task, rc, NULL);
    evc_reencrypt_report_free(evc_task_close(task));
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    toy_set("journal", evc_folder_path("journal"));
    ck_assert_uint_gt(evc_alloc_sweep(open_quietly, NULL), 5);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        it_knows_cluster_resource_and_selection,
        what_fails_has_a_report_still,
        names_that_do_not_suit_the_resource_are_refused,
        a_since_of_this_moment_is_none_to_come,
        a_restart_is_between_the_change_and_now,
        what_was_shown_counts_if_it_was_after_the_change,
        an_object_is_known_to_be_new_by_its_times,
        where_the_servers_clock_is_ahead_it_must_be_newer_by_as_much,
        an_object_without_times_has_none_whatever_the_clock_says,
        a_clock_that_is_ahead_is_told_where_times_are_compared,
        or_by_the_baseline_of_a_run_that_began_after_the_change,
        what_is_left_alone_is_of_its_times_or_of_a_run_that_stored_it,
        annotations_count_only_where_annotations_are_the_way,
        who_hears_cancels_the_wait,
        a_journal_is_a_file_or_one_of_a_folder,
        a_file_of_names_has_the_journal_of_what_it_says,
        a_new_phase_counts_anew,
        the_lease_is_renewed_when_it_is_due,
        a_renewal_that_fails_is_tried_again_and_not_at_once,
        survives_any_failed_allocation,
        NULL};

    toy_case(suite, "task", all);
}

EVC_TEST_MAIN("task", add_tests)
