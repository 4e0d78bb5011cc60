/* SPDX-License-Identifier: Apache-2.0 */
#include "aws-served.h"
#include "evc-alloc.h"

#define ARN "arn:aws:sts::111122223333:assumed-role/r/me"
/* As in "GetCallerIdentity", AWS Security Token Service API Reference. */
#define XML_REPLY                                                                    \
    "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"" \
    "><GetCallerIdentityResult><Arn>" ARN "</Arn><UserId>AROAX:me</UserId>"          \
    "<Account>111122223333</Account></GetCallerIdentityResult><ResponseMetadata>"    \
    "<RequestId>q</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
#define JSON_REPLY                                                              \
    "{\"GetCallerIdentityResponse\":{\"GetCallerIdentityResult\":{\"Account\":" \
    "\"111122223333\",\"Arn\":\"" ARN "\",\"UserId\":\"AROAX:me\"},"            \
    "\"ResponseMetadata\":{\"RequestId\":\"q\"}}}"
#define TOLD ARN " (user id AROAX:me)"

static evc_buf out;

static void
setup(void)
{
    aws_open();
    set_variable("AWS_ACCESS_KEY_ID", "AKIAME");
    set_variable("AWS_SECRET_ACCESS_KEY", "planted");
    evc_buf_init(&out);
}

static void
tear_down(void)
{
    evc_buf_reset(&out);
    aws_close();
}

static int
open_chain(void)
{
    int rc = open_config();

    return rc ? rc : evc_aws_chain_open(config, &chain, &error);
}

static int
ask_in(const char *region)
{
    int rc = open_chain();

    evc_buf_clear(&out);
    return rc ? rc
              : evc_aws_identity(config, chain, region, &wait_of_test, &out, &error);
}

START_TEST(json_is_read)
{
    serve(200, JSON_REPLY);
    EVC_CHECK_OK(ask_in("eu-central-1"));
    ck_assert(evc_view_is_text(evc_buf_view(&out), TOLD));
}
END_TEST

START_TEST(xml_is_read)
{
    serve(200, XML_REPLY);
    EVC_CHECK_OK(ask_in("eu-central-1"));
    ck_assert(evc_view_is_text(evc_buf_view(&out), TOLD));
}
END_TEST

START_TEST(sts_of_the_region_is_asked_and_the_request_signed_for_it)
{
    serve(200, JSON_REPLY);
    EVC_CHECK_OK(ask_in("eu-central-1"));
    ck_assert_str_eq(served.requests[0].head,
                     "POST https://sts.eu-central-1.amazonaws.com/");
    ck_assert_str_eq(served.requests[0].body,
                     "Action=GetCallerIdentity&Version=2011-06-15");
    ck_assert(has_line(0, "accept: application/json"));
    ck_assert_ptr_nonnull(strstr(served.requests[0].headers,
                                 "Credential=AKIAME/20231114/eu-central-1/sts/"));
}
END_TEST

START_TEST(the_endpoint_of_the_key_is_not_that_of_sts)
{
    options.endpoint = "https://kms.example.com";
    serve(200, JSON_REPLY);
    EVC_CHECK_OK(ask_in("us-east-1"));
    ck_assert_str_eq(served.requests[0].head,
                     "POST https://sts.us-east-1.amazonaws.com/");
}
END_TEST

START_TEST(the_environment_may_name_another_sts)
{
    set_variable("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1");
    serve(200, JSON_REPLY);
    EVC_CHECK_OK(ask_in("us-east-1"));
    ck_assert_str_eq(served.requests[0].head, "POST http://127.0.0.1:1/");
}
END_TEST

static const char *const bad[] = {
    "",
    "{}",
    "nothing",
    "<a/>",
    "{\"GetCallerIdentityResponse\":{\"GetCallerIdentityResult\":{\"Arn\":\"a b\","
    "\"UserId\":\"u\"}}}",
    "{\"GetCallerIdentityResponse\":{\"GetCallerIdentityResult\":{\"Arn\":\"a\"}}}",
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>a</Arn>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>",
};

START_TEST(other_answers_are_refused)
{
    serve(200, bad[_i]);
    EVC_CHECK_CODE(ask_in("us-east-1"), ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(a_refusal_is_told)
{
    serve(403, "<ErrorResponse><Error><Code>InvalidClientTokenId</Code></Error>"
               "</ErrorResponse>");
    serve(403, "<ErrorResponse><Error><Code>InvalidClientTokenId</Code></Error>"
               "</ErrorResponse>");
    EVC_CHECK_CODE(ask_in("us-east-1"), ENVCRYPT_E_AUTH);
    ck_assert_str_eq(envcrypt_error_provider_code(error), "InvalidClientTokenId");
}
END_TEST

static int
ask_once(void *user)
{
    (void)user;
    served.request_count = 0;
    evc_buf_reset(&out);
    evc_buf_init(&out);
    return evc_aws_identity(config, chain, "us-east-1", &wait_of_test, &out, NULL);
}

START_TEST(survives_memory_that_runs_out)
{
    serve(200, JSON_REPLY);
    EVC_CHECK_OK(open_chain());
    EVC_CHECK_OK(ask_once(NULL));
    ck_assert_uint_gt(evc_alloc_sweep(ask_once, NULL), 10);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        json_is_read,
        xml_is_read,
        sts_of_the_region_is_asked_and_the_request_signed_for_it,
        the_endpoint_of_the_key_is_not_that_of_sts,
        the_environment_may_name_another_sts,
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

EVC_TEST_MAIN("aws_identity", add_tests)
