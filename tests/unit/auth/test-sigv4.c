/* SPDX-License-Identifier: Apache-2.0 */
/* What the published vectors (tests/vectors/sigv4.c) do not show. */
#include "auth/sigv4.h"

#include "evc-alloc.h"
#include "evc-check.h"

static evc_env *env;
static evc_crypto *crypto;
static evc_creds *creds;
static evc_exchange x;
static evc_sigv4 how;

static evc_creds *
make_creds(const char *id, const char *secret, const char *token)
{
    evc_creds_parts parts = {.id = evc_view_text(id),
                             .secret = evc_view_text(secret),
                             .token = evc_view_text(token),
                             .expires_ms = EVC_CREDS_NEVER,
                             .source = "test"};
    evc_creds *made = NULL;

    EVC_CHECK_OK(evc_creds_new(env->arena, &parts, &made, NULL));
    return made;
}

static void
setup(void)
{
    EVC_CHECK_OK(evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL));
    EVC_CHECK_OK(evc_crypto_open(env, &crypto, NULL));
    creds =
        make_creds("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "tok");
    how = (evc_sigv4){"us-east-1", "kms", 1440938160000, false, false};
    evc_exchange_init(&x);
    EVC_CHECK_OK(evc_endpoint_open("https://kms.us-east-1.amazonaws.com", NULL,
                                   &x.endpoint, NULL));
    x.method = "POST";
}

static void
teardown(void)
{
    evc_exchange_reset(&x);
    evc_creds_unref(creds);
    evc_crypto_unref(crypto);
    evc_env_unref(env);
}

static const char *
canonical(void)
{
    static char text[8192];
    evc_buf out;

    evc_buf_init(&out);
    EVC_CHECK_OK(evc_sigv4_canonical(crypto, &how, &x, &out, NULL));
    ck_assert_uint_lt(out.size, sizeof(text));
    memcpy(text, out.data, out.size);
    text[out.size] = 0;
    evc_buf_reset(&out);
    return text;
}

static void
add(const char *name, const char *value)
{
    EVC_CHECK_OK(evc_headers_add(&x.headers, name, evc_view_text(value), NULL));
}

START_TEST(what_stands_between_may_change_is_not_signed)
{
    static const char *const names[] = {
        "Authorization", "Connection", "Expect",          "TE",     "Transfer-Encoding",
        "Upgrade",       "User-Agent", "X-Amzn-Trace-Id", "Accept", "Accept-Encoding"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        add(names[i], "v");
    ck_assert_str_eq(
        strstr(canonical(), "\nhost") + 1,
        "host:kms.us-east-1.amazonaws.com\n\nhost\n"
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
END_TEST

START_TEST(the_date_the_token_and_the_target_are_signed)
{
    const char *value;

    add("X-Amz-Target", "TrentService.Decrypt");
    EVC_CHECK_OK(evc_sigv4_sign(crypto, &how, creds, &x, NULL));
    value = evc_headers_find(&x.headers, "authorization");
    ck_assert_ptr_nonnull(strstr(
        value, "SignedHeaders=host;x-amz-date;x-amz-security-token;x-amz-target,"));
    ck_assert_str_eq(evc_headers_find(&x.headers, "x-amz-date"), "20150830T123600Z");
}
END_TEST

START_TEST(a_token_that_goes_on_unsigned_is_sent)
{
    how.token_unsigned = true;
    EVC_CHECK_OK(evc_sigv4_sign(crypto, &how, creds, &x, NULL));
    ck_assert_ptr_nonnull(strstr(evc_headers_find(&x.headers, "authorization"),
                                 "SignedHeaders=host;x-amz-date,"));
    ck_assert_str_eq(evc_headers_find(&x.headers, "x-amz-security-token"), "tok");
}
END_TEST

START_TEST(signature_and_token_are_marked_as_secrets)
{
    int secrets = 0;

    EVC_CHECK_OK(evc_sigv4_sign(crypto, &how, creds, &x, NULL));
    for (size_t i = 0; i < x.headers.count; i++)
        secrets += x.headers.items[i].secret;
    ck_assert_int_eq(secrets, 2);
}
END_TEST

START_TEST(credentials_without_a_key_sign_nothing)
{
    evc_creds *bearer = make_creds("", "", "token");

    EVC_CHECK_CODE(evc_sigv4_sign(crypto, &how, bearer, &x, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(evc_sigv4_presign(crypto, &how, bearer, 60, &x, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(x.headers.count, 0);
    evc_creds_unref(bearer);
}
END_TEST

/* path on the wire, path in the canonical form */
static const char *const paths[][2] = {
    {"", "/"},
    {"/", "/"},
    {"/a%20b", "/a%2520b"},
    {"/a//b/", "/a/b/"},
    {"/a/./b/../c", "/a/c"},
    {"/..", "/"},
    {"/a/..", "/"},
    {"/a/b/..", "/a/"},
    {"/clusters/my~cluster", "/clusters/my~cluster"},
};

START_TEST(paths_are_normal_and_encoded_once_more)
{
    char wanted[64];

    evc_buf_put_text(&x.path, paths[_i][0]);
    (void)snprintf(wanted, sizeof(wanted), "POST\n%s\n\nhost:", paths[_i][1]);
    ck_assert_msg(strncmp(canonical(), wanted, strlen(wanted)) == 0, "%s", canonical());
}
END_TEST

START_TEST(the_path_of_the_endpoint_comes_first)
{
    evc_endpoint_unref(x.endpoint);
    x.endpoint = NULL;
    EVC_CHECK_OK(
        evc_endpoint_open("http://127.0.0.1:8080/base", NULL, &x.endpoint, NULL));
    evc_buf_put_text(&x.path, "/more");
    ck_assert_ptr_nonnull(
        strstr(canonical(), "POST\n/base/more\n\nhost:127.0.0.1:8080\n"));
}
END_TEST

/* query on the wire, in the canonical form */
static const char *const queries[][2] = {
    {"a", "a="},          {"b=1&a=2&a=1", "a=1&a=2&b=1"},       {"a=1&&b=2", "a=1&b=2"},
    {"a=x=y", "a=x%3Dy"}, {"a=%2f%7E%zz%4", "a=%2F~%25zz%254"}, {"a=b+c", "a=b%2Bc"},
};

START_TEST(queries_are_sorted_and_encoded_in_one_way)
{
    char wanted[64];

    evc_buf_put_text(&x.query, queries[_i][0]);
    (void)snprintf(wanted, sizeof(wanted), "POST\n/\n%s\nhost:", queries[_i][1]);
    ck_assert_msg(strncmp(canonical(), wanted, strlen(wanted)) == 0, "%s", canonical());
}
END_TEST

static int
sign(void *user)
{
    evc_exchange own;
    int rc;

    (void)user;
    evc_exchange_init(&own);
    own.endpoint = evc_endpoint_ref(x.endpoint);
    own.method = "POST";
    rc = evc_sigv4_sign(crypto, &how, creds, &own, NULL);
    evc_exchange_reset(&own);
    return rc;
}

START_TEST(survives_memory_running_out)
{
    ck_assert_int_eq(sign(NULL), 0); /* warms the pools */
    ck_assert_uint_ge(evc_alloc_sweep(sign, NULL), 8);
}
END_TEST

static int
presign(void *user)
{
    evc_exchange own;
    int rc;

    (void)user;
    evc_exchange_init(&own);
    own.endpoint = evc_endpoint_ref(x.endpoint);
    own.method = "GET";
    rc = evc_sigv4_presign(crypto, &how, creds, 60, &own, NULL);
    evc_exchange_reset(&own);
    return rc;
}

START_TEST(presigning_survives_memory_running_out)
{
    ck_assert_int_eq(presign(NULL), 0);
    ck_assert_uint_ge(evc_alloc_sweep(presign, NULL), 8);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {what_stands_between_may_change_is_not_signed,
                                  the_date_the_token_and_the_target_are_signed,
                                  a_token_that_goes_on_unsigned_is_sent,
                                  signature_and_token_are_marked_as_secrets,
                                  credentials_without_a_key_sign_nothing,
                                  the_path_of_the_endpoint_comes_first,
                                  survives_memory_running_out,
                                  presigning_survives_memory_running_out,
                                  NULL};
    TCase *tcase = tcase_create("sigv4");

    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, paths_are_normal_and_encoded_once_more, 0,
                        sizeof(paths) / sizeof(paths[0]));
    tcase_add_loop_test(tcase, queries_are_sorted_and_encoded_in_one_way, 0,
                        sizeof(queries) / sizeof(queries[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("sigv4", add_tests)
