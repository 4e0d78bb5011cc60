/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/alibaba_given.h"

#include "alibaba-fixture.h"
#include "evc-alloc.h"

static int
by_uri(const char *uri)
{
    return evc_alibaba_given_by_uri(config, uri, "uri", &wait_of_test, &creds, NULL);
}

static int
by_process(const char *command, evc_error **err)
{
    return evc_alibaba_given_by_process(config, command, "cli-profile", "p", &real_wait,
                                        &creds, err);
}

/* --- URI --- */

START_TEST(a_uri_is_asked_as_it_is_written)
{
    serve(200, FLAT_REPLY);
    EVC_CHECK_OK(by_uri("http://127.0.0.1:8080/a/creds/?x=1&y=%20"));
    check_creds("STS.flat", "flat-secret", "flat-token", SERVED_TIME + HOUR_MS);
    ck_assert_str_eq(served.requests[0].head,
                     "GET http://127.0.0.1:8080/a/creds/?x=1&y=%20");
    ck_assert(served.requests[0].secret);
}
END_TEST

START_TEST(a_uri_may_be_https_anywhere)
{
    serve(200, FLAT_REPLY);
    EVC_CHECK_OK(by_uri("https://creds.example.com"));
    ck_assert_str_eq(served.requests[0].head, "GET https://creds.example.com/");
}
END_TEST

START_TEST(a_uri_of_http_stays_on_this_machine)
{
    EVC_CHECK_CODE(by_uri("http://creds.example.com/x"), ENVCRYPT_E_ENDPOINT);
    EVC_CHECK_CODE(by_uri("http://10.0.0.1/x"), ENVCRYPT_E_ENDPOINT);
    EVC_CHECK_CODE(by_uri("file:///etc/passwd"), ENVCRYPT_E_ENDPOINT);
    EVC_CHECK_CODE(by_uri("nonsense"), ENVCRYPT_E_ENDPOINT);
    ck_assert_uint_eq(served.request_count, 0);
}
END_TEST

START_TEST(a_uri_with_what_none_has_is_refused)
{
    EVC_CHECK_CODE(by_uri("http://127.0.0.1/a b"), ENVCRYPT_E_BAD_CREDENTIALS);
    EVC_CHECK_CODE(by_uri("http://127.0.0.1/a#b"), ENVCRYPT_E_BAD_CREDENTIALS);
    EVC_CHECK_CODE(by_uri("http://127.0.0.1/a\r\nx: y"), ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

START_TEST(a_uri_may_give_a_lasting_key)
{
    serve(200, "{\"AccessKeyId\":\"a\",\"AccessKeySecret\":\"b\"}");
    EVC_CHECK_OK(by_uri("http://127.0.0.1/"));
    check_creds("a", "b", "", EVC_CREDS_NEVER);
    ck_assert(!creds->fixed);
}
END_TEST

START_TEST(a_uri_that_refuses_is_told)
{
    serve(403, "");
    EVC_CHECK_CODE(by_uri("http://127.0.0.1/"), ENVCRYPT_E_AUTH);
    serve(404, "");
    EVC_CHECK_CODE(by_uri("http://127.0.0.1/"), ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

/* --- program --- */

START_TEST(a_program_gives_a_token_of_sts)
{
    EVC_CHECK_OK(by_process("echo '{\"mode\":\"StsToken\",\"access_key_id\":\"a\","
                            "\"access_key_secret\":\"b\",\"sts_token\":\"c\","
                            "\"expiration\":\"2023-11-14T23:13:20Z\"}'",
                            NULL));
    check_creds("a", "b", "c", SERVED_TIME + HOUR_MS);
    ck_assert_str_eq(creds->detail, "p");
}
END_TEST

START_TEST(programs_that_give_nothing_are_refused)
{
    static const char *const commands[] = {
        "",
        "'open quote",
        "/nowhere/at-all",
        "false",
        "true",
        "echo nonsense",
        "echo '{\"access_key_id\":\"a\"}'",
    };

    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        EVC_CHECK_CODE(by_process(commands[i], NULL), ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

START_TEST(the_error_of_a_program_shows_nothing_of_its_output)
{
    evc_error *err = NULL;

    EVC_CHECK_CODE(by_process("echo planted", &err), ENVCRYPT_E_BAD_CREDENTIALS);
    for (const envcrypt_error *at = err; at; at = envcrypt_error_cause(at))
        ck_assert_ptr_null(strstr(envcrypt_error_message(at), "planted"));
    envcrypt_error_free(err);
}
END_TEST

/* --- sign-in --- */

static evc_alibaba_profile profile;

static void
put_secret(evc_secret *out, const char *text)
{
    EVC_CHECK_OK(evc_secret_new(env->arena, strlen(text), out, NULL));
    memcpy(out->bytes, text, strlen(text));
}

static void
make_profile(const char *mode)
{
    profile = (evc_alibaba_profile){
        .name = evc_mem_strdup("p"),
        .mode = evc_mem_strdup(mode),
        .access_key_id = evc_mem_strdup("kept-id"),
        .cloud_sso_sign_in_url =
            evc_mem_strdup("https://signin-x.alibabacloudsso.com/start/login?a=b"),
        .cloud_sso_account_id = evc_mem_strdup("123"),
        .cloud_sso_access_config = evc_mem_strdup("ac-1"),
        .oauth_site_type = evc_mem_strdup("INTL"),
        .cloud_sso_access_token_expire = SERVED_TIME / 1000 + 3600,
        .oauth_access_token_expire = SERVED_TIME / 1000 + 3600,
    };
    put_secret(&profile.access_key_secret, "kept-secret");
    put_secret(&profile.sts_token, "kept-token");
    put_secret(&profile.access_token, "sso-token");
    put_secret(&profile.oauth_access_token, "oauth-token");
}

static int
by_sign_in(evc_error **err)
{
    int rc = evc_alibaba_given_by_sign_in(config, &profile, "cli-profile", SERVED_TIME,
                                          &wait_of_test, &creds, err);

    evc_alibaba_profile_reset(&profile);
    return rc;
}

START_TEST(kept_credentials_are_used_while_they_live)
{
    make_profile("OAuth");
    profile.sts_expiration = SERVED_TIME / 1000 + 181;
    EVC_CHECK_OK(by_sign_in(NULL));
    check_creds("kept-id", "kept-secret", "kept-token", SERVED_TIME + 181000);
    ck_assert_uint_eq(served.request_count, 0);
}
END_TEST

START_TEST(kept_credentials_are_not_begun_with_at_their_end)
{
    make_profile("OAuth");
    profile.sts_expiration = SERVED_TIME / 1000 + 180;
    serve(200,
          "{\"accessKeyId\":\"o\",\"accessKeySecret\":\"s\",\"securityToken\":\"t\","
          "\"expiration\":\"2023-11-14T23:13:20Z\"}");
    EVC_CHECK_OK(by_sign_in(NULL));
    check_creds("o", "s", "t", SERVED_TIME + HOUR_MS);
    ck_assert_str_eq(served.requests[0].head,
                     "POST https://oauth.alibabacloud.com/v1/exchange");
    ck_assert(has_line(0, "authorization: Bearer oauth-token"));
}
END_TEST

START_TEST(cloud_sso_is_asked_with_its_token)
{
    make_profile("CloudSSO");
    serve(200, "{\"CloudCredential\":{\"AccessKeyId\":\"c\",\"AccessKeySecret\":\"s\","
               "\"SecurityToken\":\"t\",\"Expiration\":\"2023-11-14T23:13:20Z\"}}");
    EVC_CHECK_OK(by_sign_in(NULL));
    check_creds("c", "s", "t", SERVED_TIME + HOUR_MS);
    ck_assert_str_eq(served.requests[0].head,
                     "POST https://signin-x.alibabacloudsso.com/cloud-credentials");
    ck_assert(has_line(0, "authorization: Bearer sso-token"));
    ck_assert_str_eq(served.requests[0].body,
                     "{\"AccountId\":\"123\",\"AccessConfigurationId\":\"ac-1\"}");
}
END_TEST

START_TEST(a_sign_in_that_is_over_is_told_with_what_to_run)
{
    evc_error *err = NULL;

    make_profile("CloudSSO");
    profile.cloud_sso_access_token_expire = SERVED_TIME / 1000;
    EVC_CHECK_CODE(by_sign_in(&err), ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert_ptr_nonnull(strstr(envcrypt_error_message(err),
                                 "aliyun configure --profile p --mode CloudSSO"));
    ck_assert_uint_eq(served.request_count, 0);
    envcrypt_error_free(err);
}
END_TEST

START_TEST(an_oauth_site_must_be_known)
{
    make_profile("OAuth");
    profile.oauth_site_type[0] = 'X';
    EVC_CHECK_CODE(by_sign_in(NULL), ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

static int
ask_once(void *user)
{
    int rc;

    (void)user;
    served.reply_count = served.request_count = 0;
    serve(200, FLAT_REPLY);
    rc = by_uri("http://127.0.0.1:8080/creds?x=1");
    evc_creds_unref(creds);
    creds = NULL;
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    ck_assert_uint_gt(evc_alloc_sweep(ask_once, NULL), 10);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_uri_is_asked_as_it_is_written,
        a_uri_may_be_https_anywhere,
        a_uri_of_http_stays_on_this_machine,
        a_uri_with_what_none_has_is_refused,
        a_uri_may_give_a_lasting_key,
        a_uri_that_refuses_is_told,
        a_program_gives_a_token_of_sts,
        programs_that_give_nothing_are_refused,
        the_error_of_a_program_shows_nothing_of_its_output,
        kept_credentials_are_used_while_they_live,
        kept_credentials_are_not_begun_with_at_their_end,
        cloud_sso_is_asked_with_its_token,
        a_sign_in_that_is_over_is_told_with_what_to_run,
        an_oauth_site_must_be_known,
        survives_memory_that_runs_out,
        NULL,
    };

    alibaba_add(suite, "alibaba_given", tests);
}

EVC_TEST_MAIN("alibaba_given", add_tests)
