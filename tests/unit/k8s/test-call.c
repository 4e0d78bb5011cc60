/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/call.h"

#include "evc-alloc.h"
#include "scripted-kube.h"

#define DATE "Tue, 14 Nov 2023 22:13:20 GMT"
#define AHEAD "Tue, 14 Nov 2023 22:14:20 GMT"

static const evc_kube_field rows[] = {{"word", EVC_KUBE_FIELD_TEXT, 8}};

static char word[9];
static size_t restarts;
static evc_kube_call call;
static evc_error *error;

static int
take(void *user, const evc_kube_found *found, evc_error **err)
{
    (void)err;
    (void)snprintf(user, sizeof(word), "%.*s", (int)found->text.size,
                   (const char *)found->text.data);
    return 0;
}

static void
restart(void *user)
{
    *(char *)user = '\0';
    restarts++;
}

static void
set_up(void)
{
    kube_set_up();
    restarts = 0;
    word[0] = '\0';
    call = (evc_kube_call){
        .name = "question",
        .subject = "it",
        .method = "GET",
        .fields = {.table = rows, .count = 1, .take = take, .user = word},
        .restart = restart};
    evc_buf_put_text(&call.path, "/question");
    error = NULL;
}

static void
tear_down(void)
{
    evc_kube_call_reset(&call);
    evc_error_free(error);
    kube_tear_down();
}

static int
run(void)
{
    return evc_kube_call_run(k.kube, &call, &k.wait, &error);
}

START_TEST(question_without_a_body_has_no_content_type)
{
    KUBE_PLAY({.status = 200, .body = "{\"word\":\"yes\"}", .date = DATE});
    EVC_CHECK_OK(run());
    ck_assert_str_eq(word, "yes");
    ck_assert_str_eq(k.requests[0].method, "GET");
    ck_assert_str_eq(k.requests[0].url, "https://kube.example/question");
    ck_assert_str_eq(k.requests[0].accept, "application/json");
    ck_assert_str_eq(k.requests[0].content, "");
}
END_TEST

START_TEST(body_and_query_are_sent)
{
    KUBE_PLAY({.status = 201, .body = "{}"});
    call.method = "POST";
    call.query = EVC_KUBE_MANAGER;
    call.content = EVC_KUBE_JSON;
    evc_buf_put_text(&call.body, "{\"a\":1}");
    EVC_CHECK_OK(run());
    ck_assert_str_eq(k.requests[0].method, "POST");
    ck_assert_str_eq(k.requests[0].url,
                     "https://kube.example/question?fieldManager=libenvcrypt");
    ck_assert_str_eq(k.requests[0].content, "application/json");
    ck_assert_str_eq(k.requests[0].body, "{\"a\":1}");
}
END_TEST

START_TEST(status_and_time_of_the_server_are_told)
{
    KUBE_PLAY({.status = 200, .body = "{}", .date = DATE, .lasts_ms = 5});
    EVC_CHECK_OK(run());
    ck_assert_int_eq(call.status, 200);
    ck_assert_int_eq(call.date_ms, KUBE_WALL);
    ck_assert_int_eq(call.at_ms, 1005);
}
END_TEST

START_TEST(a_clock_that_is_ahead_is_noted_also_by_a_refusal)
{
    KUBE_PLAY({.status = 200, .body = "{}", .date = DATE, .lasts_ms = 5},
              {.status = 404, .body = "{}", .date = AHEAD});
    EVC_CHECK_OK(run());
    ck_assert_int_eq(evc_kube_ahead_ms(k.kube), 0);
    EVC_CHECK_CODE(run(), ENVCRYPT_E_KUBE_NOT_FOUND);
    ck_assert_int_ge(evc_kube_ahead_ms(k.kube), 60000);
    ck_assert_int_le(evc_kube_ahead_ms(k.kube), 62000);
}
END_TEST

START_TEST(they_are_told_of_a_refusal_too)
{
    KUBE_PLAY({.status = 404, .body = "{}", .date = DATE});
    EVC_CHECK_CODE(run(), ENVCRYPT_E_KUBE_NOT_FOUND);
    ck_assert_int_eq(call.status, 404);
    ck_assert_int_eq(call.date_ms, KUBE_WALL);
    ck_assert(strstr(evc_error_message(error), "question for \"it\"") != NULL);
}
END_TEST

START_TEST(without_a_reply_there_is_neither)
{
    KUBE_PLAY({.code = ENVCRYPT_E_NET_CONNECT});
    EVC_CHECK_CODE(run(), ENVCRYPT_E_NET_CONNECT);
    ck_assert_int_eq(call.status, 0);
    ck_assert_int_eq(call.date_ms, -1);
}
END_TEST

START_TEST(each_attempt_begins_anew)
{
    KUBE_PLAY({.status = 503, .body = "{}"}, {.status = 200, .body = "{}"});
    EVC_CHECK_OK(run());
    ck_assert_uint_eq(restarts, 2);
}
END_TEST

START_TEST(what_makes_a_thing_is_sent_once)
{
    KUBE_PLAY({.code = ENVCRYPT_E_NET_BROKEN}, {.status = 200, .body = "{}"});
    call.once = true;
    EVC_CHECK_CODE(run(), ENVCRYPT_E_NET_BROKEN);
    ck_assert_uint_eq(k.asked, 1);
}
END_TEST

static int
sweep(void *user)
{
    evc_kube_call own = call;
    int rc;

    (void)user;
    evc_buf_init(&own.path);
    evc_buf_init(&own.body);
    evc_buf_put_text(&own.path, "/question");
    evc_buf_put_text(&own.body, "{}");
    k.asked = 0;
    rc = evc_kube_call_run(k.kube, &own, &k.wait, NULL);
    evc_kube_call_reset(&own);
    return rc;
}

START_TEST(memory_that_runs_out_is_named)
{
    KUBE_PLAY({.status = 200, .body = "{}"});
    call.content = EVC_KUBE_JSON;
    call.query = EVC_KUBE_MANAGER;
    (void)evc_alloc_sweep(sweep, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        question_without_a_body_has_no_content_type,
        body_and_query_are_sent,
        status_and_time_of_the_server_are_told,
        a_clock_that_is_ahead_is_noted_also_by_a_refusal,
        they_are_told_of_a_refusal_too,
        without_a_reply_there_is_neither,
        each_attempt_begins_anew,
        what_makes_a_thing_is_sent_once,
        memory_that_runs_out_is_named,
        NULL,
    };
    TCase *tcase = tcase_create("call");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("call", add_tests)
