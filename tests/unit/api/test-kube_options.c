/* SPDX-License-Identifier: Apache-2.0 */
#include "api/kube_options.h"

#include "evc-check.h"

typedef struct value {
    const char *name;
    const char *value;
} value;

static const value good[] = {
    {"kubeconfig", "/a:/b"},
    {"context", "prod"},
    {"cluster", "c"},
    {"user", "u"},
    {"in-cluster", "true"},
    {"in-cluster", "false"},
    {"server", "https://kube.example"},
    {"ca-file", "/ca.pem"},
    {"ca-pem", "-----BEGIN CERTIFICATE-----"},
    {"tls-name", "kube.example"},
    {"proxy", ""},
    {"proxy", "socks5://127.0.0.1:1080"},
    {"attempt-timeout-ms", "1"},
    {"attempt-timeout-ms", "3600000"},
    {"token-file", "/token"},
    {"client-cert", "c.pem"},
    {"client-key", "k.pem"},
    {"eks-cluster", "prod"},
    {"aws-region", "eu-west-1"},
    {"aws-profile", "dev"},
    {"as", "jane"},
    {"as-groups", "a,b"},
    {"allow-exec", "true"},
};

static const value bad[] = {
    {"kubeconfig", ""},
    {"context", ""},
    {"in-cluster", "yes"},
    {"allow-exec", "1"},
    {"allow-exec", ""},
    {"attempt-timeout-ms", "0"},
    {"attempt-timeout-ms", "3600001"},
    {"attempt-timeout-ms", "99999999999999999999"},
    {"attempt-timeout-ms", "1s"},
    {"attempt-timeout-ms", "-1"},
};

START_TEST(takes_what_the_option_can_be)
{
    EVC_CHECK_OK(evc_kube_options_check(good[_i].name, good[_i].value, NULL));
}
END_TEST

START_TEST(refuses_what_it_cannot_be_and_does_not_quote_it)
{
    evc_error *err = NULL;

    EVC_CHECK_CODE(evc_kube_options_check(bad[_i].name, bad[_i].value, &err),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), bad[_i].name));
    if (strlen(bad[_i].value) > 3)
        ck_assert_ptr_null(strstr(evc_error_message(err), bad[_i].value));
    evc_error_free(err);
}
END_TEST

START_TEST(no_value_is_fine_for_each_name)
{
    EVC_CHECK_OK(evc_kube_options_check(good[_i].name, NULL, NULL));
}
END_TEST

START_TEST(an_unknown_name_names_the_nearest)
{
    evc_error *err = NULL;

    EVC_CHECK_CODE(evc_kube_options_check("kube-config", "x", &err),
                   ENVCRYPT_E_UNKNOWN_OPTION);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "\"kubeconfig\""));
    evc_error_free(err);
}
END_TEST

START_TEST(an_unknown_name_far_from_all_names_none)
{
    evc_error *err = NULL;

    EVC_CHECK_CODE(evc_kube_options_check("insecure-skip-tls-verify", "true", &err),
                   ENVCRYPT_E_UNKNOWN_OPTION);
    ck_assert_ptr_null(strstr(evc_error_message(err), "did you mean"));
    evc_error_free(err);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {an_unknown_name_names_the_nearest,
                                  an_unknown_name_far_from_all_names_none, NULL};
    TCase *tcase = tcase_create("values");

    evc_check_add(suite, "names", tests);
    tcase_add_loop_test(tcase, takes_what_the_option_can_be, 0,
                        sizeof(good) / sizeof(good[0]));
    tcase_add_loop_test(tcase, no_value_is_fine_for_each_name, 0,
                        sizeof(good) / sizeof(good[0]));
    tcase_add_loop_test(tcase, refuses_what_it_cannot_be_and_does_not_quote_it, 0,
                        sizeof(bad) / sizeof(bad[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("kube_options", add_tests)
