/* SPDX-License-Identifier: Apache-2.0 */
#include "net/date.h"

#include "evc-check.h"

START_TEST(reads_the_date_of_the_rfc)
{
    ck_assert_int_eq(evc_date_parse("Sun, 06 Nov 1994 08:49:37 GMT"),
                     INT64_C(784111777000));
    ck_assert_int_eq(evc_date_parse("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
    ck_assert_int_eq(evc_date_parse("Thu, 29 Feb 2024 23:59:59 GMT"),
                     INT64_C(1709251199000));
}
END_TEST

static const char *const no_dates[] = {
    NULL,
    "",
    "0",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
    "Sun, 06 Nov 1994 08:49:37 UTC",
    "Sun, 06 Nov 1994 08:49:37 GMT ",
    "Sun, 06 nov 1994 08:49:37 GMT",
    "Sun, 00 Nov 1994 08:49:37 GMT",
    "Sun, 31 Nov 1994 08:49:37 GMT",
    "Sun, 29 Feb 2023 08:49:37 GMT",
    "Sun, 06 Nov 1969 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:49:37 GMT",
    "Sun, 06 Nov 1994 08:60:37 GMT",
    "Sun, 06 Nov 1994 08:49:60 GMT",
    "Sun, 06 Nov 1994T08:49:37 GM",
    "Sun; 06 Nov 1994 08:49:37 GMT",
};

START_TEST(anything_else_is_no_date)
{
    ck_assert_int_eq(evc_date_parse(no_dates[_i]), -1);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {reads_the_date_of_the_rfc, NULL};
    TCase *each = tcase_create("each");

    evc_check_add(suite, "date", tests);
    tcase_add_loop_test(each, anything_else_is_no_date, 0,
                        (int)(sizeof(no_dates) / sizeof(no_dates[0])));
    suite_add_tcase(suite, each);
}

EVC_TEST_MAIN("date", add_tests)
