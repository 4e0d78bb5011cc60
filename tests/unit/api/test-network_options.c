/* SPDX-License-Identifier: Apache-2.0 */
#include "api/network_options.h"

#include "evc-check.h"

typedef struct value {
    const char *name;
    const char *value;
} value;

static const value good[] = {
    {"ca-file", "/etc/ca.pem"},     {"client-cert", "c.pem"},
    {"client-key", "k.pem"},        {"proxy", "http://proxy.example:3128"},
    {"proxy", "http://[::1]:3128"}, {"proxy", ""},
    {"connect-timeout-ms", "1"},    {"connect-timeout-ms", "3600000"},
    {"attempt-timeout-ms", "1"},    {"attempt-timeout-ms", "3600000"},
    {"deadline-ms", "1"},           {"deadline-ms", "86400000"},
    {"max-attempts", "1"},          {"max-attempts", "100"},
    {"max-connections", "1"},       {"max-connections", "1024"},
    {"memory", "strict"},           {"memory", "fast"},
};

static const value bad[] = {
    {"ca-file", ""},
    {"client-cert", ""},
    {"client-key", ""},
    {"proxy", "http://"},
    {"proxy", "https://proxy.example"},
    {"proxy", "socks5://proxy.example"},
    {"proxy", "http://user:password@proxy.example"},
    {"proxy", "http://proxy.example/path"},
    {"proxy", "http://proxy.example:1\r\nX: y"},
    {"connect-timeout-ms", "0"},
    {"connect-timeout-ms", "3600001"},
    {"attempt-timeout-ms", "0"},
    {"attempt-timeout-ms", "3600001"},
    {"deadline-ms", "0"},
    {"deadline-ms", "86400001"},
    {"deadline-ms", "99999999999999999999"},
    {"max-attempts", "0"},
    {"max-attempts", "101"},
    {"max-attempts", "-1"},
    {"max-attempts", "+1"},
    {"max-attempts", "1 "},
    {"max-attempts", ""},
    {"max-connections", "0"},
    {"max-connections", "1025"},
    {"memory", "Strict"},
    {"memory", ""},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

START_TEST(takes_values_up_to_their_limits)
{
    EVC_CHECK_OK(evc_network_options_check(good[_i].name, good[_i].value, NULL));
}
END_TEST

START_TEST(refuses_values_past_their_limits)
{
    evc_error *err = NULL;

    EVC_CHECK_CODE(evc_network_options_check(bad[_i].name, bad[_i].value, &err),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(envcrypt_error_message(err), bad[_i].name));
    envcrypt_error_free(err);
}
END_TEST

START_TEST(a_password_of_a_proxy_is_not_shown)
{
    evc_error *err = NULL;

    EVC_CHECK_CODE(evc_network_options_check("proxy", "http://me:hunter2@p", &err),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(strstr(envcrypt_error_message(err), "hunter2"));
    envcrypt_error_free(err);
}
END_TEST

START_TEST(an_unknown_name_is_refused_and_names_the_nearest)
{
    evc_error *err = NULL;

    EVC_CHECK_CODE(evc_network_options_check("max-attempt", "3", &err),
                   ENVCRYPT_E_UNKNOWN_OPTION);
    ck_assert_ptr_nonnull(strstr(envcrypt_error_message(err), "\"max-attempts\""));
    envcrypt_error_free(err);
}
END_TEST

START_TEST(without_a_value_only_the_name_counts)
{
    EVC_CHECK_OK(evc_network_options_check("memory", NULL, NULL));
    EVC_CHECK_CODE(evc_network_options_check("m", NULL, NULL),
                   ENVCRYPT_E_UNKNOWN_OPTION);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_password_of_a_proxy_is_not_shown,
                                  an_unknown_name_is_refused_and_names_the_nearest,
                                  without_a_value_only_the_name_counts, NULL};
    TCase *values = tcase_create("values");

    evc_check_add(suite, "options", tests);
    tcase_add_loop_test(values, takes_values_up_to_their_limits, 0, COUNT(good));
    tcase_add_loop_test(values, refuses_values_past_their_limits, 0, COUNT(bad));
    suite_add_tcase(suite, values);
}

EVC_TEST_MAIN("network_options", add_tests)
