/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/range.h"

#include "message-fixture.h"

#define LENGTH 16u /* of frames */
#define STRIDE (LENGTH + 32)

static evc_range *range;
static uint8_t back[PLAIN_MAX];

/* A source that counts what it is asked for. */
static struct {
    evc_view bytes;
    uint64_t asked;
    int calls;
    int fail_at; /* which call, from 1; 0: none */
    int destroyed;
} source;

static int32_t
read_at(void *user, uint64_t offset, void *to, size_t size)
{
    ck_assert_ptr_eq(user, &source);
    source.asked += size;
    source.calls++;
    if (source.calls == source.fail_at)
        return 1;
    ck_assert_uint_le(offset, source.bytes.size);
    ck_assert_uint_le(size, source.bytes.size - offset);
    memcpy(to, &source.bytes.data[offset], size);
    return 0;
}

static void
note_destroy(void *user)
{
    ck_assert_ptr_eq(user, &source);
    source.destroyed++;
}

static int
open_range(evc_view bytes, bool frames_only)
{
    evc_source from = {
        .size = bytes.size,
        .read_at = read_at,
        .user = &source,
        .destroy = note_destroy,
    };

    source.bytes = bytes;
    source.asked = 0;
    source.calls = 0;
    return evc_range_open(data_config.data_key ? NULL : keyring, &data_config, &from,
                          frames_only, NULL, &range, NULL);
}

static void
close_range(void)
{
    evc_range_free(range);
    range = NULL;
}

static int
read_range(uint64_t offset, size_t size, size_t *made)
{
    memset(back, 'x', sizeof back);
    return evc_range_read(range, offset, back, size, made, NULL);
}

static void
check_range(uint64_t offset, size_t size, size_t expected)
{
    size_t made = 0;

    EVC_CHECK_OK(read_range(offset, size, &made));
    ck_assert_uint_eq(made, expected);
    ck_assert_mem_eq(back, &plain_bytes[offset], expected);
}

/* -- opening ---------------------------------------------------------------------- */

static const size_t sizes[] = {0,          1,          LENGTH - 1,     LENGTH,
                               LENGTH + 1, 2 * LENGTH, 2 * LENGTH + 1, 1000};
#define SIZES 8

START_TEST(the_size_is_that_of_the_plaintext)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, LENGTH);

    for (int empty_final = 0; empty_final < 2; empty_final++) {
        b.empty_final = empty_final;
        EVC_CHECK_OK(open_range(build(&b, sizes[_i]), false));
        ck_assert_uint_eq(evc_range_size(range), sizes[_i]);
        close_range();
    }
}
END_TEST

START_TEST(frames_of_any_length_are_found)
{
    for (uint32_t length = 1; length < 70; length++) {
        evc_builder b = evc_builder_of(crypto, 0x0478, length);

        EVC_CHECK_OK(open_range(build(&b, sizes[_i]), false));
        ck_assert_uint_eq(evc_range_size(range), sizes[_i]);
        check_range(0, sizes[_i], sizes[_i]);
        close_range();
    }
}
END_TEST

/* The footer of a signed message varies by some bytes, so its frames are looked for. */
START_TEST(frames_of_signed_messages_are_found)
{
    static const uint16_t suites[] = {0x0214, 0x0378, 0x0578};

    for (size_t i = 0; i < 3; i++) {
        for (uint32_t length = 1; length < 140; length += 5) {
            evc_builder b = evc_builder_of(crypto, suites[i], length);

            EVC_CHECK_OK(open_range(build(&b, sizes[_i]), true));
            ck_assert_uint_eq(evc_range_size(range), sizes[_i]);
            close_range();
        }
    }
}
END_TEST

/* Whose signature nobody looks at, but where it ends. */
START_TEST(a_footer_of_any_length_is_found)
{
    for (uint32_t length = 1; length < 140; length += 13) {
        evc_builder b = evc_builder_of(crypto, 0x0578, length);
        size_t body_end = build(&b, sizes[_i]).size - 105;

        for (uint16_t size = 8; size <= EVC_EC_SIGNATURE_MAX; size++) {
            evc_buf_truncate(&message, body_end);
            evc_buf_put_bytes16(&message, evc_view_of(plain_bytes, size));
            EVC_CHECK_OK(open_range(evc_buf_view(&message), true));
            ck_assert_uint_eq(evc_range_size(range), sizes[_i]);
            close_range();
        }
    }
}
END_TEST

START_TEST(all_suites_are_read)
{
    evc_builder b = evc_builder_of(crypto, all_suites[_i], LENGTH);

    EVC_CHECK_OK(open_range(build(&b, 100), true));
    check_range(0, 100, 100);
    close_range();
}
END_TEST

START_TEST(a_signed_message_needs_the_flag)
{
    evc_builder b = evc_builder_of(crypto, 0x0578, LENGTH);
    evc_view bytes = build(&b, 100);

    EVC_CHECK_CODE(open_range(bytes, false), ENVCRYPT_E_POLICY_SIGNED);
    data_config.allow_signed = 1; /* is not enough */
    EVC_CHECK_CODE(open_range(bytes, false), ENVCRYPT_E_POLICY_SIGNED);
    EVC_CHECK_OK(open_range(bytes, true));
    close_range();
    data_config.allow_signed = 0;
    EVC_CHECK_CODE(open_range(bytes, true), ENVCRYPT_E_POLICY_SIGNED);
}
END_TEST

START_TEST(an_unframed_message_is_refused)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, 0);

    EVC_CHECK_CODE(open_range(build(&b, 100), false), ENVCRYPT_E_POLICY_UNFRAMED);
    ck_assert_ptr_null(range);
}
END_TEST

START_TEST(a_long_header_is_read_in_growing_pieces)
{
    static const char text[30000];
    evc_builder b = evc_builder_of(crypto, 0x0478, LENGTH);
    evc_kv stored;

    evc_kv_init(&stored);
    EVC_CHECK_OK(
        evc_kv_add(&stored, evc_view_text("n"), evc_view_of(text, 30000), NULL));
    b.stored = &stored;
    data_config.max_context = 65535;
    EVC_CHECK_OK(open_range(build(&b, 100), false));
    ck_assert_int_le(source.calls, 6);
    check_range(0, 100, 100);
    close_range();
    evc_kv_reset(&stored);
}
END_TEST

START_TEST(opening_reads_header_and_final_frame_alone)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, 1000);

    EVC_CHECK_OK(open_range(build(&b, 60 * 1000 + 1), false));
    ck_assert_uint_le(source.asked, 4096 + 24 + 41);
    close_range();
}
END_TEST

START_TEST(the_info_says_what_the_header_says)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, LENGTH);

    EVC_CHECK_OK(open_range(build(&b, 1), false));
    ck_assert_uint_eq(evc_range_info(range)->frame_length, LENGTH);
    ck_assert(evc_range_info(range)->verified);
    close_range();
}
END_TEST

START_TEST(the_source_is_destroyed_once)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, LENGTH);

    EVC_CHECK_OK(open_range(build(&b, 1), false));
    ck_assert_int_eq(source.destroyed, 0);
    close_range();
    ck_assert_int_eq(source.destroyed, 1);
    EVC_CHECK_CODE(open_range(evc_view_text("x"), false), ENVCRYPT_E_NOT_A_MESSAGE);
    ck_assert_int_eq(source.destroyed, 2);
}
END_TEST

/* -- reading ---------------------------------------------------------------------- */

START_TEST(every_range_gives_its_plaintext)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, 5);

    EVC_CHECK_OK(open_range(build(&b, 33), false));
    for (size_t offset = 0; offset <= 33; offset++)
        for (size_t size = 0; size <= 40; size++)
            check_range(offset, size, size < 33 - offset ? size : 33 - offset);
    close_range();
}
END_TEST

START_TEST(a_range_past_the_end_is_refused)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, LENGTH);
    size_t made = 1;

    EVC_CHECK_OK(open_range(build(&b, 33), false));
    EVC_CHECK_CODE(read_range(34, 1, &made), ENVCRYPT_E_RANGE);
    ck_assert_uint_eq(made, 0);
    EVC_CHECK_CODE(read_range(UINT64_MAX, 1, &made), ENVCRYPT_E_RANGE);
    check_range(33, 1, 0);
    close_range();
}
END_TEST

START_TEST(only_touched_frames_are_read)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, LENGTH);

    EVC_CHECK_OK(open_range(build(&b, 100 * LENGTH), false));
    source.asked = 0;
    check_range(10 * LENGTH, LENGTH, LENGTH);
    ck_assert_uint_eq(source.asked, STRIDE);
    source.asked = 0;
    check_range(20 * LENGTH - 1, 2, 2);
    ck_assert_uint_eq(source.asked, 2 * STRIDE);
    source.asked = 0;
    check_range(30 * LENGTH + 3, 5 * LENGTH, 5 * LENGTH);
    ck_assert_uint_eq(source.asked, 6 * STRIDE);
    close_range();
}
END_TEST

START_TEST(frames_in_a_row_are_read_at_once)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, LENGTH);

    EVC_CHECK_OK(open_range(build(&b, 1000 * LENGTH), false));
    source.calls = 0;
    check_range(0, 900 * LENGTH, 900 * LENGTH);
    ck_assert_int_eq(source.calls, 1);
    close_range();
}
END_TEST

START_TEST(small_reads_of_one_frame_fetch_it_once)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, LENGTH);

    EVC_CHECK_OK(open_range(build(&b, 100), false));
    source.asked = 0;
    for (uint64_t i = 0; i < LENGTH; i++)
        check_range(i, 1, 1);
    ck_assert_uint_eq(source.asked, STRIDE);
    close_range();
}
END_TEST

/* -- bad input -------------------------------------------------------------------- */

START_TEST(every_truncation_is_refused)
{
    evc_builder b = evc_builder_of(crypto, all_suites[_i], LENGTH);
    evc_view bytes = build(&b, 3 * LENGTH + 3);

    for (size_t size = 0; size < bytes.size; size++) {
        int rc = open_range(evc_view_of(bytes.data, size), true);

        ck_assert_msg(rc < 0, "%zu of %zu bytes are enough", size, bytes.size);
        EVC_CHECK_CODE(rc, ENVCRYPT_E_TRUNCATED);
    }
}
END_TEST

START_TEST(bytes_behind_the_end_are_refused)
{
    evc_builder b = evc_builder_of(crypto, all_suites[_i], LENGTH);

    (void)build(&b, 3 * LENGTH + 3);
    for (size_t extra = 1; extra < 3 * STRIDE; extra++) {
        int rc;

        evc_buf_put_u8(&message, 0);
        rc = open_range(evc_buf_view(&message), true);
        ck_assert_msg(rc < 0, "%zu bytes may follow", extra);
        ck_assert(rc == ENVCRYPT_E_TRAILING || rc == ENVCRYPT_E_TRUNCATED);
    }
}
END_TEST

static const uint16_t unsigned_suites[] = {0x0014, 0x0046, 0x0078, 0x0114,
                                           0x0146, 0x0178, 0x0478};
#define UNSIGNED_SUITES 7

START_TEST(every_flipped_bit_of_what_opening_reads_is_refused)
{
    evc_builder b = evc_builder_of(crypto, unsigned_suites[_i], LENGTH);
    evc_view bytes = build(&b, LENGTH + 3);
    size_t header = bytes.size - STRIDE - 43;

    for (size_t bit = 0; bit < 8 * bytes.size; bit++) {
        int rc;

        if (bit / 8 >= header && bit / 8 < header + STRIDE)
            continue;
        message.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        rc = open_range(bytes, false);
        ck_assert_msg(rc < 0, "bit %zu of byte %zu may be flipped", bit % 8, bit / 8);
        message.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}
END_TEST

START_TEST(every_flipped_bit_of_a_frame_is_refused_by_the_read)
{
    evc_builder b = evc_builder_of(crypto, unsigned_suites[_i], LENGTH);
    evc_view bytes = build(&b, LENGTH + 3);
    size_t frame = bytes.size - STRIDE - 43;

    EVC_CHECK_OK(open_range(bytes, false));
    for (size_t bit = 8 * frame; bit < 8 * (frame + STRIDE); bit++) {
        size_t made = 1;
        int rc;

        message.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        rc = read_range(0, LENGTH + 3, &made);
        ck_assert(rc == ENVCRYPT_E_FRAME || rc == ENVCRYPT_E_FRAME_AUTH);
        ck_assert_uint_eq(made, 0);
        ck_assert(evc_mem_is_zero(back, LENGTH + 3));
        message.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    check_range(0, LENGTH + 3, LENGTH + 3);
    close_range();
}
END_TEST

START_TEST(a_frame_of_another_place_is_refused)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, LENGTH);
    evc_view bytes = build(&b, 3 * LENGTH + 3);
    size_t first = bytes.size - 3 * STRIDE - 43;
    size_t made;

    EVC_CHECK_OK(open_range(bytes, false));
    memcpy(&message.data[first], &message.data[first + STRIDE], STRIDE);
    EVC_CHECK_CODE(read_range(0, 1, &made), ENVCRYPT_E_FRAME);
    close_range();
}
END_TEST

/* With so much content that it is as long as a regular one. Both have tags that hold: the builder
 * gives all its messages one id. */
START_TEST(a_final_frame_before_the_last_is_refused)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, LENGTH);
    evc_view bytes = build(&b, LENGTH + 3);
    uint8_t last[43];
    size_t made;

    memcpy(last, &message.data[bytes.size - sizeof last], sizeof last);
    (void)build(&b, LENGTH - 8);
    evc_buf_put(&message, last, sizeof last);
    EVC_CHECK_OK(open_range(evc_buf_view(&message), false));
    EVC_CHECK_CODE(read_range(0, 1, &made), ENVCRYPT_E_FRAME);
    close_range();
}
END_TEST

START_TEST(a_source_that_fails_is_a_failed_callback)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, LENGTH);
    evc_view bytes = build(&b, 100);
    size_t made;

    for (source.fail_at = 1; source.fail_at <= 3; source.fail_at++)
        EVC_CHECK_CODE(open_range(bytes, false), ENVCRYPT_E_CALLBACK);
    EVC_CHECK_OK(open_range(bytes, false));
    EVC_CHECK_CODE(read_range(0, 1, &made), ENVCRYPT_E_CALLBACK);
    check_range(0, 100, 100);
    close_range();
}
END_TEST

START_TEST(more_frames_than_the_sequence_counts_are_refused)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, 1);
    evc_source from = {.read_at = read_at, .user = &source};

    from.size = build(&b, 1).size + 33 * (uint64_t)UINT32_MAX;
    evc_buf_put(&message, plain_bytes, 4096); /* the header is read with what follows */
    source.bytes = evc_buf_view(&message);
    EVC_CHECK_CODE(evc_range_open(NULL, &data_config, &from, false, NULL, &range, NULL),
                   ENVCRYPT_E_FRAME);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const alone[] = {
        a_signed_message_needs_the_flag,
        an_unframed_message_is_refused,
        a_long_header_is_read_in_growing_pieces,
        opening_reads_header_and_final_frame_alone,
        the_info_says_what_the_header_says,
        the_source_is_destroyed_once,
        every_range_gives_its_plaintext,
        a_range_past_the_end_is_refused,
        only_touched_frames_are_read,
        frames_in_a_row_are_read_at_once,
        small_reads_of_one_frame_fetch_it_once,
        a_frame_of_another_place_is_refused,
        a_final_frame_before_the_last_is_refused,
        a_source_that_fails_is_a_failed_callback,
        more_frames_than_the_sequence_counts_are_refused,
        NULL,
    };

    add_messages(suite, "alone", alone);
    add_message_loop(suite, "sizes", the_size_is_that_of_the_plaintext, SIZES);
    add_message_loop(suite, "sizes", frames_of_any_length_are_found, SIZES);
    add_message_loop(suite, "sizes", frames_of_signed_messages_are_found, SIZES);
    add_message_loop(suite, "sizes", a_footer_of_any_length_is_found, SIZES);
    add_message_loop(suite, "suites", all_suites_are_read, ALL_SUITES);
    add_message_loop(suite, "damage", every_truncation_is_refused, ALL_SUITES);
    add_message_loop(suite, "damage",
                     every_flipped_bit_of_what_opening_reads_is_refused,
                     UNSIGNED_SUITES);
    add_message_loop(suite, "damage",
                     every_flipped_bit_of_a_frame_is_refused_by_the_read,
                     UNSIGNED_SUITES);
    add_message_loop(suite, "damage", bytes_behind_the_end_are_refused, ALL_SUITES);
}

EVC_TEST_MAIN("range", add_tests)
