/* SPDX-License-Identifier: Apache-2.0 */
#include "base/environ.h"

#include <check.h>
#include <stdlib.h>

#include "evc-check.h"

START_TEST(unset_and_empty_are_the_same)
{
    ck_assert_int_eq(unsetenv("EVC_TEST_ENVIRON"), 0);
    ck_assert_ptr_null(evc_environ("EVC_TEST_ENVIRON"));
    ck_assert_int_eq(setenv("EVC_TEST_ENVIRON", "", 1), 0);
    ck_assert_ptr_null(evc_environ("EVC_TEST_ENVIRON"));
    ck_assert_int_eq(setenv("EVC_TEST_ENVIRON", "x", 1), 0);
    ck_assert_str_eq(evc_environ("EVC_TEST_ENVIRON"), "x");
}
END_TEST

START_TEST(true_is_true_in_any_case_and_nothing_else_is)
{
    ck_assert_int_eq(setenv("EVC_TEST_ENVIRON", "True", 1), 0);
    ck_assert(evc_environ_is_true("EVC_TEST_ENVIRON"));
    ck_assert_int_eq(setenv("EVC_TEST_ENVIRON", "1", 1), 0);
    ck_assert(!evc_environ_is_true("EVC_TEST_ENVIRON"));
    ck_assert_int_eq(unsetenv("EVC_TEST_ENVIRON"), 0);
    ck_assert(!evc_environ_is_true("EVC_TEST_ENVIRON"));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {unset_and_empty_are_the_same,
                                true_is_true_in_any_case_and_nothing_else_is, NULL};

    evc_check_add(suite, "environ", all);
}

EVC_TEST_MAIN("environ", add_tests)
