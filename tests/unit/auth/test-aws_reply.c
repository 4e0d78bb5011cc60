/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/aws_reply.h"

#include "auth-fixture.h"
#include "base/mem.h"
#include "evc-alloc.h"

static const evc_aws_form plain = {.id = "Id",
                                   .secret = "Secret",
                                   .token = "Token",
                                   .expires = "Ends",
                                   .account = "Account"};
static const evc_aws_form nested = {.id = "A.Id",
                                    .secret = "A.Secret",
                                    .token = "A.Token",
                                    .expires = "A.Ends",
                                    .epoch_ms = 1000};
static const evc_aws_form lax = {.id = "Id",
                                 .secret = "Secret",
                                 .token = "Token",
                                 .expires = "Ends",
                                 .may_have_no_token = true,
                                 .may_never_expire = true};
static evc_creds *creds;
static evc_buf text;

static int
read_with(const evc_aws_form *form, const char *json)
{
    const evc_aws_origin origin = {.source = "test", .detail = "detail"};

    evc_buf_reset(&text);
    evc_creds_unref(creds);
    creds = NULL;
    evc_buf_put_text(&text, json);
    return evc_aws_reply_read(env->arena, form, &origin, &text, &creds, NULL);
}

static void
drop(void)
{
    evc_creds_unref(creds);
    creds = NULL;
    evc_buf_reset(&text);
}

#define WHOLE                                                               \
    "{\"Id\":\"i\",\"Secret\":\"se/+=\",\"Token\":\"t\",\"Account\":\"1\"," \
    "\"Ends\":\"2023-11-14T22:13:20Z\",\"More\":[1]}"

START_TEST(reads_a_whole_answer)
{
    EVC_CHECK_OK(read_with(&plain, WHOLE));
    ck_assert_str_eq(creds->id, "i");
    ck_assert_mem_eq(creds->secret.bytes, "se/+=", 5);
    ck_assert_mem_eq(creds->token.bytes, "t", 1);
    ck_assert_str_eq(creds->account, "1");
    ck_assert_int_eq(creds->expires_ms, 1700000000000);
    ck_assert_str_eq(creds->source, "test");
    ck_assert_str_eq(creds->detail, "detail");
    ck_assert(!creds->fixed);
    drop();
}
END_TEST

START_TEST(reads_members_of_members_and_numbers_of_time)
{
    EVC_CHECK_OK(read_with(&nested,
                           "{\"A\":{\"Id\":\"i\",\"Secret\":\"s\",\"Token\":\"t\","
                           "\"Ends\":1.7E9}}"));
    ck_assert_int_eq(creds->expires_ms, 1700000000000);
    drop();
}
END_TEST

static const char *const without[] = {
    "{\"Id\":\"i\",\"Secret\":\"s\"}",
    "{\"Id\":\"i\",\"Secret\":\"s\",\"Token\":null,\"Ends\":null}",
    "{\"Id\":\"i\",\"Secret\":\"s\",\"Token\":\"\",\"Ends\":\"\"}",
};

START_TEST(token_and_end_may_be_missing_where_the_form_says_so)
{
    EVC_CHECK_OK(read_with(&lax, without[_i]));
    ck_assert_ptr_null(creds->token.bytes);
    ck_assert(creds->expires_ms == EVC_CREDS_NEVER);
    EVC_CHECK_CODE(read_with(&plain, without[_i]), ENVCRYPT_E_PROTOCOL);
    drop();
}
END_TEST

static const char *const wrong[] = {
    "",
    "[]",
    "{}",
    "{\"Id\":\"i\",\"Token\":\"t\",\"Ends\":\"2023-11-14T22:13:20Z\"}",
    "{\"Secret\":\"s\",\"Token\":\"t\",\"Ends\":\"2023-11-14T22:13:20Z\"}",
    "{\"Id\":\"i\",\"Secret\":\"s\",\"Token\":\"t\"}",
    "{\"Id\":\"i\",\"Secret\":\"s\",\"Token\":\"t\",\"Ends\":\"soon\"}",
    "{\"Id\":\"i\",\"Secret\":\"s\",\"Token\":\"t\",\"Ends\":1700000000}",
    "{\"Id\":\"i\",\"Secret\":1,\"Token\":\"t\",\"Ends\":\"2023-11-14T22:13:20Z\"}",
    "{\"Id\":\"i\",\"Secret\":\"a\\nb\",\"Token\":\"t\",\"Ends\":\"2023-11-14T22:13:"
    "20Z\"}",
    "{\"Id\":\"i\",\"Secret\":\"s\",\"Secret\":\"s\",\"Token\":\"t\",\"Ends\":"
    "\"2023-11-14T22:13:20Z\"}",
    "{\"Id\":\"i\",\"Secret\":\"s\",\"Token\":\"t\",\"Ends\":\"2023-11-14T22:13:20Z\"",
};

START_TEST(what_is_missing_or_wrong_is_refused_and_wiped)
{
    EVC_CHECK_CODE(read_with(&plain, wrong[_i]), ENVCRYPT_E_PROTOCOL);
    ck_assert_ptr_null(creds);
    ck_assert_uint_eq(text.size, 0);
    ck_assert(evc_mem_is_zero(text.data, text.capacity));
    drop();
}
END_TEST

START_TEST(an_error_shows_no_secret)
{
    const evc_aws_origin origin = {.source = "test"};
    evc_error *err = NULL;

    evc_buf_put_text(&text, "{\"Secret\":\"secretword\",\"Token\":\"secretword\"}");
    EVC_CHECK_CODE(evc_aws_reply_read(env->arena, &plain, &origin, &text, &creds, &err),
                   ENVCRYPT_E_PROTOCOL);
    for (const evc_error *at = err; at; at = evc_error_cause(at))
        ck_assert_ptr_null(strstr(evc_error_message(at), "secretword"));
    evc_error_free(err);
    drop();
}
END_TEST

static int
read_and_drop(void *user)
{
    const evc_aws_origin origin = {.source = "test"};
    char memory[] = WHOLE;
    evc_buf whole;
    int rc;

    (void)user;
    evc_buf_init_fixed(&whole, memory, sizeof memory - 1);
    whole.size = sizeof memory - 1;
    rc = evc_aws_reply_read(env->arena, &plain, &origin, &whole, &creds, NULL);
    drop();
    return rc;
}

START_TEST(survives_memory_running_out)
{
    ck_assert_uint_ge(evc_alloc_sweep(read_and_drop, NULL), 4);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        reads_a_whole_answer, reads_members_of_members_and_numbers_of_time,
        an_error_shows_no_secret, survives_memory_running_out, NULL};
    TCase *rows = tcase_create("rows");

    auth_add(suite, "reply", tests);
    tcase_add_checked_fixture(rows, open_auth, close_auth);
    tcase_add_loop_test(rows, token_and_end_may_be_missing_where_the_form_says_so, 0,
                        sizeof without / sizeof without[0]);
    tcase_add_loop_test(rows, what_is_missing_or_wrong_is_refused_and_wiped, 0,
                        sizeof wrong / sizeof wrong[0]);
    suite_add_tcase(suite, rows);
}

EVC_TEST_MAIN("aws_reply", add_tests)
