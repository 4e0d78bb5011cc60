/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/pem.h"

#include "evc-alloc.h"
#include "evc-check.h"

static evc_buf der;
static evc_view label;

static int
read_text(const char *text)
{
    evc_buf_reset(&der);
    return evc_pem_read(evc_view_text(text), &label, &der, NULL);
}

static void
accept(const char *text, const char *expected)
{
    EVC_CHECK_OK(read_text(text));
    ck_assert(evc_view_is_text(label, "KEY"));
    ck_assert(evc_view_is_text(evc_buf_view(&der), expected));
    evc_buf_reset(&der);
}

static void
refuse(const char *text)
{
    EVC_CHECK_CODE(read_text(text), ENVCRYPT_E_ENCODING);
    evc_buf_reset(&der);
}

START_TEST(reads_one_block)
{
    accept("-----BEGIN KEY-----\nYSBrZXk=\n-----END KEY-----\n", "a key");
}
END_TEST

START_TEST(reads_block_after_block)
{
    evc_cursor c = evc_cursor_of_view(
        evc_view_text("x\n-----BEGIN A-----\nYQ==\n-----END A-----\nbetween\n"
                      "-----BEGIN B-----\nYg==\n-----END B-----\nrest\n"));

    evc_buf_reset(&der);
    EVC_CHECK_OK(evc_pem_next(&c, &label, &der, NULL));
    ck_assert(evc_view_is_text(label, "A"));
    EVC_CHECK_OK(evc_pem_next(&c, &label, &der, NULL));
    ck_assert(evc_view_is_text(label, "B"));
    ck_assert(evc_view_is_text(evc_buf_view(&der), "ab"));
    EVC_CHECK_CODE(evc_pem_next(&c, &label, &der, NULL), ENVCRYPT_E_ENCODING);
    evc_buf_reset(&der);
}
END_TEST

START_TEST(reads_a_label_of_several_words)
{
    EVC_CHECK_OK(read_text("-----BEGIN ENCRYPTED PRIVATE KEY-----\nYQ==\n-----END "
                           "ENCRYPTED PRIVATE KEY-----"));
    ck_assert(evc_view_is_text(label, "ENCRYPTED PRIVATE KEY"));
    evc_buf_reset(&der);
}
END_TEST

START_TEST(reads_lines_of_any_length)
{
    accept("-----BEGIN KEY-----\nY\nSBr\n\nZXk=\n-----END KEY-----\n", "a key");
}
END_TEST

START_TEST(reads_lines_that_end_in_white_space)
{
    accept("-----BEGIN KEY----- \r\nYSBr \t\r\nZXk=\r\n-----END KEY-----\r\n", "a key");
}
END_TEST

START_TEST(needs_no_line_feed_at_the_end)
{
    accept("-----BEGIN KEY-----\nYSBrZXk=\n-----END KEY-----", "a key");
}
END_TEST

START_TEST(skips_lines_before_the_block)
{
    accept("Bag Attributes\n    name: x\n-----BEGIN-----\n----- BEGIN KEY-----\n"
           "-----BEGIN KEY-----\nYSBrZXk=\n-----END KEY-----\n",
           "a key");
}
END_TEST

START_TEST(reads_the_first_of_two_blocks)
{
    accept("-----BEGIN KEY-----\nYSBrZXk=\n-----END KEY-----\n"
           "-----BEGIN OTHER-----\nYQ==\n-----END OTHER-----\n",
           "a key");
}
END_TEST

START_TEST(appends_to_the_buffer)
{
    evc_buf_put_text(&der, "before ");
    EVC_CHECK_OK(evc_pem_read(
        evc_view_text("-----BEGIN KEY-----\nYSBrZXk=\n-----END KEY-----\n"), &label,
        &der, NULL));
    ck_assert(evc_view_is_text(evc_buf_view(&der), "before a key"));
    evc_buf_reset(&der);
}
END_TEST

static const char *const refused[] = {
    "",
    "\n",
    "YSBrZXk=\n",
    "-----BEGIN KEY-----",
    "-----BEGIN KEY-----\n",
    "-----BEGIN KEY-----\nYSBrZXk=\n",
    "-----BEGIN KEY-----\nYSBrZXk=\n-----END KEY----\n",
    "-----BEGIN KEY-----\nYSBrZXk=\n-----END KEY\n",
    "-----BEGIN KEY-----\nYSBrZXk=\n-----END OTHER-----\n",
    "-----BEGIN KEY-----\nYSBrZXk=\n-----BEGIN KEY-----\n-----END KEY-----\n",
    "-----BEGIN KEY-----\n-----END KEY-----\n",                 /* nothing inside */
    "-----BEGIN KEY-----\nYSBrZXk\n-----END KEY-----\n",        /* no padding */
    "-----BEGIN KEY-----\nYSBr ZXk=\n-----END KEY-----\n",      /* a space inside */
    "-----BEGIN KEY-----\n YSBrZXk=\n-----END KEY-----\n",      /* and before */
    "-----BEGIN KEY-----\nYSBrZXk=\nYQ==\n-----END KEY-----\n", /* after padding */
    "-----BEGIN KEY-----\nProc-Type: 4\n\nYQ==\n-----END KEY-----\n", /* a header */
    "-----BEGIN -----\nYQ==\n-----END -----\n",                       /* no label */
    "-----BEGIN KEY----\nYQ==\n-----END KEY-----\n",
};

START_TEST(refuses_what_is_no_block)
{
    refuse(refused[_i]);
}
END_TEST

static int
read_once(void *user)
{
    evc_buf out = {0};
    int rc = evc_pem_read(
        evc_view_text("-----BEGIN KEY-----\nYSBrZXk=\n-----END KEY-----\n"), &label,
        &out, NULL);

    (void)user;
    evc_buf_reset(&out);
    return rc;
}

START_TEST(refuses_when_memory_is_out)
{
    ck_assert_uint_gt(evc_alloc_sweep(read_once, NULL), 1);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        reads_one_block,
        reads_block_after_block,
        reads_a_label_of_several_words,
        reads_lines_of_any_length,
        reads_lines_that_end_in_white_space,
        needs_no_line_feed_at_the_end,
        skips_lines_before_the_block,
        reads_the_first_of_two_blocks,
        appends_to_the_buffer,
        refuses_when_memory_is_out,
        NULL,
    };
    TCase *tcase = tcase_create("refused");

    evc_check_add(suite, "pem", tests);
    tcase_add_loop_test(tcase, refuses_what_is_no_block, 0,
                        (int)(sizeof refused / sizeof refused[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("pem", add_tests)
