/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/verdict.h"

#include "evc-check.h"

static evc_verdict_facts f;
static evc_reencrypt_report *r;

/* A clean second pass over what was stored after a change that the server saw. */
static void
set_up(void)
{
    EVC_CHECK_OK(evc_reencrypt_report_new(&r, NULL));
    f = (evc_verdict_facts){.last = {.seen = 40, .asked = 40},
                            .checked = true,
                            .shown = true,
                            .mode = ENVCRYPT_REENCRYPT_REWRITE,
                            .since_ms = 1000,
                            .began_ms = 2000};
}

static void
tear_down(void)
{
    evc_reencrypt_report_free(r);
}

static void
check(int32_t outcome, const char *word)
{
    evc_verdict_conclude(&f, r);
    ck_assert_msg(r->outcome == outcome, "%d: %s", r->outcome, r->outcome_reason);
    ck_assert_msg(strstr(r->outcome_reason, word) != NULL, "%s", r->outcome_reason);
}
#define PROVEN(word) check(ENVCRYPT_OUTCOME_PROVEN, word)
#define NOT_PROVEN(word) check(ENVCRYPT_OUTCOME_NOT_PROVEN, word)
#define CONTRADICTED(word) check(ENVCRYPT_OUTCOME_CONTRADICTED, word)

START_TEST(a_clean_second_pass_after_a_change_that_was_seen_proves)
{
    PROVEN("40 objects");
}
END_TEST

START_TEST(a_run_of_one_piece_proves_what_it_stored_itself)
{
    f.since_ms = -1;
    PROVEN("1970-01-01T00:00:02Z");
}
END_TEST

START_TEST(without_the_time_of_the_change_a_resumed_run_proves_nothing)
{
    f.since_ms = -1;
    f.resumed = true;
    NOT_PROVEN("since");
    f.since_ms = 1000;
    PROVEN("40");
}
END_TEST

START_TEST(without_the_time_of_the_change_a_verification_proves_nothing)
{
    f.since_ms = -1;
    f.verifying = true;
    NOT_PROVEN("since");
    f.since_ms = 1000;
    PROVEN("40");
}
END_TEST

START_TEST(an_empty_pass_of_a_server_that_never_saw_the_change_proves_nothing)
{
    f.shown = false;
    NOT_PROVEN("did not show");
}
END_TEST

START_TEST(an_object_from_before_the_change_that_is_left_alone_proves_nothing)
{
    f.last.unknown = 1;
    (void)snprintf(f.last.example, sizeof(f.last.example), "ns/old");
    NOT_PROVEN("ns/old");
    NOT_PROVEN("mode annotate");
}
END_TEST

START_TEST(an_inversion_proves_nothing)
{
    f.inverted = true;
    NOT_PROVEN("older");
}
END_TEST

START_TEST(one_pass_proves_nothing)
{
    f.checked = false;
    NOT_PROVEN("second pass");
}
END_TEST

START_TEST(a_pass_that_still_wrote_proves_nothing)
{
    f.last.rewritten = 1;
    NOT_PROVEN("last pass");
}
END_TEST

START_TEST(no_object_proves_nothing)
{
    f.last.seen = 0;
    NOT_PROVEN("no object");
}
END_TEST

START_TEST(failures_and_gaps_prove_nothing)
{
    f.last.failed = 2;
    NOT_PROVEN("2 of 40");
    f.last.failed = 0;
    f.last.incomplete = true;
    NOT_PROVEN("listed");
}
END_TEST

START_TEST(a_verification_that_finds_something_stale_contradicts)
{
    f.verifying = true;
    f.last.rewritten = 3;
    f.last.failed = 1;
    (void)snprintf(f.last.example_stale, sizeof(f.last.example_stale), "ns/stale");
    CONTRADICTED("ns/stale");
}
END_TEST

/* With all else known, the pass that just was stored the last of what was stale. */
START_TEST(after_a_verification_that_was_kept_another_is_enough)
{
    f.verifying = true;
    f.last.rewritten = 3;
    CONTRADICTED("verify once more");
    f.shown = false;
    CONTRADICTED("re-encrypt once more");
    f.shown = true;
    f.last.unknown = 1;
    CONTRADICTED("re-encrypt once more");
    f.last.unknown = 0;
    f.last.failed = 1;
    CONTRADICTED("re-encrypt once more");
    f.last.failed = 0;
    f.last.incomplete = true;
    CONTRADICTED("re-encrypt once more");
    f.last.incomplete = false;
    f.since_ms = -1;
    CONTRADICTED("re-encrypt once more");
}
END_TEST

START_TEST(what_a_run_stored_in_the_wrong_order_showed_nothing)
{
    f.shown = false;
    f.mixed = true;
    NOT_PROVEN("verify with etcd");
    f.shown = true;
    PROVEN("40 objects");
}
END_TEST

START_TEST(annotations_never_prove)
{
    f.mode = ENVCRYPT_REENCRYPT_ANNOTATE;
    NOT_PROVEN("etcd");
    f.since_ms = -1;
    NOT_PROVEN("etcd");
}
END_TEST

START_TEST(an_object_that_was_not_annotated_contradicts_where_the_change_is_known)
{
    f.mode = ENVCRYPT_REENCRYPT_ANNOTATE;
    f.last.unknown = 1;
    (void)snprintf(f.last.example, sizeof(f.last.example), "ns/old");
    CONTRADICTED("ns/old");
    f.since_ms = -1;
    NOT_PROVEN("etcd");
}
END_TEST

START_TEST(a_migration_does_not_prove)
{
    f.mode = ENVCRYPT_REENCRYPT_MIGRATE;
    NOT_PROVEN("etcd");
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        a_clean_second_pass_after_a_change_that_was_seen_proves,
        a_run_of_one_piece_proves_what_it_stored_itself,
        without_the_time_of_the_change_a_resumed_run_proves_nothing,
        without_the_time_of_the_change_a_verification_proves_nothing,
        an_empty_pass_of_a_server_that_never_saw_the_change_proves_nothing,
        an_object_from_before_the_change_that_is_left_alone_proves_nothing,
        an_inversion_proves_nothing,
        one_pass_proves_nothing,
        a_pass_that_still_wrote_proves_nothing,
        no_object_proves_nothing,
        failures_and_gaps_prove_nothing,
        a_verification_that_finds_something_stale_contradicts,
        after_a_verification_that_was_kept_another_is_enough,
        what_a_run_stored_in_the_wrong_order_showed_nothing,
        annotations_never_prove,
        an_object_that_was_not_annotated_contradicts_where_the_change_is_known,
        a_migration_does_not_prove};
    TCase *tcase = tcase_create("verdict");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("verdict", add_tests)
