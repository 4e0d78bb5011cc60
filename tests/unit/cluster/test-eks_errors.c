/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eks_errors.h"

#include "evc-check.h"
#include "net/http.h"

static evc_fault
classify(int status, const char *type, const char *text, const char *method,
         const char *path)
{
    evc_fault fault = {.retry_after_ms = -1};
    evc_exchange x;

    evc_exchange_init(&x);
    x.method = method;
    x.status = status;
    evc_buf_put_text(&x.path, path);
    evc_buf_put_format(&x.reply, "{\"message\":\"%s\",\"clusterName\":\"prod\"}", text);
    EVC_CHECK_OK(evc_headers_add(&x.reply_headers, "x-amzn-errortype",
                                 evc_view_text(type), NULL));
    evc_eks_classify(&x, &fault);
    evc_exchange_reset(&x);
    return fault;
}

#define GET(status, type, text) classify(status, type, text, "GET", "/clusters/prod")

START_TEST(errors_mean_what_their_type_says)
{
    static const struct {
        int status;
        const char *type;
        const char *text;
        int code;
        evc_verdict verdict;
    } rows[] = {
        {404, "ResourceNotFoundException", "No cluster found for name: prod.",
         ENVCRYPT_E_CLUSTER_NOT_FOUND, EVC_VERDICT_FAIL},
        {409, "ResourceInUseException", "Cluster already exists with name: prod",
         ENVCRYPT_E_SERVICE_CONFLICT, EVC_VERDICT_FAIL},
        {409, "ResourceInUseException", "Cannot because cluster currently has update",
         ENVCRYPT_E_CLUSTER_BUSY, EVC_VERDICT_FAIL},
        {400, "InvalidParameterException",
         "Encryption is already enabled on the cluster", ENVCRYPT_E_SERVICE_CONFLICT,
         EVC_VERDICT_FAIL},
        {400, "InvalidRequestException",
         "Cannot AssociateEncryptionConfig because cluster prod currently has update",
         ENVCRYPT_E_CLUSTER_BUSY, EVC_VERDICT_FAIL},
        {400, "InvalidRequestException",
         "User not authorized to perform kms:CreateGrant", ENVCRYPT_E_DENIED,
         EVC_VERDICT_FAIL},
        {400, "InvalidParameterException", "KeyArn is required",
         ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL},
        {400, "InvalidRequestException", "?", ENVCRYPT_E_REQUEST_REFUSED,
         EVC_VERDICT_FAIL},
        {400, "ClientException", "?", ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL},
        {400, "UnsupportedAvailabilityZoneException", "?", ENVCRYPT_E_REQUEST_REFUSED,
         EVC_VERDICT_FAIL},
        {400, "ResourceLimitExceededException", "?", ENVCRYPT_E_SERVICE_QUOTA,
         EVC_VERDICT_FAIL},
        {500, "ServerException", "?", ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN},
        {503, "ServiceUnavailableException", "?", ENVCRYPT_E_SERVICE_DOWN,
         EVC_VERDICT_AGAIN},
        {429, "ThrottlingException", "?", ENVCRYPT_E_THROTTLED, EVC_VERDICT_THROTTLED},
        {400, "LimitExceededException", "?", ENVCRYPT_E_THROTTLED,
         EVC_VERDICT_THROTTLED},
        {403, "InvalidSignatureException", "?", ENVCRYPT_E_AUTH, EVC_VERDICT_SKEWED},
        {403, "AccessDeniedException", "?", ENVCRYPT_E_DENIED, EVC_VERDICT_FAIL},
        {418, "NewException", "?", ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL},
        {599, "NewException", "?", ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        evc_fault fault = GET(rows[i].status, rows[i].type, rows[i].text);

        ck_assert_msg(fault.code == rows[i].code && fault.verdict == rows[i].verdict,
                      "%s: %s", rows[i].type, rows[i].text);
        ck_assert_str_eq(fault.provider_code, rows[i].type);
    }
}
END_TEST

START_TEST(a_type_is_cut_at_its_colon)
{
    evc_fault fault = GET(404, "ResourceNotFoundException:http://internal/x", "gone");

    ck_assert_str_eq(fault.provider_code, "ResourceNotFoundException");
    ck_assert_int_eq(fault.code, ENVCRYPT_E_CLUSTER_NOT_FOUND);
}
END_TEST

START_TEST(what_is_denied_names_what_to_allow)
{
    static const struct {
        const char *method;
        const char *path;
        const char *permission;
    } rows[] = {
        {"POST", "/clusters/prod/encryption-config/associate",
         "eks:AssociateEncryptionConfig"},
        {"POST", "/clusters", "eks:CreateCluster"},
        {"GET", "/clusters", "eks:ListClusters"},
        {"GET", "/clusters/prod", "eks:DescribeCluster"},
        {"GET", "/clusters/prod/updates", "eks:ListUpdates"},
        {"GET", "/clusters/prod/updates/1", "eks:DescribeUpdate"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        evc_fault fault =
            classify(403, "AccessDeniedException", "no", rows[i].method, rows[i].path);

        ck_assert_ptr_nonnull(fault.advice);
        ck_assert_ptr_nonnull(strstr(fault.advice, rows[i].permission));
    }
}
END_TEST

START_TEST(a_grant_that_is_missing_is_explained)
{
    evc_fault fault = GET(400, "InvalidRequestException",
                          "User not authorized to perform kms:CreateGrant");

    ck_assert_ptr_nonnull(strstr(fault.advice, "kms:CreateGrant"));
    ck_assert_ptr_nonnull(strstr(fault.advice, "AWS manages"));
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("errors");

    tcase_add_test(tcase, errors_mean_what_their_type_says);
    tcase_add_test(tcase, a_type_is_cut_at_its_colon);
    tcase_add_test(tcase, what_is_denied_names_what_to_allow);
    tcase_add_test(tcase, a_grant_that_is_missing_is_explained);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("eks_errors", add_tests)
