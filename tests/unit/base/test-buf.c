/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include "base/mem.h"
#include "evc-alloc.h"
#include "evc-check.h"

static const char x300[] =
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

START_TEST(writes_numbers_big_endian)
{
    const uint8_t expected[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    evc_buf b;

    evc_buf_init(&b);
    evc_buf_put_u8(&b, 1);
    evc_buf_put_u16(&b, 0x0203);
    evc_buf_put_u32(&b, 0x04050607);
    evc_buf_put_u64(&b, UINT64_C(0x08090a0b0c0d0e0f));
    ck_assert_uint_eq(b.size, sizeof(expected));
    ck_assert_mem_eq(b.data, expected, sizeof(expected));
    evc_buf_reset(&b);
}
END_TEST

START_TEST(grows_and_keeps_what_was_written)
{
    evc_buf b;

    evc_buf_init(&b);
    for (unsigned i = 0; i < 10000; i++)
        evc_buf_put_u8(&b, (uint8_t)i);
    EVC_CHECK_OK(evc_buf_check(&b, NULL));
    ck_assert_uint_eq(b.size, 10000);
    for (unsigned i = 0; i < 10000; i++)
        ck_assert_uint_eq(b.data[i], (uint8_t)i);
    evc_buf_reset(&b);
}
END_TEST

START_TEST(nothing_put_allocates_nothing)
{
    evc_buf b;

    evc_alloc_fail(EVC_ALLOC_NONE, false);
    evc_buf_init(&b);
    evc_buf_put(&b, NULL, 0);
    evc_buf_put_text(&b, "");
    ck_assert_uint_eq(evc_alloc_stop(), 0);
    ck_assert_ptr_null(b.data);
}
END_TEST

START_TEST(reserve_makes_later_writes_allocation_free)
{
    evc_buf b;

    evc_buf_init(&b);
    ck_assert(evc_buf_reserve(&b, 1000));
    ck_assert_uint_eq(b.capacity, 1000);
    evc_alloc_fail(EVC_ALLOC_NONE, false);
    for (int i = 0; i < 1000; i++)
        evc_buf_put_u8(&b, 1);
    ck_assert_uint_eq(evc_alloc_stop(), 0);
    evc_buf_reset(&b);
}
END_TEST

START_TEST(reserve_that_would_wrap_fails)
{
    evc_buf b;

    evc_buf_init(&b);
    evc_buf_put_u8(&b, 1);
    ck_assert(!evc_buf_reserve(&b, SIZE_MAX));
    EVC_CHECK_CODE(evc_buf_check(&b, NULL), ENVCRYPT_E_NOMEM);
    evc_buf_reset(&b);
}
END_TEST

START_TEST(growing_wipes_the_old_memory)
{
    uint8_t seen[6] = {1};
    evc_buf b;

    evc_buf_init(&b);
    evc_buf_put_text(&b, "secret");
    evc_alloc_watch(b.data, 6, seen);
    ck_assert(evc_buf_reserve(&b, 1000));
    ck_assert(evc_alloc_was_freed());
    ck_assert(evc_mem_is_zero(seen, 6));
    evc_buf_reset(&b);
}
END_TEST

START_TEST(reset_wipes_before_it_frees)
{
    uint8_t seen[6] = {1};
    evc_buf b;

    evc_buf_init(&b);
    evc_buf_put_text(&b, "secret");
    evc_alloc_watch(b.data, 6, seen);
    evc_buf_reset(&b);
    ck_assert(evc_alloc_was_freed());
    ck_assert(evc_mem_is_zero(seen, 6));
}
END_TEST

START_TEST(reset_makes_a_failed_buffer_usable)
{
    evc_buf b;

    evc_buf_init(&b);
    (void)evc_buf_reserve(&b, SIZE_MAX);
    evc_buf_reset(&b);
    evc_buf_put_u8(&b, 1);
    EVC_CHECK_OK(evc_buf_check(&b, NULL));
    evc_buf_reset(&b);
}
END_TEST

START_TEST(clear_wipes_and_keeps_the_memory)
{
    evc_buf b;
    const uint8_t *data;

    evc_buf_init(&b);
    evc_buf_put_text(&b, "secret");
    data = b.data;
    evc_buf_clear(&b);
    ck_assert_uint_eq(b.size, 0);
    ck_assert_ptr_eq(b.data, data);
    ck_assert(evc_mem_is_zero(b.data, 6));
    evc_buf_reset(&b);
}
END_TEST

START_TEST(truncate_wipes_what_it_cuts_off)
{
    evc_buf b;

    evc_buf_init(&b);
    evc_buf_put_text(&b, "secret");
    evc_buf_truncate(&b, 2);
    ck_assert_mem_eq(b.data, "se\0\0\0\0", 6);
    evc_buf_truncate(&b, 100);
    ck_assert_uint_eq(b.size, 2);
    evc_buf_reset(&b);
}
END_TEST

START_TEST(extend_gives_zeros_even_where_content_was)
{
    evc_buf b;
    uint8_t *room;

    evc_buf_init(&b);
    evc_buf_put_text(&b, "secret");
    evc_buf_truncate(&b, 1);
    room = evc_buf_extend(&b, 5);
    ck_assert(evc_mem_is_zero(room, 5));
    ck_assert_uint_eq(b.size, 6);
    evc_buf_reset(&b);
}
END_TEST

START_TEST(extend_zeroes_fixed_memory)
{
    uint8_t memory[4] = {1, 1, 1, 1};
    evc_buf b;

    evc_buf_init_fixed(&b, memory, sizeof(memory));
    ck_assert(evc_mem_is_zero(evc_buf_extend(&b, 3), 3));
    ck_assert_uint_eq(memory[3], 1);
}
END_TEST

START_TEST(fixed_memory_takes_exactly_its_size)
{
    uint8_t memory[6];
    evc_buf b;

    evc_buf_init_fixed(&b, memory, sizeof(memory));
    evc_buf_put_text(&b, "abcdef");
    EVC_CHECK_OK(evc_buf_check(&b, NULL));
}
END_TEST

START_TEST(fixed_memory_refuses_one_byte_more)
{
    uint8_t memory[6];
    evc_buf b;

    evc_buf_init_fixed(&b, memory, sizeof(memory));
    evc_buf_put_text(&b, "abcdefg");
    EVC_CHECK_CODE(evc_buf_check(&b, NULL), ENVCRYPT_E_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(b.size, 0);
}
END_TEST

START_TEST(after_a_failure_nothing_is_written)
{
    uint8_t memory[2];
    evc_buf b;

    evc_buf_init_fixed(&b, memory, sizeof(memory));
    evc_buf_put_u32(&b, 1);
    evc_buf_put_u8(&b, 1);
    evc_buf_put_format(&b, "%d", 1);
    ck_assert_uint_eq(b.size, 0);
}
END_TEST

START_TEST(lent_memory_is_used_up_to_its_end)
{
    uint8_t memory[4] = {9, 9, 9, 9};
    evc_buf b;

    evc_buf_init_lent(&b, memory, sizeof memory);
    evc_buf_put_u32(&b, 0x01020304);
    EVC_CHECK_OK(evc_buf_check(&b, NULL));
    ck_assert_ptr_eq(b.data, memory);
    evc_buf_reset(&b);
    ck_assert(evc_mem_is_zero(memory, sizeof memory));
}
END_TEST

START_TEST(what_outgrows_lent_memory_leaves_it_wiped)
{
    static const uint8_t all[] = {1, 2, 3, 4, 5};
    uint8_t memory[4];
    evc_buf b;

    evc_buf_init_lent(&b, memory, sizeof memory);
    evc_buf_put_u32(&b, 0x01020304);
    evc_buf_put_u8(&b, 5);
    EVC_CHECK_OK(evc_buf_check(&b, NULL));
    ck_assert_ptr_ne(b.data, memory);
    ck_assert_uint_eq(b.size, sizeof all);
    ck_assert_mem_eq(b.data, all, sizeof all);
    ck_assert(evc_mem_is_zero(memory, sizeof memory));
    evc_buf_reset(&b);
}
END_TEST

START_TEST(extend_zeroes_lent_memory)
{
    uint8_t memory[4] = {9, 9, 9, 9};
    evc_buf b;

    evc_buf_init_lent(&b, memory, sizeof memory);
    ck_assert_ptr_nonnull(evc_buf_extend(&b, 4));
    ck_assert(evc_mem_is_zero(memory, sizeof memory));
    evc_buf_reset(&b);
}
END_TEST

START_TEST(publish_takes_content_out_of_lent_memory)
{
    uint8_t memory[8];
    evc_buf *out;
    evc_buf b;

    evc_buf_init_lent(&b, memory, sizeof memory);
    evc_buf_put_text(&b, "abc");
    EVC_CHECK_OK(evc_buf_publish(&b, &out, NULL));
    ck_assert_str_eq((const char *)out->data, "abc");
    ck_assert_ptr_ne(out->data, memory);
    ck_assert(evc_mem_is_zero(memory, 3));
    evc_buf_free(out);
}
END_TEST

START_TEST(reset_of_fixed_memory_wipes_and_keeps_it)
{
    uint8_t memory[6];
    evc_buf b;

    evc_buf_init_fixed(&b, memory, sizeof(memory));
    evc_buf_put_text(&b, "abcdef");
    evc_buf_reset(&b);
    ck_assert(evc_mem_is_zero(memory, 6));
    ck_assert_ptr_eq(b.data, memory);
}
END_TEST

START_TEST(formats_into_room_without_a_nul)
{
    char memory[5];
    evc_buf b;

    evc_buf_init_fixed(&b, memory, sizeof(memory));
    evc_buf_put_format(&b, "%s-%d", "ab", 42);
    EVC_CHECK_OK(evc_buf_check(&b, NULL));
    ck_assert_mem_eq(memory, "ab-42", 5);
}
END_TEST

START_TEST(formats_long_text)
{
    evc_buf b;

    evc_buf_init(&b);
    evc_buf_put_format(&b, "%s!", x300);
    ck_assert_uint_eq(b.size, 301);
    ck_assert_uint_eq(b.data[299], 'x');
    ck_assert_uint_eq(b.data[300], '!');
    evc_buf_reset(&b);
}
END_TEST

/* At the size of the array on the stack, one below and one past it. */
START_TEST(formats_around_the_short_limit)
{
    evc_buf b;

    evc_buf_init(&b);
    evc_buf_put_format(&b, "%.*s", _i, x300);
    ck_assert_uint_eq(b.size, (size_t)_i);
    ck_assert_mem_eq(b.data, x300, (size_t)_i);
    evc_buf_reset(&b);
}
END_TEST

START_TEST(counted_field_holds_65535_bytes)
{
    uint8_t *field = evc_mem_new(65535);
    evc_buf b;

    evc_buf_init(&b);
    evc_buf_put_bytes16(&b, evc_view_of(field, 65535));
    EVC_CHECK_OK(evc_buf_check(&b, NULL));
    ck_assert_uint_eq(b.size, 65537);
    ck_assert_mem_eq(b.data, "\xff\xff", 2);
    evc_buf_reset(&b);
    evc_mem_free(field);
}
END_TEST

START_TEST(counted_field_refuses_65536_bytes)
{
    uint8_t *field = evc_mem_new(65536);
    evc_buf b;

    evc_buf_init(&b);
    evc_buf_put_bytes16(&b, evc_view_of(field, 65536));
    EVC_CHECK_CODE(evc_buf_check(&b, NULL), ENVCRYPT_E_INTERNAL);
    evc_buf_reset(&b);
    evc_mem_free(field);
}
END_TEST

START_TEST(publish_moves_and_ends_with_a_nul)
{
    evc_buf b;
    evc_buf *published;

    evc_buf_init(&b);
    evc_buf_put_text(&b, "text");
    EVC_CHECK_OK(evc_buf_publish(&b, &published, NULL));
    ck_assert_uint_eq(published->size, 4);
    ck_assert_str_eq((const char *)published->data, "text");
    ck_assert_ptr_null(b.data);
    evc_buf_free(published);
}
END_TEST

/* The NUL must not cost a byte of room that was reserved exactly. */
START_TEST(publish_adds_the_nul_to_a_full_buffer)
{
    evc_buf b;
    evc_buf *published;

    evc_buf_init(&b);
    ck_assert(evc_buf_reserve(&b, 100));
    (void)evc_buf_extend(&b, 100);
    EVC_CHECK_OK(evc_buf_publish(&b, &published, NULL));
    ck_assert_uint_eq(published->data[100], 0);
    evc_buf_free(published);
}
END_TEST

START_TEST(publish_of_nothing_gives_empty_text)
{
    evc_buf b;
    evc_buf *published;

    evc_buf_init(&b);
    EVC_CHECK_OK(evc_buf_publish(&b, &published, NULL));
    ck_assert_uint_eq(published->size, 0);
    ck_assert_str_eq((const char *)published->data, "");
    evc_buf_free(published);
}
END_TEST

START_TEST(publish_of_a_failed_buffer_fails)
{
    evc_buf b;
    evc_buf *published;

    evc_buf_init(&b);
    (void)evc_buf_reserve(&b, SIZE_MAX);
    EVC_CHECK_CODE(evc_buf_publish(&b, &published, NULL), ENVCRYPT_E_NOMEM);
    ck_assert_ptr_null(published);
    evc_buf_reset(&b);
}
END_TEST

START_TEST(publish_of_fixed_memory_is_refused)
{
    char memory[4];
    evc_buf b;
    evc_buf *published;

    evc_buf_init_fixed(&b, memory, sizeof(memory));
    EVC_CHECK_CODE(evc_buf_publish(&b, &published, NULL), ENVCRYPT_E_INTERNAL);
}
END_TEST

START_TEST(free_wipes_what_was_published)
{
    uint8_t seen[6] = {1};
    evc_buf b;
    evc_buf *published;

    evc_buf_init(&b);
    evc_buf_put_text(&b, "secret");
    EVC_CHECK_OK(evc_buf_publish(&b, &published, NULL));
    evc_alloc_watch(published->data, 6, seen);
    evc_buf_free(published);
    ck_assert(evc_alloc_was_freed());
    ck_assert(evc_mem_is_zero(seen, 6));
}
END_TEST

static int
write_and_publish(void *user)
{
    evc_buf *published = NULL;
    evc_error *err = NULL;
    evc_buf b;
    int rc;

    (void)user;
    evc_buf_init(&b);
    evc_buf_put_text(&b, "start");
    evc_buf_put_format(&b, "%s", x300);
    rc = evc_buf_publish(&b, &published, &err);
    evc_buf_reset(&b);
    evc_buf_free(published);
    evc_error_free(err);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    /* First block, long format, growth, the object. */
    ck_assert_uint_eq(evc_alloc_sweep(write_and_publish, NULL), 4);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const writing[] = {
        writes_numbers_big_endian,       grows_and_keeps_what_was_written,
        nothing_put_allocates_nothing,   reserve_makes_later_writes_allocation_free,
        reserve_that_would_wrap_fails,   extend_gives_zeros_even_where_content_was,
        formats_into_room_without_a_nul, formats_long_text,
        counted_field_holds_65535_bytes, counted_field_refuses_65536_bytes,
        survives_any_failed_allocation,  NULL};
    const TTest *const wiping[] = {growing_wipes_the_old_memory,
                                   reset_wipes_before_it_frees,
                                   reset_makes_a_failed_buffer_usable,
                                   clear_wipes_and_keeps_the_memory,
                                   truncate_wipes_what_it_cuts_off,
                                   free_wipes_what_was_published,
                                   NULL};
    const TTest *const fixed[] = {extend_zeroes_fixed_memory,
                                  fixed_memory_takes_exactly_its_size,
                                  fixed_memory_refuses_one_byte_more,
                                  after_a_failure_nothing_is_written,
                                  lent_memory_is_used_up_to_its_end,
                                  what_outgrows_lent_memory_leaves_it_wiped,
                                  extend_zeroes_lent_memory,
                                  publish_takes_content_out_of_lent_memory,
                                  reset_of_fixed_memory_wipes_and_keeps_it,
                                  publish_of_fixed_memory_is_refused,
                                  NULL};
    const TTest *const publishing[] = {
        publish_moves_and_ends_with_a_nul, publish_adds_the_nul_to_a_full_buffer,
        publish_of_nothing_gives_empty_text, publish_of_a_failed_buffer_fails, NULL};
    TCase *sizes = tcase_create("sizes");

    evc_check_add(suite, "writing", writing);
    evc_check_add(suite, "wiping", wiping);
    evc_check_add(suite, "fixed", fixed);
    evc_check_add(suite, "publishing", publishing);
    tcase_add_loop_test(sizes, formats_around_the_short_limit, 254, 258);
    suite_add_tcase(suite, sizes);
}

EVC_TEST_MAIN("buf", add_tests)
