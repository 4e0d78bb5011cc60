/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_errors.h"

#include "evc-check.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))
#define ARN \
    "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

static evc_exchange x;
static evc_fault fault;

static void
classify(const char *operation, int status, const char *body)
{
    char target[64];

    (void)snprintf(target, sizeof(target), "TrentService.%s", operation);
    evc_exchange_init(&x);
    EVC_CHECK_OK(
        evc_headers_add(&x.headers, "x-amz-target", evc_view_text(target), NULL));
    x.status = status;
    evc_buf_put_text(&x.reply, body);
    fault = (evc_fault){.retry_after_ms = -1};
    evc_aws_kms_classify(&x, &fault);
    evc_exchange_reset(&x);
}

/* Texts as recorded from the service (kms-apis 1.5, 1.6), HTTP 400 all of them. */
static const struct {
    const char *body;
    int code;
    evc_verdict verdict;
    const char *state;
} rows[] = {
    {"{\"__type\":\"DisabledException\",\"message\":\"" ARN " is disabled.\"}",
     ENVCRYPT_E_KEY_DISABLED, EVC_VERDICT_FAIL, "Disabled"},
    {"{\"__type\":\"com.amazonaws.kms#DisabledException\",\"Message\":\"" ARN
     " is disabled.\"}",
     ENVCRYPT_E_KEY_DISABLED, EVC_VERDICT_FAIL, "Disabled"},
    {"{\"__type\":\"DisabledException\"}", ENVCRYPT_E_KEY_DISABLED, EVC_VERDICT_FAIL,
     "Disabled"},
    {"{\"__type\":\"DisabledException\",\"message\":\"" ARN " is pending deletion.\"}",
     ENVCRYPT_E_KEY_PENDING_DELETION, EVC_VERDICT_FAIL, "PendingDeletion"},
    {"{\"__type\":\"KMSInvalidStateException\",\"message\":\"" ARN
     " is pending deletion.\"}",
     ENVCRYPT_E_KEY_PENDING_DELETION, EVC_VERDICT_FAIL, "PendingDeletion"},
    {"{\"__type\":\"KMSInvalidStateException\",\"message\":\"" ARN
     " is pending replica deletion.\"}",
     ENVCRYPT_E_KEY_PENDING_DELETION, EVC_VERDICT_FAIL, "PendingReplicaDeletion"},
    {"{\"__type\":\"KMSInvalidStateException\",\"message\":\"" ARN
     " is pending import.\"}",
     ENVCRYPT_E_KEY_PENDING_IMPORT, EVC_VERDICT_FAIL, "PendingImport"},
    {"{\"__type\":\"KMSInvalidStateException\",\"message\":\"" ARN
     " is unavailable.\"}",
     ENVCRYPT_E_KEY_UNAVAILABLE, EVC_VERDICT_FAIL, "Unavailable"},
    {"{\"__type\":\"KMSInvalidStateException\",\"message\":\"" ARN " is creating.\"}",
     ENVCRYPT_E_KEY_NOT_READY, EVC_VERDICT_AGAIN, "Creating"},
    {"{\"__type\":\"KMSInvalidStateException\",\"message\":null}",
     ENVCRYPT_E_KEY_UNAVAILABLE, EVC_VERDICT_FAIL, NULL},
    {"{\"__type\":\"KeyUnavailableException\"}", ENVCRYPT_E_KEY_UNAVAILABLE,
     EVC_VERDICT_AGAIN, NULL},
    {"{\"__type\":\"NotFoundException\",\"message\":\"Invalid arn us-east-1\"}",
     ENVCRYPT_E_KEY_NOT_FOUND, EVC_VERDICT_FAIL, NULL},
    {"{\"__type\":\"IncorrectKeyException\",\"message\":\"The key ID in the request "
     "does not identify a CMK that can perform this operation.\"}",
     ENVCRYPT_E_KEY_MISMATCH, EVC_VERDICT_FAIL, NULL},
    {"{\"__type\":\"InvalidCiphertextException\"}", ENVCRYPT_E_CONTEXT,
     EVC_VERDICT_FAIL, NULL},
    {"{\"__type\":\"InvalidCiphertextException\",\"message\":null}", ENVCRYPT_E_CONTEXT,
     EVC_VERDICT_FAIL, NULL},
    {"{\"__type\":\"InvalidKeyUsageException\"}", ENVCRYPT_E_KEY_UNSUITABLE,
     EVC_VERDICT_FAIL, NULL},
    {"{\"__type\":\"KMSInternalException\"}", ENVCRYPT_E_SERVICE_DOWN,
     EVC_VERDICT_AGAIN, NULL},
    {"{\"__type\":\"DependencyTimeoutException\"}", ENVCRYPT_E_SERVICE_DOWN,
     EVC_VERDICT_AGAIN, NULL},
    {"{\"__type\":\"ThrottlingException\",\"message\":\"You have exceeded the rate at "
     "which you may call KMS. Reduce the frequency of your calls.\"}",
     ENVCRYPT_E_THROTTLED, EVC_VERDICT_THROTTLED, NULL},
    {"{\"__type\":\"LimitExceededException\",\"message\":\"...\"}",
     ENVCRYPT_E_SERVICE_QUOTA, EVC_VERDICT_FAIL, NULL},
    {"{\"__type\":\"AccessDeniedException\",\"Message\":\"User: x is not authorized\"}",
     ENVCRYPT_E_DENIED, EVC_VERDICT_FAIL, NULL},
    {"{\"__type\":\"InvalidGrantTokenException\"}", ENVCRYPT_E_DENIED, EVC_VERDICT_FAIL,
     NULL},
    {"{\"__type\":\"AlreadyExistsException\"}", ENVCRYPT_E_SERVICE_CONFLICT,
     EVC_VERDICT_FAIL, NULL},
    {"{\"__type\":\"ConflictException\"}", ENVCRYPT_E_SERVICE_CONFLICT,
     EVC_VERDICT_FAIL, NULL},
    {"{\"__type\":\"MalformedPolicyDocumentException\"}", ENVCRYPT_E_REQUEST_REFUSED,
     EVC_VERDICT_FAIL, NULL},
    {"{\"__type\":\"UnsupportedOperationException\"}", ENVCRYPT_E_UNSUPPORTED,
     EVC_VERDICT_FAIL, NULL},
    {"{\"__type\":\"ValidationException\",\"message\":\"1 validation error\"}",
     ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL, NULL},
    {"{\"__type\":\"DryRunOperationException\",\"message\":\"The request would have "
     "succeeded, but the DryRun option is set.\"}",
     ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL, NULL},
    {"{\"__type\":\"SomethingNewException\"}", ENVCRYPT_E_REQUEST_REFUSED,
     EVC_VERDICT_FAIL, NULL},
    {"not JSON", ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL, NULL},
};

START_TEST(classifies_by_name_at_http_400)
{
    classify("Decrypt", 400, rows[_i].body);
    ck_assert_msg(fault.code == rows[_i].code, "%s: %s", rows[_i].body,
                  evc_error_name(fault.code));
    ck_assert_int_eq(fault.verdict, rows[_i].verdict);
    if (rows[_i].state)
        ck_assert_str_eq(fault.key_state, rows[_i].state);
    else
        ck_assert_ptr_null(fault.key_state);
}
END_TEST

static const int statuses[] = {400, 403, 404, 409, 412, 500, 503};

START_TEST(the_status_does_not_count_where_there_is_a_name)
{
    classify("Decrypt", statuses[_i],
             "{\"__type\":\"DisabledException\",\"message\":\"" ARN " is disabled.\"}");
    ck_assert_int_eq(fault.code, ENVCRYPT_E_KEY_DISABLED);
    ck_assert_int_eq(fault.verdict, EVC_VERDICT_FAIL);
}
END_TEST

START_TEST(an_unknown_name_is_passing_trouble_at_5xx_only)
{
    classify("Decrypt", 500, "{\"__type\":\"SomethingNewException\"}");
    ck_assert_int_eq(fault.code, ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_int_eq(fault.verdict, EVC_VERDICT_AGAIN);
}
END_TEST

static const struct {
    const char *operation;
    const char *permission;
} permissions[] = {
    {"Encrypt", "kms:Encrypt"},
    {"Decrypt", "kms:Decrypt"},
    {"GenerateDataKey", "kms:GenerateDataKey"},
    {"ReEncrypt", "kms:ReEncryptFrom and kms:ReEncryptTo"},
    {"DescribeKey", "kms:DescribeKey"},
    {"CreateGrant", "kms:CreateGrant"},
    {"ListKeyRotations", "kms:ListKeyRotations"},
    {"ScheduleKeyDeletion", "kms:ScheduleKeyDeletion"},
};

START_TEST(what_was_denied_is_named)
{
    classify(permissions[_i].operation, 400,
             "{\"__type\":\"AccessDeniedException\",\"Message\":\"not authorized\"}");
    ck_assert_int_eq(fault.code, ENVCRYPT_E_DENIED);
    ck_assert_ptr_nonnull(strstr(fault.advice, permissions[_i].permission));
}
END_TEST

START_TEST(a_denied_operation_that_is_not_known_gets_some_advice)
{
    classify("Unheard", 400, "{\"__type\":\"AccessDeniedException\"}");
    ck_assert_ptr_nonnull(fault.advice);
}
END_TEST

START_TEST(the_name_of_the_error_is_kept)
{
    classify("Decrypt", 400,
             "{\"__type\":\"com.amazonaws.kms#IncorrectKeyException:http://x/\"}");
    ck_assert_str_eq(fault.provider_code, "IncorrectKeyException");
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        an_unknown_name_is_passing_trouble_at_5xx_only,
        a_denied_operation_that_is_not_known_gets_some_advice,
        the_name_of_the_error_is_kept,
        NULL,
    };
    TCase *loops = tcase_create("rows");

    tcase_add_loop_test(loops, classifies_by_name_at_http_400, 0, ROWS(rows));
    tcase_add_loop_test(loops, the_status_does_not_count_where_there_is_a_name, 0,
                        ROWS(statuses));
    tcase_add_loop_test(loops, what_was_denied_is_named, 0, ROWS(permissions));
    suite_add_tcase(suite, loops);
    evc_check_add(suite, "errors", tests);
}

EVC_TEST_MAIN("aws_errors", add_tests)
