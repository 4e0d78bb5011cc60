/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/pump.h"

#include "envelope/frame.h"
#include "evc-check.h"

static void
check_bound(uint64_t plain_size)
{
    ck_assert_uint_eq(evc_pump_plain_size(100, evc_body_size(100, plain_size)),
                      plain_size);
}

START_TEST(the_plaintext_of_an_empty_body_is_empty)
{
    check_bound(0);
}
END_TEST

START_TEST(the_plaintext_of_a_part_of_a_frame_is_exact)
{
    check_bound(99);
}
END_TEST

START_TEST(the_plaintext_of_full_frames_is_exact)
{
    check_bound(300);
}
END_TEST

START_TEST(the_plaintext_of_frames_and_a_part_is_exact)
{
    check_bound(301);
}
END_TEST

START_TEST(a_chunk_holds_a_frame)
{
    ck_assert_uint_ge(evc_pump_chunk(262144, 1), 262144);
}
END_TEST

START_TEST(a_chunk_holds_work_for_each_thread)
{
    ck_assert_uint_ge(evc_pump_chunk(262144, 8), 8 * 262144);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        the_plaintext_of_an_empty_body_is_empty,
        the_plaintext_of_a_part_of_a_frame_is_exact,
        the_plaintext_of_full_frames_is_exact,
        the_plaintext_of_frames_and_a_part_is_exact,
        a_chunk_holds_a_frame,
        a_chunk_holds_work_for_each_thread,
        NULL,
    };

    evc_check_add(suite, "pump", tests);
}

EVC_TEST_MAIN("pump", add_tests)
