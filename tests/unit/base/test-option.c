/* SPDX-License-Identifier: Apache-2.0 */
#include "base/option.h"

#include <string.h>

#include "evc-check.h"

static const evc_option_value hour = {.least = 1, .most = 3600};
static const evc_option options[] = {
    {"path", &evc_option_some, false},  {"proxy", &evc_option_any, false},
    {"exec", &evc_option_truth, false}, {"wait", &evc_option_answer, true},
    {"seconds", &hour, false},
};
static const evc_option_list list = {options, sizeof(options) / sizeof(options[0]),
                                     "tests have", "a test"};

static const struct {
    const char *name, *value;
    int code;
} rows[] = {
    {"path", "/x", 0},
    {"path", "", ENVCRYPT_E_ARGUMENT},
    {"path", NULL, 0},
    {"proxy", "", 0},
    {"exec", "true", 0},
    {"exec", "false", 0},
    {"exec", "yes", ENVCRYPT_E_ARGUMENT},
    {"wait", "yes", 0},
    {"wait", "no", 0},
    {"wait", "true", ENVCRYPT_E_ARGUMENT},
    {"seconds", "1", 0},
    {"seconds", "3600", 0},
    {"seconds", "0", ENVCRYPT_E_ARGUMENT},
    {"seconds", "3601", ENVCRYPT_E_ARGUMENT},
    {"seconds", "1s", ENVCRYPT_E_ARGUMENT},
    {"second", "1", ENVCRYPT_E_UNKNOWN_OPTION},
    {"second", NULL, ENVCRYPT_E_UNKNOWN_OPTION},
};

START_TEST(values_are_what_their_option_takes)
{
    EVC_CHECK_CODE(evc_option_check(&list, rows[_i].name, rows[_i].value, NULL),
                   rows[_i].code);
}
END_TEST

static void
refused(const char *name, const char *value, const char *wanted)
{
    evc_error *error = NULL;

    ck_assert_int_ne(evc_option_check(&list, name, value, &error), 0);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), wanted));
    ck_assert_ptr_null(strstr(evc_error_message(error), "hunter2"));
    evc_error_free(error);
}

START_TEST(a_refusal_says_what_is_wanted_and_not_what_was_given)
{
    refused("exec", "hunter2", "the option exec of a test is true or false");
    refused("seconds", "hunter2", "a number from 1 to 3600");
    refused("sekonds", "hunter2",
            "tests have no option \"sekonds\"; did you mean \"seconds\"?");
}
END_TEST

START_TEST(options_are_found_with_their_mark)
{
    ck_assert(evc_option_find(&list, "wait")->mark);
    ck_assert(!evc_option_find(&list, "path")->mark);
    ck_assert_ptr_null(evc_option_find(&list, "pat"));
}
END_TEST

START_TEST(what_is_not_given_is_as_the_caller_says)
{
    evc_kv values;

    evc_kv_init(&values);
    ck_assert(evc_option_flag(&values, "exec", true));
    ck_assert_int_eq(evc_option_number(&values, "seconds", 7), 7);
    ck_assert_ptr_null(evc_option_text(&values, "seconds"));
    EVC_CHECK_OK(evc_kv_set_text(&values, "exec", "false", NULL));
    EVC_CHECK_OK(evc_kv_set_text(&values, "wait", "yes", NULL));
    EVC_CHECK_OK(evc_kv_set_text(&values, "seconds", "60", NULL));
    ck_assert(!evc_option_flag(&values, "exec", true));
    ck_assert(evc_option_flag(&values, "wait", false));
    ck_assert_int_eq(evc_option_number(&values, "seconds", 7), 60);
    ck_assert_str_eq(evc_option_text(&values, "seconds"), "60");
    evc_kv_reset(&values);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_refusal_says_what_is_wanted_and_not_what_was_given,
                                  options_are_found_with_their_mark,
                                  what_is_not_given_is_as_the_caller_says, NULL};
    TCase *tcase = tcase_create("values");

    tcase_add_loop_test(tcase, values_are_what_their_option_takes, 0,
                        (int)(sizeof(rows) / sizeof(rows[0])));
    suite_add_tcase(suite, tcase);
    evc_check_add(suite, "option", tests);
}

EVC_TEST_MAIN("option", add_tests)
