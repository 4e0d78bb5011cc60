/* SPDX-License-Identifier: Apache-2.0 */
/* jansson, asked by way of evc_json_parse and by itself, is the judge of what a text says. */
#include "codec/jstream.h"

#include <jansson.h>

#include "base/buf.h"
#include "base/mem.h"
#include "codec/json.h"
#include "evc-alloc.h"
#include "evc-check.h"

/* What the pieces say, written as JSON again. */
static evc_buf rebuilt;
static size_t pieces;
static size_t texts_open; /* strings whose last part has not come */
static uint32_t open_levels;
static bool after_value; /* a comma is due before the next value or name */
static size_t fail_at;   /* piece that is answered with a failure; 0 = none */
static evc_jpiece last_piece;

static void
setup(void)
{
    evc_buf_init(&rebuilt);
    fail_at = 0;
}

static void
teardown(void)
{
    evc_buf_reset(&rebuilt);
}

static void
put_escaped(evc_view text)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];

        if (byte < 0x20 || byte == '"' || byte == '\\')
            evc_buf_put_format(&rebuilt, "\\u%04x", byte);
        else
            evc_buf_put_u8(&rebuilt, byte);
    }
}

static void
put_comma(void)
{
    if (after_value)
        evc_buf_put_text(&rebuilt, ",");
    after_value = false;
}

static void
take_text(const evc_jpiece *piece)
{
    if (texts_open == 0) {
        put_comma();
        evc_buf_put_text(&rebuilt, "\"");
        texts_open = 1;
    }
    put_escaped(piece->text);
    if (!piece->last)
        return;
    texts_open = 0;
    evc_buf_put_text(&rebuilt, "\"");
    after_value = true;
}

static void
take_bracket(const char *bracket, bool opens)
{
    if (opens)
        put_comma();
    evc_buf_put_text(&rebuilt, bracket);
    after_value = !opens;
}

static int
take(void *user, const evc_jpiece *piece, evc_error **err)
{
    bool closes =
        piece->event == EVC_JEVENT_OBJECT_END || piece->event == EVC_JEVENT_ARRAY_END;

    ck_assert_ptr_eq(user, &rebuilt);
    if (++pieces == fail_at)
        return evc_err(err, ENVCRYPT_E_CANCELED, "enough");
    last_piece = *piece;
    if (closes)
        open_levels--;
    ck_assert_uint_eq(piece->depth, open_levels);
    switch (piece->event) {
    case EVC_JEVENT_OBJECT:
    case EVC_JEVENT_ARRAY:
        take_bracket(piece->event == EVC_JEVENT_OBJECT ? "{" : "[", true);
        open_levels++;
        break;
    case EVC_JEVENT_OBJECT_END:
    case EVC_JEVENT_ARRAY_END:
        take_bracket(piece->event == EVC_JEVENT_OBJECT_END ? "}" : "]", false);
        break;
    case EVC_JEVENT_NAME:
        put_comma();
        evc_buf_put_text(&rebuilt, "\"");
        put_escaped(piece->text);
        evc_buf_put_text(&rebuilt, "\":");
        break;
    case EVC_JEVENT_TEXT:
        take_text(piece);
        break;
    default:
        put_comma();
        evc_buf_put_view(&rebuilt, piece->text);
        after_value = true;
    }
    return 0;
}

static void
begin(evc_jstream *s)
{
    evc_buf_clear(&rebuilt);
    pieces = 0;
    texts_open = 0;
    open_levels = 0;
    after_value = false;
    evc_jstream_begin(s, take, &rebuilt);
}

/* In two parts, or with split SIZE_MAX byte by byte. */
static int
read_split(evc_view text, size_t split, evc_error **err)
{
    evc_jstream s;
    evc_cursor c = evc_cursor_of_view(text);
    int rc = 0;

    begin(&s);
    if (split <= text.size)
        rc = evc_jstream_feed(&s, evc_cursor_bytes(&c, split), err);
    while (!rc && evc_cursor_left(&c) > 0)
        rc = evc_jstream_feed(
            &s, evc_cursor_bytes(&c, split <= text.size ? text.size - split : 1), err);
    if (rc)
        evc_jstream_reset(&s);
    else
        rc = evc_jstream_end(&s, err);
    return rc;
}

#define WHOLE 0
#define BY_BYTES SIZE_MAX

static int
read_text(const char *text)
{
    return read_split(evc_view_text(text), WHOLE, NULL);
}

#define TEXT(literal)                \
    {                                \
        literal, sizeof(literal) - 1 \
    }
static const struct text {
    const char *bytes;
    size_t size;
} texts[] = {
    TEXT("{}"),
    TEXT("[]"),
    TEXT(" \t\r\n{ \t\r\n} \t\r\n"),
    TEXT(""),
    TEXT(" "),
    TEXT("{"),
    TEXT("["),
    TEXT("}"),
    TEXT("]"),
    TEXT("{]"),
    TEXT("[}"),
    TEXT("{}}"),
    TEXT("{}{}"),
    TEXT("{} x"),
    TEXT("[]\0"),
    TEXT("\xef\xbb\xbf{}"),
    TEXT("null"),
    TEXT("1"),
    TEXT("\"text\""),
    TEXT("true"),
    TEXT("{\"a\":1,\"b\":[true,false,null,{\"c\":\"d\"}],\"\":{}}"),
    TEXT("{\"a\" : 1 , \"b\" : [ 1 , 2 ] }"),
    TEXT("{\"a\":1,}"),
    TEXT("{,}"),
    TEXT("{\"a\"}"),
    TEXT("{\"a\":}"),
    TEXT("{\"a\" 1}"),
    TEXT("{\"a\"::1}"),
    TEXT("{\"a\":1 \"b\":2}"),
    TEXT("{\"a\":1;\"b\":2}"),
    TEXT("{a:1}"),
    TEXT("{'a':1}"),
    TEXT("{1:1}"),
    TEXT("{null:1}"),
    TEXT("{[]:1}"),
    TEXT("{\"a\":1"),
    TEXT("{\"a\":"),
    TEXT("{\"a\""),
    TEXT("{\"a"),
    TEXT("[1,]"),
    TEXT("[,1]"),
    TEXT("[1,,2]"),
    TEXT("[1 2]"),
    TEXT("[1:2]"),
    TEXT("[\"a\":1]"),
    TEXT("[[],[[]],{}]"),
    TEXT("[[1],{\"a\":[{\"b\":{}}]}]"),
    TEXT("[true]"),
    TEXT("[tru]"),
    TEXT("[truee]"),
    TEXT("[True]"),
    TEXT("[TRUE]"),
    TEXT("[falsefalse]"),
    TEXT("[true1]"),
    TEXT("[nul"),
    TEXT("[null"),
    TEXT("[nan]"),
    TEXT("[NaN]"),
    TEXT("[Infinity]"),
    TEXT("[-Infinity]"),
    TEXT("[undefined]"),
    TEXT("[abcdefghijklmnopqrstuvwxyz]"),
    TEXT("[0]"),
    TEXT("[-0]"),
    TEXT("[0,1,-1,10,-10]"),
    TEXT("[00]"),
    TEXT("[01]"),
    TEXT("[-01]"),
    TEXT("[+1]"),
    TEXT("[-]"),
    TEXT("[--1]"),
    TEXT("[1-]"),
    TEXT("[1-2]"),
    TEXT("[.5]"),
    TEXT("[5.]"),
    TEXT("[0.5,-0.5,1.25e2,1E2,1e+2,1e-2,0e0]"),
    TEXT("[1e]"),
    TEXT("[1e+]"),
    TEXT("[1.e1]"),
    TEXT("[1.5.5]"),
    TEXT("[1e5e5]"),
    TEXT("[e5]"),
    TEXT("[E]"),
    TEXT("[0x10]"),
    TEXT("[1_000]"),
    TEXT("[1"),
    TEXT("[1]1"),
    TEXT("[1\0]"),
    TEXT("[1,\0 2]"),
    TEXT("[9223372036854775807,-9223372036854775808]"),
    TEXT("[9223372036854775808]"),
    TEXT("[-9223372036854775809]"),
    TEXT("[99999999999999999999999999]"),
    TEXT("[1e99,1e-99,1e100,1e-100]"),
    TEXT("[1e400]"),
    TEXT("[-1e400]"),
    TEXT("[1e99999999999999999999]"),
    TEXT("[\"\"]"),
    TEXT("[\"a\",\"\",\"b\"]"),
    TEXT("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]"),
    TEXT("[\"\\u0041\\u00e9\\u20ac\\u0001\\u001f\\uffff\\uFFFD\\ud7ff\\ue000\"]"),
    TEXT("[\"\\ud83d\\ude00 \\uD800\\uDC00 \\uDBFF\\uDFFF\"]"),
    TEXT("[\"\\ud83d\"]"),
    TEXT("[\"\\ude00\"]"),
    TEXT("[\"\\ude00\\ud83d\"]"),
    TEXT("[\"\\ud83d\\ud83d\"]"),
    TEXT("[\"\\ud83d\\u0041\"]"),
    TEXT("[\"\\ud83d\\n\"]"),
    TEXT("[\"\\ud83dx\"]"),
    TEXT("[\"\\ud83d\\\"]"),
    TEXT("[\"\\u0000\"]"),
    TEXT("[\"\\u000\"]"),
    TEXT("[\"\\u00g0\"]"),
    TEXT("[\"\\u 041\"]"),
    TEXT("[\"\\U0041\"]"),
    TEXT("[\"\\x41\"]"),
    TEXT("[\"\\a\"]"),
    TEXT("[\"\\'\"]"),
    TEXT("[\"\\0\"]"),
    TEXT("[\"\\"),
    TEXT("[\"\\u"),
    TEXT("[\"\\u00"),
    TEXT("[\"a\nb\"]"),
    TEXT("[\"a\tb\"]"),
    TEXT("[\"a\x1f"
         "b\"]"),
    TEXT("[\"a\x7f"
         "b\"]"),
    TEXT("[\"a\0b\"]"),
    TEXT("[\"\\\\\"]"),
    TEXT("[\"\\\\\\\"\"]"),
    TEXT("[\"{}[],:\"]"),
    TEXT("{\"\\u0061\\n\\ud83d\\ude00\":1}"),
    TEXT("{\"\\u0000\":1}"),
    TEXT("{\"a\\\"b\":\"c\"}"),
    TEXT("[\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"]"),
    TEXT("{\"\xc3\xa9\":1}"),
    TEXT("[\"\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xef\xbf\xbf \xf0\x90\x80\x80 "
         "\xf4\x8f\xbf\xbf \xed\x9f\xbf \xee\x80\x80\"]"),
    TEXT("[\"\x80\"]"),
    TEXT("[\"\xbf\"]"),
    TEXT("[\"\xc3\"]"),
    TEXT("[\"\xc3\\u0041\"]"),
    TEXT("[\"\xc3"
         "A\"]"),
    TEXT("[\"\xc0\x80\"]"),
    TEXT("[\"\xc1\xbf\"]"),
    TEXT("[\"\xe0\x9f\xbf\"]"),
    TEXT("[\"\xed\xa0\x80\"]"),
    TEXT("[\"\xed\xbf\xbf\"]"),
    TEXT("[\"\xf0\x8f\xbf\xbf\"]"),
    TEXT("[\"\xf4\x90\x80\x80\"]"),
    TEXT("[\"\xf5\x80\x80\x80\"]"),
    TEXT("[\"\xff\"]"),
    TEXT("[\"\xe2\x82\"]"),
    TEXT("[\"\xf0\x9f\x98\"]"),
    TEXT("[\xc3\xa9]"),
    TEXT("\x00"),
    TEXT("{}\xff"),
    TEXT("// a comment\n{}"),
    TEXT("{}/**/"),
    TEXT("{\"kind\":\"PartialObjectMetadataList\",\"apiVersion\":\"meta.k8s.io/v1\","
         "\"metadata\":{\"resourceVersion\":\"1234\",\"continue\":\"eyJ2IjoibWV0\","
         "\"remainingItemCount\":17},\"items\":[{\"metadata\":{\"name\":\"a\","
         "\"namespace\":\"default\",\"uid\":\"0d1e\",\"annotations\":{\"x\":"
         "\"{\\\"data\\\":{\\\"k\\\":\\\"djE=\\\"}}\\n\"},\"managedFields\":[{\"f:x\":{"
         "}}"
         "]}}]}"),
};

#define TEXTS (sizeof texts / sizeof texts[0])

static evc_view
text_of(int i)
{
    return evc_view_of(texts[i].bytes, texts[i].size);
}

static bool
is_json(evc_view text)
{
    evc_json_doc *doc;
    int rc = evc_json_parse(text, "text", &doc, NULL);

    if (!rc)
        evc_json_free(doc);
    return !rc;
}

START_TEST(takes_what_jansson_takes_and_nothing_else)
{
    int rc = read_split(text_of(_i), WHOLE, NULL);

    if (is_json(text_of(_i)))
        EVC_CHECK_OK(rc);
    else
        EVC_CHECK_CODE(rc, ENVCRYPT_E_JSON);
}
END_TEST

START_TEST(tells_what_jansson_reads)
{
    json_t *judge;
    json_t *told;

    if (read_split(text_of(_i), WHOLE, NULL))
        return;
    judge = json_loadb(texts[_i].bytes, texts[_i].size, 0, NULL);
    told = json_loadb((const char *)rebuilt.data, rebuilt.size, 0, NULL);
    ck_assert(judge && told && json_equal(judge, told));
    json_decref(judge);
    json_decref(told);
}
END_TEST

/* A refusal is told as late as its reason has come, but of the same place. */
START_TEST(tells_the_same_wherever_the_parts_end)
{
    evc_view text = text_of(_i);
    evc_error *err = NULL;
    evc_buf whole;
    char message[128] = "";
    int rc = read_split(text, WHOLE, &err);

    whole = rebuilt;
    evc_buf_init(&rebuilt);
    if (err)
        (void)snprintf(message, sizeof message, "%s", evc_error_message(err));
    evc_err_drop(&err);
    for (size_t split = 0; split <= text.size + 1; split++) {
        ck_assert_int_eq(read_split(text, split > text.size ? BY_BYTES : split, &err),
                         rc);
        ck_assert_str_eq(err ? evc_error_message(err) : "", message);
        if (!rc)
            ck_assert(evc_view_equal(evc_buf_view(&rebuilt), evc_buf_view(&whole)));
        evc_err_drop(&err);
    }
    evc_buf_reset(&whole);
}
END_TEST

START_TEST(a_member_that_comes_twice_is_told_twice)
{
    EVC_CHECK_OK(read_text("{\"a\":1,\"a\":2}"));
    ck_assert(evc_view_is_text(evc_buf_view(&rebuilt), "{\"a\":1,\"a\":2}"));
}
END_TEST

/* levels arrays, one in another */
static int
read_nested(size_t levels)
{
    char text[2 * 66 + 1] = "";

    for (size_t i = 0; i < levels; i++) {
        text[i] = '[';
        text[2 * levels - 1 - i] = ']';
    }
    ck_assert_int_eq(is_json(evc_view_text(text)), levels <= EVC_JSTREAM_MAX_DEPTH);
    return read_text(text);
}

START_TEST(nests_to_the_limit_and_not_past_it)
{
    EVC_CHECK_OK(read_nested(EVC_JSTREAM_MAX_DEPTH));
    EVC_CHECK_CODE(read_nested(EVC_JSTREAM_MAX_DEPTH + 1), ENVCRYPT_E_JSON);
}
END_TEST

static evc_jpiece name_piece;
static char name_text[EVC_JSTREAM_MAX_NAME + 8];

static int
keep_name(void *user, const evc_jpiece *piece, evc_error **err)
{
    (void)user;
    (void)err;
    if (piece->event == EVC_JEVENT_NAME) {
        name_piece = *piece;
        memcpy(name_text, piece->text.data, piece->text.size);
    }
    return 0;
}

/* A name of size letters, with a second member behind it. */
static void
read_name(size_t size)
{
    evc_jstream s;
    evc_buf text;

    evc_buf_init(&text);
    evc_buf_put_text(&text, "{\"");
    for (size_t i = 0; i < size; i++)
        evc_buf_put_u8(&text, (uint8_t)('a' + i % 26));
    evc_buf_put_text(&text, "\":1}");
    evc_jstream_begin(&s, keep_name, NULL);
    EVC_CHECK_OK(evc_jstream_feed(&s, evc_buf_view(&text), NULL));
    EVC_CHECK_OK(evc_jstream_end(&s, NULL));
    evc_buf_reset(&text);
}

START_TEST(a_name_of_the_largest_size_is_whole)
{
    read_name(EVC_JSTREAM_MAX_NAME);
    ck_assert_uint_eq(name_piece.text.size, EVC_JSTREAM_MAX_NAME);
    ck_assert(!name_piece.cut);
}
END_TEST

START_TEST(a_longer_name_is_cut_and_says_so)
{
    read_name(EVC_JSTREAM_MAX_NAME + 1);
    ck_assert_uint_eq(name_piece.text.size, EVC_JSTREAM_MAX_NAME);
    ck_assert(name_piece.cut);
    ck_assert_int_eq(name_text[EVC_JSTREAM_MAX_NAME - 1],
                     'a' + (int)((EVC_JSTREAM_MAX_NAME - 1) % 26));
    read_name(3);
    ck_assert(!name_piece.cut);
}
END_TEST

/* A number whose text has size characters. */
static int
read_number(const char *start, size_t size)
{
    char text[128];
    int made =
        snprintf(text, sizeof text, "[%s%0*d]", start, (int)(size - strlen(start)), 1);

    ck_assert_int_eq(made, (int)size + 2);
    ck_assert(is_json(evc_view_text(text)));
    return read_text(text);
}

START_TEST(reals_are_taken_to_their_limits_and_not_past_them)
{
    EVC_CHECK_OK(read_number("0.", 64));
    EVC_CHECK_CODE(read_number("0.", 65), ENVCRYPT_E_JSON);
    EVC_CHECK_OK(read_text("[1e100,1e-100,1e00000000100]"));
    EVC_CHECK_CODE(read_text("[1e101]"), ENVCRYPT_E_JSON);
    EVC_CHECK_CODE(read_text("[1e-101]"), ENVCRYPT_E_JSON);
}
END_TEST

START_TEST(an_empty_string_is_told_once)
{
    EVC_CHECK_OK(read_text("[\"\"]"));
    ck_assert_uint_eq(pieces, 3);
}
END_TEST

START_TEST(a_string_of_any_length_passes)
{
    evc_jstream s;
    static char part[4096];

    memset(part, 'x', sizeof part);
    begin(&s);
    EVC_CHECK_OK(evc_jstream_feed(&s, evc_view_text("[\""), NULL));
    for (size_t i = 0; i < 256; i++)
        EVC_CHECK_OK(evc_jstream_feed(&s, evc_view_of(part, sizeof part), NULL));
    EVC_CHECK_OK(evc_jstream_feed(&s, evc_view_text("\"]"), NULL));
    EVC_CHECK_OK(evc_jstream_end(&s, NULL));
    ck_assert_uint_eq(rebuilt.size, 256 * sizeof part + 4);
}
END_TEST

START_TEST(a_failure_of_who_reads_ends_it_at_any_piece)
{
    static const char text[] = "{\"a\":[1,\"x\\ny\",true,{}],\"b\":null}";
    size_t all;

    EVC_CHECK_OK(read_text(text));
    all = pieces;
    for (fail_at = 1; fail_at <= all; fail_at++) {
        evc_jstream s;

        begin(&s);
        EVC_CHECK_CODE(evc_jstream_feed(&s, evc_view_text(text), NULL),
                       ENVCRYPT_E_CANCELED);
        ck_assert_uint_eq(pieces, fail_at);
        EVC_CHECK_CODE(evc_jstream_feed(&s, evc_view_text("}"), NULL),
                       ENVCRYPT_E_CANCELED);
        EVC_CHECK_CODE(evc_jstream_end(&s, NULL), ENVCRYPT_E_CANCELED);
        ck_assert_uint_eq(pieces, fail_at);
    }
}
END_TEST

START_TEST(a_message_names_the_place_and_shows_no_text)
{
    evc_error *err = NULL;

    EVC_CHECK_CODE(
        read_split(evc_view_text("{\"a\":\"secretword\" \"secretword\"}"), WHOLE, &err),
        ENVCRYPT_E_JSON);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "at byte 18"));
    ck_assert_ptr_null(strstr(evc_error_message(err), "secretword"));
    evc_error_free(err);
}
END_TEST

static bool
holds(const evc_jstream *s, const char *word)
{
    const char *bytes = (const char *)s;

    for (size_t i = 0; i + strlen(word) <= sizeof *s; i++) {
        if (memcmp(&bytes[i], word, strlen(word)) == 0)
            return true;
    }
    return false;
}

START_TEST(nothing_of_the_text_stays_in_the_reader)
{
    evc_jstream s;

    begin(&s);
    EVC_CHECK_OK(evc_jstream_feed(&s, evc_view_text("{\"secretword"), NULL));
    ck_assert(holds(&s, "secretword"));
    EVC_CHECK_OK(evc_jstream_feed(&s, evc_view_text("\":\"otherword\\nthird"), NULL));
    ck_assert(!holds(&s, "secretword") && !holds(&s, "otherword") &&
              !holds(&s, "third"));
    EVC_CHECK_OK(evc_jstream_feed(&s, evc_view_text("\",\"unfinished"), NULL));
    evc_jstream_reset(&s);
    ck_assert(!holds(&s, "unfinished"));
    EVC_CHECK_CODE(evc_jstream_feed(&s, evc_view_text("{}"), NULL), ENVCRYPT_E_STATE);
}
END_TEST

START_TEST(a_text_that_is_not_whole_is_wiped_at_the_end)
{
    evc_jstream s;

    begin(&s);
    EVC_CHECK_OK(evc_jstream_feed(&s, evc_view_text("{\"secretword"), NULL));
    EVC_CHECK_CODE(evc_jstream_end(&s, NULL), ENVCRYPT_E_JSON);
    ck_assert(!holds(&s, "secretword"));
}
END_TEST

static int
read_refused(void *user)
{
    evc_error *err = NULL;
    evc_jstream s;
    int rc;

    (void)user;
    evc_jstream_begin(&s, keep_name, NULL);
    rc = evc_jstream_feed(&s, evc_view_text("{\"a\":[1,\"x\\ny\"]}"), &err);
    if (!rc)
        rc = evc_jstream_end(&s, &err);
    evc_err_drop(&err);
    return rc;
}

static int
read_wide(const char *text, bool wide)
{
    evc_jstream s;
    int rc;

    begin(&s);
    s.wide = wide;
    rc = evc_jstream_feed(&s, evc_view_text(text), NULL);
    return rc ? rc : evc_jstream_end(&s, NULL);
}

START_TEST(larger_integers_are_told_to_who_wants_them)
{
    EVC_CHECK_OK(read_wide("[18446744073709551615]", true));
    EVC_CHECK_OK(read_wide("[-1,1.5]", true));
    EVC_CHECK_CODE(read_wide("[18446744073709551616]", true), ENVCRYPT_E_JSON);
    EVC_CHECK_CODE(read_wide("[9223372036854775808]", false), ENVCRYPT_E_JSON);
}
END_TEST

START_TEST(needs_no_memory)
{
    ck_assert_uint_eq(evc_alloc_sweep(read_refused, NULL), 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_member_that_comes_twice_is_told_twice,
                                  nests_to_the_limit_and_not_past_it,
                                  a_name_of_the_largest_size_is_whole,
                                  a_longer_name_is_cut_and_says_so,
                                  reals_are_taken_to_their_limits_and_not_past_them,
                                  an_empty_string_is_told_once,
                                  a_string_of_any_length_passes,
                                  a_failure_of_who_reads_ends_it_at_any_piece,
                                  a_message_names_the_place_and_shows_no_text,
                                  nothing_of_the_text_stays_in_the_reader,
                                  a_text_that_is_not_whole_is_wiped_at_the_end,
                                  larger_integers_are_told_to_who_wants_them,
                                  needs_no_memory,
                                  NULL};
    TCase *tcase = tcase_create("jstream");

    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, takes_what_jansson_takes_and_nothing_else, 0, TEXTS);
    tcase_add_loop_test(tcase, tells_what_jansson_reads, 0, TEXTS);
    tcase_add_loop_test(tcase, tells_the_same_wherever_the_parts_end, 0, TEXTS);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("jstream", add_tests)
