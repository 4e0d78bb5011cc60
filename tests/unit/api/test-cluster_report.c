/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/report.h"

#include "cluster/cluster.h"
#include "envcrypt/envcrypt.h"
#include "envcrypt/version.h"
#include "evc-check.h"

static evc_env *env;
static evc_crypto *crypto;
static evc_cluster_report *report;

static void
begin(void)
{
    static const evc_cluster_driver driver = {.scheme = "toy", .title = "Toy"};
    static char uri[] = "toy://eu/prod";
    evc_cluster cluster = {.driver = &driver, .uri = uri};

    EVC_CHECK_OK(evc_env_open(65536, false, NULL, NULL, &env, NULL));
    EVC_CHECK_OK(evc_crypto_open(env, &crypto, NULL));
    cluster.crypto = crypto;
    EVC_CHECK_OK(evc_cluster_report_new(&cluster, EVC_VERB_ENABLE, &report, NULL));
}

static void
end(void)
{
    envcrypt_cluster_report_free(report);
    evc_crypto_unref(crypto);
    evc_env_unref(env);
}

static const char *
text(const char *name)
{
    return envcrypt_cluster_report_text(report, name);
}

START_TEST(texts_go_by_name)
{
    EVC_CHECK_OK(evc_cluster_state_set(&report->state, EVC_CLUSTER_ID, "arn", NULL));
    EVC_CHECK_OK(evc_cluster_state_set(&report->state, EVC_CLUSTER_MARK, "m", NULL));
    EVC_CHECK_OK(evc_cluster_key_set(&report->key.id, "key", NULL));
    (void)snprintf(report->update.id, sizeof(report->update.id), "u-1");
    ck_assert_str_eq(text("id"), "arn");
    ck_assert_str_eq(text("name"), "");
    ck_assert_str_eq(text("wanted-key"), "key");
    ck_assert_str_eq(text("update-id"), "u-1");
    ck_assert_str_eq(text("update-phase"), "none");
    ck_assert_str_eq(text("provider"), "Toy");
    ck_assert_str_eq(text("uri"), "toy://eu/prod");
    ck_assert_str_eq(text("verb"), "enable");
    ck_assert_str_eq(text("standing"), "");
    ck_assert_str_eq(text("encryption"), "unknown");
    ck_assert_ptr_null(text("mark"));
    ck_assert_ptr_null(text("nothing"));
    ck_assert_ptr_null(text(NULL));
}
END_TEST

START_TEST(tables_go_by_name)
{
    ck_assert_ptr_null(envcrypt_cluster_report_table(report, "issues"));
    EVC_CHECK_OK(evc_cluster_state_issue(&report->state, "c", "m", "a", true, NULL));
    ck_assert_str_eq(
        envcrypt_table_get(envcrypt_cluster_report_table(report, "issues"), 0, "code"),
        "c");
    EVC_CHECK_OK(evc_steps_new(&report->steps, NULL));
    ck_assert_ptr_eq(envcrypt_cluster_report_table(report, "steps"), report->steps);
    ck_assert_ptr_null(envcrypt_cluster_report_table(report, "checks"));
    ck_assert_ptr_null(envcrypt_cluster_report_table(report, "evidence"));
    ck_assert_ptr_null(envcrypt_cluster_report_table(report, "nothing"));
    ck_assert_ptr_null(envcrypt_cluster_report_table(report, NULL));
}
END_TEST

START_TEST(what_is_at_work_on_secrets_goes_before_what_was)
{
    evc_reencrypt_report *now;

    ck_assert_ptr_null(envcrypt_cluster_report_secrets(report));
    EVC_CHECK_OK(evc_reencrypt_report_new(&report->secrets, NULL));
    ck_assert_ptr_eq(envcrypt_cluster_report_secrets(report), report->secrets);
    EVC_CHECK_OK(evc_reencrypt_report_new(&now, NULL));
    report->secrets_so_far = now;
    ck_assert_ptr_eq(envcrypt_cluster_report_secrets(report), now);
    report->secrets_so_far = NULL;
    evc_reencrypt_report_free(now);
}
END_TEST

START_TEST(figures_and_sentences_are_told)
{
    evc_cluster_report_note(report, "first");
    evc_cluster_report_concludes(report, ENVCRYPT_OUTCOME_PROVEN, "all seen");
    evc_cluster_report_advise(report, "rest");
    report->standing = ENVCRYPT_CLUSTER_OTHER_KEY;
    ck_assert_str_eq(envcrypt_cluster_report_note(report, 0), "first");
    ck_assert_ptr_null(envcrypt_cluster_report_note(report, 1));
    ck_assert_int_eq(envcrypt_cluster_report_outcome(report), ENVCRYPT_OUTCOME_PROVEN);
    ck_assert_str_eq(envcrypt_cluster_report_outcome_reason(report), "all seen");
    ck_assert_str_eq(envcrypt_cluster_report_next(report), "rest");
    ck_assert_int_eq(envcrypt_cluster_report_standing(report),
                     ENVCRYPT_CLUSTER_OTHER_KEY);
    ck_assert_str_eq(text("standing"), "other-key");
    ck_assert_int_eq(envcrypt_cluster_report_phase(report),
                     ENVCRYPT_CLUSTER_PHASE_READING);
    ck_assert_int_gt(envcrypt_cluster_report_began_ms(report), 0);
    ck_assert_int_eq(envcrypt_cluster_report_ended_ms(report), -1);
}
END_TEST

START_TEST(the_whole_is_json)
{
    envcrypt_buffer *json;

    EVC_CHECK_OK(envcrypt_cluster_report_to_json(report, &json, NULL));
    ck_assert_ptr_nonnull(strstr(envcrypt_buffer_data(json), "\"verb\":\"enable\""));
    envcrypt_buffer_free(json);
}
END_TEST

START_TEST(a_report_that_was_kept_is_read_again)
{
    envcrypt_cluster_report *again = NULL;
    envcrypt_buffer *json = NULL;

    EVC_CHECK_OK(evc_cluster_report_enter(report, ENVCRYPT_CLUSTER_PHASE_CHECKING,
                                          report->began_ms, NULL));
    report->update.sent_ms = 1700000000000;
    report->update.done_ms = 1700000001000;
    report->update.needless = true;
    EVC_CHECK_OK(envcrypt_cluster_report_to_json(report, &json, NULL));
    EVC_CHECK_OK(envcrypt_cluster_report_read(
        envcrypt_buffer_data(json), envcrypt_buffer_size(json), &again, NULL));
    ck_assert_str_eq(envcrypt_cluster_report_text(again, "uri"), report->uri);
    ck_assert_str_eq(envcrypt_cluster_report_text(again, "needless"), "yes");
    ck_assert_str_eq(envcrypt_cluster_report_text(again, "phase"), "checking");
    ck_assert_str_eq(envcrypt_cluster_report_text(again, "outcome"), "");
    ck_assert_str_eq(envcrypt_cluster_report_text(again, "tool-version"),
                     ENVCRYPT_VERSION_STRING);
    ck_assert_int_eq(envcrypt_cluster_report_sent_ms(again), 1700000000000);
    ck_assert_int_eq(envcrypt_cluster_report_done_ms(again), 1700000001000);
    ck_assert_str_eq(
        envcrypt_table_get(envcrypt_cluster_report_table(again, "phases"), 0, "phase"),
        "checking");
    envcrypt_cluster_report_free(again);
    EVC_CHECK_CODE(envcrypt_cluster_report_read("{}", 2, &again, NULL),
                   ENVCRYPT_E_JSON);
    ck_assert_ptr_null(again);
    envcrypt_buffer_free(json);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {texts_go_by_name,
                                tables_go_by_name,
                                what_is_at_work_on_secrets_goes_before_what_was,
                                figures_and_sentences_are_told,
                                the_whole_is_json,
                                a_report_that_was_kept_is_read_again};
    TCase *tcase = tcase_create("cluster_report");

    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("cluster_report", add_tests)
