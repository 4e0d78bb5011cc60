/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <stdint.h>

#include "evc-alloc.h"
#include "evc-check.h"

START_TEST(init_succeeds_any_number_of_times)
{
    ck_assert_int_eq(evc_mem_init(), 0);
    ck_assert_int_eq(evc_mem_init(), 0);
}
END_TEST

START_TEST(new_memory_is_zero)
{
    uint8_t *block = evc_mem_new(1000);

    ck_assert_int_eq(evc_mem_is_zero(block, 1000), 1);
    evc_mem_free(block);
}
END_TEST

START_TEST(size_zero_gives_a_block)
{
    void *block = evc_mem_new(0);

    ck_assert_ptr_nonnull(block);
    evc_mem_free(block);
}
END_TEST

START_TEST(array_of_nothing_gives_a_block)
{
    void *block = evc_mem_new_array(0, 8);

    ck_assert_ptr_nonnull(block);
    evc_mem_free(block);
}
END_TEST

START_TEST(array_that_overflows_is_null)
{
    ck_assert_ptr_null(evc_mem_new_array(SIZE_MAX / 8 + 2, 8));
}
END_TEST

START_TEST(grow_keeps_content_and_zeroes_the_rest)
{
    uint32_t *block = evc_mem_new_array(2, sizeof(*block));

    block[0] = 1;
    block[1] = 2;
    block = evc_mem_grow(block, 2, 4, sizeof(*block));
    ck_assert_uint_eq(block[0], 1);
    ck_assert_uint_eq(block[1], 2);
    ck_assert_uint_eq(block[2], 0);
    ck_assert_uint_eq(block[3], 0);
    evc_mem_free(block);
}
END_TEST

START_TEST(grow_from_nothing_is_new)
{
    uint8_t *block = evc_mem_grow(NULL, 0, 10, 1);

    ck_assert_int_eq(evc_mem_is_zero(block, 10), 1);
    evc_mem_free(block);
}
END_TEST

START_TEST(grow_wipes_the_old_block)
{
    uint8_t seen[8];
    uint8_t *block = evc_mem_dup("secret!", 8);

    evc_alloc_watch(block, 8, seen);
    block = evc_mem_grow(block, 8, 16, 1);
    ck_assert(evc_alloc_was_freed());
    ck_assert_int_eq(evc_mem_is_zero(seen, 8), 1);
    evc_mem_free(block);
}
END_TEST

START_TEST(failed_grow_keeps_the_old_block)
{
    char *block = evc_mem_strdup("secret");

    ck_assert_ptr_null(evc_mem_grow(block, 7, SIZE_MAX / 2, 8));
    ck_assert_str_eq(block, "secret");
    evc_mem_free(block);
}
END_TEST

START_TEST(free_wiped_wipes_before_it_frees)
{
    uint8_t seen[8] = {1};
    uint8_t *block = evc_mem_dup("secret!", 8);

    evc_alloc_watch(block, 8, seen);
    evc_mem_free_wiped(block, 8);
    ck_assert(evc_alloc_was_freed());
    ck_assert_int_eq(evc_mem_is_zero(seen, 8), 1);
}
END_TEST

START_TEST(freeing_null_is_fine)
{
    evc_mem_free(NULL);
    evc_mem_free_wiped(NULL, 10);
}
END_TEST

START_TEST(dup_of_nothing_gives_a_block)
{
    void *block = evc_mem_dup(NULL, 0);

    ck_assert_ptr_nonnull(block);
    evc_mem_free(block);
}
END_TEST

START_TEST(a_text_of_bytes_ends_with_a_nul)
{
    char *some = evc_mem_text("secret!", 6);
    char *none = evc_mem_text(NULL, 0);

    ck_assert_str_eq(some, "secret");
    ck_assert_str_eq(none, "");
    ck_assert_ptr_null(evc_mem_text("", SIZE_MAX));
    evc_mem_free(some);
    evc_mem_free(none);
}
END_TEST

START_TEST(strdup_copies)
{
    char *copy = evc_mem_strdup("text");

    ck_assert_str_eq(copy, "text");
    evc_mem_free(copy);
}
END_TEST

START_TEST(wipe_leaves_zeros)
{
    char text[] = "secret";

    evc_mem_wipe(text, sizeof(text));
    ck_assert_int_eq(evc_mem_is_zero(text, sizeof(text)), 1);
}
END_TEST

START_TEST(equal_secrets_are_equal)
{
    ck_assert_int_eq(evc_mem_equal_secret("abcd", "abcd", 4), 1);
}
END_TEST

START_TEST(secrets_that_differ_in_the_last_bit_are_not_equal)
{
    ck_assert_int_eq(evc_mem_equal_secret("abcd", "abce", 4), 0);
}
END_TEST

START_TEST(secrets_of_no_bytes_are_equal)
{
    ck_assert_int_eq(evc_mem_equal_secret(NULL, NULL, 0), 1);
}
END_TEST

START_TEST(one_set_bit_is_not_zero)
{
    uint8_t bytes[33] = {0};

    bytes[32] = 0x80;
    ck_assert_int_eq(evc_mem_is_zero(bytes, 33), 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const blocks[] = {init_succeeds_any_number_of_times,
                                   new_memory_is_zero,
                                   size_zero_gives_a_block,
                                   array_of_nothing_gives_a_block,
                                   array_that_overflows_is_null,
                                   grow_keeps_content_and_zeroes_the_rest,
                                   grow_from_nothing_is_new,
                                   failed_grow_keeps_the_old_block,
                                   freeing_null_is_fine,
                                   dup_of_nothing_gives_a_block,
                                   strdup_copies,
                                   a_text_of_bytes_ends_with_a_nul,
                                   NULL};
    const TTest *const secrets[] = {grow_wipes_the_old_block,
                                    free_wiped_wipes_before_it_frees,
                                    wipe_leaves_zeros,
                                    equal_secrets_are_equal,
                                    secrets_that_differ_in_the_last_bit_are_not_equal,
                                    secrets_of_no_bytes_are_equal,
                                    one_set_bit_is_not_zero,
                                    NULL};

    evc_check_add(suite, "blocks", blocks);
    evc_check_add(suite, "secrets", secrets);
}

EVC_TEST_MAIN("mem", add_tests)
