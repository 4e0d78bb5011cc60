/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/kube_peer.h"

#include "envcrypt/version.h"
#include "evc-alloc.h"
#include "kube-net.h"

static evc_headers as;
static evc_peer *peer;

/* What the source below gives next: numbers its answers. */
static struct {
    int count;
    bool token;
    bool certificate;
} gives;

static int
fetch(void *state, evc_net *of, int64_t now_ms, evc_wait *wait, evc_creds **out,
      evc_error **err)
{
    char token[32];
    char certificate[32];
    evc_creds_parts parts = {.expires_ms = EVC_CREDS_NEVER, .source = "test"};

    (void)state;
    (void)now_ms;
    (void)wait;
    gives.count++;
    (void)snprintf(token, sizeof(token), "token-%d", gives.count);
    (void)snprintf(certificate, sizeof(certificate), "certificate-%d", gives.count);
    if (gives.token)
        parts.token = evc_view_text(token);
    if (gives.certificate) {
        parts.certificate = evc_view_text(certificate);
        parts.secret = evc_view_text("planted-key");
    }
    return evc_creds_new(evc_net_env(of)->arena, &parts, out, err);
}

static int
open_peer(bool with_chain)
{
    static const evc_source source = {"test", fetch, NULL, false};
    static const evc_chain_rules rules = {"kubernetes", 1000, 500, ""};
    const evc_link link = {.attempt_ms = 4321};
    evc_chain *chain = NULL;
    int rc = with_chain ? evc_chain_new(net, &rules, &chain, NULL) : 0;

    if (rc == 0 && with_chain)
        rc = evc_chain_add(chain, &source, NULL, NULL);
    if (rc == 0)
        rc = evc_kube_peer_open(net, "https://kube.test/base", &link, chain, &as, &peer,
                                NULL);
    evc_chain_unref(chain);
    return rc;
}

static void
set_up(void)
{
    served_net_open();
    evc_headers_init(&as);
    memset(&gives, 0, sizeof(gives));
    gives.token = true;
    peer = NULL;
}

static void
tear_down(void)
{
    evc_peer_unref(peer);
    evc_headers_reset(&as);
    served_net_close();
}

START_TEST(a_request_bears_the_token_and_says_who_we_are)
{
    EVC_CHECK_OK(open_peer(true));
    serve(200, "{}");
    EVC_CHECK_OK(kube_run(peer, NULL));
    ck_assert_str_eq(served.requests[0].head,
                     "GET https://kube.test/base/api/v1/secrets");
    ck_assert(has_line(0, "authorization: Bearer token-1"));
    ck_assert(has_line(0, "user-agent: libenvcrypt/" ENVCRYPT_VERSION_STRING));
    ck_assert_int_eq(served.requests[0].link.attempt_ms, 4321);
}
END_TEST

START_TEST(without_a_chain_nothing_is_added)
{
    EVC_CHECK_OK(open_peer(false));
    serve(200, "{}");
    EVC_CHECK_OK(kube_run(peer, NULL));
    ck_assert_ptr_null(strstr(served.requests[0].headers, "uthorization"));
}
END_TEST

START_TEST(impersonation_goes_with_each_request)
{
    EVC_CHECK_OK(evc_headers_add(&as, "Impersonate-User", evc_view_text("jane"), NULL));
    EVC_CHECK_OK(evc_headers_add(&as, "Impersonate-Group", evc_view_text("a"), NULL));
    EVC_CHECK_OK(evc_headers_add(&as, "Impersonate-Group", evc_view_text("b"), NULL));
    EVC_CHECK_OK(open_peer(true));
    serve(200, "{}");
    EVC_CHECK_OK(kube_run(peer, NULL));
    ck_assert(has_line(0, "Impersonate-User: jane"));
    ck_assert(has_line(0, "Impersonate-Group: a"));
    ck_assert(has_line(0, "Impersonate-Group: b"));
}
END_TEST

START_TEST(a_token_that_is_refused_is_renewed_once)
{
    EVC_CHECK_OK(open_peer(true));
    serve(401, "");
    serve(200, "{}");
    EVC_CHECK_OK(kube_run(peer, NULL));
    ck_assert(has_line(0, "authorization: Bearer token-1"));
    ck_assert(has_line(1, "authorization: Bearer token-2"));
}
END_TEST

START_TEST(a_second_refusal_is_told)
{
    evc_error *err = NULL;

    EVC_CHECK_OK(open_peer(true));
    serve(401, "");
    serve(401, "{\"kind\":\"Status\",\"reason\":\"Unauthorized\"}");
    EVC_CHECK_CODE(kube_run(peer, &err), ENVCRYPT_E_AUTH);
    ck_assert_uint_eq(served.request_count, 2);
    ck_assert_str_eq(evc_error_provider_code(err), "Unauthorized");
    ck_assert_ptr_null(strstr(evc_error_message(err), "token-"));
    evc_error_free(err);
}
END_TEST

START_TEST(a_certificate_takes_an_endpoint_of_its_own)
{
    gives.token = false;
    gives.certificate = true;
    EVC_CHECK_OK(open_peer(true));
    serve(200, "{}");
    serve(200, "{}");
    EVC_CHECK_OK(kube_run(peer, NULL));
    EVC_CHECK_OK(kube_run(peer, NULL));
    ck_assert_str_eq(served.requests[0].certificate, "certificate-1");
    ck_assert_str_eq(served.requests[1].certificate, "certificate-1");
    ck_assert_str_eq(served.requests[0].head,
                     "GET https://kube.test/base/api/v1/secrets");
    ck_assert_int_eq(served.requests[0].link.attempt_ms, 4321);
    ck_assert_ptr_null(strstr(served.requests[0].headers, "uthorization"));
}
END_TEST

START_TEST(a_certificate_that_is_refused_is_renewed_once)
{
    gives.token = false;
    gives.certificate = true;
    EVC_CHECK_OK(open_peer(true));
    serve(401, "");
    serve(200, "{}");
    serve(200, "{}");
    EVC_CHECK_OK(kube_run(peer, NULL));
    EVC_CHECK_OK(kube_run(peer, NULL));
    ck_assert_str_eq(served.requests[0].certificate, "certificate-1");
    ck_assert_str_eq(served.requests[1].certificate, "certificate-2");
    ck_assert_str_eq(served.requests[2].certificate, "certificate-2");
}
END_TEST

START_TEST(a_certificate_and_a_token_go_together)
{
    gives.certificate = true;
    EVC_CHECK_OK(open_peer(true));
    serve(200, "{}");
    EVC_CHECK_OK(kube_run(peer, NULL));
    ck_assert_str_eq(served.requests[0].certificate, "certificate-1");
    ck_assert(has_line(0, "authorization: Bearer token-1"));
}
END_TEST

START_TEST(errors_are_read_as_kubernetes_writes_them)
{
    EVC_CHECK_OK(open_peer(true));
    serve(404, "{\"kind\":\"Status\",\"reason\":\"NotFound\"}");
    EVC_CHECK_CODE(kube_run(peer, NULL), ENVCRYPT_E_KUBE_NOT_FOUND);
}
END_TEST

static int
run_once(void *user)
{
    int rc;

    (void)user;
    peer = NULL;
    served.reply_count = served.request_count = 0;
    serve(200, "{}");
    rc = open_peer(true);
    if (rc == 0)
        rc = kube_run(peer, NULL);
    evc_peer_unref(peer);
    peer = NULL;
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    EVC_CHECK_OK(evc_headers_add(&as, "Impersonate-User", evc_view_text("jane"), NULL));
    gives.certificate = true;
    ck_assert_uint_gt(evc_alloc_sweep(run_once, NULL), 20);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_request_bears_the_token_and_says_who_we_are,
                                  without_a_chain_nothing_is_added,
                                  impersonation_goes_with_each_request,
                                  a_token_that_is_refused_is_renewed_once,
                                  a_second_refusal_is_told,
                                  a_certificate_takes_an_endpoint_of_its_own,
                                  a_certificate_that_is_refused_is_renewed_once,
                                  a_certificate_and_a_token_go_together,
                                  errors_are_read_as_kubernetes_writes_them,
                                  survives_memory_that_runs_out,
                                  NULL};
    TCase *tcase = tcase_create("kube_peer");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("kube_peer", add_tests)
