/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/aws_sources.h"
#include "aws-served.h"

#define CREDS_AT(id, ends)                                                        \
    "{\"Code\":\"Success\",\"AccessKeyId\":\"" id "\",\"SecretAccessKey\":\"s\"," \
    "\"Token\":\"t\",\"Expiration\":\"" ends "\"}"
#define CREDS CREDS_AT("I", "2023-11-15T04:13:20Z") /* 6 h */
#define TOKEN "session-token=="
#define SECRETS "http://169.254.169.254/latest/meta-data/iam/security-credentials/"

START_TEST(a_session_token_then_the_role_then_its_credentials)
{
    serve(200, TOKEN);
    serve(200, "my-role\n");
    serve(200, CREDS);
    check_id("I");
    ck_assert_str_eq(creds->source, "imds");
    ck_assert_str_eq(served.requests[0].head,
                     "PUT http://169.254.169.254/latest/api/token");
    ck_assert(has_line(0, "x-aws-ec2-metadata-token-ttl-seconds: 21600"));
    ck_assert_str_eq(served.requests[1].head, "GET " SECRETS);
    ck_assert_str_eq(served.requests[2].head, "GET " SECRETS "my-role");
    ck_assert(has_line(1, "x-aws-ec2-metadata-token: " TOKEN));
    ck_assert(has_line(2, "x-aws-ec2-metadata-token: " TOKEN));
}
END_TEST

START_TEST(never_by_a_proxy_quickly_and_as_a_secret)
{
    serve(200, TOKEN);
    serve(200, "r");
    serve(200, CREDS);
    check_id("I");
    for (size_t i = 0; i < 3; i++) {
        ck_assert(served.requests[i].link.never_proxy);
        ck_assert_int_eq(served.requests[i].link.connect_ms, 1000);
        ck_assert(served.requests[i].secret);
    }
}
END_TEST

START_TEST(it_can_be_switched_off)
{
    set_variable("AWS_EC2_METADATA_DISABLED", "TRUE");
    check_error(ENVCRYPT_E_NO_CREDENTIALS, "imds");
    ck_assert_uint_eq(served.request_count, 0);
}
END_TEST

static const int refusals[] = {403, 404, 405};

START_TEST(without_a_token_nothing_is_asked)
{
    serve(refusals[_i], "");
    check_error(ENVCRYPT_E_BAD_CREDENTIALS, "IMDSv2");
    ck_assert_uint_eq(served.request_count, 1);
}
END_TEST

START_TEST(silence_means_that_this_is_no_instance)
{
    check_error(ENVCRYPT_E_NO_CREDENTIALS, "hop limit");
    ck_assert_uint_eq(served.request_count, 3);
}
END_TEST

START_TEST(silence_after_an_answer_is_an_outage)
{
    serve(200, TOKEN);
    serve(200, "r");
    serve(200, CREDS);
    check_id("I");
    ck_assert(evc_chain_refuse(chain, creds));
    evc_creds_unref(creds);
    EVC_CHECK_CODE(evc_chain_get(chain, &wait_of_test, &creds, &error),
                   ENVCRYPT_E_CREDENTIALS_DOWN);
}
END_TEST

START_TEST(trouble_of_its_own_is_an_outage)
{
    serve(500, "");
    serve(500, "");
    serve(500, "");
    check_error(ENVCRYPT_E_CREDENTIALS_DOWN, "aws-imds");
}
END_TEST

START_TEST(attempts_are_counted_by_the_variable)
{
    set_variable("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "1");
    set_variable("AWS_METADATA_SERVICE_TIMEOUT", "5");
    check_error(ENVCRYPT_E_NO_CREDENTIALS, "imds");
    ck_assert_uint_eq(served.request_count, 1);
    ck_assert_int_eq(served.requests[0].link.attempt_ms, 5000);
}
END_TEST

static const char *const bad_numbers[] = {"0", "-1", "21", "x", "99999999999999999999"};

START_TEST(attempts_that_are_no_number_are_told)
{
    set_variable("AWS_METADATA_SERVICE_NUM_ATTEMPTS", bad_numbers[_i]);
    check_error(ENVCRYPT_E_BAD_CREDENTIALS, "metadata_service_num_attempts");
}
END_TEST

START_TEST(an_instance_without_role_gives_none)
{
    serve(200, TOKEN);
    serve(404, "");
    check_error(ENVCRYPT_E_NO_CREDENTIALS, "imds");
}
END_TEST

START_TEST(a_role_without_credentials_is_told_by_its_code)
{
    serve(200, TOKEN);
    serve(200, "r");
    serve(200, "{\"Code\":\"AssumeRoleUnauthorizedAccess\",\"Message\":\"m\"}");
    check_error(ENVCRYPT_E_CREDENTIALS_DOWN, "AssumeRoleUnauthorizedAccess");
    ck_assert_str_eq(evc_error_provider_code(error), "AssumeRoleUnauthorizedAccess");
}
END_TEST

START_TEST(a_role_is_one_segment_of_the_path)
{
    serve(200, TOKEN);
    serve(200, "../x y");
    serve(200, CREDS);
    check_id("I");
    ck_assert_str_eq(served.requests[2].head, "GET " SECRETS "..%2Fx%20y");
}
END_TEST

START_TEST(expired_ones_are_used_in_an_outage)
{
    serve(200, TOKEN);
    serve(200, "r");
    serve(200, CREDS_AT("OLD", "2023-11-14T22:00:00Z"));
    check_id("OLD");
    evc_creds_unref(creds);
    EVC_CHECK_OK(evc_chain_get(chain, &wait_of_test, &creds, &error));
    ck_assert_uint_eq(served.request_count, 3);
}
END_TEST

/* variable, value, URL of the first request; NULL = refused */
static const char *const places[][3] = {
    {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6",
     "PUT http://[fd00:ec2::254]/latest/api/token"},
    {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ipv4",
     "PUT http://169.254.169.254/latest/api/token"},
    {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1338/",
     "PUT http://127.0.0.1:1338/latest/api/token"},
    {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "https://metadata.example",
     "PUT https://metadata.example/latest/api/token"},
    {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv5", NULL},
    {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://metadata.example", NULL},
};

START_TEST(where_it_is_asked)
{
    set_variable(places[_i][0], places[_i][1]);
    serve(200, TOKEN);
    serve(200, "r");
    serve(200, CREDS);
    if (!places[_i][2]) {
        check_error(ENVCRYPT_E_BAD_CREDENTIALS, "");
        ck_assert_uint_eq(served.request_count, 0);
        return;
    }
    check_id("I");
    ck_assert_str_eq(served.requests[0].head, places[_i][2]);
    ck_assert(served.requests[0].link.never_proxy);
}
END_TEST

START_TEST(an_empty_token_is_refused)
{
    serve(200, "");
    check_error(ENVCRYPT_E_PROTOCOL, "empty token");
}
END_TEST

START_TEST(a_token_with_a_line_end_is_sent_nowhere)
{
    serve(200, "secretword\r\nx");
    check_error(ENVCRYPT_E_PROTOCOL, "stand in a header");
    ck_assert_ptr_null(strstr(evc_error_message(error), "secretword"));
    ck_assert_uint_eq(served.request_count, 1);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_session_token_then_the_role_then_its_credentials,
                                  never_by_a_proxy_quickly_and_as_a_secret,
                                  it_can_be_switched_off,
                                  silence_means_that_this_is_no_instance,
                                  silence_after_an_answer_is_an_outage,
                                  trouble_of_its_own_is_an_outage,
                                  attempts_are_counted_by_the_variable,
                                  an_instance_without_role_gives_none,
                                  a_role_without_credentials_is_told_by_its_code,
                                  a_role_is_one_segment_of_the_path,
                                  expired_ones_are_used_in_an_outage,
                                  an_empty_token_is_refused,
                                  a_token_with_a_line_end_is_sent_nowhere,
                                  NULL};

    aws_add(suite, "imds", tests);
    aws_add_loop(suite, "version 1", without_a_token_nothing_is_asked,
                 sizeof refusals / sizeof refusals[0]);
    aws_add_loop(suite, "numbers", attempts_that_are_no_number_are_told,
                 sizeof bad_numbers / sizeof bad_numbers[0]);
    aws_add_loop(suite, "places", where_it_is_asked, sizeof places / sizeof places[0]);
}

EVC_TEST_MAIN("aws_imds", add_tests)
