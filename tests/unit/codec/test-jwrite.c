/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/jwrite.h"

#include "evc-check.h"

static evc_buf buf;
static evc_jwrite w;

static void
begin(bool pretty)
{
    evc_buf_init(&buf);
    evc_jwrite_begin(&w, &buf, pretty);
}

static void
check_text(const char *expected)
{
    EVC_CHECK_OK(evc_jwrite_finish(&w, NULL));
    ck_assert_uint_eq(buf.size, strlen(expected));
    ck_assert_mem_eq(buf.data, expected, buf.size);
    evc_buf_reset(&buf);
}

static void
check_unfinished(void)
{
    ck_assert(!buf.failed);
    ck_assert_int_eq(evc_jwrite_finish(&w, NULL), ENVCRYPT_E_INTERNAL);
    ck_assert(buf.failed);
    evc_buf_reset(&buf);
}

/* The mistake showed at once, not only at the end. */
static void
check_failed(int code)
{
    ck_assert(buf.failed);
    ck_assert_int_eq(evc_jwrite_finish(&w, NULL), code);
    evc_buf_reset(&buf);
}

/* Every kind of value, nested and empty levels. */
static void
write_sample(void)
{
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "text");
    evc_jwrite_text(&w, "x");
    evc_jwrite_name(&w, "list");
    evc_jwrite_array(&w);
    evc_jwrite_integer(&w, 1);
    evc_jwrite_bool(&w, true);
    evc_jwrite_null(&w);
    evc_jwrite_end(&w);
    evc_jwrite_name(&w, "none");
    evc_jwrite_object(&w);
    evc_jwrite_end(&w);
    evc_jwrite_end(&w);
}

START_TEST(writes_compact)
{
    begin(false);
    write_sample();
    check_text("{\"text\":\"x\",\"list\":[1,true,null],\"none\":{}}");
}
END_TEST

START_TEST(writes_members)
{
    begin(false);
    evc_jwrite_object(&w);
    evc_jwrite_member_text(&w, "text", "x");
    evc_jwrite_member_integer(&w, "number", -1);
    evc_jwrite_member_bool(&w, "flag", false);
    evc_jwrite_end(&w);
    check_text("{\"text\":\"x\",\"number\":-1,\"flag\":false}");
}
END_TEST

START_TEST(writes_pretty)
{
    begin(true);
    write_sample();
    check_text("{\n"
               "  \"text\": \"x\",\n"
               "  \"list\": [\n"
               "    1,\n"
               "    true,\n"
               "    null\n"
               "  ],\n"
               "  \"none\": {}\n"
               "}\n");
}
END_TEST

START_TEST(writes_empty_array)
{
    begin(true);
    evc_jwrite_array(&w);
    evc_jwrite_end(&w);
    check_text("[]\n");
}
END_TEST

START_TEST(appends_to_what_the_buffer_holds)
{
    begin(false);
    evc_buf_put_text(&buf, "data: ");
    evc_jwrite_array(&w);
    evc_jwrite_end(&w);
    check_text("data: []");
}
END_TEST

static const struct {
    const char *text;
    size_t size;
    const char *written;
} strings[] = {
    {"", 0, "[\"\"]"},
    {"\"\\/", 3, "[\"\\\"\\\\/\"]"},
    {"\b\f\n\r\t", 5, "[\"\\b\\f\\n\\r\\t\"]"},
    {"\0\x01\x1f ", 4, "[\"\\u0000\\u0001\\u001f \"]"},
    {"~\x7f", 2, "[\"~\\u007f\"]"},
    {"\xc2\x80\xc2\x9f\xc2\xa0", 6, "[\"\\u0080\\u009f\xc2\xa0\"]"},
    {"\xc3\x80\xe2\x82\xac\xf0\x9f\x98\x80", 9,
     "[\"\xc3\x80\xe2\x82\xac\xf0\x9f\x98\x80\"]"},
};

START_TEST(writes_string)
{
    begin(false);
    evc_jwrite_array(&w);
    evc_jwrite_view(&w, evc_view_of(strings[_i].text, strings[_i].size));
    evc_jwrite_end(&w);
    check_text(strings[_i].written);
}
END_TEST

START_TEST(escapes_names)
{
    begin(false);
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "a\"\n");
    evc_jwrite_integer(&w, 0);
    evc_jwrite_end(&w);
    check_text("{\"a\\\"\\n\":0}");
}
END_TEST

START_TEST(json_goes_in_as_it_is_where_a_value_may_stand)
{
    begin(false);
    evc_jwrite_array(&w);
    evc_jwrite_json(&w, evc_view_text("{\"a\":1.5}"));
    evc_jwrite_json(&w, evc_view_text("2"));
    evc_jwrite_end(&w);
    check_text("[{\"a\":1.5},2]");
    begin(false);
    evc_jwrite_object(&w);
    evc_jwrite_json(&w, evc_view_text("2"));
    check_failed(ENVCRYPT_E_INTERNAL);
}
END_TEST

START_TEST(null_text_is_null)
{
    begin(false);
    evc_jwrite_array(&w);
    evc_jwrite_text(&w, NULL);
    evc_jwrite_end(&w);
    check_text("[null]");
}
END_TEST

START_TEST(writes_bytes_as_hex_and_base64)
{
    evc_view bytes = evc_view_of("\x00\xff\x10\x80", 4);

    begin(false);
    evc_jwrite_array(&w);
    evc_jwrite_hex(&w, bytes);
    evc_jwrite_base64(&w, bytes);
    evc_jwrite_hex(&w, evc_view_of(NULL, 0));
    evc_jwrite_base64(&w, evc_view_of(NULL, 0));
    evc_jwrite_end(&w);
    check_text("[\"00ff1080\",\"AP8QgA==\",\"\",\"\"]");
}
END_TEST

START_TEST(writes_the_widest_integers)
{
    begin(false);
    evc_jwrite_array(&w);
    evc_jwrite_integer(&w, INT64_MIN);
    evc_jwrite_integer(&w, INT64_MAX);
    evc_jwrite_bool(&w, false);
    evc_jwrite_end(&w);
    check_text("[-9223372036854775808,9223372036854775807,false]");
}
END_TEST

static const char *const bad_utf8[] = {
    "\xff",   "\x80",     "\xc0\x80",     "\xc2",
    "\xc2\"", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80",
};

START_TEST(refuses_invalid_utf8)
{
    begin(false);
    evc_jwrite_array(&w);
    evc_jwrite_text(&w, bad_utf8[_i]);
    evc_jwrite_end(&w);
    check_failed(ENVCRYPT_E_UTF8);
}
END_TEST

START_TEST(refuses_invalid_utf8_in_a_name)
{
    begin(false);
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "\xff");
    check_failed(ENVCRYPT_E_UTF8);
}
END_TEST

START_TEST(the_first_mistake_stays)
{
    begin(false);
    evc_jwrite_array(&w);
    evc_jwrite_text(&w, "\xff");
    evc_jwrite_name(&w, "misuse");
    check_failed(ENVCRYPT_E_UTF8);
}
END_TEST

static void
write_levels(unsigned levels)
{
    begin(false);
    for (unsigned i = 0; i < levels; i++)
        evc_jwrite_array(&w);
    for (unsigned i = 0; i < levels; i++)
        evc_jwrite_end(&w);
}

START_TEST(nests_to_the_limit)
{
    write_levels(EVC_JWRITE_MAX_DEPTH);
    check_text("[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]");
}
END_TEST

START_TEST(refuses_one_level_more)
{
    write_levels(EVC_JWRITE_MAX_DEPTH + 1);
    check_failed(ENVCRYPT_E_INTERNAL);
}
END_TEST

START_TEST(refuses_nothing_at_all)
{
    begin(false);
    check_unfinished();
}
END_TEST

START_TEST(refuses_an_open_level_at_the_end)
{
    begin(false);
    evc_jwrite_array(&w);
    check_unfinished();
}
END_TEST

START_TEST(refuses_an_end_too_many)
{
    begin(false);
    evc_jwrite_array(&w);
    evc_jwrite_end(&w);
    evc_jwrite_end(&w);
    check_failed(ENVCRYPT_E_INTERNAL);
}
END_TEST

START_TEST(refuses_a_second_document)
{
    begin(false);
    evc_jwrite_array(&w);
    evc_jwrite_end(&w);
    evc_jwrite_object(&w);
    check_failed(ENVCRYPT_E_INTERNAL);
}
END_TEST

START_TEST(refuses_a_scalar_outside)
{
    begin(false);
    evc_jwrite_null(&w);
    check_failed(ENVCRYPT_E_INTERNAL);
}
END_TEST

START_TEST(refuses_a_value_without_a_name)
{
    begin(false);
    evc_jwrite_object(&w);
    evc_jwrite_integer(&w, 1);
    check_failed(ENVCRYPT_E_INTERNAL);
}
END_TEST

START_TEST(refuses_a_level_without_a_name)
{
    begin(false);
    evc_jwrite_object(&w);
    evc_jwrite_array(&w);
    check_failed(ENVCRYPT_E_INTERNAL);
}
END_TEST

START_TEST(refuses_two_values_for_a_name)
{
    begin(false);
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "a");
    evc_jwrite_integer(&w, 1);
    evc_jwrite_integer(&w, 2);
    check_failed(ENVCRYPT_E_INTERNAL);
}
END_TEST

START_TEST(refuses_a_name_after_a_name)
{
    begin(false);
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "a");
    evc_jwrite_name(&w, "b");
    check_failed(ENVCRYPT_E_INTERNAL);
}
END_TEST

START_TEST(refuses_an_end_after_a_name)
{
    begin(false);
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "a");
    evc_jwrite_end(&w);
    check_failed(ENVCRYPT_E_INTERNAL);
}
END_TEST

START_TEST(refuses_a_name_in_an_array)
{
    begin(false);
    evc_jwrite_array(&w);
    evc_jwrite_name(&w, "a");
    check_failed(ENVCRYPT_E_INTERNAL);
}
END_TEST

START_TEST(refuses_no_name)
{
    begin(false);
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, NULL);
    check_failed(ENVCRYPT_E_INTERNAL);
}
END_TEST

/* A buffer without room is no mistake in the order of the parts. */
START_TEST(a_full_buffer_keeps_its_code)
{
    char memory[8];

    evc_buf_init_fixed(&buf, memory, sizeof memory);
    evc_jwrite_begin(&w, &buf, false);
    write_sample();
    check_failed(ENVCRYPT_E_BUFFER_TOO_SMALL);
}
END_TEST

START_TEST(fills_a_fixed_buffer_to_its_end)
{
    char memory[6];

    evc_buf_init_fixed(&buf, memory, sizeof memory);
    evc_jwrite_begin(&w, &buf, false);
    evc_jwrite_array(&w);
    evc_jwrite_bool(&w, true);
    evc_jwrite_end(&w);
    check_text("[true]");
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))

static void
add_tests(Suite *suite)
{
    const TTest *const output[] = {
        writes_compact,
        writes_members,
        writes_pretty,
        writes_empty_array,
        appends_to_what_the_buffer_holds,
        escapes_names,
        json_goes_in_as_it_is_where_a_value_may_stand,
        null_text_is_null,
        writes_bytes_as_hex_and_base64,
        writes_the_widest_integers,
        nests_to_the_limit,
        fills_a_fixed_buffer_to_its_end,
        NULL,
    };
    const TTest *const mistakes[] = {
        refuses_invalid_utf8_in_a_name,
        the_first_mistake_stays,
        refuses_one_level_more,
        refuses_nothing_at_all,
        refuses_an_open_level_at_the_end,
        refuses_an_end_too_many,
        refuses_a_second_document,
        refuses_a_scalar_outside,
        refuses_a_value_without_a_name,
        refuses_a_level_without_a_name,
        refuses_two_values_for_a_name,
        refuses_a_name_after_a_name,
        refuses_an_end_after_a_name,
        refuses_a_name_in_an_array,
        refuses_no_name,
        a_full_buffer_keeps_its_code,
        NULL,
    };
    TCase *rows = tcase_create("rows");

    evc_check_add(suite, "output", output);
    evc_check_add(suite, "mistakes", mistakes);
    tcase_add_loop_test(rows, writes_string, 0, ROWS(strings));
    tcase_add_loop_test(rows, refuses_invalid_utf8, 0, ROWS(bad_utf8));
    suite_add_tcase(suite, rows);
}

EVC_TEST_MAIN("jwrite", add_tests)
