/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/report.h"

#include "base/mem.h"
#include "cluster/cluster.h"
#include "codec/json.h"
#include "evc-alloc.h"
#include "evc-check.h"

static evc_env *env;
static evc_crypto *crypto;
static evc_cluster cluster;
static evc_cluster_report *report;
static evc_json_doc *doc;
static const evc_json *root;
static char uri[] = "toy://eu/prod";
static const evc_cluster_driver driver = {.scheme = "toy", .title = "Toy clusters"};

static void
set_up(void)
{
    EVC_CHECK_OK(evc_env_open(65536, false, NULL, NULL, &env, NULL));
    EVC_CHECK_OK(evc_crypto_open(env, &crypto, NULL));
    cluster = (evc_cluster){.crypto = crypto, .driver = &driver, .uri = uri};
    EVC_CHECK_OK(evc_cluster_report_new(&cluster, EVC_VERB_ENABLE, &report, NULL));
    doc = NULL;
}

static void
tear_down(void)
{
    evc_json_free(doc);
    evc_cluster_report_free(report);
    evc_crypto_unref(crypto);
    evc_env_unref(env);
}

static void
write_json(void)
{
    evc_buf text;

    evc_buf_init(&text);
    EVC_CHECK_OK(evc_cluster_report_json(report, &text, NULL));
    EVC_CHECK_OK(evc_json_parse(evc_buf_view(&text), "report", &doc, NULL));
    root = evc_json_root(doc);
    evc_buf_reset(&text);
}

static const char *
text_of(const evc_json *of, const char *name)
{
    const char *text = "absent";

    EVC_CHECK_OK(evc_json_text_opt(of, name, &text, NULL));
    return text;
}

static const evc_json *
object_of(const char *name)
{
    const evc_json *object;

    EVC_CHECK_OK(evc_json_object(root, name, &object, NULL));
    return object;
}

static const evc_json *
first_of(const char *name)
{
    const evc_json *array;

    EVC_CHECK_OK(evc_json_array(root, name, &array, NULL));
    ck_assert_uint_eq(evc_json_count(array), 1);
    return evc_json_at(array, 0);
}

START_TEST(a_new_report_says_what_it_is_about_and_concludes_nothing)
{
    write_json();
    ck_assert_str_eq(text_of(root, "provider"), "Toy clusters");
    ck_assert_str_eq(text_of(root, "uri"), "toy://eu/prod");
    ck_assert_str_eq(text_of(root, "verb"), "enable");
    ck_assert_str_eq(text_of(root, "phase"), "reading");
    ck_assert_str_eq(text_of(root, "standing"), "absent");
    ck_assert_str_eq(text_of(root, "outcome"), "absent");
    ck_assert_str_eq(text_of(root, "secrets"), "absent");
    ck_assert_str_eq(text_of(root, "ended"), "absent");
    ck_assert_str_ne(text_of(root, "version"), "absent");
    ck_assert_str_ne(text_of(root, "began"), "absent");
}
END_TEST

START_TEST(tables_are_arrays_of_objects)
{
    evc_checks checks;
    evc_evidence evidence;

    EVC_CHECK_OK(evc_checks_init(&checks, NULL));
    EVC_CHECK_OK(
        evc_checks_add(&checks, "key state", EVC_CHECK_WARNING, "R11", 0, NULL, "hm"));
    report->checks = checks.rows;
    EVC_CHECK_OK(evc_evidence_init(&evidence, NULL));
    EVC_CHECK_OK(evc_evidence_add(&evidence, "status", EVC_FACT_SEEN, NULL, "ok"));
    report->evidence = evidence.rows;
    EVC_CHECK_OK(evc_steps_new(&report->steps, NULL));
    EVC_CHECK_OK(evc_steps_add(report->steps, "enable", "POST /", "e", NULL, NULL));
    write_json();
    ck_assert_str_eq(text_of(first_of("checks"), "rule"), "R11");
    ck_assert_str_eq(text_of(first_of("evidence"), "fact"), "status");
    ck_assert_str_eq(text_of(first_of("steps"), "request"), "POST /");
    ck_assert_str_eq(text_of(first_of("steps"), "warning"), "absent");
}
END_TEST

START_TEST(the_cluster_is_told_without_certificate_and_mark)
{
    EVC_CHECK_OK(evc_cluster_state_set(&report->state, EVC_CLUSTER_ID, "arn", NULL));
    EVC_CHECK_OK(evc_cluster_state_set(&report->state, EVC_CLUSTER_CA, "PEM", NULL));
    EVC_CHECK_OK(evc_cluster_state_set(&report->state, EVC_CLUSTER_MARK, "m", NULL));
    report->state.encryption = ENVCRYPT_CLUSTER_ENCRYPTION_OWN;
    report->state.key_state = ENVCRYPT_KEY_ENABLED;
    write_json();
    ck_assert_str_eq(text_of(object_of("cluster"), "id"), "arn");
    ck_assert_str_eq(text_of(object_of("cluster"), "encryption"), "own");
    ck_assert_str_eq(text_of(object_of("cluster"), "key-state"), "enabled");
    ck_assert_str_eq(text_of(object_of("cluster"), "state"), "steady");
    ck_assert_str_eq(text_of(object_of("cluster"), "ca"), "absent");
    ck_assert_str_eq(text_of(object_of("cluster"), "mark"), "absent");
}
END_TEST

START_TEST(key_update_and_outcome_are_told)
{
    EVC_CHECK_OK(evc_cluster_key_set(&report->key.id, "arn:key", NULL));
    report->update.phase = EVC_UPDATE_DONE;
    report->update.done_ms = 1700000000000;
    (void)snprintf(report->update.id, sizeof(report->update.id), "u-1");
    (void)snprintf(report->update.detail, sizeof(report->update.detail), "caf\xc3");
    evc_cluster_report_concludes(report, ENVCRYPT_OUTCOME_NOT_PROVEN, "no %s", "event");
    evc_cluster_report_advise(report, "wait");
    evc_cluster_report_note(report, "first");
    write_json();
    ck_assert_str_eq(text_of(object_of("wanted"), "id"), "arn:key");
    ck_assert_str_eq(text_of(object_of("update"), "phase"), "done");
    ck_assert_str_eq(text_of(object_of("update"), "id"), "u-1");
    ck_assert_str_eq(text_of(object_of("update"), "detail"), "caf?");
    ck_assert_str_eq(text_of(object_of("update"), "done"), "2023-11-14T22:13:20Z");
    ck_assert_str_eq(text_of(root, "outcome"), "not_proven");
    ck_assert_str_eq(text_of(root, "outcome_reason"), "no event");
    ck_assert_str_eq(text_of(root, "next"), "wait");
}
END_TEST

START_TEST(the_secrets_part_is_in_it)
{
    EVC_CHECK_OK(evc_reencrypt_report_new(&report->secrets, NULL));
    write_json();
    ck_assert_str_eq(text_of(object_of("secrets"), "outcome"), "not_proven");
}
END_TEST

START_TEST(standing_and_next_step_follow_from_state_and_key)
{
    report->state.encryption = ENVCRYPT_CLUSTER_ENCRYPTION_PROVIDER;
    evc_cluster_report_stand(report, NULL);
    ck_assert_int_eq(report->standing, ENVCRYPT_CLUSTER_DEFAULT_KEY);
    ck_assert_str_ne(report->next, "");
    write_json();
    ck_assert_str_eq(text_of(root, "standing"), "default-key");
}
END_TEST

START_TEST(a_ninth_note_is_dropped)
{
    for (unsigned i = 0; i <= EVC_CLUSTER_NOTES; i++)
        evc_cluster_report_note(report, "note %u", i);
    ck_assert_uint_eq(report->note_count, EVC_CLUSTER_NOTES);
    ck_assert_str_eq(report->notes[EVC_CLUSTER_NOTES - 1], "note 7");
}
END_TEST

static int
make_and_write(void *user)
{
    evc_cluster_report *r = NULL;
    evc_buf text;
    int rc = evc_cluster_report_new(&cluster, EVC_VERB_ENABLE, &r, NULL);

    (void)user;
    evc_buf_init(&text);
    if (rc == 0)
        rc = evc_reencrypt_report_new(&r->secrets, NULL);
    if (rc == 0)
        rc = evc_cluster_report_json(r, &text, NULL);
    evc_buf_reset(&text);
    evc_cluster_report_free(r);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    ck_assert_uint_gt(evc_alloc_sweep(make_and_write, NULL), 5);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        a_new_report_says_what_it_is_about_and_concludes_nothing,
        tables_are_arrays_of_objects,
        the_cluster_is_told_without_certificate_and_mark,
        key_update_and_outcome_are_told,
        the_secrets_part_is_in_it,
        standing_and_next_step_follow_from_state_and_key,
        a_ninth_note_is_dropped,
        survives_any_failed_allocation};
    TCase *tcase = tcase_create("report");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("report", add_tests)
