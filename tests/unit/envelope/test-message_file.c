/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/message_file.h"

#include "evc-check.h"

static uint32_t
frame_length_of(uint64_t size)
{
    return evc_message_file_frame_length(evc_config_or_default(NULL), size);
}

START_TEST(small_files_have_frames_of_4_kib)
{
    ck_assert_uint_eq(frame_length_of(0), 4096);
}
END_TEST

START_TEST(one_mib_still_has_frames_of_4_kib)
{
    ck_assert_uint_eq(frame_length_of(1 << 20), 4096);
}
END_TEST

START_TEST(past_one_mib_frames_are_longer)
{
    ck_assert_uint_gt(frame_length_of((1 << 20) + 1), 4096);
}
END_TEST

START_TEST(large_files_have_frames_of_256_kib)
{
    ck_assert_uint_eq(frame_length_of(UINT64_C(64) << 20), 262144);
}
END_TEST

START_TEST(frames_grow_no_further)
{
    ck_assert_uint_eq(frame_length_of(UINT64_C(1) << 40), 262144);
}
END_TEST

START_TEST(frames_keep_to_the_limit)
{
    evc_config config = *evc_config_or_default(NULL);

    config.max_frame = 10000;
    ck_assert_uint_le(evc_message_file_frame_length(&config, UINT64_C(1) << 40), 10000);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        small_files_have_frames_of_4_kib,
        one_mib_still_has_frames_of_4_kib,
        past_one_mib_frames_are_longer,
        large_files_have_frames_of_256_kib,
        frames_grow_no_further,
        frames_keep_to_the_limit,
        NULL,
    };

    evc_check_add(suite, "message_file", tests);
}

EVC_TEST_MAIN("message_file", add_tests)
