/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/access_given.h"

#include "../auth/served-net.h"
#include "evc-alloc.h"

static evc_kube_options options;
static evc_kube_access granted;
static evc_secret token;
static char why[512];

static void
set_up(void)
{
    served_net_open();
    options = (evc_kube_options){.server = "https://kube.test"};
    evc_kube_access_init(&granted);
    EVC_CHECK_OK(evc_secret_new(env->arena, 7, &token, NULL));
    memcpy(token.bytes, "planted", 7);
}

static void
tear_down(void)
{
    evc_secret_free(&token);
    evc_kube_access_reset(&granted);
    served_net_close();
}

static int
read_given(void)
{
    evc_error *err = NULL;
    int rc;

    evc_kube_access_reset(&granted);
    rc = evc_access_given_read(&options, env, &granted, &err);
    (void)snprintf(why, sizeof(why), "%s", rc ? evc_error_message(err) : "");
    evc_error_free(err);
    return rc;
}

START_TEST(takes_what_is_given)
{
    options.ca_pem = "PEM";
    options.tls_name = "n";
    options.proxy = "http://p:1";
    options.token = &token;
    options.client_cert = "/c";
    options.client_key = "/k";
    options.as_user = "jane";
    options.as_groups = "a,,b";
    EVC_CHECK_OK(read_given());
    ck_assert_str_eq(granted.server, "https://kube.test");
    ck_assert_str_eq(granted.ca_pem, "PEM");
    ck_assert_str_eq(granted.tls_name, "n");
    ck_assert_str_eq(granted.proxy, "http://p:1");
    ck_assert(is_secret(&granted.token, "planted"));
    ck_assert_str_eq(granted.cert_file, "/c");
    ck_assert_str_eq(granted.key_file, "/k");
    ck_assert_uint_eq(granted.as.count, 3);
    ck_assert_str_eq(granted.as.items[2].name, "Impersonate-Group");
    ck_assert_str_eq(granted.as.items[2].value, "b");
}
END_TEST

START_TEST(a_token_file_is_only_named)
{
    options.token_file = "/nowhere/token";
    EVC_CHECK_OK(read_given());
    ck_assert_str_eq(granted.token_file, "/nowhere/token");
}
END_TEST

typedef struct clash {
    evc_kube_options options;
    const char *names; /* a word of the message */
} clash;

#define SERVER .server = "https://kube.test"

static const clash clashes[] = {
    {{SERVER, .in_cluster = true}, "exclude one another"},
    {{SERVER, .kubeconfig = "/k"}, "exclude one another"},
    {{SERVER, .kubeconfig_text = {(const uint8_t *)"a", 1}}, "exclude one another"},
    {{.kubeconfig = "/k", .kubeconfig_text = {(const uint8_t *)"a", 1}},
     "given as a text"},
    {{SERVER, .context = "c"}, "exclude one another"},
    {{SERVER, .cluster = "c"}, "exclude one another"},
    {{SERVER, .user = "u"}, "exclude one another"},
    {{.in_cluster = true, .context = "c"}, "exclude one another"},
    {{SERVER, .token_file = "/t", .eks_cluster = "c"}, "only one is possible"},
    {{SERVER, .client_cert = "/c"}, "go together"},
    {{SERVER, .client_key = "/k"}, "go together"},
    {{SERVER, .ca_file = "/c", .ca_pem = "c"}, "twice"},
    {{SERVER, .as_groups = "a"}, "together with a user"},
    {{SERVER, .aws_region = "eu-west-1"}, "eks-cluster"},
    {{SERVER, .aws_profile = "p"}, "eks-cluster"},
    {{SERVER, .proxy = "https://p:1"}, "socks5://HOST:PORT"},
    {{SERVER, .proxy = "socks5://planted:planted@p:1"}, "socks5://HOST:PORT"},
    {{SERVER, .proxy = "socks5h://p:1"}, "socks5://HOST:PORT"},
};

START_TEST(what_contradicts_itself_is_refused)
{
    options = clashes[_i].options;
    EVC_CHECK_CODE(read_given(), ENVCRYPT_E_ARGUMENT);
    ck_assert_msg(strstr(why, clashes[_i].names), "%s", why);
    ck_assert_ptr_null(strstr(why, "planted"));
}
END_TEST

START_TEST(credentials_are_not_sent_over_http)
{
    options.server = "HTTP://127.0.0.1:8001";
    EVC_CHECK_OK(read_given());
    options.token = &token;
    EVC_CHECK_CODE(read_given(), ENVCRYPT_E_ENDPOINT);
    ck_assert_ptr_null(strstr(why, "planted"));
    options.token = NULL;
    options.token_file = "/t";
    EVC_CHECK_CODE(read_given(), ENVCRYPT_E_ENDPOINT);
    options.token_file = NULL;
    options.eks_cluster = "c";
    EVC_CHECK_CODE(read_given(), ENVCRYPT_E_ENDPOINT);
}
END_TEST

START_TEST(outside_of_a_pod_there_is_no_pod)
{
    set_variable("KUBERNETES_SERVICE_HOST", NULL);
    options = (evc_kube_options){.in_cluster = true};
    EVC_CHECK_CODE(read_given(), ENVCRYPT_E_KUBECONFIG);
}
END_TEST

/* --- before a kubeconfig --- */

#define KUBECONFIG                                                             \
    "contexts: [{name: c, context: {cluster: k, user: u, namespace: team}}]\n" \
    "current-context: c\n"                                                     \
    "clusters: [{name: k, cluster: {server: 'https://file.test', "             \
    "certificate-authority: ca.pem, tls-server-name: file}}]\n"

static void
put_kubeconfig(const char *user)
{
    static char content[2048];

    (void)snprintf(content, sizeof(content),
                   KUBECONFIG "users: [{name: u, user: %s}]\n", user);
    evc_folder_put("config", content, 0600);
    options = (evc_kube_options){.kubeconfig = evc_folder_path("config")};
}

START_TEST(options_go_before_what_a_kubeconfig_says_of_the_server)
{
    put_kubeconfig("{token: from-file}");
    options.ca_pem = "PEM";
    options.tls_name = "given";
    EVC_CHECK_OK(read_given());
    ck_assert_str_eq(granted.server, "https://file.test");
    ck_assert_str_eq(granted.ca_pem, "PEM");
    ck_assert_ptr_null(granted.ca_file);
    ck_assert_str_eq(granted.tls_name, "given");
    ck_assert(is_secret(&granted.token, "from-file"));
}
END_TEST

START_TEST(options_go_in_the_place_of_a_kubeconfigs_user)
{
    put_kubeconfig("{exec: {command: aws}, as: somebody}");
    options.token = &token;
    EVC_CHECK_OK(read_given());
    ck_assert(is_secret(&granted.token, "planted"));
    ck_assert_ptr_null(granted.exec.command);
    options.token = NULL;
    options.eks_cluster = "prod";
    EVC_CHECK_OK(read_given());
    ck_assert(!evc_kube_access_has_user(&granted));
}
END_TEST

START_TEST(whom_options_impersonate_goes_before_a_kubeconfig)
{
    put_kubeconfig("{token: t, as: somebody, as-groups: [g]}");
    EVC_CHECK_OK(read_given());
    ck_assert_str_eq(evc_headers_find(&granted.as, "Impersonate-User"), "somebody");
    options.as_user = "jane";
    EVC_CHECK_OK(read_given());
    ck_assert_uint_eq(granted.as.count, 1);
    ck_assert_str_eq(evc_headers_find(&granted.as, "Impersonate-User"), "jane");
}
END_TEST

START_TEST(a_kubeconfigs_user_is_not_sent_over_http_and_a_warning_says_so)
{
    evc_folder_put("config",
                   "contexts: [{name: c, context: {cluster: k, user: u}}]\n"
                   "current-context: c\n"
                   "clusters: [{name: k, cluster: {server: 'http://127.0.0.1:8001'}}]\n"
                   "users: [{name: u, user: {token: planted}}]\n",
                   0600);
    options = (evc_kube_options){.kubeconfig = evc_folder_path("config")};
    EVC_CHECK_OK(read_given());
    ck_assert(!evc_kube_access_has_user(&granted));
    ck_assert_ptr_nonnull(strstr(served.log, "over http"));
    ck_assert_ptr_null(strstr(served.log, "planted"));
}
END_TEST

START_TEST(where_there_are_no_credentials_a_warning_says_so)
{
    put_kubeconfig("{}");
    EVC_CHECK_OK(read_given());
    ck_assert_ptr_nonnull(strstr(served.log, "asked as nobody"));
    served.log[0] = '\0';
    options.token = &token;
    EVC_CHECK_OK(read_given());
    put_kubeconfig("{token: t}");
    EVC_CHECK_OK(read_given());
    ck_assert_ptr_null(strstr(served.log, "nobody"));
}
END_TEST

static int
read_once(void *user)
{
    evc_kube_access a;
    int rc;

    (void)user;
    evc_kube_access_init(&a);
    rc = evc_access_given_read(&options, env, &a, NULL);
    evc_kube_access_reset(&a);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    options.ca_pem = "PEM";
    options.tls_name = "n";
    options.proxy = "socks5://p:1";
    options.token = &token;
    options.client_cert = "/c";
    options.client_key = "/k";
    options.as_user = "jane";
    options.as_groups = "a,b";
    ck_assert_uint_gt(evc_alloc_sweep(read_once, NULL), 10);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        takes_what_is_given,
        a_token_file_is_only_named,
        credentials_are_not_sent_over_http,
        outside_of_a_pod_there_is_no_pod,
        options_go_before_what_a_kubeconfig_says_of_the_server,
        options_go_in_the_place_of_a_kubeconfigs_user,
        whom_options_impersonate_goes_before_a_kubeconfig,
        a_kubeconfigs_user_is_not_sent_over_http_and_a_warning_says_so,
        where_there_are_no_credentials_a_warning_says_so,
        survives_memory_that_runs_out,
        NULL};
    TCase *tcase = tcase_create("access_given");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, what_contradicts_itself_is_refused, 0,
                        sizeof(clashes) / sizeof(clashes[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("access_given", add_tests)
