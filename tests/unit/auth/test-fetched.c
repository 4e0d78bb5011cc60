/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/fetched.h"

#include "evc-alloc.h"
#include "served-net.h"

static void
classify(const evc_exchange *x, evc_fault *fault)
{
    evc_fault_set_code(fault, evc_view_text("TheCode"));
    fault->verdict = EVC_VERDICT_FAIL;
    fault->code = x->status == 400   ? ENVCRYPT_E_AUTH
                  : x->status == 429 ? ENVCRYPT_E_THROTTLED
                                     : ENVCRYPT_E_SERVICE_DOWN;
}

static int
build(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    (void)op;
    (void)err;
    x->method = "GET";
    return 0;
}

static int
read_reply(evc_operation *op, evc_exchange *x, evc_error **err)
{
    (void)op;
    (void)x;
    (void)err;
    return 0;
}

static const evc_protocol protocol = {.provider = "test-sts", .classify = classify};
static const evc_operation_kind kind = {
    .name = "GetToken", .build = build, .read = read_reply, .secret = true};

static int last_status;

static int
run(evc_error **err)
{
    evc_endpoint *endpoint = NULL;
    evc_operation op;
    evc_peer *peer = NULL;
    int rc = evc_endpoint_open("https://sts.test", NULL, &endpoint, err);

    if (!rc)
        rc = evc_peer_open(net, endpoint, &protocol, NULL, NULL, &peer, err);
    if (!rc) {
        evc_operation_init(&op, &kind, peer, NULL);
        rc = evc_fetched_run(&op, &wait_of_test, err);
        last_status = op.run.status;
    }
    evc_peer_unref(peer);
    evc_endpoint_unref(endpoint);
    return rc;
}

START_TEST(success_is_success)
{
    serve(200, "");
    EVC_CHECK_OK(run(NULL));
    ck_assert_int_eq(last_status, 200);
}
END_TEST

START_TEST(a_service_that_is_away_gives_no_credentials)
{
    evc_error *err = NULL;

    serve(503, "");
    EVC_CHECK_CODE(run(&err), ENVCRYPT_E_CREDENTIALS_DOWN);
    ck_assert_int_eq(envcrypt_error_code(envcrypt_error_cause(err)),
                     ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_str_eq(envcrypt_error_provider_code(err), "TheCode");
    ck_assert_int_eq(envcrypt_error_http_status(err), 503);
    ck_assert_int_eq(envcrypt_error_is_retryable(err), 1);
    ck_assert_ptr_nonnull(strstr(envcrypt_error_message(err), "test-sts"));
    ck_assert_int_eq(last_status, 503);
    envcrypt_error_free(err);
}
END_TEST

START_TEST(so_does_one_that_throttles)
{
    serve(429, "");
    EVC_CHECK_CODE(run(NULL), ENVCRYPT_E_CREDENTIALS_DOWN);
}
END_TEST

START_TEST(so_does_one_that_cannot_be_reached)
{
    EVC_CHECK_CODE(run(NULL), ENVCRYPT_E_CREDENTIALS_DOWN);
    ck_assert_int_eq(last_status, 0);
}
END_TEST

START_TEST(other_errors_stay)
{
    serve(400, "");
    EVC_CHECK_CODE(run(NULL), ENVCRYPT_E_AUTH);
}
END_TEST

START_TEST(the_end_of_the_wait_stays)
{
    evc_wait_cancel(&wait_of_test);
    EVC_CHECK_CODE(run(NULL), ENVCRYPT_E_CANCELED);
}
END_TEST

/* It fails for another reason when memory is there. */
static int
run_once(void *user)
{
    evc_error *err = NULL;
    int rc;

    (void)user;
    served.reply_count = served.request_count = 0;
    serve(503, "");
    rc = run(&err);
    envcrypt_error_free(err);
    return rc == ENVCRYPT_E_CREDENTIALS_DOWN ? 0 : rc;
}

START_TEST(survives_memory_that_runs_out)
{
    ck_assert_uint_gt(evc_alloc_sweep(run_once, NULL), 5);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        success_is_success,
        a_service_that_is_away_gives_no_credentials,
        so_does_one_that_throttles,
        so_does_one_that_cannot_be_reached,
        other_errors_stay,
        the_end_of_the_wait_stays,
        survives_memory_that_runs_out,
        NULL,
    };

    served_add(suite, "fetched", tests);
}

EVC_TEST_MAIN("fetched", add_tests)
