/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/ibm_iam.h"

#include "evc-alloc.h"
#include "served-net.h"

#define GOOD                                                                \
    "{\"access_token\":\"aa.bb.cc\",\"refresh_token\":\"planted-refresh\"," \
    "\"token_type\":\"Bearer\",\"expires_in\":3600,\"expiration\":1}"

static evc_ibm_token token;

static int
ask_at(const char *url, const evc_ibm_grant *grant, evc_error **err)
{
    static const evc_link link;
    evc_peer *peer;
    int rc = evc_ibm_iam_open(net, url, &link, &peer, err);

    if (rc)
        return rc;
    rc = evc_ibm_iam_token(peer, grant, &wait_of_test, &token, err);
    evc_peer_unref(peer);
    return rc;
}

static const evc_ibm_grant by_key = {.api_key = {(const uint8_t *)"the+key", 7}};

static int
ask(const evc_ibm_grant *grant)
{
    return ask_at(NULL, grant, NULL);
}

START_TEST(asks_with_an_api_key_as_ibm_says)
{
    serve(200, GOOD);
    EVC_CHECK_OK(ask(&by_key));
    ck_assert_str_eq(served.requests[0].head,
                     "POST https://iam.cloud.ibm.com/identity/token");
    ck_assert_str_eq(
        served.requests[0].body,
        "grant_type=urn%3Aibm%3Aparams%3Aoauth%3Agrant-type%3Aapikey&apikey=the%2Bkey&"
        "response_type=cloud_iam");
    ck_assert(has_line(0, "content-type: application/x-www-form-urlencoded"));
    ck_assert(has_line(0, "accept: application/json"));
    evc_secret_free(&token.text);
}
END_TEST

START_TEST(keeps_the_token_and_its_end_by_our_clock)
{
    serve(200, GOOD);
    EVC_CHECK_OK(ask(&by_key));
    ck_assert(is_secret(&token.text, "aa.bb.cc"));
    ck_assert_int_eq(token.expires_ms, SERVED_TIME + 3590 * 1000);
    evc_secret_free(&token.text);
}
END_TEST

START_TEST(replies_with_tokens_are_secret)
{
    serve(200, GOOD);
    EVC_CHECK_OK(ask(&by_key));
    ck_assert(served.requests[0].secret);
    evc_secret_free(&token.text);
}
END_TEST

START_TEST(asks_with_the_token_of_a_pod)
{
    evc_ibm_profile profile = {.name = (char *)(uintptr_t) "my profile"};
    evc_ibm_grant grant = {.compute_token = evc_view_text("pod.token"),
                           .profile = &profile,
                           .scope = "a b"};

    serve(200, GOOD);
    EVC_CHECK_OK(ask(&grant));
    ck_assert_str_eq(served.requests[0].body,
                     "grant_type=urn%3Aibm%3Aparams%3Aoauth%3Agrant-type%3Acr-token&cr_"
                     "token=pod.token&"
                     "profile_name=my%20profile&scope=a%20b");
    evc_secret_free(&token.text);
}
END_TEST

START_TEST(asks_to_be_another_identity)
{
    evc_ibm_profile profile = {.name = (char *)(uintptr_t) "ops",
                               .account = (char *)(uintptr_t) "acc"};
    evc_ibm_grant grant = {.access_token = evc_view_text("own.token"),
                           .profile = &profile};

    serve(200, GOOD);
    EVC_CHECK_OK(ask(&grant));
    ck_assert_str_eq(
        served.requests[0].body,
        "grant_type=urn%3Aibm%3Aparams%3Aoauth%3Agrant-type%3Aassume&access_token="
        "own.token&profile_name=ops&account=acc");
    evc_secret_free(&token.text);
}
END_TEST

START_TEST(an_id_of_a_profile_goes_before_its_other_names)
{
    evc_ibm_profile profile = {.id = (char *)(uintptr_t) "Profile-1",
                               .name = (char *)(uintptr_t) "ops",
                               .crn = (char *)(uintptr_t) "crn:x"};
    evc_ibm_grant grant = {.access_token = evc_view_text("t"), .profile = &profile};

    serve(200, GOOD);
    EVC_CHECK_OK(ask(&grant));
    ck_assert(has_pair(0, "profile_id=Profile-1"));
    ck_assert_ptr_null(strstr(served.requests[0].body, "crn"));
    ck_assert_ptr_null(strstr(served.requests[0].body, "ops"));
    evc_secret_free(&token.text);
}
END_TEST

START_TEST(a_client_is_named_by_basic_authorization)
{
    evc_ibm_grant grant = {.api_key = evc_view_text("k"),
                           .client_id = "bx",
                           .client_secret = evc_view_text("bx")};

    serve(200, GOOD);
    EVC_CHECK_OK(ask(&grant));
    ck_assert(has_line(0, "authorization: Basic Yng6Yng="));
    evc_secret_free(&token.text);
}
END_TEST

START_TEST(takes_a_url_with_and_without_the_path)
{
    serve(200, GOOD);
    serve(200, GOOD);
    EVC_CHECK_OK(ask_at("https://iam.test/identity/token", &by_key, NULL));
    evc_secret_free(&token.text);
    EVC_CHECK_OK(ask_at("https://iam.test/", &by_key, NULL));
    evc_secret_free(&token.text);
    ck_assert_str_eq(served.requests[0].head, "POST https://iam.test/identity/token");
    ck_assert_str_eq(served.requests[1].head, "POST https://iam.test/identity/token");
}
END_TEST

START_TEST(refuses_plain_http_to_others)
{
    EVC_CHECK_CODE(ask_at("http://iam.test", &by_key, NULL), ENVCRYPT_E_ENDPOINT);
}
END_TEST

START_TEST(a_bad_api_key_is_told_at_once)
{
    evc_error *err = NULL;

    serve(400,
          "{\"errorCode\":\"BXNIM0415E\",\"errorMessage\":\"Provided API key could "
          "not be found.\",\"context\":{\"requestId\":\"r-1\"}}");
    EVC_CHECK_CODE(ask_at(NULL, &by_key, &err), ENVCRYPT_E_AUTH);
    ck_assert_uint_eq(served.request_count, 1);
    ck_assert_str_eq(envcrypt_error_provider_code(err), "BXNIM0415E");
    ck_assert_str_eq(envcrypt_error_request_id(err), "r-1");
    ck_assert_int_eq(envcrypt_error_http_status(err), 400);
    ck_assert_ptr_null(strstr(envcrypt_error_message(err), "could not be found"));
    envcrypt_error_free(err);
}
END_TEST

START_TEST(throttling_is_waited_out)
{
    serve(429, "{\"errorCode\":\"BXNIM0429E\"}");
    serve(200, GOOD);
    EVC_CHECK_OK(ask(&by_key));
    ck_assert_uint_eq(served.request_count, 2);
    evc_secret_free(&token.text);
}
END_TEST

START_TEST(a_service_that_stays_away_is_told_so)
{
    evc_error *err = NULL;

    serve(503, "");
    serve_failure(ENVCRYPT_E_NET_CONNECT);
    serve(500, "<html>");
    EVC_CHECK_CODE(ask_at(NULL, &by_key, &err), ENVCRYPT_E_CREDENTIALS_DOWN);
    ck_assert_uint_eq(served.request_count, 3);
    ck_assert_int_eq(envcrypt_error_code(envcrypt_error_cause(err)),
                     ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_int_eq(envcrypt_error_is_retryable(err), 1);
    envcrypt_error_free(err);
}
END_TEST

/* status, what it means */
static const int statuses[][2] = {
    {400, ENVCRYPT_E_AUTH},     {401, ENVCRYPT_E_AUTH},
    {403, ENVCRYPT_E_DENIED},   {404, ENVCRYPT_E_BAD_CREDENTIALS},
    {302, ENVCRYPT_E_REDIRECT}, {200, ENVCRYPT_E_PROTOCOL},
};

START_TEST(statuses_without_a_body_have_a_meaning)
{
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        served.reply_count = served.request_count = 0;
        serve(statuses[i][0], "");
        EVC_CHECK_CODE(ask(&by_key), statuses[i][1]);
    }
}
END_TEST

START_TEST(refuses_replies_that_are_no_token)
{
    static const char *const bodies[] = {
        "{\"access_token\":\"\",\"expires_in\":3600}",
        "{\"access_token\":\"a\\u0062\",\"expires_in\":3600}",
        "{\"access_token\":7,\"expires_in\":3600}",
        "{\"access_token\":\"a\"}",
        "{\"access_token\":\"a\",\"expires_in\":0}",
        "{\"access_token\":\"a\",\"expires_in\":-1}",
        "{\"access_token\":\"a\",\"expires_in\":31622401}", /* 366 days and a second */
        "{\"access_token\":\"a\",\"expires_in\":9223372036854775808}",
        "{\"access_token\":\"a\",\"expires_in\":9223372036854775807}",
        "{\"access_token\":\"a\",\"expires_in\":1e30}",
        "{\"access_token\":\"a\",\"expires_in\":\"3600\"}",
        "{\"access_token\":\"a\",\"access_token\":\"b\",\"expires_in\":3600}",
        "{\"access_token\":\"a\",\"expires_in\":3600",
        "[]",
    };

    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        served.reply_count = served.request_count = 0;
        serve(200, bodies[i]);
        EVC_CHECK_CODE(ask(&by_key), ENVCRYPT_E_PROTOCOL);
        ck_assert_ptr_null(token.text.bytes);
    }
}
END_TEST

static void
serve_token_of(size_t size)
{
    static char body[EVC_IBM_TOKEN_MAX + 64];
    int used = snprintf(body, sizeof body, "{\"expires_in\":60,\"access_token\":\"");

    memset(&body[used], 'a', size);
    (void)snprintf(&body[(size_t)used + size], sizeof body - (size_t)used - size,
                   "\"}");
    serve(200, body);
}

START_TEST(holds_a_token_of_a_whole_slot)
{
    serve_token_of(EVC_IBM_TOKEN_MAX);
    EVC_CHECK_OK(ask(&by_key));
    ck_assert_uint_eq(token.text.size, EVC_IBM_TOKEN_MAX);
    evc_secret_free(&token.text);
}
END_TEST

START_TEST(refuses_a_token_of_one_byte_more)
{
    serve_token_of(EVC_IBM_TOKEN_MAX + 1);
    EVC_CHECK_CODE(ask(&by_key), ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(errors_show_neither_key_nor_reply)
{
    evc_error *err = NULL;

    serve(200, "{\"access_token\":\"planted\\/token\",\"expires_in\":3600}");
    EVC_CHECK_CODE(ask_at(NULL, &by_key, &err), ENVCRYPT_E_PROTOCOL);
    for (const envcrypt_error *at = err; at; at = envcrypt_error_cause(at)) {
        ck_assert_ptr_null(strstr(envcrypt_error_message(at), "planted"));
        ck_assert_ptr_null(strstr(envcrypt_error_message(at), "the+key"));
    }
    envcrypt_error_free(err);
}
END_TEST

static int
ask_once(void *user)
{
    evc_ibm_profile profile = {.name = (char *)(uintptr_t) "ops"};
    evc_ibm_grant grant = {.api_key = evc_view_text("k"),
                           .profile = &profile,
                           .client_id = "bx",
                           .client_secret = evc_view_text("bx")};
    int rc;

    (void)user;
    served.reply_count = served.request_count = 0;
    serve(200, GOOD);
    rc = ask(&grant);
    evc_secret_free(&token.text);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    ck_assert_uint_gt(evc_alloc_sweep(ask_once, NULL), 10);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        asks_with_an_api_key_as_ibm_says,
        keeps_the_token_and_its_end_by_our_clock,
        replies_with_tokens_are_secret,
        asks_with_the_token_of_a_pod,
        asks_to_be_another_identity,
        an_id_of_a_profile_goes_before_its_other_names,
        a_client_is_named_by_basic_authorization,
        takes_a_url_with_and_without_the_path,
        refuses_plain_http_to_others,
        a_bad_api_key_is_told_at_once,
        throttling_is_waited_out,
        a_service_that_stays_away_is_told_so,
        statuses_without_a_body_have_a_meaning,
        refuses_replies_that_are_no_token,
        holds_a_token_of_a_whole_slot,
        refuses_a_token_of_one_byte_more,
        errors_show_neither_key_nor_reply,
        survives_memory_that_runs_out,
        NULL,
    };

    served_add(suite, "ibm_iam", tests);
}

EVC_TEST_MAIN("ibm_iam", add_tests)
