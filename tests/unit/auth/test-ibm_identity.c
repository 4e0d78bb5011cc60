/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/ibm.h"
#include "evc-alloc.h"
#include "served-net.h"

/*
 * {"iam_id": "IBMid-5500AAAAAA", "sub": "me@example.com", "account": {"valid": true,
 * "bss": "1b2c"}, "name": "~?~?"}, by Python's base64.
 */
static const char user_token[] =
    "eyJhbGciOiJSUzI1NiJ9.eyJpYW1faWQiOiAiSUJNaWQtNTUwMEFBQUFBQSIsICJzdWIiO"
    "iAibWVAZXhhbXBsZS5jb20iLCAiYWNjb3VudCI6IHsidmFsaWQiOiB0cnVlLCAiYnNzIjo"
    "gIjFiMmMifSwgIm5hbWUiOiAifj9-PyJ9.c2ln";
/* {"iam_id":"iam-ServiceId-1"} */
static const char short_token[] =
    "eyJhbGciOiJSUzI1NiJ9.eyJpYW1faWQiOiJpYW0tU2VydmljZUlkLTEifQ.c2ln";

static evc_buf out;
static evc_chain *chain;
static evc_error *error;

static void
setup(void)
{
    served_net_open();
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
    served_net_close();
}

static void
open_chain(const char *token)
{
    static const evc_ibm_options none;
    evc_ibm_config *config = NULL;

    set_variable("KEY_PROTECT_BEARER_TOKEN", token);
    EVC_CHECK_OK(evc_ibm_config_open(net, &none, &config, NULL));
    EVC_CHECK_OK(evc_ibm_chain_open(config, &chain, NULL));
    evc_ibm_config_unref(config);
}

static int
ask(const char *token)
{
    open_chain(token);
    return evc_ibm_identity(chain, &wait_of_test, &out, &error);
}

START_TEST(one_claim_is_told_alone)
{
    open_chain(user_token);
    EVC_CHECK_OK(evc_ibm_claim(chain, "account.bss", &wait_of_test, &out, &error));
    ck_assert(evc_view_is_text(evc_buf_view(&out), "1b2c"));
}
END_TEST

START_TEST(a_claim_that_is_not_there_is_nothing)
{
    open_chain(short_token);
    EVC_CHECK_OK(evc_ibm_claim(chain, "account.bss", &wait_of_test, &out, &error));
    ck_assert_uint_eq(out.size, 0);
}
END_TEST

START_TEST(the_claims_of_the_token_are_told_as_not_verified)
{
    EVC_CHECK_OK(ask(user_token));
    ck_assert(evc_view_is_text(evc_buf_view(&out),
                               "IBMid-5500AAAAAA, subject me@example.com, account "
                               "1b2c; as the token says, not verified"));
    ck_assert_uint_eq(served.request_count, 0);
}
END_TEST

START_TEST(claims_that_are_missing_are_left_out)
{
    EVC_CHECK_OK(ask(short_token));
    ck_assert(evc_view_is_text(evc_buf_view(&out),
                               "iam-ServiceId-1; as the token says, not verified"));
}
END_TEST

/* No JSON, none of the claims, other ones, no JSON Web Token, and parts too many. */
static const char *const bad[] = {"eyJhbGciOiJSUzI1NiJ9.e30.c2ln",
                                  "eyJhbGciOiJSUzI1NiJ9.bm90aGluZw.c2ln",
                                  "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzIn0.c2ln",
                                  "eyJhbGciOiJSUzI1NiJ9.eyJpYW1faWQiOiJhIGIifQ.c2ln",
                                  "eyJhbGciOiJSUzI1NiJ9.eyJpYW1faWQiOjd9.c2ln",
                                  "opaque",
                                  "a.b",
                                  "a.!!!.c",
                                  "eyJhbGciOiJSUzI1NiJ9.eyJpYW1faWQiOiJhIn0.c2ln.d",
                                  "a..c",
                                  "eyJhbGciOiJSUzI1NiJ9.eyJpYW1faWQiOiJhIn0"};

START_TEST(other_tokens_are_refused_and_not_shown)
{
    EVC_CHECK_CODE(ask(bad[_i]), ENVCRYPT_E_PROTOCOL);
    ck_assert_ptr_null(strstr(evc_error_message(error), bad[_i]));
}
END_TEST

START_TEST(without_a_token_that_is_told)
{
    EVC_CHECK_CODE(ask(NULL), ENVCRYPT_E_NO_CREDENTIALS);
}
END_TEST

static int
ask_once(void *user)
{
    (void)user;
    evc_buf_reset(&out);
    evc_buf_init(&out);
    return evc_ibm_identity(chain, &wait_of_test, &out, NULL);
}

START_TEST(survives_memory_that_runs_out)
{
    EVC_CHECK_OK(ask(user_token));
    ck_assert_uint_gt(evc_alloc_sweep(ask_once, NULL), 5);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {one_claim_is_told_alone,
                                  a_claim_that_is_not_there_is_nothing,
                                  the_claims_of_the_token_are_told_as_not_verified,
                                  claims_that_are_missing_are_left_out,
                                  without_a_token_that_is_told,
                                  survives_memory_that_runs_out,
                                  NULL};
    TCase *tcase = tcase_create("identity");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, other_tokens_are_refused_and_not_shown, 0,
                        sizeof(bad) / sizeof(bad[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("ibm_identity", add_tests)
