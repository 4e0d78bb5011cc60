/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/report.h"

#include "evc-alloc.h"
#include "evc-check.h"

#define FIGURE(name) ENVCRYPT_REENCRYPT_FIGURE_##name

static evc_reencrypt_report *r;

static void
set_up(void)
{
    EVC_CHECK_OK(evc_reencrypt_report_new(&r, NULL));
}

static void
tear_down(void)
{
    evc_reencrypt_report_free(r);
}

static void
failing(const char *ns, const char *name)
{
    EVC_CHECK_OK(
        evc_reencrypt_report_fail(r, ns, name, ENVCRYPT_E_KUBE_INVALID, NULL, NULL));
}

START_TEST(outcomes_have_names)
{
    ck_assert_str_eq(evc_reencrypt_outcome_name(ENVCRYPT_OUTCOME_PROVEN), "proven");
    ck_assert_str_eq(evc_reencrypt_outcome_name(ENVCRYPT_OUTCOME_NOT_PROVEN),
                     "not_proven");
    ck_assert_str_eq(evc_reencrypt_outcome_name(ENVCRYPT_OUTCOME_CONTRADICTED),
                     "contradicted");
    ck_assert_ptr_null(evc_reencrypt_outcome_name(0));
    ck_assert_ptr_null(evc_reencrypt_outcome_name(4));
}
END_TEST

START_TEST(nothing_is_proven_at_first)
{
    ck_assert_int_eq(r->mode, ENVCRYPT_REENCRYPT_AUTO);
    ck_assert_int_eq(r->outcome, ENVCRYPT_OUTCOME_NOT_PROVEN);
    ck_assert_int_eq(r->phase, ENVCRYPT_REENCRYPT_PHASE_PREFLIGHT);
    ck_assert_int_eq(evc_reencrypt_report_figure(r, FIGURE(TOTAL)), -1);
    ck_assert_int_eq(evc_reencrypt_report_figure(r, FIGURE(FAILED)), 0);
}
END_TEST

START_TEST(figures_are_counted_and_others_are_unknown)
{
    evc_reencrypt_report_count(r, FIGURE(LISTED), 40);
    evc_reencrypt_report_count(r, FIGURE(LISTED), 2);
    ck_assert_int_eq(evc_reencrypt_report_figure(r, FIGURE(LISTED)), 42);
    ck_assert_int_eq(evc_reencrypt_report_figure(r, 0), -1);
    ck_assert_int_eq(evc_reencrypt_report_figure(r, -1), -1);
    ck_assert_int_eq(evc_reencrypt_report_figure(r, FIGURE(STORED)), 0);
    ck_assert_int_eq(evc_reencrypt_report_figure(r, FIGURE(STORED) + 1), -1);
}
END_TEST

START_TEST(a_failure_has_object_code_and_message)
{
    evc_error *error = NULL;
    evc_table *table;

    (void)evc_err(&error, ENVCRYPT_E_KUBE_INVALID, "a webhook said no");
    EVC_CHECK_OK(evc_reencrypt_report_fail(r, "ns", "name", ENVCRYPT_E_KUBE_INVALID,
                                           error, NULL));
    evc_error_free(error);
    EVC_CHECK_OK(evc_reencrypt_report_failures(r, &table, NULL));
    ck_assert_uint_eq(table->rows, 1);
    ck_assert_str_eq(evc_table_cell(table, 0, 0), "ns");
    ck_assert_str_eq(evc_table_cell(table, 0, 1), "name");
    ck_assert_str_eq(evc_table_cell(table, 0, 2), "ENVCRYPT_E_KUBE_INVALID");
    ck_assert_str_eq(evc_table_cell(table, 0, 3), "a webhook said no");
    evc_table_free(table);
}
END_TEST

START_TEST(failures_are_listed_to_the_limit_and_counted_past_it)
{
    for (size_t i = 0; i < EVC_REENCRYPT_FAILURES; i++)
        failing("ns", "name");
    ck_assert_uint_eq(r->failures->rows, EVC_REENCRYPT_FAILURES);
    failing("ns", "one-more");
    ck_assert_uint_eq(r->failures->rows, EVC_REENCRYPT_FAILURES);
    ck_assert_int_eq(evc_reencrypt_report_figure(r, FIGURE(FAILED)),
                     EVC_REENCRYPT_FAILURES + 1);
}
END_TEST

START_TEST(a_new_pass_forgives_the_failures_of_the_last)
{
    failing("ns", "name");
    evc_reencrypt_report_forgive(r);
    ck_assert_uint_eq(r->failures->rows, 0);
    ck_assert_int_eq(evc_reencrypt_report_figure(r, FIGURE(FAILED)), 0);
    failing("ns", "other");
    ck_assert_str_eq(evc_table_cell(r->failures, 0, 1), "other");
}
END_TEST

START_TEST(sentences_and_notes_are_cut_at_their_room)
{
    char longest[EVC_REENCRYPT_SENTENCE + 10];

    memset(longest, 'a', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    evc_reencrypt_report_chose(r, ENVCRYPT_REENCRYPT_REWRITE, "%s", longest);
    evc_reencrypt_report_concludes(r, ENVCRYPT_OUTCOME_PROVEN, "%s", longest);
    ck_assert_uint_eq(strlen(r->mode_reason), EVC_REENCRYPT_SENTENCE - 1);
    ck_assert_uint_eq(strlen(r->outcome_reason), EVC_REENCRYPT_SENTENCE - 1);
    for (size_t i = 0; i < EVC_REENCRYPT_NOTES + 1; i++)
        evc_reencrypt_report_note(r, "note %zu", i);
    ck_assert_uint_eq(r->note_count, EVC_REENCRYPT_NOTES);
    ck_assert_str_eq(r->notes[EVC_REENCRYPT_NOTES - 1], "note 7");
}
END_TEST

static char *
json_of(void)
{
    static char text[4096];
    evc_buf out;

    evc_buf_init(&out);
    EVC_CHECK_OK(evc_reencrypt_report_to_json(r, &out, NULL));
    ck_assert_uint_lt(out.size, sizeof(text));
    memcpy(text, out.data, out.size);
    text[out.size] = '\0';
    evc_buf_reset(&out);
    return text;
}

START_TEST(json_has_everything)
{
    evc_reencrypt_report_chose(r, ENVCRYPT_REENCRYPT_REWRITE, "it saw one");
    evc_reencrypt_report_concludes(r, ENVCRYPT_OUTCOME_CONTRADICTED, "a/b is plain");
    evc_reencrypt_report_note(r, "no lease");
    evc_reencrypt_report_count(r, FIGURE(REWRITTEN), 7);
    r->began_ms = 0;
    r->phase = ENVCRYPT_REENCRYPT_PHASE_ENDED;
    failing("ns", "name");
    ck_assert_str_eq(
        json_of(),
        "{\"phase\":\"ended\",\"mode\":\"rewrite\",\"mode_reason\":\"it saw one\","
        "\"outcome\":\"contradicted\",\"outcome_reason\":\"a/b is plain\","
        "\"began\":\"1970-01-01T00:00:00Z\",\"ended\":null,\"resumed\":false,"
        "\"dry_run\":false,\"journal\":null,\"figures\":{\"total\":-1,\"done\":0,"
        "\"listed\":0,"
        "\"rewritten\":7,\"current\":0,\"gone\":0,\"settled\":0,\"skipped\":0,"
        "\"failed\":1,\"retried\":0,\"in_flight\":0,\"rate\":0,\"pass\":0,"
        "\"checked\":0,\"stored\":0},\"notes\":[\"no lease\"],\"failures\":[{"
        "\"namespace\":\"ns\",\"name\":\"name\",\"code\":\"ENVCRYPT_E_KUBE_INVALID\","
        "\"message\":\"the API server, or a webhook of it, does not accept this change "
        "of the object\"}]}");
}
END_TEST

START_TEST(json_in_mid_run_has_no_failures)
{
    failing("ns", "name");
    ck_assert_ptr_null(strstr(json_of(), "failures"));
}
END_TEST

static int
use(void *unused)
{
    evc_reencrypt_report *made = NULL;
    evc_table *table = NULL;
    evc_buf out;
    int rc = evc_reencrypt_report_new(&made, NULL);

    (void)unused;
    evc_buf_init(&out);
    if (!rc)
        rc = evc_reencrypt_report_fail(made, "a", "b", ENVCRYPT_E_DENIED, NULL, NULL);
    if (!rc)
        rc = evc_reencrypt_report_failures(made, &table, NULL);
    if (!rc)
        rc = evc_reencrypt_report_to_json(made, &out, NULL);
    evc_buf_reset(&out);
    evc_table_free(table);
    evc_reencrypt_report_free(made);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    ck_assert_uint_gt(evc_alloc_sweep(use, NULL), 10);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {outcomes_have_names,
                                nothing_is_proven_at_first,
                                figures_are_counted_and_others_are_unknown,
                                a_failure_has_object_code_and_message,
                                failures_are_listed_to_the_limit_and_counted_past_it,
                                a_new_pass_forgives_the_failures_of_the_last,
                                sentences_and_notes_are_cut_at_their_room,
                                json_has_everything,
                                json_in_mid_run_has_no_failures,
                                survives_any_failed_allocation};
    TCase *tcase = tcase_create("report");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("report", add_tests)
