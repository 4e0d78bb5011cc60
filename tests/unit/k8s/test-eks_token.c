/* SPDX-License-Identifier: Apache-2.0 */
/* The signatures below are those of botocore (SigV4QueryAuth); tests/partners/kube compares
 * whole tokens with it. */
#include "k8s/eks_token.h"

#include "../auth/auth-fixture.h"
#include "base/encode.h"
#include "evc-alloc.h"

#define NOW INT64_C(1700000000000) /* 2023-11-14T22:13:20Z */
#define SECRET "wJalrXUtnFEMI/K7MDENG"

static evc_endpoint *sts;
static evc_buf token;
static char url[8192];
static char why[512];

static void
set_up(void)
{
    open_auth();
    EVC_CHECK_OK(
        evc_endpoint_open("https://sts.eu-west-1.amazonaws.com", NULL, &sts, NULL));
    evc_buf_init(&token);
}

static void
tear_down(void)
{
    evc_buf_reset(&token);
    evc_endpoint_unref(sts);
    close_auth();
}

static int
make(const char *session, const char *cluster)
{
    evc_creds *creds = creds_of("AKIDEXAMPLE", SECRET, session);
    evc_error *err = NULL;
    int rc =
        evc_eks_token_make(crypto, creds, sts, "eu-west-1", cluster, NOW, &token, &err);

    (void)snprintf(why, sizeof(why), "%s", rc ? evc_error_message(err) : "");
    evc_error_free(err);
    evc_creds_unref(creds);
    return rc;
}

/* What the token holds. */
static void
decode(void)
{
    evc_view text = evc_buf_view(&token);
    evc_cursor c = evc_cursor_of_view(text);
    size_t size;

    ck_assert(evc_view_starts_with(text, "k8s-aws-v1."));
    (void)evc_cursor_bytes(&c, 11);
    EVC_CHECK_OK(evc_decode_base64url(evc_cursor_bytes(&c, text.size - 11), url,
                                      sizeof(url) - 1, &size, NULL));
    url[size] = '\0';
}

#define URL_OF(rest)                                                                   \
    "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15" \
    "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20231114%2F"     \
    "eu-west-1%2Fsts%2Faws4_request&X-Amz-Date=20231114T221320Z&X-Amz-SignedHeaders="  \
    "host%3Bx-k8s-aws-id&X-Amz-Expires=60" rest

START_TEST(signs_as_botocore_does)
{
    EVC_CHECK_OK(make(NULL, "prod-1"));
    decode();
    ck_assert_str_eq(url, URL_OF("&X-Amz-Signature=f7f75db343a249eb873865b9b78b6cea2851"
                                 "10ab5b3533a3794c2625502b84e4"));
}
END_TEST

START_TEST(signs_a_session_token_as_botocore_does)
{
    EVC_CHECK_OK(make("tok/en+=", "prod-1"));
    decode();
    ck_assert_str_eq(url, URL_OF("&X-Amz-Security-Token=tok%2Fen%2B%3D&X-Amz-Signature="
                                 "cd870434caeea7c77e2d0610dd4603f435e30713321e77f92c864"
                                 "428600b1120"));
}
END_TEST

START_TEST(another_cluster_has_another_signature)
{
    static char first[sizeof(url)];

    EVC_CHECK_OK(make(NULL, "prod-1"));
    decode();
    (void)snprintf(first, sizeof(first), "%s", url);
    evc_buf_clear(&token);
    EVC_CHECK_OK(make(NULL, "prod-2"));
    decode();
    ck_assert_str_ne(first, url);
}
END_TEST

START_TEST(may_have_4096_bytes_and_no_more)
{
    static char session[4000];
    size_t size;

    for (size = 3000; size > 0; size--) {
        memset(session, 'a', size);
        session[size] = '\0';
        evc_buf_clear(&token);
        if (make(session, "c") == 0)
            break;
        EVC_CHECK_CODE(make(session, "c"), ENVCRYPT_E_BAD_CREDENTIALS);
        ck_assert_uint_eq(token.size, 0);
    }
    ck_assert_uint_le(token.size, EVC_EKS_TOKEN_MAX);
    ck_assert_uint_gt(token.size, EVC_EKS_TOKEN_MAX - 2);
}
END_TEST

static const struct {
    const char *name;
    int code;
} names[] = {
    {"a", 0},
    {"9Z_-", 0},
    {"", ENVCRYPT_E_ARGUMENT},
    {"-a", ENVCRYPT_E_ARGUMENT},
    {"_a", ENVCRYPT_E_ARGUMENT},
    {"a b", ENVCRYPT_E_ARGUMENT},
    {"a\n", ENVCRYPT_E_ARGUMENT},
    {"arn:aws:eks:eu-west-1:111122223333:cluster/prod", ENVCRYPT_E_ARGUMENT},
};

START_TEST(a_cluster_is_named_as_eks_names_them)
{
    EVC_CHECK_CODE(make(NULL, names[_i].name), names[_i].code);
}
END_TEST

START_TEST(a_name_may_have_100_characters_and_no_more)
{
    char name[102];

    (void)snprintf(name, sizeof(name), "%0100d", 1);
    EVC_CHECK_OK(make(NULL, name));
    (void)snprintf(name, sizeof(name), "%0101d", 1);
    EVC_CHECK_CODE(make(NULL, name), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(credentials_without_a_key_are_refused)
{
    evc_creds_parts parts = {.token = evc_view_text("planted-token"), .source = "test"};
    evc_creds *creds;

    EVC_CHECK_OK(evc_creds_new(env->arena, &parts, &creds, NULL));
    EVC_CHECK_CODE(
        evc_eks_token_make(crypto, creds, sts, "eu-west-1", "c", NOW, &token, NULL),
        ENVCRYPT_E_ARGUMENT);
    evc_creds_unref(creds);
}
END_TEST

START_TEST(no_message_shows_a_secret)
{
    static char session[3001];

    (void)snprintf(session, sizeof(session), "planted%02990d", 1);
    EVC_CHECK_CODE(make(session, "c"), ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert_ptr_null(strstr(why, "planted"));
    ck_assert_ptr_null(strstr(why, SECRET));
}
END_TEST

static evc_creds *swept;

static int
make_once(void *user)
{
    (void)user;
    evc_buf_reset(&token);
    return evc_eks_token_make(crypto, swept, sts, "eu-west-1", "prod", NOW, &token,
                              NULL);
}

START_TEST(survives_memory_that_runs_out)
{
    swept = creds_of("AKIDEXAMPLE", SECRET, "token");
    ck_assert_uint_gt(evc_alloc_sweep(make_once, NULL), 10);
    evc_creds_unref(swept);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {signs_as_botocore_does,
                                  signs_a_session_token_as_botocore_does,
                                  another_cluster_has_another_signature,
                                  may_have_4096_bytes_and_no_more,
                                  a_name_may_have_100_characters_and_no_more,
                                  credentials_without_a_key_are_refused,
                                  no_message_shows_a_secret,
                                  survives_memory_that_runs_out,
                                  NULL};
    TCase *tcase = tcase_create("eks");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, a_cluster_is_named_as_eks_names_them, 0,
                        sizeof(names) / sizeof(names[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("eks_token", add_tests)
