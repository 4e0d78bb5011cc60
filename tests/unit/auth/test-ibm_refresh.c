/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/ibm.h"
#include "served-net.h"

#define GOOD                                                                          \
    "{\"access_token\":\"aa.bb.cc\",\"refresh_token\":\"planted-refresh\",\"expires_" \
    "in\":3600}"

static evc_secret token;

static int
ask_with(const evc_ibm_options *options, evc_error **err)
{
    evc_ibm_config *config = NULL;
    int rc = evc_ibm_config_open(net, options, &config, err);

    if (rc)
        return rc;
    rc = evc_ibm_refresh_token(config, &wait_of_test, &token, err);
    evc_ibm_config_unref(config);
    return rc;
}

static int
ask(evc_error **err)
{
    static const evc_ibm_options none;

    return ask_with(&none, err);
}

START_TEST(asks_as_a_command_line_does)
{
    set_variable("IBMCLOUD_API_KEY", "the+key");
    serve(200, GOOD);
    EVC_CHECK_OK(ask(NULL));
    ck_assert(is_secret(&token, "planted-refresh"));
    ck_assert_str_eq(served.requests[0].head,
                     "POST https://iam.cloud.ibm.com/identity/token");
    ck_assert(has_line(0, "authorization: Basic Yng6Yng="));
    ck_assert_ptr_nonnull(strstr(served.requests[0].body, "apikey=the%2Bkey"));
    ck_assert(served.requests[0].secret);
    evc_secret_free(&token);
}
END_TEST

START_TEST(takes_the_key_and_the_place_of_the_same_configuration)
{
    set_variable("KEY_PROTECT_APIKEY", "its-key");
    set_variable("KEY_PROTECT_AUTH_URL", "https://iam.other.example");
    set_variable("IBMCLOUD_API_KEY", "general");
    serve(200, GOOD);
    EVC_CHECK_OK(ask(NULL));
    ck_assert_str_eq(served.requests[0].head,
                     "POST https://iam.other.example/identity/token");
    ck_assert_ptr_nonnull(strstr(served.requests[0].body, "apikey=its-key"));
    evc_secret_free(&token);
}
END_TEST

START_TEST(the_callers_key_goes_before_all)
{
    const evc_ibm_options options = {.api_key = evc_view_text("mine")};

    set_variable("IBMCLOUD_API_KEY", "general");
    serve(200, GOOD);
    EVC_CHECK_OK(ask_with(&options, NULL));
    ck_assert_ptr_nonnull(strstr(served.requests[0].body, "apikey=mine"));
    evc_secret_free(&token);
}
END_TEST

START_TEST(without_an_api_key_there_is_none)
{
    set_variable("KEY_PROTECT_BEARER_TOKEN", "a.b.c");
    EVC_CHECK_CODE(ask(NULL), ENVCRYPT_E_UNSUPPORTED);
    ck_assert_uint_eq(served.request_count, 0);
}
END_TEST

static const char *const none[] = {
    "{\"access_token\":\"a.b.c\",\"refresh_token\":\"not_supported\",\"expires_in\":1}",
    "{\"access_token\":\"a.b.c\",\"expires_in\":1}",
    "{\"access_token\":\"a.b.c\",\"refresh_token\":\"\",\"expires_in\":1}",
};

START_TEST(an_identity_that_gets_none_is_told)
{
    set_variable("IBMCLOUD_API_KEY", "the-key");
    serve(200, none[_i]);
    EVC_CHECK_CODE(ask(NULL), ENVCRYPT_E_UNSUPPORTED);
    ck_assert_uint_eq(token.size, 0);
}
END_TEST

START_TEST(what_is_no_reply_of_iam_is_refused)
{
    evc_error *err = NULL;

    set_variable("IBMCLOUD_API_KEY", "the-key");
    serve(200, "<html>planted</html>");
    EVC_CHECK_CODE(ask(&err), ENVCRYPT_E_PROTOCOL);
    ck_assert_ptr_null(strstr(evc_error_message(err), "planted"));
    evc_error_free(err);
}
END_TEST

START_TEST(a_wrong_key_is_told)
{
    set_variable("IBMCLOUD_API_KEY", "the-key");
    serve(400, "{\"errorCode\":\"BXNIM0415E\"}");
    EVC_CHECK_CODE(ask(NULL), ENVCRYPT_E_AUTH);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {asks_as_a_command_line_does,
                                  takes_the_key_and_the_place_of_the_same_configuration,
                                  the_callers_key_goes_before_all,
                                  without_an_api_key_there_is_none,
                                  what_is_no_reply_of_iam_is_refused,
                                  a_wrong_key_is_told,
                                  NULL};
    TCase *tcase = tcase_create("refresh");

    tcase_add_checked_fixture(tcase, served_net_open, served_net_close);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, an_identity_that_gets_none_is_told, 0,
                        sizeof(none) / sizeof(none[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("ibm_refresh", add_tests)
