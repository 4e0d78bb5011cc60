/* SPDX-License-Identifier: Apache-2.0 */
#include "envcrypt/kms.h"

#include "evc-check.h"

static envcrypt_context *
make(void)
{
    envcrypt_context *context = NULL;

    EVC_CHECK_OK(envcrypt_context_new(&context, NULL));
    return context;
}

START_TEST(pairs_come_in_the_order_of_their_names)
{
    envcrypt_context *context = make();
    size_t size = 0;

    EVC_CHECK_OK(envcrypt_context_add(context, "b", "two", NULL));
    EVC_CHECK_OK(envcrypt_context_add(context, "a", "", NULL));
    ck_assert_uint_eq(envcrypt_context_count(context), 2);
    ck_assert_str_eq(envcrypt_context_name(context, 0, &size), "a");
    ck_assert_uint_eq(size, 1);
    ck_assert_str_eq(envcrypt_context_value(context, 0, &size), "");
    ck_assert_uint_eq(size, 0);
    ck_assert_str_eq(envcrypt_context_value(context, 1, NULL), "two");
    envcrypt_context_free(context);
}
END_TEST

START_TEST(past_the_end_is_null)
{
    envcrypt_context *context = make();
    size_t size = 7;

    ck_assert_ptr_null(envcrypt_context_name(context, 0, &size));
    ck_assert_uint_eq(size, 0);
    ck_assert_ptr_null(envcrypt_context_value(context, 0, NULL));
    envcrypt_context_free(context);
}
END_TEST

START_TEST(null_has_no_pairs)
{
    ck_assert_uint_eq(envcrypt_context_count(NULL), 0);
    ck_assert_ptr_null(envcrypt_context_name(NULL, 0, NULL));
    ck_assert_ptr_null(envcrypt_context_value(NULL, 0, NULL));
    envcrypt_context_free(NULL);
}
END_TEST

START_TEST(null_arguments_are_refused)
{
    envcrypt_context *context = make();

    EVC_CHECK_CODE(envcrypt_context_new(NULL, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_context_add(NULL, "a", "b", NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_context_add(context, NULL, "b", NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_context_add(context, "a", NULL, NULL), ENVCRYPT_E_ARGUMENT);
    envcrypt_context_free(context);
}
END_TEST

START_TEST(an_error_is_cleared_by_the_next_success)
{
    envcrypt_context *context = make();
    envcrypt_error *err = NULL;

    EVC_CHECK_CODE(envcrypt_context_add(context, "", "b", &err), ENVCRYPT_E_ARGUMENT);
    ck_assert_int_eq(envcrypt_error_class(err), ENVCRYPT_CLASS_ARGUMENT);
    envcrypt_error_free(err);
    EVC_CHECK_OK(envcrypt_context_add(context, "a", "b", &err));
    ck_assert_ptr_null(err);
    envcrypt_context_free(context);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {pairs_come_in_the_order_of_their_names,
                                  past_the_end_is_null,
                                  null_has_no_pairs,
                                  null_arguments_are_refused,
                                  an_error_is_cleared_by_the_next_success,
                                  NULL};

    evc_check_add(suite, "context", tests);
}

EVC_TEST_MAIN("context", add_tests)
