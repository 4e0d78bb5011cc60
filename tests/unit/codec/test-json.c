/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json.h"

#include <jansson.h>

#include "evc-alloc.h"
#include "evc-check.h"

static evc_json_doc *doc;

static const evc_json *
parsed(const char *text)
{
    EVC_CHECK_OK(evc_json_parse(evc_view_text(text), "test", &doc, NULL));
    return evc_json_root(doc);
}

static void
drop_doc(void)
{
    evc_json_free(doc);
    doc = NULL;
}

/* levels of arrays, one inside the other */
static void
fill_nested(char *text, size_t levels)
{
    memset(text, '[', levels);
    memset(&text[levels], ']', levels);
    text[2 * levels] = '\0';
}

/* The size tells where a text with a NUL in it ends. */
#define BYTES(literal)               \
    {                                \
        literal, sizeof(literal) - 1 \
    }

static const struct {
    const char *text;
    size_t size;
} refused[] = {
    BYTES("{\"a\":1\0}"),
    BYTES(""),
    BYTES(" "),
    BYTES("1"),
    BYTES("\"a\""),
    BYTES("null"),
    BYTES("{} {}"),
    BYTES("{}x"),
    BYTES("{}\0"),
    BYTES("{\"a\":1,}"),
    BYTES("{\"a\":1,\"a\":2}"),
    BYTES("{\"a\":1,\"\\u0061\":2}"),
    BYTES("{\"o\":{\"a\":1,\"a\":2}}"),
    BYTES("{'a':1}"),
    BYTES("{\"a\":01}"),
    BYTES("{\"a\":1.}"),
    BYTES("{\"a\":9223372036854775808}"),
    BYTES("{\"a\":-9223372036854775809}"),
    BYTES("{\"a\":1e400}"),
    BYTES("{\"a\":NaN}"),
    BYTES("{\"a\":\"\\u0000\"}"),
    BYTES("{\"a\":\"\\ud800\"}"),
    BYTES("{\"a\":\"\xff\"}"),
    BYTES("{\"a\":\"\xed\xa0\x80\"}"),
    BYTES("{\"a\":\"\n\"}"),
    BYTES("{\"a\":\"\0\"}"),
    BYTES("\xef\xbb\xbf{}"),
    BYTES("// comment\n{}"),
};

START_TEST(refuses_text)
{
    evc_view text = evc_view_of(refused[_i].text, refused[_i].size);

    EVC_CHECK_CODE(evc_json_parse(text, "test", &doc, NULL), ENVCRYPT_E_JSON);
    ck_assert_ptr_null(doc);
}
END_TEST

START_TEST(refuses_truncation_at_every_byte)
{
    const char *whole =
        "{\"a\":[1,-2.5e3,true,null,\"\\u00e9\\\\\"],\"b\":{\"c\":\"\"}}";

    for (size_t size = 0; size < strlen(whole); size++)
        EVC_CHECK_CODE(evc_json_parse(evc_view_of(whole, size), "test", &doc, NULL),
                       ENVCRYPT_E_JSON);
}
END_TEST

START_TEST(accepts_an_array_at_the_root)
{
    ck_assert_uint_eq(evc_json_count(parsed("[1,2,3]")), 3);
    drop_doc();
}
END_TEST

START_TEST(accepts_the_deepest_nesting)
{
    char text[2 * EVC_JSON_MAX_DEPTH + 1];

    fill_nested(text, EVC_JSON_MAX_DEPTH);
    ck_assert_uint_eq(evc_json_count(parsed(text)), 1);
    drop_doc();
}
END_TEST

START_TEST(refuses_one_level_more)
{
    char text[2 * EVC_JSON_MAX_DEPTH + 3];

    fill_nested(text, EVC_JSON_MAX_DEPTH + 1);
    EVC_CHECK_CODE(evc_json_parse(evc_view_text(text), "test", &doc, NULL),
                   ENVCRYPT_E_JSON);
}
END_TEST

START_TEST(refuses_a_million_levels)
{
    size_t levels = 1000000;
    char *text = malloc(2 * levels + 1);

    ck_assert_ptr_nonnull(text);
    fill_nested(text, levels);
    EVC_CHECK_CODE(evc_json_parse(evc_view_text(text), "test", &doc, NULL),
                   ENVCRYPT_E_JSON);
    free(text);
}
END_TEST

/* Brackets and escaped quotes inside of strings, and levels side by side, are no
 * nesting. */
START_TEST(counts_only_real_levels)
{
    char text[1024] = "[\"\\\"";
    size_t at;

    memset(&text[4], '[', 100);
    at = strlen(text);
    text[at++] = '"';
    for (int i = 0; i < 100; i++, at += 3)
        memcpy(&text[at], ",[]", 3);
    text[at] = ']';
    ck_assert_uint_eq(evc_json_count(parsed(text)), 101);
    drop_doc();
}
END_TEST

static int
parse_and_free(void *text)
{
    evc_json_doc *parsed_doc;
    int rc = evc_json_parse(evc_view_text(text), "test", &parsed_doc, NULL);

    if (!rc)
        evc_json_free(parsed_doc);
    return rc;
}

static char sample[] = "{\"a\":[1,2.5,true,null,\"x\\n\"],\"b\":{\"c\":\"\"}}";

START_TEST(our_memory_may_run_out)
{
    ck_assert_uint_ge(evc_alloc_sweep(parse_and_free, sample), 1);
}
END_TEST

static size_t jansson_mallocs_left;

static void *
malloc_or_not(size_t size)
{
    if (jansson_mallocs_left == 0)
        return NULL;
    jansson_mallocs_left--;
    return malloc(size);
}

/*
 * The hooks of jansson are the application's, which this program is. Its lexer shows a
 * lack of memory as bad syntax.
 */
START_TEST(memory_of_jansson_may_run_out)
{
    size_t enough = 0;
    int rc;

    json_set_alloc_funcs(malloc_or_not, free);
    do {
        jansson_mallocs_left = enough;
        rc = parse_and_free(sample);
        ck_assert(rc == 0 || rc == ENVCRYPT_E_NOMEM || rc == ENVCRYPT_E_JSON);
        enough++;
    } while (rc);
    ck_assert_uint_ge(enough, 10);
}
END_TEST

START_TEST(error_shows_the_place_and_no_text)
{
    evc_error *err = NULL;
    const char *text = "{\n \"key\": hunter2}";

    EVC_CHECK_CODE(evc_json_parse(evc_view_text(text), "key store /x", &doc, &err),
                   ENVCRYPT_E_JSON);
    ck_assert_ptr_nonnull(strstr(envcrypt_error_message(err), "key store /x"));
    ck_assert_ptr_nonnull(strstr(envcrypt_error_message(err), "line 2"));
    ck_assert_ptr_null(strstr(envcrypt_error_message(err), "hunter"));
    envcrypt_error_free(err);
}
END_TEST

START_TEST(error_says_that_a_name_appears_twice)
{
    evc_error *err = NULL;

    EVC_CHECK_CODE(
        evc_json_parse(evc_view_text("{\"a\":1,\"a\":2}"), "test", &doc, &err),
        ENVCRYPT_E_JSON);
    ck_assert_ptr_nonnull(strstr(envcrypt_error_message(err), "appears twice"));
    envcrypt_error_free(err);
}
END_TEST

START_TEST(object_and_array_are_found)
{
    const evc_json *root = parsed("{\"o\":{\"x\":1},\"a\":[1,2]}");
    const evc_json *object;
    const evc_json *array;

    EVC_CHECK_OK(evc_json_object(root, "o", &object, NULL));
    EVC_CHECK_OK(evc_json_array(root, "a", &array, NULL));
    ck_assert_uint_eq(evc_json_count(object), 1);
    ck_assert_uint_eq(evc_json_count(array), 2);
    drop_doc();
}
END_TEST

START_TEST(wrong_kinds_are_errors)
{
    const evc_json *root = parsed("{\"o\":{},\"a\":[],\"t\":\"\",\"n\":1,\"z\":null}");
    const evc_json *value;
    const char *text;
    int64_t number;
    bool flag = false;

    EVC_CHECK_CODE(evc_json_object(root, "a", &value, NULL), ENVCRYPT_E_JSON);
    EVC_CHECK_CODE(evc_json_array(root, "o", &value, NULL), ENVCRYPT_E_JSON);
    EVC_CHECK_CODE(evc_json_text(root, "n", &text, NULL), ENVCRYPT_E_JSON);
    EVC_CHECK_CODE(evc_json_text(root, "z", &text, NULL), ENVCRYPT_E_JSON);
    EVC_CHECK_CODE(evc_json_text_opt(root, "n", &text, NULL), ENVCRYPT_E_JSON);
    EVC_CHECK_CODE(evc_json_integer(root, "t", 0, 9, &number, NULL), ENVCRYPT_E_JSON);
    EVC_CHECK_CODE(evc_json_integer_opt(root, "t", 0, 9, &number, NULL),
                   ENVCRYPT_E_JSON);
    EVC_CHECK_CODE(evc_json_bool_opt(root, "n", &flag, NULL), ENVCRYPT_E_JSON);
    drop_doc();
}
END_TEST

START_TEST(a_missing_member_is_named)
{
    evc_error *err = NULL;
    const char *text;

    EVC_CHECK_CODE(evc_json_text(parsed("{}"), "region", &text, &err), ENVCRYPT_E_JSON);
    ck_assert_ptr_nonnull(strstr(envcrypt_error_message(err), "\"region\" is missing"));
    envcrypt_error_free(err);
    drop_doc();
}
END_TEST

START_TEST(a_value_that_is_no_object_has_no_members)
{
    const char *text;

    EVC_CHECK_CODE(evc_json_text(parsed("[\"a\"]"), "a", &text, NULL), ENVCRYPT_E_JSON);
    drop_doc();
}
END_TEST

START_TEST(optional_members_may_lack_or_be_null)
{
    const evc_json *root = parsed("{\"z\":null}");
    const char *names[] = {"z", "absent"};

    for (size_t i = 0; i < 2; i++) {
        const char *text = "default";
        int64_t number = 7;
        bool flag = true;

        EVC_CHECK_OK(evc_json_text_opt(root, names[i], &text, NULL));
        EVC_CHECK_OK(evc_json_integer_opt(root, names[i], 0, 1, &number, NULL));
        EVC_CHECK_OK(evc_json_bool_opt(root, names[i], &flag, NULL));
        ck_assert_str_eq(text, "default");
        ck_assert_int_eq(number, 7);
        ck_assert(flag);
    }
    drop_doc();
}
END_TEST

START_TEST(optional_members_are_read)
{
    const evc_json *root = parsed("{\"t\":\"x\",\"n\":5,\"f\":false}");
    const char *text = "default";
    int64_t number = 7;
    bool flag = true;

    EVC_CHECK_OK(evc_json_text_opt(root, "t", &text, NULL));
    EVC_CHECK_OK(evc_json_integer_opt(root, "n", 5, 5, &number, NULL));
    EVC_CHECK_OK(evc_json_bool_opt(root, "f", &flag, NULL));
    ck_assert_str_eq(text, "x");
    ck_assert_int_eq(number, 5);
    ck_assert(!flag);
    drop_doc();
}
END_TEST

START_TEST(text_is_unescaped)
{
    const char *text;

    EVC_CHECK_OK(evc_json_text(parsed("{\"t\":\"\\u00e9\\n\\ud83d\\ude00\"}"), "t",
                               &text, NULL));
    ck_assert_str_eq(text, "\xc3\xa9\n\xf0\x9f\x98\x80");
    drop_doc();
}
END_TEST

static const struct {
    const char *text;
    int64_t expected;
} integers[] = {
    {"0", 0},
    {"-0", 0},
    {"9223372036854775807", INT64_MAX},
    {"-9223372036854775808", INT64_MIN},
    {"3600.0", 3600},
    {"-3600.0", -3600},
    {"1.7e9", 1700000000},
    {"9007199254740991.0", INT64_C(9007199254740991)},
    {"-9007199254740991.0", INT64_C(-9007199254740991)},
};

static int
read_integer(const char *value, int64_t min, int64_t max, int64_t *out)
{
    char text[128];
    int rc;

    (void)snprintf(text, sizeof text, "{\"n\":%s}", value);
    rc = evc_json_integer(parsed(text), "n", min, max, out, NULL);
    drop_doc();
    return rc;
}

START_TEST(reads_integer)
{
    int64_t number = 1;

    EVC_CHECK_OK(read_integer(integers[_i].text, INT64_MIN, INT64_MAX, &number));
    ck_assert_int_eq(number, integers[_i].expected);
}
END_TEST

static const char *const no_integers[] = {
    "3600.5",
    "-0.1",
    "9007199254740992.0",
    "-9007199254740992.0",
    "1e300",
    "\"1\"",
    "true",
    "null",
    "[]",
};

START_TEST(refuses_what_is_no_integer)
{
    int64_t number;

    EVC_CHECK_CODE(read_integer(no_integers[_i], INT64_MIN, INT64_MAX, &number),
                   ENVCRYPT_E_JSON);
}
END_TEST

START_TEST(integer_limits_hold)
{
    int64_t number;

    EVC_CHECK_OK(read_integer("-5", -5, 5, &number));
    EVC_CHECK_OK(read_integer("5", -5, 5, &number));
    EVC_CHECK_CODE(read_integer("-6", -5, 5, &number), ENVCRYPT_E_JSON);
    EVC_CHECK_CODE(read_integer("6", -5, 5, &number), ENVCRYPT_E_JSON);
    EVC_CHECK_CODE(read_integer("6.0", -5, 5, &number), ENVCRYPT_E_JSON);
}
END_TEST

START_TEST(hex_of_the_exact_size_is_read)
{
    uint8_t bytes[2];

    EVC_CHECK_OK(evc_json_hex(parsed("{\"h\":\"00fF\"}"), "h", bytes, 2, NULL));
    ck_assert_mem_eq(bytes, "\x00\xff", 2);
    drop_doc();
}
END_TEST

START_TEST(hex_of_another_size_is_refused)
{
    const evc_json *root = parsed("{\"h\":\"00ff\"}");
    uint8_t bytes[3];

    EVC_CHECK_CODE(evc_json_hex(root, "h", bytes, 1, NULL), ENVCRYPT_E_JSON);
    EVC_CHECK_CODE(evc_json_hex(root, "h", bytes, 3, NULL), ENVCRYPT_E_JSON);
    drop_doc();
}
END_TEST

START_TEST(base64_up_to_the_capacity_is_read)
{
    uint8_t bytes[3];
    size_t size = 0;

    EVC_CHECK_OK(evc_json_base64(parsed("{\"b\":\"AP8B\"}"), "b", bytes, sizeof bytes,
                                 &size, NULL));
    ck_assert_uint_eq(size, 3);
    ck_assert_mem_eq(bytes, "\x00\xff\x01", 3);
    drop_doc();
}
END_TEST

START_TEST(base64_past_the_capacity_is_refused)
{
    uint8_t bytes[3];
    size_t size = 0;

    EVC_CHECK_CODE(
        evc_json_base64(parsed("{\"b\":\"AP8B\"}"), "b", bytes, 2, &size, NULL),
        ENVCRYPT_E_JSON);
    drop_doc();
}
END_TEST

static const char *const bad_base64[] = {
    "{\"b\":\"AP8\"}",  "{\"b\":\"AP8=\\n\"}",
    "{\"b\":\"AP9=\"}", "{\"b\":\"AP8==\"}",
    "{\"b\":\"A_8B\"}", "{\"b\":\"AP 8B\"}",
    "{\"b\":1}",        "{\"b\":null}",
    "{\"c\":\"AP8B\"}", "{\"b\":\"\xc3\xa9\xc3\xa9\"}",
};

START_TEST(refuses_base64_that_is_not_canonical)
{
    uint8_t bytes[8];
    size_t size = 0;

    EVC_CHECK_CODE(
        evc_json_base64(parsed(bad_base64[_i]), "b", bytes, sizeof bytes, &size, NULL),
        ENVCRYPT_E_JSON);
    drop_doc();
}
END_TEST

START_TEST(a_decoding_error_has_its_cause)
{
    evc_error *err = NULL;
    uint8_t byte;

    EVC_CHECK_CODE(evc_json_hex(parsed("{\"h\":\"zz\"}"), "h", &byte, 1, &err),
                   ENVCRYPT_E_JSON);
    ck_assert_int_eq(envcrypt_error_code(envcrypt_error_cause(err)),
                     ENVCRYPT_E_ENCODING);
    envcrypt_error_free(err);
    drop_doc();
}
END_TEST

START_TEST(elements_are_reached_by_index)
{
    const evc_json *root = parsed("[\"x\",\"y\",3]");

    ck_assert_str_eq(evc_json_as_text(evc_json_at(root, 1)), "y");
    ck_assert_ptr_null(evc_json_as_text(evc_json_at(root, 2)));
    ck_assert_ptr_null(evc_json_at(root, 3));
    drop_doc();
}
END_TEST

START_TEST(scalars_count_nothing)
{
    ck_assert_uint_eq(evc_json_count(evc_json_at(parsed("[\"xyz\"]"), 0)), 0);
    drop_doc();
}
END_TEST

START_TEST(names_come_in_the_order_of_the_text)
{
    const evc_json *root = parsed("{\"z\":1,\"a\":2,\"m\":3}");
    const char *first = evc_json_next_name(root, NULL);
    const char *second = evc_json_next_name(root, first);
    const char *third = evc_json_next_name(root, second);

    ck_assert_str_eq(first, "z");
    ck_assert_str_eq(second, "a");
    ck_assert_str_eq(third, "m");
    ck_assert_ptr_null(evc_json_next_name(root, third));
    drop_doc();
}
END_TEST

START_TEST(an_empty_object_has_no_first_name)
{
    ck_assert_ptr_null(evc_json_next_name(parsed("{}"), NULL));
    drop_doc();
}
END_TEST

static const char *const known[] = {"a", "b", NULL};

START_TEST(listed_members_are_accepted)
{
    EVC_CHECK_OK(evc_json_only(parsed("{\"b\":1}"), known, NULL));
    drop_doc();
}
END_TEST

START_TEST(an_unlisted_member_is_refused_by_name)
{
    evc_error *err = NULL;

    EVC_CHECK_CODE(evc_json_only(parsed("{\"a\":1,\"c\\n\":2}"), known, &err),
                   ENVCRYPT_E_JSON);
    ck_assert_ptr_nonnull(strstr(envcrypt_error_message(err), "\"c\\x0a\""));
    envcrypt_error_free(err);
    drop_doc();
}
END_TEST

START_TEST(free_takes_null)
{
    evc_json_free(NULL);
}
END_TEST

static const struct {
    const char *text;
    int64_t expected;
} times[] = {
    {"0", 0},
    {"1700000000", INT64_C(1700000000000)},
    {"1700000000.5", INT64_C(1700000000500)},
    {"1795302236.738693", INT64_C(1795302236739)},
    {"1.79E9", INT64_C(1790000000000)},
    {"253402300799", INT64_C(253402300799000)},
    {"null", 7},
    {"253402300800", -1},
    {"-0.001", -1},
    {"1e300", -1},
    {"\"1700000000\"", -1},
    {"true", -1},
};

START_TEST(reads_a_time)
{
    int64_t ms = 7;
    char text[128];
    int rc;

    (void)snprintf(text, sizeof text, "{\"n\":%s}", times[_i].text);
    rc = evc_json_seconds_opt(parsed(text), "n", &ms, NULL);
    drop_doc();
    if (times[_i].expected >= 0) {
        EVC_CHECK_OK(rc);
        ck_assert_int_eq(ms, times[_i].expected);
    } else {
        EVC_CHECK_CODE(rc, ENVCRYPT_E_JSON);
        ck_assert_int_eq(ms, 7);
    }
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))

static void
add_loops(Suite *suite)
{
    TCase *tcase = tcase_create("rows");

    tcase_add_loop_test(tcase, refuses_text, 0, ROWS(refused));
    tcase_add_loop_test(tcase, reads_integer, 0, ROWS(integers));
    tcase_add_loop_test(tcase, reads_a_time, 0, ROWS(times));
    tcase_add_loop_test(tcase, refuses_what_is_no_integer, 0, ROWS(no_integers));
    tcase_add_loop_test(tcase, refuses_base64_that_is_not_canonical, 0,
                        ROWS(bad_base64));
    suite_add_tcase(suite, tcase);
}

static void
add_tests(Suite *suite)
{
    const TTest *const parsing[] = {
        refuses_truncation_at_every_byte,
        accepts_an_array_at_the_root,
        accepts_the_deepest_nesting,
        refuses_one_level_more,
        refuses_a_million_levels,
        counts_only_real_levels,
        our_memory_may_run_out,
        memory_of_jansson_may_run_out,
        error_shows_the_place_and_no_text,
        error_says_that_a_name_appears_twice,
        free_takes_null,
        NULL,
    };
    const TTest *const getters[] = {
        object_and_array_are_found,
        wrong_kinds_are_errors,
        a_missing_member_is_named,
        a_value_that_is_no_object_has_no_members,
        optional_members_may_lack_or_be_null,
        optional_members_are_read,
        text_is_unescaped,
        integer_limits_hold,
        hex_of_the_exact_size_is_read,
        hex_of_another_size_is_refused,
        base64_up_to_the_capacity_is_read,
        base64_past_the_capacity_is_refused,
        a_decoding_error_has_its_cause,
        elements_are_reached_by_index,
        scalars_count_nothing,
        names_come_in_the_order_of_the_text,
        an_empty_object_has_no_first_name,
        listed_members_are_accepted,
        an_unlisted_member_is_refused_by_name,
        NULL,
    };

    evc_check_add(suite, "parsing", parsing);
    evc_check_add(suite, "getters", getters);
    add_loops(suite);
}

EVC_TEST_MAIN("json", add_tests)
