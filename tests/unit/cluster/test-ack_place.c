/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_place.h"

#include "../cloud/alibaba-caller.h"
#include "ack-fixture.h"
#include "evc-alloc.h"

static const evc_cluster_driver *const drivers[] = {&evc_cluster_ack, NULL};
static struct envcrypt_cluster_config config;
static evc_cluster *opened;

static void
set_up(void)
{
    caller_hides_environment();
    ack_set_up();
    evc_cluster_config_init(&config);
    config.credentials = caller_chain("alibaba");
    opened = NULL;
}

static void
tear_down(void)
{
    evc_cluster_unref(opened);
    evc_cluster_config_reset(&config);
    ack_tear_down();
}

static int
open_uri(const char *uri)
{
    evc_cluster_unref(opened);
    opened = NULL;
    evc_error_free(err);
    err = NULL;
    return evc_cluster_open(crypto, t.net, drivers, uri, &config, &t.wait, &opened,
                            &err);
}

static void
set(const char *name, const char *value)
{
    EVC_CHECK_OK(evc_cluster_option_set(&config, name, value, NULL));
}

static void
check_host(const evc_peer *peer, const char *host)
{
    ck_assert_str_eq(peer->endpoint->authority, host);
}

START_TEST(hosts_are_those_of_the_region_and_two_are_central)
{
    const evc_ack_place *place;

    EVC_CHECK_OK(open_uri("ack://cn-beijing/" CLUSTER));
    place = evc_ack_place_of(opened);
    ck_assert_uint_eq(place->count, 1);
    check_host(place->sites[0].cs, "cs.cn-beijing.aliyuncs.com");
    check_host(evc_ack_place_kms(&place->sites[0]), "kms.cn-beijing.aliyuncs.com");
    check_host(place->trail, "actiontrail.cn-beijing.aliyuncs.com");
    check_host(place->ram, "ram.aliyuncs.com");
    check_host(place->sts, "sts.aliyuncs.com");
    ck_assert_uint_eq(t.started, 0);
}
END_TEST

START_TEST(in_a_vpc_some_hosts_are_others)
{
    const evc_ack_place *place;

    set("vpc", "true");
    EVC_CHECK_OK(open_uri("ack://cn-beijing/" CLUSTER));
    place = evc_ack_place_of(opened);
    check_host(place->sites[0].cs, "cs-vpc.cn-beijing.aliyuncs.com");
    check_host(evc_ack_place_kms(&place->sites[0]), "kms-vpc.cn-beijing.aliyuncs.com");
    check_host(place->trail, "actiontrail.cn-beijing.aliyuncs.com");
}
END_TEST

START_TEST(every_endpoint_can_be_another_one)
{
    const evc_ack_place *place;

    set("endpoint-url", "https://cs.test");
    set("kms-endpoint", "https://kms.test");
    set("actiontrail-endpoint", "https://trail.test");
    set("ram-endpoint", "https://ram.test");
    set("sts-endpoint", "https://sts.test");
    EVC_CHECK_OK(open_uri("ack://cn-beijing/" CLUSTER));
    place = evc_ack_place_of(opened);
    check_host(place->sites[0].cs, "cs.test");
    check_host(evc_ack_place_kms(&place->sites[0]), "kms.test");
    check_host(place->trail, "trail.test");
    check_host(place->ram, "ram.test");
    check_host(place->sts, "sts.test");
}
END_TEST

START_TEST(several_regions_are_several_sites)
{
    const evc_ack_place *place;

    EVC_CHECK_OK(open_uri("ack://cn-beijing,cn-shanghai"));
    place = evc_ack_place_of(opened);
    ck_assert_uint_eq(place->count, 2);
    check_host(place->sites[1].cs, "cs.cn-shanghai.aliyuncs.com");
    ck_assert_str_eq(evc_ack_place_site(opened)->region, "cn-beijing");
}
END_TEST

START_TEST(without_a_region_the_configured_one_counts)
{
    EVC_CHECK_CODE(open_uri("ack://"), ENVCRYPT_E_REGION);
    ck_assert_int_eq(setenv("ALIBABA_CLOUD_REGION", "eu-central-1", 1), 0);
    EVC_CHECK_OK(open_uri("ack://"));
    ck_assert_str_eq(evc_ack_place_site(opened)->region, "eu-central-1");
}
END_TEST

START_TEST(there_are_at_most_64_regions)
{
    char uri[1024] = "ack://r0";

    for (int i = 1; i < 64; i++)
        (void)snprintf(&uri[strlen(uri)], sizeof(uri) - strlen(uri), ",r%d", i);
    EVC_CHECK_OK(open_uri(uri));
    ck_assert_uint_eq(evc_ack_place_of(opened)->count, 64);
    (void)snprintf(&uri[strlen(uri)], sizeof(uri) - strlen(uri), ",r64");
    EVC_CHECK_CODE(open_uri(uri), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(credentials_of_another_cloud_are_refused)
{
    evc_chain_unref(config.credentials);
    config.credentials = caller_chain("aws");
    EVC_CHECK_CODE(open_uri("ack://cn-beijing/" CLUSTER), ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "aws"));
}
END_TEST

START_TEST(one_chain_serves_all)
{
    EVC_CHECK_OK(open_uri("ack://cn-beijing/" CLUSTER));
    ck_assert_ptr_eq(evc_ack_place_of(opened)->chain, config.credentials);
}
END_TEST

static const char *const bad[][2] = {
    {"signature", "v9"}, {"credentials", "magic"}, {"connect-timeout-ms", "3600001"}};

START_TEST(an_option_that_cannot_be_is_refused)
{
    evc_chain_unref(config.credentials);
    config.credentials = NULL;
    set(bad[_i][0], bad[_i][1]);
    ck_assert_int_ne(open_uri("ack://cn-beijing/" CLUSTER), 0);
    ck_assert_ptr_null(opened);
}
END_TEST

static int
open_once(void *user)
{
    evc_cluster *one = NULL;
    int rc = evc_cluster_open(crypto, t.net, drivers, "ack://cn-beijing/" CLUSTER,
                              &config, &t.wait, &one, NULL);

    (void)user;
    evc_cluster_unref(one);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    ck_assert_uint_gt(evc_alloc_sweep(open_once, NULL), 30);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {hosts_are_those_of_the_region_and_two_are_central,
                                  in_a_vpc_some_hosts_are_others,
                                  every_endpoint_can_be_another_one,
                                  several_regions_are_several_sites,
                                  without_a_region_the_configured_one_counts,
                                  there_are_at_most_64_regions,
                                  credentials_of_another_cloud_are_refused,
                                  one_chain_serves_all,
                                  survives_memory_that_runs_out,
                                  NULL};
    TCase *tcase = tcase_create("ack_place");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, an_option_that_cannot_be_is_refused, 0, COUNT(bad));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("ack_place", add_tests)
