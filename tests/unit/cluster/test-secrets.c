/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/secrets.h"

#include "toy-cloud.h"

static evc_cluster_state state;
static evc_checks checks;
static int64_t count;

static void
set_up(void)
{
    cloud_set_up();
    evc_cluster_state_init(&state);
    EVC_CHECK_OK(evc_checks_init(&checks, NULL));
    count = -7;
}

static void
tear_down(void)
{
    evc_checks_reset(&checks);
    evc_cluster_state_reset(&state);
    cloud_tear_down();
}

static int
look(void)
{
    return evc_secrets_check(cluster, &state, &k.wait, &checks, &count, &error);
}

static void
refused(const char *rule, int code, const char *says)
{
    EVC_CHECK_OK(look());
    ck_assert_uint_eq(checks.refused, 1);
    ck_assert_str_eq(cloud_rule(checks.rows, rule), "refused");
    EVC_CHECK_CODE(evc_checks_conclude(&checks, &error), code);
    ck_assert_msg(cloud_says(says), "%s", evc_error_message(error));
}

/* The caller's own API server, in the place of the cloud's. */
static void
give_kube(const char *server)
{
    cluster->kube = evc_kube_ref(k.kube);
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_SERVER, server, NULL));
}

START_TEST(what_holds_is_told_row_by_row)
{
    EVC_CHECK_OK(look());
    ck_assert_uint_eq(checks.refused, 0);
    ck_assert_str_eq(cloud_rule(checks.rows, "R31"), "ok");
    ck_assert_str_eq(cloud_rule(checks.rows, "R32"), "ok");
    ck_assert_str_eq(cloud_rule(checks.rows, "R33"), "ok");
    ck_assert_int_eq(count, 6);
    ck_assert_uint_eq(toy.reviews, 2);
    ck_assert_uint_eq(toy.patches, 0);
}
END_TEST

START_TEST(the_cloud_leads_to_the_api_server)
{
    evc_kube *kube = NULL;

    EVC_CHECK_OK(evc_secrets_access(cluster, &state, &k.wait, &kube, NULL));
    ck_assert_int_eq(cloud->accesses, 1);
    ck_assert_ptr_eq(kube, k.kube);
    evc_kube_unref(kube);
}
END_TEST

START_TEST(r31_a_kubeconfig_of_another_cluster)
{
    give_kube("https://other.example");
    refused("R31", ENVCRYPT_E_CLUSTER_OTHER, "https://other.example");
    ck_assert_uint_eq(toy.lists, 0);
}
END_TEST

START_TEST(r31_another_port_is_another_cluster)
{
    give_kube("https://kube.example:6443");
    refused("R31", ENVCRYPT_E_CLUSTER_OTHER, "6443");
}
END_TEST

START_TEST(a_kubeconfig_of_this_cluster_is_taken_however_it_is_written)
{
    give_kube("https://KUBE.example:443/");
    EVC_CHECK_OK(look());
    ck_assert_uint_eq(checks.refused, 0);
    ck_assert_str_eq(cloud_rule(checks.rows, "R31"), "ok");
}
END_TEST

START_TEST(a_provider_that_tells_no_server_leaves_the_kubeconfig_to_the_caller)
{
    give_kube("");
    EVC_CHECK_OK(look());
    ck_assert_uint_eq(checks.refused, 0);
    ck_assert_str_eq(cloud_rule(checks.rows, "R31"), "unknown");
}
END_TEST

#define CA(base64) \
    "-----BEGIN CERTIFICATE-----\n" base64 "\n-----END CERTIFICATE-----\n"

/* The caller's, which is verified by an authority. */
static void
give_verified(const char *server, const char *ca)
{
    const evc_kube_options options = {.server = server, .ca_pem = ca};

    EVC_CHECK_OK(evc_kube_open(k.crypto, k.net, &options, &cluster->kube, NULL));
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_SERVER,
                                       "https://kube.example", NULL));
}

START_TEST(r31_another_authority_is_another_cluster)
{
    give_verified("https://kube.example", CA("YQ=="));
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_CA, CA("Yg=="), NULL));
    refused("R31", ENVCRYPT_E_CLUSTER_OTHER, "certificate authority");
    ck_assert_uint_eq(toy.lists, 0);
    ck_assert_int_eq(cloud->accesses, 0); /* it is in the cluster's facts */
}
END_TEST

START_TEST(a_tunnel_that_the_clusters_authority_verifies_is_taken)
{
    give_verified("https://127.0.0.1:6443", CA("YQ=="));
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_CA, CA("YQ=="), NULL));
    EVC_CHECK_OK(look());
    ck_assert_uint_eq(checks.refused, 0);
    ck_assert_str_eq(cloud_rule(checks.rows, "R31"), "ok");
}
END_TEST

START_TEST(where_the_cluster_does_not_tell_its_authority_the_cloud_is_asked)
{
    evc_kube *own = k.kube;

    give_verified("https://127.0.0.1:6443", CA("YQ=="));
    k.kube = cluster->kube; /* what the cloud gives */
    EVC_CHECK_OK(look());
    ck_assert_uint_eq(checks.refused, 0);
    ck_assert_int_eq(cloud->accesses, 1);
    k.kube = own;
}
END_TEST

START_TEST(a_cloud_that_gives_no_kubeconfig_leaves_it_to_the_address)
{
    give_verified("https://kube.example", CA("YQ=="));
    cloud->access_code = ENVCRYPT_E_DENIED;
    EVC_CHECK_OK(look());
    ck_assert_uint_eq(checks.refused, 0);
    ck_assert_int_eq(cloud->accesses, 1);
}
END_TEST

START_TEST(r32_no_way_to_the_api_server)
{
    cloud->access_code = ENVCRYPT_E_NET_CONNECT;
    refused("R32", ENVCRYPT_E_CLUSTER_ACCESS, "encrypt-existing-secrets=no");
}
END_TEST

static bool
away(const kube_request *r, kube_step *s)
{
    (void)r;
    s->code = ENVCRYPT_E_NET_CONNECT;
    return true;
}

START_TEST(r32_an_api_server_that_does_not_answer)
{
    toy.at = away;
    refused("R32", ENVCRYPT_E_CLUSTER_ACCESS, "cannot reach https://kube.example");
    ck_assert_int_eq(count, -1);
}
END_TEST

static bool
stranger(const kube_request *r, kube_step *s)
{
    (void)r;
    toy_status(s, 401, "Unauthorized");
    return true;
}

START_TEST(r32_an_api_server_that_does_not_know_us)
{
    toy.at = stranger;
    refused("R32", ENVCRYPT_E_CLUSTER_ACCESS, "credentials");
}
END_TEST

static bool
may_not_patch(const kube_request *r, kube_step *s)
{
    if (!strstr(r->url, "selfsubjectaccessreviews") || !strstr(r->body, "\"patch\""))
        return false;
    s->status = 201;
    toy_put("{\"kind\":\"SelfSubjectAccessReview\",\"status\":{\"allowed\":false}}");
    return true;
}

START_TEST(r33_no_right_to_patch_secrets)
{
    toy.at = may_not_patch;
    refused("R33", ENVCRYPT_E_KUBE_PREFLIGHT, "may not patch secrets");
    ck_assert(cloud_says("list and patch on secrets"));
}
END_TEST

static bool
tells_no_rights(const kube_request *r, kube_step *s)
{
    if (!strstr(r->url, "selfsubjectaccessreviews"))
        return false;
    toy_status(s, 404, "NotFound");
    return true;
}

START_TEST(a_server_that_tells_no_rights_refuses_nothing)
{
    toy.at = tells_no_rights;
    EVC_CHECK_OK(look());
    ck_assert_uint_eq(checks.refused, 0);
    ck_assert_str_eq(cloud_rule(checks.rows, "R33"), "unknown");
}
END_TEST

static int list_status;

/* And tells no rights. */
static bool
lists_nothing(const kube_request *r, kube_step *s)
{
    if (tells_no_rights(r, s))
        return true;
    if (!strstr(r->url, "/secrets?"))
        return false;
    toy_status(s, list_status, "Forbidden");
    return true;
}

START_TEST(r33_secrets_that_may_not_be_listed_whatever_rights_are_told)
{
    list_status = 403;
    toy.at = lists_nothing;
    refused("R33", ENVCRYPT_E_KUBE_PREFLIGHT, "may not be listed");
    ck_assert_int_eq(count, -1);
}
END_TEST

START_TEST(secrets_that_cannot_be_counted_are_told_so)
{
    list_status = 400;
    toy.at = lists_nothing;
    EVC_CHECK_OK(look());
    ck_assert_uint_eq(checks.refused, 0);
    ck_assert_int_eq(count, -1);
}
END_TEST

START_TEST(no_secrets_are_none)
{
    toy.count = 0;
    EVC_CHECK_OK(look());
    ck_assert_int_eq(count, 0);
}
END_TEST

START_TEST(canceling_is_no_row)
{
    evc_wait_cancel(&k.wait);
    EVC_CHECK_CODE(look(), ENVCRYPT_E_CANCELED);
    ck_assert_uint_eq(checks.refused, 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        what_holds_is_told_row_by_row,
        the_cloud_leads_to_the_api_server,
        r31_a_kubeconfig_of_another_cluster,
        r31_another_port_is_another_cluster,
        a_kubeconfig_of_this_cluster_is_taken_however_it_is_written,
        a_provider_that_tells_no_server_leaves_the_kubeconfig_to_the_caller,
        r31_another_authority_is_another_cluster,
        a_tunnel_that_the_clusters_authority_verifies_is_taken,
        where_the_cluster_does_not_tell_its_authority_the_cloud_is_asked,
        a_cloud_that_gives_no_kubeconfig_leaves_it_to_the_address,
        r32_no_way_to_the_api_server,
        r32_an_api_server_that_does_not_answer,
        r32_an_api_server_that_does_not_know_us,
        r33_no_right_to_patch_secrets,
        a_server_that_tells_no_rights_refuses_nothing,
        r33_secrets_that_may_not_be_listed_whatever_rights_are_told,
        secrets_that_cannot_be_counted_are_told_so,
        no_secrets_are_none,
        canceling_is_no_row};
    TCase *tcase = tcase_create("secrets");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("secrets", add_tests)
