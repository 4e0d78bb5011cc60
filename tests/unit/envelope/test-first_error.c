/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/first_error.h"

#include "evc-check.h"

START_TEST(there_is_none_at_first)
{
    evc_first_error first = {0};

    EVC_CHECK_OK(evc_first_error_again(&first, NULL));
}
END_TEST

START_TEST(repeats_code_and_message_any_number_of_times)
{
    evc_first_error first = {0};
    evc_error *err = NULL;
    int rc = evc_err(&err, ENVCRYPT_E_FRAME, "frame %d is bad", 7);

    ck_assert_int_eq(evc_first_error_keep(&first, rc, &err), ENVCRYPT_E_FRAME);
    evc_error_free(err);
    for (int i = 0; i < 2; i++) {
        err = NULL;
        EVC_CHECK_CODE(evc_first_error_again(&first, &err), ENVCRYPT_E_FRAME);
        ck_assert_str_eq(evc_error_message(err), "frame 7 is bad");
        evc_error_free(err);
    }
}
END_TEST

START_TEST(repeats_the_text_of_the_code_when_nobody_asked_for_a_message)
{
    evc_first_error first = {0};
    evc_error *err = NULL;

    ck_assert_int_eq(evc_first_error_keep(&first, ENVCRYPT_E_FRAME, NULL),
                     ENVCRYPT_E_FRAME);
    EVC_CHECK_CODE(evc_first_error_again(&first, &err), ENVCRYPT_E_FRAME);
    ck_assert_str_eq(evc_error_message(err), evc_error_text(ENVCRYPT_E_FRAME));
    evc_error_free(err);
}
END_TEST

START_TEST(cuts_a_long_message)
{
    evc_first_error first = {0};
    evc_error *err = NULL;
    int rc = evc_err(&err, ENVCRYPT_E_FRAME, "%0600d", 1);

    (void)evc_first_error_keep(&first, rc, &err);
    evc_error_free(err);
    err = NULL;
    EVC_CHECK_CODE(evc_first_error_again(&first, &err), ENVCRYPT_E_FRAME);
    ck_assert_uint_eq(strlen(evc_error_message(err)), sizeof first.message - 1);
    evc_error_free(err);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        there_is_none_at_first,
        repeats_code_and_message_any_number_of_times,
        repeats_the_text_of_the_code_when_nobody_asked_for_a_message,
        cuts_a_long_message,
        NULL,
    };

    evc_check_add(suite, "first_error", tests);
}

EVC_TEST_MAIN("first_error", add_tests)
