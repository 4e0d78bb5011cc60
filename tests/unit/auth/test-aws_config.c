/* SPDX-License-Identifier: Apache-2.0 */
#include "aws-served.h"
#include "evc-alloc.h"

static void
check_config(int code, const char *with)
{
    EVC_CHECK_CODE(open_config(), code);
    ck_assert_ptr_null(config);
    ck_assert_msg(strstr(evc_error_message(error), with) != NULL, "%s",
                  evc_error_message(error));
}

static void
check_region(const char *region)
{
    EVC_CHECK_OK(open_config());
    ck_assert(evc_view_is_text(evc_aws_config_region(config), region));
}

START_TEST(regions_by_option_variables_and_profile)
{
    check_region("");
    put_files("[default]\nregion = eu-west-1\n", NULL);
    check_region("eu-west-1");
    set_variable("AWS_DEFAULT_REGION", "eu-west-2");
    check_region("eu-west-2");
    set_variable("AWS_REGION", "eu-west-3");
    check_region("eu-west-3");
    options.region = "us-east-1";
    check_region("us-east-1");
}
END_TEST

static const char *const bad_regions[] = {"eu_west_1", "EU-WEST-1",     "-a", "a-",
                                          "a.b",       "evil.example/", "a b"};

START_TEST(what_would_change_a_host_is_no_region)
{
    set_variable("AWS_REGION", bad_regions[_i]);
    check_config(ENVCRYPT_E_REGION, "eu-central-1");
}
END_TEST

START_TEST(a_region_has_at_most_63_characters)
{
    char name[65];

    memset(name, 'a', sizeof name);
    ck_assert(evc_aws_config_is_region(evc_view_of(name, 63)));
    ck_assert(!evc_aws_config_is_region(evc_view_of(name, 64)));
    ck_assert(!evc_aws_config_is_region(evc_view_of(name, 0)));
}
END_TEST

START_TEST(profiles_by_option_and_variables)
{
    put_files("[profile a]\nregion = ra\n[profile b]\nregion = rb\n[profile c]\nregion "
              "= rc\n",
              NULL);
    set_variable("AWS_DEFAULT_PROFILE", "a");
    check_region("ra");
    set_variable("AWS_PROFILE", "b");
    check_region("rb");
    options.profile = "c";
    check_region("rc");
}
END_TEST

START_TEST(a_named_profile_must_be_there)
{
    set_variable("AWS_PROFILE", "nobody");
    check_config(ENVCRYPT_E_BAD_CREDENTIALS, "nobody");
}
END_TEST

START_TEST(a_profile_of_the_environment_need_not_be_there_when_files_are_off)
{
    set_variable("AWS_PROFILE", "nobody");
    options.sources = "environment";
    EVC_CHECK_OK(open_config());
}
END_TEST

START_TEST(the_default_profile_need_not_be_there)
{
    EVC_CHECK_OK(open_config());
    ck_assert_str_eq(config->profile, "default");
}
END_TEST

START_TEST(files_stand_in_the_home)
{
    ck_assert_int_eq(mkdir(evc_folder_path(".aws"), 0700), 0);
    evc_folder_put(".aws/config", "[default]\nregion = home\n", 0600);
    check_region("home");
    ck_assert_int_eq(unlink(evc_folder_path(".aws/config")), 0);
}
END_TEST

START_TEST(a_tilde_is_the_home)
{
    evc_folder_put("settings", "[default]\nregion = tilde\n", 0600);
    set_variable("AWS_CONFIG_FILE", "~/settings");
    check_region("tilde");
}
END_TEST

START_TEST(without_a_home_there_are_no_files)
{
    set_variable("HOME", NULL);
    check_region("");
}
END_TEST

START_TEST(sources_are_names_of_this_list)
{
    options.sources = "profil";
    check_config(ENVCRYPT_E_UNKNOWN_OPTION, "profile");
}
END_TEST

START_TEST(switches_are_true_or_false)
{
    set_variable("AWS_USE_FIPS_ENDPOINT", "yes");
    check_config(ENVCRYPT_E_BAD_CREDENTIALS, "use_fips_endpoint");
}
END_TEST

START_TEST(an_option_that_is_no_switch_is_the_callers_mistake)
{
    options.dual_stack = "on";
    check_config(ENVCRYPT_E_ARGUMENT, "the option dual-stack");
}
END_TEST

START_TEST(switches_by_option_variable_and_profile)
{
    put_files("[default]\nuse_fips_endpoint = TRUE\n", NULL);
    EVC_CHECK_OK(open_config());
    ck_assert(config->fips);
    ck_assert(!config->dual_stack);
    set_variable("AWS_USE_FIPS_ENDPOINT", "false");
    EVC_CHECK_OK(open_config());
    ck_assert(!config->fips);
    options.fips = "true";
    EVC_CHECK_OK(open_config());
    ck_assert(config->fips);
}
END_TEST

START_TEST(the_ca_file_by_option_variable_and_profile)
{
    put_files("[default]\nca_bundle = /p\n", NULL);
    EVC_CHECK_OK(open_config());
    ck_assert_str_eq(config->link.ca_file, "/p");
    set_variable("AWS_CA_BUNDLE", "/v");
    EVC_CHECK_OK(open_config());
    ck_assert_str_eq(config->link.ca_file, "/v");
    options.link.ca_file = "/o";
    EVC_CHECK_OK(open_config());
    ck_assert_str_eq(config->link.ca_file, "/o");
}
END_TEST

START_TEST(the_clients_own_ca_file_goes_before_the_environments)
{
    const evc_net_settings settings = {.link = {.ca_file = "/c"}};
    evc_net *own;

    set_variable("AWS_CA_BUNDLE", "/v");
    EVC_CHECK_OK(evc_net_open(env, &settings, NULL, NULL, NULL, &own, NULL));
    EVC_CHECK_OK(evc_aws_config_open(crypto, own, &options, &config, NULL));
    ck_assert_ptr_null(config->link.ca_file); /* so the client's counts */
    evc_net_unref(own);
}
END_TEST

START_TEST(a_secret_of_the_environment_fills_a_slot_at_most)
{
    static char text[EVC_ARENA_MAX_SLOT + 2];

    memset(text, 'x', EVC_ARENA_MAX_SLOT);
    set_variable("AWS_SESSION_TOKEN", text);
    EVC_CHECK_OK(open_config());
    text[EVC_ARENA_MAX_SLOT] = 'x';
    set_variable("AWS_SESSION_TOKEN", text);
    check_config(ENVCRYPT_E_BAD_CREDENTIALS, "AWS_SESSION_TOKEN");
}
END_TEST

static int
open_and_close(void *user)
{
    evc_aws_config *own = NULL;
    int rc = evc_aws_config_open(crypto, net, &options, &own, NULL);

    (void)user;
    evc_aws_config_unref(own);
    return rc;
}

START_TEST(survives_memory_running_out)
{
    put_files("[default]\nregion = r\nca_bundle = /p\n", "[default]\nx = y\n");
    set_variable("AWS_ACCESS_KEY_ID", "id");
    set_variable("AWS_SECRET_ACCESS_KEY", "secret");
    options.endpoint = "https://kms.example";
    ck_assert_uint_ge(evc_alloc_sweep(open_and_close, NULL), 10);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        regions_by_option_variables_and_profile,
        a_region_has_at_most_63_characters,
        profiles_by_option_and_variables,
        a_named_profile_must_be_there,
        a_profile_of_the_environment_need_not_be_there_when_files_are_off,
        the_default_profile_need_not_be_there,
        files_stand_in_the_home,
        a_tilde_is_the_home,
        without_a_home_there_are_no_files,
        sources_are_names_of_this_list,
        switches_are_true_or_false,
        an_option_that_is_no_switch_is_the_callers_mistake,
        switches_by_option_variable_and_profile,
        the_ca_file_by_option_variable_and_profile,
        the_clients_own_ca_file_goes_before_the_environments,
        a_secret_of_the_environment_fills_a_slot_at_most,
        survives_memory_running_out,
        NULL};

    aws_add(suite, "config", tests);
    aws_add_loop(suite, "regions", what_would_change_a_host_is_no_region,
                 sizeof bad_regions / sizeof bad_regions[0]);
}

EVC_TEST_MAIN("aws_config", add_tests)
