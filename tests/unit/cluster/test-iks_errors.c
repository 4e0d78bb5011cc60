/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/iks_errors.h"
#include "evc-check.h"

static evc_fault
read_fault(int status, const char *body)
{
    evc_exchange x = {.status = status};
    evc_fault fault = {.retry_after_ms = -1};

    evc_buf_put_text(&x.reply, body);
    evc_iks_classify(&x, &fault);
    evc_buf_reset(&x.reply);
    return fault;
}

#define SAYS(code) \
    "{\"incidentID\":\"i-1\",\"code\":\"" code "\",\"description\":\"planted\"}"

static const struct {
    int status;
    const char *body;
    evc_verdict verdict;
    int code;
} faults[] = {
    {404, SAYS("G0004"), EVC_VERDICT_FAIL, ENVCRYPT_E_CLUSTER_NOT_FOUND},
    {404, SAYS("A0006"), EVC_VERDICT_FAIL, ENVCRYPT_E_CLUSTER_NOT_FOUND},
    {500, SAYS("A0002"), EVC_VERDICT_AGAIN, ENVCRYPT_E_SERVICE_DOWN},
    {400, SAYS("G3917"), EVC_VERDICT_FAIL, ENVCRYPT_E_CLUSTER_KIND},
    {401, SAYS("E09c0"), EVC_VERDICT_FAIL, ENVCRYPT_E_DENIED},
    {401, SAYS("X"), EVC_VERDICT_EXPIRED, ENVCRYPT_E_AUTH},
    {403, "", EVC_VERDICT_FAIL, ENVCRYPT_E_DENIED},
    {408, "", EVC_VERDICT_AGAIN, ENVCRYPT_E_SERVICE_DOWN},
    {409, "", EVC_VERDICT_FAIL, ENVCRYPT_E_SERVICE_CONFLICT},
    {429, "", EVC_VERDICT_THROTTLED, ENVCRYPT_E_THROTTLED},
    {400, "", EVC_VERDICT_FAIL, ENVCRYPT_E_REQUEST_REFUSED},
    {500, "<html>", EVC_VERDICT_AGAIN, ENVCRYPT_E_SERVICE_DOWN},
    {501, "", EVC_VERDICT_FAIL, ENVCRYPT_E_UNSUPPORTED},
    {502, "", EVC_VERDICT_AGAIN, ENVCRYPT_E_SERVICE_DOWN},
    {520, "", EVC_VERDICT_AGAIN, ENVCRYPT_E_SERVICE_DOWN},
    {599, "", EVC_VERDICT_AGAIN, ENVCRYPT_E_SERVICE_DOWN},
    {304, "", EVC_VERDICT_FAIL, ENVCRYPT_E_PROTOCOL},
};

START_TEST(codes_tell_and_else_the_status)
{
    evc_fault fault = read_fault(faults[_i].status, faults[_i].body);

    ck_assert_int_eq(fault.verdict, faults[_i].verdict);
    ck_assert_int_eq(fault.code, faults[_i].code);
}
END_TEST

START_TEST(code_and_incident_are_told)
{
    evc_fault fault = read_fault(409, SAYS("E0123"));

    ck_assert_str_eq(fault.provider_code, "E0123");
    ck_assert_str_eq(fault.request_id, "i-1");
}
END_TEST

START_TEST(what_iam_says_is_read_too)
{
    evc_fault fault =
        read_fault(403, "{\"trace\":\"t-1\",\"errors\":[{\"code\":\"not_yours\"}]}");

    ck_assert_str_eq(fault.provider_code, "not_yours");
    ck_assert_str_eq(fault.request_id, "t-1");
}
END_TEST

START_TEST(a_former_key_is_known_by_words)
{
    ck_assert(evc_iks_says_former(evc_view_text(
        "{\"description\":\"The root key was used for this cluster before.\"}")));
    ck_assert(evc_iks_says_former(
        evc_view_text("{\"description\":\"A PREVIOUS root key cannot be taken.\"}")));
    ck_assert(!evc_iks_says_former(
        evc_view_text("{\"description\":\"The cluster is busy.\"}")));
    ck_assert(!evc_iks_says_former(evc_view_text("used before")));
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("errors");

    tcase_add_loop_test(tcase, codes_tell_and_else_the_status, 0,
                        sizeof(faults) / sizeof(faults[0]));
    tcase_add_test(tcase, code_and_incident_are_told);
    tcase_add_test(tcase, what_iam_says_is_read_too);
    tcase_add_test(tcase, a_former_key_is_known_by_words);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("iks_errors", add_tests)
