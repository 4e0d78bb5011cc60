/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/kube_ask.h"

#include "evc-alloc.h"
#include "k8s/kube_peer.h"
#include "kube-net.h"

static evc_peer *peer;
static evc_buf text;
static char why[512];

static void
set_up(void)
{
    const evc_link link = {.attempt_ms = 1000};
    evc_headers none;

    served_net_open();
    evc_headers_init(&none);
    EVC_CHECK_OK(
        evc_kube_peer_open(net, "https://kube.test", &link, NULL, &none, &peer, NULL));
    evc_buf_init(&text);
}

static void
tear_down(void)
{
    evc_buf_reset(&text);
    evc_peer_unref(peer);
    served_net_close();
}

typedef int (*ask_fn)(evc_peer *, evc_wait *, evc_buf *, evc_error **);

static int
ask(ask_fn fn, int status, const char *body)
{
    evc_error *err = NULL;
    int rc;

    served.reply_count = served.request_count = 0;
    serve(status, body);
    evc_buf_clear(&text);
    rc = fn(peer, &wait_of_test, &text, &err);
    evc_buf_put_u8(&text, 0);
    (void)snprintf(why, sizeof(why), "%s", rc ? evc_error_message(err) : "");
    evc_error_free(err);
    return rc;
}

START_TEST(the_version_is_that_of_git)
{
    EVC_CHECK_OK(ask(evc_kube_ask_version, 200,
                     "{\"major\":\"1\",\"gitVersion\":\"v1.37.2-eks-1\"}"));
    ck_assert_str_eq((const char *)text.data, "v1.37.2-eks-1");
    ck_assert_str_eq(served.requests[0].head, "GET https://kube.test/version");
}
END_TEST

START_TEST(the_uid_is_asked_for_as_metadata)
{
    EVC_CHECK_OK(ask(evc_kube_ask_uid, 200,
                     "{\"kind\":\"PartialObjectMetadata\",\"metadata\":{\"uid\":"
                     "\"2f-4c\",\"annotations\":{\"a\":\"planted\"}}}"));
    ck_assert_str_eq((const char *)text.data, "2f-4c");
    ck_assert_str_eq(served.requests[0].head,
                     "GET https://kube.test/api/v1/namespaces/kube-system");
    ck_assert(has_line(0, "accept: application/json;as=PartialObjectMetadata;"
                          "g=meta.k8s.io;v=v1,application/json"));
}
END_TEST

START_TEST(who_we_are_is_asked_of_the_server)
{
    EVC_CHECK_OK(ask(evc_kube_ask_identity, 201,
                     "{\"status\":{\"userInfo\":{\"username\":\"jane\\u001b[31m\","
                     "\"groups\":[\"a\",\"system:authenticated\"]}}}"));
    ck_assert_str_eq((const char *)text.data,
                     "jane?[31m, groups a, system:authenticated");
    ck_assert_str_eq(
        served.requests[0].head,
        "POST https://kube.test/apis/authentication.k8s.io/v1/selfsubjectreviews");
    ck_assert_str_eq(served.requests[0].body,
                     "{\"kind\":\"SelfSubjectReview\",\"apiVersion\":"
                     "\"authentication.k8s.io/v1\"}");
    ck_assert(has_line(0, "content-type: application/json"));
}
END_TEST

START_TEST(somebody_without_groups_has_none)
{
    EVC_CHECK_OK(ask(evc_kube_ask_identity, 201,
                     "{\"status\":{\"userInfo\":{\"username\":\"jane\"}}}"));
    ck_assert_str_eq((const char *)text.data, "jane");
}
END_TEST

START_TEST(a_long_answer_is_cut)
{
    static char body[4096];

    (void)snprintf(body, sizeof(body),
                   "{\"status\":{\"userInfo\":{\"username\":\"%02000d\"}}}", 1);
    EVC_CHECK_OK(ask(evc_kube_ask_identity, 201, body));
    ck_assert_uint_eq(strlen((const char *)text.data), EVC_KUBE_ANSWER_MAX);
}
END_TEST

static const struct {
    ask_fn fn;
    const char *body;
} bad[] = {
    {evc_kube_ask_version, "{}"},
    {evc_kube_ask_version, "<html>planted</html>"},
    {evc_kube_ask_version, "{\"gitVersion\":\"planted version\"}"},
    {evc_kube_ask_version, "{\"gitVersion\":5}"},
    {evc_kube_ask_version, "{\"gitVersion\":\"\"}"},
    {evc_kube_ask_uid, "{\"metadata\":{}}"},
    {evc_kube_ask_uid, "{\"metadata\":{\"uid\":\"planted\\u000a\"}}"},
    {evc_kube_ask_identity, "{\"status\":{}}"},
    {evc_kube_ask_identity, "planted"},
};

START_TEST(what_is_no_answer_is_refused_and_not_shown)
{
    EVC_CHECK_CODE(ask(bad[_i].fn, 200, bad[_i].body), ENVCRYPT_E_PROTOCOL);
    ck_assert_ptr_null(strstr(why, "planted"));
}
END_TEST

START_TEST(a_word_may_have_1024_bytes_and_no_more)
{
    static char body[2048];

    (void)snprintf(body, sizeof(body), "{\"gitVersion\":\"%01024d\"}", 1);
    EVC_CHECK_OK(ask(evc_kube_ask_version, 200, body));
    (void)snprintf(body, sizeof(body), "{\"gitVersion\":\"%01025d\"}", 1);
    EVC_CHECK_CODE(ask(evc_kube_ask_version, 200, body), ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(a_server_that_does_not_serve_it_says_so)
{
    EVC_CHECK_CODE(ask(evc_kube_ask_identity, 404, "404 page not found"),
                   ENVCRYPT_E_KUBE_NOT_FOUND);
}
END_TEST

static int
ask_once(void *user)
{
    int rc;

    (void)user;
    served.reply_count = served.request_count = 0;
    serve(200, "{\"gitVersion\":\"v1\"}");
    serve(200, "{\"metadata\":{\"uid\":\"u\"}}");
    serve(200, "{\"status\":{\"userInfo\":{\"username\":\"j\",\"groups\":[\"a\"]}}}");
    evc_buf_reset(&text);
    rc = evc_kube_ask_version(peer, &wait_of_test, &text, NULL);
    if (rc == 0)
        rc = evc_kube_ask_uid(peer, &wait_of_test, &text, NULL);
    return rc == 0 ? evc_kube_ask_identity(peer, &wait_of_test, &text, NULL) : rc;
}

START_TEST(survives_memory_that_runs_out)
{
    ck_assert_uint_gt(evc_alloc_sweep(ask_once, NULL), 20);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {the_version_is_that_of_git,
                                  the_uid_is_asked_for_as_metadata,
                                  who_we_are_is_asked_of_the_server,
                                  somebody_without_groups_has_none,
                                  a_long_answer_is_cut,
                                  a_word_may_have_1024_bytes_and_no_more,
                                  a_server_that_does_not_serve_it_says_so,
                                  survives_memory_that_runs_out,
                                  NULL};
    TCase *tcase = tcase_create("kube_ask");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, what_is_no_answer_is_refused_and_not_shown, 0,
                        sizeof(bad) / sizeof(bad[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("kube_ask", add_tests)
