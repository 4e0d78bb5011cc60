/* SPDX-License-Identifier: Apache-2.0 */
#include "base/decimal.h"

#include "evc-check.h"

/* -1: it is none. */
static int64_t
number_of(const char *text, int64_t most)
{
    int64_t number = -1;
    bool read = evc_decimal_read(evc_view_text(text), most, &number);

    ck_assert(read == (number >= 0));
    return number;
}

START_TEST(digits_are_a_number)
{
    ck_assert_int_eq(number_of("0", 9), 0);
    ck_assert_int_eq(number_of("42", 100), 42);
    ck_assert_int_eq(number_of("007", 7), 7);
}
END_TEST

START_TEST(the_most_is_taken_and_one_more_is_not)
{
    ck_assert_int_eq(number_of("120", 120), 120);
    ck_assert_int_eq(number_of("121", 120), -1);
    ck_assert_int_eq(number_of("0", 0), 0);
    ck_assert_int_eq(number_of("1", 0), -1);
    ck_assert_int_eq(number_of("5", 3), -1);
}
END_TEST

START_TEST(what_does_not_fit_into_64_bits_is_none)
{
    ck_assert_int_eq(number_of("9223372036854775807", INT64_MAX), INT64_MAX);
    ck_assert_int_eq(number_of("9223372036854775808", INT64_MAX), -1);
    ck_assert_int_eq(number_of("99999999999999999999999", INT64_MAX), -1);
}
END_TEST

START_TEST(what_is_more_than_digits_is_none)
{
    static const char *const bad[] = {"",   " ",  "+1",  "-1",  "1 ", " 1",
                                      "1a", "/1", "1:2", "0x1", "1.0"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_int_eq(number_of(bad[i], 1000), -1);
    ck_assert_int_eq(number_of(NULL, 1000), -1);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        digits_are_a_number, the_most_is_taken_and_one_more_is_not,
        what_does_not_fit_into_64_bits_is_none, what_is_more_than_digits_is_none, NULL};

    evc_check_add(suite, "decimal", tests);
}

EVC_TEST_MAIN("decimal", add_tests)
