/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/report_read.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "evc-alloc.h"
#include "evc-check.h"

static evc_cluster_report *written;
static evc_cluster_report *report;

/* One that has something of everything. */
static void
set_up(void)
{
    evc_checks checks;
    evc_evidence evidence;
    evc_cluster_state *state;

    report = NULL;
    EVC_CHECK_OK(
        evc_cluster_report_make("Toy clusters", "toy://eu/prod", &written, NULL));
    state = &written->state;
    written->verb = EVC_VERB_ENABLE;
    written->began_ms = 1700000000000;
    written->ended_ms = 1700000009000;
    written->standing = ENVCRYPT_CLUSTER_DEGRADED;
    EVC_CHECK_OK(evc_cluster_report_enter(written, ENVCRYPT_CLUSTER_PHASE_READING,
                                          1700000000000, NULL));
    EVC_CHECK_OK(evc_cluster_report_enter(written, ENVCRYPT_CLUSTER_PHASE_WAITING,
                                          1700000002500, NULL));
    EVC_CHECK_OK(evc_cluster_report_enter(written, ENVCRYPT_CLUSTER_PHASE_ENDED,
                                          1700000009000, NULL));
    EVC_CHECK_OK(evc_cluster_state_set(state, EVC_CLUSTER_ID, "arn:prod", NULL));
    EVC_CHECK_OK(evc_cluster_state_set(state, EVC_CLUSTER_KEY, "arn:key", NULL));
    EVC_CHECK_OK(
        evc_cluster_state_issue(state, "KmsKeyDisabled", "m", "a", true, NULL));
    state->phase = EVC_CLUSTER_CHANGING;
    state->encryption = ENVCRYPT_CLUSTER_ENCRYPTION_OWN;
    state->key_state = ENVCRYPT_KEY_DISABLED;
    EVC_CHECK_OK(evc_cluster_key_set(&written->key.id, "arn:key", NULL));
    EVC_CHECK_OK(evc_cluster_key_set(&written->key.aliases, "alias/one", NULL));
    written->key.state = ENVCRYPT_KEY_ENABLED;
    written->update.phase = EVC_UPDATE_DONE;
    written->update.sent_ms = 1700000001000;
    written->update.done_ms = 1700000008000;
    written->update.adopted = true;
    (void)snprintf(written->update.id, sizeof(written->update.id), "u-1");
    (void)snprintf(written->update.request_id, sizeof(written->update.request_id),
                   "r-1");
    EVC_CHECK_OK(evc_checks_init(&checks, NULL));
    EVC_CHECK_OK(
        evc_checks_add(&checks, "key state", EVC_CHECK_WARNING, "R11", 0, NULL, "hm"));
    written->checks = checks.rows;
    EVC_CHECK_OK(evc_evidence_init(&evidence, NULL));
    EVC_CHECK_OK(evc_evidence_add(&evidence, "status", EVC_FACT_SEEN, NULL, "ok"));
    written->evidence = evidence.rows;
    EVC_CHECK_OK(evc_steps_new(&written->steps, NULL));
    EVC_CHECK_OK(evc_steps_add(written->steps, "enable", "POST /", "e", NULL, NULL));
    EVC_CHECK_OK(evc_reencrypt_report_new(&written->secrets, NULL));
    evc_cluster_report_note(written, "first");
    evc_cluster_report_note(written, "second");
    evc_cluster_report_concludes(written, ENVCRYPT_OUTCOME_NOT_PROVEN, "no event");
    evc_cluster_report_advise(written, "wait");
    (void)snprintf(written->state_file, sizeof(written->state_file), "/s/f.json");
    (void)snprintf(written->tool_version, sizeof(written->tool_version), "0.0.7");
}

static void
tear_down(void)
{
    evc_cluster_report_free(written);
    evc_cluster_report_free(report);
}

static void
read_text(const char *text)
{
    evc_cluster_report_free(report);
    EVC_CHECK_OK(evc_cluster_report_read(evc_view_text(text), &report, NULL));
}

#define HEAD "{\"provider\":\"p\",\"uri\":\"u\""
#define REST ",\"cluster\":{},\"update\":{}}"

START_TEST(what_was_written_is_written_again_to_the_byte)
{
    evc_buf first;
    evc_buf again;

    evc_buf_init(&first);
    evc_buf_init(&again);
    EVC_CHECK_OK(evc_cluster_report_json(written, &first, NULL));
    EVC_CHECK_OK(evc_cluster_report_read(evc_buf_view(&first), &report, NULL));
    EVC_CHECK_OK(evc_cluster_report_json(report, &again, NULL));
    evc_buf_put_u8(&first, 0);
    evc_buf_put_u8(&again, 0);
    ck_assert_str_eq((const char *)again.data, (const char *)first.data);
    evc_buf_reset(&first);
    evc_buf_reset(&again);
}
END_TEST

START_TEST(phases_are_those_gone_through_with_how_long_they_lasted)
{
    ck_assert_uint_eq(written->phases->rows, 2);
    ck_assert_str_eq(evc_table_text(written->phases, 0, "phase"), "reading");
    ck_assert_str_eq(evc_table_text(written->phases, 0, "ms"), "2500");
    ck_assert_str_eq(evc_table_text(written->phases, 1, "began"),
                     "2023-11-14T22:13:22Z");
    ck_assert_str_eq(evc_table_text(written->phases, 1, "ms"), "6500");
}
END_TEST

START_TEST(a_phase_that_is_entered_again_at_once_goes_on)
{
    read_text(HEAD REST);
    for (int i = 0; i < 3; i++)
        EVC_CHECK_OK(evc_cluster_report_enter(report, ENVCRYPT_CLUSTER_PHASE_VERIFYING,
                                              i, NULL));
    ck_assert_uint_eq(report->phases->rows, 1);
}
END_TEST

START_TEST(phases_past_the_most_count_to_the_last)
{
    read_text(HEAD REST);
    for (unsigned i = 0; i <= EVC_CLUSTER_PHASES; i++)
        EVC_CHECK_OK(evc_cluster_report_enter(report,
                                              i % 2 ? ENVCRYPT_CLUSTER_PHASE_WAITING
                                                    : ENVCRYPT_CLUSTER_PHASE_CHANGING,
                                              i, NULL));
    ck_assert_uint_eq(report->phases->rows, EVC_CLUSTER_PHASES);
}
END_TEST

START_TEST(what_is_missing_or_not_known_is_as_in_a_new_report)
{
    read_text(HEAD ",\"verb\":\"sing\",\"standing\":\"upright\",\"fresh\":[1]" REST);
    ck_assert_int_eq(report->standing, -1);
    ck_assert_int_eq(report->outcome, 0);
    ck_assert_int_eq(report->began_ms, -1);
    ck_assert_int_eq(report->update.sent_ms, -1);
    ck_assert_ptr_null(report->checks);
    ck_assert_ptr_null(report->secrets);
    ck_assert_ptr_null(report->key.id);
}
END_TEST

START_TEST(what_is_no_report_is_refused_by_what_is_wrong)
{
    static const struct {
        const char *text, *told;
    } cases[] = {
        {"", "no report of a cluster"},
        {"[]", "\"provider\" is missing"},
        {"{\"provider\":\"p\"}", "\"uri\" is missing"},
        {HEAD "}", "\"cluster\" is missing"},
        {HEAD ",\"cluster\":{}}", "\"update\" is missing"},
        {HEAD ",\"provider\":\"q\"" REST, "cannot read"},
        {HEAD ",\"began\":\"today\"" REST, "\"began\" is no time"},
        {HEAD ",\"began\":7" REST, "\"began\" is not a string"},
        {HEAD ",\"notes\":{}" REST, "\"notes\" is not an array"},
        {HEAD ",\"phases\":[{\"ms\":-1}]" REST, "\"ms\""},
        {HEAD ",\"checks\":[{\"check\":1}]" REST, "\"check\""},
        {HEAD ",\"secrets\":{}" REST, "\"figures\" is missing"},
        {HEAD ",\"cluster\":{\"id\":1},\"update\":{}}", "\"id\""},
        {HEAD ",\"wanted\":{\"id\":1}" REST, "\"id\""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        evc_error *error = NULL;

        EVC_CHECK_CODE(
            evc_cluster_report_read(evc_view_text(cases[i].text), &report, &error),
            ENVCRYPT_E_JSON);
        ck_assert_ptr_null(report);
        ck_assert_msg(strstr(evc_error_message(error), cases[i].told) != NULL, "%s: %s",
                      cases[i].text, evc_error_message(error));
        evc_error_free(error);
    }
}
END_TEST

START_TEST(texts_are_made_fit_for_a_terminal)
{
    read_text(HEAD ",\"next\":\"a\\u001b[2Jb\"" REST);
    ck_assert_str_eq(report->next, "a?[2Jb");
}
END_TEST

static int
read_again(void *user)
{
    evc_cluster_report *r = NULL;
    int rc = evc_cluster_report_read(evc_buf_view(user), &r, NULL);

    evc_cluster_report_free(r);
    return rc == ENVCRYPT_E_JSON ? ENVCRYPT_E_NOMEM : rc; /* as codec/json.h says */
}

START_TEST(survives_any_failed_allocation)
{
    evc_buf text;

    evc_buf_init(&text);
    EVC_CHECK_OK(evc_cluster_report_json(written, &text, NULL));
    ck_assert_uint_gt(evc_alloc_sweep(read_again, &text), 20);
    evc_buf_reset(&text);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {what_was_written_is_written_again_to_the_byte,
                                phases_are_those_gone_through_with_how_long_they_lasted,
                                a_phase_that_is_entered_again_at_once_goes_on,
                                phases_past_the_most_count_to_the_last,
                                what_is_missing_or_not_known_is_as_in_a_new_report,
                                what_is_no_report_is_refused_by_what_is_wrong,
                                texts_are_made_fit_for_a_terminal,
                                survives_any_failed_allocation};
    TCase *tcase = tcase_create("report_read");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("report_read", add_tests)
