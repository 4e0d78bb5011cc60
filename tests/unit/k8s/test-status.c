/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/status.h"

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

static void
classify(int status, const char *body)
{
    x.status = status;
    evc_buf_clear(&x.reply);
    evc_buf_put_text(&x.reply, body);
    fault = (evc_fault){.retry_after_ms = -1};
    evc_kube_classify(&x, &fault);
}

#define STATUS(reason, code)                                                 \
    "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":" \
    "\"Failure\",\"message\":\"planted text\",\"reason\":\"" reason          \
    "\",\"code\":" code "}"

static const struct {
    int status;
    const char *body;
    int code;
    evc_verdict verdict;
    const char *provider_code;
} rows[] = {
    {401, STATUS("Unauthorized", "401"), ENVCRYPT_E_AUTH, EVC_VERDICT_EXPIRED,
     "Unauthorized"},
    {403, STATUS("Forbidden", "403"), ENVCRYPT_E_DENIED, EVC_VERDICT_FAIL, "Forbidden"},
    {404, STATUS("NotFound", "404"), ENVCRYPT_E_KUBE_NOT_FOUND, EVC_VERDICT_FAIL,
     "NotFound"},
    {404, "404 page not found\n", ENVCRYPT_E_KUBE_NOT_FOUND, EVC_VERDICT_FAIL, ""},
    {409, STATUS("Conflict", "409"), ENVCRYPT_E_KUBE_CONFLICT, EVC_VERDICT_FAIL,
     "Conflict"},
    {409, STATUS("AlreadyExists", "409"), ENVCRYPT_E_KUBE_CONFLICT, EVC_VERDICT_FAIL,
     "AlreadyExists"},
    {410, STATUS("Expired", "410"), ENVCRYPT_E_KUBE_EXPIRED, EVC_VERDICT_FAIL,
     "Expired"},
    {410, STATUS("Gone", "410"), ENVCRYPT_E_KUBE_EXPIRED, EVC_VERDICT_FAIL, "Gone"},
    {400, STATUS("BadRequest", "400"), ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL,
     "BadRequest"},
    {405, STATUS("MethodNotAllowed", "405"), ENVCRYPT_E_REQUEST_REFUSED,
     EVC_VERDICT_FAIL, "MethodNotAllowed"},
    {406, STATUS("NotAcceptable", "406"), ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL,
     "NotAcceptable"},
    {413, STATUS("RequestEntityTooLarge", "413"), ENVCRYPT_E_REQUEST_REFUSED,
     EVC_VERDICT_FAIL, "RequestEntityTooLarge"},
    {415, STATUS("UnsupportedMediaType", "415"), ENVCRYPT_E_REQUEST_REFUSED,
     EVC_VERDICT_FAIL, "UnsupportedMediaType"},
    {422, STATUS("Invalid", "422"), ENVCRYPT_E_KUBE_INVALID, EVC_VERDICT_FAIL,
     "Invalid"},
    {429, "Too many requests, please try again later.\n", ENVCRYPT_E_THROTTLED,
     EVC_VERDICT_THROTTLED, ""},
    {429, STATUS("TooManyRequests", "429"), ENVCRYPT_E_THROTTLED, EVC_VERDICT_THROTTLED,
     "TooManyRequests"},
    {500, STATUS("ServerTimeout", "500"), ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN,
     "ServerTimeout"},
    {500, STATUS("InternalError", "500"), ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN,
     "InternalError"},
    {500, STATUS("StorageReadError", "500"), ENVCRYPT_E_KUBE_UNREADABLE,
     EVC_VERDICT_FAIL, "StorageReadError"},
    {502, "<html>", ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN, ""},
    {503, STATUS("ServiceUnavailable", "503"), ENVCRYPT_E_SERVICE_DOWN,
     EVC_VERDICT_AGAIN, "ServiceUnavailable"},
    {504, STATUS("Timeout", "504"), ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN,
     "Timeout"},
    {501, "", ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_FAIL, ""},
};

START_TEST(each_status_and_reason_has_its_code)
{
    classify(rows[_i].status, rows[_i].body);
    EVC_CHECK_CODE(fault.code, rows[_i].code);
    ck_assert_int_eq(fault.verdict, rows[_i].verdict);
    ck_assert_str_eq(fault.provider_code, rows[_i].provider_code);
}
END_TEST

#define INTERNAL(message)                                                              \
    "{\"kind\":\"Status\",\"message\":\"Internal error occurred: " message             \
    "\",\"reason\":\"InternalError\",\"details\":{\"causes\":[{\"message\":\"" message \
    "\"}]},\"code\":500}"

/* As k8s.io/apiserver writes them. */
static const char *const unreadable[] = {
    INTERNAL(
        "unable to transform key \\\"/registry/secrets/a/b\\\": no matching prefix "
        "found"),
    INTERNAL("no matching key was found for the provided AES transformer"),
    INTERNAL("identity transformer tried to read encrypted data"),
    INTERNAL("failed to decrypt DEK, error: rpc error: code = InvalidArgument"),
    INTERNAL("cipher: message authentication failed"),
    INTERNAL("StorageError: corrupt object, Code: 7, Key: /registry/secrets/a/b, "
             "ResourceVersion: 0, AdditionalErrorMsg: data from the storage is not "
             "transformable revision=0: x"),
    INTERNAL("StorageError: corrupt object, Code: 7, Key: k, ResourceVersion: 0, "
             "AdditionalErrorMsg: object not decodable revision=5: x"),
    STATUS("StorageReadError", "500"),
    "{\"message\":\"unable to transform key\",\"code\":500}",
};

START_TEST(what_the_server_cannot_read_is_unreadable_for_good)
{
    classify(500, unreadable[_i]);
    EVC_CHECK_CODE(fault.code, ENVCRYPT_E_KUBE_UNREADABLE);
    ck_assert_int_eq(fault.verdict, EVC_VERDICT_FAIL);
}
END_TEST

static const char *const passing[] = {
    INTERNAL("failed calling webhook \\\"x\\\": connection refused"),
    INTERNAL("failed to decrypt DEK, error: rpc error: code = Unavailable desc = x"),
    INTERNAL("failed to decrypt DEK, error: rpc error: code = DeadlineExceeded desc"),
    INTERNAL("StorageError: corrupt object, Code: 7, Key: /registry/secrets/a/b, "
             "ResourceVersion: 0, AdditionalErrorMsg: data from the storage is not "
             "transformable revision=0: got unexpected nil transformer"),
    "{\"message\":\"no matching prefix found\",\"reason\":\"ServerTimeout\"}",
};

START_TEST(a_plugin_or_webhook_that_is_away_passes)
{
    classify(500, passing[_i]);
    EVC_CHECK_CODE(fault.code, ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_int_eq(fault.verdict, EVC_VERDICT_AGAIN);
}
END_TEST

START_TEST(the_hint_of_the_body_counts_in_seconds)
{
    classify(429, "{\"kind\":\"Status\",\"details\":{\"retryAfterSeconds\":7}}");
    ck_assert_int_eq(fault.retry_after_ms, 7000);
    classify(429, "{\"kind\":\"Status\",\"details\":{\"retryAfterSeconds\":3600}}");
    ck_assert_int_eq(fault.retry_after_ms, 3600000);
    classify(429, "{\"kind\":\"Status\",\"details\":{\"retryAfterSeconds\":3601}}");
    ck_assert_int_eq(fault.retry_after_ms, -1);
    classify(429, "{\"kind\":\"Status\",\"details\":{\"retryAfterSeconds\":-1}}");
    ck_assert_int_eq(fault.retry_after_ms, -1);
}
END_TEST

START_TEST(nothing_of_the_message_is_kept)
{
    classify(403, STATUS("Forbidden", "403"));
    ck_assert_ptr_null(strstr(fault.provider_code, "planted"));
    ck_assert_ptr_null(strstr(fault.request_id, "planted"));
    ck_assert_ptr_null(strstr(fault.advice, "planted"));
}
END_TEST

START_TEST(the_audit_id_is_the_request_id)
{
    EVC_CHECK_OK(
        evc_headers_add(&x.reply_headers, "audit-id", evc_view_text("2f4c-11"), NULL));
    classify(404, "");
    ck_assert_str_eq(fault.request_id, "2f4c-11");
}
END_TEST

static int
continue_of(const char *body, evc_buf *out)
{
    classify(410, body);
    return evc_kube_status_continue(&x, out, NULL);
}

START_TEST(a_410_tells_where_to_go_on)
{
    evc_buf out;

    evc_buf_init(&out);
    EVC_CHECK_OK(
        continue_of("{\"metadata\":{\"continue\":\"eyJ2\"},\"code\":410}", &out));
    ck_assert(evc_view_is_text(evc_buf_view(&out), "eyJ2"));
    evc_buf_clear(&out);
    EVC_CHECK_OK(continue_of(STATUS("Expired", "410"), &out));
    EVC_CHECK_OK(continue_of("gone", &out));
    EVC_CHECK_OK(continue_of("{\"metadata\":{\"continue\":5}}", &out));
    ck_assert_uint_eq(out.size, 0);
    evc_buf_reset(&out);
}
END_TEST

START_TEST(the_token_of_a_410_may_have_8192_bytes_and_no_more)
{
    static char body[9000];
    evc_buf out;

    evc_buf_init(&out);
    (void)snprintf(body, sizeof(body), "{\"metadata\":{\"continue\":\"%08192d\"}}", 1);
    EVC_CHECK_OK(continue_of(body, &out));
    ck_assert_uint_eq(out.size, 8192);
    (void)snprintf(body, sizeof(body), "{\"metadata\":{\"continue\":\"%08193d\"}}", 1);
    EVC_CHECK_CODE(continue_of(body, &out), ENVCRYPT_E_PROTOCOL);
    evc_buf_reset(&out);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static bool
advises(int status, const char *message, const char *wanted)
{
    char body[256];

    (void)snprintf(body, sizeof(body),
                   "{\"kind\":\"Status\",\"message\":\"%s\",\"reason\":\"Forbidden\"}",
                   message);
    classify(status, body);
    return fault.advice && strstr(fault.advice, wanted);
}

START_TEST(who_refuses_what_the_role_permits_is_told)
{
    ck_assert(advises(403,
                      "secrets \\\"s\\\" is forbidden: exceeded quota: q, requested: x",
                      "ResourceQuota"));
    ck_assert(
        advises(403, "admission webhook \\\"w\\\" denied the request: no", "webhook"));
    ck_assert(
        advises(400, "admission webhook \\\"w\\\" denied the request: no", "webhook"));
    ck_assert(advises(422, "ValidatingAdmissionPolicy 'p' denied request: no",
                      "ValidatingAdmissionPolicy"));
    ck_assert(advises(403, "User \\\"u\\\" cannot patch resource", "role"));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {the_hint_of_the_body_counts_in_seconds,
                                  who_refuses_what_the_role_permits_is_told,
                                  nothing_of_the_message_is_kept,
                                  the_audit_id_is_the_request_id,
                                  a_410_tells_where_to_go_on,
                                  the_token_of_a_410_may_have_8192_bytes_and_no_more,
                                  NULL};
    TCase *tcase = tcase_create("status");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, each_status_and_reason_has_its_code, 0, COUNT(rows));
    tcase_add_loop_test(tcase, what_the_server_cannot_read_is_unreadable_for_good, 0,
                        COUNT(unreadable));
    tcase_add_loop_test(tcase, a_plugin_or_webhook_that_is_away_passes, 0,
                        COUNT(passing));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("status", add_tests)
