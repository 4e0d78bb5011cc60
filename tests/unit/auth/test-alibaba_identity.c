/* SPDX-License-Identifier: Apache-2.0 */
#include "alibaba-fixture.h"
#include "evc-alloc.h"

/* As in "GetCallerIdentity", Security Token Service API reference. */
#define REPLY                                                                \
    "{\"IdentityType\":\"RAMUser\",\"AccountId\":\"1234567890123456\","      \
    "\"RequestId\":\"R\",\"PrincipalId\":\"216959339000654321\",\"UserId\":" \
    "\"216959339000654321\",\"Arn\":\"acs:ram::1234567890123456:user/me\","  \
    "\"RoleId\":null}"

static evc_buf out;
static evc_chain *chain;
static evc_error *error;

static void
setup(void)
{
    alibaba_set_up();
    set_variable("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAIME");
    set_variable("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "planted");
    evc_buf_init(&out);
    chain = NULL;
    error = NULL;
}

static void
tear_down(void)
{
    evc_buf_reset(&out);
    evc_error_free(error);
    evc_chain_unref(chain);
    alibaba_tear_down();
}

static int
ask_with(const evc_alibaba_options *options)
{
    open_config(options);
    EVC_CHECK_OK(evc_alibaba_chain_open(config, &chain, NULL));
    return evc_alibaba_identity(config, chain, "cn-hangzhou", &wait_of_test, &out,
                                &error);
}

START_TEST(the_identity_is_told)
{
    serve(200, REPLY);
    EVC_CHECK_OK(ask_with(NULL));
    ck_assert(evc_view_is_text(evc_buf_view(&out),
                               "acs:ram::1234567890123456:user/me (RAMUser)"));
}
END_TEST

START_TEST(sts_of_the_region_is_asked_by_signature_v3)
{
    static const evc_alibaba_options options = {.endpoint = "https://kms.example.com"};

    serve(200, REPLY);
    EVC_CHECK_OK(ask_with(&options));
    ck_assert_str_eq(served.requests[0].head,
                     "POST https://sts.cn-hangzhou.aliyuncs.com/");
    ck_assert(has_line(0, "x-acs-action: GetCallerIdentity"));
    ck_assert(has_line(0, "x-acs-version: 2015-04-01"));
    ck_assert_ptr_nonnull(
        strstr(served.requests[0].headers, "ACS3-HMAC-SHA256 Credential=LTAIME,"));
}
END_TEST

START_TEST(signature_v1_is_used_where_it_is_wanted)
{
    static const evc_alibaba_options options = {.signature = "v1"};

    serve(200, REPLY);
    EVC_CHECK_OK(ask_with(&options));
    ck_assert_ptr_nonnull(strstr(served.requests[0].head, "Action=GetCallerIdentity"));
    ck_assert_ptr_nonnull(strstr(served.requests[0].head, "&Signature="));
}
END_TEST

static const char *const bad[] = {
    "",
    "{}",
    "<a/>",
    "[]",
    "{\"Arn\":7}",
    "{\"Arn\":\"a b\"}",
    "{\"Arn\":\"a\",\"IdentityType\":\"\\u001b\"}",
};

START_TEST(other_answers_are_refused)
{
    serve(200, bad[_i]);
    EVC_CHECK_CODE(ask_with(NULL), ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(a_refusal_is_told)
{
    serve(403, "{\"Code\":\"NoPermission\",\"RequestId\":\"R\"}");
    EVC_CHECK_CODE(ask_with(NULL), ENVCRYPT_E_DENIED);
    ck_assert_str_eq(envcrypt_error_provider_code(error), "NoPermission");
}
END_TEST

static int
ask_once(void *user)
{
    (void)user;
    served.request_count = 0;
    evc_buf_reset(&out);
    evc_buf_init(&out);
    return evc_alibaba_identity(config, chain, "cn-hangzhou", &wait_of_test, &out,
                                NULL);
}

START_TEST(survives_memory_that_runs_out)
{
    serve(200, REPLY);
    EVC_CHECK_OK(ask_with(NULL));
    ck_assert_uint_gt(evc_alloc_sweep(ask_once, NULL), 10);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {the_identity_is_told,
                                  sts_of_the_region_is_asked_by_signature_v3,
                                  signature_v1_is_used_where_it_is_wanted,
                                  a_refusal_is_told,
                                  survives_memory_that_runs_out,
                                  NULL};
    TCase *tcase = tcase_create("identity");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, other_answers_are_refused, 0,
                        sizeof(bad) / sizeof(bad[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("alibaba_identity", add_tests)
