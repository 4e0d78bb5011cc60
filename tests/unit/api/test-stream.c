/* SPDX-License-Identifier: Apache-2.0 */
#include "envcrypt/stream.h"

#include "../envelope/message-fixture.h"
#include "evc-child.h"

static uint8_t out[2000];
static size_t used;
static size_t made;
static int32_t done;
static envcrypt_writer *writer;
static envcrypt_reader *reader;
static envcrypt_range *range;

/* A message of 100 bytes by a writer, in message. */
static void
write_message(void)
{
    EVC_CHECK_OK(envcrypt_writer_open(keyring, &config, NULL, &writer, NULL));
    EVC_CHECK_OK(envcrypt_writer_process(writer, plain_bytes, 100, &used, out,
                                         sizeof out, &made, NULL));
    ck_assert_uint_eq(used, 100);
    evc_buf_clear(&message);
    evc_buf_put(&message, out, made);
    EVC_CHECK_OK(envcrypt_writer_finish(writer, out, sizeof out, &made, &done, NULL));
    ck_assert_int_eq(done, 1);
    evc_buf_put(&message, out, made);
    envcrypt_writer_free(writer);
}

static int32_t
read_at(void *user, uint64_t offset, void *to, size_t size)
{
    (void)user;
    memcpy(to, &message.data[offset], size);
    return 0;
}

static int destroyed;

static void
note_destroy(void *user)
{
    destroyed += *(const int *)user;
}

static int one = 1;

static int
open_range(envcrypt_keyring *keys, envcrypt_read_at_fn fn, uint32_t flags)
{
    return envcrypt_range_open(keys, NULL, message.size, fn, &one, note_destroy, flags,
                               NULL, &range, NULL);
}

START_TEST(a_reader_reads_what_a_writer_wrote)
{
    write_message();
    EVC_CHECK_OK(envcrypt_reader_open(keyring, NULL, &reader, NULL));
    ck_assert_ptr_null(envcrypt_reader_info(reader));
    EVC_CHECK_OK(envcrypt_reader_process(reader, message.data, message.size, &used, out,
                                         sizeof out, &made, NULL, NULL));
    ck_assert_uint_eq(made, 100);
    ck_assert_mem_eq(out, plain_bytes, 100);
    ck_assert_ptr_nonnull(envcrypt_reader_info(reader));
    EVC_CHECK_OK(envcrypt_reader_finish(reader, out, sizeof out, &made, &done, NULL));
    ck_assert_int_eq(done, 1);
    envcrypt_reader_free(reader);
}
END_TEST

START_TEST(a_reader_refuses_signed_messages_by_default)
{
    config.suite = evc_suite_find(0x0578);
    write_message();
    EVC_CHECK_OK(envcrypt_reader_open(keyring, NULL, &reader, NULL));
    EVC_CHECK_CODE(envcrypt_reader_process(reader, message.data, message.size, &used,
                                           out, sizeof out, &made, NULL, NULL),
                   ENVCRYPT_E_POLICY_SIGNED);
    envcrypt_reader_free(reader);
}
END_TEST

START_TEST(a_range_reads_what_a_writer_wrote)
{
    write_message();
    EVC_CHECK_OK(open_range(keyring, read_at, 0));
    ck_assert_uint_eq(envcrypt_range_size(range), 100);
    ck_assert_ptr_nonnull(envcrypt_range_info(range));
    EVC_CHECK_OK(envcrypt_range_read(range, 10, out, 50, &made, NULL));
    ck_assert_uint_eq(made, 50);
    ck_assert_mem_eq(out, &plain_bytes[10], 50);
    envcrypt_range_free(range);
    ck_assert_int_eq(destroyed, 1);
}
END_TEST

START_TEST(a_range_takes_signed_messages_for_frames_only)
{
    config.suite = evc_suite_find(0x0578);
    write_message();
    EVC_CHECK_CODE(open_range(keyring, read_at, 0), ENVCRYPT_E_POLICY_SIGNED);
    EVC_CHECK_OK(open_range(keyring, read_at, ENVCRYPT_RANGE_FRAMES_ONLY));
    envcrypt_range_free(range);
}
END_TEST

START_TEST(a_range_that_cannot_be_opened_destroys_its_source)
{
    EVC_CHECK_CODE(open_range(keyring, NULL, 0), ENVCRYPT_E_ARGUMENT);
    ck_assert_int_eq(destroyed, 1);
    EVC_CHECK_CODE(open_range(NULL, read_at, 0), ENVCRYPT_E_ARGUMENT);
    ck_assert_int_eq(destroyed, 2);
    EVC_CHECK_CODE(open_range(keyring, read_at, 2), ENVCRYPT_E_ARGUMENT);
    ck_assert_int_eq(destroyed, 3);
    EVC_CHECK_CODE(open_range(keyring, read_at, 0), ENVCRYPT_E_TRUNCATED);
    ck_assert_int_eq(destroyed, 4);
    EVC_CHECK_CODE(envcrypt_range_open(keyring, NULL, 0, read_at, &one, note_destroy, 0,
                                       NULL, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_int_eq(destroyed, 5);
}
END_TEST

START_TEST(writers_need_their_arguments)
{
    EVC_CHECK_CODE(envcrypt_writer_open(NULL, NULL, NULL, &writer, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_writer_open(keyring, NULL, NULL, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_writer_process(NULL, "", 0, &used, out, 1, &made, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_writer_finish(NULL, out, 1, &made, &done, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_OK(envcrypt_writer_open(keyring, NULL, NULL, &writer, NULL));
    EVC_CHECK_CODE(envcrypt_writer_process(writer, NULL, 1, &used, out, 1, &made, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_writer_process(writer, "", 0, NULL, out, 1, &made, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_writer_process(writer, "", 0, &used, NULL, 1, &made, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_writer_process(writer, "", 0, &used, out, 1, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_writer_finish(writer, NULL, 1, &made, &done, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_writer_finish(writer, out, 1, NULL, &done, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_writer_finish(writer, out, 1, &made, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    envcrypt_writer_free(writer);
}
END_TEST

START_TEST(readers_need_their_arguments)
{
    EVC_CHECK_CODE(envcrypt_reader_open(NULL, NULL, &reader, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_reader_open(keyring, NULL, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(
        envcrypt_reader_process(NULL, "", 0, &used, out, 1, &made, NULL, NULL),
        ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_reader_finish(NULL, out, 1, &made, &done, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_OK(envcrypt_reader_open(keyring, NULL, &reader, NULL));
    EVC_CHECK_CODE(
        envcrypt_reader_process(reader, NULL, 1, &used, out, 1, &made, NULL, NULL),
        ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(
        envcrypt_reader_process(reader, "", 0, NULL, out, 1, &made, NULL, NULL),
        ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(
        envcrypt_reader_process(reader, "", 0, &used, NULL, 1, &made, NULL, NULL),
        ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(
        envcrypt_reader_process(reader, "", 0, &used, out, 1, NULL, NULL, NULL),
        ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_reader_finish(reader, NULL, 1, &made, &done, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_reader_finish(reader, out, 1, NULL, &done, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_reader_finish(reader, out, 1, &made, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    envcrypt_reader_free(reader);
}
END_TEST

START_TEST(ranges_need_their_arguments)
{
    write_message();
    EVC_CHECK_OK(open_range(keyring, read_at, 0));
    EVC_CHECK_CODE(envcrypt_range_read(NULL, 0, out, 1, &made, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_range_read(range, 0, NULL, 1, &made, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_range_read(range, 0, out, 1, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    envcrypt_range_free(range);
}
END_TEST

START_TEST(getters_and_frees_take_nothing)
{
    ck_assert_ptr_null(envcrypt_reader_info(NULL));
    ck_assert_ptr_null(envcrypt_range_info(NULL));
    ck_assert_uint_eq(envcrypt_range_size(NULL), 0);
    envcrypt_writer_free(NULL);
    envcrypt_reader_free(NULL);
    envcrypt_range_free(NULL);
}
END_TEST

START_TEST(an_argument_that_lacks_is_no_error_of_the_stream)
{
    write_message();
    EVC_CHECK_OK(envcrypt_reader_open(keyring, NULL, &reader, NULL));
    EVC_CHECK_CODE(
        envcrypt_reader_process(reader, NULL, 1, &used, out, 1, &made, NULL, NULL),
        ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_OK(envcrypt_reader_process(reader, message.data, message.size, &used, out,
                                         sizeof out, &made, NULL, NULL));
    envcrypt_reader_free(reader);
}
END_TEST

static int
use_in_child(void *user)
{
    (void)user;
    if (envcrypt_writer_process(writer, "x", 1, &used, out, sizeof out, &made, NULL) !=
        ENVCRYPT_E_FORKED)
        return 1;
    if (envcrypt_writer_finish(writer, out, sizeof out, &made, &done, NULL) !=
        ENVCRYPT_E_FORKED)
        return 2;
    if (envcrypt_reader_process(reader, message.data, message.size, &used, out,
                                sizeof out, &made, NULL, NULL) != ENVCRYPT_E_FORKED)
        return 3;
    if (envcrypt_reader_finish(reader, out, sizeof out, &made, &done, NULL) !=
        ENVCRYPT_E_FORKED)
        return 4;
    if (envcrypt_range_read(range, 0, out, 1, &made, NULL) != ENVCRYPT_E_FORKED)
        return 5;
    if (envcrypt_writer_open(keyring, NULL, NULL, &writer, NULL) != ENVCRYPT_E_FORKED)
        return 6;
    if (envcrypt_reader_open(keyring, NULL, &reader, NULL) != ENVCRYPT_E_FORKED)
        return 7;
    return 0;
}

static int
free_in_child(void *user)
{
    (void)user;
    envcrypt_writer_free(writer);
    envcrypt_reader_free(reader);
    envcrypt_range_free(range);
    return 0;
}

START_TEST(streams_do_not_survive_fork_but_can_be_freed)
{
    write_message();
    EVC_CHECK_OK(open_range(keyring, read_at, 0));
    EVC_CHECK_OK(envcrypt_reader_open(keyring, NULL, &reader, NULL));
    EVC_CHECK_OK(envcrypt_reader_process(reader, message.data, message.size, &used, out,
                                         50, &made, NULL, NULL));
    config.suite = evc_suite_find(0x0578);
    EVC_CHECK_OK(envcrypt_writer_open(keyring, &config, NULL, &writer, NULL));
    EVC_CHECK_CHILD(use_in_child, NULL);
    EVC_CHECK_CHILD(free_in_child, NULL);
    envcrypt_writer_free(writer);
    envcrypt_reader_free(reader);
    envcrypt_range_free(range);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_reader_reads_what_a_writer_wrote,
        a_reader_refuses_signed_messages_by_default,
        a_range_reads_what_a_writer_wrote,
        a_range_takes_signed_messages_for_frames_only,
        a_range_that_cannot_be_opened_destroys_its_source,
        writers_need_their_arguments,
        readers_need_their_arguments,
        ranges_need_their_arguments,
        getters_and_frees_take_nothing,
        an_argument_that_lacks_is_no_error_of_the_stream,
        streams_do_not_survive_fork_but_can_be_freed,
        NULL,
    };

    add_messages(suite, "stream", tests);
}

EVC_TEST_MAIN("stream", add_tests)
