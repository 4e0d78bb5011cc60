/* SPDX-License-Identifier: Apache-2.0 */
#include "aws-sso-home.h"

#define LATER "2023-11-15T22:13:20Z"

START_TEST(a_session_gives_the_roles_credentials)
{
    put_files(SSO_PROFILE, NULL);
    sign_in(SESSION_FILE, LATER, LATER);
    serve(200, ROLE_CREDENTIALS);
    check_id("S");
    ck_assert_str_eq(creds->source, "profile");
    ck_assert_str_eq(creds->account, "111122223333");
    ck_assert_int_eq(creds->expires_ms, SERVED_TIME + 3600000);
    ck_assert_str_eq(
        served.requests[0].head,
        "GET https://portal.sso.eu-west-1.amazonaws.com/federation/credentials"
        "?role_name=Reader&account_id=111122223333");
    ck_assert(has_line(0, "x-amz-sso_bearer_token: at-1"));
    ck_assert(served.requests[0].secret);
}
END_TEST

START_TEST(the_older_form_gives_them_too)
{
    put_files(OLD_PROFILE, NULL);
    sign_in(START_FILE, LATER, LATER);
    serve(200, ROLE_CREDENTIALS);
    check_id("S");
}
END_TEST

START_TEST(a_refused_token_says_how_to_sign_in)
{
    put_files(SSO_PROFILE, NULL);
    sign_in(SESSION_FILE, LATER, LATER);
    serve(401, "{\"message\":\"Session token not found or invalid\"}");
    check_error(ENVCRYPT_E_AUTH, "aws sso login");
}
END_TEST

START_TEST(a_role_that_is_not_given_is_denied)
{
    put_files(SSO_PROFILE, NULL);
    sign_in(SESSION_FILE, LATER, LATER);
    serve(403, "{\"message\":\"No access\"}");
    check_error(ENVCRYPT_E_DENIED, "aws-sso GetRoleCredentials");
}
END_TEST

START_TEST(custom_endpoints_are_used)
{
    put_files(SSO_PROFILE, NULL);
    sign_in(SESSION_FILE, LATER, LATER);
    set_variable("AWS_ENDPOINT_URL_SSO", "http://127.0.0.1:8080");
    serve(200, ROLE_CREDENTIALS);
    check_id("S");
    ck_assert_ptr_nonnull(
        strstr(served.requests[0].head, "GET http://127.0.0.1:8080/federation"));
}
END_TEST

/* settings, what is missing in them */
static const char *const lacks[][2] = {
    {"[default]\nsso_session = nobody\n", "section"},
    {"[default]\nsso_session = s\n[sso-session s]\nsso_start_url = u\n", "sso_region"},
    {"[default]\nsso_session = s\n[sso-session s]\nsso_region = r\n", "sso_start_url"},
    {"[default]\nsso_session = s\n[sso-session s]\nsso_region = r\nsso_start_url = u\n",
     "sso_account_id"},
    {"[default]\nsso_account_id = 1\nsso_region = r\nsso_start_url = u\n",
     "sso_role_name"},
};

START_TEST(what_is_missing_is_named)
{
    put_files(lacks[_i][0], NULL);
    check_error(ENVCRYPT_E_BAD_CREDENTIALS, lacks[_i][1]);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_session_gives_the_roles_credentials,
                                  the_older_form_gives_them_too,
                                  a_refused_token_says_how_to_sign_in,
                                  a_role_that_is_not_given_is_denied,
                                  custom_endpoints_are_used,
                                  NULL};

    sso_add(suite, "sso", tests);
    aws_add_loop(suite, "settings", what_is_missing_is_named,
                 sizeof lacks / sizeof lacks[0]);
}

EVC_TEST_MAIN("aws_sso", add_tests)
