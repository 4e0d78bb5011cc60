/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/search.h"

#include "evc-check.h"

static evc_search s;
static evc_error *err;
static evc_edk edk;

static void
set_up(void)
{
    evc_search_begin(&s);
    err = NULL;
    edk = (evc_edk){.provider = evc_view_text("aws-kms"),
                    .info = evc_view_text("arn:x"),
                    .ciphertext = evc_view_text("c")};
}

static void
tear_down(void)
{
    evc_search_end(&s);
    evc_error_free(err);
}

static void
note(int code, const char *message)
{
    evc_error *error = NULL;

    (void)evc_err(&error, code, "%s", message);
    evc_err_set_provider(error, message, "request", 400);
    evc_search_note(&s, code, error);
}

START_TEST(only_what_no_other_key_can_do_better_ends_a_search)
{
    ck_assert(evc_search_is_final(ENVCRYPT_E_CANCELED));
    ck_assert(evc_search_is_final(ENVCRYPT_E_FORKED));
    ck_assert(evc_search_is_final(ENVCRYPT_E_NOMEM));
    ck_assert(evc_search_is_final(ENVCRYPT_E_ARENA_FULL));
    ck_assert(!evc_search_is_final(ENVCRYPT_E_TIMEOUT));
    ck_assert(!evc_search_is_final(ENVCRYPT_E_UNWRAP));
    ck_assert(!evc_search_is_final(ENVCRYPT_E_SERVICE_DOWN));
}
END_TEST

START_TEST(without_a_try_the_report_names_the_first_edk)
{
    EVC_CHECK_CODE(evc_search_report(&s, &edk, 1, &err), ENVCRYPT_E_NO_KEY);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "provider aws-kms"));
}
END_TEST

START_TEST(wrong_keys_alone_are_no_key_with_the_first_message)
{
    note(ENVCRYPT_E_UNWRAP, "first");
    note(ENVCRYPT_E_UNWRAP, "second");
    EVC_CHECK_CODE(evc_search_report(&s, &edk, 1, &err), ENVCRYPT_E_NO_KEY);
    ck_assert_str_eq(evc_error_message(err),
                     "no encrypted data key could be opened, in 2 attempts: first");
    ck_assert_ptr_null(evc_error_provider_code(err));
    ck_assert_str_eq(evc_error_message(evc_error_cause(err)), "first");
    ck_assert_str_eq(evc_error_message(evc_error_cause(evc_error_cause(err))),
                     "second");
}
END_TEST

START_TEST(the_first_failure_that_tells_more_gives_code_and_facts)
{
    note(ENVCRYPT_E_UNWRAP, "wrong");
    note(ENVCRYPT_E_SERVICE_DOWN, "away");
    note(ENVCRYPT_E_KEY_DISABLED, "disabled");
    EVC_CHECK_CODE(evc_search_report(&s, &edk, 1, &err), ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "3 attempts: away"));
    ck_assert_str_eq(evc_error_provider_code(err), "away");
    ck_assert_int_eq(evc_error_http_status(err), 400);
    ck_assert_int_eq(evc_error_is_retryable(err), 1);
}
END_TEST

START_TEST(who_wants_no_error_gets_the_code)
{
    evc_search_note(&s, ENVCRYPT_E_KEY_MISMATCH, NULL);
    EVC_CHECK_CODE(evc_search_report(&s, &edk, 1, NULL), ENVCRYPT_E_KEY_MISMATCH);
}
END_TEST

static char told[256];
static int32_t told_level;

static void
keep_line(void *user, int32_t level, const char *text)
{
    (void)user;
    told_level = level;
    (void)snprintf(told, sizeof(told), "%s", text);
}

START_TEST(a_failure_before_the_key_that_opened_is_a_warning)
{
    const evc_log log = {keep_line, NULL, ENVCRYPT_LOG_WARNING};
    evc_error *away = NULL;

    told[0] = 0;
    (void)evc_err(&away, ENVCRYPT_E_SERVICE_DOWN, "the service is away");
    evc_search_note(&s, ENVCRYPT_E_SERVICE_DOWN, away);
    evc_search_tell(&s, &log);
    ck_assert_int_eq(told_level, ENVCRYPT_LOG_WARNING);
    ck_assert_ptr_nonnull(strstr(told, "the service is away"));
}
END_TEST

START_TEST(wrong_keys_before_the_key_that_opened_are_no_warning)
{
    const evc_log log = {keep_line, NULL, ENVCRYPT_LOG_WARNING};

    told[0] = 0;
    evc_search_note(&s, ENVCRYPT_E_UNWRAP, NULL);
    evc_search_tell(&s, &log);
    ck_assert_str_eq(told, "");
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        only_what_no_other_key_can_do_better_ends_a_search,
        without_a_try_the_report_names_the_first_edk,
        wrong_keys_alone_are_no_key_with_the_first_message,
        the_first_failure_that_tells_more_gives_code_and_facts,
        who_wants_no_error_gets_the_code,
        a_failure_before_the_key_that_opened_is_a_warning,
        wrong_keys_before_the_key_that_opened_are_no_warning,
    };
    TCase *tcase = tcase_create("search");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("search", add_tests)
