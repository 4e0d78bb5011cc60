/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/reader.h"

#include "message-fixture.h"

#define LENGTH 16u /* of frames */

static evc_reader *reader;
static uint8_t back[PLAIN_MAX];
static size_t back_size;

static void
open_reader(void)
{
    back_size = 0;
    EVC_CHECK_OK(evc_reader_open(data_config.data_key ? NULL : keyring, &data_config,
                                 true, &reader, NULL));
}

static void
close_reader(void)
{
    evc_reader_free(reader);
    reader = NULL;
}

/* Feeds bytes in pieces of in_size, with room for out_size bytes in each call. */
static int
feed(evc_view bytes, size_t in_size, size_t out_size)
{
    evc_cursor c = evc_cursor_of_view(bytes);

    while (evc_cursor_left(&c) > 0) {
        size_t left = evc_cursor_left(&c);
        evc_cursor peek = c;
        evc_view piece = evc_cursor_bytes(&peek, left < in_size ? left : in_size);
        size_t room = sizeof back - back_size;
        size_t used;
        size_t made;
        int rc;

        if (room > out_size)
            room = out_size;
        rc = evc_reader_process(reader, piece, &used, &back[back_size], room, &made,
                                NULL, NULL);
        if (rc)
            return rc;
        ck_assert_uint_le(made, room);
        ck_assert(used > 0 || made > 0);
        (void)evc_cursor_bytes(&c, used);
        back_size += made;
    }
    return 0;
}

static int
finish(size_t out_size)
{
    bool done = false;

    while (!done) {
        size_t made;
        int rc =
            evc_reader_finish(reader, &back[back_size], out_size, &made, &done, NULL);

        if (rc)
            return rc;
        ck_assert(made > 0 || done);
        back_size += made;
    }
    return 0;
}

static int
read_message(evc_view bytes, size_t in_size, size_t out_size)
{
    int rc;

    open_reader();
    rc = feed(bytes, in_size, out_size);
    if (!rc)
        rc = finish(out_size);
    close_reader();
    return rc;
}

static void
check_plain(size_t size)
{
    ck_assert_uint_eq(back_size, size);
    ck_assert_mem_eq(back, plain_bytes, size);
}

/* Every suite, framed by an even index and unframed by an odd one. */
#define SHAPES (2 * ALL_SUITES)

static evc_builder
builder_of(int shape)
{
    return evc_builder_of(crypto, all_suites[shape / 2], shape % 2 ? 0 : LENGTH);
}

static const size_t sizes[] = {0,          1,          LENGTH - 1,     LENGTH,
                               LENGTH + 1, 2 * LENGTH, 2 * LENGTH + 1, 100};
#define SIZES 8

/* -- pieces ----------------------------------------------------------------------- */

START_TEST(pieces_of_any_size_are_read)
{
    static const size_t pieces[] = {1, 15, 16, 17, 48, 512};
    evc_builder b = builder_of(_i);

    for (size_t size = 0; size < SIZES; size++) {
        evc_view bytes = build(&b, sizes[size]);

        for (size_t i = 0; i < 36; i++) {
            EVC_CHECK_OK(read_message(bytes, pieces[i / 6], pieces[i % 6]));
            check_plain(sizes[size]);
        }
    }
}
END_TEST

START_TEST(every_split_point_gives_the_same)
{
    evc_builder b = builder_of(_i);
    evc_view bytes = build(&b, LENGTH + 3);

    for (size_t split = 0; split <= bytes.size; split++) {
        evc_cursor c = evc_cursor_of_view(bytes);

        open_reader();
        EVC_CHECK_OK(feed(evc_cursor_bytes(&c, split), bytes.size, 100));
        EVC_CHECK_OK(feed(evc_cursor_bytes(&c, bytes.size - split), bytes.size, 100));
        EVC_CHECK_OK(finish(100));
        close_reader();
        check_plain(LENGTH + 3);
    }
}
END_TEST

START_TEST(all_suites_are_read)
{
    evc_builder b = evc_builder_of(crypto, all_suites[_i], LENGTH);

    EVC_CHECK_OK(read_message(build(&b, 100), 1000, 1000));
    check_plain(100);
}
END_TEST

START_TEST(an_empty_final_frame_behind_a_full_one_is_read)
{
    evc_builder b = evc_builder_of(crypto, all_suites[_i], LENGTH);

    b.empty_final = true;
    EVC_CHECK_OK(read_message(build(&b, 2 * LENGTH), 7, 7));
    check_plain(2 * LENGTH);
}
END_TEST

START_TEST(whole_frames_go_straight_through)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, LENGTH);
    evc_view bytes = build(&b, 1000 * LENGTH);
    size_t used;
    size_t made;

    open_reader();
    EVC_CHECK_OK(
        evc_reader_process(reader, bytes, &used, back, sizeof back, &made, NULL, NULL));
    ck_assert_uint_eq(used, bytes.size);
    back_size = made;
    check_plain(1000 * LENGTH);
    EVC_CHECK_OK(finish(0));
    close_reader();
}
END_TEST

/* -- what is given when ----------------------------------------------------------- */

START_TEST(a_frame_is_given_when_its_last_byte_came)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, LENGTH);
    evc_view bytes = build(&b, LENGTH + 1);
    size_t first_end = bytes.size - 41;

    open_reader();
    EVC_CHECK_OK(feed(evc_view_of(bytes.data, first_end - 1), 1000, 1000));
    ck_assert_uint_eq(back_size, 0);
    EVC_CHECK_OK(feed(evc_view_of(&bytes.data[first_end - 1], 1), 1000, 1000));
    ck_assert_uint_eq(back_size, LENGTH);
    close_reader();
}
END_TEST

START_TEST(the_last_frame_of_a_signed_message_waits_for_the_signature)
{
    evc_builder b = evc_builder_of(crypto, 0x0578, LENGTH);
    evc_view bytes = build(&b, LENGTH + 1);

    open_reader();
    EVC_CHECK_OK(feed(evc_view_of(bytes.data, bytes.size - 1), 1000, 1000));
    ck_assert_uint_eq(back_size, LENGTH);
    EVC_CHECK_OK(feed(evc_view_of(&bytes.data[bytes.size - 1], 1), 1000, 1000));
    ck_assert_uint_eq(back_size, LENGTH + 1);
    EVC_CHECK_OK(finish(0));
    close_reader();
}
END_TEST

START_TEST(an_unframed_signed_body_waits_for_the_signature)
{
    evc_builder b = evc_builder_of(crypto, 0x0578, 0);
    evc_view bytes = build(&b, 100);

    open_reader();
    EVC_CHECK_OK(feed(evc_view_of(bytes.data, bytes.size - 1), 1000, 1000));
    ck_assert_uint_eq(back_size, 0);
    EVC_CHECK_OK(feed(evc_view_of(&bytes.data[bytes.size - 1], 1), 1000, 1000));
    ck_assert_uint_eq(back_size, 100);
    close_reader();
}
END_TEST

START_TEST(the_info_is_there_once_the_header_is)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, LENGTH);
    evc_view bytes = build(&b, 1);
    size_t header = bytes.size - 41;

    open_reader();
    ck_assert_ptr_null(evc_reader_info(reader));
    EVC_CHECK_OK(feed(evc_view_of(bytes.data, header - 1), 1000, 1000));
    ck_assert_ptr_null(evc_reader_info(reader));
    EVC_CHECK_OK(feed(evc_view_of(&bytes.data[header - 1], 1), 1000, 1000));
    ck_assert_ptr_nonnull(evc_reader_info(reader));
    ck_assert_uint_eq(evc_reader_info(reader)->suite->id, 0x0478);
    close_reader();
}
END_TEST

/* -- bad input -------------------------------------------------------------------- */

START_TEST(every_truncation_is_refused_by_finish)
{
    evc_builder b = builder_of(_i);
    evc_view bytes = build(&b, LENGTH + 3);

    for (size_t size = 0; size < bytes.size; size++)
        EVC_CHECK_CODE(read_message(evc_view_of(bytes.data, size), 1000, 1000),
                       ENVCRYPT_E_TRUNCATED);
}
END_TEST

START_TEST(every_flipped_bit_is_refused)
{
    evc_builder b = builder_of(_i);
    evc_view bytes = build(&b, LENGTH + 3);
    /* Every byte of the suites that only others write; test-whole.c has all their bits. */
    size_t step = evc_suite_find(b.suite)->commits ? 1 : 7;

    for (size_t bit = 0; bit < 8 * bytes.size; bit += step) {
        int rc;

        message.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        rc = read_message(bytes, 30, 30);
        ck_assert_msg(rc < 0, "bit %zu of byte %zu may be flipped", bit % 8, bit / 8);
        /* only of whole frames before, never of the last */
        ck_assert(back_size == 0 || (b.frame_length && back_size == LENGTH));
        ck_assert_mem_eq(back, plain_bytes, back_size);
        message.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}
END_TEST

START_TEST(bytes_behind_the_end_are_refused)
{
    evc_builder b = builder_of(_i);

    (void)build(&b, LENGTH + 3);
    evc_buf_put_u8(&message, 0);
    EVC_CHECK_CODE(read_message(evc_buf_view(&message), 1000, 1000),
                   ENVCRYPT_E_TRAILING);
    EVC_CHECK_CODE(read_message(evc_buf_view(&message), 1, 1), ENVCRYPT_E_TRAILING);
}
END_TEST

START_TEST(the_first_error_comes_again_and_nothing_is_given)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, LENGTH);
    evc_view bytes = build(&b, LENGTH + 1);
    evc_error *err = NULL;
    bool done = true;
    size_t used = 1;
    size_t made = 1;

    message.data[bytes.size - 1] ^= 1;
    open_reader();
    memset(back, 'x', sizeof back);
    EVC_CHECK_CODE(
        evc_reader_process(reader, bytes, &used, back, sizeof back, &made, NULL, &err),
        ENVCRYPT_E_FRAME_AUTH);
    for (int i = 0; i < 3; i++) {
        evc_error *again = NULL;

        ck_assert_uint_eq(used, 0);
        ck_assert_uint_eq(made, 0);
        ck_assert(evc_mem_is_zero(back, sizeof back));
        memset(back, 'x', sizeof back);
        used = made = 1;
        EVC_CHECK_CODE(evc_reader_process(reader, bytes, &used, back, sizeof back,
                                          &made, NULL, &again),
                       ENVCRYPT_E_FRAME_AUTH);
        ck_assert_str_eq(evc_error_message(again), evc_error_message(err));
        evc_error_free(again);
    }
    EVC_CHECK_CODE(evc_reader_finish(reader, back, sizeof back, &made, &done, NULL),
                   ENVCRYPT_E_FRAME_AUTH);
    ck_assert(!done);
    evc_error_free(err);
    close_reader();
}
END_TEST

START_TEST(frames_before_a_bad_one_are_given_in_earlier_calls_only)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, LENGTH);
    evc_view bytes = build(&b, 2 * LENGTH + 1);
    size_t first_end = bytes.size - 41 - LENGTH - 32;
    size_t used;
    size_t made;

    message.data[first_end + 20] ^= 1;
    open_reader();
    EVC_CHECK_OK(feed(evc_view_of(bytes.data, first_end), 1000, 1000));
    ck_assert_uint_eq(back_size, LENGTH);
    EVC_CHECK_CODE(
        evc_reader_process(reader,
                           evc_view_of(&bytes.data[first_end], bytes.size - first_end),
                           &used, back, sizeof back, &made, NULL, NULL),
        ENVCRYPT_E_FRAME_AUTH);
    ck_assert_uint_eq(made, 0);
    close_reader();
}
END_TEST

START_TEST(a_wrong_signature_gives_nothing_of_the_last_frame)
{
    evc_builder b = evc_builder_of(crypto, 0x0578, LENGTH);
    evc_view bytes = build(&b, LENGTH + 1);

    message.data[bytes.size - 1] ^= 1;
    EVC_CHECK_CODE(read_message(bytes, 50, 50), ENVCRYPT_E_SIGNATURE);
    ck_assert_uint_eq(back_size, LENGTH);
}
END_TEST

START_TEST(a_footer_that_is_longer_than_any_signature_is_refused_at_once)
{
    evc_builder b = evc_builder_of(crypto, 0x0578, LENGTH);
    evc_view bytes = build(&b, 1);

    message.data[bytes.size - 105] = 0xff;
    EVC_CHECK_CODE(read_message(bytes, 50, 50), ENVCRYPT_E_SIGNATURE);
}
END_TEST

START_TEST(a_header_error_is_seen_as_soon_as_it_came)
{
    static const uint8_t bytes[] = {0x02, 0x04, 0x79};

    open_reader();
    EVC_CHECK_OK(feed(evc_view_of(bytes, 2), 1, 1));
    EVC_CHECK_CODE(feed(evc_view_of(&bytes[2], 1), 1, 1), ENVCRYPT_E_SUITE);
    close_reader();
}
END_TEST

START_TEST(an_unframed_body_is_limited)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, 0);

    data_config.max_frame = 100;
    EVC_CHECK_OK(read_message(build(&b, 100), 7, 7));
    EVC_CHECK_CODE(read_message(build(&b, 101), 7, 7), ENVCRYPT_E_LIMIT_FRAME);
}
END_TEST

START_TEST(frames_are_limited)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, 100);

    data_config.max_frame = 100;
    EVC_CHECK_OK(read_message(build(&b, 1), 7, 7));
    data_config.max_frame = 99;
    EVC_CHECK_CODE(read_message(build(&b, 1), 7, 7), ENVCRYPT_E_LIMIT_FRAME);
}
END_TEST

START_TEST(signed_messages_are_taken_by_default_or_choice)
{
    evc_builder b = evc_builder_of(crypto, 0x0578, LENGTH);
    evc_view bytes = build(&b, 1);

    EVC_CHECK_OK(evc_reader_open(NULL, &data_config, false, &reader, NULL));
    EVC_CHECK_CODE(feed(bytes, 1000, 1000), ENVCRYPT_E_POLICY_SIGNED);
    close_reader();
    data_config.allow_signed = 1;
    EVC_CHECK_OK(evc_reader_open(NULL, &data_config, false, &reader, NULL));
    EVC_CHECK_OK(feed(bytes, 1000, 1000));
    close_reader();
    data_config.allow_signed = 0;
    EVC_CHECK_CODE(read_message(bytes, 1000, 1000), ENVCRYPT_E_POLICY_SIGNED);
}
END_TEST

START_TEST(nothing_is_taken_after_finish)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, LENGTH);
    evc_view bytes = build(&b, 1);

    open_reader();
    EVC_CHECK_OK(feed(bytes, 1000, 1000));
    EVC_CHECK_OK(finish(0));
    EVC_CHECK_CODE(feed(bytes, 1000, 1000), ENVCRYPT_E_STATE);
    close_reader();
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const alone[] = {
        whole_frames_go_straight_through,
        a_frame_is_given_when_its_last_byte_came,
        the_last_frame_of_a_signed_message_waits_for_the_signature,
        an_unframed_signed_body_waits_for_the_signature,
        the_info_is_there_once_the_header_is,
        the_first_error_comes_again_and_nothing_is_given,
        frames_before_a_bad_one_are_given_in_earlier_calls_only,
        a_wrong_signature_gives_nothing_of_the_last_frame,
        a_footer_that_is_longer_than_any_signature_is_refused_at_once,
        a_header_error_is_seen_as_soon_as_it_came,
        an_unframed_body_is_limited,
        frames_are_limited,
        signed_messages_are_taken_by_default_or_choice,
        nothing_is_taken_after_finish,
        NULL,
    };

    add_messages(suite, "alone", alone);
    add_message_loop(suite, "pieces", pieces_of_any_size_are_read, SHAPES);
    add_message_loop(suite, "pieces", every_split_point_gives_the_same, SHAPES);
    add_message_loop(suite, "suites", all_suites_are_read, ALL_SUITES);
    add_message_loop(suite, "suites", an_empty_final_frame_behind_a_full_one_is_read,
                     ALL_SUITES);
    add_message_loop(suite, "damage", every_truncation_is_refused_by_finish, SHAPES);
    add_message_loop(suite, "damage", every_flipped_bit_is_refused, SHAPES);
    add_message_loop(suite, "damage", bytes_behind_the_end_are_refused, SHAPES);
}

EVC_TEST_MAIN("reader", add_tests)
