/* SPDX-License-Identifier: Apache-2.0 */
#include "base/view.h"

#include "evc-check.h"

static const uint8_t bytes[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
                                0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f};

START_TEST(text_of_null_is_empty)
{
    ck_assert_uint_eq(evc_view_text(NULL).size, 0);
}
END_TEST

START_TEST(text_is_without_its_nul)
{
    ck_assert_uint_eq(evc_view_text("abc").size, 3);
}
END_TEST

START_TEST(empty_views_are_equal_whatever_they_point_to)
{
    ck_assert(evc_view_equal(evc_view_of(NULL, 0), evc_view_of(bytes, 0)));
}
END_TEST

START_TEST(a_prefix_is_not_equal)
{
    ck_assert(!evc_view_equal(evc_view_text("ab"), evc_view_text("abc")));
}
END_TEST

START_TEST(same_size_and_other_bytes_are_not_equal)
{
    ck_assert(!evc_view_equal(evc_view_text("abd"), evc_view_text("abc")));
}
END_TEST

START_TEST(is_text_wants_all_of_it)
{
    ck_assert(evc_view_is_text(evc_view_text("abc"), "abc"));
    ck_assert(!evc_view_is_text(evc_view_text("abc"), "ab"));
}
END_TEST

START_TEST(starts_with_a_prefix)
{
    ck_assert(evc_view_starts_with(evc_view_text("abc"), "ab"));
    ck_assert(evc_view_starts_with(evc_view_text("abc"), "abc"));
    ck_assert(evc_view_starts_with(evc_view_text("abc"), ""));
}
END_TEST

START_TEST(does_not_start_with_more_than_itself)
{
    ck_assert(!evc_view_starts_with(evc_view_text("ab"), "abc"));
}
END_TEST

static const struct order {
    const char *a, *b;
    int expected;
} orders[] = {
    {"", "", 0},    {"", "a", -1},         {"a", "", 1},        {"a", "ab", -1},
    {"ab", "a", 1}, {"ab", "b", -1},       {"b", "ab", 1},      {"abc", "abc", 0},
    {"Z", "a", -1}, {"a", "\xc3\xa4", -1}, {"\xff", "\x7f", 1},
};

START_TEST(compares_unsigned_bytes_shorter_first)
{
    const struct order *row = &orders[_i];

    ck_assert_int_eq(evc_view_compare(evc_view_text(row->a), evc_view_text(row->b)),
                     row->expected);
}
END_TEST

START_TEST(reads_big_endian_numbers)
{
    evc_cursor c = evc_cursor_of(bytes, sizeof(bytes));

    ck_assert_uint_eq(evc_cursor_u8(&c), 0x01);
    ck_assert_uint_eq(evc_cursor_u16(&c), 0x0203);
    ck_assert_uint_eq(evc_cursor_u32(&c), 0x04050607);
    ck_assert_uint_eq(evc_cursor_u64(&c), UINT64_C(0x08090a0b0c0d0e0f));
    ck_assert(evc_cursor_done(&c));
}
END_TEST

START_TEST(a_number_that_is_cut_fails_and_gives_zero)
{
    evc_cursor c = evc_cursor_of(bytes, 3);

    ck_assert_uint_eq(evc_cursor_u32(&c), 0);
    ck_assert(c.failed);
}
END_TEST

START_TEST(after_a_failure_every_read_gives_nothing)
{
    evc_cursor c = evc_cursor_of(bytes, 3);

    (void)evc_cursor_u32(&c);
    ck_assert_uint_eq(evc_cursor_u8(&c), 0);
    ck_assert_uint_eq(evc_cursor_bytes(&c, 1).size, 0);
    ck_assert_uint_eq(evc_cursor_bytes(&c, 0).size, 0);
    ck_assert_uint_eq(evc_cursor_left(&c), 0);
    ck_assert(!evc_cursor_done(&c));
}
END_TEST

START_TEST(bytes_up_to_the_end_are_borrowed)
{
    evc_cursor c = evc_cursor_of(bytes, 4);
    evc_view got;

    (void)evc_cursor_u8(&c);
    got = evc_cursor_bytes(&c, 3);
    ck_assert_ptr_eq(got.data, &bytes[1]);
    ck_assert_uint_eq(got.size, 3);
    ck_assert(evc_cursor_done(&c));
}
END_TEST

START_TEST(one_byte_past_the_end_fails)
{
    evc_cursor c = evc_cursor_of(bytes, 4);

    (void)evc_cursor_u8(&c);
    ck_assert_uint_eq(evc_cursor_bytes(&c, 4).size, 0);
    ck_assert(c.failed);
}
END_TEST

START_TEST(a_size_that_would_wrap_fails)
{
    evc_cursor c = evc_cursor_of(bytes, 4);

    (void)evc_cursor_u8(&c);
    (void)evc_cursor_bytes(&c, SIZE_MAX);
    ck_assert(c.failed);
}
END_TEST

START_TEST(no_bytes_of_no_input_is_fine)
{
    evc_cursor c = evc_cursor_of(NULL, 0);

    (void)evc_cursor_bytes(&c, 0);
    ck_assert(evc_cursor_done(&c));
}
END_TEST

START_TEST(reads_a_counted_field)
{
    const uint8_t input[] = {0, 2, 'a', 'b'};
    evc_cursor c = evc_cursor_of(input, sizeof(input));

    ck_assert(evc_view_is_text(evc_cursor_bytes16(&c), "ab"));
}
END_TEST

START_TEST(a_counted_field_past_the_end_fails)
{
    const uint8_t input[] = {0, 3, 'a', 'b'};
    evc_cursor c = evc_cursor_of(input, sizeof(input));

    ck_assert_uint_eq(evc_cursor_bytes16(&c).size, 0);
    ck_assert(c.failed);
}
END_TEST

START_TEST(copies_bytes)
{
    evc_cursor c = evc_cursor_of(bytes, 4);
    uint8_t out[4];

    evc_cursor_copy(&c, out, 4);
    ck_assert_mem_eq(out, bytes, 4);
}
END_TEST

START_TEST(a_failed_copy_zeroes_its_output)
{
    const uint8_t zeros[4] = {0};
    evc_cursor c = evc_cursor_of(bytes, 3);
    uint8_t out[4] = {1, 1, 1, 1};

    evc_cursor_copy(&c, out, 4);
    ck_assert_mem_eq(out, zeros, 4);
}
END_TEST

START_TEST(peek_reads_nothing)
{
    evc_cursor c = evc_cursor_of("ab", 2);

    ck_assert_uint_eq(evc_cursor_peek(&c), 'a');
    ck_assert_uint_eq(evc_cursor_u8(&c), 'a');
    ck_assert_uint_eq(evc_cursor_u8(&c), 'b');
    ck_assert_uint_eq(evc_cursor_peek(&c), 0);
    ck_assert(evc_cursor_done(&c));
}
END_TEST

START_TEST(until_takes_part_after_part)
{
    evc_cursor c = evc_cursor_of_view(evc_view_text("a,,bc,"));

    ck_assert(evc_view_is_text(evc_cursor_until(&c, ','), "a"));
    ck_assert_uint_eq(evc_cursor_until(&c, ',').size, 0);
    ck_assert(evc_view_is_text(evc_cursor_until(&c, ','), "bc"));
    ck_assert_uint_eq(evc_cursor_left(&c), 0);
    ck_assert_uint_eq(evc_cursor_until(&c, ',').size, 0);
    ck_assert(evc_cursor_done(&c));
}
END_TEST

START_TEST(until_takes_all_where_the_byte_is_not)
{
    evc_cursor c = evc_cursor_of_view(evc_view_text("abc"));

    ck_assert(evc_view_is_text(evc_cursor_until(&c, ','), "abc"));
    ck_assert(evc_cursor_done(&c));
}
END_TEST

START_TEST(until_gives_nothing_after_a_failure)
{
    evc_cursor c = evc_cursor_of_view(evc_view_text("a,b"));

    (void)evc_cursor_bytes(&c, 4);
    ck_assert_uint_eq(evc_cursor_until(&c, ',').size, 0);
    ck_assert_uint_eq(evc_cursor_peek(&c), 0);
}
END_TEST

START_TEST(since_gives_what_was_read)
{
    evc_cursor c = evc_cursor_of(bytes, 8);
    evc_view since;

    (void)evc_cursor_u16(&c);
    (void)evc_cursor_u32(&c);
    since = evc_cursor_since(&c, 2);
    ck_assert_ptr_eq(since.data, &bytes[2]);
    ck_assert_uint_eq(since.size, 4);
}
END_TEST

START_TEST(since_a_later_place_is_empty)
{
    evc_cursor c = evc_cursor_of(bytes, 8);

    ck_assert_uint_eq(evc_cursor_since(&c, 1).size, 0);
}
END_TEST

START_TEST(since_is_empty_after_a_failure)
{
    evc_cursor c = evc_cursor_of(bytes, 3);

    (void)evc_cursor_u16(&c);
    (void)evc_cursor_u16(&c);
    ck_assert_uint_eq(evc_cursor_since(&c, 0).size, 0);
}
END_TEST

START_TEST(text_of_a_view_ends_with_a_nul)
{
    char text[5] = {'x', 'x', 'x', 'x', '\0'};

    evc_view_to_text(evc_view_of("abcdef", 3), text);
    ck_assert_str_eq(text, "abc");
}
END_TEST

START_TEST(text_of_no_bytes_is_empty)
{
    char text[2] = "x";

    evc_view_to_text(evc_view_of(NULL, 0), text);
    ck_assert_str_eq(text, "");
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const views[] = {text_of_null_is_empty,
                                  text_is_without_its_nul,
                                  empty_views_are_equal_whatever_they_point_to,
                                  a_prefix_is_not_equal,
                                  same_size_and_other_bytes_are_not_equal,
                                  is_text_wants_all_of_it,
                                  starts_with_a_prefix,
                                  does_not_start_with_more_than_itself,
                                  text_of_a_view_ends_with_a_nul,
                                  text_of_no_bytes_is_empty,
                                  NULL};
    const TTest *const cursors[] = {reads_big_endian_numbers,
                                    a_number_that_is_cut_fails_and_gives_zero,
                                    after_a_failure_every_read_gives_nothing,
                                    bytes_up_to_the_end_are_borrowed,
                                    one_byte_past_the_end_fails,
                                    a_size_that_would_wrap_fails,
                                    no_bytes_of_no_input_is_fine,
                                    reads_a_counted_field,
                                    a_counted_field_past_the_end_fails,
                                    copies_bytes,
                                    a_failed_copy_zeroes_its_output,
                                    peek_reads_nothing,
                                    until_takes_part_after_part,
                                    until_takes_all_where_the_byte_is_not,
                                    until_gives_nothing_after_a_failure,
                                    since_gives_what_was_read,
                                    since_a_later_place_is_empty,
                                    since_is_empty_after_a_failure,
                                    NULL};
    TCase *rows = tcase_create("order");

    evc_check_add(suite, "views", views);
    evc_check_add(suite, "cursors", cursors);
    tcase_add_loop_test(rows, compares_unsigned_bytes_shorter_first, 0,
                        (int)(sizeof(orders) / sizeof(orders[0])));
    suite_add_tcase(suite, rows);
}

EVC_TEST_MAIN("view", add_tests)
