/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/jscan.h"

#include "base/encode.h"
#include "base/mem.h"
#include "codec/json.h"
#include "evc-check.h"

#define SECRET "sixteen byte key"
#define SECRET64 "c2l4dGVlbiBieXRlIGtleQ=="

static evc_arena *arena;
static evc_secret secret;
static char text[32768];
static size_t text_size;

static void
setup(void)
{
    EVC_CHECK_OK(evc_arena_open(EVC_ARENA_CHUNK, false, &arena, NULL));
}

static void
teardown(void)
{
    evc_secret_free(&secret);
    evc_arena_close(arena);
}

static void
set_bytes(const char *content, size_t size)
{
    ck_assert_uint_le(size, sizeof text);
    memcpy(text, content, size);
    text_size = size;
}

static void
set_text(const char *content)
{
    set_bytes(content, strlen(content));
}

static void
add_text(const char *content)
{
    size_t size = strlen(content);

    ck_assert_uint_le(text_size + size, sizeof text);
    memcpy(&text[text_size], content, size);
    text_size += size;
}

/* opening, then count times one, then closing */
static void
set_repeated(const char *opening, const char *one, size_t count, const char *closing)
{
    set_text(opening);
    for (size_t i = 0; i < count; i++)
        add_text(one);
    add_text(closing);
}

static int
take_base64(size_t max)
{
    return evc_jscan_take_base64(text, text_size, "Plaintext", arena, max, &secret,
                                 NULL);
}

static int
take_text(size_t max)
{
    return evc_jscan_take_text(text, text_size, "Plaintext", arena, max, &secret, NULL);
}

static void
check_nothing_is_left(void)
{
    evc_arena_status status;

    evc_arena_get_status(arena, &status);
    ck_assert_uint_eq(status.used_slots, 0);
    ck_assert_ptr_null(secret.bytes);
    ck_assert(evc_mem_is_zero(text, text_size));
}

static void
check_refused(void)
{
    EVC_CHECK_CODE(take_base64(64), ENVCRYPT_E_JSON);
    check_nothing_is_left();
}

static void
check_secret(const char *expected, size_t size)
{
    ck_assert_uint_eq(secret.size, size);
    ck_assert_mem_eq(secret.bytes, expected, size);
}

static void
check_text(const char *expected)
{
    ck_assert_uint_eq(text_size, strlen(expected));
    ck_assert_mem_eq(text, expected, text_size);
}

/* The rest is JSON that jansson reads, with "" where the secret was. */
static void
check_rest_parses(void)
{
    evc_json_doc *doc;
    const char *value;

    EVC_CHECK_OK(evc_json_parse(evc_view_of(text, text_size), "rest", &doc, NULL));
    EVC_CHECK_OK(evc_json_text(evc_json_root(doc), "Plaintext", &value, NULL));
    ck_assert_str_eq(value, "");
    evc_json_free(doc);
}

START_TEST(decodes_base64_into_the_arena)
{
    evc_arena_status status;

    set_text("{\"Plaintext\":\"" SECRET64 "\"}");
    EVC_CHECK_OK(take_base64(64));
    check_secret(SECRET, 16);
    evc_arena_get_status(arena, &status);
    ck_assert_uint_eq(status.used_slots, 1);
}
END_TEST

START_TEST(leaves_an_empty_string_and_spaces)
{
    set_text("{\"a\":1,\"Plaintext\" : \"QUJD\" ,\"b\":2}");
    EVC_CHECK_OK(take_base64(64));
    check_text("{\"a\":1,\"Plaintext\" : \"\"     ,\"b\":2}");
    check_rest_parses();
}
END_TEST

START_TEST(leaves_no_copy_in_the_text)
{
    set_text("{\"KeyId\":\"k\",\"Plaintext\":\"" SECRET64 "\",\"z\":[]}");
    EVC_CHECK_OK(take_base64(64));
    for (size_t at = 0; at + 4 <= text_size; at++) {
        for (size_t part = 0; part + 4 <= strlen(SECRET64); part++)
            ck_assert_mem_ne(&text[at], &SECRET64[part], 4);
        for (size_t part = 0; part + 4 <= strlen(SECRET); part++)
            ck_assert_mem_ne(&text[at], &SECRET[part], 4);
    }
}
END_TEST

START_TEST(takes_plain_text)
{
    set_text("{\"Plaintext\":\"tok-\xc3\xa9/+=\"}");
    EVC_CHECK_OK(take_text(64));
    check_secret("tok-\xc3\xa9/+=", 9);
    check_text("{\"Plaintext\":\"\"         }");
    check_rest_parses();
}
END_TEST

START_TEST(takes_two_secrets_one_after_the_other)
{
    evc_secret second = {0};

    set_text("{\"Token\":\"abc\",\"Plaintext\":\"QUJD\"}");
    EVC_CHECK_OK(take_base64(64));
    EVC_CHECK_OK(
        evc_jscan_take_text(text, text_size, "Token", arena, 64, &second, NULL));
    ck_assert_mem_eq(second.bytes, "abc", 3);
    evc_secret_free(&second);
    check_text("{\"Token\":\"\"   ,\"Plaintext\":\"\"    }");
}
END_TEST

START_TEST(refuses_to_take_a_secret_twice)
{
    set_text("{\"Plaintext\":\"QUJD\"}");
    EVC_CHECK_OK(take_base64(64));
    evc_secret_free(&secret);
    check_refused();
}
END_TEST

START_TEST(base64_of_one_byte_is_enough)
{
    set_text("{\"Plaintext\":\"/w==\"}");
    EVC_CHECK_OK(take_base64(1));
    check_secret("\xff", 1);
}
END_TEST

/* "AAAA…" of the base64 of `size` zero bytes */
static void
set_base64_of(size_t size)
{
    evc_buf base64;
    uint8_t *zeros = evc_mem_new(size);

    ck_assert_ptr_nonnull(zeros);
    evc_buf_init(&base64);
    evc_encode_base64(&base64, evc_view_of(zeros, size));
    evc_buf_put_u8(&base64, 0);
    EVC_CHECK_OK(evc_buf_check(&base64, NULL));
    set_text("{\"Plaintext\":\"");
    add_text((const char *)base64.data);
    add_text("\"}");
    evc_buf_reset(&base64);
    evc_mem_free(zeros);
}

START_TEST(base64_of_the_largest_size_is_taken)
{
    for (size_t max = 30; max < 33; max++) {
        set_base64_of(max);
        EVC_CHECK_OK(take_base64(max));
        ck_assert_uint_eq(secret.size, max);
        evc_secret_free(&secret);
    }
}
END_TEST

START_TEST(base64_of_one_byte_more_is_refused)
{
    for (size_t max = 30; max < 33; max++) {
        set_base64_of(max + 1);
        EVC_CHECK_CODE(take_base64(max), ENVCRYPT_E_JSON);
        check_nothing_is_left();
    }
}
END_TEST

START_TEST(base64_of_a_whole_slot_is_taken)
{
    set_base64_of(EVC_ARENA_MAX_SLOT);
    EVC_CHECK_OK(take_base64(EVC_ARENA_MAX_SLOT));
    ck_assert_uint_eq(secret.size, EVC_ARENA_MAX_SLOT);
}
END_TEST

START_TEST(text_of_the_largest_size_is_taken)
{
    set_text("{\"Plaintext\":\"12345678\"}");
    EVC_CHECK_OK(take_text(8));
    check_secret("12345678", 8);
}
END_TEST

START_TEST(text_of_one_byte_more_is_refused)
{
    set_text("{\"Plaintext\":\"123456789\"}");
    EVC_CHECK_CODE(take_text(8), ENVCRYPT_E_JSON);
    check_nothing_is_left();
}
END_TEST

START_TEST(empty_text_is_refused)
{
    set_text("{\"Plaintext\":\"\"}");
    EVC_CHECK_CODE(take_text(8), ENVCRYPT_E_JSON);
    check_nothing_is_left();
}
END_TEST

START_TEST(text_with_an_escape_is_refused)
{
    set_text("{\"Plaintext\":\"a\\/b\"}");
    EVC_CHECK_CODE(take_text(8), ENVCRYPT_E_JSON);
    check_nothing_is_left();
}
END_TEST

/* Odd, and still what jansson reads in the same way. */
static const char *const accepted[] = {
    " \t\r\n{ \"Plaintext\" : \"QUJD\" } \n",
    "{\"Plaintext\":\"QUJD\",\"o\":{\"Plaintext\":1},\"a\":[{\"Plaintext\":[]}]}",
    "{\"o\":{\"Plaintext\":\"x\"},\"Plaintext\":\"QUJD\"}",
    "{\"\":0,\"Plaintext\":\"QUJD\"}",
    "{\"plaintext\":0,\"Plaintext\":\"QUJD\",\"Plaintext2\":0}",
    "{\"\xc3\xa9\":0,\"Plaintext\":\"QUJD\"}",
    "{\"e\":\"\\\"\\\\\\/"
    "\\b\\f\\n\\r\\t\\u00e9\\uD83D\\ude00\",\"Plaintext\":\"QUJD\"}",
    "{\"t\":[true,false,null,{},[],\"\"],\"Plaintext\":\"QUJD\"}",
    "{\"n\":[0,-0,1,-10,0.5,-0.0,1e5,1E+05,2.5e-100],\"Plaintext\":\"QUJD\"}",
    "{\"n\":[9223372036854775807,-9223372036854775808],\"Plaintext\":\"QUJD\"}",
    "{\"n\":1e100,\"Plaintext\":\"QUJD\"}",
    "{\"n\":1e-000000000100,\"Plaintext\":\"QUJD\"}",
    "{\"n\":0.00000000000000000000000000000000000000000000000000000000000001,"
    "\"Plaintext\":\"QUJD\"}",
    "{\"a\":{\"x\":1},\"b\":{\"x\":1},\"Plaintext\":\"QUJD\",\"x\":1}",
    "{\"\x7f\":\"\x7f\",\"Plaintext\":\"QUJD\"}",
};

START_TEST(accepts)
{
    set_text(accepted[_i]);
    EVC_CHECK_OK(take_base64(64));
    check_secret("ABC", 3);
    check_rest_parses();
}
END_TEST

#define P "\"Plaintext\":\"QUJD\""

/* The size tells where a text with a NUL in it ends. */
#define BYTES(literal)               \
    {                                \
        literal, sizeof(literal) - 1 \
    }

static const struct {
    const char *content;
    size_t size;
} refused[] = {
    /* the member */
    BYTES("{}"),
    BYTES("{\"plaintext\":\"QUJD\"}"),
    BYTES("{\"o\":{" P "}}"),
    BYTES("{\"Plaintext\":null}"),
    BYTES("{\"Plaintext\":1}"),
    BYTES("{\"Plaintext\":{}}"),
    BYTES("{\"Plaintext\":[\"QUJD\"]}"),
    BYTES("{\"Plaintext\":\"\"}"),
    BYTES("{\"Plaintext\":\"QUJ\"}"),
    BYTES("{\"Plaintext\":\"QUI\"}"),
    BYTES("{\"Plaintext\":\"QQ=\"}"),
    BYTES("{\"Plaintext\":\"QUJD====\"}"),
    BYTES("{\"Plaintext\":\"====\"}"),
    BYTES("{\"Plaintext\":\"=\"}"),
    BYTES("{\"Plaintext\":\"QR==\"}"),
    BYTES("{\"Plaintext\":\"QUK=\"}"),
    BYTES("{\"Plaintext\":\"QU=D\"}"),
    BYTES("{\"Plaintext\":\"QU_D\"}"),
    BYTES("{\"Plaintext\":\"\xc3\xa9\xc3\xa9\"}"),
    BYTES("{\"Plaintext\":\"QUJD QUJD\"}"),
    BYTES("{\"Plaintext\":\"QUJD\\n\"}"),
    BYTES("{\"Plaintext\":\"QU\\/D\"}"),
    BYTES("{\"Plaintext\":\"\\u0051UJD\"}"),
    /* names */
    BYTES("{\"Plai\\u006etext\":\"QUJD\"}"),
    BYTES("{" P ",\"\\u0050laintext\":\"QUJD\"}"),
    BYTES("{" P ",\"a\\\\\":1}"),
    BYTES("{" P ",\"o\":{\"a\\n\":1}}"),
    BYTES("{" P "," P "}"),
    BYTES("{" P ",\"a\":1,\"a\":2}"),
    BYTES("{" P ",\"o\":{\"a\":1,\"b\":{},\"a\":2}}"),
    BYTES("{" P ",\"\":1,\"\":2}"),
    BYTES("{" P ",a:1}"),
    BYTES("{" P ",'a':1}"),
    BYTES("{" P ",1:1}"),
    /* structure */
    BYTES(""),
    BYTES(" "),
    BYTES("\"QUJD\""),
    BYTES("[" P "]"),
    BYTES("[{" P "}]"),
    BYTES("\xef\xbb\xbf{" P "}"),
    BYTES("{" P "}{}"),
    BYTES("{" P "}}"),
    BYTES("{" P "}x"),
    BYTES("{" P "}\0"),
    BYTES("{" P " \0}"),
    BYTES("{" P ""),
    BYTES("{" P "]"),
    BYTES("{" P ",}"),
    BYTES("{," P "}"),
    BYTES("{" P ",,\"a\":1}"),
    BYTES("{" P " \"a\":1}"),
    BYTES("{" P ",\"a\" 1}"),
    BYTES("{" P ",\"a\"}"),
    BYTES("{" P ",\"a\":}"),
    BYTES("{" P ",\"a\"::1}"),
    BYTES("{" P ",\"a\":[1,]}"),
    BYTES("{" P ",\"a\":[,1]}"),
    BYTES("{" P ",\"a\":[1 2]}"),
    BYTES("{" P ",\"a\":[}}"),
    BYTES("{" P ",\"a\":{]}"),
    BYTES("{" P "/**/}"),
    BYTES("\v{" P "}"),
    BYTES("\f{" P "}"),
    BYTES("{" P "\xc2\xa0}"),
    /* strings */
    BYTES("{" P ",\"a\":\"\n\"}"),
    BYTES("{" P ",\"a\":\"\x1f\"}"),
    BYTES("{" P ",\"a\":\"\0\"}"),
    BYTES("{" P ",\"a\":\"\\u0000\"}"),
    BYTES("{" P ",\"a\":\"\\x41\"}"),
    BYTES("{" P ",\"a\":\"\\u12\"}"),
    BYTES("{" P ",\"a\":\"\\u12g4\"}"),
    BYTES("{" P ",\"a\":\"\\U1234\"}"),
    BYTES("{" P ",\"a\":\"\\ud800\"}"),
    BYTES("{" P ",\"a\":\"\\udfff\"}"),
    BYTES("{" P ",\"a\":\"\\ud800\\ud800\"}"),
    BYTES("{" P ",\"a\":\"\\ud800\\n\"}"),
    BYTES("{" P ",\"a\":\"\\ud800xxxxxx\"}"),
    BYTES("{" P ",\"a\":\"\\ud800\\u0041\"}"),
    BYTES("{" P ",\"a\":\"\xff\"}"),
    BYTES("{" P ",\"a\":\"\xc0\xaf\"}"),
    BYTES("{" P ",\"a\":\"\xed\xa0\x80\"}"),
    BYTES("{" P ",\"a\":\"\xf4\x90\x80\x80\"}"),
    BYTES("{" P ",\"a\":\"\xe2\x82\"}"),
    BYTES("{" P ",\"\xff\":1}"),
    /* other values */
    BYTES("{" P ",\"a\":True}"),
    BYTES("{" P ",\"a\":nul}"),
    BYTES("{" P ",\"a\":truefalse}"),
    BYTES("{" P ",\"a\":NaN}"),
    BYTES("{" P ",\"a\":1\0}"),
    BYTES("{" P ",\"a\":-}"),
    BYTES("{" P ",\"a\":+1}"),
    BYTES("{" P ",\"a\":01}"),
    BYTES("{" P ",\"a\":-01}"),
    BYTES("{" P ",\"a\":.5}"),
    BYTES("{" P ",\"a\":1.}"),
    BYTES("{" P ",\"a\":1.e5}"),
    BYTES("{" P ",\"a\":1e}"),
    BYTES("{" P ",\"a\":1e+}"),
    BYTES("{" P ",\"a\":0x10}"),
    BYTES("{" P ",\"a\":9223372036854775808}"),
    BYTES("{" P ",\"a\":-9223372036854775809}"),
    BYTES("{" P ",\"a\":99999999999999999999}"),
    BYTES("{" P ",\"a\":1e101}"),
    BYTES("{" P ",\"a\":1e-101}"),
    BYTES("{" P ",\"a\":1e99999999999999999999}"),
    BYTES("{" P
          ",\"a\":0.000000000000000000000000000000000000000000000000000000000000001}"),
};

START_TEST(refuses)
{
    set_bytes(refused[_i].content, refused[_i].size);
    check_refused();
}
END_TEST

START_TEST(refuses_truncation_at_every_byte)
{
    const char *whole =
        " {\"a\":[1,-2.5e3,true,null,\"\\u00e9\\\\\"],\"b\":{\"c\":\"\"},"
        "\"Plaintext\" : \"" SECRET64 "\" , \"z\":false}";

    for (size_t size = 0; size < strlen(whole); size++) {
        set_bytes(whole, size);
        check_refused();
    }
}
END_TEST

START_TEST(refuses_no_text)
{
    secret.bytes = (uint8_t *)text;
    EVC_CHECK_CODE(
        evc_jscan_take_base64(NULL, 0, "Plaintext", arena, 64, &secret, NULL),
        ENVCRYPT_E_JSON);
    ck_assert_ptr_null(secret.bytes);
}
END_TEST

/* The outermost object is a level too. */
static void
set_nested(size_t levels)
{
    set_repeated("{" P ",\"a\":", "[", levels - 1, "");
    for (size_t i = 1; i < levels; i++)
        add_text("]");
    add_text("}");
}

START_TEST(nests_to_the_limit)
{
    set_nested(EVC_JSON_MAX_DEPTH);
    EVC_CHECK_OK(take_base64(64));
    check_rest_parses();
}
END_TEST

START_TEST(refuses_one_level_more)
{
    set_nested(EVC_JSON_MAX_DEPTH + 1);
    check_refused();
}
END_TEST

/* An object of count members, the secret among them. */
static void
set_members(size_t count)
{
    char name[32];

    set_text("{");
    for (size_t i = 1; i < count; i++) {
        (void)snprintf(name, sizeof name, "\"m%zu\":0,", i);
        add_text(name);
    }
    add_text(P "}");
}

START_TEST(takes_as_many_members_as_the_limit)
{
    set_members(EVC_JSCAN_MAX_NAMES);
    EVC_CHECK_OK(take_base64(64));
    check_rest_parses();
}
END_TEST

START_TEST(refuses_one_member_more)
{
    set_members(EVC_JSCAN_MAX_NAMES + 1);
    check_refused();
}
END_TEST

START_TEST(closed_objects_do_not_count_as_members)
{
    set_repeated("{\"l\":[", "{\"a\":0},", EVC_JSCAN_MAX_NAMES, "{}]," P "}");
    EVC_CHECK_OK(take_base64(64));
    check_rest_parses();
}
END_TEST

START_TEST(a_full_arena_is_its_own_error)
{
    evc_secret slots[EVC_ARENA_CHUNK / EVC_ARENA_MAX_SLOT] = {{0}};
    size_t used = 0;

    while (!evc_secret_new(arena, EVC_ARENA_MAX_SLOT, &slots[used], NULL))
        used++;
    set_base64_of(EVC_ARENA_MAX_SLOT);
    EVC_CHECK_CODE(take_base64(EVC_ARENA_MAX_SLOT), ENVCRYPT_E_ARENA_FULL);
    while (used > 0)
        evc_secret_free(&slots[--used]);
    check_nothing_is_left();
}
END_TEST

START_TEST(error_shows_the_place_and_no_text)
{
    evc_error *err = NULL;

    set_text("{\"Plaintext\":\"hunter\",\"other\":hunter}");
    EVC_CHECK_CODE(
        evc_jscan_take_text(text, text_size, "Plaintext", arena, 64, &secret, &err),
        ENVCRYPT_E_JSON);
    ck_assert_ptr_nonnull(strstr(envcrypt_error_message(err), "at byte 30 of 37"));
    ck_assert_ptr_null(strstr(envcrypt_error_message(err), "hunter"));
    envcrypt_error_free(err);
}
END_TEST

START_TEST(error_names_the_member_and_not_its_value)
{
    evc_error *err = NULL;

    set_text("{\"Plaintext\":\"hunter2\"}");
    EVC_CHECK_CODE(
        evc_jscan_take_base64(text, text_size, "Plaintext", arena, 64, &secret, &err),
        ENVCRYPT_E_JSON);
    ck_assert_ptr_nonnull(strstr(envcrypt_error_message(err), "\"Plaintext\""));
    ck_assert_ptr_null(strstr(envcrypt_error_message(err), "hunter"));
    ck_assert_ptr_null(
        strstr(envcrypt_error_message(envcrypt_error_cause(err)), "hunter"));
    envcrypt_error_free(err);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))

static void
add_case(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

/* --- members of members ----------------------------------------------------------- */

#define ANSWER "Answer.Result.Token"

/* text, what is taken by ANSWER; NULL = nothing is there */
static const char *const nested[][2] = {
    {"{\"Answer\":{\"Result\":{\"Token\":\"t\"}}}", "t"},
    {"{\"Token\":\"a\",\"Answer\":{\"Token\":\"b\",\"Result\":{\"Token\":\"t\"}}}",
     "t"},
    {"{\"Result\":{\"Token\":\"a\"},\"Answer\":{\"Result\":{\"Token\":\"t\"}}}", "t"},
    {"{\"Answer\":{\"Result\":{\"x\":{\"Token\":\"a\"},\"Token\":\"t\"}}}", "t"},
    {"{\"Answer\":{\"Result\":{}},\"Result\":{\"Token\":\"a\"},\"Token\":\"a\"}", NULL},
    {"{\"Answer\":{\"Result\":[{\"Token\":\"a\"}]}}", NULL},
    {"{\"Answer\":[{\"Result\":{\"Token\":\"a\"}}]}", NULL},
    {"{\"Answer\":\"Result\"}", NULL},
    {"{\"Answer.Result.Token\":\"a\"}", NULL},
    {"{\"Answer\":{\"Result\":{\"Token\":1}}}", NULL},
    {"{\"Answer\":{\"Result\":{\"Token\":{\"Token\":\"a\"}}}}", NULL},
};

START_TEST(takes_the_member_of_the_path_alone)
{
    int rc;

    set_text(nested[_i][0]);
    rc = evc_jscan_take_text(text, text_size, ANSWER, arena, 64, &secret, NULL);
    EVC_CHECK_CODE(rc, nested[_i][1] ? 0 : ENVCRYPT_E_JSON);
    if (nested[_i][1])
        check_secret(nested[_i][1], strlen(nested[_i][1]));
    else
        check_nothing_is_left();
}
END_TEST

START_TEST(an_optional_member_of_the_path_may_be_missing)
{
    set_text(nested[_i][0]);
    EVC_CHECK_OK(
        evc_jscan_take_text_opt(text, text_size, ANSWER, arena, 64, &secret, NULL));
    if (nested[_i][1])
        check_secret(nested[_i][1], strlen(nested[_i][1]));
    else
        ck_assert_ptr_null(secret.bytes);
}
END_TEST

START_TEST(an_empty_optional_member_is_none)
{
    set_text("{\"Plaintext\":\"\"}");
    EVC_CHECK_OK(evc_jscan_take_text_opt(text, text_size, "Plaintext", arena, 64,
                                         &secret, NULL));
    ck_assert_ptr_null(secret.bytes);
    check_text("{\"Plaintext\":\"\"}");
}
END_TEST

START_TEST(an_optional_member_with_an_escape_is_refused)
{
    set_text("{\"Plaintext\":\"a\\/b\"}");
    EVC_CHECK_CODE(
        evc_jscan_take_text_opt(text, text_size, "Plaintext", arena, 64, &secret, NULL),
        ENVCRYPT_E_JSON);
    check_nothing_is_left();
}
END_TEST

/* --- elements of arrays, and values that are no secret ----------------------------- */

/* text, path, what evc_jscan_find gives; "" = nothing */
static const char *const found[][3] = {
    {"{\"a\":[\"x\",\"y\"]}", "a.1", "\"y\""},
    {"{\"a\":[\"x\",\"y\"]}", "a.2", ""},
    {"{\"a\":[\"x\",\"y\"]}", "a.01", ""},
    {"{\"a\":[\"x\",\"y\"]}", "a.", ""},
    {"{\"a\":[0,1,2,3,4,5,6,7,8,9,10,11]}", "a.10", "10"},
    {"{\"a\":[0,1,2,3,4,5,6,7,8,9,10,11]}", "a.1", "1"},
    {"{\"a\":[{\"n\":1},{\"n\":2}],\"n\":3}", "a.1.n", "2"},
    {"{\"a\":[[\"x\"],[\"y\",[\"z\"]]]}", "a.1.1.0", "\"z\""},
    {"{\"a\":{\"0\":\"member\"}}", "a.0", "\"member\""},
    {"{\"a\":\"b\\\"c\"}", "a", "\"b\\\"c\""},
    {"{\"a\":\"\"}", "a", "\"\""},
    {"{\"a\":-1.5e3 }", "a", "-1.5e3"},
    {"{\"a\":true}", "a", "true"},
    {"{\"a\":null}", "a", "null"},
    {"{\"a\":{}}", "a", ""},
    {"{\"a\":[]}", "a", ""},
    {"{\"b\":1}", "a", ""},
};

START_TEST(finds_a_value_by_its_path)
{
    evc_view out;

    set_text(found[_i][0]);
    EVC_CHECK_OK(evc_jscan_find(text, text_size, found[_i][1], &out, NULL));
    ck_assert(evc_view_is_text(out, found[_i][2]));
    ck_assert(text_size == strlen(found[_i][0]) &&
              memcmp(text, found[_i][0], text_size) == 0);
}
END_TEST

START_TEST(finds_nothing_in_what_is_malformed)
{
    evc_view out = evc_view_text("before");

    set_text("{\"a\":1,\"b\":}");
    EVC_CHECK_CODE(evc_jscan_find(text, text_size, "a", &out, NULL), ENVCRYPT_E_JSON);
    ck_assert_uint_eq(out.size, 0);
}
END_TEST

START_TEST(takes_the_secret_of_an_element)
{
    set_text("{\"p\":[{\"s\":\"one\"},{\"s\":\"two\"}]}");
    EVC_CHECK_OK(
        evc_jscan_take_text(text, text_size, "p.1.s", arena, 64, &secret, NULL));
    ck_assert(memcmp(secret.bytes, "two", 3) == 0);
    ck_assert_ptr_nonnull(strstr(text, "one"));
    ck_assert_ptr_null(strstr(text, "two"));
}
END_TEST

START_TEST(a_name_twice_in_a_member_is_refused)
{
    set_text("{\"Answer\":{\"Result\":{\"Token\":\"a\",\"Token\":\"b\"}}}");
    EVC_CHECK_CODE(
        evc_jscan_take_text(text, text_size, ANSWER, arena, 64, &secret, NULL),
        ENVCRYPT_E_JSON);
    check_nothing_is_left();
}
END_TEST

static void
add_rows(Suite *suite)
{
    TCase *rows = tcase_create("rows");

    tcase_add_checked_fixture(rows, setup, teardown);
    tcase_add_loop_test(rows, accepts, 0, ROWS(accepted));
    tcase_add_loop_test(rows, refuses, 0, ROWS(refused));
    tcase_add_loop_test(rows, takes_the_member_of_the_path_alone, 0, ROWS(nested));
    tcase_add_loop_test(rows, an_optional_member_of_the_path_may_be_missing, 0,
                        ROWS(nested));
    tcase_add_loop_test(rows, finds_a_value_by_its_path, 0, ROWS(found));
    suite_add_tcase(suite, rows);
}

static void
add_tests(Suite *suite)
{
    const TTest *const taking[] = {
        decodes_base64_into_the_arena,
        leaves_an_empty_string_and_spaces,
        leaves_no_copy_in_the_text,
        takes_plain_text,
        takes_two_secrets_one_after_the_other,
        refuses_to_take_a_secret_twice,
        base64_of_one_byte_is_enough,
        base64_of_the_largest_size_is_taken,
        base64_of_one_byte_more_is_refused,
        base64_of_a_whole_slot_is_taken,
        text_of_the_largest_size_is_taken,
        text_of_one_byte_more_is_refused,
        empty_text_is_refused,
        text_with_an_escape_is_refused,
        an_empty_optional_member_is_none,
        an_optional_member_with_an_escape_is_refused,
        a_name_twice_in_a_member_is_refused,
        finds_nothing_in_what_is_malformed,
        takes_the_secret_of_an_element,
        NULL,
    };
    const TTest *const refusing[] = {
        refuses_truncation_at_every_byte,
        refuses_no_text,
        nests_to_the_limit,
        refuses_one_level_more,
        takes_as_many_members_as_the_limit,
        refuses_one_member_more,
        closed_objects_do_not_count_as_members,
        a_full_arena_is_its_own_error,
        error_shows_the_place_and_no_text,
        error_names_the_member_and_not_its_value,
        NULL,
    };

    add_case(suite, "taking", taking);
    add_case(suite, "refusing", refusing);
    add_rows(suite);
}

EVC_TEST_MAIN("jscan", add_tests)
