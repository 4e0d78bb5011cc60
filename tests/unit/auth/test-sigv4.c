/* SPDX-License-Identifier: Apache-2.0 */
/* What the published vectors (tests/vectors/sigv4.c) do not show; forms: test-canonical.c. */
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

static void
add(const char *name, const char *value)
{
    EVC_CHECK_OK(evc_headers_add(&x.headers, name, evc_view_text(value), NULL));
}

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
    const TTest *const tests[] = {the_date_the_token_and_the_target_are_signed,
                                  a_token_that_goes_on_unsigned_is_sent,
                                  signature_and_token_are_marked_as_secrets,
                                  credentials_without_a_key_sign_nothing,
                                  survives_memory_running_out,
                                  presigning_survives_memory_running_out,
                                  NULL};
    TCase *tcase = tcase_create("sigv4");

    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("sigv4", add_tests)
