/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/writer.h"

#include "envelope/whole.h"
#include "message-fixture.h"

#define LENGTH 16u /* of frames */

static evc_writer *writer;
static uint8_t back[PLAIN_MAX];

static void
open_writer(void)
{
    if (!config.frame_length)
        config.frame_length = LENGTH;
    evc_buf_clear(&message);
    EVC_CHECK_OK(evc_writer_open(keyring, &config, NULL, &writer, NULL));
}

static void
close_writer(void)
{
    evc_writer_free(writer);
    writer = NULL;
}

/* Feeds plaintext in pieces of in_size, with room for out_size bytes in each call. */
static int
feed(evc_view plain, size_t in_size, size_t out_size)
{
    evc_cursor c = evc_cursor_of_view(plain);
    uint8_t out[512];
    size_t used;
    size_t made;

    ck_assert_uint_le(out_size, sizeof out);
    while (evc_cursor_left(&c) > 0) {
        size_t left = evc_cursor_left(&c);
        evc_cursor peek = c;
        evc_view piece = evc_cursor_bytes(&peek, left < in_size ? left : in_size);
        int rc = evc_writer_process(writer, piece, &used, out, out_size, &made, NULL);

        if (rc)
            return rc;
        ck_assert_uint_le(made, out_size);
        ck_assert(used > 0 || made > 0);
        (void)evc_cursor_bytes(&c, used);
        evc_buf_put(&message, out, made);
    }
    return 0;
}

static int
finish(size_t out_size)
{
    uint8_t out[512];
    bool done = false;

    while (!done) {
        size_t made;
        int rc = evc_writer_finish(writer, out, out_size, &made, &done, NULL);

        if (rc)
            return rc;
        ck_assert(made > 0 || done);
        evc_buf_put(&message, out, made);
    }
    return 0;
}

static void
write_message(size_t size, size_t in_size, size_t out_size)
{
    open_writer();
    EVC_CHECK_OK(feed(plain_of(size), in_size, out_size));
    EVC_CHECK_OK(finish(out_size));
    close_writer();
}

static int
decrypt(evc_view bytes)
{
    evc_room room = evc_room_memory(back, sizeof back);

    return evc_whole_decrypt(keyring, &config, bytes, NULL, &room, NULL, NULL);
}

static void
check_message(size_t size)
{
    EVC_CHECK_OK(decrypt(evc_buf_view(&message)));
    ck_assert_mem_eq(back, plain_bytes, size);
}

/* -- sizes ------------------------------------------------------------------------ */

static const size_t sizes[] = {0,          1,          LENGTH - 1,     LENGTH,
                               LENGTH + 1, 2 * LENGTH, 2 * LENGTH + 1, 300};
static const size_t pieces[] = {1, 2, 15, 16, 17, 47, 48, 49, 512};
#define SIZES 8
#define PIECES 9

START_TEST(pieces_of_any_size_make_a_message)
{
    for (size_t i = 0; i < PIECES * PIECES; i++) {
        write_message(sizes[_i], pieces[i / PIECES], pieces[i % PIECES]);
        check_message(sizes[_i]);
    }
}
END_TEST

START_TEST(pieces_of_any_size_make_a_signed_message)
{
    config.suite = evc_suite_find(0x0578);
    for (size_t in = 0; in < PIECES; in += 2) {
        write_message(sizes[_i], pieces[in], pieces[PIECES - 1 - in]);
        check_message(sizes[_i]);
    }
}
END_TEST

START_TEST(a_message_is_as_long_as_the_one_written_whole)
{
    evc_buf whole;
    evc_room room;

    evc_buf_init(&whole);
    room = evc_room_buf(&whole);
    write_message(sizes[_i], 100, 100);
    EVC_CHECK_OK(
        evc_whole_encrypt(keyring, &config, plain_of(sizes[_i]), NULL, &room, NULL));
    ck_assert_uint_eq(message.size, whole.size);
    evc_buf_reset(&whole);
}
END_TEST

START_TEST(a_header_comes_without_any_input)
{
    uint8_t out[512];
    size_t used;
    size_t made;

    open_writer();
    EVC_CHECK_OK(evc_writer_process(writer, evc_view_of(NULL, 0), &used, out,
                                    sizeof out, &made, NULL));
    ck_assert_uint_eq(used, 0);
    ck_assert_uint_gt(made, 92);
    close_writer();
}
END_TEST

START_TEST(a_full_frame_waits_for_more_input)
{
    uint8_t out[512];
    size_t header;
    size_t used;
    size_t made;

    open_writer();
    EVC_CHECK_OK(evc_writer_process(writer, evc_view_of(NULL, 0), &used, out,
                                    sizeof out, &header, NULL));
    EVC_CHECK_OK(evc_writer_process(writer, plain_of(LENGTH), &used, out, sizeof out,
                                    &made, NULL));
    ck_assert_uint_eq(used, LENGTH);
    ck_assert_uint_eq(made, 0);
    EVC_CHECK_OK(
        evc_writer_process(writer, plain_of(1), &used, out, sizeof out, &made, NULL));
    ck_assert_uint_eq(made, LENGTH + 32);
    close_writer();
}
END_TEST

START_TEST(whole_frames_go_straight_through)
{
    static uint8_t out[200 * (LENGTH + 32)];
    size_t used;
    size_t made;

    open_writer();
    EVC_CHECK_OK(evc_writer_process(writer, plain_of(100 * LENGTH), &used, out,
                                    sizeof out, &made, NULL));
    ck_assert_uint_eq(used, 100 * LENGTH);
    evc_buf_put(&message, out, made);
    EVC_CHECK_OK(finish(100));
    close_writer();
    check_message(100 * LENGTH);
}
END_TEST

/* -- refusals --------------------------------------------------------------------- */

START_TEST(input_is_limited_by_the_announced_length)
{
    config.length_bound = 100;
    open_writer();
    EVC_CHECK_OK(feed(plain_of(100), 30, 500));
    EVC_CHECK_OK(finish(500));
    close_writer();
    check_message(100);
    open_writer();
    EVC_CHECK_OK(feed(plain_of(90), 30, 500));
    EVC_CHECK_CODE(feed(plain_of(11), 30, 500), ENVCRYPT_E_LIMIT_LENGTH);
    EVC_CHECK_CODE(finish(500), ENVCRYPT_E_LIMIT_LENGTH);
    close_writer();
}
END_TEST

START_TEST(the_first_error_comes_again)
{
    uint8_t out[64];
    evc_error *err = NULL;
    size_t used = 1;
    size_t made = 1;

    config.length_bound = 1;
    open_writer();
    EVC_CHECK_CODE(
        evc_writer_process(writer, plain_of(2), &used, out, sizeof out, &made, &err),
        ENVCRYPT_E_LIMIT_LENGTH);
    ck_assert_uint_eq(used, 0);
    ck_assert_uint_eq(made, 0);
    for (int i = 0; i < 3; i++) {
        evc_error *again = NULL;

        EVC_CHECK_CODE(evc_writer_process(writer, plain_of(1), &used, out, sizeof out,
                                          &made, &again),
                       ENVCRYPT_E_LIMIT_LENGTH);
        ck_assert_str_eq(evc_error_message(again), evc_error_message(err));
        evc_error_free(again);
    }
    evc_error_free(err);
    close_writer();
}
END_TEST

START_TEST(a_failure_leaves_zeros)
{
    uint8_t out[64];
    size_t used;
    size_t made;

    config.length_bound = 1;
    open_writer();
    memset(out, 'x', sizeof out);
    EVC_CHECK_CODE(
        evc_writer_process(writer, plain_of(2), &used, out, sizeof out, &made, NULL),
        ENVCRYPT_E_LIMIT_LENGTH);
    ck_assert(evc_mem_is_zero(out, sizeof out));
    close_writer();
}
END_TEST

START_TEST(nothing_is_taken_after_finish)
{
    open_writer();
    EVC_CHECK_OK(finish(500));
    EVC_CHECK_CODE(feed(plain_of(1), 1, 10), ENVCRYPT_E_STATE);
    close_writer();
}
END_TEST

START_TEST(finish_may_be_called_again_when_it_is_done)
{
    uint8_t out[8];
    bool done = false;
    size_t made = 1;

    open_writer();
    EVC_CHECK_OK(finish(500));
    EVC_CHECK_OK(evc_writer_finish(writer, out, sizeof out, &made, &done, NULL));
    ck_assert(done);
    ck_assert_uint_eq(made, 0);
    close_writer();
}
END_TEST

START_TEST(a_dropped_writer_leaves_an_unreadable_message)
{
    open_writer();
    EVC_CHECK_OK(feed(plain_of(10 * LENGTH), 100, 500));
    close_writer();
    EVC_CHECK_CODE(decrypt(evc_buf_view(&message)), ENVCRYPT_E_TRUNCATED);
}
END_TEST

START_TEST(a_writer_that_cannot_begin_is_none)
{
    config.policy = ENVCRYPT_POLICY_FORBID_ENCRYPT_ALLOW_DECRYPT;
    EVC_CHECK_CODE(evc_writer_open(keyring, &config, NULL, &writer, NULL),
                   ENVCRYPT_E_POLICY_WRITE);
    ck_assert_ptr_null(writer);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const alone[] = {
        a_header_comes_without_any_input,
        a_full_frame_waits_for_more_input,
        whole_frames_go_straight_through,
        input_is_limited_by_the_announced_length,
        the_first_error_comes_again,
        a_failure_leaves_zeros,
        nothing_is_taken_after_finish,
        finish_may_be_called_again_when_it_is_done,
        a_dropped_writer_leaves_an_unreadable_message,
        a_writer_that_cannot_begin_is_none,
        NULL,
    };

    add_messages(suite, "alone", alone);
    add_message_loop(suite, "sizes", pieces_of_any_size_make_a_message, SIZES);
    add_message_loop(suite, "sizes", pieces_of_any_size_make_a_signed_message, SIZES);
    add_message_loop(suite, "sizes", a_message_is_as_long_as_the_one_written_whole,
                     SIZES);
}

EVC_TEST_MAIN("writer", add_tests)
