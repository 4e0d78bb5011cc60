/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/authorization.h"

#include "evc-alloc.h"
#include "evc-check.h"

static uint8_t token[] = "planted-token";
static uint8_t other[] = "planted-other";
static const evc_creds creds = {.token = {.bytes = token, .size = 13}};
static const evc_creds others = {.token = {.bytes = other, .size = 13}};
static const evc_creds shorter = {.token = {.bytes = token, .size = 12}};
static evc_exchange x;

static void
set_up(void)
{
    evc_exchange_init(&x);
}

static void
tear_down(void)
{
    evc_exchange_reset(&x);
}

START_TEST(token_goes_into_one_secret_header)
{
    EVC_CHECK_OK(evc_authorization_add(&creds, &x, NULL));
    ck_assert_uint_eq(x.headers.count, 1);
    ck_assert(x.headers.items[0].secret);
    ck_assert_str_eq(evc_headers_find(&x.headers, "authorization"),
                     "Bearer planted-token");
}
END_TEST

START_TEST(request_is_of_the_credentials_whose_token_it_bears)
{
    EVC_CHECK_OK(evc_authorization_add(&creds, &x, NULL));
    ck_assert(evc_authorization_is_of(&x, &creds));
}
END_TEST

START_TEST(request_is_of_no_other_credentials)
{
    EVC_CHECK_OK(evc_authorization_add(&creds, &x, NULL));
    ck_assert(!evc_authorization_is_of(&x, &others));
    ck_assert(!evc_authorization_is_of(&x, &shorter));
}
END_TEST

START_TEST(request_without_the_header_is_of_nobody)
{
    ck_assert(!evc_authorization_is_of(&x, &creds));
}
END_TEST

static int
add_once(void *unused)
{
    int rc = evc_authorization_add(&creds, &x, NULL);

    (void)unused;
    evc_exchange_reset(&x);
    return rc;
}

START_TEST(memory_that_runs_out_is_named)
{
    ck_assert_uint_gt(evc_alloc_sweep(add_once, NULL), 1);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        token_goes_into_one_secret_header,
        request_is_of_the_credentials_whose_token_it_bears,
        request_is_of_no_other_credentials,
        request_without_the_header_is_of_nobody,
        memory_that_runs_out_is_named,
    };
    TCase *tcase = tcase_create("bearer");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("authorization", add_tests)
