/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/evidence.h"

#include "evc-alloc.h"
#include "evc-check.h"

static evc_evidence evidence;

static void
set_up(void)
{
    EVC_CHECK_OK(evc_evidence_init(&evidence, NULL));
}

static void
tear_down(void)
{
    evc_evidence_reset(&evidence);
}

static void
add(evc_fact fact, const char *detail)
{
    EVC_CHECK_OK(evc_evidence_add(&evidence, "a fact", fact, NULL, "%s", detail));
}

START_TEST(nothing_seen_proves_nothing)
{
    ck_assert_int_eq(evc_evidence_outcome(&evidence), ENVCRYPT_OUTCOME_NOT_PROVEN);
    add(EVC_FACT_HINT, "used today");
    ck_assert_int_eq(evc_evidence_outcome(&evidence), ENVCRYPT_OUTCOME_NOT_PROVEN);
}
END_TEST

START_TEST(all_needed_facts_seen_prove_it)
{
    add(EVC_FACT_SEEN, "the key is enabled");
    add(EVC_FACT_HINT, "used today");
    ck_assert_int_eq(evc_evidence_outcome(&evidence), ENVCRYPT_OUTCOME_PROVEN);
    ck_assert_str_eq(evidence.reason, "");
}
END_TEST

START_TEST(one_missing_fact_leaves_it_not_proven_and_is_the_reason)
{
    add(EVC_FACT_SEEN, "a");
    add(EVC_FACT_MISSING, "no event yet");
    add(EVC_FACT_MISSING, "another");
    ck_assert_int_eq(evc_evidence_outcome(&evidence), ENVCRYPT_OUTCOME_NOT_PROVEN);
    ck_assert_str_eq(evidence.reason, "no event yet");
}
END_TEST

START_TEST(one_contrary_fact_contradicts_whatever_else_there_is)
{
    add(EVC_FACT_SEEN, "a");
    add(EVC_FACT_MISSING, "b");
    add(EVC_FACT_CONTRARY, "another key");
    add(EVC_FACT_CONTRARY, "c");
    add(EVC_FACT_MISSING, "d");
    ck_assert_int_eq(evc_evidence_outcome(&evidence), ENVCRYPT_OUTCOME_CONTRADICTED);
    ck_assert_str_eq(evidence.reason, "another key");
    ck_assert_uint_eq(evidence.contrary, 2);
}
END_TEST

START_TEST(what_is_awaited_is_missing_and_may_come_when_nothing_else_is)
{
    add(EVC_FACT_SEEN, "a");
    ck_assert(!evc_evidence_may_come(&evidence));
    add(EVC_FACT_AWAITED, "no event yet");
    ck_assert_int_eq(evc_evidence_outcome(&evidence), ENVCRYPT_OUTCOME_NOT_PROVEN);
    ck_assert_str_eq(evidence.reason, "no event yet");
    ck_assert(evc_evidence_may_come(&evidence));
    add(EVC_FACT_MISSING, "no state");
    ck_assert(!evc_evidence_may_come(&evidence));
}
END_TEST

START_TEST(what_is_contrary_is_not_waited_for)
{
    add(EVC_FACT_AWAITED, "no event yet");
    add(EVC_FACT_CONTRARY, "another key");
    ck_assert(!evc_evidence_may_come(&evidence));
}
END_TEST

START_TEST(rows_have_names_results_and_details)
{
    static const char *const results[] = {"seen", "missing", "contrary", "hint",
                                          "missing"};

    for (int i = 0; i < 5; i++)
        add((evc_fact)i, "d");
    for (size_t i = 0; i < 5; i++) {
        ck_assert_str_eq(evc_table_cell(evidence.rows, i, 0), "a fact");
        ck_assert_str_eq(evc_table_cell(evidence.rows, i, 1), results[i]);
        ck_assert_str_eq(evc_table_cell(evidence.rows, i, 2), "d");
    }
}
END_TEST

START_TEST(a_reason_is_cut_where_there_is_no_more_room)
{
    char longer[1000];

    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    add(EVC_FACT_MISSING, longer);
    ck_assert_uint_eq(strlen(evidence.reason), sizeof(evidence.reason) - 1);
}
END_TEST

static int
fill(void *user)
{
    evc_evidence e;
    int rc = evc_evidence_init(&e, NULL);

    (void)user;
    if (rc == 0)
        rc = evc_evidence_add(&e, "a", EVC_FACT_SEEN, NULL, "b");
    evc_evidence_reset(&e);
    evc_evidence_reset(NULL);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    ck_assert_uint_gt(evc_alloc_sweep(fill, NULL), 3);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        nothing_seen_proves_nothing,
        all_needed_facts_seen_prove_it,
        one_missing_fact_leaves_it_not_proven_and_is_the_reason,
        one_contrary_fact_contradicts_whatever_else_there_is,
        what_is_awaited_is_missing_and_may_come_when_nothing_else_is,
        what_is_contrary_is_not_waited_for,
        rows_have_names_results_and_details,
        a_reason_is_cut_where_there_is_no_more_room,
        survives_any_failed_allocation};
    TCase *tcase = tcase_create("evidence");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("evidence", add_tests)
