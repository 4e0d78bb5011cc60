/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_wire.h"

#include "base/env.h"
#include "evc-check.h"

static evc_env *env;
static evc_exchange x;
static evc_jwrite w;
static evc_kv context;
static evc_error *err;

static void
set_up(void)
{
    EVC_CHECK_OK(evc_env_open(65536, false, NULL, NULL, &env, NULL));
    evc_exchange_init(&x);
    evc_kv_init(&context);
    err = NULL;
}

static void
tear_down(void)
{
    evc_exchange_reset(&x);
    evc_kv_reset(&context);
    evc_error_free(err);
    evc_env_unref(env);
}

static void
pair(const char *name, const char *value)
{
    EVC_CHECK_OK(evc_kv_add(&context, evc_view_text(name), evc_view_text(value), NULL));
}

static void
expect_body(const char *text)
{
    ck_assert_msg(evc_view_is_text(evc_buf_view(&x.body), text), "%.*s",
                  (int)x.body.size, (const char *)x.body.data);
}

START_TEST(a_request_is_a_post_whose_header_names_the_operation)
{
    EVC_CHECK_OK(evc_aws_wire_begin(&x, "DescribeKey", &w, &err));
    EVC_CHECK_OK(evc_aws_wire_end(&w, &err));
    ck_assert_str_eq(x.method, "POST");
    ck_assert_uint_eq(x.path.size + x.query.size, 0);
    ck_assert_str_eq(evc_headers_find(&x.headers, "X-Amz-Target"),
                     "TrentService.DescribeKey");
    ck_assert_str_eq(evc_headers_find(&x.headers, "Content-Type"),
                     "application/x-amz-json-1.1");
    expect_body("{}");
}
END_TEST

START_TEST(the_context_is_sorted_and_may_hold_unicode)
{
    pair("b", "2");
    pair("a", "\xc3\xa9\"\\");
    EVC_CHECK_OK(evc_aws_wire_begin(&x, "Encrypt", &w, &err));
    EVC_CHECK_OK(evc_aws_wire_context(&w, "EncryptionContext", &context, &err));
    EVC_CHECK_OK(evc_aws_wire_end(&w, &err));
    expect_body("{\"EncryptionContext\":{\"a\":\"\xc3\xa9\\\"\\\\\",\"b\":\"2\"}}");
}
END_TEST

START_TEST(an_empty_context_is_not_sent)
{
    EVC_CHECK_OK(evc_aws_wire_begin(&x, "Encrypt", &w, &err));
    EVC_CHECK_OK(evc_aws_wire_context(&w, "EncryptionContext", &context, &err));
    EVC_CHECK_OK(evc_aws_wire_context(&w, "EncryptionContext", NULL, &err));
    EVC_CHECK_OK(evc_aws_wire_end(&w, &err));
    expect_body("{}");
}
END_TEST

START_TEST(a_nul_in_the_context_is_refused)
{
    EVC_CHECK_OK(
        evc_kv_add(&context, evc_view_text("a"), evc_view_of("x\0y", 3), NULL));
    EVC_CHECK_OK(evc_aws_wire_begin(&x, "Encrypt", &w, &err));
    EVC_CHECK_CODE(evc_aws_wire_context(&w, "EncryptionContext", &context, &err),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(a_list_becomes_an_array)
{
    EVC_CHECK_OK(evc_aws_wire_begin(&x, "Encrypt", &w, &err));
    evc_aws_wire_list(&w, "GrantTokens", "one, two");
    evc_aws_wire_list(&w, "None", "");
    evc_aws_wire_list(&w, "Nothing", NULL);
    evc_aws_wire_text(&w, "Missing", NULL);
    EVC_CHECK_OK(evc_aws_wire_end(&w, &err));
    expect_body("{\"GrantTokens\":[\"one\",\"two\"]}");
}
END_TEST

START_TEST(a_reply_that_is_wrong_is_the_services_fault)
{
    int rc = evc_err(&err, ENVCRYPT_E_JSON, "member \"KeyId\" is missing");

    EVC_CHECK_CODE(evc_aws_wire_result("Decrypt", rc, &err), ENVCRYPT_E_PROTOCOL);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "Decrypt"));
    ck_assert_ptr_nonnull(evc_error_cause(err));
}
END_TEST

START_TEST(other_failures_stay_what_they_are)
{
    EVC_CHECK_CODE(evc_aws_wire_result("Decrypt", ENVCRYPT_E_NOMEM, NULL),
                   ENVCRYPT_E_NOMEM);
    EVC_CHECK_OK(evc_aws_wire_result("Decrypt", 0, NULL));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_request_is_a_post_whose_header_names_the_operation,
        the_context_is_sorted_and_may_hold_unicode,
        an_empty_context_is_not_sent,
        a_nul_in_the_context_is_refused,
        a_list_becomes_an_array,
        a_reply_that_is_wrong_is_the_services_fault,
        other_failures_stay_what_they_are,
    };
    TCase *tcase = tcase_create("wire");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("aws_wire", add_tests)
