/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "evc-alloc.h"
#include "evc-check.h"
#include "net/headers.h"

static evc_headers headers;
static evc_error *error;

static void
begin(void)
{
    evc_headers_init(&headers);
}

static void
forget(void)
{
    evc_headers_reset(&headers);
    evc_error_free(error);
    error = NULL;
}

static int
add(const char *name, const char *value)
{
    evc_error_free(error);
    error = NULL;
    return evc_headers_add(&headers, name, evc_view_text(value), &error);
}

START_TEST(fields_stand_in_their_order)
{
    EVC_CHECK_OK(add("B", "1"));
    EVC_CHECK_OK(add("A", "2"));
    EVC_CHECK_OK(add("B", "3"));
    ck_assert_uint_eq(headers.count, 3);
    ck_assert_str_eq(headers.items[0].name, "B");
    ck_assert_str_eq(headers.items[2].value, "3");
    ck_assert(!headers.items[0].secret);
}
END_TEST

START_TEST(first_of_a_name_is_found_in_any_case)
{
    EVC_CHECK_OK(add("X-Name", "1"));
    EVC_CHECK_OK(add("x-name", "2"));
    ck_assert_str_eq(evc_headers_find(&headers, "X-NAME"), "1");
    ck_assert_ptr_null(evc_headers_find(&headers, "X-Nam"));
    ck_assert_ptr_null(evc_headers_find(&headers, "X-Names"));
}
END_TEST

START_TEST(set_takes_the_place_of_all_of_the_name)
{
    EVC_CHECK_OK(add("A", "1"));
    EVC_CHECK_OK(add("B", "2"));
    EVC_CHECK_OK(add("a", "3"));
    EVC_CHECK_OK(evc_headers_set(&headers, "A", evc_view_text("4"), NULL));
    ck_assert_uint_eq(headers.count, 2);
    ck_assert_str_eq(headers.items[0].name, "B");
    ck_assert_str_eq(evc_headers_find(&headers, "a"), "4");
}
END_TEST

START_TEST(secret_is_marked)
{
    EVC_CHECK_OK(
        evc_headers_add_secret(&headers, "Authorization", evc_view_text("t"), NULL));
    ck_assert(headers.items[0].secret);
}
END_TEST

START_TEST(lower_lowers_the_name_alone)
{
    EVC_CHECK_OK(evc_headers_add_lower(&headers, evc_view_text("X-NaMe"),
                                       evc_view_text("VaLue"), NULL));
    ck_assert_str_eq(headers.items[0].name, "x-name");
    ck_assert_str_eq(headers.items[0].value, "VaLue");
}
END_TEST

START_TEST(lower_takes_names_up_to_its_limit)
{
    char name[257];

    memset(name, 'A', sizeof(name));
    EVC_CHECK_OK(evc_headers_add_lower(&headers, evc_view_of(name, 255),
                                       evc_view_text(""), NULL));
    ck_assert_uint_eq(strlen(headers.items[0].name), 255);
    EVC_CHECK_CODE(evc_headers_add_lower(&headers, evc_view_of(name, 256),
                                         evc_view_text(""), NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(evc_headers_add_lower(&headers, evc_view_of("a\0b", 3),
                                         evc_view_text(""), NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

static const char *const bad_names[] = {
    "",    " ",    "a b",      "a:",   "a\r",   "a\n",
    "(a)", "\x7f", "\xc3\xa4", "a\tb", "\"a\"", "a/b"};

START_TEST(names_that_are_no_tokens_are_refused)
{
    EVC_CHECK_CODE(add(bad_names[_i], "v"), ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(headers.count, 0);
}
END_TEST

static const char *const bad_values[] = {"a\rb", "a\nb",  "\r\nX: y",
                                         "\x01", "a\x1f", "\x7f"};

START_TEST(values_with_control_bytes_are_refused)
{
    EVC_CHECK_CODE(add("A", bad_values[_i]), ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(headers.count, 0);
}
END_TEST

START_TEST(value_with_a_nul_is_refused)
{
    EVC_CHECK_CODE(evc_headers_add(&headers, "A", evc_view_of("a\0b", 3), NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(tabs_spaces_and_other_letters_may_be_in_values)
{
    EVC_CHECK_OK(add("A", "a\tb c \xc3\xa4"));
}
END_TEST

START_TEST(value_of_the_limit_is_taken)
{
    static char value[EVC_HEADER_VALUE_MAX + 1];

    memset(value, 'v', sizeof(value));
    EVC_CHECK_OK(
        evc_headers_add(&headers, "A", evc_view_of(value, EVC_HEADER_VALUE_MAX), NULL));
    EVC_CHECK_CODE(evc_headers_add(&headers, "A",
                                   evc_view_of(value, EVC_HEADER_VALUE_MAX + 1), NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(as_many_as_the_limit_are_taken)
{
    for (unsigned i = 0; i < EVC_HEADERS_MAX; i++)
        EVC_CHECK_OK(add("A", "v"));
    EVC_CHECK_CODE(add("A", "v"), ENVCRYPT_E_ARGUMENT);
    /* In the place of others there is room. */
    EVC_CHECK_OK(evc_headers_set(&headers, "A", evc_view_text("w"), NULL));
    ck_assert_uint_eq(headers.count, 1);
}
END_TEST

START_TEST(message_shows_no_value)
{
    EVC_CHECK_CODE(add("A", "planted\n"), ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(strstr(evc_error_message(error), "planted"));
}
END_TEST

START_TEST(value_is_wiped_before_it_is_freed)
{
    char seen[8] = "unset..";

    EVC_CHECK_OK(evc_headers_add_secret(&headers, "A", evc_view_text("planted"), NULL));
    evc_alloc_watch(headers.items[0].value, 7, seen);
    evc_headers_reset(&headers);
    ck_assert(evc_alloc_was_freed());
    ck_assert(evc_mem_is_zero(seen, 7));
}
END_TEST

START_TEST(value_that_is_replaced_is_wiped)
{
    char seen[8] = "unset..";

    EVC_CHECK_OK(add("A", "planted"));
    evc_alloc_watch(headers.items[0].value, 7, seen);
    EVC_CHECK_OK(evc_headers_set(&headers, "A", evc_view_text("b"), NULL));
    ck_assert(evc_alloc_was_freed());
    ck_assert(evc_mem_is_zero(seen, 7));
}
END_TEST

static int
fill(void *user)
{
    evc_headers own;
    int rc = 0;

    (void)user;
    evc_headers_init(&own);
    for (int i = 0; i < 10 && !rc; i++)
        rc = evc_headers_add(&own, "A", evc_view_text("v"), NULL);
    evc_headers_reset(&own);
    return rc;
}

START_TEST(memory_that_runs_out_is_nomem)
{
    ck_assert_uint_ge(evc_alloc_sweep(fill, NULL), 22);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        fields_stand_in_their_order,
        first_of_a_name_is_found_in_any_case,
        set_takes_the_place_of_all_of_the_name,
        secret_is_marked,
        lower_lowers_the_name_alone,
        lower_takes_names_up_to_its_limit,
        value_with_a_nul_is_refused,
        tabs_spaces_and_other_letters_may_be_in_values,
        value_of_the_limit_is_taken,
        as_many_as_the_limit_are_taken,
        message_shows_no_value,
        value_is_wiped_before_it_is_freed,
        value_that_is_replaced_is_wiped,
        memory_that_runs_out_is_nomem,
        NULL,
    };
    TCase *tcase = tcase_create("headers");

    tcase_add_checked_fixture(tcase, begin, forget);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, names_that_are_no_tokens_are_refused, 0,
                        (int)(sizeof(bad_names) / sizeof(bad_names[0])));
    tcase_add_loop_test(tcase, values_with_control_bytes_are_refused, 0,
                        (int)(sizeof(bad_values) / sizeof(bad_values[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("headers", add_tests)
