/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_open.h"

#include "aws-fixture.h"

static evc_uri uri;
static struct envcrypt_kms_config config;
static evc_buf region;
static evc_peer *peer;
static evc_error *err;

static void
set_up(void)
{
    aws_set_up();
    uri = (evc_uri){.authority = evc_mem_strdup(""), .path = evc_mem_strdup("")};
    evc_kv_init(&uri.query);
    config = (struct envcrypt_kms_config){.protectors = NULL};
    evc_kv_init(&config.options);
    evc_buf_init(&region);
    peer = NULL;
    err = NULL;
    ck_assert_int_eq(setenv("AWS_REGION", "sa-east-1", 1), 0);
    ck_assert_int_eq(setenv("AWS_CONFIG_FILE", "/nonexistent/config", 1), 0);
    ck_assert_int_eq(
        setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials", 1), 0);
}

static void
tear_down(void)
{
    evc_peer_unref(peer);
    evc_buf_reset(&region);
    evc_uri_reset(&uri);
    evc_kv_reset(&config.options);
    evc_error_free(err);
    aws_tear_down();
}

static void
option(const char *name, const char *value)
{
    EVC_CHECK_OK(
        evc_kv_set(&config.options, evc_view_text(name), evc_view_text(value), NULL));
}

static int
open_place(const char *demanded, const char *of_arn)
{
    const evc_aws_place place = {.region = demanded, .arn_region = of_arn};

    return evc_aws_open(a.crypto, a.net, &uri, &config, &place, &a.wait, &peer, &region,
                        &err);
}

START_TEST(the_region_that_is_demanded_counts_first)
{
    EVC_CHECK_OK(open_place("us-east-1", "eu-west-1"));
    ck_assert_str_eq((const char *)region.data, "us-east-1");
    ck_assert_str_eq(peer->endpoint->host, "kms.us-east-1.amazonaws.com");
}
END_TEST

START_TEST(the_region_of_the_key_counts_before_the_environment)
{
    EVC_CHECK_OK(open_place(NULL, "eu-west-1"));
    ck_assert_str_eq((const char *)region.data, "eu-west-1");
}
END_TEST

START_TEST(the_environment_tells_the_region_else)
{
    EVC_CHECK_OK(open_place(NULL, NULL));
    ck_assert_str_eq((const char *)region.data, "sa-east-1");
}
END_TEST

START_TEST(an_endpoint_of_the_caller_is_taken)
{
    option("endpoint", "http://127.0.0.1:4566");
    EVC_CHECK_OK(open_place("us-east-1", NULL));
    ck_assert_str_eq(peer->endpoint->authority, "127.0.0.1:4566");
}
END_TEST

START_TEST(an_endpoint_without_tls_elsewhere_is_refused)
{
    option("endpoint", "http://kms.example");
    EVC_CHECK_CODE(open_place("us-east-1", NULL), ENVCRYPT_E_ENDPOINT);
    ck_assert_ptr_null(peer);
}
END_TEST

START_TEST(times_are_checked)
{
    option("attempt-timeout-ms", "soon");
    EVC_CHECK_CODE(open_place("us-east-1", NULL), ENVCRYPT_E_ARGUMENT);
}
END_TEST

static int
read_region(const char *host, const char *value, const char **out)
{
    evc_mem_free(uri.authority);
    uri.authority = evc_mem_strdup(host);
    if (value)
        option("region", value);
    return evc_aws_open_region(&uri, &config, out, &err);
}

START_TEST(uri_and_option_name_the_region)
{
    const char *out = NULL;

    EVC_CHECK_OK(read_region("", NULL, &out));
    ck_assert_ptr_null(out);
    EVC_CHECK_OK(read_region("eu-west-1", NULL, &out));
    ck_assert_str_eq(out, "eu-west-1");
    EVC_CHECK_OK(read_region("", "eu-west-2", &out));
    ck_assert_str_eq(out, "eu-west-2");
    EVC_CHECK_OK(read_region("eu-west-2", "eu-west-2", &out));
}
END_TEST

START_TEST(two_regions_are_refused)
{
    const char *out = NULL;

    EVC_CHECK_CODE(read_region("eu-west-1", "eu-west-2", &out), ENVCRYPT_E_REGION);
}
END_TEST

START_TEST(a_host_is_no_region)
{
    const char *out = NULL;

    EVC_CHECK_CODE(read_region("kms.eu-west-1.amazonaws.com", NULL, &out),
                   ENVCRYPT_E_REGION);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        the_region_that_is_demanded_counts_first,
        the_region_of_the_key_counts_before_the_environment,
        the_environment_tells_the_region_else,
        an_endpoint_of_the_caller_is_taken,
        an_endpoint_without_tls_elsewhere_is_refused,
        times_are_checked,
        uri_and_option_name_the_region,
        two_regions_are_refused,
        a_host_is_no_region,
    };
    TCase *tcase = tcase_create("open");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("aws_open", add_tests)
