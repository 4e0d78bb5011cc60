/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/alibaba_errors.h"

#include "alibaba-fixture.h"

static evc_exchange x;
static evc_fault fault;

static void
set_up(void)
{
    alibaba_set_up();
    evc_exchange_init(&x);
}

static void
tear_down(void)
{
    evc_exchange_reset(&x);
    alibaba_tear_down();
}

static void
classify(const char *action, int status, const char *body)
{
    evc_exchange_restart(&x);
    EVC_CHECK_OK(evc_alibaba_wire_begin(&x, action, NULL));
    x.status = status;
    evc_buf_put_text(&x.reply, body);
    fault = (evc_fault){.retry_after_ms = -1};
    evc_alibaba_kms_classify(&x, &fault);
}

/* Every row of kms-apis 3.6. */
static const struct row {
    int status;
    const char *code;
    int means;
    evc_verdict verdict;
} rows[] = {
    {429, "Rejected.Throttling", ENVCRYPT_E_THROTTLED, EVC_VERDICT_THROTTLED},
    {400, "Throttling", ENVCRYPT_E_THROTTLED, EVC_VERDICT_THROTTLED},
    {400, "Throttling.User", ENVCRYPT_E_THROTTLED, EVC_VERDICT_THROTTLED},
    {400, "Throttling.Api", ENVCRYPT_E_THROTTLED, EVC_VERDICT_THROTTLED},
    {400, "Throttling.Other", ENVCRYPT_E_THROTTLED, EVC_VERDICT_THROTTLED},
    {500, "InternalFailure", ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN},
    {503, "ServiceUnavailableTemporary", ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN},
    {503, "ServiceUnavailable", ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN},
    {502, "Unheard.Of", ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN},
    {404, "InvalidAccessKeyId.NotFound", ENVCRYPT_E_AUTH, EVC_VERDICT_EXPIRED},
    {404, "InvalidAccessKeyId.Inactive", ENVCRYPT_E_AUTH, EVC_VERDICT_EXPIRED},
    {403, "Forbidden.AccessKey", ENVCRYPT_E_AUTH, EVC_VERDICT_EXPIRED},
    {400, "IncompleteSignature", ENVCRYPT_E_AUTH, EVC_VERDICT_FAIL},
    {400, "SignatureDoesNotMatch", ENVCRYPT_E_AUTH, EVC_VERDICT_FAIL},
    {400, "IllegalTimestamp", ENVCRYPT_E_AUTH, EVC_VERDICT_SKEWED},
    {400, "SignatureNonceUsed", ENVCRYPT_E_AUTH, EVC_VERDICT_AGAIN},
    {400, "InvalidSecurityToken.Expired", ENVCRYPT_E_AUTH, EVC_VERDICT_EXPIRED},
    {400, "InvalidSecurityToken.Malformed", ENVCRYPT_E_AUTH, EVC_VERDICT_EXPIRED},
    {400, "InvalidTimeStamp.Expired", ENVCRYPT_E_AUTH, EVC_VERDICT_SKEWED},
    {403, "Forbidden.NoPermission", ENVCRYPT_E_DENIED, EVC_VERDICT_FAIL},
    {403, "Forbidden.KmsServiceNotEnabled", ENVCRYPT_E_BILLING, EVC_VERDICT_FAIL},
    {403, "Forbidden.InDebt", ENVCRYPT_E_BILLING, EVC_VERDICT_FAIL},
    {403, "Forbidden.InDebtOverdue", ENVCRYPT_E_BILLING, EVC_VERDICT_FAIL},
    {403, "Forbidden.ProhibitedByRiskControl", ENVCRYPT_E_BILLING, EVC_VERDICT_FAIL},
    {403, "AccessDenied", ENVCRYPT_E_DENIED, EVC_VERDICT_FAIL},
    {403, "AccessDeniedError", ENVCRYPT_E_DENIED, EVC_VERDICT_FAIL},
    {403, "Unheard.Of", ENVCRYPT_E_DENIED, EVC_VERDICT_FAIL},
    {404, "Forbidden.KeyNotFound", ENVCRYPT_E_KEY_NOT_FOUND, EVC_VERDICT_FAIL},
    {404, "Forbidden.AliasNotFound", ENVCRYPT_E_KEY_NOT_FOUND, EVC_VERDICT_FAIL},
    {404, "Forbidden.KeyVersionNotFound", ENVCRYPT_E_KEY_NOT_FOUND, EVC_VERDICT_FAIL},
    {409, "Rejected.Disabled", ENVCRYPT_E_KEY_DISABLED, EVC_VERDICT_FAIL},
    {409, "Rejected.PendingDeletion", ENVCRYPT_E_KEY_PENDING_DELETION,
     EVC_VERDICT_FAIL},
    {409, "Rejected.PendingImport", ENVCRYPT_E_KEY_PENDING_IMPORT, EVC_VERDICT_FAIL},
    {409, "Rejected.Unavailable", ENVCRYPT_E_KEY_UNAVAILABLE, EVC_VERDICT_FAIL},
    {409, "Rejected.StateModifiedFailed", ENVCRYPT_E_SERVICE_CONFLICT,
     EVC_VERDICT_FAIL},
    {409, "Rejected.AlreadyExist", ENVCRYPT_E_SERVICE_CONFLICT, EVC_VERDICT_FAIL},
    {409, "Rejected.DeletionProtection", ENVCRYPT_E_SERVICE_CONFLICT, EVC_VERDICT_FAIL},
    {400, "InvalidParameter", ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL},
    {400, "MissingParameter", ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL},
    {400, "UnsupportedOperation", ENVCRYPT_E_UNSUPPORTED, EVC_VERDICT_FAIL},
    {400, "Unsupported.KeySpec", ENVCRYPT_E_UNSUPPORTED, EVC_VERDICT_FAIL},
    {400, "ParseRequestParameterException", ENVCRYPT_E_REQUEST_REFUSED,
     EVC_VERDICT_FAIL},
    {400, "Rejected.LimitExceeded", ENVCRYPT_E_SERVICE_QUOTA, EVC_VERDICT_FAIL},
    {400, "Unheard.Of", ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL},
    {429, "Unheard.Of", ENVCRYPT_E_THROTTLED, EVC_VERDICT_THROTTLED},
};

static void
expect(const struct row *row)
{
    ck_assert_msg(fault.code == row->means, "%s gave %s", row->code,
                  envcrypt_error_name(fault.code));
    ck_assert_int_eq(fault.verdict, row->verdict);
    ck_assert_str_eq(fault.provider_code, row->code);
}

START_TEST(every_code_has_its_meaning)
{
    char body[256];

    (void)snprintf(body, sizeof(body),
                   "{\"HttpStatus\":%d,\"Code\":\"%s\",\"Message\":\"planted\","
                   "\"RequestId\":\"req-7\",\"HostId\":\"h\"}",
                   rows[_i].status, rows[_i].code);
    classify("Encrypt", rows[_i].status, body);
    expect(&rows[_i]);
    ck_assert_str_eq(fault.request_id, "req-7");
}
END_TEST

START_TEST(a_code_may_come_in_lower_case_or_in_xml)
{
    char body[256];

    (void)snprintf(body, sizeof(body), "{\"code\":\"%s\",\"requestId\":\"r\"}",
                   rows[_i].code);
    classify("Encrypt", rows[_i].status, body);
    expect(&rows[_i]);
    (void)snprintf(body, sizeof(body),
                   "<?xml version='1.0' encoding='UTF-8'?><Error><RequestId>r"
                   "</RequestId><Code>%s</Code><Message>m</Message></Error>",
                   rows[_i].code);
    classify("Encrypt", rows[_i].status, body);
    expect(&rows[_i]);
}
END_TEST

static const char *const garbage[] = {
    "", "{", "no JSON", "[]", "{\"Code\":7}", "<Code>", "{\"Code\":\"\"}"};

START_TEST(an_error_without_a_code_is_told_by_its_status)
{
    classify("Encrypt", 400, garbage[_i]);
    ck_assert_int_eq(fault.code, ENVCRYPT_E_REQUEST_REFUSED);
    ck_assert_int_eq(fault.verdict, EVC_VERDICT_FAIL);
    classify("Encrypt", 403, garbage[_i]);
    ck_assert_int_eq(fault.code, ENVCRYPT_E_DENIED);
    classify("Encrypt", 503, garbage[_i]);
    ck_assert_int_eq(fault.code, ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_int_eq(fault.verdict, EVC_VERDICT_AGAIN);
}
END_TEST

static const struct {
    const char *action;
    const char *right;
} rights[] = {
    {"Encrypt", "kms:Encrypt on the key"},
    {"Decrypt", "kms:Decrypt on the key"},
    {"GenerateDataKey", "kms:GenerateDataKey on the key"},
    {"ReEncrypt", "kms:ReEncryptFrom and kms:ReEncryptTo"},
    {"DescribeKey", "kms:DescribeKey on the key"},
    {"ListKeyVersions", "kms:ListKeyVersions on the key"},
    {"UpdateRotationPolicy", "kms:UpdateRotationPolicy on the key"},
    {"SetDeletionProtection", "kms:SetDeletionProtection on the key"},
    {"CreateKey", "kms:CreateKey to these"},
    {"ListKeys", "kms:ListKeys to these"},
    {"ListAliases", "kms:ListAliases to these"},
    {"DescribeAccountKmsStatus", "kms:DescribeAccountKmsStatus to these"},
    {"Unheard", "allow the action"},
};

START_TEST(a_missing_permission_is_named)
{
    classify(rights[_i].action, 403, "{\"Code\":\"Forbidden.NoPermission\"}");
    ck_assert_ptr_nonnull(fault.advice);
    ck_assert_msg(strstr(fault.advice, rights[_i].right) != NULL, "%s", fault.advice);
}
END_TEST

START_TEST(states_are_told_by_their_names)
{
    const char *const names[] = {"Disabled", "PendingDeletion", "PendingImport",
                                 "Unavailable"};
    char body[64];

    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(body, sizeof(body), "{\"Code\":\"Rejected.%s\"}", names[i]);
        classify("Decrypt", 409, body);
        ck_assert_str_eq(fault.key_state, names[i]);
        ck_assert_ptr_nonnull(fault.advice);
    }
}
END_TEST

static void
classify_with_form(const char *form, const char *code)
{
    char body[64];

    evc_exchange_restart(&x);
    EVC_CHECK_OK(evc_alibaba_wire_begin(&x, "Decrypt", NULL));
    evc_buf_put_text(&x.body, form);
    x.status = 400;
    (void)snprintf(body, sizeof(body), "{\"Code\":\"%s\"}", code);
    evc_buf_put_text(&x.reply, body);
    fault = (evc_fault){.retry_after_ms = -1};
    evc_alibaba_kms_classify(&x, &fault);
}

START_TEST(a_refused_ciphertext_is_of_another_key_or_context)
{
    const char *const codes[] = {"InvalidParameter", "InvalidCiphertext",
                                 "InvalidParameter.CiphertextBlob"};

    for (size_t i = 0; i < 3; i++) {
        classify_with_form("CiphertextBlob=abc&EncryptionContext=x", codes[i]);
        ck_assert_int_eq(fault.code, ENVCRYPT_E_CONTEXT);
        ck_assert_int_eq(fault.verdict, EVC_VERDICT_FAIL);
    }
}
END_TEST

START_TEST(other_refusals_of_such_a_request_are_not)
{
    classify_with_form("CiphertextBlob=abc", "InvalidAccessKeyId.NotFound");
    ck_assert_int_eq(fault.code, ENVCRYPT_E_AUTH);
    classify_with_form("CiphertextBlob=abc", "InvalidTimeStamp.Expired");
    ck_assert_int_eq(fault.code, ENVCRYPT_E_AUTH);
    classify_with_form("CiphertextBlob=abc", "MissingParameter");
    ck_assert_int_eq(fault.code, ENVCRYPT_E_REQUEST_REFUSED);
    classify_with_form("KeyId=abc&CiphertextBlob=abc", "InvalidParameter");
    ck_assert_int_eq(fault.code, ENVCRYPT_E_REQUEST_REFUSED);
}
END_TEST

START_TEST(a_gateway_that_does_not_serve_the_key_is_explained)
{
    classify("ReEncrypt", 400, "{\"Code\":\"UnsupportedOperation\"}");
    ck_assert_ptr_nonnull(strstr(fault.advice, "option instance"));
}
END_TEST

#define ADD_LOOP(tcase, test, list) \
    tcase_add_loop_test(tcase, test, 0, (int)(sizeof(list) / sizeof((list)[0])))

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("errors");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    ADD_LOOP(tcase, every_code_has_its_meaning, rows);
    ADD_LOOP(tcase, a_code_may_come_in_lower_case_or_in_xml, rows);
    ADD_LOOP(tcase, an_error_without_a_code_is_told_by_its_status, garbage);
    ADD_LOOP(tcase, a_missing_permission_is_named, rights);
    tcase_add_test(tcase, states_are_told_by_their_names);
    tcase_add_test(tcase, a_refused_ciphertext_is_of_another_key_or_context);
    tcase_add_test(tcase, other_refusals_of_such_a_request_are_not);
    tcase_add_test(tcase, a_gateway_that_does_not_serve_the_key_is_explained);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("alibaba_errors", add_tests)
