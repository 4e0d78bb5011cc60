/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/kube_check.h"

#include "evc-alloc.h"
#include "kube-net.h"

#define VERSION "{\"gitVersion\":\"v1.37.2\"}"
#define REVIEW "{\"status\":{\"userInfo\":{\"username\":\"jane\"}}}"
#define NAMESPACE "{\"metadata\":{\"uid\":\"2f4c\"}}"

static evc_kube *kube;
static evc_table *table;

static void
set_up(void)
{
    const evc_kube_options options = {.server = "https://kube.test"};

    served_net_open();
    table = NULL;
    EVC_CHECK_OK(evc_kube_open(crypto, net, &options, &kube, NULL));
}

static void
tear_down(void)
{
    evc_table_free(table);
    evc_kube_unref(kube);
    served_net_close();
}

/* "reach ok, version ok, …" */
static const char *
results(void)
{
    static char text[256];
    size_t used = 0;

    EVC_CHECK_OK(evc_kube_check(kube, &wait_of_test, &table, NULL));
    for (size_t i = 0; i < table->rows; i++)
        used +=
            (size_t)snprintf(&text[used], sizeof(text) - used, "%s%s %s", i ? ", " : "",
                             evc_table_cell(table, i, 0), evc_table_cell(table, i, 1));
    return text;
}

START_TEST(access_that_works_is_fine_throughout)
{
    serve(200, VERSION);
    serve(201, REVIEW);
    serve(200, NAMESPACE);
    ck_assert_str_eq(results(), "reach ok, version ok, identity ok, cluster ok");
    ck_assert_str_eq(evc_table_cell(table, 0, 2), "https://kube.test");
    ck_assert_str_eq(evc_table_cell(table, 1, 2), "v1.37.2");
    ck_assert_str_eq(evc_table_cell(table, 2, 2), "jane");
    ck_assert_str_eq(evc_table_cell(table, 3, 2), "2f4c");
}
END_TEST

START_TEST(what_the_server_does_not_tell_is_no_failure)
{
    serve(200, VERSION);
    serve(404, "");
    serve(403, "");
    ck_assert_str_eq(results(),
                     "reach ok, version ok, identity unknown, cluster unknown");
}
END_TEST

START_TEST(credentials_that_are_refused_are_told_and_the_server_was_reached)
{
    serve(401, "");
    serve(401, "");
    serve(401, "");
    ck_assert_str_eq(results(),
                     "reach ok, version failed, identity failed, cluster failed");
    ck_assert_str_eq(evc_table_cell(table, 1, 3), "ENVCRYPT_E_AUTH");
}
END_TEST

START_TEST(a_server_that_is_away_ends_it)
{
    serve_failure(ENVCRYPT_E_TLS);
    ck_assert_str_eq(
        results(), "reach failed, version skipped, identity skipped, cluster skipped");
    ck_assert_str_eq(evc_table_cell(table, 0, 3), "ENVCRYPT_E_TLS");
}
END_TEST

START_TEST(something_else_that_answers_is_no_api_server)
{
    serve(200, "<html>");
    ck_assert_str_eq(
        results(), "reach failed, version skipped, identity skipped, cluster skipped");
    ck_assert_str_eq(evc_table_cell(table, 0, 3), "ENVCRYPT_E_PROTOCOL");
}
END_TEST

START_TEST(a_cancel_is_the_callers)
{
    evc_wait_cancel(&wait_of_test);
    EVC_CHECK_CODE(evc_kube_check(kube, &wait_of_test, &table, NULL),
                   ENVCRYPT_E_CANCELED);
    ck_assert_ptr_null(table);
}
END_TEST

START_TEST(a_deadline_is_the_callers)
{
    evc_wait_release(&wait_of_test);
    evc_wait_init(&wait_of_test, &env->clock, 1);
    served.now_ms += 2;
    EVC_CHECK_CODE(evc_kube_check(kube, &wait_of_test, &table, NULL),
                   ENVCRYPT_E_TIMEOUT);
}
END_TEST

static int
check_once(void *user)
{
    evc_table *made = NULL;
    int rc;

    (void)user;
    served.reply_count = served.request_count = 0;
    serve(200, VERSION);
    serve(201, REVIEW);
    serve(200, NAMESPACE);
    rc = evc_kube_check(kube, &wait_of_test, &made, NULL);
    evc_table_free(made);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    ck_assert_uint_gt(evc_alloc_sweep(check_once, NULL), 20);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        access_that_works_is_fine_throughout,
        what_the_server_does_not_tell_is_no_failure,
        credentials_that_are_refused_are_told_and_the_server_was_reached,
        a_server_that_is_away_ends_it,
        something_else_that_answers_is_no_api_server,
        a_cancel_is_the_callers,
        a_deadline_is_the_callers,
        survives_memory_that_runs_out,
        NULL};
    TCase *tcase = tcase_create("kube_check");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("kube_check", add_tests)
