/* SPDX-License-Identifier: Apache-2.0 */
/* What kubectl and the Python client make of the same files: tests/partners/kube. */
#include "k8s/kubeconfig.h"

#include "evc-alloc.h"
#include "kubeconfig-fixture.h"

#define PEM "LS0tLS1CRUdJTiBYLS0tLS0K"

static const char two[] =
    "apiVersion: v1\n"
    "kind: Config\n"
    "preferences: {}\n"
    "current-context: dev\n"
    "contexts:\n"
    "- name: dev\n"
    "  context: {cluster: near, user: me, namespace: team-a}\n"
    "- name: prod\n"
    "  context: {cluster: far, user: ops}\n"
    "- name: alone\n"
    "  context: {user: me}\n"
    "- name: lost\n"
    "  context: {cluster: gone, user: me}\n"
    "- name: nobody\n"
    "  context: {cluster: near}\n"
    "- name: ghost\n"
    "  context: {cluster: near, user: gone}\n"
    "clusters:\n"
    "- name: near\n"
    "  cluster: {server: 'https://near.test:6443', certificate-authority: ca.pem,\n"
    "            tls-server-name: kube.test, proxy-url: 'http://proxy.test:1',\n"
    "            disable-compression: true}\n"
    "- name: far\n"
    "  cluster: {server: 'https://far.test', certificate-authority: ca.pem,\n"
    "            certificate-authority-data: " PEM
    ", insecure-skip-tls-verify: false}\n"
    "- name: bare\n"
    "  cluster: {certificate-authority: ca.pem}\n"
    "- name: loose\n"
    "  cluster: {server: 'https://loose.test',\n"
    "            insecure-skip-tls-verify: true}\n"
    "users:\n"
    "- name: me\n"
    "  user: {token: my-token}\n"
    "- name: ops\n"
    "  user: {exec: {command: tool, apiVersion: "
    "client.authentication.k8s.io/v1beta1}}\n";

static evc_kubeconfig_wish wish;

static int
read_wish(void)
{
    evc_error *err = NULL;
    int rc;

    evc_kube_access_reset(&granted);
    rc = evc_kubeconfig_read(&wish, env->arena, &env->log, &granted, &err);
    return kubeconfig_told(rc, err);
}

static void
set_up(void)
{
    static char path[PATH_MAX];

    kubeconfig_set_up();
    evc_folder_put("config", two, 0600);
    (void)snprintf(path, sizeof(path), "%s", evc_folder_path("config"));
    wish = (evc_kubeconfig_wish){.files = path, .allow_exec = true};
}

START_TEST(the_current_context_counts)
{
    static char origin[PATH_MAX + 64];

    EVC_CHECK_OK(read_wish());
    (void)snprintf(origin, sizeof(origin), "context dev of %s", wish.files);
    ck_assert_str_eq(granted.server, "https://near.test:6443");
    ck_assert_str_eq(granted.ca_file, evc_folder_path("ca.pem"));
    ck_assert_str_eq(granted.tls_name, "kube.test");
    ck_assert_str_eq(granted.proxy, "http://proxy.test:1");
    ck_assert_str_eq(granted.ns, "team-a");
    ck_assert_str_eq(granted.origin, origin);
    ck_assert(is_secret(&granted.token, "my-token"));
}
END_TEST

START_TEST(another_context_may_be_named)
{
    wish.context = "prod";
    EVC_CHECK_OK(read_wish());
    ck_assert_str_eq(granted.server, "https://far.test");
    ck_assert_str_eq(granted.ca_pem, "-----BEGIN X-----\n");
    ck_assert_ptr_null(granted.ca_file);
    ck_assert_str_eq(granted.exec.command, "tool");
    ck_assert_ptr_null(granted.ns);
}
END_TEST

START_TEST(another_cluster_and_user_may_be_named)
{
    wish.cluster = "far";
    EVC_CHECK_OK(read_wish());
    ck_assert_str_eq(granted.server, "https://far.test");
    ck_assert(is_secret(&granted.token, "my-token"));
    wish.user = "ops";
    EVC_CHECK_OK(read_wish());
    ck_assert_str_eq(granted.exec.command, "tool");
}
END_TEST

START_TEST(a_cluster_that_is_named_needs_no_context)
{
    evc_folder_put(
        "config", "clusters: [{name: c, cluster: {server: 'https://c.test'}}]\n", 0600);
    wish.cluster = "c";
    EVC_CHECK_OK(read_wish());
    ck_assert_str_eq(granted.server, "https://c.test");
    ck_assert_ptr_nonnull(strstr(granted.origin, "cluster c of /"));
}
END_TEST

START_TEST(nothing_of_a_user_is_looked_at_when_none_is_wanted)
{
    wish.context = "ghost";
    wish.no_user = true;
    EVC_CHECK_OK(read_wish());
    ck_assert(!evc_kube_access_has_user(&granted));
}
END_TEST

START_TEST(a_context_without_a_user_is_nobody)
{
    wish.context = "nobody";
    EVC_CHECK_OK(read_wish());
    ck_assert(!evc_kube_access_has_user(&granted));
}
END_TEST

static const struct {
    const char *context;
    const char *cluster;
    const char *user;
    int code;
    const char *says;
} bad[] = {
    {"typo", NULL, NULL, ENVCRYPT_E_KUBECONFIG,
     "has no context \"typo\"; there are: dev, prod, alone, lost, nobody, ghost"},
    {"lost", NULL, NULL, ENVCRYPT_E_KUBECONFIG,
     "has no cluster \"gone\", which the context names; there are: near, far, bare, "
     "loose"},
    {"ghost", NULL, NULL, ENVCRYPT_E_KUBECONFIG,
     "has no user \"gone\", which the context names; there are: me, ops"},
    {"alone", NULL, NULL, ENVCRYPT_E_KUBECONFIG, "line 11 of the kubeconfig"},
    {NULL, "typo", NULL, ENVCRYPT_E_KUBECONFIG, "has no cluster \"typo\"; there are:"},
    {NULL, NULL, "typo", ENVCRYPT_E_KUBECONFIG, "has no user \"typo\"; there are:"},
    {NULL, "bare", NULL, ENVCRYPT_E_KUBECONFIG, "cluster \"bare\": it has no server"},
    {NULL, "loose", NULL, ENVCRYPT_E_KUBE_INSECURE, "line 30 of the kubeconfig"},
};

START_TEST(what_cannot_be_is_refused_and_says_what_there_is)
{
    wish.context = bad[_i].context;
    wish.cluster = bad[_i].cluster;
    wish.user = bad[_i].user;
    EVC_CHECK_CODE(read_wish(), bad[_i].code);
    ck_assert_msg(strstr(why, bad[_i].says), "%s", why);
    ck_assert_ptr_null(strstr(why, "my-token"));
}
END_TEST

START_TEST(a_file_without_contexts_is_told_as_one)
{
    static const char *const texts[] = {"", "contexts: []\n", "current-context: ''\n"};

    for (size_t i = 0; i < 3; i++) {
        evc_folder_put("config", texts[i], 0600);
        EVC_CHECK_CODE(read_wish(), ENVCRYPT_E_KUBECONFIG);
        ck_assert_ptr_nonnull(strstr(why, "has no contexts"));
    }
}
END_TEST

START_TEST(without_a_current_context_one_must_be_named)
{
    evc_folder_put("config", "contexts: [{name: a, context: {}}]\n", 0600);
    EVC_CHECK_CODE(read_wish(), ENVCRYPT_E_KUBECONFIG);
    ck_assert_ptr_nonnull(strstr(why, "those that there are: a"));
}
END_TEST

START_TEST(a_program_is_run_only_where_that_was_allowed)
{
    wish.context = "prod";
    wish.allow_exec = false;
    EVC_CHECK_CODE(read_wish(), ENVCRYPT_E_KUBE_EXEC);
    ck_assert_ptr_nonnull(strstr(why, "tool"));
}
END_TEST

START_TEST(files_join_into_one)
{
    static char list[2 * PATH_MAX];

    evc_folder_put(
        "second",
        "current-context: other\n"
        "contexts: [{name: other, context: {cluster: near, user: more}}]\n"
        "users: [{name: more, user: {tokenFile: t}}]\n"
        "clusters: [{name: near, cluster: {server: 'https://hidden.test'}}]\n",
        0600);
    (void)snprintf(list, sizeof(list), "%s:%s", evc_folder_path("config"),
                   evc_folder_path("second"));
    wish.files = list;
    EVC_CHECK_OK(read_wish());
    ck_assert_str_eq(granted.ns, "team-a");
    wish.context = "other";
    EVC_CHECK_OK(read_wish());
    ck_assert_str_eq(granted.server, "https://near.test:6443");
    ck_assert_str_eq(granted.token_file, evc_folder_path("t"));
}
END_TEST

/* --- as a text --- */

#define GIVEN(cluster, user)                                                   \
    "apiVersion: v1\nkind: Config\ncurrent-context: c\n"                       \
    "contexts: [{name: c, context: {cluster: k, user: u}}]\n"                  \
    "clusters: [{name: k, cluster: {server: 'https://given.test:6443'" cluster \
    "}}]\nusers: [{name: u, user: {" user "}}]\n"

static int
read_given(const char *text)
{
    wish = (evc_kubeconfig_wish){.text = evc_view_text(text), .origin = "of the cloud"};
    return read_wish();
}

START_TEST(one_that_a_service_gave_is_read_without_a_file)
{
    ck_assert_int_eq(setenv("KUBECONFIG", "/nonexistent", 1), 0);
    EVC_CHECK_OK(
        read_given(GIVEN(", certificate-authority-data: " PEM, "token: given-token")));
    ck_assert_str_eq(granted.server, "https://given.test:6443");
    ck_assert_uint_eq(granted.token.size, strlen("given-token"));
    ck_assert_ptr_nonnull(granted.ca_pem);
    ck_assert_ptr_nonnull(strstr(granted.origin, "of the cloud"));
}
END_TEST

#define EXEC                                                              \
    "exec: {command: tool, apiVersion: client.authentication.k8s.io/v1, " \
    "interactiveMode: Never}"

static const char *const outside[] = {
    GIVEN(", certificate-authority: ca.pem", "token: t"),
    GIVEN("", "tokenFile: /etc/shadow"),
    GIVEN("", "client-certificate: /c, client-key-data: " PEM),
    GIVEN("", "client-certificate-data: " PEM ", client-key: /k"),
    GIVEN("", EXEC),
};

START_TEST(one_that_a_service_gave_may_not_point_at_this_host)
{
    EVC_CHECK_CODE(read_given(outside[_i]), ENVCRYPT_E_KUBECONFIG);
    ck_assert_ptr_nonnull(strstr(why, "of this host, which"));
    wish.allow_exec = true; /* which nothing of a service's is */
    EVC_CHECK_CODE(read_wish(), ENVCRYPT_E_KUBECONFIG);
    ck_assert_ptr_nonnull(strstr(why, "of this host, which"));
}
END_TEST

START_TEST(one_that_a_service_gave_and_is_none_is_refused)
{
    EVC_CHECK_CODE(read_given("kind: List\n"), ENVCRYPT_E_KUBECONFIG);
    EVC_CHECK_CODE(read_given("a: [\n"), ENVCRYPT_E_YAML);
}
END_TEST

static int
read_once(void *user)
{
    evc_kube_access a;
    int rc;

    (void)user;
    evc_kube_access_init(&a);
    rc = evc_kubeconfig_read(&wish, env->arena, NULL, &a, NULL);
    evc_kube_access_reset(&a);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    ck_assert_uint_gt(evc_alloc_sweep(read_once, NULL), 50);
    wish.context = "prod";
    ck_assert_uint_gt(evc_alloc_sweep(read_once, NULL), 50);
    wish = (evc_kubeconfig_wish){.text = evc_view_text(GIVEN("", "token: given-token")),
                                 .origin = "of a test"};
    ck_assert_uint_gt(evc_alloc_sweep(read_once, NULL), 20);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {the_current_context_counts,
                                  another_context_may_be_named,
                                  another_cluster_and_user_may_be_named,
                                  a_cluster_that_is_named_needs_no_context,
                                  nothing_of_a_user_is_looked_at_when_none_is_wanted,
                                  a_context_without_a_user_is_nobody,
                                  a_file_without_contexts_is_told_as_one,
                                  without_a_current_context_one_must_be_named,
                                  a_program_is_run_only_where_that_was_allowed,
                                  files_join_into_one,
                                  one_that_a_service_gave_is_read_without_a_file,
                                  one_that_a_service_gave_and_is_none_is_refused,
                                  survives_memory_that_runs_out,
                                  NULL};
    TCase *tcase = tcase_create("kubeconfig");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, kubeconfig_tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, what_cannot_be_is_refused_and_says_what_there_is, 0,
                        sizeof(bad) / sizeof(bad[0]));
    tcase_add_loop_test(tcase, one_that_a_service_gave_may_not_point_at_this_host, 0,
                        sizeof(outside) / sizeof(outside[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("kubeconfig", add_tests)
