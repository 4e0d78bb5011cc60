/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/kubeconfig_exec.h"

#include "evc-alloc.h"
#include "kubeconfig-fixture.h"

#define V1 "apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never"
#define V1BETA1 "apiVersion: client.authentication.k8s.io/v1beta1"

static int
read_with(const char *exec, bool allowed)
{
    const evc_kubeconfig_place place = kubeconfig_user(exec);
    evc_error *err = NULL;
    int rc;

    evc_kube_access_reset(&granted);
    rc = evc_kubeconfig_exec_read(&place, place.node, allowed, &granted.exec, &err);
    return kubeconfig_told(rc, err);
}

static int
read_exec(const char *exec)
{
    return read_with(exec, true);
}

START_TEST(takes_all_that_is_there)
{
    EVC_CHECK_OK(
        read_exec("{command: aws, args: [eks, get-token], env: [{name: A, value: "
                  "b}, {name: C}, {name: A, value: last}], installHint: get "
                  "it, provideClusterInfo: true, " V1 "}"));
    ck_assert_str_eq(granted.exec.command, "aws");
    ck_assert_uint_eq(granted.exec.arg_count, 2);
    ck_assert_str_eq(granted.exec.args[1], "get-token");
    ck_assert_uint_eq(granted.exec.env.count, 2);
    ck_assert_str_eq(
        (const char *)evc_kv_find(&granted.exec.env, evc_view_text("A"))->value.data,
        "last");
    ck_assert_str_eq(granted.exec.hint, "get it");
    ck_assert(granted.exec.provide_cluster);
    ck_assert(granted.exec.v1);
    ck_assert_ptr_nonnull(strstr(granted.exec.user, "user u of /"));
}
END_TEST

START_TEST(a_command_with_a_slash_is_relative_to_its_file)
{
    EVC_CHECK_OK(read_exec("{command: bin/tool, " V1BETA1 "}"));
    ck_assert_str_eq(granted.exec.command, evc_folder_path("bin/tool"));
    ck_assert(!granted.exec.v1);
    EVC_CHECK_OK(read_exec("{command: /bin/tool, " V1BETA1 "}"));
    ck_assert_str_eq(granted.exec.command, "/bin/tool");
}
END_TEST

static const struct {
    const char *exec;
    const char *says;
} bad[] = {
    {"{" V1 "}", "names no command"},
    {"{command: '', " V1 "}", "names no command"},
    {"{command: a}", "neither client.authentication.k8s.io/v1 nor"},
    {"{command: a, apiVersion: v1}", "neither client.authentication.k8s.io/v1 nor"},
    {"{command: a, apiVersion: client.authentication.k8s.io/v1alpha1}", "1.24"},
    {"{command: a, apiVersion: client.authentication.k8s.io/v1}", "interactiveMode"},
    {"{command: a, " V1BETA1 ", interactiveMode: Always}", "nobody is there"},
    {"{command: a, " V1BETA1 ", interactiveMode: Sometimes}", "Never or IfAvailable"},
    {"{command: a, " V1 ", args: [[b]]}", "no text"},
    {"{command: a, " V1 ", args: b}", "\"args\""},
    {"{command: a, " V1 ", env: [b]}", "no mapping"},
    {"{command: a, " V1 ", env: [{value: planted}]}", "has no name"},
    {"{command: a, " V1 ", env: [{name: A=B, value: planted}]}", "= in it"},
    {"{command: a, " V1 ", provideClusterInfo: 'true'}", "\"provideClusterInfo\""},
};

START_TEST(what_cannot_be_run_is_refused)
{
    int rc = read_exec(bad[_i].exec);

    ck_assert(rc == ENVCRYPT_E_KUBECONFIG || rc == ENVCRYPT_E_YAML);
    ck_assert_msg(strstr(why, bad[_i].says), "%s", why);
    ck_assert_ptr_nonnull(strstr(why, "/config, user \"u\": "));
    ck_assert_ptr_null(strstr(why, "planted"));
}
END_TEST

static void
put_many(const char *member, const char *element, unsigned count, char *out,
         size_t size)
{
    size_t used = (size_t)snprintf(out, size, "{command: a, " V1 ", %s: [", member);

    for (unsigned i = 0; i < count; i++)
        used +=
            (size_t)snprintf(&out[used], size - used, "%s%s", i ? ", " : "", element);
    (void)snprintf(&out[used], size - used, "]}");
}

START_TEST(there_may_be_256_arguments_and_variables_and_no_more)
{
    static char exec[20000];

    put_many("args", "x", 256, exec, sizeof(exec));
    EVC_CHECK_OK(read_exec(exec));
    put_many("args", "x", 257, exec, sizeof(exec));
    EVC_CHECK_CODE(read_exec(exec), ENVCRYPT_E_KUBECONFIG);
    put_many("env", "{name: x}", 256, exec, sizeof(exec));
    EVC_CHECK_OK(read_exec(exec));
    put_many("env", "{name: x}", 257, exec, sizeof(exec));
    EVC_CHECK_CODE(read_exec(exec), ENVCRYPT_E_KUBECONFIG);
}
END_TEST

static const struct {
    const char *exec;
    const char *says; /* NULL: nothing of eks-cluster */
} eks[] = {
    {"{command: aws, args: [--region, eu, eks, get-token, --cluster-name, prod]}",
     "set eks-cluster to prod,"},
    {"{command: /usr/bin/aws-iam-authenticator, args: [token, -i, prod]}",
     "set eks-cluster to prod,"},
    {"{command: aws-iam-authenticator, args: [token, --cluster-id, prod]}",
     "set eks-cluster to prod,"},
    {"{command: aws, args: [eks, get-token, --cluster-name]}", NULL},
    {"{command: kubelogin, args: [--cluster-name, prod]}", NULL},
};

START_TEST(what_was_not_allowed_is_not_run_and_says_what_to_do)
{
    EVC_CHECK_CODE(read_with(eks[_i].exec, false), ENVCRYPT_E_KUBE_EXEC);
    ck_assert_ptr_nonnull(strstr(why, "allow-exec"));
    if (eks[_i].says)
        ck_assert_msg(strstr(why, eks[_i].says), "%s", why);
    else
        ck_assert_ptr_null(strstr(why, "eks-cluster"));
}
END_TEST

/* --- what the cluster says to it --- */

static int
read_config(const char *extension)
{
    static char members[8192];
    evc_kubeconfig_place place;
    evc_error *err = NULL;
    int rc;

    (void)snprintf(members, sizeof(members),
                   "{extensions: [{name: other, extension: {a: no}}, {name: "
                   "client.authentication.k8s.io/exec, extension: %s}]}",
                   extension);
    place = kubeconfig_user(members);
    evc_kube_access_reset(&granted);
    rc = evc_kubeconfig_exec_config(&place, &granted.exec, &err);
    return kubeconfig_told(rc, err);
}

START_TEST(what_a_cluster_says_is_json_of_the_same_kinds)
{
    EVC_CHECK_OK(read_config("{a: 1, b: '1', c: yes, d: null, e: [x, -1.5, {}], f: {}, "
                             "g: \"q\\\"\"}"));
    ck_assert_str_eq(granted.exec.config,
                     "{\"a\":1,\"b\":\"1\",\"c\":true,\"d\":null,\"e\":[\"x\",-1.5,{}],"
                     "\"f\":{},\"g\":\"q\\\"\"}");
}
END_TEST

START_TEST(a_cluster_may_say_nothing)
{
    EVC_CHECK_OK(read_config("null"));
    ck_assert_ptr_null(granted.exec.config);
}
END_TEST

START_TEST(what_json_cannot_say_is_refused)
{
    EVC_CHECK_CODE(read_config("{a: 0x1f}"), ENVCRYPT_E_KUBECONFIG);
    EVC_CHECK_CODE(read_config("text"), ENVCRYPT_E_KUBECONFIG);
}
END_TEST

START_TEST(it_may_have_16_levels_and_no_more)
{
    EVC_CHECK_OK(read_config("[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"));
    ck_assert_str_eq(granted.exec.config, "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]");
    EVC_CHECK_CODE(read_config("[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]"),
                   ENVCRYPT_E_KUBECONFIG);
}
END_TEST

static evc_kubeconfig_place swept;

static int
read_once(void *user)
{
    evc_kube_access a;
    int rc;

    (void)user;
    evc_kube_access_init(&a);
    rc = evc_kubeconfig_exec_read(&swept, swept.node, true, &a.exec, NULL);
    if (rc == 0)
        rc = evc_kubeconfig_exec_config(&swept, &a.exec, NULL);
    evc_kube_access_reset(&a);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    swept = kubeconfig_user("{command: a/b, args: [c], env: [{name: d}], " V1 ", "
                            "installHint: e, extensions: [{name: "
                            "client.authentication.k8s.io/exec, extension: {f: g}}]}");
    ck_assert_uint_gt(evc_alloc_sweep(read_once, NULL), 8);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {takes_all_that_is_there,
                                  a_command_with_a_slash_is_relative_to_its_file,
                                  there_may_be_256_arguments_and_variables_and_no_more,
                                  what_a_cluster_says_is_json_of_the_same_kinds,
                                  a_cluster_may_say_nothing,
                                  what_json_cannot_say_is_refused,
                                  it_may_have_16_levels_and_no_more,
                                  survives_memory_that_runs_out,
                                  NULL};
    TCase *tcase = tcase_create("refused");

    kubeconfig_add(suite, "exec", tests);
    tcase_add_checked_fixture(tcase, kubeconfig_set_up, kubeconfig_tear_down);
    tcase_add_loop_test(tcase, what_cannot_be_run_is_refused, 0, COUNT(bad));
    tcase_add_loop_test(tcase, what_was_not_allowed_is_not_run_and_says_what_to_do, 0,
                        COUNT(eks));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("kubeconfig_exec", add_tests)
