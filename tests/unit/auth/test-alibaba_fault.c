/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/alibaba.h"
#include "evc-check.h"

static evc_exchange x;
static evc_fault fault;

static void
set_up(void)
{
    evc_exchange_init(&x);
}

static void
tear_down(void)
{
    evc_exchange_reset(&x);
}

static bool
classify(int status, const char *body)
{
    x.status = status;
    evc_buf_clear(&x.reply);
    evc_buf_put_text(&x.reply, body);
    fault = (evc_fault){.retry_after_ms = -1};
    return evc_alibaba_classify_common(&x, &fault);
}

static bool
classify_code(const char *code, int status)
{
    char body[256];

    (void)snprintf(body, sizeof body, "{\"Code\":\"%s\",\"RequestId\":\"R-1\"}", code);
    return classify(status, body);
}

static const struct row {
    const char *code;
    int status;
    evc_verdict verdict;
    int means;
} rows[] = {
    {"Rejected.Throttling", 429, EVC_VERDICT_THROTTLED, ENVCRYPT_E_THROTTLED},
    {"Throttling", 400, EVC_VERDICT_THROTTLED, ENVCRYPT_E_THROTTLED},
    {"Throttling.User", 400, EVC_VERDICT_THROTTLED, ENVCRYPT_E_THROTTLED},
    {"Throttling.Api", 400, EVC_VERDICT_THROTTLED, ENVCRYPT_E_THROTTLED},
    {"InternalFailure", 500, EVC_VERDICT_AGAIN, ENVCRYPT_E_SERVICE_DOWN},
    {"ServiceUnavailableTemporary", 503, EVC_VERDICT_AGAIN, ENVCRYPT_E_SERVICE_DOWN},
    {"ServiceUnavailable", 503, EVC_VERDICT_AGAIN, ENVCRYPT_E_SERVICE_DOWN},
    {"SomethingNew", 502, EVC_VERDICT_AGAIN, ENVCRYPT_E_SERVICE_DOWN},
    {"SomethingNew", 429, EVC_VERDICT_THROTTLED, ENVCRYPT_E_THROTTLED},
    {"SignatureNonceUsed", 400, EVC_VERDICT_AGAIN, ENVCRYPT_E_AUTH},
    {"InvalidTimeStamp.Expired", 400, EVC_VERDICT_SKEWED, ENVCRYPT_E_AUTH},
    {"IllegalTimestamp", 400, EVC_VERDICT_SKEWED, ENVCRYPT_E_AUTH},
    {"InvalidSecurityToken.Expired", 400, EVC_VERDICT_EXPIRED, ENVCRYPT_E_AUTH},
    {"InvalidSecurityToken.Malformed", 400, EVC_VERDICT_EXPIRED, ENVCRYPT_E_AUTH},
    {"InvalidAccessKeyId.NotFound", 404, EVC_VERDICT_EXPIRED, ENVCRYPT_E_AUTH},
    {"InvalidAccessKeyId.Inactive", 403, EVC_VERDICT_EXPIRED, ENVCRYPT_E_AUTH},
    {"Forbidden.AccessKey", 403, EVC_VERDICT_EXPIRED, ENVCRYPT_E_AUTH},
    {"SignatureDoesNotMatch", 400, EVC_VERDICT_FAIL, ENVCRYPT_E_AUTH},
    {"IncompleteSignature", 400, EVC_VERDICT_FAIL, ENVCRYPT_E_AUTH},
    {"Forbidden.KmsServiceNotEnabled", 403, EVC_VERDICT_FAIL, ENVCRYPT_E_BILLING},
    {"Forbidden.InDebt", 403, EVC_VERDICT_FAIL, ENVCRYPT_E_BILLING},
    {"Forbidden.InDebtOverdue", 403, EVC_VERDICT_FAIL, ENVCRYPT_E_BILLING},
    {"Forbidden.ProhibitedByRiskControl", 403, EVC_VERDICT_FAIL, ENVCRYPT_E_BILLING},
    {"Forbidden.NoPermission", 403, EVC_VERDICT_FAIL, ENVCRYPT_E_DENIED},
    {"Forbidden.RAM", 403, EVC_VERDICT_FAIL, ENVCRYPT_E_DENIED},
    {"NoPermission", 403, EVC_VERDICT_FAIL, ENVCRYPT_E_DENIED},
    {"AccessDeniedError", 403, EVC_VERDICT_FAIL, ENVCRYPT_E_DENIED},
};
#define ROWS (sizeof rows / sizeof *rows)

START_TEST(a_code_of_the_gateway_has_its_meaning)
{
    const struct row *row = &rows[_i];

    ck_assert(classify_code(row->code, row->status));
    ck_assert_int_eq(fault.verdict, row->verdict);
    ck_assert_int_eq(fault.code, row->means);
    ck_assert_str_eq(fault.provider_code, row->code);
    ck_assert_str_eq(fault.request_id, "R-1");
}
END_TEST

START_TEST(codes_of_one_service_are_left_to_it)
{
    ck_assert(!classify_code("Forbidden.KeyNotFound", 404));
    ck_assert(!classify_code("Rejected.Disabled", 409));
    ck_assert(!classify(403, ""));
    ck_assert_int_eq(fault.code, 0);
}
END_TEST

START_TEST(reads_the_small_spelling)
{
    ck_assert(classify(400, "{\"code\":\"Throttling\",\"requestId\":\"R-2\"}"));
    ck_assert_str_eq(fault.request_id, "R-2");
}
END_TEST

START_TEST(reads_xml)
{
    ck_assert(classify(
        403, "<?xml version='1.0' encoding='UTF-8'?><Error><RequestId>R-3</RequestId>"
             "<HostId>kms.aliyuncs.com</HostId><Code>Forbidden.RAM</Code>"
             "<Message>no &amp; never</Message></Error>"));
    ck_assert_str_eq(fault.provider_code, "Forbidden.RAM");
    ck_assert_str_eq(fault.request_id, "R-3");
    ck_assert_int_eq(fault.code, ENVCRYPT_E_DENIED);
}
END_TEST

START_TEST(takes_the_request_id_of_the_header_when_the_body_has_none)
{
    EVC_CHECK_OK(evc_headers_add(&x.reply_headers, "x-acs-request-id",
                                 evc_view_text("R-4"), NULL));
    ck_assert(classify(503, "<html>no gateway at all"));
    ck_assert_str_eq(fault.request_id, "R-4");
    ck_assert_str_eq(fault.provider_code, "");
}
END_TEST

static void
add_limit(const char *header, const char *value)
{
    EVC_CHECK_OK(evc_headers_add(&x.reply_headers, header, evc_view_text(value), NULL));
}

START_TEST(throttling_waits_for_the_later_of_both_limits)
{
    add_limit("x-ratelimit-user-api", "Remain:0,From:0,To:1,Time:1,TimeLeft:53");
    add_limit("x-ratelimit-user", "Remain:0,TimeLeft:870,More:1");
    ck_assert(classify_code("Rejected.Throttling", 429));
    ck_assert_int_eq(fault.retry_after_ms, 870);
}
END_TEST

START_TEST(odd_limits_are_no_hint)
{
    add_limit("x-ratelimit-user-api", "TimeLeft:99999999999999999999999999");
    add_limit("x-ratelimit-user", "Remain:0");
    ck_assert(classify_code("Rejected.Throttling", 429));
    ck_assert_int_eq(fault.retry_after_ms, -1);
}
END_TEST

START_TEST(limits_are_no_hint_for_other_errors)
{
    add_limit("x-ratelimit-user", "TimeLeft:870");
    ck_assert(classify_code("InternalFailure", 500));
    ck_assert_int_eq(fault.retry_after_ms, -1);
}
END_TEST

START_TEST(nothing_of_a_message_gets_in)
{
    ck_assert(classify(400, "{\"Code\":\"SignatureDoesNotMatch\",\"Message\":\"server "
                            "string to sign is:GET&planted\",\"RequestId\":\"R\"}"));
    ck_assert_ptr_null(strstr(fault.provider_code, "planted"));
    ck_assert_ptr_null(strstr(fault.request_id, "planted"));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        codes_of_one_service_are_left_to_it,
        reads_the_small_spelling,
        reads_xml,
        takes_the_request_id_of_the_header_when_the_body_has_none,
        throttling_waits_for_the_later_of_both_limits,
        odd_limits_are_no_hint,
        limits_are_no_hint_for_other_errors,
        nothing_of_a_message_gets_in,
        NULL,
    };
    TCase *tcase = tcase_create("alibaba_fault");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, a_code_of_the_gateway_has_its_meaning, 0, (int)ROWS);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("alibaba_fault", add_tests)
