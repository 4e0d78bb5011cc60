/* SPDX-License-Identifier: Apache-2.0 */
#include "aws-served.h"
#include "evc-alloc.h"

#define KEYS(id) "aws_access_key_id = " id "\naws_secret_access_key = s-" id "\n"

START_TEST(keys_of_the_default_profile)
{
    put_files(NULL,
              "[default]\n" KEYS("D") "aws_session_token = t\naws_account_id = 1\n");
    check_id("D");
    ck_assert(is_secret(&creds->secret, "s-D"));
    ck_assert(is_secret(&creds->token, "t"));
    ck_assert_str_eq(creds->account, "1");
    ck_assert_str_eq(creds->source, "profile");
    ck_assert_str_eq(creds->detail, "default");
    ck_assert(creds->fixed);
}
END_TEST

START_TEST(keys_of_a_named_profile)
{
    put_files("[profile a]\n" KEYS("A"), "[default]\n" KEYS("D"));
    set_variable("AWS_PROFILE", "a");
    check_id("A");
}
END_TEST

START_TEST(an_option_skips_the_environments_keys)
{
    put_files(NULL, "[a]\n" KEYS("A"));
    set_variable("AWS_ACCESS_KEY_ID", "E");
    set_variable("AWS_SECRET_ACCESS_KEY", "s");
    check_id("E");
    options.profile = "a";
    check_id("A");
}
END_TEST

START_TEST(half_a_pair_of_keys_is_told)
{
    put_files(NULL, "[default]\naws_access_key_id = D\n");
    check_error(ENVCRYPT_E_BAD_CREDENTIALS, "aws_secret_access_key");
}
END_TEST

START_TEST(a_profile_without_credentials_goes_on)
{
    put_files("[default]\nregion = eu-west-1\n", NULL);
    set_variable("AWS_EC2_METADATA_DISABLED", "true");
    check_error(ENVCRYPT_E_NO_CREDENTIALS, "profile");
}
END_TEST

START_TEST(a_role_by_the_keys_of_another_profile)
{
    put_files("[default]\nrole_arn = " ROLE "\nsource_profile = b\nexternal_id = x\n"
              "role_session_name = me\nduration_seconds = 1000\nregion = eu-west-1\n",
              "[b]\n" KEYS("B"));
    serve(200, STS_JSON("AssumeRole", "R"));
    check_id("R");
    ck_assert_str_eq(creds->source, "profile");
    ck_assert_str_eq(creds->detail, "default");
    ck_assert(has_pair(0, "ExternalId=x"));
    ck_assert(has_pair(0, "RoleSessionName=me"));
    ck_assert(has_pair(0, "DurationSeconds=1000"));
    ck_assert_ptr_nonnull(strstr(served.requests[0].headers, "Credential=B/"));
}
END_TEST

START_TEST(a_role_by_a_role)
{
    put_files("[default]\nrole_arn = " ROLE "1\nsource_profile = b\n"
              "[profile b]\nrole_arn = " ROLE "2\nsource_profile = c\n",
              "[c]\n" KEYS("C"));
    serve(200, STS_JSON("AssumeRole", "TWO"));
    serve(200, STS_JSON("AssumeRole", "ONE"));
    check_id("ONE");
    ck_assert_ptr_nonnull(strstr(served.requests[0].headers, "Credential=C/"));
    ck_assert_ptr_nonnull(strstr(served.requests[0].body, "role%2Fr2"));
    ck_assert_ptr_nonnull(strstr(served.requests[1].headers, "Credential=TWO/"));
    ck_assert(has_line(1, "x-amz-security-token: t-TWO"));
}
END_TEST

START_TEST(a_profile_that_names_itself_takes_its_own_keys)
{
    put_files("[default]\nrole_arn = " ROLE "\nsource_profile = default\n" KEYS("D"),
              NULL);
    serve(200, STS_JSON("AssumeRole", "R"));
    check_id("R");
    ck_assert_ptr_nonnull(strstr(served.requests[0].headers, "Credential=D/"));
}
END_TEST

START_TEST(the_keys_of_a_source_win_over_its_role)
{
    put_files("[default]\nrole_arn = " ROLE "\nsource_profile = b\n"
              "[profile b]\nrole_arn = " ROLE "2\nsource_profile = c\n" KEYS("B"),
              NULL);
    serve(200, STS_JSON("AssumeRole", "R"));
    check_id("R");
    ck_assert_uint_eq(served.request_count, 1);
    ck_assert_ptr_nonnull(strstr(served.requests[0].headers, "Credential=B/"));
}
END_TEST

START_TEST(the_role_of_the_profile_wins_over_its_keys)
{
    put_files("[default]\nrole_arn = " ROLE
              "\nsource_profile = b\n" KEYS("D") "[profile b]\n" KEYS("B"),
              NULL);
    serve(200, STS_JSON("AssumeRole", "R"));
    check_id("R");
}
END_TEST

START_TEST(a_role_by_the_environment)
{
    put_files("[profile p]\nrole_arn = " ROLE "\ncredential_source = Environment\n",
              NULL);
    set_variable("AWS_ACCESS_KEY_ID", "E");
    set_variable("AWS_SECRET_ACCESS_KEY", "s");
    options.profile = "p";
    serve(200, STS_JSON("AssumeRole", "R"));
    check_id("R");
    ck_assert_ptr_nonnull(strstr(served.requests[0].headers, "Credential=E/"));
}
END_TEST

START_TEST(a_role_by_the_instance)
{
    put_files("[default]\nrole_arn = " ROLE
              "\ncredential_source = Ec2InstanceMetadata\n",
              NULL);
    serve(200, "token");
    serve(200, "r");
    serve(200, "{\"AccessKeyId\":\"I\",\"SecretAccessKey\":\"s\",\"Token\":\"t\","
               "\"Expiration\":\"2023-11-15T04:13:20Z\"}");
    serve(200, STS_JSON("AssumeRole", "R"));
    check_id("R");
    ck_assert_ptr_nonnull(strstr(served.requests[3].headers, "Credential=I/"));
}
END_TEST

START_TEST(a_role_by_the_container)
{
    put_files("[default]\nrole_arn = " ROLE "\ncredential_source = EcsContainer\n",
              NULL);
    set_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
    serve(200, "{\"AccessKeyId\":\"C\",\"SecretAccessKey\":\"s\",\"Token\":\"t\","
               "\"Expiration\":\"2023-11-15T04:13:20Z\"}");
    serve(200, STS_JSON("AssumeRole", "R"));
    check_id("R");
    ck_assert_ptr_nonnull(strstr(served.requests[1].headers, "Credential=C/"));
}
END_TEST

START_TEST(a_role_by_a_web_identity_of_the_profile)
{
    char text[1024];

    evc_folder_put("token", "jwt", 0644);
    (void)snprintf(text, sizeof text,
                   "[default]\nrole_arn = " ROLE "\nweb_identity_token_file = %s\n",
                   evc_folder_path("token"));
    put_files(text, NULL);
    serve(200, STS_XML("AssumeRoleWithWebIdentity", "W"));
    check_id("W");
    ck_assert_str_eq(creds->source, "profile");
    ck_assert(has_pair(0, "WebIdentityToken=jwt"));
}
END_TEST

START_TEST(a_role_by_a_program)
{
    put_files("[default]\nrole_arn = " ROLE "\nsource_profile = b\n[profile b]\n"
              "credential_process = echo '{\"Version\":1,\"AccessKeyId\":\"P\","
              "\"SecretAccessKey\":\"s\"}'\n",
              NULL);
    serve(200, STS_JSON("AssumeRole", "R"));
    evc_wait_init(&wait_of_test, NULL, 20000);
    check_id("R");
    ck_assert_ptr_nonnull(strstr(served.requests[0].headers, "Credential=P/"));
}
END_TEST

static const struct {
    const char *settings;
    const char *with;
} mistakes[] = {
    {"[default]\nrole_arn = " ROLE "\n", "one of source_profile"},
    {"[default]\nrole_arn = " ROLE
     "\nsource_profile = b\ncredential_source = Environment\n",
     "one of source_profile"},
    {"[default]\nrole_arn = " ROLE "\nsource_profile = b\n", "neither of AWS's files"},
    {"[default]\nrole_arn = " ROLE "\nsource_profile = b\n[profile b]\nregion = r\n",
     "without credentials"},
    {"[default]\nrole_arn = " ROLE "\nsource_profile = default\n", "back to itself"},
    {"[default]\nrole_arn = " ROLE "\nsource_profile = b\n[profile b]\nrole_arn = " ROLE
     "\nsource_profile = default\n",
     "back to itself"},
    {"[default]\nrole_arn = " ROLE "\ncredential_source = Cloud\n",
     "credential_source"},
    {"[default]\nrole_arn = " ROLE "\ncredential_source = Environment\n",
     "gives nothing"},
    {"[default]\nrole_arn = " ROLE "\ncredential_source = EcsContainer\n",
     "gives nothing"},
    {"[default]\nrole_arn = " ROLE
     "\nsource_profile = b\nmfa_serial = arn:m\n[profile b]\n" KEYS("B"),
     "mfa_serial"},
    {"[default]\nweb_identity_token_file = /t\n", "no role_arn"},
    {"[default]\nrole_arn = nobody\nsource_profile = b\n[profile b]\n" KEYS("B"),
     "no role"},
    {"[default]\nsso_account_id = 1\n", "sso_region"},
    {"[default]\ncredential_process = 'open\n", "cannot be read"},
};

START_TEST(mistakes_are_told_by_name)
{
    put_files(mistakes[_i].settings, NULL);
    check_error(ENVCRYPT_E_BAD_CREDENTIALS, mistakes[_i].with);
    ck_assert_uint_eq(served.request_count, 0);
}
END_TEST

/* Profiles p0 … p(n-1), each with a role over the next; the last has keys. */
static void
put_chain(unsigned n)
{
    evc_buf text;

    evc_buf_init(&text);
    for (unsigned i = 0; i + 1 < n; i++)
        evc_buf_put_format(&text,
                           "[profile p%u]\nrole_arn = " ROLE "\nsource_profile = p%u\n",
                           i, i + 1);
    evc_buf_put_format(&text, "[profile p%u]\n" KEYS("K"), n - 1);
    evc_buf_put_u8(&text, 0);
    put_files((const char *)text.data, NULL);
    evc_buf_reset(&text);
    options.profile = "p0";
    for (unsigned i = 0; i + 1 < n; i++)
        serve(200, STS_JSON("AssumeRole", "R"));
}

START_TEST(a_chain_of_eight_profiles_is_followed)
{
    put_chain(8);
    check_id("R");
    ck_assert_uint_eq(served.request_count, 7);
}
END_TEST

START_TEST(a_chain_of_nine_is_refused)
{
    put_chain(9);
    check_error(ENVCRYPT_E_BAD_CREDENTIALS, "too many");
}
END_TEST

static int
get_once(void *user)
{
    evc_chain *own = NULL;
    evc_creds *got = NULL;
    int rc;

    (void)user;
    served.request_count = 0;
    rc = evc_aws_chain_open(config, &own, NULL);
    if (rc == 0)
        rc = evc_chain_get(own, &wait_of_test, &got, NULL);
    evc_creds_unref(got);
    evc_chain_unref(own);
    /* The reply of the test's own network did not fit into memory. */
    return rc == ENVCRYPT_E_PROTOCOL || rc == ENVCRYPT_E_CREDENTIALS_DOWN
               ? ENVCRYPT_E_NOMEM
               : rc;
}

START_TEST(survives_memory_running_out)
{
    put_files("[default]\nrole_arn = " ROLE
              "\nsource_profile = b\n[profile b]\n" KEYS("B"),
              NULL);
    serve(200, STS_JSON("AssumeRole", "R"));
    EVC_CHECK_OK(open_config());
    EVC_CHECK_OK(get_once(NULL));
    ck_assert_uint_ge(evc_alloc_sweep(get_once, NULL), 20);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {keys_of_the_default_profile,
                                  keys_of_a_named_profile,
                                  an_option_skips_the_environments_keys,
                                  half_a_pair_of_keys_is_told,
                                  a_profile_without_credentials_goes_on,
                                  a_role_by_the_keys_of_another_profile,
                                  a_role_by_a_role,
                                  a_profile_that_names_itself_takes_its_own_keys,
                                  the_keys_of_a_source_win_over_its_role,
                                  the_role_of_the_profile_wins_over_its_keys,
                                  a_role_by_the_environment,
                                  a_role_by_the_instance,
                                  a_role_by_the_container,
                                  a_role_by_a_web_identity_of_the_profile,
                                  a_role_by_a_program,
                                  a_chain_of_eight_profiles_is_followed,
                                  a_chain_of_nine_is_refused,
                                  survives_memory_running_out,
                                  NULL};

    aws_add(suite, "profile", tests);
    aws_add_loop(suite, "mistakes", mistakes_are_told_by_name,
                 sizeof mistakes / sizeof mistakes[0]);
}

EVC_TEST_MAIN("aws_profile", add_tests)
