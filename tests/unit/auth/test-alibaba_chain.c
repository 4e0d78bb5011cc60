/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/alibaba.h"
#include "evc-alloc.h"
#include "served-net.h"

#define STS_REPLY                                                           \
    "{\"RequestId\":\"R\",\"Credentials\":{\"AccessKeyId\":\"STS.role\","   \
    "\"AccessKeySecret\":\"role-secret\",\"SecurityToken\":\"role-token\"," \
    "\"Expiration\":\"2023-11-14T23:13:20Z\"}}"
#define METADATA_REPLY                                                    \
    "{\"Code\":\"Success\",\"AccessKeyId\":\"STS.ecs\","                  \
    "\"AccessKeySecret\":\"ecs-secret\",\"SecurityToken\":\"ecs-token\"," \
    "\"Expiration\":\"2023-11-15T04:13:20Z\",\"LastUpdated\":\"x\"}"

static evc_creds *creds;

/* Opens the chain that the environment says, and asks it. */
static int
get_with(const evc_alibaba_options *options, evc_error **err)
{
    evc_alibaba_config *config;
    evc_chain *chain = NULL;
    int rc = evc_alibaba_config_open(crypto, net, options, &config, err);

    creds = NULL;
    if (rc)
        return rc;
    rc = evc_alibaba_chain_open(config, &chain, err);
    evc_alibaba_config_unref(config);
    if (!rc)
        rc = evc_chain_get(chain, &wait_of_test, &creds, err);
    evc_chain_unref(chain);
    return rc;
}

static int
get(void)
{
    static const evc_alibaba_options none;

    return get_with(&none, NULL);
}

static void
check(const char *source, const char *id)
{
    ck_assert_ptr_nonnull(creds);
    ck_assert_str_eq(creds->source, source);
    ck_assert_str_eq(creds->id, id);
    evc_creds_unref(creds);
}

static void
put_cli(const char *text)
{
    ck_assert_int_eq(mkdir(evc_folder_path(".aliyun"), 0700), 0);
    evc_folder_put(".aliyun/config.json", text, 0600);
}

static void
put_ini(const char *text)
{
    ck_assert_int_eq(mkdir(evc_folder_path(".alibabacloud"), 0700), 0);
    evc_folder_put(".alibabacloud/credentials", text, 0600);
}

static void
set_keys(void)
{
    set_variable("ALIBABA_CLOUD_ACCESS_KEY_ID", "env-id");
    set_variable("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "env-secret");
}

static void
set_oidc(void)
{
    set_variable("ALIBABA_CLOUD_ROLE_ARN", "acs:ram::1:role/pod");
    set_variable("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "acs:ram::1:oidc-provider/p");
    set_variable("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "token");
    evc_folder_put("token", "pod.token\n", 0644);
}

#define CLI_AK                                                          \
    "{\"current\":\"d\",\"profiles\":[{\"name\":\"d\",\"mode\":\"AK\"," \
    "\"access_key_id\":\"cli-id\",\"access_key_secret\":\"cli-secret\"}]}"
#define INI_AK \
    "[default]\ntype = access_key\naccess_key_id = ini-id\naccess_key_secret = s\n"

/* --- each source, and what goes before what --- */

START_TEST(environment_goes_before_all)
{
    set_keys();
    set_variable("ALIBABA_CLOUD_SECURITY_TOKEN", "env-token");
    set_oidc();
    put_cli(CLI_AK);
    EVC_CHECK_OK(get());
    ck_assert(is_secret(&creds->secret, "env-secret"));
    ck_assert(is_secret(&creds->token, "env-token"));
    ck_assert(creds->fixed);
    check("environment", "env-id");
}
END_TEST

START_TEST(half_a_key_is_an_error)
{
    set_variable("ALIBABA_CLOUD_ACCESS_KEY_ID", "env-id");
    EVC_CHECK_CODE(get(), ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

START_TEST(the_token_of_a_pod_goes_before_files)
{
    set_oidc();
    put_cli(CLI_AK);
    serve(200, STS_REPLY);
    EVC_CHECK_OK(get());
    ck_assert_int_eq(creds->expires_ms, SERVED_TIME + 3600 * 1000);
    check("oidc", "STS.role");
}
END_TEST

START_TEST(the_clis_file_goes_before_the_other)
{
    put_cli(CLI_AK);
    put_ini(INI_AK);
    EVC_CHECK_OK(get());
    check("cli-profile", "cli-id");
}
END_TEST

START_TEST(a_clis_file_that_is_switched_off_is_not_looked_at)
{
    set_variable("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "True");
    put_cli(CLI_AK);
    put_ini(INI_AK);
    EVC_CHECK_OK(get());
    check("profile", "ini-id");
}
END_TEST

START_TEST(a_clis_file_that_nobody_filled_in_is_passed_over)
{
    put_cli("{\"current\":\"d\",\"profiles\":[{\"name\":\"d\",\"mode\":\"AK\"}]}");
    put_ini(INI_AK);
    EVC_CHECK_OK(get());
    check("profile", "ini-id");
}
END_TEST

START_TEST(an_instance_comes_after_files)
{
    serve(200, "metadata-token");
    serve(200, "the-role");
    serve(200, METADATA_REPLY);
    EVC_CHECK_OK(get());
    ck_assert_str_eq(creds->detail, "the-role");
    check("ecs-role", "STS.ecs");
}
END_TEST

START_TEST(no_instance_is_passed_over_for_the_uri)
{
    set_variable("ALIBABA_CLOUD_CREDENTIALS_URI", "http://127.0.0.1:1/creds");
    for (int i = 0; i < 3; i++)
        serve_failure(ENVCRYPT_E_NET_CONNECT);
    serve(200, METADATA_REPLY);
    EVC_CHECK_OK(get());
    check("uri", "STS.ecs");
}
END_TEST

START_TEST(an_instance_that_was_named_must_answer)
{
    set_variable("ALIBABA_CLOUD_ECS_METADATA", "my-role");
    set_variable("ALIBABA_CLOUD_CREDENTIALS_URI", "http://127.0.0.1:1/creds");
    EVC_CHECK_CODE(get(), ENVCRYPT_E_CREDENTIALS_DOWN);
}
END_TEST

START_TEST(metadata_that_is_switched_off_is_not_asked)
{
    set_variable("ALIBABA_CLOUD_ECS_METADATA", "my-role");
    set_variable("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true");
    EVC_CHECK_CODE(get(), ENVCRYPT_E_NO_CREDENTIALS);
    ck_assert_uint_eq(served.request_count, 0);
}
END_TEST

START_TEST(nothing_at_all_is_told_with_what_to_do)
{
    static const evc_alibaba_options none;
    evc_error *err = NULL;

    EVC_CHECK_CODE(get_with(&none, &err), ENVCRYPT_E_NO_CREDENTIALS);
    ck_assert_ptr_nonnull(
        strstr(envcrypt_error_message(err), "ALIBABA_CLOUD_ACCESS_KEY_ID"));
    envcrypt_error_free(err);
}
END_TEST

/* --- options --- */

START_TEST(a_named_profile_goes_before_the_environment)
{
    evc_alibaba_options options = {.profile = "d"};

    set_keys();
    put_cli(CLI_AK);
    EVC_CHECK_OK(get_with(&options, NULL));
    check("cli-profile", "cli-id");
}
END_TEST

START_TEST(a_named_profile_may_stand_in_either_file)
{
    evc_alibaba_options options = {.profile = "default"};

    put_cli(CLI_AK);
    put_ini(INI_AK);
    EVC_CHECK_OK(get_with(&options, NULL));
    check("profile", "ini-id");
}
END_TEST

START_TEST(a_named_profile_must_be_there)
{
    evc_alibaba_options options = {.profile = "nowhere"};

    put_cli(CLI_AK);
    EVC_CHECK_CODE(get_with(&options, NULL), ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert_uint_eq(served.request_count, 0);
}
END_TEST

START_TEST(a_variable_names_a_profile_too)
{
    set_variable("ALIBABA_CLOUD_PROFILE", "nowhere");
    put_cli(CLI_AK);
    EVC_CHECK_CODE(get(), ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

START_TEST(sources_are_asked_in_the_order_given)
{
    evc_alibaba_options options = {.sources = "profile,environment"};

    set_keys();
    put_ini(INI_AK);
    EVC_CHECK_OK(get_with(&options, NULL));
    check("profile", "ini-id");
}
END_TEST

START_TEST(sources_that_are_not_named_are_not_asked)
{
    evc_alibaba_options options = {.sources = "profile"};

    set_keys();
    EVC_CHECK_CODE(get_with(&options, NULL), ENVCRYPT_E_NO_CREDENTIALS);
}
END_TEST

/* --- renewal --- */

START_TEST(the_token_of_a_pod_is_read_anew_each_time)
{
    static const evc_alibaba_options none;
    evc_alibaba_config *config;
    evc_chain *chain;

    set_oidc();
    serve(200, STS_REPLY);
    serve(200, STS_REPLY);
    EVC_CHECK_OK(evc_alibaba_config_open(crypto, net, &none, &config, NULL));
    EVC_CHECK_OK(evc_alibaba_chain_open(config, &chain, NULL));
    EVC_CHECK_OK(evc_chain_get(chain, &wait_of_test, &creds, NULL));
    ck_assert(evc_chain_refuse(chain, creds));
    evc_creds_unref(creds);
    evc_folder_put("token", "newer.token", 0644);
    EVC_CHECK_OK(evc_chain_get(chain, &wait_of_test, &creds, NULL));
    evc_creds_unref(creds);
    ck_assert(has_pair(0, "OIDCToken=pod.token"));
    ck_assert(has_pair(1, "OIDCToken=newer.token"));
    evc_chain_unref(chain);
    evc_alibaba_config_unref(config);
}
END_TEST

START_TEST(credentials_are_renewed_a_quarter_of_an_hour_before_their_end)
{
    static const evc_alibaba_options none;
    evc_alibaba_config *config;
    evc_chain *chain;

    set_oidc();
    serve(200, STS_REPLY);
    serve(200, STS_REPLY);
    EVC_CHECK_OK(evc_alibaba_config_open(crypto, net, &none, &config, NULL));
    EVC_CHECK_OK(evc_alibaba_chain_open(config, &chain, NULL));
    for (int minutes = 0; minutes <= 46; minutes += 23) {
        served.wall_shift_ms = minutes * 60000;
        EVC_CHECK_OK(evc_chain_get(chain, &wait_of_test, &creds, NULL));
        evc_creds_unref(creds);
        ck_assert_uint_eq(served.request_count, minutes < 45 ? 1 : 2);
    }
    evc_chain_unref(chain);
    evc_alibaba_config_unref(config);
}
END_TEST

static int
get_once(void *user)
{
    int rc;

    (void)user;
    served.reply_count = served.request_count = 0;
    serve(200, STS_REPLY);
    rc = get();
    evc_creds_unref(creds);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    set_oidc();
    ck_assert_uint_gt(evc_alloc_sweep(get_once, NULL), 20);
}
END_TEST

/* Folders are not flat. */
static void
remove_folders(void)
{
    static const char *const names[] = {".aliyun/config.json", ".aliyun",
                                        ".alibabacloud/credentials", ".alibabacloud"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        (void)remove(evc_folder_path(names[i]));
    served_net_close();
}

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        environment_goes_before_all,
        half_a_key_is_an_error,
        the_token_of_a_pod_goes_before_files,
        the_clis_file_goes_before_the_other,
        a_clis_file_that_is_switched_off_is_not_looked_at,
        a_clis_file_that_nobody_filled_in_is_passed_over,
        an_instance_comes_after_files,
        no_instance_is_passed_over_for_the_uri,
        an_instance_that_was_named_must_answer,
        metadata_that_is_switched_off_is_not_asked,
        nothing_at_all_is_told_with_what_to_do,
        a_named_profile_goes_before_the_environment,
        a_named_profile_may_stand_in_either_file,
        a_named_profile_must_be_there,
        a_variable_names_a_profile_too,
        sources_are_asked_in_the_order_given,
        sources_that_are_not_named_are_not_asked,
        the_token_of_a_pod_is_read_anew_each_time,
        credentials_are_renewed_a_quarter_of_an_hour_before_their_end,
        survives_memory_that_runs_out,
        NULL,
    };
    TCase *tcase = tcase_create("alibaba_chain");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, served_net_open, remove_folders);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("alibaba_chain", add_tests)
