/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/room.h"

#include "base/mem.h"
#include "evc-check.h"

START_TEST(memory_takes_what_fits)
{
    uint8_t memory[4];
    evc_room room = evc_room_memory(memory, sizeof memory);
    uint8_t *at;

    EVC_CHECK_OK(evc_room_take(&room, 4, &at, NULL));
    ck_assert_ptr_eq(at, memory);
    ck_assert_uint_eq(room.made, 4);
}
END_TEST

START_TEST(memory_tells_what_is_needed_of_one_byte_more)
{
    uint8_t memory[4];
    evc_room room = evc_room_memory(memory, sizeof memory);
    uint8_t *at;

    EVC_CHECK_CODE(evc_room_take(&room, 5, &at, NULL), ENVCRYPT_E_BUFFER_TOO_SMALL);
    evc_room_clear(&room, ENVCRYPT_E_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(room.made, 5);
}
END_TEST

START_TEST(a_result_without_bytes_needs_no_memory)
{
    evc_room room = evc_room_memory(NULL, 0);
    uint8_t *at;

    EVC_CHECK_OK(evc_room_take(&room, 0, &at, NULL));
    ck_assert_ptr_nonnull(at);
}
END_TEST

START_TEST(a_buffer_grows_with_a_byte_to_spare)
{
    evc_buf buf;
    evc_room room;
    uint8_t *at;

    evc_buf_init(&buf);
    room = evc_room_buf(&buf);
    EVC_CHECK_OK(evc_room_take(&room, 100, &at, NULL));
    ck_assert_ptr_eq(at, buf.data);
    ck_assert_uint_eq(buf.size, 100);
    ck_assert_uint_gt(buf.capacity, 100);
    evc_buf_reset(&buf);
}
END_TEST

START_TEST(a_result_may_be_shorter_than_its_room)
{
    evc_buf buf;
    evc_room room;
    uint8_t *at;

    evc_buf_init(&buf);
    room = evc_room_buf(&buf);
    EVC_CHECK_OK(evc_room_take(&room, 100, &at, NULL));
    evc_room_shorten(&room, 60);
    ck_assert_uint_eq(room.made, 60);
    ck_assert_uint_eq(buf.size, 60);
    evc_buf_reset(&buf);
}
END_TEST

START_TEST(more_than_all_memory_is_out_of_memory)
{
    evc_room room = evc_room_memory(NULL, 0);
    uint8_t *at;

    EVC_CHECK_CODE(evc_room_take(&room, UINT64_MAX, &at, NULL), ENVCRYPT_E_NOMEM);
}
END_TEST

START_TEST(after_a_failure_memory_is_zero)
{
    uint8_t memory[4] = {1, 2, 3, 4};
    evc_room room = evc_room_memory(memory, sizeof memory);

    evc_room_clear(&room, ENVCRYPT_E_FRAME_AUTH);
    ck_assert(evc_mem_is_zero(memory, sizeof memory));
    ck_assert_uint_eq(room.made, 0);
}
END_TEST

START_TEST(after_a_failure_the_buffer_is_empty)
{
    evc_buf buf;
    evc_room room;
    uint8_t *at;

    evc_buf_init(&buf);
    room = evc_room_buf(&buf);
    EVC_CHECK_OK(evc_room_take(&room, 100, &at, NULL));
    evc_room_clear(&room, ENVCRYPT_E_FRAME_AUTH);
    ck_assert_uint_eq(buf.size, 0);
    ck_assert_ptr_null(buf.data);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        memory_takes_what_fits,
        memory_tells_what_is_needed_of_one_byte_more,
        a_result_without_bytes_needs_no_memory,
        a_buffer_grows_with_a_byte_to_spare,
        a_result_may_be_shorter_than_its_room,
        more_than_all_memory_is_out_of_memory,
        after_a_failure_memory_is_zero,
        after_a_failure_the_buffer_is_empty,
        NULL,
    };

    evc_check_add(suite, "room", tests);
}

EVC_TEST_MAIN("room", add_tests)
