/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/aws_plain.h"
#include "aws-served.h"
#include "evc-alloc.h"

static evc_endpoint *endpoint;
static evc_peer *peer;
static evc_buf reply;
static int given; /* sets of credentials so far */

/* Gives other ones each time. */
static int
fetch(void *state, evc_net *of, int64_t now_ms, evc_wait *wait, evc_creds **out,
      evc_error **err)
{
    char id[16];
    evc_creds_parts parts = {.secret = evc_view_text("s"),
                             .token = evc_view_text("t"),
                             .expires_ms = now_ms + 3600000,
                             .source = "test"};

    (void)state;
    (void)of;
    (void)wait;
    (void)snprintf(id, sizeof id, "ID%d", ++given);
    parts.id = evc_view_text(id);
    return evc_creds_new(env->arena, &parts, out, err);
}

static const evc_source source = {"test", fetch, NULL, false};

static void
setup(void)
{
    static const evc_chain_rules rules = {.provider = "aws"};

    aws_open();
    given = 0;
    EVC_CHECK_OK(open_config());
    EVC_CHECK_OK(evc_chain_new(net, &rules, &chain, NULL));
    EVC_CHECK_OK(evc_chain_add(chain, &source, NULL, NULL));
    EVC_CHECK_OK(evc_endpoint_open("https://kms.eu-west-1.amazonaws.com", NULL,
                                   &endpoint, NULL));
    EVC_CHECK_OK(evc_aws_peer_open(config, endpoint, "aws-kms", "kms", "eu-west-1",
                                   chain, evc_aws_classify_any, &peer, NULL));
}

static void
teardown(void)
{
    evc_buf_reset(&reply);
    evc_peer_unref(peer);
    evc_endpoint_unref(endpoint);
    aws_close();
}

static int
ask(void)
{
    const evc_aws_plain request = {
        .name = "Ask", .method = "POST", .path = evc_view_text("/")};
    int status;

    evc_buf_reset(&reply);
    return evc_aws_plain_run(peer, &request, &wait_of_test, &reply, &status, &error);
}

static bool
is_signed_by(size_t n, const char *id)
{
    char wanted[128];

    (void)snprintf(wanted, sizeof wanted,
                   "Credential=%s/20231114/eu-west-1/kms/aws4_request", id);
    return strstr(served.requests[n].headers, wanted) != NULL;
}

START_TEST(requests_are_signed_for_service_and_region)
{
    serve(200, "x");
    EVC_CHECK_OK(ask());
    ck_assert(is_signed_by(0, "ID1"));
    ck_assert(has_line(0, "x-amz-security-token: t"));
    ck_assert(has_line(0, "x-amz-date: 20231114T221320Z"));
}
END_TEST

START_TEST(expired_ones_are_renewed_once)
{
    serve(400, "{\"__type\":\"ExpiredTokenException\"}");
    serve(200, "x");
    EVC_CHECK_OK(ask());
    ck_assert(is_signed_by(1, "ID2"));
    ck_assert_int_eq(given, 2);
}
END_TEST

START_TEST(new_ones_that_are_refused_too_are_the_end)
{
    serve(400, "{\"__type\":\"ExpiredTokenException\"}");
    serve(400, "{\"__type\":\"ExpiredTokenException\"}");
    EVC_CHECK_CODE(ask(), ENVCRYPT_E_AUTH);
    ck_assert_int_eq(given, 2);
    ck_assert_str_eq(evc_error_provider_code(error), "ExpiredTokenException");
}
END_TEST

START_TEST(throttling_signs_anew)
{
    serve(400, "{\"__type\":\"ThrottlingException\"}");
    serve(200, "x");
    EVC_CHECK_OK(ask());
    ck_assert_uint_eq(served.request_count, 2);
    ck_assert(is_signed_by(1, "ID1"));
    ck_assert_int_eq(given, 1);
}
END_TEST

START_TEST(a_wrong_signature_with_a_right_clock_is_the_end)
{
    serve(403, "{\"__type\":\"InvalidSignatureException\"}");
    EVC_CHECK_CODE(ask(), ENVCRYPT_E_AUTH);
    ck_assert_uint_eq(served.request_count, 1);
}
END_TEST

START_TEST(credentials_that_cannot_sign_are_told)
{
    evc_creds_parts parts = {.token = evc_view_text("bearer"),
                             .expires_ms = EVC_CREDS_NEVER,
                             .source = "test"};
    static const evc_chain_rules rules = {.provider = "aws"};
    evc_creds *bearer = NULL;

    evc_peer_unref(peer);
    evc_chain_unref(chain);
    EVC_CHECK_OK(evc_creds_new(env->arena, &parts, &bearer, NULL));
    EVC_CHECK_OK(evc_chain_of(net, &rules, bearer, &chain, NULL));
    evc_creds_unref(bearer);
    EVC_CHECK_OK(evc_aws_peer_open(config, endpoint, "aws-kms", "kms", "eu-west-1",
                                   chain, evc_aws_classify_any, &peer, NULL));
    EVC_CHECK_CODE(ask(), ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(served.request_count, 0);
}
END_TEST

static int
open_and_close(void *user)
{
    evc_peer *own = NULL;
    int rc = evc_aws_peer_open(config, endpoint, "aws-kms", "kms", "eu-west-1", chain,
                               evc_aws_classify_any, &own, NULL);

    (void)user;
    evc_peer_unref(own);
    return rc;
}

START_TEST(survives_memory_running_out)
{
    ck_assert_uint_ge(evc_alloc_sweep(open_and_close, NULL), 4);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {requests_are_signed_for_service_and_region,
                                  expired_ones_are_renewed_once,
                                  new_ones_that_are_refused_too_are_the_end,
                                  throttling_signs_anew,
                                  a_wrong_signature_with_a_right_clock_is_the_end,
                                  credentials_that_cannot_sign_are_told,
                                  survives_memory_running_out,
                                  NULL};
    TCase *tcase = tcase_create("peer");

    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("aws_peer", add_tests)
