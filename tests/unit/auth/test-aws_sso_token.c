/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/aws_sso_token.h"
#include "aws-sso-home.h"
#include "evc-alloc.h"

#define OVER "2023-11-14T22:13:20Z"     /* now */
#define SOON "2023-11-14T22:28:19Z"     /* in less than 15 min */
#define NOT_SOON "2023-11-14T22:28:21Z" /* in more */
#define LATER "2023-11-15T22:13:20Z"
#define NEW "{\"accessToken\":\"at-2\",\"expiresIn\":28800,\"refreshToken\":\"rt-2\"}"

static evc_secret token;

static int
get_token(const char *session_name)
{
    const evc_aws_sso_session session = {.profile = "p",
                                         .name = evc_view_text(session_name),
                                         .start_url = evc_view_text(START),
                                         .region = "eu-west-1"};
    int rc = open_config();

    evc_secret_free(&token);
    if (rc == 0)
        rc = evc_aws_sso_token(config, &session, SERVED_TIME, &wait_of_test, &token,
                               &error);
    return rc;
}

static void
check_token(const char *expected)
{
    int rc = get_token("my-session");

    ck_assert_msg(rc == 0, "%s", evc_error_message(error));
    ck_assert(is_secret(&token, expected));
    evc_secret_free(&token);
}

static void
check_refused(int code, const char *with)
{
    EVC_CHECK_CODE(get_token("my-session"), code);
    ck_assert_msg(strstr(evc_error_message(error), with) != NULL, "%s",
                  evc_error_message(error));
    ck_assert_ptr_null(token.bytes);
}

START_TEST(a_token_that_lives_is_used)
{
    sign_in(SESSION_FILE, NOT_SOON, LATER);
    check_token("at-1");
    ck_assert_uint_eq(served.request_count, 0);
}
END_TEST

START_TEST(a_token_near_its_end_is_renewed)
{
    sign_in(SESSION_FILE, SOON, LATER);
    serve(200, NEW);
    check_token("at-2");
    ck_assert_str_eq(served.requests[0].head,
                     "POST https://oidc.eu-west-1.amazonaws.com/token");
    ck_assert_str_eq(served.requests[0].body,
                     "{\"clientId\":\"ci\",\"clientSecret\":\"cs\",\"grantType\":"
                     "\"refresh_token\",\"refreshToken\":\"rt-1\"}");
    ck_assert(served.requests[0].secret);
}
END_TEST

START_TEST(the_renewed_token_is_kept_for_the_next)
{
    sign_in(SESSION_FILE, OVER, LATER);
    serve(200, NEW);
    check_token("at-2");
    ck_assert_uint_eq(evc_folder_mode(SESSION_FILE), 0600);
    ck_assert(evc_folder_holds(
        SESSION_FILE,
        "{\n  \"startUrl\": \"" START "\",\n  \"region\": \"eu-west-1\",\n"
        "  \"accessToken\": \"at-2\",\n  \"expiresAt\": \"2023-11-15T06:13:20Z\",\n"
        "  \"clientId\": \"ci\",\n  \"clientSecret\": \"cs\",\n"
        "  \"registrationExpiresAt\": \"" LATER "\",\n"
        "  \"refreshToken\": \"rt-2\"\n}\n"));
    check_token("at-2");
    ck_assert_uint_eq(served.request_count, 1);
}
END_TEST

START_TEST(the_old_refresh_token_stays_when_there_is_no_new_one)
{
    sign_in(SESSION_FILE, OVER, LATER);
    serve(200, "{\"accessToken\":\"at-2\",\"expiresIn\":60}");
    serve(200, NEW);
    check_token("at-2");
    check_token("at-2");
    ck_assert_ptr_nonnull(strstr(served.requests[1].body, "rt-1"));
}
END_TEST

START_TEST(a_failed_renewal_keeps_a_token_that_lives)
{
    sign_in(SESSION_FILE, SOON, LATER);
    serve(400, "{\"error\":\"invalid_grant\"}");
    check_token("at-1");
}
END_TEST

START_TEST(a_failed_renewal_of_one_that_is_over_is_told)
{
    sign_in(SESSION_FILE, OVER, LATER);
    serve(400, "{\"error\":\"invalid_grant\",\"error_description\":\"secretword\"}");
    check_refused(ENVCRYPT_E_AUTH, "aws sso login");
    ck_assert_str_eq(evc_error_provider_code(error), "invalid_grant");
    ck_assert_ptr_null(strstr(evc_error_message(error), "secretword"));
}
END_TEST

START_TEST(a_registration_that_is_over_renews_nothing)
{
    sign_in(SESSION_FILE, OVER, OVER);
    check_refused(ENVCRYPT_E_BAD_CREDENTIALS, "aws sso login --profile p");
    ck_assert_uint_eq(served.request_count, 0);
}
END_TEST

START_TEST(the_older_form_is_never_renewed)
{
    sign_in(START_FILE, OVER, LATER);
    EVC_CHECK_CODE(get_token(""), ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert_uint_eq(served.request_count, 0);
}
END_TEST

START_TEST(nobody_who_signed_in_is_told)
{
    check_refused(ENVCRYPT_E_BAD_CREDENTIALS, "nobody is signed in");
}
END_TEST

START_TEST(a_file_that_is_none_is_told)
{
    evc_folder_put(SESSION_FILE, "{\"expiresAt\":\"" LATER "\"}", 0600);
    check_refused(ENVCRYPT_E_BAD_CREDENTIALS, "holds no token");
}
END_TEST

START_TEST(without_a_home_there_is_no_sign_in)
{
    set_variable("HOME", NULL);
    check_refused(ENVCRYPT_E_BAD_CREDENTIALS, "HOME");
}
END_TEST

static const char *const bad_renewals[] = {"",
                                           "{}",
                                           "{\"accessToken\":\"a\"}",
                                           "{\"accessToken\":\"a\",\"expiresIn\":0}",
                                           "{\"expiresIn\":60}",
                                           "{\"accessToken\":\"\",\"expiresIn\":60}"};

START_TEST(answers_that_are_none_are_refused)
{
    for (size_t i = 0; i < sizeof bad_renewals / sizeof bad_renewals[0]; i++) {
        sign_in(SESSION_FILE, OVER, LATER);
        served.reply_count = 0;
        served.request_count = 0;
        serve(200, bad_renewals[i]);
        EVC_CHECK_CODE(get_token("my-session"), ENVCRYPT_E_PROTOCOL);
    }
}
END_TEST

START_TEST(a_token_that_cannot_be_kept_is_a_warning)
{
    sign_in(SESSION_FILE, OVER, LATER);
    ck_assert_int_eq(link(evc_folder_path(SESSION_FILE), evc_folder_path("other")), 0);
    serve(200, NEW);
    check_token("at-2");
    ck_assert_ptr_nonnull(strstr(served.log, "could not be kept"));
}
END_TEST

static int
get_once(void *user)
{
    const evc_aws_sso_session session = {.profile = "p",
                                         .name = evc_view_text("my-session"),
                                         .start_url = evc_view_text(START),
                                         .region = "eu-west-1"};
    int rc =
        evc_aws_sso_token(config, &session, SERVED_TIME, &wait_of_test, &token, NULL);

    (void)user;
    evc_secret_free(&token);
    return rc;
}

START_TEST(survives_memory_running_out)
{
    sign_in(SESSION_FILE, NOT_SOON, LATER);
    EVC_CHECK_OK(open_config());
    EVC_CHECK_OK(get_once(NULL));
    ck_assert_uint_ge(evc_alloc_sweep(get_once, NULL), 3);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_token_that_lives_is_used,
                                  a_token_near_its_end_is_renewed,
                                  the_renewed_token_is_kept_for_the_next,
                                  the_old_refresh_token_stays_when_there_is_no_new_one,
                                  a_failed_renewal_keeps_a_token_that_lives,
                                  a_failed_renewal_of_one_that_is_over_is_told,
                                  a_registration_that_is_over_renews_nothing,
                                  the_older_form_is_never_renewed,
                                  nobody_who_signed_in_is_told,
                                  a_file_that_is_none_is_told,
                                  without_a_home_there_is_no_sign_in,
                                  a_token_that_cannot_be_kept_is_a_warning,
                                  answers_that_are_none_are_refused,
                                  survives_memory_running_out,
                                  NULL};

    sso_add(suite, "sso token", tests);
}

EVC_TEST_MAIN("aws_sso_token", add_tests)
