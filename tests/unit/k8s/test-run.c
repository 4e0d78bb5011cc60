/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/run.h"

#include "envcrypt/k8s.h"
#include "evc-check.h"

static evc_kube_run run;

static void
set_up(void)
{
    evc_kube_run_init(&run);
    run.mode = ENVCRYPT_REENCRYPT_REWRITE;
}

static void
count(const char *version, evc_settled how)
{
    evc_kube_object object = {.ns = "a", .name = "b"};

    (void)snprintf(object.version, sizeof(object.version), "%s", version);
    evc_kube_run_count(&run, &object, how);
}

static bool
is_after(const char *version)
{
    evc_kube_object object = {.ns = "a", .name = "b"};

    (void)snprintf(object.version, sizeof(object.version), "%s", version);
    return evc_kube_run_is_after(&run, &object);
}

START_TEST(names_go_both_ways)
{
    evc_settled how;

    for (int i = 0; i < EVC_SETTLED_COUNT; i++) {
        ck_assert(evc_settled_of(evc_settled_name((evc_settled)i), &how));
        ck_assert_int_eq(how, i);
    }
    ck_assert(!evc_settled_of("lost", &how));
}
END_TEST

START_TEST(listed_is_what_was_settled_in_any_way)
{
    count("1", EVC_SETTLED_REWRITTEN);
    count("2", EVC_SETTLED_GONE);
    count("3", EVC_SETTLED_FAILED);
    ck_assert_uint_eq(evc_kube_run_listed(&run), 3);
}
END_TEST

START_TEST(a_further_pass_counts_only_what_it_stored_anew)
{
    count("1", EVC_SETTLED_CURRENT);
    evc_kube_run_next_pass(&run);
    count("1", EVC_SETTLED_CURRENT);
    count("2", EVC_SETTLED_REWRITTEN);
    ck_assert_uint_eq(run.pass, 2);
    ck_assert_uint_eq(run.counts[EVC_SETTLED_CURRENT], 1);
    ck_assert_uint_eq(run.counts[EVC_SETTLED_REWRITTEN], 1);
}
END_TEST

START_TEST(an_empty_patch_that_stored_something_shows_staleness)
{
    count("1", EVC_SETTLED_CURRENT);
    ck_assert(!run.shown);
    count("2", EVC_SETTLED_REWRITTEN);
    ck_assert(run.shown);
}
END_TEST

START_TEST(what_somebody_else_changed_on_the_way_shows_nothing)
{
    count("2", EVC_SETTLED_ALTERED);
    count("1", EVC_SETTLED_CURRENT);
    ck_assert(!run.shown && !run.inverted);
    ck_assert_uint_eq(run.counts[EVC_SETTLED_ALTERED], 1);
}
END_TEST

START_TEST(an_annotation_shows_nothing)
{
    run.mode = ENVCRYPT_REENCRYPT_ANNOTATE;
    count("2", EVC_SETTLED_REWRITTEN);
    count("1", EVC_SETTLED_CURRENT);
    ck_assert(!run.shown && !run.inverted);
}
END_TEST

START_TEST(old_is_stale_and_new_is_not)
{
    count("7", EVC_SETTLED_REWRITTEN);
    count("12", EVC_SETTLED_CURRENT);
    count("11", EVC_SETTLED_REWRITTEN);
    ck_assert(!run.inverted);
}
END_TEST

START_TEST(what_is_left_alone_though_newer_is_stale_is_an_inversion)
{
    count("12", EVC_SETTLED_REWRITTEN);
    ck_assert(!run.inverted);
    count("7", EVC_SETTLED_CURRENT);
    ck_assert(run.inverted);
}
END_TEST

START_TEST(an_inversion_stays_and_is_not_one_across_passes)
{
    count("12", EVC_SETTLED_REWRITTEN);
    evc_kube_run_next_pass(&run);
    count("7", EVC_SETTLED_CURRENT);
    ck_assert(!run.inverted);
    count("9", EVC_SETTLED_REWRITTEN);
    evc_kube_run_next_pass(&run);
    ck_assert(run.inverted);
}
END_TEST

START_TEST(a_run_with_an_inversion_shows_what_a_pass_without_one_did)
{
    count("7", EVC_SETTLED_REWRITTEN);
    count("12", EVC_SETTLED_CURRENT);
    ck_assert(evc_kube_run_is_shown(&run));
    evc_kube_run_next_pass(&run);
    count("12", EVC_SETTLED_CURRENT);
    count("20", EVC_SETTLED_REWRITTEN);
    ck_assert(run.inverted);
    ck_assert(evc_kube_run_is_shown(&run));
}
END_TEST

START_TEST(a_run_whose_passes_all_have_one_shows_nothing)
{
    for (int pass = 0; pass < 2; pass++) {
        count("12", EVC_SETTLED_CURRENT);
        count("20", EVC_SETTLED_REWRITTEN);
        evc_kube_run_next_pass(&run);
    }
    ck_assert(run.shown && !evc_kube_run_is_shown(&run));
    count("12", EVC_SETTLED_CURRENT);
    evc_kube_run_next_pass(&run);
    ck_assert(!evc_kube_run_is_shown(&run));
}
END_TEST

START_TEST(versions_that_are_no_numbers_have_no_order)
{
    (void)snprintf(run.baseline, sizeof(run.baseline), "5");
    count("b", EVC_SETTLED_REWRITTEN);
    count("a", EVC_SETTLED_CURRENT);
    ck_assert(!run.inverted);
    ck_assert(!is_after("x"));
}
END_TEST

START_TEST(after_the_baseline_is_what_is_higher)
{
    ck_assert(!is_after("5"));
    (void)snprintf(run.baseline, sizeof(run.baseline), "99");
    ck_assert(!is_after("98"));
    ck_assert(!is_after("99"));
    ck_assert(is_after("100"));
}
END_TEST

START_TEST(what_was_left_alone_of_before_the_change_was_overlooked)
{
    ck_assert(!evc_kube_run_overlooked(&run, 1000));
    evc_kube_run_left(&run, 1000);
    ck_assert(!evc_kube_run_overlooked(&run, 1000));
    ck_assert(evc_kube_run_overlooked(&run, 1001));
    evc_kube_run_left(&run, 999);
    evc_kube_run_left(&run, 1500);
    ck_assert(evc_kube_run_overlooked(&run, 1000));
    ck_assert(!evc_kube_run_overlooked(&run, 999));
}
END_TEST

START_TEST(where_no_change_is_told_nothing_was_overlooked)
{
    evc_kube_run_left(&run, 0);
    ck_assert(!evc_kube_run_overlooked(&run, -1));
    ck_assert(evc_kube_run_overlooked(&run, 1));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        names_go_both_ways,
        listed_is_what_was_settled_in_any_way,
        a_further_pass_counts_only_what_it_stored_anew,
        an_empty_patch_that_stored_something_shows_staleness,
        what_somebody_else_changed_on_the_way_shows_nothing,
        an_annotation_shows_nothing,
        old_is_stale_and_new_is_not,
        what_is_left_alone_though_newer_is_stale_is_an_inversion,
        an_inversion_stays_and_is_not_one_across_passes,
        a_run_with_an_inversion_shows_what_a_pass_without_one_did,
        a_run_whose_passes_all_have_one_shows_nothing,
        versions_that_are_no_numbers_have_no_order,
        after_the_baseline_is_what_is_higher,
        what_was_left_alone_of_before_the_change_was_overlooked,
        where_no_change_is_told_nothing_was_overlooked};
    TCase *tcase = tcase_create("run");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("run", add_tests)
