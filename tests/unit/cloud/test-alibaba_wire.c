/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/alibaba_wire.h"

#include "alibaba-fixture.h"

static evc_exchange x;

static void
set_up(void)
{
    alibaba_set_up();
    evc_exchange_init(&x);
}

static void
tear_down(void)
{
    evc_exchange_reset(&x);
    alibaba_tear_down();
}

START_TEST(a_request_is_a_form_by_post)
{
    EVC_CHECK_OK(evc_alibaba_wire_begin(&x, "Encrypt", NULL));
    evc_form_add(&x.body, "KeyId", evc_view_text("a b"));
    EVC_CHECK_OK(evc_alibaba_wire_end(&x, NULL));
    ck_assert_str_eq(x.method, "POST");
    ck_assert_uint_eq(x.path.size, 0);
    ck_assert_uint_eq(x.query.size, 0);
    ck_assert(evc_view_is_text(evc_buf_view(&x.body), "KeyId=a%20b"));
    ck_assert_str_eq(evc_headers_find(&x.headers, "x-acs-action"), "Encrypt");
    ck_assert_str_eq(evc_headers_find(&x.headers, "accept"), "application/json");
    ck_assert_str_eq(evc_headers_find(&x.headers, "content-type"),
                     "application/x-www-form-urlencoded");
}
END_TEST

START_TEST(without_parameters_there_is_no_content_type)
{
    EVC_CHECK_OK(evc_alibaba_wire_begin(&x, "DescribeAccountKmsStatus", NULL));
    EVC_CHECK_OK(evc_alibaba_wire_end(&x, NULL));
    ck_assert_ptr_null(evc_headers_find(&x.headers, "content-type"));
}
END_TEST

START_TEST(a_form_without_memory_is_not_sent)
{
    EVC_CHECK_OK(evc_alibaba_wire_begin(&x, "Encrypt", NULL));
    x.body.failed = true;
    EVC_CHECK_CODE(evc_alibaba_wire_end(&x, NULL), ENVCRYPT_E_NOMEM);
}
END_TEST

START_TEST(the_action_stands_in_the_header)
{
    EVC_CHECK_OK(evc_alibaba_wire_begin(&x, "Decrypt", NULL));
    evc_buf_put_text(&x.query, "Action=Encrypt");
    ck_assert(evc_view_is_text(evc_alibaba_wire_action(&x), "Decrypt"));
}
END_TEST

START_TEST(or_among_the_parameters_of_the_old_signature)
{
    evc_buf_put_text(&x.query, "Format=JSON&Action=Decrypt&Version=2016-01-20");
    ck_assert(evc_view_is_text(evc_alibaba_wire_action(&x), "Decrypt"));
    evc_buf_clear(&x.query);
    evc_buf_put_text(&x.query, "Format=JSON&Action=Decrypt");
    ck_assert(evc_view_is_text(evc_alibaba_wire_action(&x), "Decrypt"));
}
END_TEST

START_TEST(a_request_without_an_action_has_none)
{
    ck_assert_uint_eq(evc_alibaba_wire_action(&x).size, 0);
    evc_buf_put_text(&x.query, "Format=JSON&NoAction=1&Act");
    ck_assert_uint_eq(evc_alibaba_wire_action(&x).size, 0);
}
END_TEST

START_TEST(a_wrong_reply_is_the_protocols_fault)
{
    int rc = evc_err(&err, ENVCRYPT_E_JSON, "line 1");

    EVC_CHECK_CODE(evc_alibaba_wire_result("Decrypt", rc, &err), ENVCRYPT_E_PROTOCOL);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "to Decrypt is not"));
    ck_assert_ptr_nonnull(evc_error_cause(err));
    EVC_CHECK_CODE(evc_alibaba_wire_result("Decrypt", ENVCRYPT_E_NOMEM, NULL),
                   ENVCRYPT_E_NOMEM);
    EVC_CHECK_OK(evc_alibaba_wire_result("Decrypt", 0, NULL));
}
END_TEST

static void
add_case(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

static void
add_tests(Suite *suite)
{
    add_case(suite, "requests",
             (const TTest *const[]){a_request_is_a_form_by_post,
                                    without_parameters_there_is_no_content_type,
                                    a_form_without_memory_is_not_sent,
                                    the_action_stands_in_the_header,
                                    or_among_the_parameters_of_the_old_signature,
                                    a_request_without_an_action_has_none, NULL});
    add_case(suite, "replies",
             (const TTest *const[]){a_wrong_reply_is_the_protocols_fault, NULL});
}

EVC_TEST_MAIN("alibaba_wire", add_tests)
