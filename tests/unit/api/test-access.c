/* SPDX-License-Identifier: Apache-2.0 */
/* Runs against access.c and access_none.c alike: what is expected follows from which one is
 * linked. */
#include "api/access.h"

#include "api-fixture.h"
#include "evc-alloc.h"

static envcrypt_kube_config *config;

static void
set(const char *name, const char *value)
{
    EVC_CHECK_OK(envcrypt_kube_config_set(config, name, value, NULL));
}

static void
set_up(void)
{
    open_client();
    EVC_CHECK_OK(envcrypt_kube_config_new(client, &config, NULL));
    set("server", "https://127.0.0.1:1");
}

static void
tear_down(void)
{
    envcrypt_kube_config_free(config);
    close_client();
}

static bool
is_built(void)
{
    envcrypt_kube *kube = NULL;
    int rc = evc_access_open(config, &kube, NULL);

    evc_access_unref(kube);
    ck_assert(rc == 0 || rc == ENVCRYPT_E_NOT_BUILT);
    return rc == 0;
}

START_TEST(a_build_without_k8s_says_so)
{
    envcrypt_kube *kube = NULL;
    envcrypt_table *table = NULL;

    if (is_built())
        return;
    EVC_CHECK_CODE(envcrypt_kube_open(config, &kube, NULL), ENVCRYPT_E_NOT_BUILT);
    EVC_CHECK_CODE(evc_access_check(NULL, NULL, &table, NULL), ENVCRYPT_E_NOT_BUILT);
    ck_assert_ptr_null(evc_access_server(NULL));
    ck_assert_ptr_null(evc_access_origin(NULL));
}
END_TEST

/* Options that are passed on wrongly contradict one another otherwise, or not at all. */
static const struct {
    const char *name;
    const char *value;
    const char *second;
    const char *second_value;
    int code;
} pairs[] = {
    {"context", "a", NULL, NULL, ENVCRYPT_E_ARGUMENT},
    {"cluster", "a", NULL, NULL, ENVCRYPT_E_ARGUMENT},
    {"user", "a", NULL, NULL, ENVCRYPT_E_ARGUMENT},
    {"kubeconfig", "/a", NULL, NULL, ENVCRYPT_E_ARGUMENT},
    {"in-cluster", "true", NULL, NULL, ENVCRYPT_E_ARGUMENT},
    {"in-cluster", "false", NULL, NULL, 0},
    {"allow-exec", "true", NULL, NULL, 0},
    {"client-cert", "/a", NULL, NULL, ENVCRYPT_E_ARGUMENT},
    {"client-key", "/a", NULL, NULL, ENVCRYPT_E_ARGUMENT},
    {"ca-pem", "x", "ca-file", "/a", ENVCRYPT_E_ARGUMENT},
    {"token-file", "/a", "eks-cluster", "prod", ENVCRYPT_E_ARGUMENT},
    {"aws-region", "eu-west-1", NULL, NULL, ENVCRYPT_E_ARGUMENT},
    {"aws-profile", "a", NULL, NULL, ENVCRYPT_E_ARGUMENT},
    {"as-groups", "a", NULL, NULL, ENVCRYPT_E_ARGUMENT},
    {"as-groups", "a", "as", "jane", 0},
    {"proxy", "ftp://proxy.example:1", NULL, NULL, ENVCRYPT_E_ARGUMENT},
    {"tls-name", "kube.example", "attempt-timeout-ms", "5", 0},
};

START_TEST(passes_each_option_on)
{
    envcrypt_kube *kube = NULL;

    if (!is_built())
        return;
    set(pairs[_i].name, pairs[_i].value);
    if (pairs[_i].second)
        set(pairs[_i].second, pairs[_i].second_value);
    EVC_CHECK_CODE(evc_access_open(config, &kube, NULL), pairs[_i].code);
    evc_access_unref(kube);
}
END_TEST

START_TEST(a_token_and_a_token_file_exclude_one_another)
{
    envcrypt_kube *kube = NULL;

    if (!is_built())
        return;
    EVC_CHECK_OK(envcrypt_kube_config_set_token(config, "token", 5, NULL));
    set("token-file", "/a");
    EVC_CHECK_CODE(evc_access_open(config, &kube, NULL), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(a_check_of_a_server_that_is_away_says_so_and_skips_the_rest)
{
    envcrypt_kube *kube = NULL;
    envcrypt_table *table = NULL;

    if (!is_built())
        return;
    EVC_CHECK_OK(evc_access_open(config, &kube, NULL));
    EVC_CHECK_OK(envcrypt_kube_check(kube, NULL, &table, NULL));
    ck_assert_uint_eq(envcrypt_table_rows(table), 4);
    ck_assert_str_eq(envcrypt_table_get(table, 0, "check"), "reach");
    ck_assert_str_eq(envcrypt_table_get(table, 0, "result"), "failed");
    ck_assert_str_eq(envcrypt_table_get(table, 0, "error"), "ENVCRYPT_E_NET_CONNECT");
    for (size_t i = 1; i < 4; i++)
        ck_assert_str_eq(envcrypt_table_get(table, i, "result"), "skipped");
    envcrypt_table_free(table);
    evc_access_unref(kube);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_build_without_k8s_says_so, a_token_and_a_token_file_exclude_one_another,
        a_check_of_a_server_that_is_away_says_so_and_skips_the_rest, NULL};
    TCase *tcase = tcase_create("access");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, passes_each_option_on, 0,
                        sizeof(pairs) / sizeof(pairs[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("access", add_tests)
