/* SPDX-License-Identifier: Apache-2.0 */
/* What the published vectors (tests/vectors/sigv4.c) do not show. */
#include "auth/canonical.h"

#include "evc-alloc.h"
#include "evc-check.h"

static evc_env *env;
static evc_crypto *crypto;
static evc_exchange x;
static bool keep_path;

static void
setup(void)
{
    EVC_CHECK_OK(evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL));
    EVC_CHECK_OK(evc_crypto_open(env, &crypto, NULL));
    evc_exchange_init(&x);
    EVC_CHECK_OK(evc_endpoint_open("https://kms.us-east-1.amazonaws.com", NULL,
                                   &x.endpoint, NULL));
    x.method = "POST";
}

static void
teardown(void)
{
    evc_exchange_reset(&x);
    evc_crypto_unref(crypto);
    evc_env_unref(env);
}

static const char *
canonical(void)
{
    static char text[8192];
    evc_buf out;

    evc_buf_init(&out);
    EVC_CHECK_OK(evc_canonical_request(crypto, keep_path, &x, &out, NULL));
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

START_TEST(values_are_trimmed_folded_and_joined)
{
    add("B", "  a \t b  ");
    add("a", "1");
    add("b", "c");
    ck_assert_ptr_nonnull(strstr(canonical(), "\na:1\nb:a b,c\nhost:"));
    ck_assert_ptr_nonnull(strstr(canonical(), "\na;b;host\n"));
}
END_TEST

START_TEST(a_path_can_be_kept)
{
    keep_path = true;
    evc_buf_put_text(&x.path, "/a//./b");
    ck_assert_ptr_nonnull(strstr(canonical(), "POST\n/a//./b\n\n"));
    keep_path = false;
}
END_TEST

static int
make_canonical(void *user)
{
    evc_buf out;
    int rc;

    (void)user;
    evc_buf_init(&out);
    rc = evc_canonical_request(crypto, false, &x, &out, NULL);
    evc_buf_reset(&out);
    return rc;
}

START_TEST(survives_memory_running_out)
{
    add("a", "1");
    evc_buf_put_text(&x.query, "q=1");
    ck_assert_int_eq(make_canonical(NULL), 0); /* warms the pools */
    ck_assert_uint_ge(evc_alloc_sweep(make_canonical, NULL), 5);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("canonical");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, what_stands_between_may_change_is_not_signed);
    tcase_add_test(tcase, the_path_of_the_endpoint_comes_first);
    tcase_add_test(tcase, values_are_trimmed_folded_and_joined);
    tcase_add_test(tcase, a_path_can_be_kept);
    tcase_add_test(tcase, survives_memory_running_out);
    tcase_add_loop_test(tcase, paths_are_normal_and_encoded_once_more, 0,
                        sizeof(paths) / sizeof(paths[0]));
    tcase_add_loop_test(tcase, queries_are_sorted_and_encoded_in_one_way, 0,
                        sizeof(queries) / sizeof(queries[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("canonical", add_tests)
