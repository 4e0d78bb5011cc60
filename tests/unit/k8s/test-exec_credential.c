/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/exec_credential.h"

#include "../auth/auth-fixture.h"
#include "evc-alloc.h"

static evc_kube_access granted;
static evc_buf text;
static evc_creds *creds;
static char why[512];

static void
set_up(void)
{
    open_auth();
    evc_kube_access_init(&granted);
    evc_buf_init(&text);
    creds = NULL;
    EVC_CHECK_OK(evc_text_set(&granted.exec.user, "user dev of /k", NULL));
    EVC_CHECK_OK(evc_text_set(&granted.server, "https://kube.example", NULL));
    granted.exec.v1 = true;
}

static void
tear_down(void)
{
    evc_creds_unref(creds);
    evc_buf_reset(&text);
    evc_kube_access_reset(&granted);
    close_auth();
}

/* --- told --- */

static void
check_told(const char *ca, const char *wanted)
{
    EVC_CHECK_OK(evc_exec_credential_write(&granted, evc_view_text(ca), &text, NULL));
    ck_assert_uint_eq(text.size, strlen(wanted));
    ck_assert_mem_eq(text.data, wanted, text.size);
}

START_TEST(a_plugin_is_told_the_version_and_that_nobody_is_there)
{
    check_told("",
               "{\"kind\":\"ExecCredential\",\"apiVersion\":"
               "\"client.authentication.k8s.io/v1\",\"spec\":{\"interactive\":false}}");
}
END_TEST

START_TEST(a_plugin_of_v1beta1_is_told_that)
{
    granted.exec.v1 = false;
    check_told("", "{\"kind\":\"ExecCredential\",\"apiVersion\":"
                   "\"client.authentication.k8s.io/v1beta1\",\"spec\":{"
                   "\"interactive\":false}}");
}
END_TEST

START_TEST(a_plugin_that_wants_it_is_told_the_cluster)
{
    granted.exec.provide_cluster = true;
    EVC_CHECK_OK(evc_text_set(&granted.tls_name, "n", NULL));
    EVC_CHECK_OK(evc_text_set(&granted.proxy, "http://p:1", NULL));
    EVC_CHECK_OK(evc_text_set(&granted.exec.config, "{\"a\":[1,true]}", NULL));
    check_told("PEM", "{\"kind\":\"ExecCredential\",\"apiVersion\":"
                      "\"client.authentication.k8s.io/v1\",\"spec\":{\"cluster\":{"
                      "\"server\":\"https://kube.example\",\"tls-server-name\":\"n\","
                      "\"certificate-authority-data\":\"UEVN\",\"proxy-url\":"
                      "\"http://p:1\",\"config\":{\"a\":[1,true]}},"
                      "\"interactive\":false}}");
}
END_TEST

START_TEST(a_text_that_is_no_utf8_cannot_be_told)
{
    granted.exec.provide_cluster = true;
    EVC_CHECK_OK(evc_text_set(&granted.tls_name, "\xff", NULL));
    EVC_CHECK_CODE(
        evc_exec_credential_write(&granted, evc_view_of(NULL, 0), &text, NULL),
        ENVCRYPT_E_KUBECONFIG);
}
END_TEST

/* --- answered --- */

#define V1 "client.authentication.k8s.io/v1"
#define ANSWER(version, status) \
    "{\"apiVersion\":\"" version "\",\"kind\":\"ExecCredential\",\"status\":" status "}"

static int
read_answer(const char *answer)
{
    evc_error *err = NULL;
    int rc;

    evc_creds_unref(creds);
    evc_buf_clear(&text);
    evc_buf_put_text(&text, answer);
    rc = evc_exec_credential_read(&text, true, "user dev of /k", env->arena, &creds,
                                  &err);
    (void)snprintf(why, sizeof(why), "%s", rc ? evc_error_message(err) : "");
    evc_error_free(err);
    ck_assert_uint_eq(text.size, 0);
    return rc;
}

START_TEST(a_token_is_taken_until_its_time)
{
    EVC_CHECK_OK(read_answer(ANSWER(V1, "{\"token\":\"a.b.c\",\"expirationTimestamp\":"
                                        "\"2026-01-31T12:00:00Z\"}")));
    ck_assert_uint_eq(creds->token.size, 5);
    ck_assert_mem_eq(creds->token.bytes, "a.b.c", 5);
    ck_assert_int_eq(creds->expires_ms, INT64_C(1769860800000));
    ck_assert_str_eq(creds->certificate, "");
    ck_assert_str_eq(creds->source, "exec");
    ck_assert(!creds->fixed);
}
END_TEST

START_TEST(without_a_time_it_lasts)
{
    EVC_CHECK_OK(
        read_answer(ANSWER(V1, "{\"token\":\"t\",\"expirationTimestamp\":null}")));
    ck_assert_int_eq(creds->expires_ms, EVC_CREDS_NEVER);
}
END_TEST

START_TEST(a_time_may_have_a_zone)
{
    EVC_CHECK_OK(read_answer(ANSWER(V1, "{\"token\":\"t\",\"expirationTimestamp\":"
                                        "\"2026-01-31T13:00:00+01:00\"}")));
    ck_assert_int_eq(creds->expires_ms, INT64_C(1769860800000));
}
END_TEST

START_TEST(a_certificate_comes_with_its_key)
{
    EVC_CHECK_OK(read_answer(
        ANSWER(V1, "{\"clientCertificateData\":\"-----BEGIN C-----\\nA\\n\","
                   "\"clientKeyData\":\"-----BEGIN K-----\\u000aB\\n\"}")));
    ck_assert_str_eq(creds->certificate, "-----BEGIN C-----\nA\n");
    ck_assert_uint_eq(creds->secret.size, 20);
    ck_assert_mem_eq(creds->secret.bytes, "-----BEGIN K-----\nB\n", 20);
    ck_assert_ptr_null(creds->token.bytes);
}
END_TEST

START_TEST(what_else_is_there_is_passed_over)
{
    EVC_CHECK_OK(read_answer(
        "{\"kind\":\"ExecCredential\",\"spec\":{\"token\":5,\"status\":{\"token\":6}},"
        "\"apiVersion\":\"" V1
        "\",\"status\":{\"x\":{\"token\":\"no\"},\"token\":\"t\","
        "\"y\":[{\"token\":7}]}}"));
    ck_assert_mem_eq(creds->token.bytes, "t", 1);
}
END_TEST

static const char *const bad[] = {
    "",
    "planted",
    "[]",
    "\"planted\"",
    "{\"kind\":\"ExecCredential\"",
    ANSWER(V1, "{\"token\":\"planted\"}") "x",
    ANSWER(V1, "{}"),
    ANSWER(V1, "null"),
    ANSWER(V1, "[{\"token\":\"planted\"}]"),
    ANSWER(V1, "{\"token\":\"\"}"),
    ANSWER(V1, "{\"token\":5}"),
    ANSWER(V1, "{\"token\":{\"token\":\"planted\"}}"),
    ANSWER(V1, "{\"token\":\"planted\",\"token\":\"planted\"}"),
    ANSWER(V1, "{\"token\":\"planted token\\n\"}"),
    ANSWER(V1, "{\"token\":\"planted\",\"expirationTimestamp\":\"tomorrow\"}"),
    ANSWER(V1, "{\"token\":\"planted\",\"clientKeyData\":\"planted\"}"),
    ANSWER(V1, "{\"token\":\"planted\",\"clientCertificateData\":\"C\"}"),
    ANSWER(V1, "{\"token\":\"planted\"},\"status\":{}"),
    ANSWER("client.authentication.k8s.io/v1beta1", "{\"token\":\"planted\"}"),
    ANSWER("client.authentication.k8s.io/v1alpha1", "{\"token\":\"planted\"}"),
    ANSWER("planted/v1", "{\"token\":\"planted\"}"),
    "{\"kind\":\"ExecCredential\",\"status\":{\"token\":\"planted\"}}",
    "{\"kind\":\"Planted\",\"apiVersion\":\"" V1
    "\",\"status\":{\"token\":\"planted\"}}",
};

START_TEST(what_is_no_answer_is_refused_and_not_shown)
{
    EVC_CHECK_CODE(read_answer(bad[_i]), ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert_ptr_null(creds);
    ck_assert_ptr_null(strstr(why, "lanted"));
    ck_assert_ptr_nonnull(strstr(why, "user dev of /k"));
}
END_TEST

START_TEST(another_version_is_named)
{
    EVC_CHECK_CODE(read_answer(ANSWER("client.authentication.k8s.io/v1beta1",
                                      "{\"token\":\"t\"}")),
                   ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert_ptr_nonnull(strstr(why, "k8s.io/v1beta1"));
    ck_assert_ptr_nonnull(strstr(why, "wants client.authentication.k8s.io/v1;"));
}
END_TEST

START_TEST(a_token_may_have_16_kib_and_no_more)
{
    static char answer[17000];

    (void)snprintf(answer, sizeof(answer), ANSWER(V1, "{\"token\":\"%016384d\"}"), 1);
    EVC_CHECK_OK(read_answer(answer));
    ck_assert_uint_eq(creds->token.size, 16384);
    (void)snprintf(answer, sizeof(answer), ANSWER(V1, "{\"token\":\"%016385d\"}"), 1);
    EVC_CHECK_CODE(read_answer(answer), ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

static int
run_once(void *user)
{
    evc_creds *made = NULL;
    int rc;

    (void)user;
    evc_buf_reset(&text);
    rc = evc_exec_credential_write(&granted, evc_view_text("ca"), &text, NULL);
    evc_buf_reset(&text);
    evc_buf_put_text(&text, ANSWER(V1, "{\"token\":\"t\",\"clientKeyData\":\"k\","
                                       "\"clientCertificateData\":\"c\"}"));
    if (rc == 0)
        rc = evc_buf_check(&text, NULL);
    if (rc == 0)
        rc = evc_exec_credential_read(&text, true, "who", env->arena, &made, NULL);
    evc_creds_unref(made);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    granted.exec.provide_cluster = true;
    ck_assert_uint_gt(evc_alloc_sweep(run_once, NULL), 6);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_plugin_is_told_the_version_and_that_nobody_is_there,
                                  a_plugin_of_v1beta1_is_told_that,
                                  a_plugin_that_wants_it_is_told_the_cluster,
                                  a_text_that_is_no_utf8_cannot_be_told,
                                  a_token_is_taken_until_its_time,
                                  without_a_time_it_lasts,
                                  a_time_may_have_a_zone,
                                  a_certificate_comes_with_its_key,
                                  what_else_is_there_is_passed_over,
                                  another_version_is_named,
                                  a_token_may_have_16_kib_and_no_more,
                                  survives_memory_that_runs_out,
                                  NULL};
    TCase *tcase = tcase_create("exec_credential");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, what_is_no_answer_is_refused_and_not_shown, 0,
                        sizeof(bad) / sizeof(bad[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("exec_credential", add_tests)
