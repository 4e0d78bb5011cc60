/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_errors.h"

#include "ack-fixture.h"

static evc_exchange x;
static evc_fault fault;

static void
classify(int status, const char *code, const char *retry_after)
{
    evc_exchange_reset(&x);
    evc_exchange_init(&x);
    x.status = status;
    evc_buf_put_format(&x.reply,
                       "{\"code\":\"%s\",\"message\":\"m\",\"requestId\":\"R\"}", code);
    if (retry_after)
        EVC_CHECK_OK(evc_headers_add(&x.reply_headers, "x-acs-retry-after",
                                     evc_view_text(retry_after), NULL));
    fault = (evc_fault){.retry_after_ms = -1};
    evc_ack_errors_classify(&x, &fault);
    evc_exchange_reset(&x);
}

static const struct {
    int status;
    const char *code;
    int means;
    evc_verdict verdict;
} rows[] = {
    {404, "ErrorClusterNotFound", ENVCRYPT_E_CLUSTER_NOT_FOUND, EVC_VERDICT_FAIL},
    {403, "ForbiddenUpdateKMSState", ENVCRYPT_E_DENIED, EVC_VERDICT_FAIL},
    {403, "StatusForbidden", ENVCRYPT_E_DENIED, EVC_VERDICT_FAIL},
    {403, "Forbidden", ENVCRYPT_E_DENIED, EVC_VERDICT_FAIL},
    {403, "ForbiddenQueryCluster", ENVCRYPT_E_DENIED, EVC_VERDICT_FAIL},
    {403, "NoPermission", ENVCRYPT_E_DENIED, EVC_VERDICT_FAIL},
    {403, "SomethingNew", ENVCRYPT_E_DENIED, EVC_VERDICT_FAIL},
    {403, "ErrorCheckAcl", ENVCRYPT_E_DENIED, EVC_VERDICT_FAIL},
    {400, "ClusterNotSupport", ENVCRYPT_E_CLUSTER_KIND, EVC_VERDICT_FAIL},
    {404, "EntityNotExist.User", ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL},
    {400, "SomethingNew", ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL},
    {409, "ErrorClusterState", ENVCRYPT_E_CLUSTER_BUSY, EVC_VERDICT_FAIL},
    {409, "", ENVCRYPT_E_CLUSTER_BUSY, EVC_VERDICT_FAIL},
    {429, "Throttling.User", ENVCRYPT_E_THROTTLED, EVC_VERDICT_THROTTLED},
    {400, "Throttling.Api", ENVCRYPT_E_THROTTLED, EVC_VERDICT_THROTTLED},
    {400, "Rejected.Throttling", ENVCRYPT_E_THROTTLED, EVC_VERDICT_THROTTLED},
    {400, "Cluster.ThrottlingOfUpdates", ENVCRYPT_E_THROTTLED, EVC_VERDICT_THROTTLED},
    {503, "ServiceUnavailable", ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN},
    {502, "", ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN},
    {403, "InvalidSecurityToken.Expired", ENVCRYPT_E_AUTH, EVC_VERDICT_EXPIRED},
    {400, "InvalidTimeStamp.Expired", ENVCRYPT_E_AUTH, EVC_VERDICT_SKEWED},
};

START_TEST(every_code_means_one_thing)
{
    classify(rows[_i].status, rows[_i].code, NULL);
    ck_assert_str_eq(envcrypt_error_name(fault.code),
                     envcrypt_error_name(rows[_i].means));
    ck_assert_int_eq(fault.verdict, rows[_i].verdict);
    ck_assert_str_eq(fault.request_id, "R");
}
END_TEST

START_TEST(the_rbac_role_that_is_lacking_is_named)
{
    classify(403, "ForbiddenUpdateKMSState", NULL);
    ck_assert_ptr_nonnull(strstr(fault.advice, "O&M engineer"));
}
END_TEST

START_TEST(a_delay_is_milliseconds_up_to_ten_minutes)
{
    classify(429, "Throttling", "2000");
    ck_assert_int_eq(fault.retry_after_ms, 2000);
    classify(429, "Throttling", "600000");
    ck_assert_int_eq(fault.retry_after_ms, 600000);
    classify(429, "Throttling", "600001");
    ck_assert_int_eq(fault.retry_after_ms, -1);
    classify(429, "Throttling", "99999999999999999999");
    ck_assert_int_eq(fault.retry_after_ms, -1);
    classify(429, "Throttling", "soon");
    ck_assert_int_eq(fault.retry_after_ms, -1);
    classify(429, "Throttling", "");
    ck_assert_int_eq(fault.retry_after_ms, -1);
    classify(400, "SomethingNew", "2000");
    ck_assert_int_eq(fault.retry_after_ms, -1);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {the_rbac_role_that_is_lacking_is_named,
                                  a_delay_is_milliseconds_up_to_ten_minutes, NULL};
    const ack_loop loops[] = {{every_code_means_one_thing, COUNT(rows)}, {NULL, 0}};

    ack_add(suite, "ack_errors", tests, loops);
}

EVC_TEST_MAIN("ack_errors", add_tests)
