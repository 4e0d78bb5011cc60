/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/alibaba_ecs.h"

#include "alibaba-fixture.h"
#include "evc-alloc.h"

static int
ask(const char *role, bool probing)
{
    return evc_alibaba_ecs_role(config, role, probing, "ecs-role", &wait_of_test,
                                &creds, NULL);
}

START_TEST(asks_in_hardened_mode)
{
    serve(200, "metadata-token\n");
    serve(200, "my-role\n");
    serve(200, FLAT_REPLY);
    EVC_CHECK_OK(ask(NULL, true));
    check_creds("STS.flat", "flat-secret", "flat-token", SERVED_TIME + HOUR_MS);
    ck_assert_str_eq(served.requests[0].head,
                     "PUT http://100.100.100.200/latest/api/token");
    ck_assert(has_line(0, "x-aliyun-ecs-metadata-token-ttl-seconds: 21600"));
    ck_assert_str_eq(
        served.requests[1].head,
        "GET http://100.100.100.200/latest/meta-data/ram/security-credentials/");
    ck_assert_str_eq(
        served.requests[2].head,
        "GET http://100.100.100.200/latest/meta-data/ram/security-credentials/my-role");
    ck_assert(has_line(1, "x-aliyun-ecs-metadata-token: metadata-token"));
    ck_assert(has_line(2, "x-aliyun-ecs-metadata-token: metadata-token"));
}
END_TEST

START_TEST(waits_a_second_and_by_no_proxy)
{
    serve(200, "t");
    serve(200, FLAT_REPLY);
    EVC_CHECK_OK(ask("r", true));
    ck_assert_int_eq(served.requests[0].link.connect_ms, 1000);
    ck_assert_int_eq(served.requests[0].link.attempt_ms, 1000);
    ck_assert(served.requests[0].link.never_proxy);
}
END_TEST

START_TEST(a_role_that_is_named_is_not_asked_for)
{
    serve(200, "t");
    serve(200, FLAT_REPLY);
    EVC_CHECK_OK(ask("my+role", false));
    ck_assert_str_eq(
        served.requests[1].head,
        "GET "
        "http://100.100.100.200/latest/meta-data/ram/security-credentials/my%2Brole");
}
END_TEST

START_TEST(never_asks_without_a_token)
{
    serve(404, "");
    serve(200, FLAT_REPLY);
    EVC_CHECK_CODE(ask("r", false), ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert_uint_eq(served.request_count, 1);
}
END_TEST

START_TEST(who_probes_takes_silence_for_no_instance)
{
    ck_assert_int_eq(ask(NULL, true), EVC_NOT_CONFIGURED);
    ck_assert_uint_eq(served.request_count, 3);
    ck_assert_ptr_null(creds);
}
END_TEST

START_TEST(who_probes_takes_a_refusal_for_no_instance_and_is_told)
{
    serve(403, "");
    ck_assert_int_eq(ask(NULL, true), EVC_NOT_CONFIGURED);
    ck_assert_ptr_nonnull(strstr(served.log, "403"));
}
END_TEST

START_TEST(who_probes_takes_no_role_for_none)
{
    serve(200, "t");
    serve(404, "");
    ck_assert_int_eq(ask(NULL, true), EVC_NOT_CONFIGURED);
}
END_TEST

START_TEST(a_service_in_trouble_is_no_missing_one)
{
    for (int i = 0; i < 3; i++)
        serve(500, "");
    EVC_CHECK_CODE(ask(NULL, true), ENVCRYPT_E_CREDENTIALS_DOWN);
}
END_TEST

START_TEST(a_role_without_credentials_is_an_error_for_who_probes_too)
{
    serve(200, "t");
    serve(200, "r");
    serve(404, "");
    EVC_CHECK_CODE(ask(NULL, true), ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

START_TEST(refuses_tokens_that_are_none)
{
    static const char *const tokens[] = {"", "\n", "a b", "a\tb", "\xc3\xa4"};

    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        served.reply_count = served.request_count = 0;
        serve(200, tokens[i]);
        EVC_CHECK_CODE(ask("r", false), ENVCRYPT_E_PROTOCOL);
    }
}
END_TEST

START_TEST(refuses_roles_that_are_none)
{
    static const char *const roles[] = {"", "../x", "a/b", "\xc3\xa4"};

    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        served.reply_count = served.request_count = 0;
        serve(200, "t");
        serve(200, roles[i]);
        EVC_CHECK_CODE(ask(NULL, false), ENVCRYPT_E_BAD_CREDENTIALS);
    }
}
END_TEST

static void
serve_role_of(size_t size)
{
    static char name[128];

    memset(name, 'r', size);
    name[size] = 0;
    serve(200, "t");
    serve(200, name);
    serve(200, FLAT_REPLY);
}

START_TEST(takes_a_role_of_the_longest_name)
{
    serve_role_of(64);
    EVC_CHECK_OK(ask(NULL, false));
}
END_TEST

START_TEST(refuses_a_name_of_one_byte_more)
{
    serve_role_of(65);
    EVC_CHECK_CODE(ask(NULL, false), ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

START_TEST(credentials_must_say_success)
{
    serve(200, "t");
    serve(200, "{\"Code\":\"Failed\",\"AccessKeyId\":\"a\",\"AccessKeySecret\":\"b\","
               "\"SecurityToken\":\"c\",\"Expiration\":\"2023-11-14T23:13:20Z\"}");
    EVC_CHECK_CODE(ask("r", false), ENVCRYPT_E_PROTOCOL);
}
END_TEST

static int
ask_once(void *user)
{
    int rc;

    (void)user;
    served.reply_count = served.request_count = 0;
    serve(200, "t");
    serve(200, "r");
    serve(200, FLAT_REPLY);
    rc = ask(NULL, false);
    evc_creds_unref(creds);
    creds = NULL;
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    ck_assert_uint_gt(evc_alloc_sweep(ask_once, NULL), 15);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        asks_in_hardened_mode,
        waits_a_second_and_by_no_proxy,
        a_role_that_is_named_is_not_asked_for,
        never_asks_without_a_token,
        who_probes_takes_silence_for_no_instance,
        who_probes_takes_a_refusal_for_no_instance_and_is_told,
        who_probes_takes_no_role_for_none,
        a_service_in_trouble_is_no_missing_one,
        a_role_without_credentials_is_an_error_for_who_probes_too,
        refuses_tokens_that_are_none,
        refuses_roles_that_are_none,
        takes_a_role_of_the_longest_name,
        refuses_a_name_of_one_byte_more,
        credentials_must_say_success,
        survives_memory_that_runs_out,
        NULL,
    };

    alibaba_add(suite, "alibaba_ecs", tests);
}

EVC_TEST_MAIN("alibaba_ecs", add_tests)
