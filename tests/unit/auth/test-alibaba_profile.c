/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/alibaba_profile.h"

#include "auth-fixture.h"
#include "base/mem.h"
#include "evc-alloc.h"

static evc_alibaba_profile profile;
static bool found;

static int
read_it(const char *json, const char *name, evc_error **err)
{
    evc_buf text;
    int rc;

    evc_buf_init(&text);
    evc_buf_put_text(&text, json);
    rc = evc_buf_check(&text, err);
    if (!rc)
        rc = evc_alibaba_profile_read(&text, "/etc/aliyun/config.json", name,
                                      env->arena, &profile, &found, err);
    evc_buf_reset(&text);
    return rc;
}

/* As "aliyun configure" writes it. */
static const char two[] =
    "{\n\t\"current\": \"b\",\n\t\"profiles\": [\n\t\t{\n"
    "\t\t\t\"name\": \"a\",\n\t\t\t\"mode\": \"AK\",\n"
    "\t\t\t\"access_key_id\": \"id-a\",\n\t\t\t\"access_key_secret\": \"secret-a\",\n"
    "\t\t\t\"region_id\": \"cn-hangzhou\",\n\t\t\t\"retry_count\": 0\n\t\t},\n\t\t{\n"
    "\t\t\t\"name\": \"b\",\n\t\t\t\"mode\": \"StsToken\",\n"
    "\t\t\t\"access_key_id\": \"id-b\",\n\t\t\t\"access_key_secret\": \"secret-b\",\n"
    "\t\t\t\"sts_token\": \"token-b\",\n\t\t\t\"expired_seconds\": 900,\n"
    "\t\t\t\"enable_vpc\": true,\n\t\t\t\"process_command\": \"a \\\"b\\\"\",\n"
    "\t\t\t\"sts_expiration\": 1700000000\n\t\t}\n\t],\n\t\"meta_path\": \"\"\n}\n";

START_TEST(takes_the_current_one_when_none_is_named)
{
    EVC_CHECK_OK(read_it(two, NULL, NULL));
    ck_assert(found);
    ck_assert_str_eq(profile.name, "b");
    ck_assert_str_eq(profile.mode, "StsToken");
    ck_assert_str_eq(profile.access_key_id, "id-b");
    ck_assert_str_eq(profile.process_command, "a \"b\"");
    ck_assert_int_eq(profile.expired_seconds, 900);
    ck_assert_int_eq(profile.sts_expiration, 1700000000);
    ck_assert(profile.enable_vpc);
    ck_assert_ptr_null(profile.ram_role_arn);
    ck_assert(memcmp(profile.access_key_secret.bytes, "secret-b", 8) == 0);
    ck_assert(memcmp(profile.sts_token.bytes, "token-b", 7) == 0);
    evc_alibaba_profile_reset(&profile);
}
END_TEST

START_TEST(takes_the_named_one)
{
    EVC_CHECK_OK(read_it(two, "a", NULL));
    ck_assert_str_eq(profile.access_key_id, "id-a");
    ck_assert_str_eq(profile.region_id, "cn-hangzhou");
    ck_assert(memcmp(profile.access_key_secret.bytes, "secret-a", 8) == 0);
    ck_assert_ptr_null(profile.sts_token.bytes);
    evc_alibaba_profile_reset(&profile);
}
END_TEST

START_TEST(tells_a_name_that_is_not_there)
{
    EVC_CHECK_OK(read_it(two, "c", NULL));
    ck_assert(!found);
    ck_assert_ptr_null(profile.name);
}
END_TEST

START_TEST(a_file_without_profiles_has_none)
{
    static const char *const texts[] = {
        "{}",
        "{\"current\":\"\",\"profiles\":[]}",
        "{\"current\":\"default\",\"profiles\":[]}",
        "{\"current\":\"default\",\"profiles\":null}",
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        EVC_CHECK_OK(read_it(texts[i], NULL, NULL));
        ck_assert(!found);
    }
}
END_TEST

START_TEST(the_current_one_must_be_there)
{
    EVC_CHECK_CODE(
        read_it("{\"current\":\"x\",\"profiles\":[{\"name\":\"a\"}]}", NULL, NULL),
        ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

START_TEST(refuses_what_is_no_json)
{
    EVC_CHECK_CODE(read_it("current = a", NULL, NULL), ENVCRYPT_E_BAD_CREDENTIALS);
    EVC_CHECK_CODE(read_it("", NULL, NULL), ENVCRYPT_E_BAD_CREDENTIALS);
    EVC_CHECK_CODE(read_it("{\"current\":\"a\"", NULL, NULL),
                   ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

START_TEST(refuses_a_secret_with_an_escape_and_shows_none)
{
    evc_error *err = NULL;

    EVC_CHECK_CODE(read_it("{\"current\":\"a\",\"profiles\":[{\"name\":\"a\","
                           "\"access_key_secret\":\"planted\\u0041\"}]}",
                           NULL, &err),
                   ENVCRYPT_E_BAD_CREDENTIALS);
    for (const envcrypt_error *at = err; at; at = envcrypt_error_cause(at))
        ck_assert_ptr_null(strstr(envcrypt_error_message(at), "planted"));
    envcrypt_error_free(err);
}
END_TEST

/* The last of count profiles is named "last". */
static int
read_last_of(size_t count)
{
    evc_buf text;
    int rc;

    evc_buf_init(&text);
    evc_buf_put_text(&text, "{\"current\":\"last\",\"profiles\":[");
    for (size_t i = 1; i < count; i++)
        evc_buf_put_text(&text, "{\"name\":\"a\"},");
    evc_buf_put_text(&text, "{\"name\":\"last\",\"mode\":\"AK\"}]}");
    rc =
        evc_alibaba_profile_read(&text, "/f", NULL, env->arena, &profile, &found, NULL);
    evc_buf_reset(&text);
    return rc;
}

START_TEST(looks_at_profiles_to_the_limit)
{
    EVC_CHECK_OK(read_last_of(EVC_ALIBABA_PROFILES_MAX));
    ck_assert(found);
    evc_alibaba_profile_reset(&profile);
}
END_TEST

START_TEST(one_profile_more_is_not_seen)
{
    EVC_CHECK_CODE(read_last_of(EVC_ALIBABA_PROFILES_MAX + 1),
                   ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

static int
read_once(void *user)
{
    int rc = read_it(two, NULL, NULL);

    (void)user;
    evc_alibaba_profile_reset(&profile);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    ck_assert_uint_gt(evc_alloc_sweep(read_once, NULL), 10);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        takes_the_current_one_when_none_is_named,
        takes_the_named_one,
        tells_a_name_that_is_not_there,
        a_file_without_profiles_has_none,
        the_current_one_must_be_there,
        refuses_what_is_no_json,
        refuses_a_secret_with_an_escape_and_shows_none,
        looks_at_profiles_to_the_limit,
        one_profile_more_is_not_seen,
        survives_memory_that_runs_out,
        NULL,
    };

    auth_add(suite, "alibaba_profile", tests);
}

EVC_TEST_MAIN("alibaba_profile", add_tests)
