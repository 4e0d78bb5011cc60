/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/aws_sources.h"
#include "aws-served.h"
#include "evc-alloc.h"

static evc_aws_role role;

static evc_creds *
base_creds(void)
{
    evc_creds_parts parts = {.id = evc_view_text("BASE"),
                             .secret = evc_view_text("s"),
                             .expires_ms = EVC_CREDS_NEVER,
                             .source = "test"};
    evc_creds *made = NULL;

    EVC_CHECK_OK(evc_creds_new(env->arena, &parts, &made, NULL));
    return made;
}

static void
setup(void)
{
    aws_open();
    role = (evc_aws_role){.arn = evc_view_text(ROLE)};
}

/* AssumeRole anew. */
static int
assume(void)
{
    evc_creds *base = base_creds();
    int rc = open_config();

    if (rc == 0)
        rc = evc_aws_sts_assume_role(config, &role, base, &wait_of_test, "p", &creds,
                                     &error);
    evc_creds_unref(base);
    return rc;
}

static int
assume_web(void)
{
    int rc = open_config();

    evc_folder_put("token", "jwt", 0600);
    if (rc == 0)
        rc = evc_aws_sts_web_identity(config, &role, evc_folder_path("token"),
                                      &wait_of_test, "test", "p", &creds, &error);
    return rc;
}

START_TEST(json_is_read)
{
    serve(200, STS_JSON("AssumeRole", "R"));
    EVC_CHECK_OK(assume());
    ck_assert_str_eq(creds->id, "R");
    ck_assert(is_secret(&creds->secret, "s-R"));
    ck_assert(is_secret(&creds->token, "t-R"));
    ck_assert_int_eq(creds->expires_ms, SERVED_TIME + 3600000);
    ck_assert_str_eq(creds->account, "111122223333");
}
END_TEST

START_TEST(xml_is_read)
{
    serve(200, STS_XML("AssumeRole", "X"));
    EVC_CHECK_OK(assume());
    ck_assert_str_eq(creds->id, "X");
    ck_assert(is_secret(&creds->secret, "s-X"));
    ck_assert(is_secret(&creds->token, "t-X"));
    ck_assert_int_eq(creds->expires_ms, SERVED_TIME + 3600000);
    ck_assert_str_eq(creds->account, "111122223333");
}
END_TEST

static const char *const bad_answers[] = {
    "",
    "{}",
    "<a/>",
    "nothing",
    STS_JSON("AssumeRoleWithWebIdentity", "W"),
    STS_XML("AssumeRoleWithWebIdentity", "W"),
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>i</AccessKeyId>"
    "<SecretAccessKey>s</SecretAccessKey><Expiration>2023-11-14T23:13:20Z</Expiration>"
    "</Credentials></AssumeRoleResult></AssumeRoleResponse>",
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>i</AccessKeyId>"
    "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>soon"
    "</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
};

START_TEST(other_answers_are_refused)
{
    serve(200, bad_answers[_i]);
    EVC_CHECK_CODE(assume(), ENVCRYPT_E_PROTOCOL);
    ck_assert_ptr_null(creds);
}
END_TEST

START_TEST(the_request_says_what_the_role_says)
{
    role.session = evc_view_text("sess");
    role.external_id = evc_view_text("x y");
    role.duration = evc_view_text("900");
    serve(200, STS_JSON("AssumeRole", "R"));
    EVC_CHECK_OK(assume());
    ck_assert(has_pair(0, "Action=AssumeRole"));
    ck_assert(has_pair(0, "Version=2011-06-15"));
    ck_assert(has_pair(0, "RoleSessionName=sess"));
    ck_assert(has_pair(0, "ExternalId=x%20y"));
    ck_assert(has_pair(0, "DurationSeconds=900"));
    ck_assert(has_line(0, "accept: application/json"));
}
END_TEST

START_TEST(a_session_name_is_made_up)
{
    serve(200, STS_JSON("AssumeRole", "R"));
    EVC_CHECK_OK(assume());
    ck_assert_ptr_nonnull(strstr(served.requests[0].body, "RoleSessionName=envcrypt-"));
}
END_TEST

START_TEST(assume_role_is_signed_for_sts_and_the_region)
{
    options.region = "eu-west-3";
    serve(200, STS_JSON("AssumeRole", "R"));
    EVC_CHECK_OK(assume());
    ck_assert_str_eq(served.requests[0].head,
                     "POST https://sts.eu-west-3.amazonaws.com/");
    ck_assert_ptr_nonnull(
        strstr(served.requests[0].headers, "Credential=BASE/20231114/eu-west-3/sts/"));
}
END_TEST

/* arn, configured Region, mode, URL */
static const char *const places[][4] = {
    {ROLE, NULL, NULL, "https://sts.us-east-1.amazonaws.com/"},
    {"arn:aws-cn:iam::1:role/r", NULL, NULL,
     "https://sts.cn-north-1.amazonaws.com.cn/"},
    {"arn:aws-us-gov:iam::1:role/r", NULL, NULL,
     "https://sts.us-gov-west-1.amazonaws.com/"},
    {ROLE, "eu-west-1", NULL, "https://sts.eu-west-1.amazonaws.com/"},
    {ROLE, "eu-west-1", "regional", "https://sts.eu-west-1.amazonaws.com/"},
    {ROLE, "eu-west-1", "legacy", "https://sts.amazonaws.com/"},
    {ROLE, "eu-south-1", "legacy", "https://sts.eu-south-1.amazonaws.com/"},
    {ROLE, "cn-north-1", "legacy", "https://sts.cn-north-1.amazonaws.com.cn/"},
};

START_TEST(the_place_is_regional_unless_told_otherwise)
{
    char head[128];

    role.arn = evc_view_text(places[_i][0]);
    set_variable("AWS_REGION", places[_i][1]);
    set_variable("AWS_STS_REGIONAL_ENDPOINTS", places[_i][2]);
    serve(200, STS_JSON("AssumeRole", "R"));
    EVC_CHECK_OK(assume());
    (void)snprintf(head, sizeof head, "POST %s", places[_i][3]);
    ck_assert_str_eq(served.requests[0].head, head);
}
END_TEST

START_TEST(the_shared_host_is_signed_for_us_east_1)
{
    set_variable("AWS_REGION", "eu-west-1");
    set_variable("AWS_STS_REGIONAL_ENDPOINTS", "legacy");
    serve(200, STS_JSON("AssumeRole", "R"));
    EVC_CHECK_OK(assume());
    ck_assert_ptr_nonnull(strstr(served.requests[0].headers, "/us-east-1/sts/"));
}
END_TEST

START_TEST(a_custom_endpoint_wins_over_the_shared_host)
{
    set_variable("AWS_REGION", "eu-west-1");
    set_variable("AWS_STS_REGIONAL_ENDPOINTS", "legacy");
    set_variable("AWS_ENDPOINT_URL_STS", "https://sts.example");
    serve(200, STS_JSON("AssumeRole", "R"));
    EVC_CHECK_OK(assume());
    ck_assert_str_eq(served.requests[0].head, "POST https://sts.example/");
}
END_TEST

static const struct {
    const char *arn;
    const char *session;
    const char *duration;
    const char *with; /* of the message; NULL = it is fine */
} roles[] = {
    {ROLE, "ab", "900", NULL},
    {ROLE, "a_+=,.@-Z9", "43200", NULL},
    {"arn:aws:iam::1:user/u", NULL, NULL, "no role"},
    {"r", NULL, NULL, "no role"},
    {"", NULL, NULL, "no role"},
    {"arn:aws:sts::1:role/r", NULL, NULL, "no role"},
    {ROLE, "a", NULL, "session name"},
    {ROLE, "a b", NULL, "session name"},
    {ROLE, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL,
     NULL},
    {ROLE, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL,
     "session name"},
    {ROLE, NULL, "899", "duration"},
    {ROLE, NULL, "43201", "duration"},
    {ROLE, NULL, "1h", "duration"},
    {ROLE, NULL, "999999999999999999999999", "duration"},
};

START_TEST(roles_are_checked_before_anything_is_sent)
{
    role = (evc_aws_role){.arn = evc_view_text(roles[_i].arn),
                          .session = evc_view_text(roles[_i].session),
                          .duration = evc_view_text(roles[_i].duration)};
    serve(200, STS_JSON("AssumeRole", "R"));
    EVC_CHECK_CODE(assume(), roles[_i].with ? ENVCRYPT_E_BAD_CREDENTIALS : 0);
    if (roles[_i].with)
        ck_assert_ptr_nonnull(strstr(evc_error_message(error), roles[_i].with));
    ck_assert_uint_eq(served.request_count, roles[_i].with ? 0 : 1);
}
END_TEST

#define ERROR_XML(code) \
    "<ErrorResponse><Error><Code>" code "</Code></Error></ErrorResponse>"

START_TEST(trouble_of_the_identity_provider_is_tried_again)
{
    serve(400, ERROR_XML("IDPCommunicationError"));
    serve(200, STS_JSON("AssumeRoleWithWebIdentity", "W"));
    EVC_CHECK_OK(assume_web());
    ck_assert_uint_eq(served.request_count, 2);
}
END_TEST

START_TEST(an_identity_that_is_not_known_yet_is_tried_again)
{
    serve(400, ERROR_XML("InvalidIdentityToken"));
    serve(400, ERROR_XML("InvalidIdentityToken"));
    serve(400, ERROR_XML("InvalidIdentityToken"));
    EVC_CHECK_CODE(assume_web(), ENVCRYPT_E_AUTH);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "issuer"));
    ck_assert_uint_eq(served.request_count, 3);
}
END_TEST

START_TEST(a_stale_token_is_told_and_not_tried_again)
{
    serve(400, ERROR_XML("ExpiredTokenException"));
    EVC_CHECK_CODE(assume_web(), ENVCRYPT_E_AUTH);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "stale"));
    ck_assert_uint_eq(served.request_count, 1);
}
END_TEST

START_TEST(a_service_that_is_away_is_told)
{
    serve(500, "");
    serve(500, "");
    serve(500, "");
    EVC_CHECK_CODE(assume(), ENVCRYPT_E_CREDENTIALS_DOWN);
    ck_assert(evc_error_is_retryable(error));
}
END_TEST

START_TEST(expired_base_credentials_are_no_reason_to_ask_twice)
{
    serve(403, ERROR_XML("ExpiredToken"));
    EVC_CHECK_CODE(assume(), ENVCRYPT_E_AUTH);
    ck_assert_uint_eq(served.request_count, 1);
}
END_TEST

START_TEST(a_token_of_the_largest_size_is_sent)
{
    static char token[20002];

    memset(token, 'x', 20000);
    EVC_CHECK_OK(open_config());
    evc_folder_put("token", token, 0600);
    serve(403, "");
    EVC_CHECK_CODE(evc_aws_sts_web_identity(config, &role, evc_folder_path("token"),
                                            &wait_of_test, "test", "p", &creds, &error),
                   ENVCRYPT_E_DENIED);
    token[20000] = 'x';
    evc_folder_put("token", token, 0600);
    EVC_CHECK_CODE(evc_aws_sts_web_identity(config, &role, evc_folder_path("token"),
                                            &wait_of_test, "test", "p", &creds, &error),
                   ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

static int
assume_once(void *user)
{
    evc_creds *base = user;
    evc_creds *got = NULL;
    int rc;

    served.request_count = 0;
    rc = evc_aws_sts_assume_role(config, &role, base, &wait_of_test, "p", &got, NULL);
    evc_creds_unref(got);
    /* The reply of the test's own network did not fit into memory. */
    return rc == ENVCRYPT_E_PROTOCOL || rc == ENVCRYPT_E_CREDENTIALS_DOWN
               ? ENVCRYPT_E_NOMEM
               : rc;
}

START_TEST(survives_memory_running_out)
{
    evc_creds *base = base_creds();

    serve(200, STS_XML("AssumeRole", "X"));
    EVC_CHECK_OK(open_config());
    EVC_CHECK_OK(assume_once(base));
    ck_assert_uint_ge(evc_alloc_sweep(assume_once, base), 20);
    evc_creds_unref(base);
}
END_TEST

static void
add_loop(Suite *suite, const char *name, const TTest *test, int count)
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, setup, aws_close);
    tcase_add_loop_test(tcase, test, 0, count);
    suite_add_tcase(suite, tcase);
}

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {json_is_read,
                                  xml_is_read,
                                  the_request_says_what_the_role_says,
                                  a_session_name_is_made_up,
                                  assume_role_is_signed_for_sts_and_the_region,
                                  the_shared_host_is_signed_for_us_east_1,
                                  a_custom_endpoint_wins_over_the_shared_host,
                                  trouble_of_the_identity_provider_is_tried_again,
                                  an_identity_that_is_not_known_yet_is_tried_again,
                                  a_stale_token_is_told_and_not_tried_again,
                                  a_service_that_is_away_is_told,
                                  expired_base_credentials_are_no_reason_to_ask_twice,
                                  a_token_of_the_largest_size_is_sent,
                                  survives_memory_running_out,
                                  NULL};
    TCase *tcase = tcase_create("sts");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, aws_close);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    add_loop(suite, "answers", other_answers_are_refused,
             sizeof bad_answers / sizeof bad_answers[0]);
    add_loop(suite, "places", the_place_is_regional_unless_told_otherwise,
             sizeof places / sizeof places[0]);
    add_loop(suite, "roles", roles_are_checked_before_anything_is_sent,
             sizeof roles / sizeof roles[0]);
}

EVC_TEST_MAIN("aws_sts", add_tests)
