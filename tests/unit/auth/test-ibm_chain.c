/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/ibm.h"
#include "evc-alloc.h"
#include "served-net.h"

#define TOKEN(text) "{\"access_token\":\"" text "\",\"expires_in\":3600}"

static evc_creds *creds;

static int
get_with(const evc_ibm_options *options, evc_error **err)
{
    evc_ibm_config *config;
    evc_chain *chain = NULL;
    int rc = evc_ibm_config_open(net, options, &config, err);

    creds = NULL;
    if (rc)
        return rc;
    rc = evc_ibm_chain_open(config, &chain, err);
    evc_ibm_config_unref(config);
    if (!rc)
        rc = evc_chain_get(chain, &wait_of_test, &creds, err);
    evc_chain_unref(chain);
    return rc;
}

static const evc_ibm_options none;

static int
get(void)
{
    return get_with(&none, NULL);
}

static void
check(const char *source, const char *token)
{
    ck_assert_ptr_nonnull(creds);
    ck_assert_str_eq(creds->source, source);
    ck_assert_str_eq(creds->id, "");
    ck_assert(is_secret(&creds->token, token));
    evc_creds_unref(creds);
}

static void
put_file(const char *text)
{
    evc_folder_put("ibm-credentials.env", text, 0600);
}

/* --- of the caller --- */

START_TEST(an_api_key_of_the_caller_goes_before_all)
{
    const evc_ibm_options options = {.api_key = evc_view_text("given-key")};

    put_file("KEY_PROTECT_APIKEY=file-key\n");
    set_variable("KEY_PROTECT_APIKEY", "env-key");
    serve(200, TOKEN("t"));
    EVC_CHECK_OK(get_with(&options, NULL));
    ck_assert(has_pair(0, "apikey=given-key"));
    check("fixed", "t");
}
END_TEST

START_TEST(an_api_key_of_the_caller_is_the_only_source)
{
    const evc_ibm_options options = {.api_key = evc_view_text("given-key")};

    set_variable("KEY_PROTECT_APIKEY", "env-key");
    serve(400, "{\"errorCode\":\"BXNIM0415E\"}");
    ck_assert_int_lt(get_with(&options, NULL), 0);
    ck_assert_uint_eq(served.request_count, 1);
}
END_TEST

/* --- which source --- */

START_TEST(the_file_goes_before_the_environment)
{
    put_file("KEY_PROTECT_APIKEY=file-key\n");
    set_variable("KEY_PROTECT_APIKEY", "env-key");
    serve(200, TOKEN("t"));
    EVC_CHECK_OK(get());
    ck_assert(has_pair(0, "apikey=file-key"));
    ck_assert_str_eq(creds->detail, "ibm-credentials.env");
    check("file", "t");
}
END_TEST

START_TEST(a_services_own_key_goes_before_the_common_one)
{
    set_variable("KEY_PROTECT_APIKEY", "env-key");
    set_variable("IBMCLOUD_API_KEY", "common-key");
    serve(200, TOKEN("t"));
    EVC_CHECK_OK(get());
    ck_assert(has_pair(0, "apikey=env-key"));
    check("environment", "t");
}
END_TEST

START_TEST(the_common_key_is_the_habit_of_the_cli)
{
    set_variable("IBMCLOUD_API_KEY", "common-key");
    set_variable("KEY_PROTECT_URL", "https://kp.test");
    serve(200, TOKEN("t"));
    EVC_CHECK_OK(get());
    ck_assert(has_pair(0, "apikey=common-key"));
    ck_assert_int_eq(creds->expires_ms, SERVED_TIME + 3590 * 1000);
    check("environment", "t");
}
END_TEST

START_TEST(sources_are_asked_in_the_order_given)
{
    evc_ibm_options options = {.sources = "environment,file"};

    put_file("KEY_PROTECT_APIKEY=file-key\n");
    set_variable("KEY_PROTECT_APIKEY", "env-key");
    serve(200, TOKEN("t"));
    EVC_CHECK_OK(get_with(&options, NULL));
    check("environment", "t");
}
END_TEST

START_TEST(a_server_in_a_vpc_is_the_last)
{
    serve(200, TOKEN("identity"));
    serve(200, TOKEN("vpc.token"));
    EVC_CHECK_OK(get());
    check("vpc", "vpc.token");
}
END_TEST

START_TEST(nothing_at_all_is_told_with_what_to_do)
{
    evc_error *err = NULL;

    EVC_CHECK_CODE(get_with(&none, &err), ENVCRYPT_E_NO_CREDENTIALS);
    ck_assert_ptr_nonnull(strstr(envcrypt_error_message(err), "IBMCLOUD_API_KEY"));
    envcrypt_error_free(err);
}
END_TEST

START_TEST(no_source_is_no_request)
{
    evc_ibm_options options = {.sources = ""};

    set_variable("IBMCLOUD_API_KEY", "common-key");
    EVC_CHECK_CODE(get_with(&options, NULL), ENVCRYPT_E_NO_CREDENTIALS);
    ck_assert_uint_eq(served.request_count, 0);
}
END_TEST

/* --- which way --- */

START_TEST(a_token_that_is_given_is_used_as_it_is)
{
    set_variable("KEY_PROTECT_AUTH_TYPE", "bearertoken");
    set_variable("KEY_PROTECT_BEARER_TOKEN", "given.token");
    EVC_CHECK_OK(get());
    ck_assert(creds->fixed);
    ck_assert_int_eq(creds->expires_ms, EVC_CREDS_NEVER);
    ck_assert_uint_eq(served.request_count, 0);
    check("environment", "given.token");
}
END_TEST

START_TEST(a_pod_shows_its_token)
{
    set_variable("KEY_PROTECT_AUTH_TYPE", "container");
    set_variable("KEY_PROTECT_CR_TOKEN_FILENAME", "pod-token");
    set_variable("KEY_PROTECT_IAM_PROFILE_NAME", "ops");
    evc_folder_put("pod-token", "pod.token\n", 0644);
    serve(200, TOKEN("t"));
    EVC_CHECK_OK(get());
    ck_assert(has_pair(0, "cr_token=pod.token"));
    ck_assert(has_pair(0, "profile_name=ops"));
    ck_assert_str_eq(creds->detail, "pod-token");
    check("environment", "t");
}
END_TEST

START_TEST(a_profile_without_a_type_means_a_pod)
{
    set_variable("KEY_PROTECT_IAM_PROFILE_ID", "Profile-1");
    set_variable("KEY_PROTECT_CR_TOKEN_FILENAME", "pod-token");
    evc_folder_put("pod-token", "pod.token\n", 0644);
    serve(200, TOKEN("t"));
    EVC_CHECK_OK(get());
    ck_assert(has_pair(0, "profile_id=Profile-1"));
    check("environment", "t");
}
END_TEST

START_TEST(the_token_of_a_pod_is_read_anew_each_time)
{
    evc_ibm_config *config;
    evc_chain *chain;

    set_variable("KEY_PROTECT_CR_TOKEN_FILENAME", "pod-token");
    set_variable("KEY_PROTECT_IAM_PROFILE_NAME", "ops");
    evc_folder_put("pod-token", "first", 0644);
    serve(200, TOKEN("a"));
    serve(200, TOKEN("b"));
    EVC_CHECK_OK(evc_ibm_config_open(net, &none, &config, NULL));
    EVC_CHECK_OK(evc_ibm_chain_open(config, &chain, NULL));
    evc_ibm_config_unref(config);
    EVC_CHECK_OK(evc_chain_get(chain, &wait_of_test, &creds, NULL));
    ck_assert(evc_chain_refuse(chain, creds));
    evc_creds_unref(creds);
    evc_folder_put("pod-token", "second", 0644);
    EVC_CHECK_OK(evc_chain_get(chain, &wait_of_test, &creds, NULL));
    ck_assert(has_pair(0, "cr_token=first"));
    ck_assert(has_pair(1, "cr_token=second"));
    check("environment", "b");
    evc_chain_unref(chain);
}
END_TEST

START_TEST(a_profile_is_assumed_after_a_key_was_shown)
{
    set_variable("KEY_PROTECT_AUTH_TYPE", "iamAssume");
    set_variable("KEY_PROTECT_APIKEY", "env-key");
    set_variable("KEY_PROTECT_IAM_PROFILE_NAME", "ops");
    set_variable("KEY_PROTECT_IAM_ACCOUNT_ID", "acc");
    set_variable("KEY_PROTECT_SCOPE", "s");
    serve(200, TOKEN("own"));
    serve(200, TOKEN("assumed"));
    EVC_CHECK_OK(get());
    ck_assert(has_pair(0, "apikey=env-key"));
    ck_assert(has_pair(0, "scope=s"));
    ck_assert_ptr_null(strstr(served.requests[0].body, "profile"));
    ck_assert(has_pair(1, "access_token=own"));
    ck_assert(has_pair(1, "profile_name=ops"));
    ck_assert(has_pair(1, "account=acc"));
    ck_assert_ptr_null(strstr(served.requests[1].body, "scope"));
    check("environment", "assumed");
}
END_TEST

START_TEST(a_profile_of_the_options_is_assumed_with_a_key)
{
    evc_ibm_options options = {.profile_id = "Profile-1"};

    set_variable("IBMCLOUD_API_KEY", "common-key");
    serve(200, TOKEN("own"));
    serve(200, TOKEN("assumed"));
    EVC_CHECK_OK(get_with(&options, NULL));
    ck_assert(has_pair(1, "profile_id=Profile-1"));
    check("environment", "assumed");
}
END_TEST

START_TEST(a_profile_of_the_options_goes_before_that_of_the_environment)
{
    evc_ibm_options options = {.profile_id = "Profile-1"};

    set_variable("KEY_PROTECT_CR_TOKEN_FILENAME", "pod-token");
    set_variable("KEY_PROTECT_IAM_PROFILE_NAME", "ops");
    evc_folder_put("pod-token", "pod.token", 0644);
    serve(200, TOKEN("t"));
    EVC_CHECK_OK(get_with(&options, NULL));
    ck_assert(has_pair(0, "profile_id=Profile-1"));
    ck_assert_ptr_null(strstr(served.requests[0].body, "ops"));
    check("environment", "t");
}
END_TEST

START_TEST(a_server_may_be_named)
{
    set_variable("KEY_PROTECT_AUTH_TYPE", "VPC");
    set_variable("KEY_PROTECT_AUTH_URL", "http://127.0.0.1:9");
    set_variable("KEY_PROTECT_VPC_IMS_VERSION", "2025-08-26");
    set_variable("KEY_PROTECT_IAM_PROFILE_CRN", "crn:x");
    serve(200, TOKEN("identity"));
    serve(200, TOKEN("t"));
    EVC_CHECK_OK(get());
    ck_assert_str_eq(
        served.requests[1].head,
        "POST http://127.0.0.1:9/identity/v1/iam_tokens?version=2025-08-26");
    ck_assert_str_eq(served.requests[1].body,
                     "{\"trusted_profile\":{\"crn\":\"crn:x\"}}");
    check("environment", "t");
}
END_TEST

START_TEST(iam_may_stand_elsewhere)
{
    evc_ibm_options options = {.iam_url = "https://iam.option"};

    set_variable("KEY_PROTECT_APIKEY", "k");
    set_variable("KEY_PROTECT_AUTH_URL", "https://iam.env/identity/token");
    serve(200, TOKEN("t"));
    EVC_CHECK_OK(get());
    evc_creds_unref(creds);
    serve(200, TOKEN("t"));
    EVC_CHECK_OK(get_with(&options, NULL));
    evc_creds_unref(creds);
    ck_assert_str_eq(served.requests[0].head, "POST https://iam.env/identity/token");
    ck_assert_str_eq(served.requests[1].head, "POST https://iam.option/identity/token");
}
END_TEST

/* --- what cannot be --- */

START_TEST(types_that_lack_something_are_refused)
{
    static const char *const files[] = {
        "KEY_PROTECT_AUTH_TYPE=iam\n",
        "KEY_PROTECT_AUTH_TYPE=iamAssume\nKEY_PROTECT_IAM_PROFILE_ID=p\n",
        "KEY_PROTECT_AUTH_TYPE=iamAssume\nKEY_PROTECT_APIKEY=k\n",
        "KEY_PROTECT_AUTH_TYPE=bearerToken\n",
        "KEY_PROTECT_AUTH_TYPE=basic\n",
        "KEY_PROTECT_AUTH_TYPE=noAuth\n",
        "KEY_PROTECT_AUTH_TYPE=container\nKEY_PROTECT_IAM_PROFILE_ID=p\n",
        "KEY_PROTECT_AUTH_TYPE=container\nKEY_PROTECT_CR_TOKEN_FILENAME=pod-token\n",
        "KEY_PROTECT_CR_TOKEN_FILENAME=nowhere\nKEY_PROTECT_IAM_PROFILE_ID=p\n",
    };

    evc_folder_put("pod-token", "pod.token", 0644);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        put_file(files[i]);
        EVC_CHECK_CODE(get(), ENVCRYPT_E_BAD_CREDENTIALS);
        ck_assert_uint_eq(served.request_count, 0);
    }
}
END_TEST

START_TEST(a_key_that_iam_refuses_ends_the_chain)
{
    set_variable("KEY_PROTECT_APIKEY", "env-key");
    serve(400, "{\"errorCode\":\"BXNIM0415E\"}");
    EVC_CHECK_CODE(get(), ENVCRYPT_E_AUTH);
    ck_assert_uint_eq(served.request_count, 1);
}
END_TEST

/* --- renewal --- */

START_TEST(a_token_is_renewed_when_a_fifth_of_its_life_is_left)
{
    evc_ibm_config *config;
    evc_chain *chain;

    set_variable("IBMCLOUD_API_KEY", "k");
    serve(200, TOKEN("a"));
    serve(200, TOKEN("b"));
    EVC_CHECK_OK(evc_ibm_config_open(net, &none, &config, NULL));
    EVC_CHECK_OK(evc_ibm_chain_open(config, &chain, NULL));
    evc_ibm_config_unref(config);
    for (int64_t minute = 0; minute < 49; minute += 12) {
        served.wall_shift_ms = minute * 60000;
        EVC_CHECK_OK(evc_chain_get(chain, &wait_of_test, &creds, NULL));
        ck_assert(is_secret(&creds->token, minute < 48 ? "a" : "b"));
        evc_creds_unref(creds);
    }
    evc_chain_unref(chain);
}
END_TEST

START_TEST(a_token_is_not_used_in_its_last_ten_seconds)
{
    evc_ibm_config *config;
    evc_chain *chain;

    set_variable("IBMCLOUD_API_KEY", "k");
    serve(200, TOKEN("a"));
    for (int i = 0; i < 3; i++)
        serve(503, "");
    EVC_CHECK_OK(evc_ibm_config_open(net, &none, &config, NULL));
    EVC_CHECK_OK(evc_ibm_chain_open(config, &chain, NULL));
    evc_ibm_config_unref(config);
    EVC_CHECK_OK(evc_chain_get(chain, &wait_of_test, &creds, NULL));
    evc_creds_unref(creds);
    served.wall_shift_ms = 50 * 60000;
    EVC_CHECK_OK(evc_chain_get(chain, &wait_of_test, &creds, NULL));
    check("environment", "a");
    served.wall_shift_ms = 3589 * 1000;
    EVC_CHECK_OK(evc_chain_get(chain, &wait_of_test, &creds, NULL));
    check("environment", "a");
    served.wall_shift_ms = 3590 * 1000;
    EVC_CHECK_CODE(evc_chain_get(chain, &wait_of_test, &creds, NULL),
                   ENVCRYPT_E_CREDENTIALS_DOWN);
    evc_chain_unref(chain);
}
END_TEST

static int
get_once(void *user)
{
    int rc;

    (void)user;
    served.reply_count = served.request_count = 0;
    serve(200, TOKEN("own"));
    serve(200, TOKEN("assumed"));
    rc = get();
    evc_creds_unref(creds);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    set_variable("KEY_PROTECT_AUTH_TYPE", "iamAssume");
    set_variable("KEY_PROTECT_APIKEY", "env-key");
    set_variable("KEY_PROTECT_IAM_PROFILE_ID", "Profile-1");
    ck_assert_uint_gt(evc_alloc_sweep(get_once, NULL), 30);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        an_api_key_of_the_caller_goes_before_all,
        an_api_key_of_the_caller_is_the_only_source,
        the_file_goes_before_the_environment,
        a_services_own_key_goes_before_the_common_one,
        the_common_key_is_the_habit_of_the_cli,
        sources_are_asked_in_the_order_given,
        a_server_in_a_vpc_is_the_last,
        nothing_at_all_is_told_with_what_to_do,
        no_source_is_no_request,
        a_token_that_is_given_is_used_as_it_is,
        a_pod_shows_its_token,
        a_profile_without_a_type_means_a_pod,
        the_token_of_a_pod_is_read_anew_each_time,
        a_profile_is_assumed_after_a_key_was_shown,
        a_profile_of_the_options_is_assumed_with_a_key,
        a_profile_of_the_options_goes_before_that_of_the_environment,
        a_server_may_be_named,
        iam_may_stand_elsewhere,
        types_that_lack_something_are_refused,
        a_key_that_iam_refuses_ends_the_chain,
        a_token_is_renewed_when_a_fifth_of_its_life_is_left,
        a_token_is_not_used_in_its_last_ten_seconds,
        survives_memory_that_runs_out,
        NULL,
    };

    served_add(suite, "ibm_chain", tests);
}

EVC_TEST_MAIN("ibm_chain", add_tests)
