/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/alibaba_config.h"

#include "alibaba-fixture.h"
#include "evc-alloc.h"

START_TEST(reads_the_environment_once)
{
    set_variable("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "env-secret");
    set_variable("ALIBABA_CLOUD_ROLE_ARN", "a");
    open_config(NULL);
    set_variable("ALIBABA_CLOUD_ACCESS_KEY_SECRET", NULL);
    set_variable("ALIBABA_CLOUD_ROLE_ARN", "b");
    ck_assert(is_secret(&config->access_key_secret, "env-secret"));
    ck_assert_str_eq(config->variables[EVC_ALIBABA_ROLE_ARN], "a");
}
END_TEST

START_TEST(an_empty_variable_is_none)
{
    set_variable("ALIBABA_CLOUD_ROLE_ARN", "");
    open_config(NULL);
    ck_assert_ptr_null(config->variables[EVC_ALIBABA_ROLE_ARN]);
}
END_TEST

static void
set_secret_of(size_t size)
{
    static char text[EVC_ARENA_MAX_SLOT + 2];

    memset(text, 's', size);
    text[size] = 0;
    set_variable("ALIBABA_CLOUD_SECURITY_TOKEN", text);
}

START_TEST(takes_a_token_of_a_whole_slot)
{
    set_secret_of(EVC_ARENA_MAX_SLOT);
    open_config(NULL);
    ck_assert_uint_eq(config->security_token.size, EVC_ARENA_MAX_SLOT);
}
END_TEST

static int
open_with(const evc_alibaba_options *options)
{
    evc_alibaba_config *opened = NULL;
    int rc = evc_alibaba_config_open(crypto, net, options, &opened, NULL);

    evc_alibaba_config_unref(opened);
    return rc;
}

START_TEST(refuses_a_token_of_one_byte_more)
{
    evc_alibaba_options none = {.profile = NULL};

    set_secret_of(EVC_ARENA_MAX_SLOT + 1);
    EVC_CHECK_CODE(open_with(&none), ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

START_TEST(refuses_options_that_are_none)
{
    evc_alibaba_options vpc = {.vpc = "yes"};
    evc_alibaba_options signature = {.signature = "v4"};
    evc_alibaba_options source = {.sources = "imds"};
    evc_alibaba_options twice = {.sources = "uri,uri"};

    EVC_CHECK_CODE(open_with(&vpc), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(open_with(&signature), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(open_with(&source), ENVCRYPT_E_UNKNOWN_OPTION);
    EVC_CHECK_CODE(open_with(&twice), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(signs_by_v3_unless_told)
{
    evc_alibaba_options v1 = {.signature = "v1"};

    ck_assert(!config->v1);
    open_config(&v1);
    ck_assert(config->v1);
}
END_TEST

START_TEST(outlives_its_options)
{
    char region[] = "cn-x";
    char ca[] = "/ca.pem";
    evc_alibaba_options options = {.region = region, .link = {.ca_file = ca}};

    open_config(&options);
    memset(region, 0, sizeof region);
    memset(ca, 0, sizeof ca);
    ck_assert_str_eq(config->region, "cn-x");
    ck_assert_str_eq(config->link.ca_file, "/ca.pem");
}
END_TEST

START_TEST(is_counted)
{
    ck_assert_ptr_eq(evc_alibaba_config_ref(config), config);
    evc_alibaba_config_unref(config);
    ck_assert(!config->v1);
    evc_alibaba_config_unref(NULL);
}
END_TEST

START_TEST(without_a_home_there_are_no_files_in_it)
{
    set_variable("HOME", NULL);
    open_config(NULL);
    ck_assert_ptr_null(evc_alibaba_home_file(config, "x"));
}
END_TEST

static int
open_once(void *user)
{
    evc_alibaba_options options = {.profile = "p",
                                   .region = "cn-x",
                                   .endpoint = "e",
                                   .link = {.ca_file = "/ca.pem"}};

    (void)user;
    return open_with(&options);
}

START_TEST(survives_memory_that_runs_out)
{
    set_variable("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "env-secret");
    set_variable("ALIBABA_CLOUD_ROLE_ARN", "a");
    ck_assert_uint_gt(evc_alloc_sweep(open_once, NULL), 6);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        reads_the_environment_once,
        an_empty_variable_is_none,
        takes_a_token_of_a_whole_slot,
        refuses_a_token_of_one_byte_more,
        refuses_options_that_are_none,
        signs_by_v3_unless_told,
        outlives_its_options,
        is_counted,
        without_a_home_there_are_no_files_in_it,
        survives_memory_that_runs_out,
        NULL,
    };

    alibaba_add(suite, "alibaba_config", tests);
}

EVC_TEST_MAIN("alibaba_config", add_tests)
