/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/ibm_properties.h"

#include "evc-alloc.h"
#include "served-net.h"

static evc_ibm_properties p;

static int
read_file(const char *service, const char *text)
{
    evc_folder_put("file", text, 0600);
    evc_ibm_properties_init(&p);
    return evc_ibm_properties_read_file(&p, service, "file", false, env, NULL);
}

START_TEST(reads_the_lines_of_a_service)
{
    EVC_CHECK_OK(read_file("key-protect", "# a comment\n"
                                          "OTHER_APIKEY=other\n"
                                          "KEY_PROTECT_APIKEY=the=key\n"
                                          "  KEY_PROTECT_AUTH_TYPE=iamAssume \r\n"
                                          "KEY_PROTECT_IAM_PROFILE_ID=Profile-1\n"
                                          "KEY_PROTECT_URL=https://kp.test\n"
                                          "KEY_PROTECT_SCOPE\n"
                                          "KEY_PROTECT_CLIENT_ID=\n"
                                          "nonsense"));
    ck_assert(p.any);
    ck_assert(is_secret(&p.api_key, "the=key"));
    ck_assert_str_eq(p.auth_type, "iamAssume");
    ck_assert_str_eq(p.profile.id, "Profile-1");
    ck_assert_str_eq(p.service_url, "https://kp.test");
    ck_assert_ptr_null(p.scope);
    ck_assert_ptr_null(p.client_id);
    ck_assert_str_eq(p.origin, "file");
    evc_ibm_properties_reset(&p);
}
END_TEST

START_TEST(a_service_may_be_written_in_any_way)
{
    static const char *const names[] = {"key protect", "KEY_PROTECT", "Key-Protect"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        EVC_CHECK_OK(read_file(names[i], "KEY_PROTECT_APIKEY=k\n"));
        ck_assert(p.any);
        evc_ibm_properties_reset(&p);
    }
}
END_TEST

START_TEST(a_file_about_others_says_nothing)
{
    EVC_CHECK_OK(read_file("KEY_PROTECT", "KEY_PROTECTION_APIKEY=k\n"));
    ck_assert(!p.any);
    ck_assert_ptr_null(p.origin);
}
END_TEST

START_TEST(the_last_of_two_lines_holds)
{
    EVC_CHECK_OK(read_file("S", "S_APIKEY=a\nS_APIKEY=b\nS_URL=c\nS_URL=d\n"));
    ck_assert(is_secret(&p.api_key, "b"));
    ck_assert_str_eq(p.service_url, "d");
    evc_ibm_properties_reset(&p);
}
END_TEST

START_TEST(reads_the_environment)
{
    set_variable("KEY_PROTECT_APIKEY", "env-key");
    set_variable("KEY_PROTECT_IAM_PROFILE_CRN", "crn:x");
    evc_ibm_properties_init(&p);
    EVC_CHECK_OK(
        evc_ibm_properties_read_environment(&p, "key-protect", env->arena, NULL));
    ck_assert(is_secret(&p.api_key, "env-key"));
    ck_assert_str_eq(p.profile.crn, "crn:x");
    ck_assert(evc_ibm_profile_is_named(&p.profile));
    evc_ibm_properties_reset(&p);
}
END_TEST

START_TEST(an_empty_environment_says_nothing)
{
    evc_ibm_properties_init(&p);
    EVC_CHECK_OK(
        evc_ibm_properties_read_environment(&p, "KEY_PROTECT", env->arena, NULL));
    ck_assert(!p.any);
    ck_assert(!evc_ibm_profile_is_named(&p.profile));
}
END_TEST

static int
read_key_of(size_t size)
{
    static char text[EVC_ARENA_MAX_SLOT + 32];
    int used = snprintf(text, sizeof text, "S_APIKEY=");

    memset(&text[used], 'k', size);
    text[(size_t)used + size] = 0;
    return read_file("S", text);
}

START_TEST(holds_a_key_of_a_whole_slot)
{
    EVC_CHECK_OK(read_key_of(EVC_ARENA_MAX_SLOT));
    evc_ibm_properties_reset(&p);
}
END_TEST

START_TEST(refuses_a_key_of_one_byte_more)
{
    EVC_CHECK_CODE(read_key_of(EVC_ARENA_MAX_SLOT + 1), ENVCRYPT_E_BAD_CREDENTIALS);
    evc_ibm_properties_reset(&p);
}
END_TEST

START_TEST(refuses_a_service_without_a_name_or_with_an_endless_one)
{
    char name[66];

    EVC_CHECK_CODE(read_file("", ""), ENVCRYPT_E_ARGUMENT);
    memset(name, 'a', 65);
    name[65] = 0;
    EVC_CHECK_CODE(read_file(name, ""), ENVCRYPT_E_ARGUMENT);
    name[64] = 0;
    EVC_CHECK_OK(read_file(name, ""));
}
END_TEST

START_TEST(tells_a_missing_file)
{
    evc_ibm_properties_init(&p);
    EVC_CHECK_CODE(evc_ibm_properties_read_file(&p, "S", "nowhere", false, env, NULL),
                   ENVCRYPT_E_FILE_NOT_FOUND);
}
END_TEST

static int
read_once(void *user)
{
    int rc;

    (void)user;
    evc_ibm_properties_init(&p);
    rc = evc_ibm_properties_read_file(&p, "S", "file", false, env, NULL);
    if (!rc)
        rc = evc_ibm_properties_read_environment(&p, "KEY_PROTECT", env->arena, NULL);
    evc_ibm_properties_reset(&p);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    set_variable("KEY_PROTECT_APIKEY", "env-key");
    set_variable("KEY_PROTECT_URL", "u");
    evc_folder_put("file", "S_APIKEY=a\nS_URL=c\n", 0600);
    ck_assert_uint_gt(evc_alloc_sweep(read_once, NULL), 4);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        reads_the_lines_of_a_service,
        a_service_may_be_written_in_any_way,
        a_file_about_others_says_nothing,
        the_last_of_two_lines_holds,
        reads_the_environment,
        an_empty_environment_says_nothing,
        holds_a_key_of_a_whole_slot,
        refuses_a_key_of_one_byte_more,
        refuses_a_service_without_a_name_or_with_an_endless_one,
        tells_a_missing_file,
        survives_memory_that_runs_out,
        NULL,
    };

    served_add(suite, "ibm_properties", tests);
}

EVC_TEST_MAIN("ibm_properties", add_tests)
