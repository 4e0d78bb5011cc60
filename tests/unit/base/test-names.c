/* SPDX-License-Identifier: Apache-2.0 */
#include "base/names.h"

#include "evc-check.h"

static const char *const words[] = {NULL, "one", "two"};

START_TEST(a_value_is_the_index_of_its_word)
{
    ck_assert_str_eq(EVC_NAME_AT(words, 1), "one");
    ck_assert_str_eq(EVC_NAME_AT(words, 2), "two");
}
END_TEST

START_TEST(what_the_table_does_not_have_is_none)
{
    ck_assert_ptr_null(EVC_NAME_AT(words, 0));
    ck_assert_ptr_null(EVC_NAME_AT(words, 3));
    ck_assert_ptr_null(EVC_NAME_AT(words, -1));
    ck_assert_ptr_null(EVC_NAME_AT(words, INT32_MAX));
    ck_assert_ptr_null(EVC_NAME_AT(words, INT32_MIN));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_value_is_the_index_of_its_word,
                                  what_the_table_does_not_have_is_none, NULL};

    evc_check_add(suite, "names", tests);
}

EVC_TEST_MAIN("names", add_tests)
