/* SPDX-License-Identifier: Apache-2.0 */
#include "iks-fixture.h"

#include "cluster/iks_link.h"

static int
open_with(const char *name, const char *value)
{
    evc_cluster_unref(cluster);
    cluster = NULL;
    return open_at("iks://mine", (const char *const[]){name, value, NULL});
}

static const char *
host(const evc_peer *peer)
{
    return peer->endpoint->host;
}

START_TEST(the_endpoints_are_ibms)
{
    const evc_iks *iks = cluster->state;

    ck_assert_str_eq(host(iks->api), "containers.cloud.ibm.com");
    ck_assert_str_eq(iks->api->endpoint->path, "/global");
    ck_assert_str_eq(host(iks->iam), "iam.cloud.ibm.com");
    ck_assert_uint_eq(toy.asked, 0);
}
END_TEST

START_TEST(other_endpoints_are_options)
{
    EVC_CHECK_OK(open_with("endpoint-url", "https://other.example/g"));
    ck_assert_str_eq(host(((const evc_iks *)cluster->state)->api), "other.example");
    EVC_CHECK_OK(open_with("iam-endpoint", "https://policies.example"));
    ck_assert_str_eq(host(((const evc_iks *)cluster->state)->iam), "policies.example");
    EVC_CHECK_OK(open_with("iam-url", "https://tokens.example"));
    ck_assert_str_eq(host(((const evc_iks *)cluster->state)->iam), "tokens.example");
}
END_TEST

START_TEST(the_private_endpoint_is_one_of_each_region)
{
    EVC_CHECK_CODE(open_with("private", "true"), ENVCRYPT_E_ENDPOINT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "endpoint-url"));
}
END_TEST

START_TEST(an_option_of_another_provider_is_refused)
{
    EVC_CHECK_CODE(open_with("profile", "x"), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(credentials_of_another_cloud_are_refused)
{
    static const evc_chain_rules rules = {.provider = "aws", .none = "-"};
    static const evc_cluster_driver *const drivers[] = {&evc_cluster_iks, NULL};
    struct envcrypt_cluster_config config;

    evc_cluster_unref(cluster);
    cluster = NULL;
    evc_cluster_config_init(&config);
    EVC_CHECK_OK(evc_chain_new(toy.net, &rules, &config.credentials, NULL));
    EVC_CHECK_CODE(evc_cluster_open(toy.crypto, toy.net, drivers, "iks://mine", &config,
                                    &toy.wait, &cluster, &err),
                   ENVCRYPT_E_ARGUMENT);
    evc_cluster_config_reset(&config);
}
END_TEST

START_TEST(a_key_service_gets_its_own_endpoint_and_the_same_token)
{
    const evc_ibm_account *opened;
    evc_service *keys = NULL;

    EVC_CHECK_OK(open_with("kms-endpoint", "https://keys.example"));
    EVC_CHECK_OK(evc_iks_open_keys(cluster, "ibm-kp://us-south/" INSTANCE, &toy.wait,
                                   &keys, &err));
    opened = keys->state;
    ck_assert_str_eq(host(opened->peer), "keys.example");
    evc_service_unref(keys);
}
END_TEST

START_TEST(without_an_endpoint_it_is_that_of_the_region)
{
    const evc_ibm_account *opened;
    evc_service *keys = NULL;

    EVC_CHECK_OK(
        evc_iks_open_keys(cluster, "ibm-kp://eu-de/" INSTANCE, &toy.wait, &keys, &err));
    opened = keys->state;
    ck_assert_str_eq(host(opened->peer), "eu-de.kms.cloud.ibm.com");
    evc_service_unref(keys);
}
END_TEST

START_TEST(requests_bear_the_token)
{
    read_state();
    ck_assert(had_header(0, "authorization: Bearer " TOKEN));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        the_endpoints_are_ibms,
        other_endpoints_are_options,
        the_private_endpoint_is_one_of_each_region,
        an_option_of_another_provider_is_refused,
        credentials_of_another_cloud_are_refused,
        a_key_service_gets_its_own_endpoint_and_the_same_token,
        without_an_endpoint_it_is_that_of_the_region,
        requests_bear_the_token,
        NULL};

    add_iks_tests(suite, "link", tests);
}

EVC_TEST_MAIN("iks_link", add_tests)
