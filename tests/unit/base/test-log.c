/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "evc-check.h"

typedef struct seen {
    int count;
    int32_t level;
    char text[2048];
} seen;

static seen last;

static void
take(void *user, int32_t level, const char *text)
{
    seen *s = user;

    s->count++;
    s->level = level;
    (void)snprintf(s->text, sizeof(s->text), "%s", text);
}

static const evc_log warnings = {take, &last, ENVCRYPT_LOG_WARNING};

START_TEST(passes_level_and_text_on)
{
    evc_log_write(&warnings, ENVCRYPT_LOG_ERROR, "%s %d", "chunk", 3);
    ck_assert_int_eq(last.count, 1);
    ck_assert_int_eq(last.level, ENVCRYPT_LOG_ERROR);
    ck_assert_str_eq(last.text, "chunk 3");
}
END_TEST

START_TEST(passes_the_highest_wanted_level_on)
{
    evc_log_write(&warnings, ENVCRYPT_LOG_WARNING, "x");
    ck_assert_int_eq(last.count, 1);
}
END_TEST

START_TEST(drops_the_next_level)
{
    evc_log_write(&warnings, ENVCRYPT_LOG_INFO, "x");
    ck_assert_int_eq(last.count, 0);
}
END_TEST

START_TEST(is_silent_without_a_sink)
{
    const evc_log silent = {NULL, NULL, ENVCRYPT_LOG_DEBUG};

    evc_log_write(&silent, ENVCRYPT_LOG_ERROR, "x");
    evc_log_write(NULL, ENVCRYPT_LOG_ERROR, "x");
}
END_TEST

START_TEST(lines_are_clean_utf8)
{
    evc_log_write(&warnings, ENVCRYPT_LOG_ERROR, "a\nb\033c\xff");
    ck_assert_str_eq(last.text, "a?b?c?");
}
END_TEST

START_TEST(long_lines_are_cut)
{
    evc_log_write(&warnings, ENVCRYPT_LOG_ERROR, "%01500d", 0);
    ck_assert_uint_eq(strlen(last.text), 1023);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {passes_level_and_text_on,
                                  passes_the_highest_wanted_level_on,
                                  drops_the_next_level,
                                  is_silent_without_a_sink,
                                  lines_are_clean_utf8,
                                  long_lines_are_cut,
                                  NULL};

    evc_check_add(suite, "log", tests);
}

EVC_TEST_MAIN("log", add_tests)
