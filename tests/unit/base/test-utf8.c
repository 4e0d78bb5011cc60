/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include <iconv.h>
#include <stdint.h>

#include "evc-check.h"

START_TEST(nothing_is_utf8)
{
    ck_assert(evc_is_utf8(evc_view_of(NULL, 0)));
}
END_TEST

static const char *const good[] = {
    "abc",
    "\x7f",
    "\xc2\x80",         /* U+0080, the first of two bytes */
    "\xdf\xbf",         /* U+07FF, the last */
    "\xe0\xa0\x80",     /* U+0800 */
    "\xed\x9f\xbf",     /* U+D7FF, before the surrogates */
    "\xee\x80\x80",     /* U+E000, behind them */
    "\xef\xbf\xbf",     /* U+FFFF */
    "\xf0\x90\x80\x80", /* U+10000 */
    "\xf4\x8f\xbf\xbf", /* U+10FFFF */
};

START_TEST(accepts_the_ends_of_each_range)
{
    ck_assert(evc_is_utf8(evc_view_text(good[_i])));
}
END_TEST

static const char *const bad[] = {
    "\x80",             /* continuation alone */
    "\xc2",             /* cut */
    "\xc2z",            /* no continuation */
    "\xc0\x80",         /* overlong NUL */
    "\xc1\xbf",         /* overlong U+007F */
    "\xe0\x9f\xbf",     /* overlong U+07FF */
    "\xe2\x82",         /* cut */
    "\xe2\x82z",        /* no continuation */
    "\xed\xa0\x80",     /* U+D800, a surrogate */
    "\xed\xbf\xbf",     /* U+DFFF */
    "\xf0\x8f\xbf\xbf", /* overlong U+FFFF */
    "\xf0\x9f\x98",     /* cut */
    "\xf4\x90\x80\x80", /* U+110000 */
    "\xf5\x80\x80\x80", /* past every character */
    "\xfe",
    "\xff",
    "good then \xff",
};

START_TEST(rejects_malformed_sequences)
{
    ck_assert(!evc_is_utf8(evc_view_text(bad[_i])));
}
END_TEST

/* The C library's converter as judge. */
static bool
judge(iconv_t converter, const uint8_t *bytes, size_t size)
{
    char in[4];
    char out[64];
    char *from = in;
    char *to = out;
    size_t left = size;
    size_t room = sizeof(out);

    memcpy(in, bytes, size);
    (void)iconv(converter, NULL, NULL, NULL, NULL);
    return iconv(converter, &from, &left, &to, &room) != (size_t)-1 && left == 0;
}

/* All first and second bytes, with third and fourth ones at the ends of the range. */
START_TEST(agrees_with_the_c_library)
{
    static const uint8_t ends[] = {0x00, 0x41, 0x7f, 0x80, 0xa5, 0xbf, 0xc0, 0xff};
    iconv_t converter = iconv_open("UTF-32LE", "UTF-8");
    uint8_t bytes[4];

    ck_assert(converter != (iconv_t)-1);
    bytes[3] = ends[_i];
    for (unsigned i = 0; i < 256u * 256u * 8u; i++) {
        size_t size;

        bytes[0] = (uint8_t)(i >> 11);
        bytes[1] = (uint8_t)(i >> 3);
        bytes[2] = ends[i & 7];
        for (size = 1; size <= 4; size++) {
            if (evc_is_utf8(evc_view_of(bytes, size)) == judge(converter, bytes, size))
                continue;
            ck_abort_msg("%zu bytes of %02x %02x %02x %02x", size, bytes[0], bytes[1],
                         bytes[2], bytes[3]);
        }
    }
    iconv_close(converter);
}
END_TEST

static const struct {
    const char *before, *after;
} cleaned[] = {
    {"", ""},
    {"plain text ~", "plain text ~"},
    {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
    {"a\tb\nc\rd", "a?b?c?d"},
    {"\x01\x1f\x7f", "???"},
    {"\033[31m", "?[31m"},
    {"\xc2\x9b"
     "31m",
     "??31m"},                /* U+009B, the C1 form of the same */
    {"\xc2\xa0", "\xc2\xa0"}, /* U+00A0, behind C1 */
    {"a\xff\xfe", "a??"},
    {"cut \xe2\x82", "cut ??"},
    {"\xed\xa0\x80", "???"},
};

START_TEST(cleans_controls_and_malformed_bytes)
{
    char text[64];

    ck_assert_uint_lt(strlen(cleaned[_i].before), sizeof(text));
    (void)snprintf(text, sizeof(text), "%s", cleaned[_i].before);
    evc_utf8_clean(text);
    ck_assert_str_eq(text, cleaned[_i].after);
}
END_TEST

START_TEST(a_copy_is_cut_and_clean)
{
    char text[6];

    evc_utf8_copy(text, sizeof(text), "no\nway");
    ck_assert_str_eq(text, "no?wa");
    evc_utf8_copy(text, sizeof(text), "abcd\xc3\xa4");
    ck_assert_str_eq(text, "abcd?");
    evc_utf8_copy(text, sizeof(text), "");
    ck_assert_str_eq(text, "");
}
END_TEST

static void
add_loop(Suite *suite, const char *name, const TTest *test, size_t count)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test, 0, (int)count);
    suite_add_tcase(suite, tcase);
}

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {nothing_is_utf8, a_copy_is_cut_and_clean, NULL};

    evc_check_add(suite, "utf8", tests);
    add_loop(suite, "good", accepts_the_ends_of_each_range,
             sizeof(good) / sizeof(good[0]));
    add_loop(suite, "bad", rejects_malformed_sequences, sizeof(bad) / sizeof(bad[0]));
    add_loop(suite, "judge", agrees_with_the_c_library, 8);
    add_loop(suite, "clean", cleans_controls_and_malformed_bytes,
             sizeof(cleaned) / sizeof(cleaned[0]));
}

EVC_TEST_MAIN("utf8", add_tests)
