/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/reencrypt.h"

#include <stdarg.h>

#include "evc-alloc.h"
#include "toy-cluster.h"

static evc_error *error;

static int
run(void)
{
    evc_reencrypt_report_free(toy_report);
    toy_report = NULL;
    evc_err_drop(&error);
    return evc_reencrypt_run(k.kube, &toy_options, NULL, NULL, &k.wait, &toy_report,
                             &error);
}

static void
run_well(void)
{
    int rc = run();

    ck_assert_msg(rc == 0, "%s: %s", evc_error_name(rc), evc_error_message(error));
    ck_assert_int_eq(toy_report->phase, ENVCRYPT_REENCRYPT_PHASE_ENDED);
}

static void
proven(bool wanted)
{
    ck_assert_msg((toy_report->outcome == ENVCRYPT_OUTCOME_PROVEN) == wanted, "%s",
                  toy_report->outcome_reason);
}

static void
after(void)
{
    evc_err_drop(&error);
}

/* --- what it does ----------------------------------------------------------------- */

START_TEST(all_that_is_stale_is_stored_anew_once)
{
    toy_fill(20, true);
    run_well();
    ck_assert_uint_eq(toy_stale(), 0);
    ck_assert_uint_eq(toy.rewrites, 20);
    ck_assert_int_eq(toy_report->mode, ENVCRYPT_REENCRYPT_REWRITE);
    ck_assert_int_eq(FIGURE(LISTED), 20);
    ck_assert_int_eq(FIGURE(REWRITTEN), 20);
    ck_assert_int_eq(FIGURE(CHECKED), 20);
    proven(true);
    after();
}
END_TEST

START_TEST(what_is_current_is_left_alone_and_proves_nothing)
{
    toy_fill(20, false);
    toy_set("mode", "rewrite");
    run_well();
    ck_assert_uint_eq(toy.rewrites, 0);
    ck_assert_int_eq(FIGURE(CURRENT), 20);
    proven(false);
    after();
}
END_TEST

static int64_t first_list_ms;

static bool
list_slowly(const kube_request *r, kube_step *s)
{
    if (strcmp(r->method, "GET") != 0 || !strstr(r->url, "/secrets?"))
        return false;
    if (toy.lists == 0)
        first_list_ms = evc_clock_wall_ms(&k.env->clock);
    s->lasts_ms = 600;
    return false;
}

/* Else a change of key during the first list would be taken for one before the run. */
START_TEST(it_began_before_its_baseline_was_read)
{
    toy_fill(20, true);
    toy_set("page", "2");
    toy.at = list_slowly;
    run_well();
    ck_assert_int_gt(first_list_ms, 0);
    ck_assert_int_le(toy_report->began_ms, first_list_ms);
    after();
}
END_TEST

START_TEST(a_server_that_sees_nothing_gets_annotations)
{
    toy_fill(20, true);
    toy.blind = true;
    run_well();
    ck_assert_int_eq(toy_report->mode, ENVCRYPT_REENCRYPT_ANNOTATE);
    ck_assert_uint_eq(toy_stale(), 0);
    ck_assert_str_eq(toy_find("a", "s-00")->mark, "2023-11-14T22:13:21Z");
    proven(false);
    after();
}
END_TEST

START_TEST(a_second_pass_finds_what_was_made_meanwhile)
{
    toy_fill(4, true);
    toy_set("mode", "rewrite");
    run_well();
    toy_add("c", "new", true);
    ck_assert_uint_eq(toy_stale(), 1);
    run_well();
    ck_assert_uint_eq(toy_stale(), 0);
    after();
}
END_TEST

static bool
rotate_at_the_end(const kube_request *r, kube_step *s)
{
    static bool done;

    (void)s;
    if (toy.patches == 0)
        done = false;
    if (strcmp(r->method, "PATCH") == 0 && toy.patches == 9 && !done) {
        done = true;
        for (size_t i = 0; i < 5; i++)
            toy.objects[i].stale = true; /* another rotation: as if not all saw it */
    }
    return false;
}

START_TEST(passes_go_on_until_nothing_is_stale)
{
    toy_fill(10, true);
    toy_set("mode", "rewrite");
    toy.at = rotate_at_the_end;
    run_well();
    ck_assert_uint_eq(toy_stale(), 0);
    ck_assert_int_eq(FIGURE(REWRITTEN), 15);
    ck_assert_int_eq(FIGURE(PASS), 3);
    after();
}
END_TEST

static bool
always_stale(const kube_request *r, kube_step *s)
{
    (void)s;
    (void)r;
    for (size_t i = 0; i < toy.count; i++)
        toy.objects[i].stale = true;
    return false;
}

START_TEST(passes_without_end_end_and_prove_nothing)
{
    toy_fill(3, true);
    toy_set("mode", "rewrite");
    toy.at = always_stale;
    run_well();
    ck_assert_int_eq(FIGURE(PASS), 5);
    proven(false);
    after();
}
END_TEST

START_TEST(a_webhook_that_changes_objects_is_not_taken_for_a_sign_of_keys)
{
    toy_fill(8, true);
    toy.blind = true;
    toy.webhook = true;
    toy_set("mode", "rewrite");
    run_well();
    ck_assert_int_eq(FIGURE(REWRITTEN), 8);
    proven(false);
    toy_set("mode", "auto");
    for (size_t i = 0; i < toy.count; i++)
        toy.objects[i].altered = false;
    run_well();
    ck_assert_int_eq(toy_report->mode, ENVCRYPT_REENCRYPT_ANNOTATE);
    after();
}
END_TEST

START_TEST(a_dry_run_counts_and_writes_nothing)
{
    toy_fill(20, true);
    toy_set("dry-run", "yes");
    toy_set("journal", evc_folder_path("journal"));
    run_well();
    ck_assert_int_eq(FIGURE(LISTED), 20);
    ck_assert_uint_eq(toy.patches, 0);
    ck_assert_uint_eq(evc_folder_count(), 0);
    after();
}
END_TEST

static size_t stop_at;

static bool
kill_at(const kube_request *r, kube_step *s)
{
    if (!strstr(r->url, "/secrets/") || toy.patches < stop_at)
        return false;
    s->code = ENVCRYPT_E_AUTH; /* as the end of a process: nothing more gets through */
    return true;
}

/* Same, but of everything that comes after so many patches. */
static bool
kill_after(const kube_request *r, kube_step *s)
{
    (void)r;
    if (toy.patches < stop_at)
        return false;
    s->code = ENVCRYPT_E_AUTH;
    return true;
}

START_TEST(a_selection_of_nothing_is_refused_before_anything_is_written)
{
    static const char *const modes[] = {"auto", "rewrite", "annotate"};

    toy_fill(20, true);
    toy_set("namespaces", "typo");
    toy_set("journal", evc_folder_path("journal"));
    for (size_t i = 0; i < 3; i++) {
        toy_set("mode", modes[i]);
        EVC_CHECK_CODE(run(), ENVCRYPT_E_KUBE_NOT_FOUND);
    }
    toy_set("dry-run", "yes");
    EVC_CHECK_CODE(run(), ENVCRYPT_E_KUBE_NOT_FOUND);
    ck_assert_uint_eq(toy.patches, 0);
    after();
}
END_TEST

START_TEST(a_cluster_of_nothing_is_fine_and_noted)
{
    run_well();
    ck_assert_uint_eq(toy_report->note_count, 1);
    toy_set("dry-run", "yes");
    run_well();
    ck_assert_uint_eq(toy_report->note_count, 1);
    ck_assert_ptr_nonnull(strstr(toy_report->notes[0], "no secrets in this cluster"));
    after();
}
END_TEST

START_TEST(what_was_selected_and_deleted_meanwhile_ends_the_resumed_run_well)
{
    toy_fill(20, true);
    toy_set("mode", "rewrite");
    toy_set("namespaces", "a");
    toy_set("journal", evc_folder_path("journal"));
    stop_at = 3;
    toy.at = kill_at;
    EVC_CHECK_CODE(run(), ENVCRYPT_E_AUTH);
    toy.at = NULL;
    toy.count = 0;
    run_well();
    ck_assert_int_eq(toy_report->resumed, 1);
    after();
}
END_TEST

static size_t failures; /* of patches inside of the server, from now on */

static bool
fail_inside(const kube_request *r, kube_step *s)
{
    if (strcmp(r->method, "PATCH") != 0 || failures == 0)
        return false;
    failures--;
    toy_status(s, 500, "InternalError");
    return true;
}

/* The second list ends it. */
static bool
heal_late(const kube_request *r, kube_step *s)
{
    if (strstr(r->url, "/secrets?") && k.now > 120000)
        failures = 0;
    return fail_inside(r, s);
}

START_TEST(what_fails_inside_of_the_server_for_all_is_waited_for_once)
{
    toy_fill(20, true);
    toy_set("mode", "rewrite");
    failures = SIZE_MAX;
    toy.at = fail_inside;
    run_well();
    ck_assert_int_eq(FIGURE(FAILED), 20);
    ck_assert_int_ge(k.now, 120000);
    ck_assert_int_lt(k.now, 240000);
    after();
}
END_TEST

/* The last object fails by itself in the first pass, the first one for a while in the second. */
static bool
fail_in_turn(const kube_request *r, kube_step *s)
{
    if (strcmp(r->method, "PATCH") != 0)
        return false;
    if (strstr(r->url, "s-19"))
        failures = 3;
    else if (failures == 0 || toy.lists < 3 || !strstr(r->url, "s-00"))
        return false;
    failures--;
    toy_status(s, 500, "InternalError");
    return true;
}

START_TEST(what_failed_by_itself_takes_no_patience_from_others)
{
    toy_fill(20, true);
    toy_set("mode", "rewrite");
    toy_set("in-flight", "1");
    toy.at = fail_in_turn;
    run_well();
    ck_assert_int_eq(FIGURE(FAILED), 1);
    after();
}
END_TEST

START_TEST(what_passes_between_two_looks_is_stored_anew_by_the_second)
{
    toy_fill(20, true);
    toy_set("mode", "rewrite");
    failures = SIZE_MAX;
    toy.at = heal_late;
    run_well();
    ck_assert_int_eq(FIGURE(FAILED), 0);
    ck_assert_uint_eq(toy_stale(), 0);
    after();
}
END_TEST

/* --- a journal -------------------------------------------------------------------- */

START_TEST(interrupted_anywhere_it_goes_on_and_writes_nothing_twice)
{
    for (stop_at = 0; stop_at < 20; stop_at++) {
        toy.count = 0;
        toy.patches = 0;
        toy.rewrites = 0;
        toy_fill(20, true);
        toy_set("mode", "rewrite");
        toy_set("page", "6");
        toy_set("journal", evc_folder_path("journal"));
        toy.at = kill_at;
        EVC_CHECK_CODE(run(), ENVCRYPT_E_AUTH);
        toy.at = NULL;
        run_well();
        ck_assert_int_eq(toy_report->resumed, 1);
        ck_assert_uint_eq(toy_stale(), 0);
        ck_assert_uint_eq(toy.rewrites, 20);
        ck_assert_int_eq(FIGURE(LISTED), 20);
        ck_assert_int_eq(FIGURE(REWRITTEN), 20);
        proven(false); /* the key may have been changed in between */
        after();
        (void)remove(evc_folder_path("journal"));
    }
}
END_TEST

static bool
expire_a_page(const kube_request *r, kube_step *s)
{
    if (toy.lists > 3 || !strstr(r->url, "continue="))
        return false;
    toy.lists = 4;
    toy_status(s, 410, "Expired");
    return true;
}

/* Interrupted with pages of one size, it goes on with smaller ones, or from the beginning. */
static void
counts_each_once(const char *page, bool (*at)(const kube_request *r, kube_step *s))
{
    for (stop_at = 0; stop_at < 20; stop_at++) {
        toy.count = 0;
        toy.patches = 0;
        toy.rewrites = 0;
        toy_fill(20, true);
        toy_set("page", "10");
        toy.at = kill_at;
        EVC_CHECK_CODE(run(), ENVCRYPT_E_AUTH);
        toy_set("page", page);
        toy.lists = 0;
        toy.at = at;
        run_well();
        ck_assert_uint_eq(toy.rewrites, 20);
        ck_assert_int_eq(FIGURE(LISTED), 20);
        ck_assert_int_eq(FIGURE(REWRITTEN), 20);
        ck_assert_int_eq(FIGURE(CHECKED), 20);
        after();
        (void)remove(evc_folder_path("journal"));
    }
}

START_TEST(what_goes_on_with_smaller_pages_counts_nothing_twice)
{
    toy_set("mode", "rewrite");
    toy_set("journal", evc_folder_path("journal"));
    counts_each_once("3", NULL);
}
END_TEST

START_TEST(what_goes_on_from_the_beginning_of_its_list_counts_nothing_twice)
{
    toy_set("mode", "rewrite");
    toy_set("journal", evc_folder_path("journal"));
    counts_each_once("10", expire_a_page);
}
END_TEST

START_TEST(with_the_time_of_the_change_a_resumed_run_proves)
{
    toy_fill(20, true);
    toy_set("mode", "rewrite");
    toy_set("since", "2023-11-14T22:00:00Z");
    toy_set("journal", evc_folder_path("journal"));
    stop_at = 7;
    toy.at = kill_at;
    EVC_CHECK_CODE(run(), ENVCRYPT_E_AUTH);
    toy.at = NULL;
    run_well();
    ck_assert_int_eq(toy_report->resumed, 1);
    proven(true);
    after();
}
END_TEST

/* The test of mode auto asks five; with four more they are all that is stale. */
START_TEST(interrupted_while_it_tests_the_mode_it_goes_on_and_proves)
{
    for (stop_at = 1; stop_at < 5; stop_at++) {
        toy.count = 0;
        toy.patches = 0;
        toy.rewrites = 0;
        toy_fill(5, true);
        toy_set("since", "2023-11-14T22:00:00Z");
        toy_set("journal", evc_folder_path("journal"));
        toy.at = kill_at;
        EVC_CHECK_CODE(run(), ENVCRYPT_E_AUTH);
        ck_assert_uint_eq(toy.rewrites, stop_at);
        toy.at = NULL;
        run_well();
        ck_assert_int_eq(toy_report->resumed, 1);
        ck_assert_int_eq(toy_report->mode, ENVCRYPT_REENCRYPT_REWRITE);
        ck_assert_uint_eq(toy_stale(), 0);
        ck_assert_uint_eq(toy.rewrites, 5);
        proven(true);
        after();
        (void)remove(evc_folder_path("journal"));
    }
}
END_TEST

START_TEST(a_test_that_was_interrupted_behind_its_last_object_is_not_made_again)
{
    toy_fill(1, true);
    toy_set("since", "2023-11-14T22:00:00Z");
    toy_set("journal", evc_folder_path("journal"));
    stop_at = 1;
    toy.at = kill_after;
    EVC_CHECK_CODE(run(), ENVCRYPT_E_AUTH);
    ck_assert_uint_eq(toy.rewrites, 1);
    toy.at = NULL;
    run_well();
    ck_assert_int_eq(toy_report->mode, ENVCRYPT_REENCRYPT_REWRITE);
    proven(true);
    after();
}
END_TEST

START_TEST(a_change_after_the_interrupted_run_begins_anew)
{
    toy_fill(20, true);
    toy_set("mode", "rewrite");
    toy_set("journal", evc_folder_path("journal"));
    stop_at = 7;
    toy.at = kill_at;
    EVC_CHECK_CODE(run(), ENVCRYPT_E_AUTH);
    toy.at = NULL;
    for (size_t i = 0; i < toy.count; i++)
        toy.objects[i].stale = true;
    k.now += 100000;
    toy_set("since", "2023-11-14T22:14:00Z");
    run_well();
    ck_assert_int_eq(toy_report->resumed, 0);
    ck_assert_uint_eq(toy_stale(), 0);
    proven(true);
    after();
}
END_TEST

/* Interrupted in a mode, and then with servers that were restarted after it began. */
static void
interrupt_and_restart(const char *mode)
{
    toy_fill(20, true);
    toy_set("mode", mode);
    toy_set("since", "2023-11-14T22:00:00Z");
    toy_set("journal", evc_folder_path("journal"));
    stop_at = 7;
    toy.at = kill_at;
    EVC_CHECK_CODE(run(), ENVCRYPT_E_AUTH);
    toy.at = NULL;
    k.now += 100000;
    toy_set("restarted", "2023-11-14T22:14:00Z");
    run_well();
}

START_TEST(annotations_of_before_a_restart_are_made_anew)
{
    interrupt_and_restart("annotate");
    ck_assert_int_eq(toy_report->resumed, 0);
    ck_assert_int_eq(FIGURE(REWRITTEN), 20);
    after();
}
END_TEST

START_TEST(a_server_that_sees_what_is_stale_goes_on_after_a_restart)
{
    interrupt_and_restart("rewrite");
    ck_assert_int_eq(toy_report->resumed, 1);
    ck_assert_uint_eq(toy.rewrites, 20);
    after();
}
END_TEST

START_TEST(what_showed_staleness_once_keeps_the_mode)
{
    toy_fill(5, true);
    toy_set("journal", evc_folder_path("journal"));
    run_well();
    run_well();
    ck_assert_int_eq(toy_report->mode, ENVCRYPT_REENCRYPT_REWRITE);
    ck_assert_uint_eq(toy.rewrites, 5);
    proven(false);
    after();
}
END_TEST

static char holder[256]; /* of the Lease; "" = there is none */

/* Nobody hears that it is given back: the process is killed before. */
static bool
keeps_lease(const kube_request *r, kube_step *s)
{
    const char *given = strstr(r->body, "\"holderIdentity\":\"");
    bool taken = given && given[18] != '"';

    if (!strstr(r->url, "/leases"))
        return false;
    if (taken)
        ck_assert_int_eq(sscanf(&given[18], "%255[^\"]", holder), 1);
    if ((strcmp(r->method, "PATCH") == 0 && !taken) || !holder[0]) {
        toy_status(s, holder[0] ? 403 : 404, holder[0] ? "Forbidden" : "NotFound");
        return true;
    }
    s->status = strcmp(r->method, "POST") == 0 ? 201 : 200;
    toy_put(
        "{\"kind\":\"Lease\",\"metadata\":{\"namespace\":\"kube-system\",\"name\":"
        "\"libenvcrypt-reencrypt-secrets\",\"uid\":\"l\",\"resourceVersion\":\"1\"},"
        "\"spec\":{\"holderIdentity\":\"%s\",\"leaseDurationSeconds\":60,"
        "\"renewTime\":\"2033-11-14T22:13:20.000000Z\"}}",
        holder);
    return true;
}

START_TEST(killed_between_its_end_and_the_return_of_its_lease_it_keeps_nobody_away)
{
    toy_fill(6, true);
    toy_set("mode", "rewrite");
    toy_set("lease", "kube-system");
    toy_set("journal", evc_folder_path("journal"));
    holder[0] = '\0';
    toy.at = keeps_lease;
    run_well();
    ck_assert_str_ne(holder, "");
    run_well();
    toy_set("journal", evc_folder_path("another"));
    EVC_CHECK_CODE(run(), ENVCRYPT_E_LEASE_HELD);
    after();
}
END_TEST

START_TEST(without_a_journal_nothing_is_known_of_it)
{
    toy_fill(5, true);
    run_well();
    run_well();
    ck_assert_int_eq(toy_report->mode, ENVCRYPT_REENCRYPT_ANNOTATE);
    after();
}
END_TEST

/* --- what stops it ---------------------------------------------------------------- */

static int32_t
cancel(void *user, const evc_reencrypt_report *so_far)
{
    (void)user;
    return so_far->phase == ENVCRYPT_REENCRYPT_PHASE_WRITING;
}

START_TEST(who_hears_can_cancel)
{
    evc_reencrypt_report *report = NULL;

    toy_fill(5, true);
    toy_set("mode", "rewrite");
    EVC_CHECK_CODE(
        evc_reencrypt_run(k.kube, &toy_options, cancel, NULL, &k.wait, &report, NULL),
        ENVCRYPT_E_CANCELED);
    ck_assert_uint_eq(toy.patches, 0);
    ck_assert_int_eq(report->outcome, ENVCRYPT_OUTCOME_NOT_PROVEN);
    evc_reencrypt_report_free(report);
}
END_TEST

START_TEST(a_deadline_ends_it_with_a_report)
{
    evc_reencrypt_report *report = NULL;
    evc_wait late;

    toy_fill(5, true);
    evc_wait_init(&late, &k.env->clock, 0);
    EVC_CHECK_CODE(
        evc_reencrypt_run(k.kube, &toy_options, NULL, NULL, &late, &report, NULL),
        ENVCRYPT_E_TIMEOUT);
    ck_assert_int_eq(report->phase, ENVCRYPT_REENCRYPT_PHASE_ENDED);
    evc_reencrypt_report_free(report);
    evc_wait_release(&late);
}
END_TEST

START_TEST(a_change_that_is_to_come_is_refused)
{
    toy_set("since", "2030-01-01T00:00:00Z");
    EVC_CHECK_CODE(run(), ENVCRYPT_E_ARGUMENT);
    after();
}
END_TEST

static int
run_quietly(void *unused)
{
    evc_reencrypt_report *report = NULL;
    int rc;

    (void)unused;
    toy.count = 0;
    toy_fill(3, true);
    rc = evc_reencrypt_run(k.kube, &toy_options, NULL, NULL, &k.wait, &report, NULL);
    evc_reencrypt_report_free(report);
    (void)remove(evc_folder_path("journal"));
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    toy_set("journal", evc_folder_path("journal"));
    ck_assert_uint_gt(evc_alloc_sweep(run_quietly, NULL), 50);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const does[] = {
        all_that_is_stale_is_stored_anew_once,
        what_is_current_is_left_alone_and_proves_nothing,
        it_began_before_its_baseline_was_read,
        a_server_that_sees_nothing_gets_annotations,
        a_second_pass_finds_what_was_made_meanwhile,
        passes_go_on_until_nothing_is_stale,
        passes_without_end_end_and_prove_nothing,
        a_webhook_that_changes_objects_is_not_taken_for_a_sign_of_keys,
        a_dry_run_counts_and_writes_nothing,
        a_selection_of_nothing_is_refused_before_anything_is_written,
        a_cluster_of_nothing_is_fine_and_noted,
        what_was_selected_and_deleted_meanwhile_ends_the_resumed_run_well,
        what_fails_inside_of_the_server_for_all_is_waited_for_once,
        what_passes_between_two_looks_is_stored_anew_by_the_second,
        what_failed_by_itself_takes_no_patience_from_others,
        NULL};
    const TTest *const resumes[] = {
        interrupted_anywhere_it_goes_on_and_writes_nothing_twice,
        what_goes_on_with_smaller_pages_counts_nothing_twice,
        what_goes_on_from_the_beginning_of_its_list_counts_nothing_twice,
        with_the_time_of_the_change_a_resumed_run_proves,
        interrupted_while_it_tests_the_mode_it_goes_on_and_proves,
        a_test_that_was_interrupted_behind_its_last_object_is_not_made_again,
        a_change_after_the_interrupted_run_begins_anew,
        annotations_of_before_a_restart_are_made_anew,
        a_server_that_sees_what_is_stale_goes_on_after_a_restart,
        what_showed_staleness_once_keeps_the_mode,
        killed_between_its_end_and_the_return_of_its_lease_it_keeps_nobody_away,
        without_a_journal_nothing_is_known_of_it,
        NULL};
    const TTest *const stops[] = {
        who_hears_can_cancel, a_deadline_ends_it_with_a_report,
        a_change_that_is_to_come_is_refused, survives_any_failed_allocation, NULL};

    toy_case(suite, "what it does", does);
    toy_case(suite, "journal", resumes);
    toy_case(suite, "what stops it", stops);
}

EVC_TEST_MAIN("reencrypt", add_tests)
