/* SPDX-License-Identifier: Apache-2.0 */
/* The table that botocore judges stands in tests/partners/aws; here: who overrides it. */
#include "aws-served.h"
#include "evc-alloc.h"

static const char *
url_of(const char *service, const char *region)
{
    static char url[512];
    evc_endpoint *endpoint = NULL;
    int rc = open_config();

    if (rc == 0)
        rc = evc_aws_endpoint(config, service, region, &endpoint, &error);
    if (rc)
        return envcrypt_error_name(rc);
    (void)snprintf(url, sizeof url, "%s://%s%s", endpoint->scheme, endpoint->authority,
                   endpoint->path);
    evc_endpoint_unref(endpoint);
    return url;
}

#define KMS url_of("kms", "eu-west-1")
#define STANDARD "https://kms.eu-west-1.amazonaws.com"

static const char *const partitions[][2] = {
    {"us-east-1", "aws"},
    {"cn-north-1", "aws-cn"},
    {"us-gov-west-1", "aws-us-gov"},
    {"us-iso-east-1", "aws-iso"},
    {"us-isob-east-1", "aws-iso-b"},
    {"eu-isoe-west-1", "aws-iso-e"},
    {"us-isof-south-1", "aws-iso-f"},
    {"eusc-de-east-1", "aws-eusc"},
    {"xx-new-1", "aws"},
};

START_TEST(partitions_by_region)
{
    ck_assert_str_eq(evc_aws_partition(partitions[_i][0]), partitions[_i][1]);
}
END_TEST

static const struct {
    const char *service;
    const char *region;
    const char *fips;
    const char *dual;
    const char *url;
} hosts[] = {
    {"kms", "eu-west-1", "false", "false", STANDARD},
    {"kms", "us-east-1", "true", "false", "https://kms-fips.us-east-1.amazonaws.com"},
    {"kms", "us-east-1", "false", "true", "https://kms.us-east-1.api.aws"},
    {"kms", "us-east-1", "true", "true", "https://kms-fips.us-east-1.api.aws"},
    {"kms", "cn-north-1", "false", "true",
     "https://kms.cn-north-1.api.amazonwebservices.com.cn"},
    {"eks", "us-east-1", "true", "false", "https://fips.eks.us-east-1.amazonaws.com"},
    {"eks", "us-gov-west-1", "true", "false",
     "https://eks.us-gov-west-1.amazonaws.com"},
    {"eks", "us-east-1", "true", "true", "https://eks-fips.us-east-1.api.aws"},
    {"eks", "cn-north-1", "true", "false",
     "https://eks-fips.cn-north-1.amazonaws.com.cn"},
    {"sts", "us-gov-west-1", "true", "false",
     "https://sts.us-gov-west-1.amazonaws.com"},
    {"sso", "us-east-1", "false", "false",
     "https://portal.sso.us-east-1.amazonaws.com"},
    {"sso_oidc", "us-east-1", "false", "false", "https://oidc.us-east-1.amazonaws.com"},
    {"kms", "us-iso-east-1", "false", "true",
     "https://kms.us-iso-east-1.api.aws.ic.gov"},
    {"kms", "eusc-de-east-1", "false", "false",
     "https://kms.eusc-de-east-1.amazonaws.eu"},
};

START_TEST(hosts_by_service_region_and_switches)
{
    options.fips = hosts[_i].fips;
    options.dual_stack = hosts[_i].dual;
    ck_assert_str_eq(url_of(hosts[_i].service, hosts[_i].region), hosts[_i].url);
}
END_TEST

START_TEST(custom_ones_in_their_order)
{
    put_files("[default]\nservices = s\nendpoint_url = https://5.example\n"
              "[services s]\nkms =\n  endpoint_url = https://4.example\n",
              NULL);
    options.endpoint = "https://1.example";
    set_variable("AWS_ENDPOINT_URL_KMS", "https://2.example");
    set_variable("AWS_ENDPOINT_URL", "https://3.example");
    ck_assert_str_eq(KMS, "https://1.example");
    options.endpoint = NULL;
    ck_assert_str_eq(KMS, "https://2.example");
    set_variable("AWS_ENDPOINT_URL_KMS", NULL);
    ck_assert_str_eq(KMS, "https://3.example");
    set_variable("AWS_ENDPOINT_URL", NULL);
    ck_assert_str_eq(KMS, "https://4.example");
    put_files("[default]\nendpoint_url = https://5.example\n", NULL);
    ck_assert_str_eq(KMS, "https://5.example");
}
END_TEST

START_TEST(the_own_one_is_told_whatever_is_configured)
{
    evc_endpoint *endpoint = NULL;

    set_variable("AWS_ENDPOINT_URL", "https://custom.example");
    EVC_CHECK_OK(open_config());
    EVC_CHECK_OK(evc_aws_endpoint_own(config, "sts", "cn-north-1", &endpoint, &error));
    ck_assert_str_eq(endpoint->authority, "sts.cn-north-1.amazonaws.com.cn");
    evc_endpoint_unref(endpoint);
    EVC_CHECK_CODE(evc_aws_endpoint_own(config, "sts", "no region", &endpoint, &error),
                   ENVCRYPT_E_REGION);
    ck_assert_ptr_null(endpoint);
}
END_TEST

START_TEST(the_option_is_for_its_service_alone)
{
    options.endpoint = "https://1.example";
    ck_assert_str_eq(url_of("sts", "eu-west-1"), "https://sts.eu-west-1.amazonaws.com");
    options.service = "eks";
    ck_assert_str_eq(KMS, STANDARD);
    ck_assert_str_eq(url_of("eks", "eu-west-1"), "https://1.example");
}
END_TEST

START_TEST(configured_ones_can_be_ignored)
{
    set_variable("AWS_ENDPOINT_URL", "https://3.example");
    set_variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    ck_assert_str_eq(KMS, STANDARD);
    options.endpoint = "https://1.example";
    ck_assert_str_eq(KMS, "https://1.example");
}
END_TEST

START_TEST(configured_ones_can_be_ignored_by_profile)
{
    put_files("[default]\nignore_configured_endpoint_urls = true\n"
              "endpoint_url = https://5.example\n",
              NULL);
    ck_assert_str_eq(KMS, STANDARD);
}
END_TEST

START_TEST(custom_and_fips_exclude_one_another)
{
    options.endpoint = "https://1.example";
    options.fips = "true";
    ck_assert_str_eq(KMS, "ENVCRYPT_E_ENDPOINT");
}
END_TEST

START_TEST(custom_and_dual_stack_exclude_one_another)
{
    set_variable("AWS_ENDPOINT_URL", "https://3.example");
    set_variable("AWS_USE_DUALSTACK_ENDPOINT", "true");
    ck_assert_str_eq(KMS, "ENVCRYPT_E_ENDPOINT");
}
END_TEST

START_TEST(what_is_no_region_makes_no_host)
{
    ck_assert_str_eq(url_of("kms", "evil.example/"), "ENVCRYPT_E_REGION");
}
END_TEST

START_TEST(plain_http_to_others_is_refused)
{
    options.endpoint = "http://kms.example";
    ck_assert_str_eq(KMS, "ENVCRYPT_E_ENDPOINT");
}
END_TEST

static int
open_one(void *user)
{
    evc_endpoint *endpoint = NULL;
    int rc = evc_aws_endpoint(config, "kms", "eu-west-1", &endpoint, NULL);

    (void)user;
    evc_endpoint_unref(endpoint);
    return rc;
}

START_TEST(survives_memory_running_out)
{
    EVC_CHECK_OK(open_config());
    EVC_CHECK_OK(open_one(NULL));
    ck_assert_uint_ge(evc_alloc_sweep(open_one, NULL), 3);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {custom_ones_in_their_order,
                                  the_own_one_is_told_whatever_is_configured,
                                  the_option_is_for_its_service_alone,
                                  configured_ones_can_be_ignored,
                                  configured_ones_can_be_ignored_by_profile,
                                  custom_and_fips_exclude_one_another,
                                  custom_and_dual_stack_exclude_one_another,
                                  what_is_no_region_makes_no_host,
                                  plain_http_to_others_is_refused,
                                  survives_memory_running_out,
                                  NULL};

    aws_add(suite, "endpoint", tests);
    aws_add_loop(suite, "partitions", partitions_by_region,
                 sizeof partitions / sizeof partitions[0]);
    aws_add_loop(suite, "hosts", hosts_by_service_region_and_switches,
                 sizeof hosts / sizeof hosts[0]);
}

EVC_TEST_MAIN("aws_endpoint", add_tests)
