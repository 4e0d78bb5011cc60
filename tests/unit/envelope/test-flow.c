/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/flow.h"

#include "evc-check.h"

static uint8_t out[8];
static evc_flow flow;

static void
begin(const char *in, size_t capacity)
{
    memset(out, '.', sizeof out);
    evc_flow_init(&flow, evc_view_text(in), out, capacity);
}

START_TEST(gives_what_fits_and_keeps_the_rest)
{
    evc_cursor ready = evc_cursor_of("abcdef", 6);

    begin("", 4);
    ck_assert(!evc_flow_give(&flow, &ready));
    ck_assert_mem_eq(out, "abcd....", 8);
    ck_assert_uint_eq(flow.made, 4);
    ck_assert_uint_eq(evc_flow_room(&flow), 0);
    begin("", 4);
    ck_assert(evc_flow_give(&flow, &ready));
    ck_assert_mem_eq(out, "ef......", 8);
    ck_assert_uint_eq(flow.made, 2);
}
END_TEST

START_TEST(giving_nothing_needs_no_room)
{
    evc_cursor ready = evc_cursor_of(NULL, 0);

    evc_flow_init(&flow, evc_view_of(NULL, 0), NULL, 0);
    ck_assert(evc_flow_give(&flow, &ready));
    ck_assert_uint_eq(flow.made, 0);
}
END_TEST

START_TEST(gives_nothing_without_room)
{
    evc_cursor ready = evc_cursor_of("a", 1);

    evc_flow_init(&flow, evc_view_of(NULL, 0), NULL, 0);
    ck_assert(!evc_flow_give(&flow, &ready));
    ck_assert_uint_eq(evc_cursor_left(&ready), 1);
}
END_TEST

START_TEST(takes_room_only_where_all_fits)
{
    begin("", 4);
    ck_assert_ptr_null(evc_flow_take_room(&flow, 5));
    ck_assert_uint_eq(flow.made, 0);
    ck_assert_ptr_eq(evc_flow_take_room(&flow, 3), out);
    ck_assert_ptr_null(evc_flow_take_room(&flow, 2));
    ck_assert_ptr_eq(evc_flow_take_room(&flow, 1), &out[3]);
    ck_assert_uint_eq(flow.made, 4);
}
END_TEST

START_TEST(room_of_no_bytes_is_no_place)
{
    begin("", 4);
    ck_assert_ptr_null(evc_flow_take_room(&flow, 0));
}
END_TEST

START_TEST(collects_over_several_calls_and_takes_no_more)
{
    uint8_t memory[4];
    size_t have = 0;

    begin("ab", 0);
    ck_assert(!evc_flow_collect(&flow, memory, &have, 4));
    ck_assert_uint_eq(have, 2);
    begin("cdef", 0);
    ck_assert(evc_flow_collect(&flow, memory, &have, 4));
    ck_assert_mem_eq(memory, "abcd", 4);
    ck_assert_uint_eq(evc_cursor_left(&flow.in), 2);
}
END_TEST

START_TEST(has_collected_when_it_needs_nothing)
{
    uint8_t memory[1] = {'x'};
    size_t have = 1;

    begin("a", 0);
    ck_assert(evc_flow_collect(&flow, memory, &have, 1));
    ck_assert_uint_eq(evc_cursor_left(&flow.in), 1);
    ck_assert_uint_eq(memory[0], 'x');
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        gives_what_fits_and_keeps_the_rest,
        giving_nothing_needs_no_room,
        gives_nothing_without_room,
        takes_room_only_where_all_fits,
        room_of_no_bytes_is_no_place,
        collects_over_several_calls_and_takes_no_more,
        has_collected_when_it_needs_nothing,
        NULL,
    };

    evc_check_add(suite, "flow", tests);
}

EVC_TEST_MAIN("flow", add_tests)
