/* SPDX-License-Identifier: Apache-2.0 */
#include "aws-served.h"

#define GOOD                                                                           \
    "{\"AccessKeyId\":\"C\",\"SecretAccessKey\":\"s\",\"Token\":\"t\",\"Expiration\":" \
    "\"2023-11-14T23:13:20Z\",\"AccountId\":\"1\"}"

START_TEST(a_relative_uri_is_asked_for_at_ecs)
{
    set_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/x?a=b");
    serve(200, GOOD);
    check_id("C");
    ck_assert_str_eq(served.requests[0].head,
                     "GET http://169.254.170.2/v2/credentials/x?a=b");
    ck_assert_str_eq(creds->source, "container");
    ck_assert_str_eq(creds->account, "1");
    ck_assert_int_eq(creds->expires_ms, SERVED_TIME + 3600000);
}
END_TEST

START_TEST(never_by_a_proxy_quickly_and_as_a_secret)
{
    set_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
    serve(200, GOOD);
    check_id("C");
    ck_assert(served.requests[0].link.never_proxy);
    ck_assert_int_eq(served.requests[0].link.connect_ms, 2000);
    ck_assert_int_eq(served.requests[0].link.attempt_ms, 2000);
    ck_assert(served.requests[0].secret);
}
END_TEST

START_TEST(the_relative_one_comes_first)
{
    set_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
    set_variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/y");
    serve(200, GOOD);
    check_id("C");
    ck_assert_str_eq(served.requests[0].head, "GET http://169.254.170.2/x");
}
END_TEST

/* URL, as it is asked for; NULL = it is refused */
static const char *const urls[][2] = {
    {"http://127.0.0.1:8080/a?b=c", "GET http://127.0.0.1:8080/a?b=c"},
    {"http://localhost/a", "GET http://localhost/a"},
    {"http://[::1]/a", "GET http://[::1]/a"},
    {"http://169.254.170.23/v1/credentials",
     "GET http://169.254.170.23/v1/credentials"},
    {"http://[fd00:ec2::23]/v1/credentials",
     "GET http://[fd00:ec2::23]/v1/credentials"},
    {"https://credentials.example/a", "GET https://credentials.example/a"},
    {"https://credentials.example", "GET https://credentials.example/"},
    {"http://credentials.example/a", NULL},
    {"http://169.254.169.254/a", NULL},
    {"http://100.100.100.200/a", NULL},
    {"http://10.0.0.1/a", NULL},
    {"http://user@127.0.0.1/a", NULL},
    {"http://127.0.0.1/a#b", NULL},
    {"http://127.0.0.1/a b", NULL},
    {"http://127.0.0.1/a\r\nb", NULL},
    {"ftp://127.0.0.1/a", NULL},
    {"127.0.0.1/a", NULL},
};

START_TEST(full_uris_are_https_or_of_this_host)
{
    set_variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", urls[_i][0]);
    serve(200, GOOD);
    if (urls[_i][1]) {
        check_id("C");
        ck_assert_str_eq(served.requests[0].head, urls[_i][1]);
        ck_assert(served.requests[0].link.never_proxy);
    } else {
        check_error(ENVCRYPT_E_BAD_CREDENTIALS, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
        ck_assert_uint_eq(served.request_count, 0);
    }
}
END_TEST

START_TEST(a_relative_uri_must_be_a_path)
{
    set_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "@evil.example/");
    check_error(ENVCRYPT_E_BAD_CREDENTIALS, "RELATIVE_URI");
    ck_assert_uint_eq(served.request_count, 0);
}
END_TEST

START_TEST(the_token_of_the_environment_is_sent)
{
    set_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
    set_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc");
    serve(200, GOOD);
    check_id("C");
    ck_assert(has_line(0, "authorization: Basic abc"));
}
END_TEST

START_TEST(the_token_of_the_file_wins_and_is_read_anew)
{
    set_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
    set_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc");
    set_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", evc_folder_path("token"));
    evc_folder_put("token", "one\n", 0644);
    serve(200, GOOD);
    serve(200, GOOD);
    check_id("C");
    ck_assert(has_line(0, "authorization: one"));
    evc_folder_put("token", "two", 0644);
    ck_assert(evc_chain_refuse(chain, creds));
    evc_creds_unref(creds);
    EVC_CHECK_OK(evc_chain_get(chain, &wait_of_test, &creds, &error));
    ck_assert(has_line(1, "authorization: two"));
}
END_TEST

START_TEST(a_line_end_in_the_token_is_refused)
{
    set_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
    set_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN", "secretword\r\nHost: evil");
    check_error(ENVCRYPT_E_BAD_CREDENTIALS, "line end");
    ck_assert_ptr_null(strstr(evc_error_message(error), "secretword"));
    ck_assert_uint_eq(served.request_count, 0);
}
END_TEST

START_TEST(a_missing_token_file_is_told)
{
    set_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
    set_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/nowhere/token");
    check_error(ENVCRYPT_E_BAD_CREDENTIALS, "/nowhere/token");
}
END_TEST

START_TEST(three_attempts_are_made)
{
    set_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
    serve(500, "");
    serve(503, "");
    serve(200, GOOD);
    check_id("C");
    ck_assert_uint_eq(served.request_count, 3);
}
END_TEST

START_TEST(no_fourth_and_no_other_source)
{
    set_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
    check_error(ENVCRYPT_E_CREDENTIALS_DOWN, "aws-container");
    ck_assert_uint_eq(served.request_count, 3);
}
END_TEST

START_TEST(credentials_without_end_and_token_are_taken)
{
    set_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
    serve(200, "{\"AccessKeyId\":\"C\",\"SecretAccessKey\":\"s\"}");
    check_id("C");
    ck_assert(creds->expires_ms == EVC_CREDS_NEVER);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_relative_uri_is_asked_for_at_ecs,
                                  never_by_a_proxy_quickly_and_as_a_secret,
                                  the_relative_one_comes_first,
                                  a_relative_uri_must_be_a_path,
                                  the_token_of_the_environment_is_sent,
                                  the_token_of_the_file_wins_and_is_read_anew,
                                  a_line_end_in_the_token_is_refused,
                                  a_missing_token_file_is_told,
                                  three_attempts_are_made,
                                  no_fourth_and_no_other_source,
                                  credentials_without_end_and_token_are_taken,
                                  NULL};

    aws_add(suite, "container", tests);
    aws_add_loop(suite, "urls", full_uris_are_https_or_of_this_host,
                 sizeof urls / sizeof urls[0]);
}

EVC_TEST_MAIN("aws_container", add_tests)
