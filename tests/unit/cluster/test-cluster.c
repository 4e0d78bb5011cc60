/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/cluster.h"

#include <stdarg.h>

#include "../k8s/toy-cluster.h"
#include "base/mem.h"
#include "evc-alloc.h"
#include "evc-child.h"

/* A provider that only opens and closes. */
static int opened, closed, open_code;

static int
toy_open(evc_cluster *cluster, const struct envcrypt_cluster_config *config,
         evc_wait *wait, evc_error **err)
{
    (void)config;
    (void)wait;
    if (open_code)
        return evc_err(err, open_code, "no door");
    cluster->state = evc_mem_strdup("state");
    if (!cluster->state)
        return evc_err_nomem(err);
    opened++;
    return 0;
}

static void
toy_shut(void *state)
{
    closed++;
    evc_mem_free(state);
}

static const char *const own_options[] = {"profile", NULL};
static const evc_cluster_driver regional = {.scheme = "ack",
                                            .title = "Toy ACK",
                                            .options = own_options,
                                            .open = toy_open,
                                            .close = toy_shut};
static const evc_cluster_driver global = {.scheme = "iks",
                                          .title = "Toy IKS",
                                          .abilities = EVC_CLUSTER_GLOBAL,
                                          .open = toy_open,
                                          .close = toy_shut};
static const evc_cluster_driver *const drivers[] = {&regional, &global, NULL};

static struct envcrypt_cluster_config config;
static evc_cluster *cluster;
static evc_error *error;

static void
set_up(void)
{
    toy_set_up();
    opened = closed = open_code = 0;
    cluster = NULL;
    error = NULL;
    evc_cluster_config_init(&config);
}

static void
tear_down(void)
{
    evc_cluster_unref(cluster);
    evc_error_free(error);
    evc_cluster_config_reset(&config);
    toy_tear_down();
}

static int
open_it(const char *uri)
{
    evc_cluster_unref(cluster);
    cluster = NULL;
    return evc_cluster_open(k.crypto, k.net, drivers, uri, &config, &k.wait, &cluster,
                            &error);
}

static void
give(const char *name, const char *value)
{
    EVC_CHECK_OK(evc_cluster_option_set(&config, name, value, NULL));
}

START_TEST(a_uri_has_region_and_name)
{
    static const struct {
        const char *uri, *regions, *name;
    } good[] = {{"ack://eu-west-1/prod", "eu-west-1", "prod"},
                {"ack://eu-west-1", "eu-west-1", ""},
                {"ack://a,b", "a,b", ""},
                {"ack://", "", ""},
                {"ack:///prod", "", "prod"},
                {"iks://prod", "", "prod"},
                {"iks://prod/", "", "prod"},
                {"iks://", "", ""}};

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        EVC_CHECK_OK(open_it(good[i].uri));
        ck_assert_str_eq(cluster->uri, good[i].uri);
        ck_assert_str_eq(cluster->regions, good[i].regions);
        ck_assert_str_eq(cluster->name, good[i].name);
    }
}
END_TEST

START_TEST(what_names_no_cluster_is_refused_with_the_forms)
{
    static const char *const bad[] = {"gke://eu/prod",     "prod",
                                      "ack://eu/prod/x",   "ack://a,b/prod",
                                      "iks://eu/prod",     "ack://eu/prod?x=y",
                                      "ack://eu/prod#key", ""};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        EVC_CHECK_CODE(open_it(bad[i]), ENVCRYPT_E_URI);
        ck_assert_ptr_null(cluster);
    }
    EVC_CHECK_CODE(open_it("gke://eu/prod"), ENVCRYPT_E_URI);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "eks://REGION/NAME"));
    ck_assert_int_eq(opened, 0);
}
END_TEST

START_TEST(options_give_the_regions_that_the_uri_leaves_open)
{
    give("region", "eu-west-1");
    EVC_CHECK_OK(open_it("ack:///prod"));
    ck_assert_str_eq(cluster->regions, "eu-west-1");
    ck_assert_str_eq(cluster->uri, "ack://eu-west-1/prod");
    EVC_CHECK_OK(open_it("ack://eu-west-1/prod"));
    EVC_CHECK_CODE(open_it("ack://us-east-1/prod"), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(open_it("iks://prod"), ENVCRYPT_E_ARGUMENT);
    give("regions", "a,b");
    EVC_CHECK_CODE(open_it("ack://"), ENVCRYPT_E_ARGUMENT);
    give("region", NULL);
    EVC_CHECK_OK(open_it("ack://"));
    ck_assert_str_eq(cluster->regions, "a,b");
    EVC_CHECK_CODE(open_it("ack:///prod"), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(options_that_the_provider_does_not_take_are_refused)
{
    give("profile", "dev");
    EVC_CHECK_OK(open_it("ack://eu/prod"));
    EVC_CHECK_CODE(open_it("iks://prod"), ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "Toy IKS"));
}
END_TEST

START_TEST(options_of_a_change_are_those_of_the_provider)
{
    evc_cluster_change change;

    evc_cluster_change_init(&change);
    EVC_CHECK_OK(open_it("iks://prod"));
    EVC_CHECK_OK(evc_cluster_check_change(cluster, NULL, NULL));
    EVC_CHECK_OK(evc_cluster_change_set(&change, "key", "k", NULL));
    EVC_CHECK_OK(evc_cluster_check_change(cluster, &change, NULL));
    EVC_CHECK_OK(evc_cluster_change_set(&change, "role-arn", "r", NULL));
    EVC_CHECK_CODE(evc_cluster_check_change(cluster, &change, &error),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "Toy IKS"));
    evc_cluster_change_reset(&change);
}
END_TEST

START_TEST(it_keeps_its_own_copy_of_the_options)
{
    give("profile", "dev");
    EVC_CHECK_OK(open_it("ack://eu/prod"));
    give("profile", "other");
    ck_assert_str_eq(evc_kv_text(&cluster->options, evc_view_text("profile")), "dev");
}
END_TEST

START_TEST(a_place_is_no_cluster)
{
    EVC_CHECK_OK(open_it("ack://eu"));
    EVC_CHECK_CODE(evc_cluster_is_one(cluster, &error), ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "ack://REGION/ID"));
    EVC_CHECK_OK(open_it("iks://"));
    EVC_CHECK_CODE(evc_cluster_is_one(cluster, &error), ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "iks://NAME-OR-ID"));
    EVC_CHECK_OK(open_it("ack://eu/prod"));
    EVC_CHECK_OK(evc_cluster_is_one(cluster, NULL));
}
END_TEST

START_TEST(the_api_server_is_the_callers_or_that_of_the_kubeconfig)
{
    EVC_CHECK_OK(open_it("ack://eu/prod"));
    ck_assert_ptr_null(cluster->kube);
    config.kube = evc_kube_ref(k.kube);
    EVC_CHECK_OK(open_it("ack://eu/prod"));
    ck_assert_ptr_eq(cluster->kube, k.kube);
    evc_kube_unref(config.kube);
    config.kube = NULL;
    give("kubeconfig", "/does/not/exist");
    EVC_CHECK_CODE(open_it("ack://eu/prod"), ENVCRYPT_E_FILE_NOT_FOUND);
}
END_TEST

START_TEST(the_last_reference_closes_what_the_provider_opened)
{
    EVC_CHECK_OK(open_it("ack://eu/prod"));
    evc_cluster_unref(evc_cluster_ref(cluster));
    ck_assert_int_eq(closed, 0);
    evc_cluster_unref(cluster);
    cluster = NULL;
    ck_assert_int_eq(closed, 1);
    open_code = ENVCRYPT_E_NO_CREDENTIALS;
    EVC_CHECK_CODE(open_it("ack://eu/prod"), ENVCRYPT_E_NO_CREDENTIALS);
    ck_assert_int_eq(closed, 1);
    evc_cluster_unref(NULL);
}
END_TEST

static int
begin_in_child(void *user)
{
    (void)user;
    return evc_cluster_begin(cluster, NULL) == ENVCRYPT_E_FORKED ? 0 : 1;
}

START_TEST(a_child_of_fork_may_not_use_it)
{
    EVC_CHECK_OK(open_it("ack://eu/prod"));
    EVC_CHECK_OK(evc_cluster_begin(cluster, NULL));
    EVC_CHECK_CHILD(begin_in_child, NULL);
}
END_TEST

static int
open_and_close(void *user)
{
    evc_cluster *c = NULL;
    int rc = evc_cluster_open(k.crypto, k.net, drivers, "ack://eu/prod", &config,
                              &k.wait, &c, NULL);

    (void)user;
    evc_cluster_unref(c);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    give("profile", "dev");
    ck_assert_uint_gt(evc_alloc_sweep(open_and_close, NULL), 5);
    ck_assert_int_eq(opened, closed);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {a_uri_has_region_and_name,
                                what_names_no_cluster_is_refused_with_the_forms,
                                options_give_the_regions_that_the_uri_leaves_open,
                                options_that_the_provider_does_not_take_are_refused,
                                options_of_a_change_are_those_of_the_provider,
                                it_keeps_its_own_copy_of_the_options,
                                a_place_is_no_cluster,
                                the_api_server_is_the_callers_or_that_of_the_kubeconfig,
                                the_last_reference_closes_what_the_provider_opened,
                                a_child_of_fork_may_not_use_it,
                                survives_any_failed_allocation};
    TCase *tcase = tcase_create("cluster");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("cluster", add_tests)
