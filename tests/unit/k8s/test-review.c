/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/review.h"

#include "evc-alloc.h"
#include "scripted-kube.h"

static const evc_kube_resource secrets = {"", "v1", "secrets", "Secret", true};
static const evc_kube_resource widgets = {"x.io", "v1", "widgets", "Widget", true};

#define REVIEW(status)                                                   \
    "{\"kind\":\"SelfSubjectAccessReview\",\"metadata\":{},\"spec\":{}," \
    "\"status\":" status "}"

static evc_kube_right right;
static evc_error *error;

static void
set_up(void)
{
    kube_set_up();
    error = NULL;
}

static void
tear_down(void)
{
    evc_error_free(error);
    kube_tear_down();
}

static int
may(const evc_kube_resource *resource, const char *verb, const char *ns)
{
    return evc_kube_review(k.kube, resource, verb, ns, &k.wait, &right, &error);
}

START_TEST(asks_for_a_verb_in_all_namespaces)
{
    const kube_request *r = &k.requests[0];

    KUBE_PLAY(
        {.status = 201, .body = REVIEW("{\"allowed\":true,\"reason\":\"RBAC\"}")});
    EVC_CHECK_OK(may(&secrets, "list", NULL));
    ck_assert_int_eq(right, EVC_KUBE_RIGHT_YES);
    ck_assert_str_eq(r->method, "POST");
    ck_assert_str_eq(r->url, "https://kube.example/apis/authorization.k8s.io/v1"
                             "/selfsubjectaccessreviews");
    ck_assert_str_eq(r->content, "application/json");
    ck_assert_str_eq(
        r->body, "{\"apiVersion\":\"authorization.k8s.io/v1\",\"kind\":"
                 "\"SelfSubjectAccessReview\",\"spec\":{\"resourceAttributes\":{"
                 "\"verb\":\"list\",\"version\":\"v1\",\"resource\":\"secrets\"}}}");
}
END_TEST

START_TEST(asks_for_a_group_and_one_namespace)
{
    KUBE_PLAY({.status = 201, .body = REVIEW("{\"allowed\":true}")});
    EVC_CHECK_OK(may(&widgets, "patch", "a"));
    ck_assert(strstr(k.requests[0].body,
                     "{\"namespace\":\"a\",\"verb\":\"patch\",\"group\":\"x.io\","
                     "\"version\":\"v1\",\"resource\":\"widgets\"}") != NULL);
}
END_TEST

START_TEST(what_is_not_allowed_is_no)
{
    KUBE_PLAY({.status = 201,
               .body = REVIEW("{\"allowed\":false,\"denied\":true,\"reason\":\"x\"}")});
    EVC_CHECK_OK(may(&secrets, "list", NULL));
    ck_assert_int_eq(right, EVC_KUBE_RIGHT_NO);
}
END_TEST

static const int silent[] = {403, 404, 405};

START_TEST(server_that_does_not_answer_leaves_it_unknown)
{
    KUBE_PLAY(
        {.status = silent[_i], .body = "404 page not found", .type = "text/plain"});
    EVC_CHECK_OK(may(&secrets, "list", NULL));
    ck_assert_int_eq(right, EVC_KUBE_RIGHT_UNKNOWN);
    ck_assert_ptr_null(error);
}
END_TEST

START_TEST(other_refusals_are_errors)
{
    KUBE_PLAY({.status = 400, .body = "{}"});
    EVC_CHECK_CODE(may(&secrets, "list", NULL), ENVCRYPT_E_REQUEST_REFUSED);
    ck_assert_int_eq(right, EVC_KUBE_RIGHT_UNKNOWN);
}
END_TEST

static const char *const no_answers[] = {
    "{}", "{\"status\":{\"allowed\":1}}", "{\"status\":{\"denied\":true}}",
    "{\"status\":{\"allowed\":true,\"allowed\":true}}"};

START_TEST(reply_that_does_not_say_is_refused)
{
    KUBE_PLAY({.status = 201, .body = no_answers[_i]});
    EVC_CHECK_CODE(may(&secrets, "list", NULL), ENVCRYPT_E_PROTOCOL);
    ck_assert_int_eq(right, EVC_KUBE_RIGHT_UNKNOWN);
}
END_TEST

START_TEST(answer_of_a_broken_attempt_does_not_count)
{
    KUBE_PLAY({.status = 503, .body = REVIEW("{\"allowed\":true}")},
              {.status = 201, .body = REVIEW("{\"allowed\":false}")});
    EVC_CHECK_OK(may(&secrets, "list", NULL));
    ck_assert_int_eq(right, EVC_KUBE_RIGHT_NO);
}
END_TEST

static int
sweep(void *user)
{
    evc_kube_right own;

    (void)user;
    k.asked = 0;
    return evc_kube_review(k.kube, &secrets, "list", "a", &k.wait, &own, NULL);
}

START_TEST(memory_that_runs_out_is_named)
{
    KUBE_PLAY({.status = 201, .body = REVIEW("{\"allowed\":true}")});
    (void)evc_alloc_sweep(sweep, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        asks_for_a_verb_in_all_namespaces,
        asks_for_a_group_and_one_namespace,
        what_is_not_allowed_is_no,
        other_refusals_are_errors,
        answer_of_a_broken_attempt_does_not_count,
        memory_that_runs_out_is_named,
        NULL,
    };
    TCase *tcase = tcase_create("review");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, server_that_does_not_answer_leaves_it_unknown, 0, 3);
    tcase_add_loop_test(tcase, reply_that_does_not_say_is_refused, 0, 4);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("review", add_tests)
