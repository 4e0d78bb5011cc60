/* SPDX-License-Identifier: Apache-2.0 */
/* That each public getter gives what it is named after; the rest is tested at base/err.
 */
#include "envcrypt/error.h"

#include "base/err.h"
#include "evc-check.h"

START_TEST(getters_give_the_facts_of_an_error)
{
    envcrypt_error *err = NULL;

    (void)evc_err(&err, ENVCRYPT_E_IO, "inner");
    (void)evc_err_wrap(&err, ENVCRYPT_E_KEY_DISABLED, "outer");
    evc_err_set_retry(err, 1, 20);
    evc_err_set_provider(err, "code", "request", 400);
    evc_err_set_key_state(err, "state");
    ck_assert_int_eq(envcrypt_error_code(err), ENVCRYPT_E_KEY_DISABLED);
    ck_assert_int_eq(envcrypt_error_class(err), ENVCRYPT_CLASS_KEY_STATE);
    ck_assert_str_eq(envcrypt_error_message(err), "outer");
    ck_assert_int_eq(envcrypt_error_is_retryable(err), 1);
    ck_assert_int_eq(envcrypt_error_retry_after_ms(err), 20);
    ck_assert_int_eq(envcrypt_error_http_status(err), 400);
    ck_assert_str_eq(envcrypt_error_provider_code(err), "code");
    ck_assert_str_eq(envcrypt_error_request_id(err), "request");
    ck_assert_str_eq(envcrypt_error_key_state(err), "state");
    ck_assert_int_eq(envcrypt_error_code(envcrypt_error_cause(err)), ENVCRYPT_E_IO);
    envcrypt_error_free(err);
}
END_TEST

START_TEST(getters_accept_null)
{
    ck_assert_int_eq(envcrypt_error_code(NULL), 0);
    ck_assert_int_eq(envcrypt_error_class(NULL), 0);
    ck_assert_str_eq(envcrypt_error_message(NULL), "");
    ck_assert_int_eq(envcrypt_error_is_retryable(NULL), 0);
    ck_assert_int_eq(envcrypt_error_retry_after_ms(NULL), -1);
    ck_assert_int_eq(envcrypt_error_http_status(NULL), 0);
    ck_assert_ptr_null(envcrypt_error_provider_code(NULL));
    ck_assert_ptr_null(envcrypt_error_request_id(NULL));
    ck_assert_ptr_null(envcrypt_error_key_state(NULL));
    ck_assert_ptr_null(envcrypt_error_cause(NULL));
    envcrypt_error_free(NULL);
}
END_TEST

START_TEST(codes_and_classes_have_names)
{
    ck_assert_str_eq(envcrypt_error_name(ENVCRYPT_E_FORKED), "ENVCRYPT_E_FORKED");
    ck_assert_str_eq(envcrypt_error_text(ENVCRYPT_E_CANCELED), "the call was canceled");
    ck_assert_int_eq(envcrypt_error_class_of(ENVCRYPT_E_FORKED), ENVCRYPT_CLASS_STATE);
    ck_assert_str_eq(envcrypt_error_class_name(ENVCRYPT_CLASS_POLICY), "POLICY");
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {getters_give_the_facts_of_an_error,
                                  getters_accept_null, codes_and_classes_have_names,
                                  NULL};

    evc_check_add(suite, "error", tests);
}

EVC_TEST_MAIN("error", add_tests)
