/* SPDX-License-Identifier: Apache-2.0 */
#include "envcrypt/buffer.h"

#include "base/buf.h"
#include "evc-check.h"

static envcrypt_buffer *
make(const char *text)
{
    envcrypt_buffer *published = NULL;
    evc_buf b;

    evc_buf_init(&b);
    evc_buf_put_text(&b, text);
    EVC_CHECK_OK(evc_buf_publish(&b, &published, NULL));
    return published;
}

START_TEST(data_and_size_are_what_was_published)
{
    envcrypt_buffer *buffer = make("abc");

    ck_assert_uint_eq(envcrypt_buffer_size(buffer), 3);
    ck_assert_mem_eq(envcrypt_buffer_data(buffer), "abc", 4);
    envcrypt_buffer_free(buffer);
}
END_TEST

START_TEST(an_empty_buffer_has_a_pointer_to_a_nul)
{
    envcrypt_buffer *buffer = make("");

    ck_assert_uint_eq(envcrypt_buffer_size(buffer), 0);
    ck_assert_str_eq(envcrypt_buffer_data(buffer), "");
    envcrypt_buffer_free(buffer);
}
END_TEST

START_TEST(null_is_empty)
{
    ck_assert_uint_eq(envcrypt_buffer_size(NULL), 0);
    ck_assert_str_eq(envcrypt_buffer_data(NULL), "");
    envcrypt_buffer_free(NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {data_and_size_are_what_was_published,
                                  an_empty_buffer_has_a_pointer_to_a_nul, null_is_empty,
                                  NULL};

    evc_check_add(suite, "buffer", tests);
}

EVC_TEST_MAIN("buffer", add_tests)
