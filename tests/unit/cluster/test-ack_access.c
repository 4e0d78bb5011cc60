/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_access.h"

#include "ack-fixture.h"
#include "evc-alloc.h"

#define CONFIG_OF(user)                                                               \
    "{\"config\":\"apiVersion: v1\\nkind: Config\\ncurrent-context: c\\ncontexts:\\n" \
    "- {name: c, context: {cluster: k, user: u}}\\nclusters:\\n- {name: k, cluster: " \
    "{server: 'https:\\/\\/api.test:6443'}}\\nusers:\\n- {name: u, user: {" user      \
    "}}\\n\",\"expiration\":\"2026-01-31T12:00:00Z\"}"

static evc_cluster_state state;
static evc_kube *kube;

static void
set_up(void)
{
    ack_set_up();
    evc_cluster_state_init(&state);
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_ID, CLUSTER, NULL));
    kube = NULL;
}

static void
tear_down(void)
{
    evc_kube_unref(kube);
    evc_cluster_state_reset(&state);
    ack_tear_down();
}

static int
open_kube(void)
{
    evc_error_free(err);
    err = NULL;
    return evc_ack_access(ack, &state, &t.wait, &kube, &err);
}

START_TEST(the_api_server_is_that_of_the_kubeconfig)
{
    PLAY(REPLY(CONFIG_OF("token: planted-token")));
    EVC_CHECK_OK(open_kube());
    ck_assert_str_eq(evc_kube_server(kube), "https://api.test:6443");
    ck_assert_ptr_nonnull(strstr(evc_kube_origin(kube), "Alibaba ACK"));
    ck_assert_str_eq(asked, "GET /k8s/" CLUSTER "/user_config?PrivateIpAddress=false&"
                            "TemporaryDurationMinutes=60 \n");
}
END_TEST

/* Escapes that a writer of JSON may use for plain characters. */
START_TEST(escapes_stand_for_what_they_mean)
{
    PLAY(REPLY(CONFIG_OF("token: \\\"\\u0061\\u007A\\\"")));
    EVC_CHECK_OK(open_kube());
}
END_TEST

static const char *const bad[] = {
    "{}",
    "{\"config\":7}",
    "{\"config\":\"\"}",
    "{\"config\":\"\\u0000\"}",
    "{\"config\":\"\\u00e4\"}",
    "not JSON",
};

START_TEST(what_is_no_kubeconfig_in_json_is_the_protocols_fault)
{
    PLAY(REPLY(bad[_i]));
    EVC_CHECK_CODE(open_kube(), ENVCRYPT_E_PROTOCOL);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "UserKubeconfig"));
}
END_TEST

START_TEST(no_error_shows_the_token)
{
    PLAY(REPLY(CONFIG_OF("token: planted-token, bad: [")));
    EVC_CHECK_CODE(open_kube(), ENVCRYPT_E_YAML);
    for (const evc_error *at = err; at; at = evc_error_cause(at))
        ck_assert_ptr_null(strstr(evc_error_message(at), "planted"));
    ck_assert_ptr_null(strstr(t.log, "planted"));
}
END_TEST

START_TEST(one_that_names_files_of_this_host_is_refused)
{
    PLAY(REPLY(CONFIG_OF("tokenFile: /etc/hostname")));
    EVC_CHECK_CODE(open_kube(), ENVCRYPT_E_KUBECONFIG);
}
END_TEST

START_TEST(a_cluster_without_an_id_is_not_asked_for)
{
    evc_cluster_state_reset(&state);
    EVC_CHECK_CODE(open_kube(), ENVCRYPT_E_ARGUMENT);
    ck_assert_str_eq(asked, "");
}
END_TEST

static int
open_once(void *user)
{
    evc_kube *one = NULL;
    int rc;

    (void)user;
    t.started = 0;
    asked[0] = '\0';
    rc = evc_ack_access(ack, &state, &t.wait, &one, NULL);
    evc_kube_unref(one);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    PLAY(REPLY(CONFIG_OF("token: planted-token")));
    ck_assert_uint_gt(evc_alloc_sweep(open_once, NULL), 10);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {the_api_server_is_that_of_the_kubeconfig,
                                  escapes_stand_for_what_they_mean,
                                  no_error_shows_the_token,
                                  one_that_names_files_of_this_host_is_refused,
                                  a_cluster_without_an_id_is_not_asked_for,
                                  survives_memory_that_runs_out,
                                  NULL};
    TCase *tcase = tcase_create("ack_access");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, what_is_no_kubeconfig_in_json_is_the_protocols_fault, 0,
                        COUNT(bad));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("ack_access", add_tests)
