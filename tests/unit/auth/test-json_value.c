/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/json_value.h"

#include "base/mem.h"
#include "evc-alloc.h"
#include "evc-check.h"

static const char body_text[] =
    "{\"Code\":\"Throttling\",\"n\":{\"id\":\"r-1\"},\"e\":\"a\\/"
    "b\\u0021\",\"empty\":\"\","
    "\"life\":3600,\"real\":1.5,\"minus\":-1,\"long\":9223372036854775807,"
    "\"yes\":true,\"no\":false,\"list\":[{\"code\":\"first\"}]}";

static evc_view
body(void)
{
    return evc_view_text(body_text);
}

START_TEST(gives_the_text_of_a_string)
{
    ck_assert(evc_view_is_text(evc_json_value_text(body(), "Code"), "Throttling"));
    ck_assert(evc_view_is_text(evc_json_value_text(body(), "n.id"), "r-1"));
    ck_assert(evc_view_is_text(evc_json_value_text(body(), "list.0.code"), "first"));
}
END_TEST

START_TEST(gives_no_text_where_none_can_be_lent)
{
    static const char *const paths[] = {"missing", "life", "yes", "n", "empty", "e"};

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        ck_assert_uint_eq(evc_json_value_text(body(), paths[i]).size, 0);
}
END_TEST

START_TEST(gives_nothing_of_what_is_no_json)
{
    ck_assert_uint_eq(evc_json_value_text(evc_view_text("<Code>x</Code>"), "Code").size,
                      0);
    ck_assert_uint_eq(evc_json_value_text(evc_view_of(NULL, 0), "Code").size, 0);
}
END_TEST

START_TEST(copies_a_string_with_its_escapes_resolved)
{
    char *copy;

    EVC_CHECK_OK(evc_json_value_copy(body(), "e", &copy, NULL));
    ck_assert_str_eq(copy, "a/b!");
    evc_mem_free(copy);
}
END_TEST

START_TEST(copies_nothing_of_what_is_empty_or_no_string)
{
    char *copy;

    EVC_CHECK_OK(evc_json_value_copy(body(), "empty", &copy, NULL));
    ck_assert_ptr_null(copy);
    EVC_CHECK_OK(evc_json_value_copy(body(), "life", &copy, NULL));
    ck_assert_ptr_null(copy);
}
END_TEST

START_TEST(gives_integers_within_their_bounds)
{
    int64_t n = 7;

    ck_assert(evc_json_value_integer(body(), "life", 3600, 3600, &n));
    ck_assert_int_eq(n, 3600);
    ck_assert(!evc_json_value_integer(body(), "life", 3601, 9999, &n));
    ck_assert(!evc_json_value_integer(body(), "life", 0, 3599, &n));
    ck_assert_int_eq(n, 3600);
}
END_TEST

START_TEST(gives_no_integer_of_other_values)
{
    static const char *const paths[] = {"missing", "real", "minus",
                                        "long",    "yes",  "Code"};
    int64_t n;

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        ck_assert(!evc_json_value_integer(body(), paths[i], 0, INT64_MAX - 1, &n));
}
END_TEST

START_TEST(only_true_is_true)
{
    ck_assert(evc_json_value_is_true(body(), "yes"));
    ck_assert(!evc_json_value_is_true(body(), "no"));
    ck_assert(!evc_json_value_is_true(body(), "Code"));
    ck_assert(!evc_json_value_is_true(body(), "missing"));
}
END_TEST

static int
copy_once(void *user)
{
    char *copy;
    int rc = evc_json_value_copy(body(), "e", &copy, NULL);

    (void)user;
    evc_mem_free(copy);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    ck_assert_uint_gt(evc_alloc_sweep(copy_once, NULL), 2);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        gives_the_text_of_a_string,
        gives_no_text_where_none_can_be_lent,
        gives_nothing_of_what_is_no_json,
        copies_a_string_with_its_escapes_resolved,
        copies_nothing_of_what_is_empty_or_no_string,
        gives_integers_within_their_bounds,
        gives_no_integer_of_other_values,
        only_true_is_true,
        survives_memory_that_runs_out,
        NULL,
    };

    evc_check_add(suite, "json_value", tests);
}

EVC_TEST_MAIN("json_value", add_tests)
