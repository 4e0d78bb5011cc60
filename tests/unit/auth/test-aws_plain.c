/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/aws_plain.h"

#include "auth/aws.h"
#include "aws-served.h"

static const evc_protocol protocol = {.provider = "test",
                                      .classify = evc_aws_classify_any};
static evc_endpoint *endpoint;
static evc_peer *peer;
static evc_buf reply;
static int status;

static void
setup(void)
{
    aws_open();
    EVC_CHECK_OK(evc_endpoint_open("https://a.example", NULL, &endpoint, NULL));
    EVC_CHECK_OK(evc_peer_open(net, endpoint, &protocol, NULL, NULL, &peer, NULL));
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
    const evc_aws_plain request = {.name = "Ask",
                                   .method = "PUT",
                                   .path = evc_view_text("/p"),
                                   .query = evc_view_text("q=1"),
                                   .body = evc_view_text("b"),
                                   .headers = {{"a", evc_view_text("1"), false},
                                               {"b", evc_view_text("2"), true},
                                               {"c", evc_view_text("3"), false}}};

    return evc_aws_plain_run(peer, &request, &wait_of_test, &reply, &status, &error);
}

START_TEST(sends_what_it_is_told)
{
    serve(200, "answer");
    EVC_CHECK_OK(ask());
    ck_assert_str_eq(served.requests[0].head, "PUT https://a.example/p?q=1");
    ck_assert_str_eq(served.requests[0].body, "b");
    ck_assert_str_eq(served.requests[0].headers, "a: 1\nb: 2\nc: 3\n");
    ck_assert(served.requests[0].secret);
}
END_TEST

START_TEST(gives_the_reply_and_its_status)
{
    serve(200, "answer");
    EVC_CHECK_OK(ask());
    ck_assert(evc_view_is_text(evc_buf_view(&reply), "answer"));
    ck_assert_int_eq(status, 200);
}
END_TEST

START_TEST(gives_the_status_of_a_refusal)
{
    serve(404, "body");
    EVC_CHECK_CODE(ask(), ENVCRYPT_E_REQUEST_REFUSED);
    ck_assert_int_eq(status, 404);
    ck_assert_uint_eq(reply.size, 0);
}
END_TEST

START_TEST(no_reply_is_status_0)
{
    EVC_CHECK_CODE(ask(), ENVCRYPT_E_CREDENTIALS_DOWN);
    ck_assert_int_eq(status, 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("plain");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, sends_what_it_is_told);
    tcase_add_test(tcase, gives_the_reply_and_its_status);
    tcase_add_test(tcase, gives_the_status_of_a_refusal);
    tcase_add_test(tcase, no_reply_is_status_0);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("aws_plain", add_tests)
