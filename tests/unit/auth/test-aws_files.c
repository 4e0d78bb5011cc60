/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/aws_files.h"

#include "evc-alloc.h"
#include "evc-check.h"
#include "evc-folder.h"

static evc_aws_files files;
static char logged[1024];

static void
note(void *user, int32_t level, const char *line)
{
    (void)user;
    (void)level;
    (void)snprintf(logged, sizeof(logged), "%s", line);
}

static const evc_log log_here = {.sink = note, .level = ENVCRYPT_LOG_WARNING};

static void
teardown(void)
{
    evc_aws_files_reset(&files);
    evc_folder_remove();
}

static int
open_files(void)
{
    return evc_aws_files_open(&files, evc_folder_path("config"),
                              evc_folder_path("credentials"), &log_here, NULL);
}

static void
put_both(const char *config, const char *credentials)
{
    evc_folder_put("config", config, 0600);
    evc_folder_put("credentials", credentials, 0600);
    EVC_CHECK_OK(open_files());
}

static void
check(const char *profile, const char *name, const char *value)
{
    ck_assert(evc_view_is_text(evc_aws_files_get(&files, profile, name), value));
}

START_TEST(missing_files_are_empty)
{
    EVC_CHECK_OK(open_files());
    ck_assert(!evc_aws_files_has(&files, "default"));
    check("default", "region", "");
}
END_TEST

START_TEST(no_path_is_no_file)
{
    EVC_CHECK_OK(evc_aws_files_open(&files, NULL, NULL, NULL, NULL));
    ck_assert(!evc_aws_files_has(&files, "default"));
}
END_TEST

START_TEST(profiles_of_both_files_are_there)
{
    put_both("[default]\n[profile a]\n[b]\n[sso-session s]\n", "[c]\n[profile d]\n");
    ck_assert(evc_aws_files_has(&files, "default"));
    ck_assert(evc_aws_files_has(&files, "a"));
    ck_assert(!evc_aws_files_has(&files, "b"));
    ck_assert(evc_aws_files_has(&files, "c"));
    ck_assert(!evc_aws_files_has(&files, "d"));
    ck_assert(!evc_aws_files_has(&files, "s"));
    ck_assert(evc_aws_files_has_session(&files, evc_view_text("s")));
    ck_assert(!evc_aws_files_has_session(&files, evc_view_text("a")));
}
END_TEST

START_TEST(the_credentials_file_wins)
{
    put_both("[profile a]\nx = config\ny = config\n", "[a]\nx = credentials\ny =\n");
    check("a", "x", "credentials");
    check("a", "y", "config");
}
END_TEST

START_TEST(profile_default_wins_over_default)
{
    put_both("[default]\nx = 1\ny = 1\n[profile default]\nx = 2\n", "");
    check("default", "x", "2");
    check("default", "y", "");
}
END_TEST

START_TEST(sessions_and_services_are_found)
{
    put_both(
        "[sso-session s]\nsso_region = r\n[services v]\nkms =\n endpoint_url = u\n",
        "");
    ck_assert(evc_view_is_text(
        evc_aws_files_session(&files, evc_view_text("s"), "sso_region"), "r"));
    ck_assert(evc_view_is_text(
        evc_aws_files_service(&files, evc_view_text("v"), "kms", "endpoint_url"), "u"));
    ck_assert_uint_eq(
        evc_aws_files_service(&files, evc_view_text("v"), "sts", "endpoint_url").size,
        0);
}
END_TEST

START_TEST(others_who_can_read_the_credentials_are_a_warning)
{
    evc_folder_put("credentials", "[a]\n", 0644);
    EVC_CHECK_OK(open_files());
    ck_assert_ptr_nonnull(strstr(logged, "credentials"));
}
END_TEST

START_TEST(others_who_can_read_the_settings_are_none)
{
    evc_folder_put("config", "[default]\n", 0644);
    EVC_CHECK_OK(open_files());
    ck_assert_str_eq(logged, "");
}
END_TEST

START_TEST(a_file_that_is_none_is_told_with_its_line)
{
    evc_error *err = NULL;

    evc_folder_put("config", "[default]\nnonsense\n", 0600);
    EVC_CHECK_CODE(
        evc_aws_files_open(&files, evc_folder_path("config"), NULL, NULL, &err),
        ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "line 2"));
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "config"));
    evc_error_free(err);
}
END_TEST

START_TEST(a_folder_in_the_place_of_a_file_is_told)
{
    EVC_CHECK_CODE(evc_aws_files_open(&files, evc_folder, NULL, NULL, NULL),
                   ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

static int
open_and_reset(void *user)
{
    int rc = open_files();

    (void)user;
    evc_aws_files_reset(&files);
    return rc;
}

START_TEST(survives_memory_running_out)
{
    put_both("[default]\nx = 1\n", "[default]\ny = 2\n");
    evc_aws_files_reset(&files);
    ck_assert_uint_ge(evc_alloc_sweep(open_and_reset, NULL), 4);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {missing_files_are_empty,
                                  no_path_is_no_file,
                                  profiles_of_both_files_are_there,
                                  the_credentials_file_wins,
                                  profile_default_wins_over_default,
                                  sessions_and_services_are_found,
                                  others_who_can_read_the_credentials_are_a_warning,
                                  others_who_can_read_the_settings_are_none,
                                  a_file_that_is_none_is_told_with_its_line,
                                  a_folder_in_the_place_of_a_file_is_told,
                                  survives_memory_running_out,
                                  NULL};
    TCase *tcase = tcase_create("files");

    tcase_add_checked_fixture(tcase, evc_folder_make, teardown);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("aws_files", add_tests)
