/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/in_cluster.h"

#include "../auth/served-net.h"
#include "evc-alloc.h"

static evc_kube_access granted;
static char why[512];

static void
set_up(void)
{
    served_net_open();
    set_variable("KUBERNETES_SERVICE_HOST", "10.0.0.1");
    set_variable("KUBERNETES_SERVICE_PORT", "443");
    evc_folder_put("token", "planted-token\n", 0644);
    evc_folder_put("ca.crt", "-----BEGIN CERTIFICATE-----\n", 0644);
    evc_folder_put("namespace", "team-a\n", 0644);
    evc_kube_access_init(&granted);
}

static void
tear_down(void)
{
    evc_kube_access_reset(&granted);
    served_net_close();
}

static int
read_pod(void)
{
    evc_error *err = NULL;
    int rc = evc_in_cluster_read(evc_folder, &granted, &err);

    (void)snprintf(why, sizeof(why), "%s", rc ? evc_error_message(err) : "");
    evc_error_free(err);
    return rc;
}

START_TEST(reads_what_kubernetes_put_into_the_pod)
{
    EVC_CHECK_OK(read_pod());
    ck_assert_str_eq(granted.server, "https://10.0.0.1:443");
    ck_assert_str_eq(granted.ca_pem, "-----BEGIN CERTIFICATE-----\n");
    ck_assert_str_eq(granted.token_file, evc_folder_path("token"));
    ck_assert_str_eq(granted.ns, "team-a");
    ck_assert_str_eq(granted.origin, "this pod");
    ck_assert_ptr_null(granted.token.bytes);
}
END_TEST

START_TEST(an_address_of_ipv6_gets_brackets)
{
    set_variable("KUBERNETES_SERVICE_HOST", "fd00::1");
    EVC_CHECK_OK(read_pod());
    ck_assert_str_eq(granted.server, "https://[fd00::1]:443");
}
END_TEST

static void
check_missing(const char *what)
{
    EVC_CHECK_CODE(read_pod(), ENVCRYPT_E_KUBECONFIG);
    ck_assert_msg(strstr(why, what), "%s is not in: %s", what, why);
    ck_assert_ptr_null(strstr(why, "planted"));
}

START_TEST(what_is_missing_is_named)
{
    set_variable("KUBERNETES_SERVICE_HOST", NULL);
    check_missing("KUBERNETES_SERVICE_HOST");
    set_variable("KUBERNETES_SERVICE_HOST", "10.0.0.1");
    set_variable("KUBERNETES_SERVICE_PORT", NULL);
    check_missing("KUBERNETES_SERVICE_PORT");
    set_variable("KUBERNETES_SERVICE_PORT", "443");
    ck_assert_int_eq(unlink(evc_folder_path("ca.crt")), 0);
    check_missing("ca.crt");
    evc_folder_put("ca.crt", "x", 0644);
    ck_assert_int_eq(unlink(evc_folder_path("token")), 0);
    check_missing("/token");
}
END_TEST

START_TEST(without_a_namespace_there_is_none)
{
    ck_assert_int_eq(unlink(evc_folder_path("namespace")), 0);
    EVC_CHECK_OK(read_pod());
    ck_assert_ptr_null(granted.ns);
}
END_TEST

static int
read_once(void *user)
{
    evc_kube_access a;
    int rc;

    (void)user;
    evc_kube_access_init(&a);
    rc = evc_in_cluster_read(evc_folder, &a, NULL);
    evc_kube_access_reset(&a);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    ck_assert_uint_gt(evc_alloc_sweep(read_once, NULL), 5);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {reads_what_kubernetes_put_into_the_pod,
                                  an_address_of_ipv6_gets_brackets,
                                  what_is_missing_is_named,
                                  without_a_namespace_there_is_none,
                                  survives_memory_that_runs_out,
                                  NULL};
    TCase *tcase = tcase_create("in_cluster");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("in_cluster", add_tests)
