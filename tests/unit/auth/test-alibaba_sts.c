/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/alibaba_sts.h"

#include "alibaba-fixture.h"
#include "evc-alloc.h"

static const evc_alibaba_role role = {.arn = "acs:ram::1:role/r", .source = "test"};

static int
assume(const evc_alibaba_role *which, evc_error **err)
{
    evc_creds_parts parts = {.id = evc_view_text("id"),
                             .secret = evc_view_text("secret"),
                             .token = evc_view_text("with-token"),
                             .expires_ms = EVC_CREDS_NEVER,
                             .source = "test"};
    evc_creds *with;
    int rc = evc_creds_new(env->arena, &parts, &with, err);

    if (rc)
        return rc;
    rc = evc_alibaba_sts_assume(config, which, with, &wait_of_test, &creds, err);
    evc_creds_unref(with);
    return rc;
}

static int
by_oidc(evc_error **err)
{
    return evc_alibaba_sts_oidc(config, &role, "acs:ram::1:oidc-provider/p", "token",
                                &wait_of_test, &creds, err);
}

START_TEST(a_role_is_asked_for_by_a_signed_form)
{
    serve(200, STS_REPLY);
    EVC_CHECK_OK(assume(&role, NULL));
    check_creds("STS.role", "role-secret", "role-token", SERVED_TIME + HOUR_MS);
    ck_assert_str_eq(served.requests[0].head, "POST https://sts.aliyuncs.com/");
    ck_assert(has_pair(0, "Action=AssumeRole"));
    ck_assert(has_pair(0, "Version=2015-04-01"));
    ck_assert(has_pair(0, "RoleArn=acs%3Aram%3A%3A1%3Arole%2Fr"));
    ck_assert(has_pair(0, "DurationSeconds=3600"));
    ck_assert(has_pair(0, "AccessKeyId=id"));
    ck_assert(has_pair(0, "SecurityToken=with-token"));
    ck_assert_ptr_nonnull(strstr(served.requests[0].body, "&Signature="));
    ck_assert(served.requests[0].secret);
}
END_TEST

START_TEST(a_token_is_exchanged_as_in_the_documentation)
{
    evc_folder_put("token", "pod.token\n", 0600);
    serve(200, STS_REPLY);
    EVC_CHECK_OK(by_oidc(NULL));
    ck_assert_str_eq(served.requests[0].head,
                     "POST https://sts.aliyuncs.com/?Action=AssumeRoleWithOIDC&Format="
                     "JSON&Timestamp=2023-11-14T22%3A13%3A20Z&Version=2015-04-01");
    ck_assert(has_pair(0, "OIDCProviderArn=acs%3Aram%3A%3A1%3Aoidc-provider%2Fp"));
    ck_assert(has_pair(0, "OIDCToken=pod.token"));
    ck_assert(has_pair(0, "RoleArn=acs%3Aram%3A%3A1%3Arole%2Fr"));
    ck_assert_ptr_null(strstr(served.requests[0].headers, "authorization"));
}
END_TEST

START_TEST(a_session_is_named_after_the_time_when_nobody_names_it)
{
    serve(200, STS_REPLY);
    EVC_CHECK_OK(assume(&role, NULL));
    ck_assert(has_pair(0, "RoleSessionName=envcrypt-1700000000000"));
}
END_TEST

START_TEST(the_environment_may_name_the_session)
{
    set_variable("ALIBABA_CLOUD_ROLE_SESSION_NAME", "my session");
    open_config(NULL);
    serve(200, STS_REPLY);
    EVC_CHECK_OK(assume(&role, NULL));
    ck_assert(has_pair(0, "RoleSessionName=my%20session"));
}
END_TEST

START_TEST(the_environment_may_say_which_sts)
{
    set_variable("ALIBABA_CLOUD_STS_REGION", "cn-beijing");
    set_variable("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED", "TRUE");
    open_config(NULL);
    serve(200, STS_REPLY);
    EVC_CHECK_OK(assume(&role, NULL));
    ck_assert_str_eq(served.requests[0].head,
                     "POST https://sts-vpc.cn-beijing.aliyuncs.com/");
}
END_TEST

START_TEST(a_role_may_say_which_sts)
{
    evc_alibaba_role other = role;

    other.sts_endpoint = "sts.example.com";
    serve(200, STS_REPLY);
    EVC_CHECK_OK(assume(&other, NULL));
    ck_assert_str_eq(served.requests[0].head, "POST https://sts.example.com/");
}
END_TEST

START_TEST(a_missing_token_is_told_with_its_path)
{
    evc_error *err = NULL;

    EVC_CHECK_CODE(by_oidc(&err), ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert_ptr_nonnull(strstr(envcrypt_error_message(err), "token"));
    ck_assert_uint_eq(served.request_count, 0);
    envcrypt_error_free(err);
}
END_TEST

START_TEST(a_duration_is_bounded)
{
    evc_alibaba_role other = role;

    other.duration_s = 899;
    EVC_CHECK_CODE(assume(&other, NULL), ENVCRYPT_E_BAD_CREDENTIALS);
    other.duration_s = 900;
    serve(200, STS_REPLY);
    EVC_CHECK_OK(assume(&other, NULL));
}
END_TEST

START_TEST(a_role_needs_an_arn)
{
    static const evc_alibaba_role none = {.source = "test"};

    EVC_CHECK_CODE(assume(&none, NULL), ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

static const struct row {
    int status;
    const char *code;
    int means;
} rows[] = {
    {404, "EntityNotExist.Role", ENVCRYPT_E_BAD_CREDENTIALS},
    {403, "NoPermission", ENVCRYPT_E_DENIED},
    {403, "AuthenticationFail.NoPermission", ENVCRYPT_E_DENIED},
    {400, "AuthenticationFail.OIDCToken.Expired", ENVCRYPT_E_AUTH},
    {400, "AuthenticationFail.OIDCToken.Invalid", ENVCRYPT_E_AUTH},
    {400, "InvalidParameter.RoleArn", ENVCRYPT_E_BAD_CREDENTIALS},
    {400, "SignatureDoesNotMatch", ENVCRYPT_E_AUTH},
    {404, "InvalidAccessKeyId.NotFound", ENVCRYPT_E_AUTH},
};

START_TEST(errors_of_sts_have_a_meaning)
{
    char body[128];

    (void)snprintf(body, sizeof body, "{\"Code\":\"%s\"}", rows[_i].code);
    serve(rows[_i].status, body);
    EVC_CHECK_CODE(assume(&role, NULL), rows[_i].means);
    ck_assert_uint_eq(served.request_count, 1);
}
END_TEST

START_TEST(a_nonce_that_was_used_is_not_used_again)
{
    char first[64];

    serve(400, "{\"Code\":\"SignatureNonceUsed\"}");
    serve(200, STS_REPLY);
    EVC_CHECK_OK(assume(&role, NULL));
    (void)snprintf(first, sizeof first, "%.47s",
                   strstr(served.requests[0].body, "SignatureNonce="));
    ck_assert_ptr_null(strstr(served.requests[1].body, first));
}
END_TEST

START_TEST(sts_that_stays_away_is_told_so)
{
    EVC_CHECK_CODE(assume(&role, NULL), ENVCRYPT_E_CREDENTIALS_DOWN);
    ck_assert_uint_eq(served.request_count, 3);
}
END_TEST

START_TEST(a_reply_that_is_none_is_refused)
{
    serve(200, "{\"Credentials\":{}}");
    EVC_CHECK_CODE(assume(&role, NULL), ENVCRYPT_E_PROTOCOL);
}
END_TEST

static int
ask_both(void *user)
{
    int rc;

    (void)user;
    served.reply_count = served.request_count = 0;
    serve(200, STS_REPLY);
    serve(200, STS_REPLY);
    rc = assume(&role, NULL);
    evc_creds_unref(creds);
    creds = NULL;
    if (!rc)
        rc = by_oidc(NULL);
    evc_creds_unref(creds);
    creds = NULL;
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    evc_folder_put("token", "pod.token\n", 0600);
    ck_assert_uint_gt(evc_alloc_sweep(ask_both, NULL), 20);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_role_is_asked_for_by_a_signed_form,
        a_token_is_exchanged_as_in_the_documentation,
        a_session_is_named_after_the_time_when_nobody_names_it,
        the_environment_may_name_the_session,
        the_environment_may_say_which_sts,
        a_role_may_say_which_sts,
        a_missing_token_is_told_with_its_path,
        a_duration_is_bounded,
        a_role_needs_an_arn,
        a_nonce_that_was_used_is_not_used_again,
        sts_that_stays_away_is_told_so,
        a_reply_that_is_none_is_refused,
        survives_memory_that_runs_out,
        NULL,
    };
    TCase *tcase = tcase_create("errors");

    alibaba_add(suite, "alibaba_sts", tests);
    tcase_add_checked_fixture(tcase, alibaba_set_up, alibaba_tear_down);
    tcase_add_loop_test(tcase, errors_of_sts_have_a_meaning, 0,
                        (int)(sizeof rows / sizeof *rows));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("alibaba_sts", add_tests)
