/* SPDX-License-Identifier: Apache-2.0 */
#include "aws-served.h"

#define KEYS(id) "aws_access_key_id = " id "\naws_secret_access_key = s-" id "\n"

static void
set_all(void)
{
    set_variable("AWS_ACCESS_KEY_ID", "E");
    set_variable("AWS_SECRET_ACCESS_KEY", "s");
    evc_folder_put("token", "jwt", 0600);
    set_variable("AWS_WEB_IDENTITY_TOKEN_FILE", evc_folder_path("token"));
    set_variable("AWS_ROLE_ARN", ROLE);
    put_files(NULL, "[default]\n" KEYS("P"));
    set_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
}

#define CONTAINER                                                       \
    "{\"AccessKeyId\":\"C\",\"SecretAccessKey\":\"s\",\"Token\":\"t\"," \
    "\"Expiration\":\"2023-11-15T22:13:20Z\"}"

START_TEST(environment_web_identity_profile_container_imds)
{
    set_all();
    check_id("E");
    set_variable("AWS_ACCESS_KEY_ID", NULL);
    set_variable("AWS_SECRET_ACCESS_KEY", NULL);
    serve(200, STS_JSON("AssumeRoleWithWebIdentity", "W"));
    check_id("W");
    set_variable("AWS_WEB_IDENTITY_TOKEN_FILE", NULL);
    check_id("P");
    put_files(NULL, "");
    serve(200, CONTAINER);
    check_id("C");
    set_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", NULL);
    serve(200, "token");
    serve(200, "r");
    serve(200, "{\"AccessKeyId\":\"I\",\"SecretAccessKey\":\"s\",\"Token\":\"t\","
               "\"Expiration\":\"2023-11-15T22:13:20Z\"}");
    check_id("I");
}
END_TEST

START_TEST(the_option_sources_chooses_and_orders)
{
    set_all();
    options.sources = "profile, environment";
    check_id("P");
    options.sources = "container";
    serve(200, CONTAINER);
    check_id("C");
}
END_TEST

START_TEST(no_source_is_no_credentials)
{
    set_all();
    options.sources = "";
    check_error(ENVCRYPT_E_NO_CREDENTIALS, "switched off");
}
END_TEST

START_TEST(without_any_it_says_where_was_looked)
{
    set_variable("AWS_EC2_METADATA_DISABLED", "true");
    check_error(ENVCRYPT_E_NO_CREDENTIALS,
                "environment, web-identity, profile, container, imds");
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "AWS_ACCESS_KEY_ID"));
}
END_TEST

START_TEST(the_chain_outlives_its_configuration)
{
    set_all();
    EVC_CHECK_OK(open_config());
    EVC_CHECK_OK(evc_aws_chain_open(config, &chain, NULL));
    evc_aws_config_unref(config);
    config = NULL;
    EVC_CHECK_OK(evc_chain_get(chain, &wait_of_test, &creds, NULL));
    ck_assert_str_eq(creds->id, "E");
    ck_assert_str_eq(evc_chain_provider(chain), "aws");
}
END_TEST

START_TEST(an_environment_that_changes_later_does_not_count)
{
    set_all();
    EVC_CHECK_OK(open_config());
    set_variable("AWS_ACCESS_KEY_ID", "LATER");
    EVC_CHECK_OK(evc_aws_chain_open(config, &chain, NULL));
    EVC_CHECK_OK(evc_chain_get(chain, &wait_of_test, &creds, NULL));
    ck_assert_str_eq(creds->id, "E");
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {environment_web_identity_profile_container_imds,
                                  the_option_sources_chooses_and_orders,
                                  no_source_is_no_credentials,
                                  without_any_it_says_where_was_looked,
                                  the_chain_outlives_its_configuration,
                                  an_environment_that_changes_later_does_not_count,
                                  NULL};

    aws_add(suite, "chain", tests);
}

EVC_TEST_MAIN("aws_chain", add_tests)
