/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/ibm_config.h"

#include <unistd.h>

#include "evc-alloc.h"
#include "served-net.h"

static evc_ibm_config *config;

static int
open_with(const evc_ibm_options *options)
{
    return evc_ibm_config_open(net, options, &config, NULL);
}

static void
open_plain(void)
{
    static const evc_ibm_options none;

    EVC_CHECK_OK(open_with(&none));
}

static void
check_url(const char *expected)
{
    const char *url = evc_ibm_service_url(config);

    if (expected)
        ck_assert_str_eq(url, expected);
    else
        ck_assert_ptr_null(url);
    evc_ibm_config_unref(config);
}

START_TEST(a_file_that_is_named_goes_before_all)
{
    set_variable("IBM_CREDENTIALS_FILE", "named");
    set_variable("KEY_PROTECT_URL", "env");
    evc_folder_put("named", "KEY_PROTECT_URL=named\n", 0600);
    evc_folder_put("ibm-credentials.env", "KEY_PROTECT_URL=here\n", 0600);
    open_plain();
    check_url("named");
}
END_TEST

START_TEST(a_file_in_the_working_folder_goes_before_the_environment)
{
    set_variable("KEY_PROTECT_URL", "env");
    evc_folder_put("ibm-credentials.env", "KEY_PROTECT_URL=here\n", 0600);
    open_plain();
    check_url("here");
}
END_TEST

/* It would say where keys go. */
START_TEST(a_file_in_the_working_folder_that_others_may_write_is_refused)
{
    static const evc_ibm_options none;
    const mode_t modes[] = {0620, 0602, 0666};

    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        evc_folder_put("ibm-credentials.env", "KEY_PROTECT_URL=here\n", modes[i]);
        EVC_CHECK_CODE(open_with(&none), ENVCRYPT_E_BAD_CREDENTIALS);
        ck_assert_ptr_null(config);
        (void)remove(evc_folder_path("ibm-credentials.env"));
    }
}
END_TEST

START_TEST(a_file_in_the_working_folder_that_others_may_read_is_taken)
{
    evc_folder_put("ibm-credentials.env", "KEY_PROTECT_URL=here\n", 0644);
    open_plain();
    check_url("here");
}
END_TEST

START_TEST(a_link_in_the_working_folder_is_refused)
{
    static const evc_ibm_options none;

    evc_folder_put("named", "KEY_PROTECT_URL=here\n", 0600);
    ck_assert_int_eq(symlink("named", evc_folder_path("ibm-credentials.env")), 0);
    EVC_CHECK_CODE(open_with(&none), ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

START_TEST(a_file_in_the_home_comes_after_the_working_folder)
{
    ck_assert_int_eq(mkdir("home", 0700), 0);
    evc_folder_put("home/ibm-credentials.env", "KEY_PROTECT_URL=home\n", 0600);
    set_variable("HOME", evc_folder_path("home"));
    open_plain();
    check_url("home");
    evc_folder_put("ibm-credentials.env", "KEY_PROTECT_URL=here\n", 0600);
    open_plain();
    check_url("here");
    (void)remove(evc_folder_path("home/ibm-credentials.env"));
}
END_TEST

START_TEST(a_file_about_others_leaves_it_to_the_environment)
{
    set_variable("KEY_PROTECT_URL", "env");
    evc_folder_put("ibm-credentials.env", "OTHER_URL=here\n", 0600);
    open_plain();
    check_url("env");
}
END_TEST

START_TEST(no_url_is_none)
{
    open_plain();
    check_url(NULL);
}
END_TEST

START_TEST(another_service_has_other_variables)
{
    evc_ibm_options options = {.service = "hpcs-kms"};

    set_variable("HPCS_KMS_URL", "hpcs");
    set_variable("KEY_PROTECT_URL", "env");
    EVC_CHECK_OK(open_with(&options));
    set_variable("HPCS_KMS_URL", NULL);
    check_url("hpcs");
}
END_TEST

START_TEST(a_file_that_is_named_must_be_there)
{
    static const evc_ibm_options none;

    set_variable("IBM_CREDENTIALS_FILE", "nowhere");
    EVC_CHECK_CODE(open_with(&none), ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert_ptr_null(config);
}
END_TEST

START_TEST(sources_that_are_switched_off_are_not_read)
{
    evc_ibm_options options = {.sources = "vpc"};

    set_variable("IBM_CREDENTIALS_FILE", "nowhere");
    set_variable("KEY_PROTECT_URL", "env");
    EVC_CHECK_OK(open_with(&options));
    check_url(NULL);
}
END_TEST

START_TEST(refuses_options_that_are_none)
{
    evc_ibm_options is_private = {.is_private = "yes"};
    evc_ibm_options source = {.sources = "metadata"};

    EVC_CHECK_CODE(open_with(&is_private), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(open_with(&source), ENVCRYPT_E_UNKNOWN_OPTION);
}
END_TEST

START_TEST(the_private_host_is_one_of_iam)
{
    evc_ibm_options options = {.is_private = "true"};

    EVC_CHECK_OK(open_with(&options));
    ck_assert_str_eq(config->iam_url, "https://private.iam.cloud.ibm.com");
    evc_ibm_config_unref(config);
    options.iam_url = "https://iam.test";
    EVC_CHECK_OK(open_with(&options));
    ck_assert_str_eq(config->iam_url, "https://iam.test");
    evc_ibm_config_unref(config);
}
END_TEST

START_TEST(is_counted)
{
    open_plain();
    ck_assert_ptr_eq(evc_ibm_config_ref(config), config);
    evc_ibm_config_unref(config);
    check_url(NULL);
    evc_ibm_config_unref(NULL);
}
END_TEST

static int
open_once(void *user)
{
    evc_ibm_options options = {.profile_id = "a",
                               .profile_name = "b",
                               .profile_crn = "c",
                               .iam_url = "https://iam.test",
                               .link = {.ca_file = "/ca.pem"}};
    int rc = open_with(&options);

    (void)user;
    evc_ibm_config_unref(config);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    set_variable("IBMCLOUD_API_KEY", "k");
    set_variable("KEY_PROTECT_URL", "u");
    evc_folder_put("ibm-credentials.env", "KEY_PROTECT_URL=here\n", 0600);
    ck_assert_uint_gt(evc_alloc_sweep(open_once, NULL), 8);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_file_that_is_named_goes_before_all,
        a_file_in_the_working_folder_goes_before_the_environment,
        a_file_in_the_working_folder_that_others_may_write_is_refused,
        a_file_in_the_working_folder_that_others_may_read_is_taken,
        a_link_in_the_working_folder_is_refused,
        a_file_in_the_home_comes_after_the_working_folder,
        a_file_about_others_leaves_it_to_the_environment,
        no_url_is_none,
        another_service_has_other_variables,
        a_file_that_is_named_must_be_there,
        sources_that_are_switched_off_are_not_read,
        refuses_options_that_are_none,
        the_private_host_is_one_of_iam,
        is_counted,
        survives_memory_that_runs_out,
        NULL,
    };

    served_add(suite, "ibm_config", tests);
}

EVC_TEST_MAIN("ibm_config", add_tests)
