/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_call.h"

#include "ack-fixture.h"
#include "evc-alloc.h"

static const evc_operation_kind kind = EVC_ACK_CALLS("DescribeThing");
static const evc_operation_kind once = EVC_ACK_CALLS_ONCE("MakeThing");
static evc_ack_call call;

static int
run(const evc_operation_kind *of)
{
    int rc;

    evc_json_free(call.doc);
    call.doc = NULL;
    evc_error_free(err);
    err = NULL;
    rc = evc_ack_call_run(evc_ack_place_site(ack)->cs, of, "it", &call, &t.wait, &err);
    return rc;
}

START_TEST(a_call_of_a_path_has_method_path_query_and_body)
{
    const evc_alibaba_parameter query[] = {
        {"a", "b c&d"}, {"gone", NULL}, {"e", "*~"}, {NULL, NULL}};
    evc_buf body;

    evc_buf_init(&body);
    evc_buf_put_text(&body, "{}");
    call = (evc_ack_call){
        .method = "PUT", .path = "/clusters/x y/kms", .query = query, .body = &body};
    PLAY(REPLY("{\"x\":1}"));
    EVC_CHECK_OK(run(&kind));
    ck_assert_str_eq(asked, "PUT /clusters/x%20y/kms?a=b%20c%26d&e=%2A~ {}\n");
    ck_assert_ptr_nonnull(call.doc);
    evc_json_free(call.doc);
    evc_buf_reset(&body);
}
END_TEST

START_TEST(an_action_is_a_post_with_all_in_the_query)
{
    const evc_alibaba_parameter query[] = {{"UserName", "me"}, {NULL, NULL}};

    call = (evc_ack_call){.query = query};
    PLAY(REPLY("{}"));
    EVC_CHECK_OK(run(&kind));
    ck_assert_str_eq(asked, "POST DescribeThing?UserName=me \n");
    evc_json_free(call.doc);
}
END_TEST

static const char *const no_answers[] = {"", "<html>", "[1]", "{\"a\":1,\"a\":2}"};

START_TEST(what_is_no_answer_is_the_protocols_fault)
{
    call = (evc_ack_call){.method = "GET", .path = "/x"};
    PLAY(REPLY(no_answers[_i]));
    EVC_CHECK_CODE(run(&kind), ENVCRYPT_E_PROTOCOL);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "DescribeThing"));
    ck_assert_ptr_null(call.doc);
}
END_TEST

START_TEST(where_no_answer_matters_any_is_fine)
{
    call = (evc_ack_call){.method = "PUT", .path = "/x", .any_answer = true};
    PLAY(REPLY(no_answers[_i]));
    EVC_CHECK_OK(run(&kind));
    ck_assert_ptr_null(call.doc);
}
END_TEST

START_TEST(a_refusal_gives_code_and_status)
{
    call = (evc_ack_call){.method = "GET", .path = "/x"};
    PLAY(FAULT(404, "ErrorClusterNotFound"));
    EVC_CHECK_CODE(run(&kind), ENVCRYPT_E_CLUSTER_NOT_FOUND);
    ck_assert_str_eq(call.provider_code, "ErrorClusterNotFound");
    ck_assert_int_eq(call.status, 404);
}
END_TEST

START_TEST(a_reply_that_was_lost_has_no_status)
{
    call = (evc_ack_call){.method = "PUT", .path = "/x"};
    PLAY({.status = 429, .body = "{\"code\":\"Throttling\"}"},
         {.code = ENVCRYPT_E_NET_BROKEN, .sent = true});
    EVC_CHECK_CODE(run(&once), ENVCRYPT_E_NET_BROKEN);
    ck_assert_int_eq(call.status, 0);
    ck_assert_uint_eq(t.started, 2);
}
END_TEST

static int
run_once(void *user)
{
    evc_ack_call one = {.method = "GET", .path = "/x"};
    int rc;

    (void)user;
    t.started = 0;
    asked[0] = '\0';
    rc =
        evc_ack_call_run(evc_ack_place_site(ack)->cs, &kind, NULL, &one, &t.wait, NULL);
    evc_json_free(one.doc);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    PLAY(REPLY("{\"a\":1}"));
    ck_assert_uint_gt(evc_alloc_sweep(run_once, NULL), 3);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_call_of_a_path_has_method_path_query_and_body,
                                  an_action_is_a_post_with_all_in_the_query,
                                  a_refusal_gives_code_and_status,
                                  a_reply_that_was_lost_has_no_status,
                                  survives_memory_that_runs_out,
                                  NULL};
    const ack_loop loops[] = {
        {what_is_no_answer_is_the_protocols_fault, COUNT(no_answers)},
        {where_no_answer_matters_any_is_fine, COUNT(no_answers)},
        {NULL, 0}};

    ack_add(suite, "ack_call", tests, loops);
}

EVC_TEST_MAIN("ack_call", add_tests)
