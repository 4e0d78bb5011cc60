/* SPDX-License-Identifier: Apache-2.0 */
#include "aws-served.h"

static evc_buf out;

static int
region(const char *arn_region)
{
    int rc = open_config();

    evc_buf_reset(&out);
    if (rc == 0)
        rc = evc_aws_region(config, arn_region, &wait_of_test, &out, &error);
    return rc;
}

static void
check_region(const char *arn_region, const char *expected)
{
    EVC_CHECK_OK(region(arn_region));
    ck_assert(evc_view_is_text(evc_buf_view(&out), expected));
    evc_buf_reset(&out);
}

START_TEST(what_is_configured_comes_before_the_arn)
{
    check_region("us-west-2", "us-west-2");
    set_variable("AWS_REGION", "eu-west-1");
    check_region("us-west-2", "eu-west-1");
}
END_TEST

START_TEST(an_instance_tells_its_region_last)
{
    serve(200, "token");
    serve(200, "ap-south-1");
    check_region(NULL, "ap-south-1");
    ck_assert_str_eq(served.requests[1].head,
                     "GET http://169.254.169.254/latest/meta-data/placement/region");
}
END_TEST

START_TEST(an_instance_that_tells_none_is_refused)
{
    serve(200, "token");
    serve(200, "evil.example/");
    EVC_CHECK_CODE(region(NULL), ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(without_any_it_says_where_to_name_one)
{
    EVC_CHECK_CODE(region(NULL), ENVCRYPT_E_REGION);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "AWS_REGION"));
}
END_TEST

START_TEST(an_instance_is_not_asked_when_that_source_is_off)
{
    options.sources = "environment";
    EVC_CHECK_CODE(region(NULL), ENVCRYPT_E_REGION);
    ck_assert_uint_eq(served.request_count, 0);
}
END_TEST

START_TEST(an_instance_is_not_asked_when_metadata_is_disabled)
{
    set_variable("AWS_EC2_METADATA_DISABLED", "true");
    EVC_CHECK_CODE(region(NULL), ENVCRYPT_E_REGION);
    ck_assert_uint_eq(served.request_count, 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {what_is_configured_comes_before_the_arn,
                                  an_instance_tells_its_region_last,
                                  an_instance_that_tells_none_is_refused,
                                  without_any_it_says_where_to_name_one,
                                  an_instance_is_not_asked_when_that_source_is_off,
                                  an_instance_is_not_asked_when_metadata_is_disabled,
                                  NULL};

    aws_add(suite, "region", tests);
}

EVC_TEST_MAIN("aws_region", add_tests)
