/* SPDX-License-Identifier: Apache-2.0 */
#include "aws-served.h"

static void
set_identity(void)
{
    evc_folder_put("token", " jwt.of.pod\n", 0644);
    set_variable("AWS_WEB_IDENTITY_TOKEN_FILE", evc_folder_path("token"));
    set_variable("AWS_ROLE_ARN", ROLE);
    set_variable("AWS_REGION", "eu-west-1");
}

START_TEST(a_token_is_changed_for_credentials)
{
    set_identity();
    set_variable("AWS_ROLE_SESSION_NAME", "me");
    serve(200, STS_JSON("AssumeRoleWithWebIdentity", "W"));
    check_id("W");
    ck_assert_str_eq(creds->source, "web-identity");
    ck_assert_str_eq(creds->detail, ROLE);
    ck_assert_str_eq(creds->account, "111122223333");
    ck_assert_int_eq(creds->expires_ms, SERVED_TIME + 3600000);
    ck_assert_str_eq(served.requests[0].head,
                     "POST https://sts.eu-west-1.amazonaws.com/");
    ck_assert(has_pair(0, "WebIdentityToken=jwt.of.pod"));
    ck_assert(has_pair(0, "RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fr"));
    ck_assert(has_pair(0, "RoleSessionName=me"));
}
END_TEST

START_TEST(the_request_is_not_signed)
{
    set_identity();
    serve(200, STS_JSON("AssumeRoleWithWebIdentity", "W"));
    check_id("W");
    ck_assert_ptr_null(strstr(served.requests[0].headers, "authorization"));
    ck_assert(served.requests[0].secret);
}
END_TEST

START_TEST(the_token_is_read_anew_each_time)
{
    set_identity();
    serve(200, STS_JSON("AssumeRoleWithWebIdentity", "W"));
    serve(200, STS_JSON("AssumeRoleWithWebIdentity", "V"));
    check_id("W");
    evc_folder_put("token", "renewed", 0644);
    ck_assert(evc_chain_refuse(chain, creds));
    evc_creds_unref(creds);
    EVC_CHECK_OK(evc_chain_get(chain, &wait_of_test, &creds, &error));
    ck_assert(has_pair(1, "WebIdentityToken=renewed"));
}
END_TEST

START_TEST(a_role_must_be_named)
{
    set_identity();
    set_variable("AWS_ROLE_ARN", NULL);
    check_error(ENVCRYPT_E_BAD_CREDENTIALS, "AWS_ROLE_ARN");
}
END_TEST

START_TEST(a_missing_file_is_told)
{
    set_identity();
    set_variable("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token");
    check_error(ENVCRYPT_E_BAD_CREDENTIALS, "/nowhere/token is missing");
}
END_TEST

START_TEST(a_failure_does_not_go_on_to_the_profile)
{
    set_identity();
    put_files(NULL, "[default]\naws_access_key_id = P\naws_secret_access_key = s\n");
    serve(403,
          "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>");
    check_error(ENVCRYPT_E_DENIED, "trust policy");
    ck_assert_str_eq(evc_error_provider_code(error), "AccessDenied");
}
END_TEST

START_TEST(the_environments_keys_come_first)
{
    set_identity();
    set_variable("AWS_ACCESS_KEY_ID", "E");
    set_variable("AWS_SECRET_ACCESS_KEY", "s");
    check_id("E");
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_token_is_changed_for_credentials,
                                  the_request_is_not_signed,
                                  the_token_is_read_anew_each_time,
                                  a_role_must_be_named,
                                  a_missing_file_is_told,
                                  a_failure_does_not_go_on_to_the_profile,
                                  the_environments_keys_come_first,
                                  NULL};

    aws_add(suite, "web identity", tests);
}

EVC_TEST_MAIN("aws_web_identity", add_tests)
