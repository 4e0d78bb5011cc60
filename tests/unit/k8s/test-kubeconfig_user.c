/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/kubeconfig_user.h"

#include "evc-alloc.h"
#include "kubeconfig-fixture.h"

/* "-----BEGIN X-----\n" and "-----BEGIN Y-----\n" */
#define PEM_X "LS0tLS1CRUdJTiBYLS0tLS0K"
#define PEM_Y "LS0tLS1CRUdJTiBZLS0tLS0K"
#define EXEC "exec: {command: a, apiVersion: client.authentication.k8s.io/v1beta1}"

static int
read_user(const char *members)
{
    const evc_kubeconfig_place place = kubeconfig_user(members);
    evc_error *err = NULL;
    int rc;

    evc_kube_access_reset(&granted);
    rc = evc_kubeconfig_user_read(&place, true, env->arena, &granted, &err);
    return kubeconfig_told(rc, err);
}

START_TEST(a_token_file_goes_before_a_token)
{
    EVC_CHECK_OK(read_user("{token: planted}"));
    ck_assert(is_secret(&granted.token, "planted"));
    EVC_CHECK_OK(read_user("{token: planted, tokenFile: t}"));
    ck_assert_str_eq(granted.token_file, evc_folder_path("t"));
    ck_assert_ptr_null(granted.token.bytes);
}
END_TEST

START_TEST(data_goes_before_files)
{
    EVC_CHECK_OK(read_user("{client-certificate: c, client-certificate-data: " PEM_X
                           ", client-key: k, client-key-data: " PEM_Y "}"));
    ck_assert_str_eq(granted.cert_pem, "-----BEGIN X-----\n");
    ck_assert(is_secret(&granted.key_pem, "-----BEGIN Y-----\n"));
    ck_assert_ptr_null(granted.cert_file);
    ck_assert_ptr_null(granted.key_file);
}
END_TEST

START_TEST(files_are_named)
{
    EVC_CHECK_OK(read_user("{client-certificate: c, client-key: /k}"));
    ck_assert_str_eq(granted.cert_file, evc_folder_path("c"));
    ck_assert_str_eq(granted.key_file, "/k");
}
END_TEST

START_TEST(data_and_a_file_make_a_pair_too)
{
    evc_folder_put("c", "cert", 0644);
    evc_folder_put("k", "key", 0600);
    EVC_CHECK_OK(read_user("{client-certificate-data: " PEM_X ", client-key: k}"));
    ck_assert_str_eq(granted.cert_pem, "-----BEGIN X-----\n");
    ck_assert(is_secret(&granted.key_pem, "key"));
    EVC_CHECK_OK(read_user("{client-certificate: c, client-key-data: " PEM_Y "}"));
    ck_assert_str_eq(granted.cert_pem, "cert");
    ck_assert(is_secret(&granted.key_pem, "-----BEGIN Y-----\n"));
}
END_TEST

START_TEST(a_key_that_others_can_read_is_refused)
{
    evc_folder_put("k", "key", 0644);
    EVC_CHECK_CODE(read_user("{client-certificate-data: " PEM_X ", client-key: k}"),
                   ENVCRYPT_E_FILE_TOO_OPEN);
}
END_TEST

START_TEST(a_program_counts_where_there_is_nothing_else)
{
    EVC_CHECK_OK(read_user("{" EXEC "}"));
    ck_assert_str_eq(granted.exec.command, "a");
    EVC_CHECK_OK(read_user("{token: planted, " EXEC "}"));
    ck_assert_ptr_null(granted.exec.command);
    EVC_CHECK_OK(read_user("{client-certificate: c, client-key: k, " EXEC "}"));
    ck_assert_ptr_null(granted.exec.command);
}
END_TEST

START_TEST(whom_it_stands_for_becomes_headers)
{
    EVC_CHECK_OK(read_user("{as: jane, as-uid: '7', as-groups: [a, b], as-user-extra: "
                           "{example.org/k: [v, w]}}"));
    ck_assert_uint_eq(granted.as.count, 6);
    ck_assert_str_eq(evc_headers_find(&granted.as, "Impersonate-User"), "jane");
    ck_assert_str_eq(evc_headers_find(&granted.as, "Impersonate-Uid"), "7");
    ck_assert_str_eq(granted.as.items[3].value, "b");
    ck_assert_str_eq(granted.as.items[5].name, "Impersonate-Extra-example.org%2Fk");
    ck_assert_str_eq(granted.as.items[5].value, "w");
}
END_TEST

START_TEST(an_empty_user_is_nobody)
{
    EVC_CHECK_OK(read_user("{token: '', exec: null, username: ''}"));
    ck_assert(!evc_kube_access_has_user(&granted));
}
END_TEST

static const struct {
    const char *members;
    int code;
    const char *says;
} bad[] = {
    {"{username: me, password: planted}", ENVCRYPT_E_KUBECONFIG, "Kubernetes 1.19"},
    {"{password: planted, token: planted}", ENVCRYPT_E_KUBECONFIG, "password"},
    {"{auth-provider: {name: oidc, config: {id-token: planted}}}",
     ENVCRYPT_E_KUBECONFIG, "auth-provider oidc"},
    {"{auth-provider: {name: gcp}, " EXEC "}", ENVCRYPT_E_KUBECONFIG,
     "auth-provider gcp"},
    {"{client-certificate: c}", ENVCRYPT_E_KUBECONFIG, "without its key"},
    {"{client-key: k}", ENVCRYPT_E_KUBECONFIG, "without the client certificate"},
    {"{client-key-data: planted, client-certificate: c}", ENVCRYPT_E_KUBECONFIG,
     "client-key-data is no base64"},
    {"{as-groups: [a]}", ENVCRYPT_E_KUBECONFIG, "without a user"},
    {"{as-uid: a}", ENVCRYPT_E_KUBECONFIG, "without a user"},
    {"{as-user-extra: {a: [b]}}", ENVCRYPT_E_KUBECONFIG, "without a user"},
    {"{as: \"a\\nb\"}", ENVCRYPT_E_KUBECONFIG, "no header"},
    {"{as: a, as-groups: [\"b\\r\\nX-Y: z\"]}", ENVCRYPT_E_KUBECONFIG, "no header"},
    {"{as: a, as-user-extra: {b: c}}", ENVCRYPT_E_YAML, "\"b\""},
    {"{token: [planted]}", ENVCRYPT_E_YAML, "\"token\""},
    {"{token: 5}", ENVCRYPT_E_YAML, "\"token\""},
};

START_TEST(what_cannot_be_used_is_refused_and_not_shown)
{
    EVC_CHECK_CODE(read_user(bad[_i].members), bad[_i].code);
    ck_assert_msg(strstr(why, bad[_i].says), "%s", why);
    ck_assert_msg(strstr(why, "/config, user \"u\": "), "%s", why);
    ck_assert_ptr_null(strstr(why, "planted"));
}
END_TEST

START_TEST(a_token_may_have_16_kib_and_no_more)
{
    static char members[17000];

    (void)snprintf(members, sizeof(members), "{token: a%016383d}", 1);
    EVC_CHECK_OK(read_user(members));
    ck_assert_uint_eq(granted.token.size, 16384);
    (void)snprintf(members, sizeof(members), "{token: a%016384d}", 1);
    EVC_CHECK_CODE(read_user(members), ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert_ptr_nonnull(
        strstr(why, "/config, user \"u\": its token has 16385 bytes"));
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
    rc = evc_kubeconfig_user_read(&swept, true, env->arena, &a, NULL);
    evc_kube_access_reset(&a);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    evc_folder_put("k", "key", 0600);
    swept =
        kubeconfig_user("{client-certificate-data: " PEM_X ", client-key: k, token: t, "
                        "as: a, as-groups: [b], as-user-extra: {c: [d]}}");
    ck_assert_uint_gt(evc_alloc_sweep(read_once, NULL), 8);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_token_file_goes_before_a_token,
                                  data_goes_before_files,
                                  files_are_named,
                                  data_and_a_file_make_a_pair_too,
                                  a_key_that_others_can_read_is_refused,
                                  a_program_counts_where_there_is_nothing_else,
                                  whom_it_stands_for_becomes_headers,
                                  an_empty_user_is_nobody,
                                  a_token_may_have_16_kib_and_no_more,
                                  survives_memory_that_runs_out,
                                  NULL};
    TCase *tcase = tcase_create("refused");

    kubeconfig_add(suite, "user", tests);
    tcase_add_checked_fixture(tcase, kubeconfig_set_up, kubeconfig_tear_down);
    tcase_add_loop_test(tcase, what_cannot_be_used_is_refused_and_not_shown, 0,
                        sizeof(bad) / sizeof(bad[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("kubeconfig_user", add_tests)
