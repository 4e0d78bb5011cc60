/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/alibaba_files.h"

#include "alibaba-fixture.h"
#include "evc-alloc.h"

static evc_alibaba_profile profile;
static bool found;

static int
read_cli(void)
{
    return evc_alibaba_cli_profile(config, NULL, &profile, &found, NULL);
}

static int
read_ini(void)
{
    return evc_alibaba_ini_profile(config, &profile, &found, NULL);
}

#define CLI(id)                                                         \
    "{\"current\":\"p\",\"profiles\":[{\"name\":\"p\",\"mode\":\"AK\"," \
    "\"access_key_id\":\"" id "\"}]}"

static void
make_folders(void)
{
    ck_assert_int_eq(mkdir(evc_folder_path(".aliyun"), 0700), 0);
    ck_assert_int_eq(mkdir(evc_folder_path(".alibabacloud"), 0700), 0);
}

/* --- the CLI's file --- */

START_TEST(no_cli_file_is_none)
{
    EVC_CHECK_OK(read_cli());
    ck_assert(!found);
}
END_TEST

START_TEST(the_clis_file_stands_in_the_home)
{
    make_folders();
    evc_folder_put(".aliyun/config.json", CLI("home"), 0600);
    EVC_CHECK_OK(read_cli());
    ck_assert_str_eq(profile.access_key_id, "home");
    evc_alibaba_profile_reset(&profile);
}
END_TEST

START_TEST(a_variable_names_the_clis_file)
{
    set_variable("ALIBABA_CLOUD_CONFIG_FILE", "other.json");
    open_config(NULL);
    evc_folder_put("other.json", CLI("other"), 0600);
    EVC_CHECK_OK(read_cli());
    ck_assert_str_eq(profile.access_key_id, "other");
    evc_alibaba_profile_reset(&profile);
}
END_TEST

START_TEST(a_file_that_is_named_must_be_there)
{
    set_variable("ALIBABA_CLOUD_CONFIG_FILE", "nowhere");
    set_variable("ALIBABA_CLOUD_CREDENTIALS_FILE", "nowhere");
    open_config(NULL);
    EVC_CHECK_CODE(read_cli(), ENVCRYPT_E_BAD_CREDENTIALS);
    EVC_CHECK_CODE(read_ini(), ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

START_TEST(a_change_is_seen_at_the_next_reading)
{
    make_folders();
    evc_folder_put(".aliyun/config.json", CLI("before"), 0600);
    EVC_CHECK_OK(read_cli());
    evc_alibaba_profile_reset(&profile);
    evc_folder_put(".aliyun/config.json", CLI("after"), 0600);
    EVC_CHECK_OK(read_cli());
    ck_assert_str_eq(profile.access_key_id, "after");
    evc_alibaba_profile_reset(&profile);
}
END_TEST

START_TEST(warns_of_a_file_that_others_can_read)
{
    make_folders();
    evc_folder_put(".aliyun/config.json", CLI("x"), 0644);
    EVC_CHECK_OK(read_cli());
    ck_assert_ptr_nonnull(strstr(served.log, "0600"));
    evc_alibaba_profile_reset(&profile);
}
END_TEST

/* --- the file of sections --- */

START_TEST(sections_are_profiles)
{
    make_folders();
    evc_folder_put(".alibabacloud/credentials",
                   "[default]\n"
                   "enable = true\n"
                   "type = ram_role_arn      # a comment\n"
                   "access_key_id = id\n"
                   "access_key_secret = secret\n"
                   "role_arn = acs:ram::1:role/r\n"
                   "role_session_name = me\n"
                   "policy = {}\n",
                   0600);
    EVC_CHECK_OK(read_ini());
    ck_assert(found);
    ck_assert_str_eq(profile.name, "default");
    ck_assert_str_eq(profile.mode, "RamRoleArn");
    ck_assert_str_eq(profile.access_key_id, "id");
    ck_assert_str_eq(profile.ram_role_arn, "acs:ram::1:role/r");
    ck_assert_str_eq(profile.ram_session_name, "me");
    ck_assert_str_eq(profile.policy, "{}");
    ck_assert(is_secret(&profile.access_key_secret, "secret"));
    evc_alibaba_profile_reset(&profile);
}
END_TEST

static void
check_mode(const char *type, const char *mode)
{
    char text[128];

    (void)snprintf(text, sizeof text, "[default]\ntype = %s\n", type);
    evc_folder_put("credentials", text, 0600);
    EVC_CHECK_OK(read_ini());
    ck_assert_str_eq(profile.mode, mode);
    evc_alibaba_profile_reset(&profile);
}

START_TEST(types_are_modes)
{
    set_variable("ALIBABA_CLOUD_CREDENTIALS_FILE", "credentials");
    open_config(NULL);
    check_mode("access_key", "AK");
    check_mode("ram_role_arn", "RamRoleArn");
    check_mode("ecs_ram_role", "EcsRamRole");
    check_mode("oidc_role_arn", "OIDC");
    check_mode("rsa_key_pair", "rsa_key_pair");
}
END_TEST

START_TEST(a_section_may_be_named)
{
    evc_alibaba_options options = {.profile = "work"};

    make_folders();
    evc_folder_put(".alibabacloud/credentials",
                   "[default]\ntype=access_key\naccess_key_id=a\n"
                   "[work]\ntype=access_key\naccess_key_id=b\n",
                   0600);
    open_config(&options);
    EVC_CHECK_OK(read_ini());
    ck_assert_str_eq(profile.access_key_id, "b");
    evc_alibaba_profile_reset(&profile);
}
END_TEST

START_TEST(a_missing_section_is_none)
{
    make_folders();
    evc_folder_put(".alibabacloud/credentials", "[other]\ntype=access_key\n", 0600);
    EVC_CHECK_OK(read_ini());
    ck_assert(!found);
}
END_TEST

START_TEST(pythons_name_of_the_file_comes_second)
{
    make_folders();
    evc_folder_put(".alibabacloud/credentials.ini",
                   "[default]\ntype=access_key\naccess_key_id=py\n", 0600);
    EVC_CHECK_OK(read_ini());
    ck_assert_str_eq(profile.access_key_id, "py");
    evc_alibaba_profile_reset(&profile);
}
END_TEST

START_TEST(a_malformed_file_is_refused)
{
    make_folders();
    evc_folder_put(".alibabacloud/credentials", "[default\n", 0600);
    EVC_CHECK_CODE(read_ini(), ENVCRYPT_E_BAD_CREDENTIALS);
    evc_folder_put(".aliyun/config.json", "[default]\n", 0600);
    EVC_CHECK_CODE(read_cli(), ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

static int
read_once(void *user)
{
    int rc = read_cli();

    (void)user;
    evc_alibaba_profile_reset(&profile);
    if (!rc)
        rc = read_ini();
    evc_alibaba_profile_reset(&profile);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    make_folders();
    evc_folder_put(".aliyun/config.json", CLI("x"), 0600);
    evc_folder_put(".alibabacloud/credentials",
                   "[default]\ntype=access_key\naccess_key_id=a\naccess_key_secret=b\n",
                   0600);
    ck_assert_uint_gt(evc_alloc_sweep(read_once, NULL), 10);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        no_cli_file_is_none,
        the_clis_file_stands_in_the_home,
        a_variable_names_the_clis_file,
        a_file_that_is_named_must_be_there,
        a_change_is_seen_at_the_next_reading,
        warns_of_a_file_that_others_can_read,
        sections_are_profiles,
        types_are_modes,
        a_section_may_be_named,
        a_missing_section_is_none,
        pythons_name_of_the_file_comes_second,
        a_malformed_file_is_refused,
        survives_memory_that_runs_out,
        NULL,
    };

    alibaba_add(suite, "alibaba_files", tests);
}

EVC_TEST_MAIN("alibaba_files", add_tests)
