/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/alibaba_modes.h"

#include "alibaba-fixture.h"
#include "auth/alibaba_files.h"
#include "evc-alloc.h"

#define KEYS "\"access_key_id\":\"id\",\"access_key_secret\":\"secret\""
#define ROLE "\"ram_role_arn\":\"acs:ram::1:role/r\",\"ram_session_name\":\"me\""

/* Writes the CLI's file with these profiles; the first is the current one, called p. */
static void
put(const char *profiles)
{
    static char text[4096];

    (void)mkdir(evc_folder_path(".aliyun"), 0700);
    (void)snprintf(text, sizeof text, "{\"current\":\"p\",\"profiles\":[%s]}",
                   profiles);
    evc_folder_put(".aliyun/config.json", text, 0600);
}

static int
fetch_under(evc_wait *wait, evc_error **err)
{
    evc_alibaba_profile profile;
    bool found;
    int rc = evc_alibaba_cli_profile(config, NULL, &profile, &found, err);

    if (rc || !found)
        return rc ? rc : ENVCRYPT_E_INTERNAL;
    rc = evc_alibaba_modes_fetch(config, &profile, "cli-profile", SERVED_TIME, wait,
                                 &creds, err);
    evc_alibaba_profile_reset(&profile);
    return rc;
}

static int
fetch(evc_error **err)
{
    return fetch_under(&wait_of_test, err);
}

static void
check_bad(const char *profiles)
{
    put(profiles);
    EVC_CHECK_CODE(fetch(NULL), ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert_uint_eq(served.request_count, 0);
}

START_TEST(an_access_key_is_fixed)
{
    put("{\"name\":\"p\",\"mode\":\"AK\"," KEYS "}");
    EVC_CHECK_OK(fetch(NULL));
    check_creds("id", "secret", "", EVC_CREDS_NEVER);
    ck_assert(creds->fixed);
    ck_assert_str_eq(creds->detail, "p");
}
END_TEST

START_TEST(a_token_of_sts_may_be_written_anew)
{
    put("{\"name\":\"p\",\"mode\":\"StsToken\",\"sts_token\":\"t\"," KEYS "}");
    EVC_CHECK_OK(fetch(NULL));
    check_creds("id", "secret", "t", EVC_CREDS_NEVER);
    ck_assert(!creds->fixed);
}
END_TEST

START_TEST(modes_are_the_same_in_any_case_of_letters)
{
    put("{\"name\":\"p\",\"mode\":\"ststoken\",\"sts_token\":\"t\"," KEYS "}");
    EVC_CHECK_OK(fetch(NULL));
    check_creds("id", "secret", "t", EVC_CREDS_NEVER);
}
END_TEST

START_TEST(a_role_is_assumed_with_the_key)
{
    put("{\"name\":\"p\",\"mode\":\"RamRoleArn\"," KEYS "," ROLE
        ",\"expired_seconds\":900,\"external_id\":\"x\",\"policy\":\"{\\\"a\\\":1}\","
        "\"sts_region\":\"cn-beijing\",\"enable_vpc\":true}");
    serve(200, STS_REPLY);
    EVC_CHECK_OK(fetch(NULL));
    check_creds("STS.role", "role-secret", "role-token", SERVED_TIME + HOUR_MS);
    ck_assert_str_eq(served.requests[0].head,
                     "POST https://sts-vpc.cn-beijing.aliyuncs.com/");
    ck_assert(has_pair(0, "RoleSessionName=me"));
    ck_assert(has_pair(0, "DurationSeconds=900"));
    ck_assert(has_pair(0, "ExternalId=x"));
    ck_assert(has_pair(0, "Policy=%7B%22a%22%3A1%7D"));
    ck_assert(has_pair(0, "AccessKeyId=id"));
}
END_TEST

START_TEST(a_role_of_an_instance_is_its_credentials)
{
    put("{\"name\":\"p\",\"mode\":\"EcsRamRole\",\"ram_role_name\":\"r\"}");
    serve(200, "metadata-token");
    serve(200, FLAT_REPLY);
    EVC_CHECK_OK(fetch(NULL));
    check_creds("STS.flat", "flat-secret", "flat-token", SERVED_TIME + HOUR_MS);
}
END_TEST

START_TEST(an_instance_may_assume_a_role)
{
    put("{\"name\":\"p\",\"mode\":\"RamRoleArnWithRoleName\",\"ram_role_name\":"
        "\"r\"," ROLE "}");
    serve(200, "metadata-token");
    serve(200, FLAT_REPLY);
    serve(200, STS_REPLY);
    EVC_CHECK_OK(fetch(NULL));
    check_creds("STS.role", "role-secret", "role-token", SERVED_TIME + HOUR_MS);
    ck_assert(has_pair(2, "AccessKeyId=STS.flat"));
    ck_assert(has_pair(2, "SecurityToken=flat-token"));
}
END_TEST

START_TEST(a_workload_becomes_a_role_by_its_token)
{
    put("{\"name\":\"p\",\"mode\":\"OIDC\",\"oidc_provider_arn\":\"o\","
        "\"oidc_token_file\":\"token\"," ROLE "}");
    evc_folder_put("token", "the.token", 0600);
    serve(200, STS_REPLY);
    EVC_CHECK_OK(fetch(NULL));
    check_creds("STS.role", "role-secret", "role-token", SERVED_TIME + HOUR_MS);
    ck_assert(has_pair(0, "OIDCToken=the.token"));
}
END_TEST

START_TEST(a_program_gives_credentials)
{
    put("{\"name\":\"p\",\"mode\":\"External\",\"process_command\":"
        "\"printf '{\\\"mode\\\":\\\"AK\\\",\\\"access_key_id\\\":\\\"pid\\\","
        "\\\"access_key_secret\\\":\\\"ps\\\"}'\"}");
    EVC_CHECK_OK(fetch_under(&real_wait, NULL));
    check_creds("pid", "ps", "", EVC_CREDS_NEVER);
}
END_TEST

START_TEST(a_uri_gives_credentials)
{
    put("{\"name\":\"p\",\"mode\":\"CredentialsURI\",\"credentials_uri\":"
        "\"http://127.0.0.1:9/x\"}");
    serve(200, FLAT_REPLY);
    EVC_CHECK_OK(fetch(NULL));
    check_creds("STS.flat", "flat-secret", "flat-token", SERVED_TIME + HOUR_MS);
}
END_TEST

START_TEST(a_sign_in_that_the_cli_keeps_is_used)
{
    put("{\"name\":\"p\",\"mode\":\"CloudSSO\",\"sts_token\":\"t\"," KEYS
        ",\"sts_expiration\":1700003600}");
    EVC_CHECK_OK(fetch(NULL));
    check_creds("id", "secret", "t", SERVED_TIME + HOUR_MS);
}
END_TEST

/* --- roles on roles --- */

#define CHAINED(name, source)                                          \
    "{\"name\":\"" name                                                \
    "\",\"mode\":\"ChainableRamRoleArn\",\"source_profile\":\"" source \
    "\",\"ram_role_arn\":\"role-" name "\"}"

START_TEST(roles_are_assumed_from_the_innermost_on)
{
    put(CHAINED("p", "b") "," CHAINED("b", "c") ",{\"name\":\"c\",\"mode\":\"AK\"," KEYS
                                                "}");
    serve(200, "{\"Credentials\":{\"AccessKeyId\":\"STS.b\",\"AccessKeySecret\":\"bs\","
               "\"SecurityToken\":\"bt\",\"Expiration\":\"2023-11-14T23:13:20Z\"}}");
    serve(200, STS_REPLY);
    EVC_CHECK_OK(fetch(NULL));
    check_creds("STS.role", "role-secret", "role-token", SERVED_TIME + HOUR_MS);
    ck_assert(has_pair(0, "RoleArn=role-b"));
    ck_assert(has_pair(0, "AccessKeyId=id"));
    ck_assert(has_pair(1, "RoleArn=role-p"));
    ck_assert(has_pair(1, "AccessKeyId=STS.b"));
    ck_assert(has_pair(1, "SecurityToken=bt"));
}
END_TEST

START_TEST(sources_in_a_circle_are_refused)
{
    check_bad(CHAINED("p", "b") "," CHAINED("b", "p"));
}
END_TEST

START_TEST(a_source_must_be_there)
{
    check_bad(CHAINED("p", "nowhere"));
    check_bad(
        "{\"name\":\"p\",\"mode\":\"ChainableRamRoleArn\",\"ram_role_arn\":\"r\"}");
}
END_TEST

/* So many roles one on the other, the key behind them. */
static void
put_row(unsigned roles)
{
    static char text[4096];
    size_t used = (size_t)snprintf(text, sizeof text, CHAINED("p", "s1"));

    for (unsigned i = 1; i < roles; i++)
        used += (size_t)snprintf(&text[used], sizeof text - used,
                                 ",{\"name\":\"s%u\",\"mode\":\"ChainableRamRoleArn\","
                                 "\"source_profile\":\"s%u\",\"ram_role_arn\":\"r\"}",
                                 i, i + 1);
    (void)snprintf(&text[used], sizeof text - used,
                   ",{\"name\":\"s%u\",\"mode\":\"AK\"," KEYS "}", roles);
    put(text);
}

START_TEST(one_role_more_is_refused)
{
    put_row(EVC_ALIBABA_ROLES_MAX + 1);
    EVC_CHECK_CODE(fetch(NULL), ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert_uint_eq(served.request_count, 0);
}
END_TEST

START_TEST(a_row_of_roles_goes_to_the_limit)
{
    put_row(EVC_ALIBABA_ROLES_MAX);
    for (unsigned i = 0; i < EVC_ALIBABA_ROLES_MAX; i++)
        serve(200, STS_REPLY);
    EVC_CHECK_OK(fetch(NULL));
    ck_assert_uint_eq(served.request_count, EVC_ALIBABA_ROLES_MAX);
}
END_TEST

/* --- what is missing --- */

START_TEST(profiles_that_lack_something_are_refused)
{
    static const char *const profiles[] = {
        "{\"name\":\"p\",\"mode\":\"AK\",\"access_key_id\":\"id\"}",
        "{\"name\":\"p\",\"mode\":\"StsToken\"," KEYS "}",
        "{\"name\":\"p\",\"mode\":\"RamRoleArn\"," KEYS "}",
        "{\"name\":\"p\",\"mode\":\"RamRoleArn\"," ROLE "}",
        "{\"name\":\"p\",\"mode\":\"RamRoleArn\"," KEYS "," ROLE
        ",\"expired_seconds\":899}",
        "{\"name\":\"p\",\"mode\":\"OIDC\",\"oidc_token_file\":\"t\"," ROLE "}",
        "{\"name\":\"p\",\"mode\":\"External\"}",
        "{\"name\":\"p\",\"mode\":\"CredentialsURI\"}",
        "{\"name\":\"p\",\"mode\":\"CloudSSO\"}",
        "{\"name\":\"p\",\"mode\":\"OAuth\",\"oauth_site_type\":\"CN\"}",
        "{\"name\":\"p\",\"mode\":\"RsaKeyPair\"}",
        "{\"name\":\"p\",\"mode\":\"BearerToken\"}",
        "{\"name\":\"p\"}",
    };

    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++)
        check_bad(profiles[i]);
}
END_TEST

START_TEST(the_error_says_what_to_run)
{
    evc_error *err = NULL;

    put("{\"name\":\"p\",\"mode\":\"OAuth\",\"oauth_site_type\":\"CN\"}");
    EVC_CHECK_CODE(fetch(&err), ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert_ptr_nonnull(strstr(envcrypt_error_message(err),
                                 "aliyun configure --profile p --mode OAuth"));
    envcrypt_error_free(err);
}
END_TEST

static int
fetch_once(void *user)
{
    int rc;

    (void)user;
    served.reply_count = served.request_count = 0;
    serve(200, STS_REPLY);
    rc = fetch(NULL);
    evc_creds_unref(creds);
    creds = NULL;
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    put(CHAINED("p", "c") ",{\"name\":\"c\",\"mode\":\"AK\"," KEYS "}");
    ck_assert_uint_gt(evc_alloc_sweep(fetch_once, NULL), 50);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        an_access_key_is_fixed,
        a_token_of_sts_may_be_written_anew,
        modes_are_the_same_in_any_case_of_letters,
        a_role_is_assumed_with_the_key,
        a_role_of_an_instance_is_its_credentials,
        an_instance_may_assume_a_role,
        a_workload_becomes_a_role_by_its_token,
        a_program_gives_credentials,
        a_uri_gives_credentials,
        a_sign_in_that_the_cli_keeps_is_used,
        roles_are_assumed_from_the_innermost_on,
        sources_in_a_circle_are_refused,
        a_source_must_be_there,
        a_row_of_roles_goes_to_the_limit,
        one_role_more_is_refused,
        profiles_that_lack_something_are_refused,
        the_error_says_what_to_run,
        survives_memory_that_runs_out,
        NULL,
    };

    alibaba_add(suite, "alibaba_modes", tests);
}

EVC_TEST_MAIN("alibaba_modes", add_tests)
