/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/ibm.h"
#include "evc-alloc.h"
#include "net/operation.h"
#include "served-net.h"

#define TOKEN(text) "{\"access_token\":\"" text "\",\"expires_in\":3600}"

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

static const evc_operation_kind kind = {
    .name = "ListKeys", .build = build, .read = read_reply};

static void
classify(const evc_exchange *x, evc_fault *fault)
{
    fault->verdict = x->status == 401 ? EVC_VERDICT_EXPIRED : EVC_VERDICT_FAIL;
    fault->code = ENVCRYPT_E_AUTH;
}

static int
run(void)
{
    static const evc_ibm_options none;
    evc_ibm_config *config = NULL;
    evc_endpoint *endpoint = NULL;
    evc_chain *chain = NULL;
    evc_peer *peer = NULL;
    evc_operation op;
    int rc = evc_ibm_config_open(net, &none, &config, NULL);

    if (!rc)
        rc = evc_ibm_chain_open(config, &chain, NULL);
    if (!rc)
        rc = evc_endpoint_open("https://kp.test", NULL, &endpoint, NULL);
    if (!rc)
        rc = evc_ibm_peer_open(net, endpoint, "ibm-kp", chain, classify, &peer, NULL);
    if (!rc) {
        evc_operation_init(&op, &kind, peer, NULL);
        rc = evc_operation_run(&op, &wait_of_test, NULL);
        evc_operation_reset(&op);
    }
    evc_peer_unref(peer);
    evc_chain_unref(chain);
    evc_endpoint_unref(endpoint);
    evc_ibm_config_unref(config);
    return rc;
}

START_TEST(a_request_bears_the_token)
{
    set_variable("IBMCLOUD_API_KEY", "k");
    serve(200, TOKEN("a.b.c"));
    serve(200, "{}");
    EVC_CHECK_OK(run());
    ck_assert(has_line(1, "authorization: Bearer a.b.c"));
}
END_TEST

START_TEST(a_token_that_is_refused_is_renewed_once)
{
    set_variable("IBMCLOUD_API_KEY", "k");
    serve(200, TOKEN("old"));
    serve(401, "");
    serve(200, TOKEN("new"));
    serve(200, "{}");
    EVC_CHECK_OK(run());
    ck_assert(has_line(1, "authorization: Bearer old"));
    ck_assert(has_line(3, "authorization: Bearer new"));
}
END_TEST

START_TEST(a_second_refusal_is_told)
{
    set_variable("IBMCLOUD_API_KEY", "k");
    serve(200, TOKEN("old"));
    serve(401, "");
    serve(200, TOKEN("new"));
    serve(401, "");
    EVC_CHECK_CODE(run(), ENVCRYPT_E_AUTH);
    ck_assert_uint_eq(served.request_count, 4);
}
END_TEST

START_TEST(a_token_that_was_given_cannot_be_renewed)
{
    set_variable("KEY_PROTECT_BEARER_TOKEN", "given");
    serve(401, "");
    serve(200, "{}");
    EVC_CHECK_CODE(run(), ENVCRYPT_E_AUTH);
    ck_assert_uint_eq(served.request_count, 1);
}
END_TEST

START_TEST(without_a_token_nothing_is_sent)
{
    set_variable("KEY_PROTECT_AUTH_TYPE", "noAuth");
    EVC_CHECK_CODE(run(), ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert_uint_eq(served.request_count, 0);
}
END_TEST

static int
run_once(void *user)
{
    (void)user;
    served.reply_count = served.request_count = 0;
    serve(200, "{}");
    return run();
}

START_TEST(survives_memory_that_runs_out)
{
    set_variable("KEY_PROTECT_BEARER_TOKEN", "given");
    ck_assert_uint_gt(evc_alloc_sweep(run_once, NULL), 10);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_request_bears_the_token,
        a_token_that_is_refused_is_renewed_once,
        a_second_refusal_is_told,
        a_token_that_was_given_cannot_be_renewed,
        without_a_token_nothing_is_sent,
        survives_memory_that_runs_out,
        NULL,
    };

    served_add(suite, "ibm_peer", tests);
}

EVC_TEST_MAIN("ibm_peer", add_tests)
