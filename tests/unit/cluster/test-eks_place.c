/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eks_place.h"

#include "cloud/aws_account.h"
#include "eks-fixture.h"

static void
option(const char *name, const char *value)
{
    EVC_CHECK_OK(evc_cluster_option_set(&e.config, name, value, NULL));
}

static const char *
host(void)
{
    return evc_eks_here(e.cluster)->eks->endpoint->host;
}

START_TEST(a_cluster_is_asked_in_its_region)
{
    ck_assert_uint_eq(evc_eks_of(e.cluster)->count, 1);
    ck_assert_str_eq(evc_eks_here(e.cluster)->name, REGION);
    ck_assert_str_eq(host(), "eks." REGION ".amazonaws.com");
    ck_assert_str_eq(
        evc_aws_account_of(evc_eks_here(e.cluster)->kms)->peer->endpoint->host,
        "kms." REGION ".amazonaws.com");
}
END_TEST

START_TEST(a_place_may_have_several_regions)
{
    EVC_CHECK_OK(open_cluster("eks://eu-central-1,us-east-1"));
    ck_assert_uint_eq(evc_eks_of(e.cluster)->count, 2);
    ck_assert_str_eq(evc_eks_of(e.cluster)->regions[1].name, "us-east-1");
}
END_TEST

START_TEST(the_environment_goes_before_the_region_of_the_key)
{
    option("key-region", "sa-east-1");
    EVC_CHECK_OK(open_cluster("eks:///prod"));
    ck_assert_str_eq(evc_eks_here(e.cluster)->name, "sa-east-1");
    ck_assert_str_eq(e.cluster->uri, "eks://sa-east-1/prod");
    ck_assert_int_eq(setenv("AWS_REGION", "eu-west-1", 1), 0);
    EVC_CHECK_OK(open_cluster("eks:///prod"));
    ck_assert_str_eq(evc_eks_here(e.cluster)->name, "eu-west-1");
    ck_assert_int_eq(unsetenv("AWS_REGION"), 0);
}
END_TEST

START_TEST(without_any_region_it_is_not_opened)
{
    ck_assert_int_eq(unsetenv("AWS_REGION"), 0);
    EVC_CHECK_CODE(open_cluster("eks:///prod"), ENVCRYPT_E_REGION);
}
END_TEST

START_TEST(what_is_no_region_is_refused)
{
    EVC_CHECK_CODE(open_cluster("eks://no_where/prod"), ENVCRYPT_E_REGION);
    ck_assert_ptr_nonnull(strstr(evc_error_message(e.err), "no_where"));
}
END_TEST

START_TEST(a_name_that_no_cluster_has_is_refused)
{
    EVC_CHECK_CODE(open_cluster("eks://eu-central-1/-prod"), ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(e.err), "100 letters"));
    ck_assert_uint_eq(e.asked, 0);
}
END_TEST

START_TEST(partitions_have_hosts_of_their_own)
{
    EVC_CHECK_OK(open_cluster("eks://cn-north-1/prod"));
    ck_assert_str_eq(host(), "eks.cn-north-1.amazonaws.com.cn");
    option("fips", "true");
    EVC_CHECK_OK(open_cluster("eks://us-east-1/prod"));
    ck_assert_str_eq(host(), "fips.eks.us-east-1.amazonaws.com");
    EVC_CHECK_OK(open_cluster("eks://us-gov-west-1/prod"));
    ck_assert_str_eq(host(), "eks.us-gov-west-1.amazonaws.com");
}
END_TEST

START_TEST(endpoints_of_the_caller_are_each_of_their_service)
{
    option("endpoint-url", "http://127.0.0.1:1");
    option("kms-endpoint", "http://127.0.0.1:2");
    EVC_CHECK_OK(open_cluster("eks://eu-central-1/prod"));
    ck_assert_uint_eq(evc_eks_here(e.cluster)->eks->endpoint->port, 1);
    ck_assert_uint_eq(
        evc_aws_account_of(evc_eks_here(e.cluster)->kms)->peer->endpoint->port, 2);
}
END_TEST

START_TEST(credentials_of_another_cloud_are_refused)
{
    static const evc_chain_rules rules = {.provider = "ibm", .none = "none"};
    evc_chain *kept = e.config.credentials;

    EVC_CHECK_OK(evc_chain_new(e.net, &rules, &e.config.credentials, NULL));
    EVC_CHECK_CODE(open_cluster("eks://eu-central-1/prod"), ENVCRYPT_E_ARGUMENT);
    evc_chain_unref(e.config.credentials);
    e.config.credentials = kept;
}
END_TEST

START_TEST(an_action_on_keys_is_run)
{
    const char *const args[] = {"key", KEY_1, NULL};
    evc_table *table = NULL;

    ANSWER({"KMS GetKeyPolicy", 200, "{\"Policy\":\"P\"}", 0});
    EVC_CHECK_OK(evc_eks_act(evc_eks_here(e.cluster), "get-key-policy", args, false,
                             &e.wait, &table, &e.err));
    ck_assert_str_eq(cell(table, 0, "policy"), "P");
    ck_assert_str_eq(cell(table, 0, "nonsense"), "");
    evc_table_free(table);
}
END_TEST

START_TEST(a_guarded_action_needs_the_guard)
{
    const char *const args[] = {"key", KEY_1, NULL};
    evc_table *table = NULL;

    EVC_CHECK_CODE(evc_eks_act(evc_eks_here(e.cluster), "disable-key", args, false,
                               &e.wait, &table, &e.err),
                   ENVCRYPT_E_CONFIRMATION);
    ck_assert_ptr_null(table);
    ck_assert_uint_eq(e.asked, 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_cluster_is_asked_in_its_region,
                                  a_place_may_have_several_regions,
                                  the_environment_goes_before_the_region_of_the_key,
                                  without_any_region_it_is_not_opened,
                                  what_is_no_region_is_refused,
                                  a_name_that_no_cluster_has_is_refused,
                                  partitions_have_hosts_of_their_own,
                                  endpoints_of_the_caller_are_each_of_their_service,
                                  credentials_of_another_cloud_are_refused,
                                  an_action_on_keys_is_run,
                                  a_guarded_action_needs_the_guard,
                                  NULL};

    add_eks_case(suite, "place", tests);
}

EVC_TEST_MAIN("eks_place", add_tests)
