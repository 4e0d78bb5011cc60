/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/ibm_explain.h"
#include "ibm-fixture.h"

static evc_kms *kms;
static evc_call *call;
static evc_error *err;
static evc_kv context;

static void
set_up(int32_t operation)
{
    kms = open_key();
    evc_kv_init(&context);
    EVC_CHECK_OK(evc_call_new(kms, operation, &call, NULL));
    call->context = &context;
    err = NULL;
}

static void
tear_down(void)
{
    evc_error_free(err);
    evc_call_unref(call);
    evc_kv_reset(&context);
    evc_kms_unref(kms);
}

/* As the driver leaves it. */
static int
fail_with(int code, const char *reason)
{
    (void)evc_err(&err, code, "it failed");
    evc_err_set_provider(err, reason, "request-1", 409);
    return evc_ibm_explain(call, code, &toy.wait, &err);
}

START_TEST(the_state_of_the_key_is_looked_up)
{
    set_up(ENVCRYPT_OP_WRAP);
    reply_with(200, METADATA_OF("3", ""));
    EVC_CHECK_CODE(fail_with(ENVCRYPT_E_KEY_DISABLED, "KEY_ACTION_INVALID_STATE_ERR"),
                   ENVCRYPT_E_KEY_DECRYPT_ONLY);
    ck_assert_str_eq(evc_error_key_state(err), "Deactivated");
    ck_assert_str_eq(evc_error_provider_code(err), "KEY_ACTION_INVALID_STATE_ERR");
    ck_assert_str_eq(evc_error_request_id(err), "request-1");
    ck_assert_int_eq(evc_error_http_status(err), 409);
    ck_assert_int_eq(evc_error_code(evc_error_cause(err)), ENVCRYPT_E_KEY_DISABLED);
    tear_down();
}
END_TEST

START_TEST(the_older_code_for_states_counts_too)
{
    set_up(ENVCRYPT_OP_UNWRAP);
    reply_with(200, METADATA_OF("5", ""));
    EVC_CHECK_CODE(fail_with(ENVCRYPT_E_KEY_DISABLED, "KEY_INVALID_STATE_ERR"),
                   ENVCRYPT_E_KEY_DESTROYED);
    tear_down();
}
END_TEST

START_TEST(a_look_that_fails_changes_nothing)
{
    static const struct {
        int status;
        const char *body;
    } replies[] = {{500, ""}, {200, ""}, {200, METADATA}};

    for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
        set_up(ENVCRYPT_OP_WRAP);
        start_over();
        reply_with(replies[i].status, replies[i].body);
        EVC_CHECK_CODE(
            fail_with(ENVCRYPT_E_KEY_DISABLED, "KEY_ACTION_INVALID_STATE_ERR"),
            ENVCRYPT_E_KEY_DISABLED);
        ck_assert_str_eq(evc_error_message(err), "it failed");
        tear_down();
    }
}
END_TEST

START_TEST(other_refusals_cost_no_request)
{
    set_up(ENVCRYPT_OP_WRAP);
    EVC_CHECK_CODE(fail_with(ENVCRYPT_E_DENIED, "RESOURCE_OWNER_ERR"),
                   ENVCRYPT_E_DENIED);
    EVC_CHECK_CODE(fail_with(ENVCRYPT_E_NET_DNS, NULL), ENVCRYPT_E_NET_DNS);
    ck_assert_uint_eq(toy.asked, 0);
    EVC_CHECK_CODE(evc_ibm_explain(call, ENVCRYPT_E_DENIED, &toy.wait, NULL),
                   ENVCRYPT_E_DENIED);
    tear_down();
}
END_TEST

/* WALL_MS is 2023-11-14T22:13:20Z. */
START_TEST(a_rotation_that_comes_too_early_says_when_it_may_come)
{
    set_up(ENVCRYPT_OP_ROTATE);
    reply_with(200, METADATA_OF("1", ",\"lastRotateDate\":\"2023-11-14T22:00:00Z\""));
    EVC_CHECK_CODE(fail_with(ENVCRYPT_E_SERVICE_CONFLICT, "KEY_ROTATION_NOT_PERMITTED"),
                   ENVCRYPT_E_SERVICE_CONFLICT);
    ck_assert_ptr_nonnull(
        strstr(evc_error_message(err), "try again after 2023-11-14T23:00:00Z"));
    ck_assert_int_eq(evc_error_retry_after_ms(err), 2799877);
    ck_assert(!evc_error_is_retryable(err));
    tear_down();
}
END_TEST

START_TEST(a_context_that_hyper_protect_does_not_take_is_named)
{
    set_up(ENVCRYPT_OP_WRAP);
    EVC_CHECK_OK(evc_kv_add(&context, evc_view_text("a"), evc_view_text("b"), NULL));
    EVC_CHECK_CODE(
        fail_with(ENVCRYPT_E_REQUEST_REFUSED, "BAD_BODY_ERR"),
        ENVCRYPT_E_REQUEST_REFUSED); /* of Key Protect it is another matter */
    key_state.is_hpcs = true;
    EVC_CHECK_CODE(fail_with(ENVCRYPT_E_REQUEST_REFUSED, "BAD_BODY_ERR"),
                   ENVCRYPT_E_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "encryption context"));
    ck_assert_uint_eq(toy.asked, 0);
    evc_kv_reset(&context);
    EVC_CHECK_CODE(fail_with(ENVCRYPT_E_REQUEST_REFUSED, "BAD_BODY_ERR"),
                   ENVCRYPT_E_REQUEST_REFUSED);
    tear_down();
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {the_state_of_the_key_is_looked_up,
                                  the_older_code_for_states_counts_too,
                                  a_look_that_fails_changes_nothing,
                                  other_refusals_cost_no_request,
                                  a_rotation_that_comes_too_early_says_when_it_may_come,
                                  a_context_that_hyper_protect_does_not_take_is_named,
                                  NULL};

    add_toy_tests(suite, "explain", tests);
}

EVC_TEST_MAIN("ibm_explain", add_tests)
