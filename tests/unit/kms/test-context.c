/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/context.h"

#include "base/mem.h"
#include "evc-alloc.h"
#include "evc-check.h"

static evc_view
text(const char *s)
{
    return evc_view_text(s);
}

static void
add(evc_context *context, const char *name, const char *value)
{
    EVC_CHECK_OK(evc_context_add(context, text(name), text(value), NULL));
}

START_TEST(empty_context_has_no_bytes)
{
    evc_kv pairs;
    evc_buf out;

    evc_kv_init(&pairs);
    evc_buf_init(&out);
    evc_context_write(&pairs, &out);
    evc_context_write(NULL, &out);
    ck_assert_uint_eq(out.size, 0);
    ck_assert_uint_eq(evc_context_size(&pairs), 0);
    ck_assert_uint_eq(evc_context_size(NULL), 0);
    evc_buf_reset(&out);
}
END_TEST

START_TEST(writes_count_and_sorted_pairs)
{
    static const uint8_t expected[] = {0, 3, 0, 1, 'B', 0,   1, '1', 0,   1,  'a',
                                       0, 0, 0, 2, 'a', 'b', 0, 2,   'x', 'y'};
    evc_context context;
    evc_buf out;

    evc_context_init(&context);
    evc_buf_init(&out);
    add(&context, "ab", "xy");
    add(&context, "a", "");
    add(&context, "B", "1");
    evc_context_write(&context.pairs, &out);
    ck_assert_uint_eq(out.size, sizeof(expected));
    ck_assert_mem_eq(out.data, expected, sizeof(expected));
    ck_assert_uint_eq(evc_context_size(&context.pairs), sizeof(expected));
    ck_assert_uint_eq(context.size, sizeof(expected));
    evc_buf_reset(&out);
    evc_context_reset(&context);
}
END_TEST

/* U+FF5E sorts before U+1F600 by its bytes, and after it by UTF-16 units. */
START_TEST(sorts_by_bytes_of_utf8)
{
    evc_context context;

    evc_context_init(&context);
    add(&context, "\xf0\x9f\x98\x80", "2");
    add(&context, "\xef\xbd\x9e", "1");
    ck_assert_str_eq((const char *)context.pairs.pairs[0].value.data, "1");
    evc_context_reset(&context);
}
END_TEST

START_TEST(refuses_empty_name)
{
    EVC_CHECK_CODE(evc_context_check(text(""), text("v"), NULL), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(refuses_reserved_names)
{
    EVC_CHECK_CODE(evc_context_check(text("aws-crypto-"), text("v"), NULL),
                   ENVCRYPT_E_CONTEXT_RESERVED);
    EVC_CHECK_CODE(evc_context_check(text("aws-crypto-public-key"), text("v"), NULL),
                   ENVCRYPT_E_CONTEXT_RESERVED);
}
END_TEST

START_TEST(accepts_names_near_the_reserved_ones)
{
    EVC_CHECK_OK(evc_context_check(text("aws-crypto"), text("v"), NULL));
    EVC_CHECK_OK(evc_context_check(text("AWS-crypto-x"), text("v"), NULL));
}
END_TEST

START_TEST(refuses_name_that_is_not_utf8)
{
    EVC_CHECK_CODE(evc_context_check(text("\xff"), text("v"), NULL), ENVCRYPT_E_UTF8);
}
END_TEST

START_TEST(refuses_value_that_is_not_utf8)
{
    EVC_CHECK_CODE(evc_context_check(text("n"), text("\xc0\x80"), NULL),
                   ENVCRYPT_E_UTF8);
}
END_TEST

START_TEST(refuses_a_name_twice)
{
    evc_context context;

    evc_context_init(&context);
    add(&context, "a", "1");
    EVC_CHECK_CODE(evc_context_add(&context, text("a"), text("2"), NULL),
                   ENVCRYPT_E_CONTEXT_DUPLICATE);
    ck_assert_uint_eq(context.size, 2 + 4 + 2);
    evc_context_reset(&context);
}
END_TEST

START_TEST(holds_65535_bytes_and_not_one_more)
{
    static char value[65535];
    evc_context context;

    memset(value, 'v', sizeof(value));
    evc_context_init(&context);
    EVC_CHECK_CODE(evc_context_add(&context, text("n"),
                                   evc_view_of(value, EVC_CONTEXT_MAX - 6), NULL),
                   ENVCRYPT_E_LIMIT_CONTEXT);
    ck_assert_uint_eq(context.pairs.count, 0);
    EVC_CHECK_OK(evc_context_add(&context, text("n"),
                                 evc_view_of(value, EVC_CONTEXT_MAX - 7), NULL));
    ck_assert_uint_eq(context.size, EVC_CONTEXT_MAX);
    EVC_CHECK_CODE(evc_context_add(&context, text("m"), text(""), NULL),
                   ENVCRYPT_E_LIMIT_CONTEXT);
    evc_context_reset(&context);
}
END_TEST

START_TEST(writing_a_value_past_65535_bytes_fails_the_buffer)
{
    static char value[65536];
    evc_kv pairs;
    evc_buf out;

    evc_kv_init(&pairs);
    evc_buf_init(&out);
    memset(value, 'v', sizeof(value));
    EVC_CHECK_OK(
        evc_kv_add(&pairs, text("n"), evc_view_of(value, sizeof(value)), NULL));
    evc_context_write(&pairs, &out);
    EVC_CHECK_CODE(evc_buf_check(&out, NULL), ENVCRYPT_E_INTERNAL);
    evc_buf_reset(&out);
    evc_kv_reset(&pairs);
}
END_TEST

static int
read_bytes(const void *bytes, size_t size, evc_kv *out)
{
    evc_kv_init(out);
    return evc_context_read(evc_view_of(bytes, size), out, NULL);
}

START_TEST(reads_what_it_writes)
{
    evc_context context;
    evc_kv pairs;
    evc_buf out;

    evc_context_init(&context);
    evc_buf_init(&out);
    add(&context, "b", "2");
    add(&context, "a", "1");
    evc_context_write(&context.pairs, &out);
    EVC_CHECK_OK(read_bytes(out.data, out.size, &pairs));
    ck_assert_uint_eq(pairs.count, 2);
    ck_assert_str_eq((const char *)pairs.pairs[1].value.data, "2");
    evc_kv_reset(&pairs);
    evc_buf_reset(&out);
    evc_context_reset(&context);
}
END_TEST

START_TEST(reads_nothing_as_no_pairs)
{
    evc_kv pairs;

    EVC_CHECK_OK(read_bytes("", 0, &pairs));
    ck_assert_uint_eq(pairs.count, 0);
}
END_TEST

START_TEST(reads_pairs_in_any_order)
{
    evc_kv pairs;

    EVC_CHECK_OK(read_bytes("\0\2\0\1b\0\0\0\1a\0\0", 12, &pairs));
    ck_assert_str_eq((const char *)pairs.pairs[0].name.data, "a");
    evc_kv_reset(&pairs);
}
END_TEST

START_TEST(reading_replaces_what_the_list_held)
{
    evc_kv pairs;

    evc_kv_init(&pairs);
    EVC_CHECK_OK(evc_kv_add(&pairs, text("old"), text(""), NULL));
    EVC_CHECK_OK(evc_context_read(evc_view_of("\0\1\0\1a\0\0", 7), &pairs, NULL));
    ck_assert_uint_eq(pairs.count, 1);
    ck_assert_str_eq((const char *)pairs.pairs[0].name.data, "a");
    evc_kv_reset(&pairs);
}
END_TEST

START_TEST(rejects_count_zero_with_bytes)
{
    evc_kv pairs;

    EVC_CHECK_CODE(read_bytes("\0\0", 2, &pairs), ENVCRYPT_E_HEADER);
}
END_TEST

START_TEST(rejects_duplicate_names)
{
    evc_kv pairs;

    EVC_CHECK_CODE(read_bytes("\0\2\0\1a\0\0\0\1a\0\0", 12, &pairs), ENVCRYPT_E_HEADER);
}
END_TEST

START_TEST(rejects_bytes_after_the_last_pair)
{
    evc_kv pairs;

    EVC_CHECK_CODE(read_bytes("\0\1\0\1a\0\0\0", 8, &pairs), ENVCRYPT_E_HEADER);
}
END_TEST

START_TEST(rejects_text_that_is_not_utf8)
{
    evc_kv pairs;

    EVC_CHECK_CODE(read_bytes("\0\1\0\1a\0\1\xff", 8, &pairs), ENVCRYPT_E_HEADER);
}
END_TEST

START_TEST(rejects_every_truncation)
{
    static const char whole[] = "\0\2\0\1a\0\0\0\1b\0\1x";

    for (size_t size = 1; size < sizeof(whole) - 1; size++) {
        char *copy = evc_mem_dup(whole, size); /* ends where the sanitizer looks */
        evc_kv pairs;

        EVC_CHECK_CODE(read_bytes(copy, size, &pairs), ENVCRYPT_E_HEADER);
        evc_mem_free(copy);
    }
}
END_TEST

START_TEST(failed_read_leaves_the_list)
{
    evc_kv pairs;

    evc_kv_init(&pairs);
    EVC_CHECK_OK(evc_kv_add(&pairs, text("old"), text(""), NULL));
    EVC_CHECK_CODE(evc_context_read(evc_view_of("\0", 1), &pairs, NULL),
                   ENVCRYPT_E_HEADER);
    ck_assert_uint_eq(pairs.count, 1);
    evc_kv_reset(&pairs);
}
END_TEST

START_TEST(copy_has_pairs_and_size)
{
    evc_context from;
    evc_context to;

    evc_context_init(&from);
    evc_context_init(&to);
    add(&from, "a", "1");
    add(&to, "old", "");
    EVC_CHECK_OK(evc_context_copy(&to, &from.pairs, NULL));
    ck_assert_uint_eq(to.pairs.count, 1);
    ck_assert_uint_eq(to.size, from.size);
    EVC_CHECK_OK(evc_context_copy(&to, NULL, NULL));
    ck_assert_uint_eq(to.size, 0);
    evc_context_reset(&from);
    evc_context_reset(&to);
}
END_TEST

static int
read_and_copy(void *user)
{
    evc_context copy;
    evc_kv pairs;
    int rc;

    (void)user;
    evc_kv_init(&pairs);
    evc_context_init(&copy);
    rc = evc_context_read(evc_view_of("\0\2\0\1b\0\0\0\1a\0\0", 12), &pairs, NULL);
    if (!rc)
        rc = evc_context_copy(&copy, &pairs, NULL);
    if (!rc)
        rc = evc_context_add(&copy, text("c"), text("3"), NULL);
    evc_kv_reset(&pairs);
    evc_context_reset(&copy);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    evc_alloc_sweep(read_and_copy, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const pairs[] = {refuses_empty_name,
                                  refuses_reserved_names,
                                  accepts_names_near_the_reserved_ones,
                                  refuses_name_that_is_not_utf8,
                                  refuses_value_that_is_not_utf8,
                                  refuses_a_name_twice,
                                  holds_65535_bytes_and_not_one_more,
                                  copy_has_pairs_and_size,
                                  survives_memory_that_runs_out,
                                  NULL};
    const TTest *const writing[] = {
        empty_context_has_no_bytes, writes_count_and_sorted_pairs,
        sorts_by_bytes_of_utf8, writing_a_value_past_65535_bytes_fails_the_buffer,
        NULL};
    const TTest *const reading[] = {reads_what_it_writes,
                                    reads_nothing_as_no_pairs,
                                    reads_pairs_in_any_order,
                                    reading_replaces_what_the_list_held,
                                    rejects_count_zero_with_bytes,
                                    rejects_duplicate_names,
                                    rejects_bytes_after_the_last_pair,
                                    rejects_text_that_is_not_utf8,
                                    rejects_every_truncation,
                                    failed_read_leaves_the_list,
                                    NULL};

    evc_check_add(suite, "pairs", pairs);
    evc_check_add(suite, "writing", writing);
    evc_check_add(suite, "reading", reading);
}

EVC_TEST_MAIN("context", add_tests)
