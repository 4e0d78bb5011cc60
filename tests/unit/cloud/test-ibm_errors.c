/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/ibm_errors.h"
#include "evc-check.h"

static evc_exchange x;
static evc_fault fault;

static void
set_up(void)
{
    evc_exchange_init(&x);
    fault = (evc_fault){.retry_after_ms = -1};
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
    evc_ibm_classify(&x, &fault);
}

static void
classify_reason(int status, const char *reason)
{
    char body[1024];

    (void)snprintf(body, sizeof(body),
                   "{\"metadata\":{\"collectionType\":"
                   "\"application/vnd.ibm.kms.error+json\",\"collectionTotal\":1},"
                   "\"resources\":[{\"errorMsg\":\"Conflict: planted-text\","
                   "\"reasons\":[{\"code\":\"%s\",\"message\":\"planted-text\","
                   "\"status\":%d,\"moreInfo\":\"https://cloud.ibm.com/\"}]}]}",
                   reason, status);
    classify(status, body);
}

/* The reason codes with the status that the documentation gives them. */
static const struct {
    int status;
    const char *reason;
    evc_verdict verdict;
    int code;
} rows[] = {
    {401, "UNAUTHORIZED_ERR", EVC_VERDICT_EXPIRED, ENVCRYPT_E_AUTH},
    {400, "BEARER_SUB_EXTRACTION_ERR", EVC_VERDICT_EXPIRED, ENVCRYPT_E_AUTH},
    {403, "RESOURCE_OWNER_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_DENIED},
    {403, "SERVICE_ONLY_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_DENIED},
    {403, "FEATURE_RESTRICTED_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_DENIED},
    {403, "CONFIG_RULE_CONFLICT_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_DENIED},
    {409, "KEY_CREATE_IMPORT_ACCESS_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_DENIED},
    {410, "KEY_DELETED_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_KEY_DESTROYED},
    {400, "KEY_RESTORE_EXPIRED", EVC_VERDICT_FAIL, ENVCRYPT_E_KEY_DESTROYED},
    {409, "KEY_ACTION_INVALID_STATE_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_KEY_DISABLED},
    {422, "KEY_INVALID_STATE_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_KEY_DISABLED},
    {400, "KEY_EXPIRED_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_KEY_DECRYPT_ONLY},
    {400, "KEY_ROOT_REQ_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_KEY_UNSUITABLE},
    {422, "KEY_ROOT_REQ_REG_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_KEY_UNSUITABLE},
    {422, "UNPROCESSABLE_CIPHERTEXT_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_CONTEXT},
    {400, "BAD_BODY_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_REQUEST_REFUSED},
    {400, "INVALID_FIELD_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_REQUEST_REFUSED},
    {400, "NO_BODY_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_REQUEST_REFUSED},
    {400, "COLLECTION_TOTAL_MISMATCH_ERR", EVC_VERDICT_FAIL,
     ENVCRYPT_E_REQUEST_REFUSED},
    {400, "BODY_QUERY_PARAM_MISMATCH_ERR", EVC_VERDICT_FAIL,
     ENVCRYPT_E_REQUEST_REFUSED},
    {400, "NUM_COLLECTION_RESOURCE_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_REQUEST_REFUSED},
    {422, "INVALID_SIG_EXP_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_REQUEST_REFUSED},
    {400, "KEY_IMPT_REQ_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_REQUEST_REFUSED},
    {400, "KEY_PAYLOAD_REQ_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_REQUEST_REFUSED},
    {400, "INCORRECT_NONCE_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_REQUEST_REFUSED},
    {400, "INCORRECT_NONCE_IV_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_REQUEST_REFUSED},
    {409, "IMPORT_TOKEN_EXPIRED_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_REQUEST_REFUSED},
    {409, "REQ_TOO_EARLY_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_SERVICE_CONFLICT},
    {409, "KEY_ROTATION_NOT_PERMITTED", EVC_VERDICT_FAIL, ENVCRYPT_E_SERVICE_CONFLICT},
    {409, "AUTHORIZATIONS_NOT_MET", EVC_VERDICT_FAIL, ENVCRYPT_E_SERVICE_CONFLICT},
    {409, "PROTECTED_RESOURCE_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_SERVICE_CONFLICT},
    {409, "PREV_KEY_DEL_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_SERVICE_CONFLICT},
    {409, "NOT_DUAL_AUTH_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_SERVICE_CONFLICT},
    {409, "KEY_ALIAS_NOT_UNIQUE_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_SERVICE_CONFLICT},
    {500, "INCOMPLETE_METADATA_ERR", EVC_VERDICT_FAIL, ENVCRYPT_E_KEY_UNAVAILABLE},
};

START_TEST(the_reason_decides)
{
    classify_reason(rows[_i].status, rows[_i].reason);
    ck_assert_int_eq(fault.verdict, rows[_i].verdict);
    ck_assert_str_eq(evc_error_name(fault.code), evc_error_name(rows[_i].code));
    ck_assert_str_eq(fault.provider_code, rows[_i].reason);
}
END_TEST

/* A reason that nobody knows, or none. */
static const struct {
    int status;
    evc_verdict verdict;
    int code;
} statuses[] = {
    {400, EVC_VERDICT_FAIL, ENVCRYPT_E_REQUEST_REFUSED},
    {401, EVC_VERDICT_EXPIRED, ENVCRYPT_E_AUTH},
    {403, EVC_VERDICT_FAIL, ENVCRYPT_E_DENIED},
    {404, EVC_VERDICT_FAIL, ENVCRYPT_E_KEY_NOT_FOUND},
    {405, EVC_VERDICT_FAIL, ENVCRYPT_E_REQUEST_REFUSED},
    {409, EVC_VERDICT_FAIL, ENVCRYPT_E_SERVICE_CONFLICT},
    {410, EVC_VERDICT_FAIL, ENVCRYPT_E_KEY_DESTROYED},
    {422, EVC_VERDICT_FAIL, ENVCRYPT_E_REQUEST_REFUSED},
    {429, EVC_VERDICT_THROTTLED, ENVCRYPT_E_THROTTLED},
    {500, EVC_VERDICT_AGAIN, ENVCRYPT_E_SERVICE_DOWN},
    {501, EVC_VERDICT_FAIL, ENVCRYPT_E_UNSUPPORTED},
    {502, EVC_VERDICT_AGAIN, ENVCRYPT_E_SERVICE_DOWN},
    {503, EVC_VERDICT_AGAIN, ENVCRYPT_E_SERVICE_DOWN},
    {504, EVC_VERDICT_AGAIN, ENVCRYPT_E_SERVICE_DOWN},
    {599, EVC_VERDICT_AGAIN, ENVCRYPT_E_SERVICE_DOWN},
    {100, EVC_VERDICT_FAIL, ENVCRYPT_E_PROTOCOL},
};

START_TEST(without_a_known_reason_the_status_decides)
{
    static const char *const bodies[] = {"", "<html>Bad Gateway</html>", "{}", "[]",
                                         "{\"resources\":[{\"reasons\":[{}]}]}"};

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        classify(statuses[_i].status, bodies[i]);
        ck_assert_int_eq(fault.verdict, statuses[_i].verdict);
        ck_assert_str_eq(evc_error_name(fault.code), evc_error_name(statuses[_i].code));
        ck_assert_str_eq(fault.provider_code, "");
    }
    classify_reason(statuses[_i].status, "SOMETHING_NEW_ERR");
    ck_assert_int_eq(fault.verdict, statuses[_i].verdict);
    ck_assert_str_eq(fault.provider_code, "SOMETHING_NEW_ERR");
}
END_TEST

START_TEST(a_422_of_an_unwrap_speaks_of_the_wrapped_key)
{
    static const char *const paths[] = {"/api/v2/keys/k/actions/unwrap",
                                        "/api/v2/keys/k/actions/rewrap"};

    for (size_t i = 0; i < 2; i++) {
        evc_buf_clear(&x.path);
        evc_buf_put_text(&x.path, paths[i]);
        classify_reason(422, "KEY_VERSION_INVALID");
        ck_assert_int_eq(fault.code, ENVCRYPT_E_CONTEXT);
    }
    evc_buf_clear(&x.path);
    evc_buf_put_text(&x.path, "/api/v2/keys/k/actions/wrap");
    classify_reason(422, "KEY_VERSION_INVALID");
    ck_assert_int_eq(fault.code, ENVCRYPT_E_REQUEST_REFUSED);
}
END_TEST

START_TEST(when_to_try_again_is_said)
{
    classify_reason(409, "REQ_TOO_EARLY_ERR");
    ck_assert_int_eq(fault.retry_after_ms, 30000);
    ck_assert_ptr_nonnull(strstr(fault.advice, "30 seconds"));
    classify_reason(409, "KEY_ROTATION_NOT_PERMITTED");
    ck_assert_int_eq(fault.retry_after_ms, 3600000);
    ck_assert_ptr_nonnull(strstr(fault.advice, "an hour"));
}
END_TEST

START_TEST(the_service_own_time_stays)
{
    x.status = 409;
    classify_reason(409, "REQ_TOO_EARLY_ERR");
    fault.retry_after_ms = 5000;
    evc_ibm_classify(&x, &fault);
    ck_assert_int_eq(fault.retry_after_ms, 5000);
}
END_TEST

START_TEST(states_are_named)
{
    classify_reason(400, "KEY_EXPIRED_ERR");
    ck_assert_str_eq(fault.key_state, "Deactivated");
    classify_reason(410, "KEY_DELETED_ERR");
    ck_assert_str_eq(fault.key_state, "Destroyed");
}
END_TEST

START_TEST(the_request_id_is_kept)
{
    EVC_CHECK_OK(evc_headers_add(&x.reply_headers, "x-request-id",
                                 evc_view_text("other"), NULL));
    EVC_CHECK_OK(evc_headers_add(&x.reply_headers, "correlation-id",
                                 evc_view_text("b9-aa\xffplain <text>"), NULL));
    classify(500, "");
    ck_assert_str_eq(fault.request_id, "b9-aaplaintext");
}
END_TEST

START_TEST(the_resource_controller_has_its_own_codes)
{
    classify(404, "{\"error_code\":\"RC-ServiceInstanceNotFound\",\"message\":\"x\"}");
    ck_assert_str_eq(fault.provider_code, "RC-ServiceInstanceNotFound");
    ck_assert_int_eq(fault.code, ENVCRYPT_E_KEY_NOT_FOUND);
}
END_TEST

START_TEST(no_text_of_the_reply_gets_out)
{
    classify_reason(400, "A \\u0041planted\\n-text <b>");
    ck_assert_str_eq(fault.provider_code, "AAplanted-textb");
    ck_assert(!fault.advice || !strstr(fault.advice, "planted"));
}
END_TEST

static void
add(Suite *suite, const char *name, const TTest *test, int count)
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, test, 0, count);
    suite_add_tcase(suite, tcase);
}

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_422_of_an_unwrap_speaks_of_the_wrapped_key,
                                  when_to_try_again_is_said,
                                  the_service_own_time_stays,
                                  states_are_named,
                                  the_request_id_is_kept,
                                  the_resource_controller_has_its_own_codes,
                                  no_text_of_the_reply_gets_out,
                                  NULL};

    add(suite, "reasons", the_reason_decides, sizeof(rows) / sizeof(rows[0]));
    add(suite, "statuses", without_a_known_reason_the_status_decides,
        sizeof(statuses) / sizeof(statuses[0]));
    for (const TTest *const *test = tests; *test; test++)
        add(suite, (*test)->name, *test, 1);
}

EVC_TEST_MAIN("ibm_errors", add_tests)
