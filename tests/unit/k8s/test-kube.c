/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/kube.h"

#include "evc-alloc.h"
#include "evc-child.h"
#include "kube-net.h"

static evc_kube_options options;
static evc_kube *kube;
static char why[1024];

static void
set_up(void)
{
    served_net_open();
    options = (evc_kube_options){.server = "https://kube.test:6443"};
    kube = NULL;
}

static void
tear_down(void)
{
    evc_kube_unref(kube);
    served_net_close();
}

static int
open_kube(void)
{
    evc_error *err = NULL;
    int rc = evc_kube_open(crypto, net, &options, &kube, &err);

    why[0] = '\0';
    for (const evc_error *at = err; at; at = evc_error_cause(at)) {
        size_t used = strlen(why);

        (void)snprintf(&why[used], sizeof(why) - used, "%s\n", evc_error_message(at));
    }
    evc_error_free(err);
    return rc;
}

START_TEST(tells_where_it_is_and_sends_nothing)
{
    EVC_CHECK_OK(open_kube());
    ck_assert_str_eq(evc_kube_server(kube), "https://kube.test:6443");
    ck_assert_str_eq(evc_kube_origin(kube), "the options given");
    ck_assert_ptr_null(evc_kube_namespace(kube));
    ck_assert_ptr_eq(evc_kube_net(kube), net);
    ck_assert_ptr_eq(evc_kube_crypto(kube), crypto);
    ck_assert_uint_eq(served.request_count, 0);
}
END_TEST

START_TEST(one_request_lasts_a_minute_or_what_was_said)
{
    EVC_CHECK_OK(open_kube());
    ck_assert_int_eq(evc_kube_peer(kube)->endpoint->link.attempt_ms, 60000);
    evc_kube_unref(kube);
    options.attempt_ms = 5;
    EVC_CHECK_OK(open_kube());
    ck_assert_int_eq(evc_kube_peer(kube)->endpoint->link.attempt_ms, 5);
}
END_TEST

START_TEST(the_link_has_what_was_said)
{
    evc_link *link;

    options.ca_pem = "PEM";
    options.tls_name = "name.test";
    options.proxy = "socks5://127.0.0.1:1080";
    options.client_cert = "/c.pem";
    options.client_key = "/k.pem";
    EVC_CHECK_OK(open_kube());
    link = &evc_kube_peer(kube)->endpoint->link;
    ck_assert_str_eq(link->ca_pem, "PEM");
    ck_assert_str_eq(link->tls_name, "name.test");
    ck_assert_str_eq(link->proxy, "socks5://127.0.0.1:1080");
    ck_assert_str_eq(link->client_cert, "/c.pem");
    ck_assert_str_eq(link->client_key, "/k.pem");
}
END_TEST

/* --- the proxy of the environment --- */

#define KUBECONFIG(more)                                                  \
    "{current-context: c, contexts: [{name: c, context: {cluster: k}}], " \
    "clusters: [{name: k, cluster: {server: 'https://kube.test:6443'" more "}}]}\n"

static void
open_kubeconfig(const char *text)
{
    evc_kube_unref(kube);
    kube = NULL;
    evc_folder_put("config", text, 0600);
    options.server = NULL;
    options.kubeconfig = evc_folder_path("config");
    EVC_CHECK_OK(open_kube());
}

static const char *
proxy_of_link(void)
{
    return evc_kube_peer(kube)->endpoint->link.proxy;
}

static void
set_up_proxy(void)
{
    set_up();
    (void)setenv("HTTPS_PROXY", "http://of.environment:1", 1);
}

static void
tear_down_proxy(void)
{
    (void)unsetenv("HTTPS_PROXY");
    (void)unsetenv("NO_PROXY");
    tear_down();
}

START_TEST(a_kubeconfigs_server_has_the_proxy_of_the_environment)
{
    open_kubeconfig(KUBECONFIG(""));
    ck_assert_str_eq(proxy_of_link(), "http://of.environment:1");
    (void)setenv("NO_PROXY", ".test", 1);
    open_kubeconfig(KUBECONFIG(""));
    ck_assert_ptr_null(proxy_of_link());
}
END_TEST

START_TEST(a_proxy_of_the_kubeconfig_goes_before_the_environments)
{
    open_kubeconfig(KUBECONFIG(", proxy-url: 'http://of.file'"));
    ck_assert_str_eq(proxy_of_link(), "http://of.file:80");
}
END_TEST

START_TEST(a_given_proxy_goes_before_the_environments_and_an_empty_one_is_none)
{
    options.proxy = "http://given:2";
    open_kubeconfig(KUBECONFIG(""));
    ck_assert_str_eq(proxy_of_link(), "http://given:2");
    options.proxy = "";
    open_kubeconfig(KUBECONFIG(""));
    ck_assert_str_eq(proxy_of_link(), "");
}
END_TEST

START_TEST(the_clients_proxy_goes_before_the_environments)
{
    const evc_net_settings settings = {.link = {.proxy = "http://client:1"}};
    evc_net *served_net = net;

    EVC_CHECK_OK(evc_net_open(env, &settings, NULL, NULL, NULL, &net, NULL));
    open_kubeconfig(KUBECONFIG(""));
    ck_assert_ptr_null(proxy_of_link());
    evc_kube_unref(kube);
    kube = NULL;
    evc_net_unref(net);
    net = served_net;
}
END_TEST

START_TEST(a_server_that_is_given_has_no_proxy_of_the_environment)
{
    EVC_CHECK_OK(open_kube());
    ck_assert_ptr_null(proxy_of_link());
}
END_TEST

START_TEST(a_proxy_that_cannot_be_used_is_told_by_the_variables_name)
{
    (void)setenv("HTTPS_PROXY", "http://planted:planted@p:1", 1);
    evc_folder_put("config", KUBECONFIG(""), 0600);
    options.server = NULL;
    options.kubeconfig = evc_folder_path("config");
    EVC_CHECK_CODE(open_kube(), ENVCRYPT_E_ENDPOINT);
    ck_assert_ptr_nonnull(strstr(why, "HTTPS_PROXY"));
    ck_assert_ptr_null(strstr(why, "planted"));
}
END_TEST

/* --- requests --- */

START_TEST(a_token_goes_with_each_request)
{
    evc_secret token;

    EVC_CHECK_OK(evc_secret_new(env->arena, 7, &token, NULL));
    memcpy(token.bytes, "planted", 7);
    options.token = &token;
    EVC_CHECK_OK(open_kube());
    evc_secret_free(&token);
    serve(200, "{}");
    EVC_CHECK_OK(kube_run(evc_kube_peer(kube), NULL));
    ck_assert(has_line(0, "authorization: Bearer planted"));
}
END_TEST

START_TEST(a_server_that_is_no_url_is_named_with_its_origin)
{
    options.server = "kube.test:6443";
    EVC_CHECK_CODE(open_kube(), ENVCRYPT_E_ENDPOINT);
    ck_assert_ptr_nonnull(strstr(why, "the options given"));
}
END_TEST

START_TEST(an_authority_that_is_not_there_is_told_at_once)
{
    options.ca_file = "/nowhere/ca.pem";
    EVC_CHECK_CODE(open_kube(), ENVCRYPT_E_FILE_NOT_FOUND);
}
END_TEST

/* --- the cluster --- */

static int
ask_id(const char **id)
{
    return evc_kube_cluster_id(kube, &wait_of_test, id, NULL);
}

START_TEST(a_cluster_is_known_by_the_uid_of_kube_system_which_is_asked_once)
{
    const char *id;
    const char *again;

    EVC_CHECK_OK(open_kube());
    serve(200, "{\"metadata\":{\"uid\":\"2f4c\"}}");
    EVC_CHECK_OK(ask_id(&id));
    EVC_CHECK_OK(ask_id(&again));
    ck_assert_str_eq(id, "2f4c");
    ck_assert_ptr_eq(id, again);
    ck_assert_uint_eq(served.request_count, 1);
}
END_TEST

static void
open_denied(const char *server, const char *ca_pem, char id[128])
{
    const char *told;

    evc_kube_unref(kube);
    served.reply_count = served.request_count = 0;
    options.server = server;
    options.ca_pem = ca_pem;
    EVC_CHECK_OK(open_kube());
    serve(403, "");
    EVC_CHECK_OK(ask_id(&told));
    (void)snprintf(id, 128, "%s", told);
}

START_TEST(where_that_may_not_be_read_url_and_authority_tell_clusters_apart)
{
    char one[128];
    char same[128];
    char other[128];

    open_denied("https://kube.test", "PEM", one);
    open_denied("https://kube.test", "PEM", same);
    ck_assert_str_eq(one, same);
    ck_assert_uint_eq(strlen(one), strlen("server:") + 64);
    open_denied("https://kube.test", "PEN", other);
    ck_assert_str_ne(one, other);
    open_denied("https://kube2.test", "PEM", other);
    ck_assert_str_ne(one, other);
}
END_TEST

START_TEST(a_failure_to_ask_is_told_and_not_kept)
{
    const char *id;

    EVC_CHECK_OK(open_kube());
    serve(401, "");
    serve(200, "{\"metadata\":{\"uid\":\"2f4c\"}}");
    EVC_CHECK_CODE(ask_id(&id), ENVCRYPT_E_AUTH);
    ck_assert_ptr_null(id);
    EVC_CHECK_OK(ask_id(&id));
}
END_TEST

START_TEST(the_version_is_asked_of_the_server)
{
    evc_buf text;

    evc_buf_init(&text);
    EVC_CHECK_OK(open_kube());
    serve(200, "{\"gitVersion\":\"v1.37.2\"}");
    EVC_CHECK_OK(evc_kube_version(kube, &wait_of_test, &text, NULL));
    ck_assert(evc_view_is_text(evc_buf_view(&text), "v1.37.2"));
    evc_buf_reset(&text);
}
END_TEST

/* --- fork and memory --- */

static int
use_in_child(void *user)
{
    const char *id;
    evc_buf text;

    (void)user;
    evc_buf_init(&text);
    if (evc_kube_cluster_id(kube, NULL, &id, NULL) != ENVCRYPT_E_FORKED)
        return 1;
    if (evc_kube_version(kube, NULL, &text, NULL) != ENVCRYPT_E_FORKED)
        return 2;
    evc_kube_unref(kube);
    return 0;
}

START_TEST(a_child_of_fork_may_only_free_it)
{
    EVC_CHECK_OK(open_kube());
    EVC_CHECK_CHILD(use_in_child, NULL);
}
END_TEST

static int
open_once(void *user)
{
    evc_kube *made = NULL;
    const char *id = NULL;
    int rc;

    (void)user;
    served.reply_count = served.request_count = 0;
    serve(200, "{\"metadata\":{\"uid\":\"2f4c\"}}");
    rc = evc_kube_open(crypto, net, &options, &made, NULL);
    if (rc == 0)
        rc = evc_kube_cluster_id(made, &wait_of_test, &id, NULL);
    evc_kube_unref(made);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    options.ca_pem = "PEM";
    options.as_user = "jane";
    options.as_groups = "a,b";
    options.token_file = evc_folder_path("token");
    evc_folder_put("token", "t", 0600);
    ck_assert_uint_gt(evc_alloc_sweep(open_once, NULL), 30);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        tells_where_it_is_and_sends_nothing,
        one_request_lasts_a_minute_or_what_was_said,
        the_link_has_what_was_said,
        a_token_goes_with_each_request,
        a_server_that_is_no_url_is_named_with_its_origin,
        an_authority_that_is_not_there_is_told_at_once,
        a_cluster_is_known_by_the_uid_of_kube_system_which_is_asked_once,
        where_that_may_not_be_read_url_and_authority_tell_clusters_apart,
        a_failure_to_ask_is_told_and_not_kept,
        the_version_is_asked_of_the_server,
        a_child_of_fork_may_only_free_it,
        survives_memory_that_runs_out,
        NULL};
    const TTest *const proxies[] = {
        a_kubeconfigs_server_has_the_proxy_of_the_environment,
        a_proxy_of_the_kubeconfig_goes_before_the_environments,
        a_given_proxy_goes_before_the_environments_and_an_empty_one_is_none,
        the_clients_proxy_goes_before_the_environments,
        a_server_that_is_given_has_no_proxy_of_the_environment,
        a_proxy_that_cannot_be_used_is_told_by_the_variables_name,
        NULL};
    TCase *tcase = tcase_create("kube");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("proxy");
    tcase_add_checked_fixture(tcase, set_up_proxy, tear_down_proxy);
    for (size_t i = 0; proxies[i]; i++)
        tcase_add_test(tcase, proxies[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("kube", add_tests)
