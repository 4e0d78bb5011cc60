/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/arguments.h"

#include "evc-check.h"

static evc_kv args;

static void
set_up(void)
{
    evc_kv_init(&args);
}

static void
tear_down(void)
{
    evc_kv_reset(&args);
}

START_TEST(lists_have_commas_between_their_items)
{
    evc_cursor c = evc_cursor_of_view(evc_view_text(" a b ,,c,"));
    evc_view item;

    ck_assert(evc_arguments_next(&c, &item) && evc_view_is_text(item, "a b"));
    ck_assert(evc_arguments_next(&c, &item) && item.size == 0);
    ck_assert(evc_arguments_next(&c, &item) && evc_view_is_text(item, "c"));
    ck_assert(!evc_arguments_next(&c, &item));
}
END_TEST

static void
set(const char *name, const char *value)
{
    EVC_CHECK_OK(evc_kv_set(&args, evc_view_text(name), evc_view_text(value), NULL));
}

START_TEST(flags_are_true_or_false)
{
    const char *flag = "";

    EVC_CHECK_OK(evc_arguments_flag(&args, "f", &flag, NULL));
    ck_assert_ptr_null(flag);
    set("f", "true");
    EVC_CHECK_OK(evc_arguments_flag(&args, "f", &flag, NULL));
    ck_assert_str_eq(flag, "true");
    set("f", "True");
    EVC_CHECK_CODE(evc_arguments_flag(&args, "f", &flag, NULL), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(pairs_have_names_and_each_once)
{
    const char *const wrong[] = {"a", "=1", "a=1,,b=2", "a=1,a=2"};
    evc_kv pairs;

    evc_kv_init(&pairs);
    EVC_CHECK_OK(evc_arguments_pairs(NULL, "tags", &pairs, NULL));
    ck_assert_uint_eq(pairs.count, 0);
    EVC_CHECK_OK(evc_arguments_pairs("b=, a=1=2", "tags", &pairs, NULL));
    ck_assert_uint_eq(pairs.count, 2);
    ck_assert(evc_view_is_text(pairs.pairs[0].value, "1=2"));
    ck_assert_uint_eq(pairs.pairs[1].value.size, 0);
    for (size_t i = 0; i < 4; i++) {
        evc_kv_reset(&pairs);
        EVC_CHECK_CODE(evc_arguments_pairs(wrong[i], "tags", &pairs, NULL),
                       ENVCRYPT_E_ARGUMENT);
    }
    evc_kv_reset(&pairs);
}
END_TEST

START_TEST(numbers_have_limits)
{
    const char *const none[] = {"", "1e1", "-7", "10000000000000000000008"};
    int64_t number = 5;

    EVC_CHECK_OK(evc_arguments_number(&args, "n", 7, 10, &number, NULL));
    ck_assert_int_eq(number, 5);
    set("n", "7");
    EVC_CHECK_OK(evc_arguments_number(&args, "n", 7, 10, &number, NULL));
    set("n", "10");
    EVC_CHECK_OK(evc_arguments_number(&args, "n", 7, 10, &number, NULL));
    ck_assert_int_eq(number, 10);
    set("n", "6");
    EVC_CHECK_CODE(evc_arguments_number(&args, "n", 7, 10, &number, NULL),
                   ENVCRYPT_E_ARGUMENT);
    set("n", "11");
    EVC_CHECK_CODE(evc_arguments_number(&args, "n", 7, 10, &number, NULL),
                   ENVCRYPT_E_ARGUMENT);
    for (size_t i = 0; i < 4; i++) {
        set("n", none[i]);
        EVC_CHECK_CODE(evc_arguments_number(&args, "n", 7, 10, &number, NULL),
                       ENVCRYPT_E_ARGUMENT);
    }
    set("n", "9999999999");
    EVC_CHECK_CODE(evc_arguments_number(&args, "n", 7, 10, &number, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_int_eq(number, 10);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {lists_have_commas_between_their_items,
                                  flags_are_true_or_false,
                                  pairs_have_names_and_each_once, numbers_have_limits};
    TCase *tcase = tcase_create("arguments");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("arguments", add_tests)
