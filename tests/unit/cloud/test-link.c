/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/link.h"
#include "evc-check.h"

static evc_uri uri;
static struct envcrypt_kms_config config;
static evc_link taken;

static void
open_options(void)
{
    uri = (evc_uri){0};
    config = (struct envcrypt_kms_config){0};
    evc_kv_init(&uri.query);
    evc_kv_init(&config.options);
}

static void
close_options(void)
{
    evc_kv_reset(&uri.query);
    evc_kv_reset(&config.options);
}

static void
set(evc_kv *to, const char *name, const char *value)
{
    EVC_CHECK_OK(evc_kv_set(to, evc_view_text(name), evc_view_text(value), NULL));
}

static int
read_link(void)
{
    return evc_link_of(&uri, &config, &taken, NULL);
}

START_TEST(without_options_all_is_as_the_client_says)
{
    EVC_CHECK_OK(read_link());
    ck_assert(!taken.ca_file && !taken.client_cert && !taken.client_key &&
              !taken.proxy);
    ck_assert_int_eq(taken.connect_ms, 0);
    ck_assert_int_eq(taken.attempt_ms, 0);
}
END_TEST

START_TEST(uri_and_settings_both_count)
{
    set(&uri.query, "ca-file", "/ca.pem");
    set(&config.options, "proxy", "");
    set(&config.options, "connect-timeout-ms", "5");
    set(&uri.query, "attempt-timeout-ms", "3600000");
    EVC_CHECK_OK(read_link());
    ck_assert_str_eq(taken.ca_file, "/ca.pem");
    ck_assert_str_eq(taken.proxy, "");
    ck_assert_int_eq(taken.connect_ms, 5);
    ck_assert_int_eq(taken.attempt_ms, EVC_LINK_TIMEOUT_MAX);
}
END_TEST

START_TEST(certificate_and_key_go_together)
{
    set(&uri.query, "client-cert", "/cert.pem");
    EVC_CHECK_CODE(read_link(), ENVCRYPT_E_ARGUMENT);
    set(&uri.query, "client-key", "/key.pem");
    EVC_CHECK_OK(read_link());
}
END_TEST

START_TEST(a_proxy_has_no_name_and_password)
{
    set(&uri.query, "proxy", "http://user:word@proxy:1");
    EVC_CHECK_CODE(read_link(), ENVCRYPT_E_ARGUMENT);
}
END_TEST

static const char *const no_times[] = {"",
                                       "0",
                                       "-1",
                                       "+1",
                                       " 1",
                                       "1 ",
                                       "1s",
                                       "0x10",
                                       "1.5",
                                       "3600001",
                                       "99999999999999999999999999"};

START_TEST(a_time_is_a_number_within_limits)
{
    set(&uri.query, "connect-timeout-ms", no_times[_i]);
    EVC_CHECK_CODE(read_link(), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(a_flag_is_true_or_false)
{
    bool flag = true;

    EVC_CHECK_OK(evc_link_flag(&uri, NULL, "private", &flag, NULL));
    ck_assert(flag);
    set(&uri.query, "private", "false");
    EVC_CHECK_OK(evc_link_flag(&uri, NULL, "private", &flag, NULL));
    ck_assert(!flag);
    set(&uri.query, "private", "true");
    EVC_CHECK_OK(evc_link_flag(&uri, NULL, "private", &flag, NULL));
    ck_assert(flag);
    set(&uri.query, "private", "yes");
    EVC_CHECK_CODE(evc_link_flag(&uri, NULL, "private", &flag, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(a_message_names_option_and_limits)
{
    evc_error *err = NULL;

    set(&uri.query, "connect-timeout-ms", "x");
    EVC_CHECK_CODE(evc_link_of(&uri, &config, &taken, &err), ENVCRYPT_E_ARGUMENT);
    ck_assert_str_eq(evc_error_message(err),
                     "the option connect-timeout-ms of a key cannot be \"x\": it is a "
                     "number from 1 to 3600000");
    evc_error_free(err);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {without_options_all_is_as_the_client_says,
                                  uri_and_settings_both_count,
                                  certificate_and_key_go_together,
                                  a_proxy_has_no_name_and_password,
                                  a_flag_is_true_or_false,
                                  a_message_names_option_and_limits,
                                  NULL};
    TCase *times = tcase_create("times");
    TCase *others = tcase_create("options");

    tcase_add_checked_fixture(others, open_options, close_options);
    for (const TTest *const *t = tests; *t; t++)
        tcase_add_test(others, *t);
    tcase_add_checked_fixture(times, open_options, close_options);
    tcase_add_loop_test(times, a_time_is_a_number_within_limits, 0,
                        sizeof(no_times) / sizeof(no_times[0]));
    suite_add_tcase(suite, others);
    suite_add_tcase(suite, times);
}

EVC_TEST_MAIN("link", add_tests)
