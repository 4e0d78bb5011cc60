/* SPDX-License-Identifier: Apache-2.0 */
#include "net/failure.h"

#include "evc-alloc.h"
#include "evc-check.h"

static const evc_failed what = {.provider = "aws-kms",
                                .operation = "Decrypt",
                                .subject = "arn:x",
                                .host = "kms.example",
                                .attempts = 3,
                                .status = 400};
static evc_fault fault;
static evc_error *err;

static void
set_up(void)
{
    fault = (evc_fault){.code = ENVCRYPT_E_THROTTLED,
                        .verdict = EVC_VERDICT_THROTTLED,
                        .retry_after_ms = -1};
    evc_fault_set_code(&fault, evc_view_text("ThrottlingException"));
    evc_fault_set_request_id(&fault, evc_view_text("1-2-3"));
    err = NULL;
}

static void
tear_down(void)
{
    evc_error_free(err);
}

START_TEST(says_what_failed_where_how_often_and_why)
{
    EVC_CHECK_CODE(evc_failure_of_service(&what, &fault, -1, &err),
                   ENVCRYPT_E_THROTTLED);
    ck_assert_str_eq(
        evc_error_message(err),
        "aws-kms Decrypt for \"arn:x\" at kms.example failed after 3 attempts "
        "(HTTP 400, ThrottlingException): the service asks for fewer calls "
        "and went on doing so; call less often, or raise its quota");
}
END_TEST

START_TEST(carries_what_the_getters_give)
{
    fault.key_state = "Disabled";
    EVC_CHECK_CODE(evc_failure_of_service(&what, &fault, 2500, &err),
                   ENVCRYPT_E_THROTTLED);
    ck_assert_str_eq(evc_error_provider_code(err), "ThrottlingException");
    ck_assert_str_eq(evc_error_request_id(err), "1-2-3");
    ck_assert_int_eq(evc_error_http_status(err), 400);
    ck_assert_str_eq(evc_error_key_state(err), "Disabled");
    ck_assert_int_eq(evc_error_is_retryable(err), 1);
    ck_assert_int_eq(evc_error_retry_after_ms(err), 2500);
}
END_TEST

START_TEST(advice_of_the_protocol_takes_the_place_of_ours)
{
    evc_failed once = what;

    once.attempts = 1;
    once.subject = NULL;
    fault.advice = "wait a minute";
    EVC_CHECK_CODE(evc_failure_of_service(&once, &fault, -1, &err),
                   ENVCRYPT_E_THROTTLED);
    ck_assert_str_eq(
        evc_error_message(err),
        "aws-kms Decrypt at kms.example failed after 1 attempt (HTTP 400, "
        "ThrottlingException): the service asks for fewer calls and went on "
        "doing so; wait a minute");
}
END_TEST

START_TEST(a_fault_without_codes_leaves_them_out)
{
    fault = (evc_fault){.code = ENVCRYPT_E_SERVICE_DOWN, .retry_after_ms = -1};
    EVC_CHECK_CODE(evc_failure_of_service(&what, &fault, -1, &err),
                   ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "(HTTP 400): "));
    ck_assert_ptr_null(evc_error_provider_code(err));
    ck_assert_ptr_null(evc_error_request_id(err));
    ck_assert_int_eq(evc_error_is_retryable(err), 0); /* the verdict decides */
}
END_TEST

START_TEST(a_reason_of_ours_is_quoted)
{
    evc_failed unsent = what;

    unsent.attempts = 0;
    unsent.status = 0;
    fault = (evc_fault){.retry_after_ms = -1};
    (void)evc_err(&err, ENVCRYPT_E_CALL_BUDGET, "no more calls");
    EVC_CHECK_CODE(evc_failure_of_ours(&unsent, &fault, ENVCRYPT_E_CALL_BUDGET, &err),
                   ENVCRYPT_E_CALL_BUDGET);
    ck_assert_str_eq(
        evc_error_message(err),
        "aws-kms Decrypt for \"arn:x\" at kms.example failed before it was "
        "sent: no more calls");
    ck_assert_int_eq(evc_error_http_status(err), 0);
}
END_TEST

START_TEST(a_reason_of_ours_keeps_what_the_service_said_before)
{
    (void)evc_err(&err, ENVCRYPT_E_NET_BROKEN, "it broke");
    evc_err_set_retry(err, 0, -1);
    EVC_CHECK_CODE(evc_failure_of_ours(&what, &fault, ENVCRYPT_E_NET_BROKEN, &err),
                   ENVCRYPT_E_NET_BROKEN);
    ck_assert_ptr_nonnull(
        strstr(evc_error_message(err),
               "it broke; what the service said last was ThrottlingException"));
    ck_assert_str_eq(evc_error_request_id(err), "1-2-3");
    ck_assert_int_eq(evc_error_is_retryable(err), 0);
}
END_TEST

START_TEST(without_a_reason_the_text_of_the_code_tells)
{
    fault = (evc_fault){.retry_after_ms = -1};
    EVC_CHECK_CODE(evc_failure_of_ours(&what, &fault, ENVCRYPT_E_REDIRECT, &err),
                   ENVCRYPT_E_REDIRECT);
    ck_assert_ptr_nonnull(
        strstr(evc_error_message(err), evc_error_text(ENVCRYPT_E_REDIRECT)));
}
END_TEST

START_TEST(who_wants_no_error_gets_the_code)
{
    EVC_CHECK_CODE(evc_failure_of_service(&what, &fault, -1, NULL),
                   ENVCRYPT_E_THROTTLED);
    EVC_CHECK_CODE(evc_failure_of_ours(&what, &fault, ENVCRYPT_E_TLS, NULL),
                   ENVCRYPT_E_TLS);
}
END_TEST

START_TEST(without_memory_the_code_stays)
{
    int rc;

    evc_alloc_fail(0, true);
    rc = evc_failure_of_service(&what, &fault, -1, &err);
    (void)evc_alloc_stop();
    EVC_CHECK_CODE(rc, ENVCRYPT_E_THROTTLED);
    EVC_CHECK_CODE(evc_error_code(err), ENVCRYPT_E_NOMEM);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        says_what_failed_where_how_often_and_why,
        carries_what_the_getters_give,
        advice_of_the_protocol_takes_the_place_of_ours,
        a_fault_without_codes_leaves_them_out,
        a_reason_of_ours_is_quoted,
        a_reason_of_ours_keeps_what_the_service_said_before,
        without_a_reason_the_text_of_the_code_tells,
        who_wants_no_error_gets_the_code,
        without_memory_the_code_stays,
    };
    TCase *tcase = tcase_create("failure");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("failure", add_tests)
