/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/ibm_vpc.h"

#include "evc-alloc.h"
#include "served-net.h"

#define IDENTITY \
    "{\"access_token\":\"identity.token\",\"created_at\":\"x\",\"expires_in\":300}"
#define TOKEN \
    "{\"access_token\":\"iam.token.x\",\"created_at\":\"x\",\"expires_in\":3600}"

static const evc_link link_of_test;
static evc_ibm_token token;

static int
ask(const evc_ibm_vpc *how)
{
    evc_ibm_vpc with_link = *how;

    with_link.link = &link_of_test;
    return evc_ibm_vpc_token(net, &with_link, &wait_of_test, &token, NULL);
}

static const evc_ibm_vpc plain;
static const evc_ibm_vpc probing = {.probing = true};

START_TEST(exchanges_the_identity_of_the_instance)
{
    serve(200, IDENTITY);
    serve(200, TOKEN);
    EVC_CHECK_OK(ask(&plain));
    ck_assert(is_secret(&token.text, "iam.token.x"));
    ck_assert_int_eq(token.expires_ms, SERVED_TIME + 3590 * 1000);
    ck_assert_str_eq(served.requests[0].head,
                     "PUT http://169.254.169.254/instance_identity/v1/token?version="
                     "2022-03-01");
    ck_assert_str_eq(served.requests[0].body, "{\"expires_in\":300}");
    ck_assert(has_line(0, "metadata-flavor: ibm"));
    ck_assert_str_eq(
        served.requests[1].head,
        "POST http://169.254.169.254/instance_identity/v1/iam_token?version="
        "2022-03-01");
    ck_assert(has_line(1, "authorization: Bearer identity.token"));
    ck_assert(has_line(1, "metadata-flavor: ibm"));
    ck_assert_str_eq(served.requests[1].body, "");
    evc_secret_free(&token.text);
}
END_TEST

START_TEST(a_newer_version_has_other_paths)
{
    evc_ibm_vpc how = {.version = "2025-08-26"};

    serve(200, IDENTITY);
    serve(200, TOKEN);
    EVC_CHECK_OK(ask(&how));
    ck_assert_str_eq(served.requests[0].head,
                     "PUT http://169.254.169.254/identity/v1/token?version=2025-08-26");
    ck_assert_str_eq(
        served.requests[1].head,
        "POST http://169.254.169.254/identity/v1/iam_tokens?version=2025-08-26");
    evc_secret_free(&token.text);
}
END_TEST

START_TEST(a_version_in_between_has_the_older_paths)
{
    evc_ibm_vpc how = {.version = "2025-08-25"};

    serve(200, IDENTITY);
    serve(200, TOKEN);
    EVC_CHECK_OK(ask(&how));
    ck_assert_ptr_nonnull(
        strstr(served.requests[1].head, "/instance_identity/v1/iam_token"));
    evc_secret_free(&token.text);
}
END_TEST

START_TEST(paths_that_are_gone_are_followed_by_the_newer)
{
    serve(404, "");
    serve(200, IDENTITY);
    serve(200, TOKEN);
    EVC_CHECK_OK(ask(&plain));
    ck_assert_ptr_nonnull(strstr(served.requests[2].head, "/identity/v1/iam_tokens"));
    evc_secret_free(&token.text);
}
END_TEST

START_TEST(a_version_that_was_named_is_not_changed)
{
    evc_ibm_vpc how = {.version = "2022-03-01"};

    serve(404, "");
    serve(200, IDENTITY);
    EVC_CHECK_CODE(ask(&how), ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert_uint_eq(served.request_count, 1);
}
END_TEST

static void
check_profile(evc_ibm_profile *profile, const char *body)
{
    evc_ibm_vpc how = {.profile = profile};

    served.reply_count = served.request_count = 0;
    serve(200, IDENTITY);
    serve(200, TOKEN);
    EVC_CHECK_OK(ask(&how));
    ck_assert_str_eq(served.requests[1].body, body);
    evc_secret_free(&token.text);
}

START_TEST(a_profile_may_be_named_in_three_ways)
{
    evc_ibm_profile profile = {.name = (char *)(uintptr_t) "a \"b\""};

    check_profile(&profile, "{\"trusted_profile\":{\"name\":\"a \\\"b\\\"\"}}");
    profile.crn = (char *)(uintptr_t) "crn:x";
    check_profile(&profile, "{\"trusted_profile\":{\"crn\":\"crn:x\"}}");
    profile.id = (char *)(uintptr_t) "Profile-1";
    check_profile(&profile, "{\"trusted_profile\":{\"id\":\"Profile-1\"}}");
}
END_TEST

START_TEST(connects_within_a_second_and_by_no_proxy)
{
    serve(200, IDENTITY);
    serve(200, TOKEN);
    EVC_CHECK_OK(ask(&plain));
    ck_assert_int_eq(served.requests[0].link.connect_ms, 1000);
    ck_assert(served.requests[0].link.never_proxy);
    evc_secret_free(&token.text);
}
END_TEST

START_TEST(another_address_may_be_named)
{
    evc_ibm_vpc how = {.url = "http://127.0.0.1:9"};

    serve(200, IDENTITY);
    serve(200, TOKEN);
    EVC_CHECK_OK(ask(&how));
    ck_assert_ptr_nonnull(strstr(served.requests[0].head, "PUT http://127.0.0.1:9/"));
    evc_secret_free(&token.text);
}
END_TEST

START_TEST(a_named_address_is_asked_by_no_proxy)
{
    evc_ibm_vpc how = {.url = "https://metadata.example"};

    serve(200, IDENTITY);
    serve(200, TOKEN);
    EVC_CHECK_OK(ask(&how));
    ck_assert(served.requests[0].link.never_proxy);
    ck_assert(served.requests[1].link.never_proxy);
    evc_secret_free(&token.text);
}
END_TEST

START_TEST(who_probes_takes_silence_for_no_server)
{
    ck_assert_int_eq(ask(&probing), EVC_NOT_CONFIGURED);
    ck_assert_uint_eq(served.request_count, 3);
}
END_TEST

/* As AWS's metadata service answers. */
START_TEST(who_probes_takes_another_service_for_no_server)
{
    serve(404, "<html>");
    serve(404, "<html>");
    ck_assert_int_eq(ask(&probing), EVC_NOT_CONFIGURED);
}
END_TEST

START_TEST(who_probes_is_told_of_a_server_that_is_down)
{
    for (int i = 0; i < 3; i++)
        serve(503, "{\"errors\":[{\"code\":\"internal\"}]}");
    EVC_CHECK_CODE(ask(&probing), ENVCRYPT_E_CREDENTIALS_DOWN);
}
END_TEST

START_TEST(who_does_not_probe_is_told)
{
    EVC_CHECK_CODE(ask(&plain), ENVCRYPT_E_CREDENTIALS_DOWN);
    serve(403, "{\"errors\":[{\"code\":\"forbidden\"}],\"trace\":\"t\"}");
    served.reply_count = served.request_count = 0;
    serve(403, "{\"errors\":[{\"code\":\"forbidden\"}],\"trace\":\"t\"}");
    EVC_CHECK_CODE(ask(&plain), ENVCRYPT_E_DENIED);
}
END_TEST

START_TEST(a_profile_that_is_refused_is_told_to_who_probes_too)
{
    serve(200, IDENTITY);
    serve(400, "{\"errors\":[{\"code\":\"invalid\"}]}");
    EVC_CHECK_CODE(ask(&probing), ENVCRYPT_E_AUTH);
}
END_TEST

static int
ask_once(void *user)
{
    evc_ibm_profile profile = {.name = (char *)(uintptr_t) "ops"};
    evc_ibm_vpc how = {.profile = &profile};
    int rc;

    (void)user;
    served.reply_count = served.request_count = 0;
    serve(200, IDENTITY);
    serve(200, TOKEN);
    rc = ask(&how);
    evc_secret_free(&token.text);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    ck_assert_uint_gt(evc_alloc_sweep(ask_once, NULL), 15);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        exchanges_the_identity_of_the_instance,
        a_newer_version_has_other_paths,
        a_version_in_between_has_the_older_paths,
        paths_that_are_gone_are_followed_by_the_newer,
        a_version_that_was_named_is_not_changed,
        a_profile_may_be_named_in_three_ways,
        connects_within_a_second_and_by_no_proxy,
        another_address_may_be_named,
        a_named_address_is_asked_by_no_proxy,
        who_probes_takes_silence_for_no_server,
        who_probes_takes_another_service_for_no_server,
        who_probes_is_told_of_a_server_that_is_down,
        who_does_not_probe_is_told,
        a_profile_that_is_refused_is_told_to_who_probes_too,
        survives_memory_that_runs_out,
        NULL,
    };

    served_add(suite, "ibm_vpc", tests);
}

EVC_TEST_MAIN("ibm_vpc", add_tests)
