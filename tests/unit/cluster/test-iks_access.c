/* SPDX-License-Identifier: Apache-2.0 */
#include "iks-fixture.h"

#include "cluster/iks_access.h"

static evc_iks_kubeconfig config;

static int
read_text(const char *text)
{
    return evc_iks_kubeconfig_read(evc_view_text(text), toy.env->arena, &config, &err);
}

#define CLUSTERS(server, more) \
    "clusters:\n- name: a/b\n  cluster:\n    server: " server "\n" more

#define OIDC                                                              \
    "users:\n- name: me\n  user:\n    auth-provider:\n      name: oidc\n" \
    "      config:\n        id-token: planted-id-token\n        refresh-token: x\n"

START_TEST(server_authority_and_token_are_taken)
{
    EVC_CHECK_OK(read_text(CLUSTERS("https://c1.example:30000",
                                    "    certificate-authority-data: UEVN\n") OIDC));
    ck_assert_str_eq(config.server, "https://c1.example:30000");
    ck_assert_str_eq(config.ca, "PEM");
    ck_assert(evc_view_is_text(evc_view_of(config.token.bytes, config.token.size),
                               "planted-id-token"));
    evc_iks_kubeconfig_reset(&config);
}
END_TEST

START_TEST(json_is_yaml_and_a_plain_token_will_do)
{
    EVC_CHECK_OK(read_text("{\"clusters\":[{\"cluster\":{\"server\":\"https://s\"}}],"
                           "\"users\":[{\"user\":{\"token\":\"planted\"}}]}"));
    ck_assert_ptr_null(config.ca);
    ck_assert_uint_eq(config.token.size, 7);
    evc_iks_kubeconfig_reset(&config);
}
END_TEST

static const char *const bad[] = {
    "",
    "clusters: []\n" OIDC,
    CLUSTERS("http://c1.example", "") OIDC,
    CLUSTERS("https://c1.example", "    certificate-authority-data: '!'\n") OIDC,
    CLUSTERS("https://c1.example", ""),
    CLUSTERS("https://c1.example", "") "users:\n- name: me\n  user: {}\n",
};

START_TEST(a_kubeconfig_that_lacks_something_is_refused)
{
    EVC_CHECK_CODE(read_text(bad[_i]), ENVCRYPT_E_KUBECONFIG);
    ck_assert_ptr_null(strstr(evc_error_message(err), "planted"));
    ck_assert_ptr_null(config.server);
}
END_TEST

START_TEST(who_has_no_api_key_is_to_give_a_kubeconfig)
{
    evc_kube *kube = NULL;

    read_state();
    EVC_CHECK_CODE(evc_cluster_iks.access(cluster, &state, &toy.wait, &kube, &err),
                   ENVCRYPT_E_UNSUPPORTED);
    ck_assert_ptr_null(kube);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "option kubeconfig"));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {server_authority_and_token_are_taken,
                                  json_is_yaml_and_a_plain_token_will_do,
                                  who_has_no_api_key_is_to_give_a_kubeconfig, NULL};
    TCase *tcase = tcase_create("bad");

    add_iks_tests(suite, "access", tests);
    tcase_add_checked_fixture(tcase, iks_set_up, iks_tear_down);
    tcase_add_loop_test(tcase, a_kubeconfig_that_lacks_something_is_refused, 0,
                        sizeof(bad) / sizeof(bad[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("iks_access", add_tests)
