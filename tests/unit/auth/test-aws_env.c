/* SPDX-License-Identifier: Apache-2.0 */
#include "aws-served.h"

static void
set_keys(void)
{
    set_variable("AWS_ACCESS_KEY_ID", "ID");
    set_variable("AWS_SECRET_ACCESS_KEY", "SECRET");
}

START_TEST(keys_of_the_environment_are_fixed)
{
    set_keys();
    check_id("ID");
    ck_assert(is_secret(&creds->secret, "SECRET"));
    ck_assert(is_secret(&creds->token, ""));
    ck_assert_str_eq(creds->source, "environment");
    ck_assert(creds->expires_ms == EVC_CREDS_NEVER);
    ck_assert(creds->fixed);
}
END_TEST

START_TEST(token_and_account_come_along)
{
    set_keys();
    set_variable("AWS_SESSION_TOKEN", "TOKEN");
    set_variable("AWS_SECURITY_TOKEN", "OLD");
    set_variable("AWS_ACCOUNT_ID", "111122223333");
    check_id("ID");
    ck_assert(is_secret(&creds->token, "TOKEN"));
    ck_assert_str_eq(creds->account, "111122223333");
}
END_TEST

START_TEST(the_old_name_of_the_token_is_read_too)
{
    set_keys();
    set_variable("AWS_SECURITY_TOKEN", "OLD");
    check_id("ID");
    ck_assert(is_secret(&creds->token, "OLD"));
}
END_TEST

START_TEST(empty_is_unset)
{
    set_variable("AWS_ACCESS_KEY_ID", "");
    set_variable("AWS_SECRET_ACCESS_KEY", "");
    options.sources = "environment";
    check_error(ENVCRYPT_E_NO_CREDENTIALS, "environment");
}
END_TEST

START_TEST(a_key_without_secret_is_told)
{
    set_variable("AWS_ACCESS_KEY_ID", "ID");
    check_error(ENVCRYPT_E_BAD_CREDENTIALS, "AWS_SECRET_ACCESS_KEY is not");
}
END_TEST

START_TEST(a_secret_without_key_is_told)
{
    set_variable("AWS_SECRET_ACCESS_KEY", "SECRET");
    check_error(ENVCRYPT_E_BAD_CREDENTIALS, "AWS_ACCESS_KEY_ID is not");
}
END_TEST

START_TEST(an_end_is_kept)
{
    set_keys();
    set_variable("AWS_CREDENTIAL_EXPIRATION", "2023-11-14T22:13:21Z");
    check_id("ID");
    ck_assert_int_eq(creds->expires_ms, SERVED_TIME + 1000);
}
END_TEST

START_TEST(expired_ones_are_told)
{
    set_keys();
    set_variable("AWS_CREDENTIAL_EXPIRATION", "2023-11-14T22:13:20Z");
    check_error(ENVCRYPT_E_BAD_CREDENTIALS, "expired at 2023-11-14T22:13:20Z");
}
END_TEST

START_TEST(an_end_that_is_no_time_is_told)
{
    set_keys();
    set_variable("AWS_CREDENTIAL_EXPIRATION", "tomorrow");
    check_error(ENVCRYPT_E_BAD_CREDENTIALS, "AWS_CREDENTIAL_EXPIRATION");
}
END_TEST

START_TEST(a_line_end_in_a_secret_is_told_and_not_shown)
{
    set_variable("AWS_ACCESS_KEY_ID", "ID");
    set_variable("AWS_SECRET_ACCESS_KEY", "SECRETWORD\n");
    check_error(ENVCRYPT_E_BAD_CREDENTIALS, "line end");
    ck_assert_ptr_null(strstr(evc_error_message(error), "SECRETWORD"));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {keys_of_the_environment_are_fixed,
                                  token_and_account_come_along,
                                  the_old_name_of_the_token_is_read_too,
                                  empty_is_unset,
                                  a_key_without_secret_is_told,
                                  a_secret_without_key_is_told,
                                  an_end_is_kept,
                                  expired_ones_are_told,
                                  an_end_that_is_no_time_is_told,
                                  a_line_end_in_a_secret_is_told_and_not_shown,
                                  NULL};

    aws_add(suite, "environment", tests);
}

EVC_TEST_MAIN("aws_env", add_tests)
