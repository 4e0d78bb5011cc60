/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes that are not ours: the examples of protobuf.dev, "Encoding", and what
 * google.golang.org/protobuf's protowire makes of the limits.
 */
#include "codec/protobuf.h"

#include "evc-alloc.h"
#include "evc-check.h"

static evc_pb_field field;

static evc_cursor
input(const char *bytes, size_t size)
{
    return evc_cursor_of(bytes, size);
}

#define INPUT(literal) input((literal), sizeof(literal) - 1)

/* One that evc_pb_next must refuse as its first field. */
static const struct malformed {
    const char *why;
    const char *bytes;
    size_t size;
} malformed[] = {
#define MALFORMED(why, literal)           \
    {                                     \
        why, literal, sizeof(literal) - 1 \
    }
    MALFORMED("a tag that does not end", "\x88"),
    MALFORMED("a varint that is missing", "\x08"),
    MALFORMED("a varint that does not end", "\x08\xff\xff"),
    MALFORMED("a varint of 65 bits", "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),
    MALFORMED("a varint of eleven bytes",
              "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x00"),
    MALFORMED("number 0", "\x00\x01"),
    MALFORMED("number 2^29", "\x80\x80\x80\x80\x10\x01"),
    MALFORMED("a number past 64 bits", "\xf8\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01"),
    MALFORMED("a length past the end", "\x12\x07testin"),
    MALFORMED("a length of 2^64 - 1",
              "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01test"),
    MALFORMED("a fixed64 that is too short", "\x09\x01\x02\x03\x04\x05\x06\x07"),
    MALFORMED("a fixed32 that is too short", "\x0d\x01\x02\x03"),
    MALFORMED("a group that begins", "\x0b\x08\x01\x0c"),
    MALFORMED("a group that ends", "\x0c"),
    MALFORMED("wire type 6", "\x0e\x00"),
    MALFORMED("wire type 7", "\x0f\x00"),
};

START_TEST(reads_the_published_examples)
{
    evc_cursor c = INPUT("\x08\x96\x01"
                         "\x12\x07testing");

    ck_assert(evc_pb_next(&c, &field));
    ck_assert_uint_eq(field.number, 1);
    ck_assert_int_eq(field.wire, EVC_PB_VARINT);
    ck_assert_uint_eq(field.value, 150);
    ck_assert(evc_pb_next(&c, &field));
    ck_assert_uint_eq(field.number, 2);
    ck_assert_int_eq(field.wire, EVC_PB_BYTES);
    ck_assert(evc_view_is_text(field.bytes, "testing"));
    ck_assert(!evc_pb_next(&c, &field));
    ck_assert(evc_cursor_done(&c));
}
END_TEST

START_TEST(fixed_values_are_little_endian)
{
    evc_cursor c = INPUT("\x09\x01\x02\x03\x04\x05\x06\x07\x88"
                         "\x15\x01\x02\x03\x84");

    ck_assert(evc_pb_next(&c, &field));
    ck_assert_int_eq(field.wire, EVC_PB_FIXED64);
    ck_assert_uint_eq(field.value, UINT64_C(0x8807060504030201));
    ck_assert(evc_pb_next(&c, &field));
    ck_assert_int_eq(field.wire, EVC_PB_FIXED32);
    ck_assert_uint_eq(field.number, 2);
    ck_assert_uint_eq(field.value, UINT32_C(0x84030201));
}
END_TEST

START_TEST(reads_the_largest_value_and_number)
{
    evc_cursor c =
        INPUT("\xf8\xff\xff\xff\x0f\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");

    ck_assert(evc_pb_next(&c, &field));
    ck_assert_uint_eq(field.number, 536870911);
    ck_assert_uint_eq(field.value, UINT64_MAX);
    ck_assert(evc_cursor_done(&c));
}
END_TEST

START_TEST(reads_a_varint_that_is_longer_than_it_must_be)
{
    evc_cursor c = INPUT("\x88\x00\x81\x80\x00");

    ck_assert(evc_pb_next(&c, &field));
    ck_assert_uint_eq(field.number, 1);
    ck_assert_uint_eq(field.value, 1);
}
END_TEST

START_TEST(an_empty_input_is_no_failure)
{
    evc_cursor c = evc_cursor_of(NULL, 0);

    ck_assert(!evc_pb_next(&c, &field));
    ck_assert(!c.failed);
}
END_TEST

START_TEST(an_empty_field_of_bytes_is_told)
{
    evc_cursor c = INPUT("\x12\x00");

    ck_assert(evc_pb_next(&c, &field));
    ck_assert_uint_eq(field.number, 2);
    ck_assert_uint_eq(field.bytes.size, 0);
}
END_TEST

START_TEST(refuses_what_is_malformed)
{
    evc_cursor c = input(malformed[_i].bytes, malformed[_i].size);

    ck_assert_msg(!evc_pb_next(&c, &field) && c.failed, "%s was read",
                  malformed[_i].why);
    ck_assert_uint_eq(field.number, 0);
    ck_assert_uint_eq(field.bytes.size, 0);
    ck_assert(!evc_pb_next(&c, &field));
}
END_TEST

START_TEST(writes_the_published_examples)
{
    uint8_t room[16];
    evc_buf b;

    evc_buf_init_fixed(&b, room, sizeof room);
    evc_pb_put_varint(&b, 1, 150);
    evc_pb_put_bytes(&b, 2, evc_view_text("testing"));
    EVC_CHECK_OK(evc_buf_check(&b, NULL));
    ck_assert_uint_eq(b.size, 12);
    ck_assert_mem_eq(room,
                     "\x08\x96\x01\x12\x07"
                     "testing",
                     12);
}
END_TEST

static const uint64_t values[] = {0,
                                  1,
                                  127,
                                  128,
                                  16383,
                                  16384,
                                  UINT32_MAX,
                                  UINT64_C(1) << 56,
                                  UINT64_C(1) << 63,
                                  UINT64_MAX};
static const uint32_t numbers[] = {1, 15, 16, 2047, 2048, 536870911};

START_TEST(sizes_agree_with_what_is_written_and_read_back)
{
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        uint8_t room[32];
        evc_buf b;
        evc_cursor c;

        evc_buf_init_fixed(&b, room, sizeof room);
        evc_pb_put_varint(&b, numbers[i], values[_i]);
        ck_assert_uint_eq(b.size, evc_pb_size_varint(numbers[i], values[_i]));
        c = evc_cursor_of_view(evc_buf_view(&b));
        ck_assert(evc_pb_next(&c, &field) && evc_cursor_done(&c));
        ck_assert_uint_eq(field.number, numbers[i]);
        ck_assert_uint_eq(field.value, values[_i]);
    }
}
END_TEST

static const size_t sizes[] = {0, 1, 127, 128, 16383, 16384};

START_TEST(sizes_of_bytes_agree_with_what_is_written_and_read_back)
{
    static uint8_t content[16384];
    static uint8_t room[16400];
    evc_buf b;
    evc_cursor c;

    memset(content, 'x', sizeof content);
    evc_buf_init_fixed(&b, room, sizeof room);
    evc_pb_put_bytes(&b, 16, evc_view_of(content, sizes[_i]));
    ck_assert_uint_eq(b.size, evc_pb_size_bytes(16, sizes[_i]));
    c = evc_cursor_of_view(evc_buf_view(&b));
    ck_assert(evc_pb_next(&c, &field) && evc_cursor_done(&c));
    ck_assert(evc_view_equal(field.bytes, evc_view_of(content, sizes[_i])));
}
END_TEST

static int
write_some(void *user)
{
    evc_buf b;
    int rc;

    (void)user;
    evc_buf_init(&b);
    evc_pb_put_varint(&b, 1, UINT64_MAX);
    evc_pb_put_bytes(&b, 2, evc_view_text("testing"));
    rc = evc_buf_check(&b, NULL);
    evc_buf_reset(&b);
    return rc;
}

START_TEST(memory_that_runs_out_fails_the_buffer)
{
    ck_assert_uint_ge(evc_alloc_sweep(write_some, NULL), 1);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {reads_the_published_examples,
                                  fixed_values_are_little_endian,
                                  reads_the_largest_value_and_number,
                                  reads_a_varint_that_is_longer_than_it_must_be,
                                  an_empty_input_is_no_failure,
                                  an_empty_field_of_bytes_is_told,
                                  writes_the_published_examples,
                                  memory_that_runs_out_fails_the_buffer,
                                  NULL};
    TCase *tcase = tcase_create("every");

    evc_check_add(suite, "protobuf", tests);
    tcase_add_loop_test(tcase, refuses_what_is_malformed, 0,
                        sizeof malformed / sizeof malformed[0]);
    tcase_add_loop_test(tcase, sizes_agree_with_what_is_written_and_read_back, 0,
                        sizeof values / sizeof values[0]);
    tcase_add_loop_test(tcase, sizes_of_bytes_agree_with_what_is_written_and_read_back,
                        0, sizeof sizes / sizeof sizes[0]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("protobuf", add_tests)
