/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/alibaba_endpoint.h"

#include "alibaba-fixture.h"
#include "evc-alloc.h"

static void
check_endpoint(const char *service, const char *region, const char *authority)
{
    evc_endpoint *endpoint;

    EVC_CHECK_OK(evc_alibaba_endpoint(config, service, region, &endpoint, NULL));
    ck_assert_str_eq(endpoint->scheme, "https");
    ck_assert_str_eq(endpoint->authority, authority);
    evc_endpoint_unref(endpoint);
}

static void
check_region(const char *of_arn, const char *expected)
{
    evc_buf out;

    evc_buf_init(&out);
    EVC_CHECK_OK(evc_alibaba_region(config, of_arn, &out, NULL));
    ck_assert(evc_view_is_text(evc_buf_view(&out), expected));
    evc_buf_reset(&out);
}

static void
check_no_region(void)
{
    evc_buf out;

    evc_buf_init(&out);
    EVC_CHECK_CODE(evc_alibaba_region(config, NULL, &out, NULL), ENVCRYPT_E_REGION);
    ck_assert_uint_eq(out.size, 0);
    evc_buf_reset(&out);
}

static void
put_cli(void)
{
    ck_assert_int_eq(mkdir(evc_folder_path(".aliyun"), 0700), 0);
    evc_folder_put(".aliyun/config.json",
                   "{\"current\":\"p\",\"profiles\":[{\"name\":\"p\",\"mode\":\"AK\","
                   "\"region_id\":\"cn-cli\"}]}",
                   0600);
}

/* --- Regions --- */

START_TEST(the_option_goes_before_all)
{
    evc_alibaba_options options = {.region = "cn-option"};

    set_variable("ALIBABA_CLOUD_REGION", "cn-env");
    open_config(&options);
    check_region("cn-arn", "cn-option");
}
END_TEST

START_TEST(three_variables_name_a_region)
{
    set_variable("ALICLOUD_REGION", "cn-c");
    open_config(NULL);
    check_region("cn-arn", "cn-c");
    set_variable("ALIBABA_CLOUD_REGION_ID", "cn-b");
    open_config(NULL);
    check_region("cn-arn", "cn-b");
    set_variable("ALIBABA_CLOUD_REGION", "cn-a");
    open_config(NULL);
    check_region("cn-arn", "cn-a");
}
END_TEST

START_TEST(the_clis_profile_goes_before_the_arn)
{
    put_cli();
    check_region("cn-arn", "cn-cli");
}
END_TEST

START_TEST(the_arn_is_the_last_to_tell)
{
    check_region("cn-arn", "cn-arn");
}
END_TEST

START_TEST(no_region_is_told)
{
    check_no_region();
}
END_TEST

/* A Region becomes part of a host name. */
START_TEST(a_region_has_no_characters_of_a_url)
{
    static const char *const texts[] = {"evil.com/", "a.b", "a/b",   "a@b",     "a b",
                                        "a:1",       "a#",  "a\r\n", "\xc3\xa4"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        evc_alibaba_options options = {.region = texts[i]};
        evc_endpoint *endpoint;

        open_config(&options);
        check_no_region();
        EVC_CHECK_CODE(evc_alibaba_endpoint(config, "kms", texts[i], &endpoint, NULL),
                       ENVCRYPT_E_REGION);
    }
}
END_TEST

/* --- endpoints --- */

START_TEST(a_service_has_a_host_for_each_region)
{
    check_endpoint("kms", "cn-hangzhou", "kms.cn-hangzhou.aliyuncs.com");
    check_endpoint("cs", "eu-central-1", "cs.eu-central-1.aliyuncs.com");
}
END_TEST

START_TEST(a_vpc_has_hosts_of_its_own)
{
    evc_alibaba_options options = {.vpc = "true"};

    open_config(&options);
    check_endpoint("kms", "cn-hangzhou", "kms-vpc.cn-hangzhou.aliyuncs.com");
    set_variable("ALIBABA_CLOUD_ENDPOINT_TYPE", "vpc");
    open_config(NULL);
    check_endpoint("kms", "cn-hangzhou", "kms-vpc.cn-hangzhou.aliyuncs.com");
    options.vpc = "false";
    open_config(&options);
    check_endpoint("kms", "cn-hangzhou", "kms.cn-hangzhou.aliyuncs.com");
}
END_TEST

START_TEST(an_endpoint_may_be_a_host_alone)
{
    evc_alibaba_options options = {.endpoint =
                                       "kst-hzz1.cryptoservice.kms.aliyuncs.com"};

    open_config(&options);
    check_endpoint("kms", "cn-hangzhou", "kst-hzz1.cryptoservice.kms.aliyuncs.com");
}
END_TEST

START_TEST(an_endpoint_may_be_a_url)
{
    evc_alibaba_options options = {.endpoint = "https://kms.example.com:8443"};

    open_config(&options);
    check_endpoint("kms", "cn-hangzhou", "kms.example.com:8443");
}
END_TEST

START_TEST(an_endpoint_is_not_of_sts)
{
    evc_alibaba_options options = {.endpoint = "https://kms.example.com:8443"};

    open_config(&options);
    check_endpoint("sts", NULL, "sts.aliyuncs.com");
}
END_TEST

START_TEST(an_endpoint_takes_the_links_of_the_key)
{
    evc_alibaba_options options = {.link = {.ca_file = "/ca.pem", .connect_ms = 7}};
    evc_endpoint *endpoint;

    open_config(&options);
    EVC_CHECK_OK(evc_alibaba_endpoint(config, "kms", "cn-hangzhou", &endpoint, NULL));
    ck_assert_str_eq(endpoint->link.ca_file, "/ca.pem");
    ck_assert_int_eq(endpoint->link.connect_ms, 7);
    evc_endpoint_unref(endpoint);
}
END_TEST

START_TEST(sts_is_central_unless_a_region_is_told)
{
    check_endpoint("sts", NULL, "sts.aliyuncs.com");
    check_endpoint("sts", "cn-beijing", "sts.cn-beijing.aliyuncs.com");
    set_variable("ALIBABA_CLOUD_STS_REGION", "cn-env");
    open_config(NULL);
    check_endpoint("sts", NULL, "sts.cn-env.aliyuncs.com");
    set_variable("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED", "true");
    open_config(NULL);
    check_endpoint("sts", NULL, "sts-vpc.cn-env.aliyuncs.com");
}
END_TEST

START_TEST(a_vpc_without_a_region_has_no_sts_of_its_own)
{
    set_variable("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED", "true");
    open_config(NULL);
    check_endpoint("sts", NULL, "sts.aliyuncs.com");
}
END_TEST

START_TEST(plain_http_goes_to_this_machine_alone)
{
    evc_alibaba_options options = {.endpoint = "http://kms.example.com"};
    evc_endpoint *endpoint;

    open_config(&options);
    EVC_CHECK_CODE(evc_alibaba_endpoint(config, "kms", "cn-x", &endpoint, NULL),
                   ENVCRYPT_E_ENDPOINT);
}
END_TEST

static int
open_once(void *user)
{
    evc_endpoint *endpoint = NULL;
    evc_buf region;
    int rc;

    (void)user;
    evc_buf_init(&region);
    rc = evc_alibaba_region(config, NULL, &region, NULL);
    if (!rc)
        rc = evc_alibaba_endpoint(config, "kms", "cn-cli", &endpoint, NULL);
    evc_endpoint_unref(endpoint);
    evc_buf_reset(&region);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    put_cli();
    ck_assert_uint_gt(evc_alloc_sweep(open_once, NULL), 8);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        the_option_goes_before_all,
        three_variables_name_a_region,
        the_clis_profile_goes_before_the_arn,
        the_arn_is_the_last_to_tell,
        no_region_is_told,
        a_region_has_no_characters_of_a_url,
        a_service_has_a_host_for_each_region,
        a_vpc_has_hosts_of_its_own,
        an_endpoint_may_be_a_host_alone,
        an_endpoint_may_be_a_url,
        an_endpoint_is_not_of_sts,
        an_endpoint_takes_the_links_of_the_key,
        sts_is_central_unless_a_region_is_told,
        a_vpc_without_a_region_has_no_sts_of_its_own,
        plain_http_goes_to_this_machine_alone,
        survives_memory_that_runs_out,
        NULL,
    };

    alibaba_add(suite, "alibaba_endpoint", tests);
}

EVC_TEST_MAIN("alibaba_endpoint", add_tests)
