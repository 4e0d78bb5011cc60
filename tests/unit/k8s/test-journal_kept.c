/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/journal_kept.h"

#include "envcrypt/k8s.h"
#include "evc-check.h"

static evc_journal_kept kept;

static void
set_up(void)
{
    memset(&kept, 0, sizeof(kept));
}

static evc_kube_run
run_of(int64_t began_ms, bool shown)
{
    evc_kube_run run;

    evc_kube_run_init(&run);
    run.mode = ENVCRYPT_REENCRYPT_REWRITE;
    run.began_ms = began_ms;
    run.ended_ms = began_ms + 1;
    run.shown = shown;
    (void)snprintf(run.baseline, sizeof(run.baseline), "%d", (int)began_ms);
    return run;
}

static void
end(int64_t began_ms, bool shown, bool inverted)
{
    evc_kube_run run = run_of(began_ms, shown);

    run.inverted = inverted;
    evc_journal_kept_take_ended(&kept, &run);
}

/* By a verification. */
static void
show(int64_t began_ms, int64_t since_ms)
{
    evc_kube_run seen = run_of(began_ms, true);

    evc_journal_kept_show(&kept, &seen, since_ms);
}

/* When those that are kept began; -1 = none. */
static void
check(int64_t shown_ms, int64_t ended_ms)
{
    ck_assert_int_eq(kept.has_shown ? kept.shown.began_ms : -1, shown_ms);
    ck_assert_int_eq(kept.has_ended ? kept.ended.began_ms : -1, ended_ms);
}

START_TEST(the_run_that_showed_something_stays_beside_a_later_one)
{
    end(100, true, false);
    end(200, false, false);
    check(100, 200);
    end(300, true, false);
    check(300, 300);
}
END_TEST

START_TEST(an_inverted_run_showed_nothing)
{
    end(100, true, false);
    end(200, true, true);
    check(100, 200);
}
END_TEST

START_TEST(but_for_what_a_pass_of_it_did)
{
    evc_kube_run run = run_of(100, true);

    run.inverted = true;
    run.sure = true;
    evc_journal_kept_take_ended(&kept, &run);
    check(100, 100);
}
END_TEST

START_TEST(what_a_verification_showed_counts_for_the_run_after_the_change)
{
    end(100, false, false);
    show(200, 100);
    check(100, 100);
    ck_assert(kept.ended.shown);
    ck_assert_str_eq(kept.shown.baseline, "100");
}
END_TEST

START_TEST(with_what_either_of_them_left_alone)
{
    evc_kube_run seen = run_of(200, true);

    end(100, false, false);
    seen.left_ms = 50;
    evc_journal_kept_show(&kept, &seen, 100);
    ck_assert_int_eq(kept.shown.left_ms, 50);
    seen.left_ms = -1;
    evc_journal_kept_show(&kept, &seen, 100);
    ck_assert_int_eq(kept.shown.left_ms, 50);
}
END_TEST

START_TEST(so_where_no_change_is_told)
{
    end(100, false, false);
    show(200, -1);
    check(100, 100);
}
END_TEST

START_TEST(a_run_of_before_the_change_gives_way_to_the_verification)
{
    end(100, false, false);
    show(200, 101);
    check(200, 200);
}
END_TEST

START_TEST(without_a_run_the_verification_is_one)
{
    show(200, 100);
    check(200, 200);
}
END_TEST

START_TEST(an_inverted_run_stays_what_it_was)
{
    end(100, true, true);
    show(200, 100);
    check(200, 100);
    ck_assert(kept.ended.inverted);
}
END_TEST

/* --- readings --- */

static void
read_at(int64_t read_ms, const evc_kube_run *interrupted, int64_t since_ms)
{
    evc_kube_reading reading = {.read_ms = read_ms, .next_ms = -1};

    evc_journal_kept_add_reading(&kept, &reading, interrupted, since_ms);
}

static int64_t
read_before(int64_t since_ms)
{
    const evc_kube_reading *reading =
        evc_kube_readings_before(&kept.readings, since_ms);

    return reading ? reading->read_ms : -1;
}

START_TEST(what_a_verification_stores_anew_comes_after_a_reading)
{
    read_at(100, NULL, -1);
    show(200, 50);
    ck_assert_int_eq(kept.readings.items[0].next_ms, 200);
}
END_TEST

START_TEST(an_interrupted_run_may_go_on_after_a_reading)
{
    evc_kube_run run = run_of(50, false);

    read_at(100, &run, -1);
    ck_assert_int_eq(kept.readings.items[0].next_ms, 100);
    read_at(200, NULL, -1);
    ck_assert_int_eq(kept.readings.items[1].next_ms, -1);
}
END_TEST

START_TEST(a_change_that_only_a_run_was_told_keeps_the_reading_of_before_it)
{
    static evc_kube_run run;

    run = run_of(260, false);
    read_at(100, NULL, -1);
    read_at(200, NULL, -1);
    run.since_ms = 250;
    evc_journal_kept_take_ended(&kept, &run);
    read_at(300, NULL, -1);
    ck_assert_int_eq(read_before(250), 200);
    run.since_ms = 350;
    read_at(400, &run, -1);
    ck_assert_int_eq(read_before(350), 300);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        the_run_that_showed_something_stays_beside_a_later_one,
        an_inverted_run_showed_nothing,
        but_for_what_a_pass_of_it_did,
        what_a_verification_showed_counts_for_the_run_after_the_change,
        with_what_either_of_them_left_alone,
        so_where_no_change_is_told,
        a_run_of_before_the_change_gives_way_to_the_verification,
        without_a_run_the_verification_is_one,
        an_inverted_run_stays_what_it_was,
        what_a_verification_stores_anew_comes_after_a_reading,
        an_interrupted_run_may_go_on_after_a_reading,
        a_change_that_only_a_run_was_told_keeps_the_reading_of_before_it};
    TCase *tcase = tcase_create("journal_kept");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("journal_kept", add_tests)
