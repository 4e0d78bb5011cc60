/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "base/mem.h"
#include "evc-alloc.h"
#include "evc-check.h"

static char *text;

static void
set_up(void)
{
    text = NULL;
}

static void
tear_down(void)
{
    evc_mem_free(text);
}

START_TEST(a_text_takes_the_place_of_the_one_before)
{
    EVC_CHECK_OK(evc_text_set(&text, "a", NULL));
    EVC_CHECK_OK(evc_text_set(&text, "b", NULL));
    ck_assert_str_eq(text, "b");
    EVC_CHECK_OK(evc_text_set(&text, NULL, NULL));
    ck_assert_ptr_null(text);
}
END_TEST

START_TEST(a_text_may_be_set_to_itself)
{
    EVC_CHECK_OK(evc_text_set(&text, "a", NULL));
    EVC_CHECK_OK(evc_text_set(&text, text, NULL));
    ck_assert_str_eq(text, "a");
}
END_TEST

START_TEST(a_buffer_is_taken_and_empty_then)
{
    evc_buf buffer;

    evc_buf_init(&buffer);
    evc_buf_put_text(&buffer, "this pod");
    EVC_CHECK_OK(evc_text_take(&text, &buffer, NULL));
    ck_assert_str_eq(text, "this pod");
    ck_assert_uint_eq(buffer.size, 0);
}
END_TEST

START_TEST(a_buffer_that_failed_leaves_the_text)
{
    char room[2];
    evc_buf buffer;

    EVC_CHECK_OK(evc_text_set(&text, "a", NULL));
    evc_buf_init_fixed(&buffer, room, sizeof(room));
    evc_buf_put_text(&buffer, "this pod");
    EVC_CHECK_CODE(evc_text_take(&text, &buffer, NULL), ENVCRYPT_E_BUFFER_TOO_SMALL);
    ck_assert_str_eq(text, "a");
}
END_TEST

static int
set_and_take(void *user)
{
    evc_buf buffer;
    int rc = evc_text_set(&text, "a", NULL);

    (void)user;
    evc_buf_init(&buffer);
    evc_buf_put_text(&buffer, "b");
    if (rc == 0)
        rc = evc_text_take(&text, &buffer, NULL);
    evc_buf_reset(&buffer);
    return rc;
}

START_TEST(memory_that_runs_out_is_told)
{
    ck_assert_uint_eq(evc_alloc_sweep(set_and_take, NULL), 3);
}
END_TEST

static void format(char *out, size_t room, const char *form, ...) EVC_PRINTF(3, 4);

static void
format(char *out, size_t room, const char *form, ...)
{
    va_list arguments;

    va_start(arguments, form);
    evc_text_format(out, room, form, arguments);
    va_end(arguments);
}

START_TEST(a_sentence_is_cut_where_its_place_ends)
{
    char out[8];

    format(out, sizeof(out), "%s %d", "pods", 12);
    ck_assert_str_eq(out, "pods 12");
    format(out, sizeof(out), "%s %d", "pods", 123);
    ck_assert_str_eq(out, "pods 12");
}
END_TEST

START_TEST(a_sentence_is_clean_also_where_a_character_was_cut)
{
    char out[4];

    format(out, sizeof(out), "%s", "a\tb");
    ck_assert_str_eq(out, "a?b");
    format(out, sizeof(out), "ab%s", "\xc3\xa4");
    ck_assert_str_eq(out, "ab?");
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("text");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_text_takes_the_place_of_the_one_before);
    tcase_add_test(tcase, a_text_may_be_set_to_itself);
    tcase_add_test(tcase, a_buffer_is_taken_and_empty_then);
    tcase_add_test(tcase, a_buffer_that_failed_leaves_the_text);
    tcase_add_test(tcase, memory_that_runs_out_is_told);
    tcase_add_test(tcase, a_sentence_is_cut_where_its_place_ends);
    tcase_add_test(tcase, a_sentence_is_clean_also_where_a_character_was_cut);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("text", add_tests)
