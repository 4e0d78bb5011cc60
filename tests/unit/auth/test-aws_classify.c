/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/aws.h"

#include "evc-check.h"

static evc_exchange x;
static evc_fault fault;

static void
setup(void)
{
    evc_exchange_init(&x);
    fault = (evc_fault){.retry_after_ms = -1};
}

static void
teardown(void)
{
    evc_exchange_reset(&x);
}

static bool
classify(int status, const char *body)
{
    evc_buf_clear(&x.reply);
    evc_buf_put_text(&x.reply, body);
    x.status = status;
    return evc_aws_classify_common(&x, &fault);
}

static void
add(const char *name, const char *value)
{
    EVC_CHECK_OK(evc_headers_add(&x.reply_headers, name, evc_view_text(value), NULL));
}

static const struct {
    const char *body;
    const char *code; /* of the provider */
    evc_verdict verdict;
    int error; /* 0: none of the general ones */
} bodies[] = {
    {"{\"__type\":\"ThrottlingException\",\"message\":\"You have exceeded the rate\"}",
     "ThrottlingException", EVC_VERDICT_THROTTLED, ENVCRYPT_E_THROTTLED},
    {"{\"__type\":\"com.amazonaws.kms#AccessDeniedException\"}",
     "AccessDeniedException", EVC_VERDICT_FAIL, ENVCRYPT_E_DENIED},
    {"{\"__type\":\"ExpiredTokenException:http://x\",\"Message\":null}",
     "ExpiredTokenException", EVC_VERDICT_EXPIRED, ENVCRYPT_E_AUTH},
    {"{\"code\":\"ServiceUnavailable\"}", "ServiceUnavailable", EVC_VERDICT_AGAIN,
     ENVCRYPT_E_SERVICE_DOWN},
    {"{\"Error\":{\"Code\":\"AccessDenied\"}}", "AccessDenied", EVC_VERDICT_FAIL,
     ENVCRYPT_E_DENIED},
    {"{\"__type\":\"InvalidSignatureException\"}", "InvalidSignatureException",
     EVC_VERDICT_SKEWED, ENVCRYPT_E_AUTH},
    {"{\"__type\":\"UnrecognizedClientException\"}", "UnrecognizedClientException",
     EVC_VERDICT_EXPIRED, ENVCRYPT_E_AUTH},
    {"{\"__type\":\"NotFoundException\"}", "NotFoundException", EVC_VERDICT_FAIL, 0},
    {"{\"__type\":\"LimitExceededException\"}", "LimitExceededException",
     EVC_VERDICT_FAIL, 0},
    {"<ErrorResponse xmlns=\"u\"><Error><Type>Sender</Type><Code>ExpiredToken</Code>"
     "<Message>m</Message></Error><RequestId>r-1</RequestId></ErrorResponse>",
     "ExpiredToken", EVC_VERDICT_EXPIRED, ENVCRYPT_E_AUTH},
    {"<Response><Errors><Error><Code>SignatureDoesNotMatch</Code></Error></Errors>"
     "</Response>",
     "SignatureDoesNotMatch", EVC_VERDICT_SKEWED, ENVCRYPT_E_AUTH},
    {"\n <Error><Code>SlowDown</Code></Error>", "SlowDown", EVC_VERDICT_THROTTLED,
     ENVCRYPT_E_THROTTLED},
    {"<html>no</html>", "", EVC_VERDICT_FAIL, 0},
    {"no JSON", "", EVC_VERDICT_FAIL, 0},
    {"", "", EVC_VERDICT_FAIL, 0},
    {"{\"__type\":{}}", "", EVC_VERDICT_FAIL, 0},
    {"{\"__type\":\"Throttling\",\"__type\":\"x\"}", "", EVC_VERDICT_FAIL, 0},
};

START_TEST(errors_by_the_services_own_code)
{
    ck_assert_int_eq(classify(400, bodies[_i].body), bodies[_i].error != 0);
    ck_assert_str_eq(fault.provider_code, bodies[_i].code);
    ck_assert_int_eq(fault.verdict, bodies[_i].verdict);
    ck_assert_int_eq(fault.code, bodies[_i].error);
}
END_TEST

START_TEST(the_header_wins)
{
    add("x-amzn-errortype", "ThrottlingException:http://x/");
    ck_assert(classify(400, "{\"__type\":\"AccessDeniedException\"}"));
    ck_assert_str_eq(fault.provider_code, "ThrottlingException");
}
END_TEST

START_TEST(request_ids_of_headers_and_xml)
{
    (void)classify(400, "<ErrorResponse><RequestId>in-xml</RequestId></ErrorResponse>");
    ck_assert_str_eq(fault.request_id, "in-xml");
    add("x-amzn-requestid", "in-header");
    (void)classify(400, "{}");
    ck_assert_str_eq(fault.request_id, "in-header");
}
END_TEST

START_TEST(a_hint_in_milliseconds)
{
    add("x-amz-retry-after", "1500");
    (void)classify(400, "{}");
    ck_assert_int_eq(fault.retry_after_ms, 1500);
}
END_TEST

static const char *const hints[] = {"", "x", "-1", "1.5", "99999999999999999999"};

START_TEST(a_hint_that_is_no_number_is_none)
{
    add("x-amz-retry-after", hints[_i]);
    (void)classify(400, "{}");
    ck_assert_int_eq(fault.retry_after_ms, -1);
}
END_TEST

START_TEST(status_429_throttles_without_a_code)
{
    ck_assert(classify(429, ""));
    ck_assert_int_eq(fault.verdict, EVC_VERDICT_THROTTLED);
}
END_TEST

static const struct {
    int status;
    int error;
    evc_verdict verdict;
} statuses[] = {
    {400, ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL},
    {401, ENVCRYPT_E_AUTH, EVC_VERDICT_FAIL},
    {403, ENVCRYPT_E_DENIED, EVC_VERDICT_FAIL},
    {404, ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL},
    {429, ENVCRYPT_E_THROTTLED, EVC_VERDICT_THROTTLED},
    {500, ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN},
    {503, ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN},
};

START_TEST(an_unknown_code_by_its_status)
{
    evc_buf_put_text(&x.reply, "{\"__type\":\"NewException\"}");
    x.status = statuses[_i].status;
    evc_aws_classify_any(&x, &fault);
    ck_assert_int_eq(fault.code, statuses[_i].error);
    ck_assert_int_eq(fault.verdict, statuses[_i].verdict);
    ck_assert_str_eq(fault.provider_code, "NewException");
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("classify");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, errors_by_the_services_own_code, 0,
                        sizeof bodies / sizeof bodies[0]);
    tcase_add_test(tcase, the_header_wins);
    tcase_add_test(tcase, request_ids_of_headers_and_xml);
    tcase_add_test(tcase, a_hint_in_milliseconds);
    tcase_add_loop_test(tcase, a_hint_that_is_no_number_is_none, 0,
                        sizeof hints / sizeof hints[0]);
    tcase_add_test(tcase, status_429_throttles_without_a_code);
    tcase_add_loop_test(tcase, an_unknown_code_by_its_status, 0,
                        sizeof statuses / sizeof statuses[0]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("aws_classify", add_tests)
