/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/fields.h"

#include "evc-check.h"

enum row {
    WORD,
    HINT,
    TOKEN,
    COUNT,
    YES,
    LIST,
    ENTRY,
    ENTRY_NAME,
    DEEP,
    MARK,
    DATA,
    ROWS
};

static const evc_kube_field table[ROWS] = {
    [WORD] = {"word", EVC_KUBE_FIELD_TEXT, 8},
    [HINT] = {"hint", EVC_KUBE_FIELD_HINT, 4},
    [TOKEN] = {"token", EVC_KUBE_FIELD_PARTS, 12},
    [COUNT] = {"count", EVC_KUBE_FIELD_NUMBER, 0},
    [YES] = {"yes", EVC_KUBE_FIELD_FLAG, 0},
    [LIST] = {"list", EVC_KUBE_FIELD_ARRAY, 0},
    [ENTRY] = {"list.[]", EVC_KUBE_FIELD_OBJECT, 0},
    [ENTRY_NAME] = {"list.[].name", EVC_KUBE_FIELD_TEXT, 8},
    [DEEP] = {"a.b.c.d", EVC_KUBE_FIELD_TEXT, 8},
    [MARK] = {"notes.$", EVC_KUBE_FIELD_TEXT, 8},
    [DATA] = {"data", EVC_KUBE_FIELD_BANNED, 0},
};

static evc_kube_fields f;
static evc_buf told; /* "row=text;", of objects and arrays "row(" and "row)" */
static evc_error *error;

static int
take(void *user, const evc_kube_found *found, evc_error **err)
{
    (void)user;
    (void)err;
    evc_buf_put_format(&told, "%zu", found->field);
    if (table[found->field].type == EVC_KUBE_FIELD_OBJECT ||
        table[found->field].type == EVC_KUBE_FIELD_ARRAY) {
        evc_buf_put_u8(&told, found->end ? ')' : '(');
        return 0;
    }
    evc_buf_put_u8(&told, '=');
    evc_buf_put_view(&told, found->text);
    evc_buf_put_u8(&told, ';');
    return evc_view_is_text(found->text, "stop") ? ENVCRYPT_E_CANCELED : 0;
}

static void
setup(void)
{
    f = (evc_kube_fields){
        .table = table, .count = ROWS, .take = take, .wanted = "x.io/y"};
    evc_buf_init(&told);
    error = NULL;
}

static void
teardown(void)
{
    evc_kube_fields_wipe(&f);
    evc_buf_reset(&told);
    evc_error_free(error);
}

/* In parts of size bytes each. */
static int
feed(const char *text, size_t size)
{
    evc_view rest = evc_view_text(text);
    int rc = 0;

    evc_buf_clear(&told);
    evc_kube_fields_begin(&f);
    while (rest.size && !rc) {
        size_t part = rest.size < size ? rest.size : size;

        rc = evc_kube_fields_feed(&f, evc_view_of(rest.data, part), &error);
        rest = evc_view_of(&rest.data[part], rest.size - part);
    }
    return rc ? rc : evc_kube_fields_end(&f, &error);
}

static int
read_whole(const char *text)
{
    return feed(text, SIZE_MAX);
}

static void
check_told(const char *text, const char *expected)
{
    EVC_CHECK_OK(read_whole(text));
    ck_assert_msg(evc_view_is_text(evc_buf_view(&told), expected), "%s gave %.*s", text,
                  (int)told.size, (const char *)told.data);
}

START_TEST(tells_what_the_table_names_and_nothing_else)
{
    check_told("{\"word\":\"abc\",\"other\":\"word\",\"count\":17,\"yes\":true,"
               "\"x\":{\"word\":\"no\"},\"y\":[{\"word\":\"no\"}]}",
               "0=abc;3=17;4=true;");
}
END_TEST

START_TEST(tells_what_stands_deep_and_not_what_stands_elsewhere)
{
    check_told("{\"a\":{\"c\":{\"d\":\"no\"},\"b\":{\"d\":\"no\",\"c\":{\"x\":1,"
               "\"d\":\"yes\"}}},\"b\":{\"c\":{\"d\":\"no\"}}}",
               "8=yes;");
}
END_TEST

START_TEST(tells_each_element_with_its_beginning_and_end)
{
    check_told("{\"list\":[{\"name\":\"a\"},{},{\"z\":[1,{\"name\":\"no\"}],"
               "\"name\":\"b\"}],\"name\":\"no\"}",
               "5(6(7=a;6)6(6)6(7=b;6)5)");
}
END_TEST

START_TEST(wanted_name_may_have_dots)
{
    check_told(
        "{\"notes\":{\"x\":{\"io/y\":\"no\"},\"x.io/y\":\"hit\",\"x.io/z\":\"no\"}}",
        "9=hit;");
}
END_TEST

START_TEST(without_a_wanted_name_nothing_is_told_for_it)
{
    f.wanted = NULL;
    check_told("{\"notes\":{\"x.io/y\":\"a\",\"$\":\"b\",\"\":\"c\"}}", "");
}
END_TEST

START_TEST(null_is_the_same_as_absent)
{
    check_told("{\"word\":null,\"a\":null,\"list\":null,\"count\":null,\"yes\":null,"
               "\"notes\":{\"x.io/y\":null}}",
               "");
}
END_TEST

START_TEST(every_split_tells_the_same)
{
    const char *text = "{\"word\":\"\\u0061b\\\"\",\"list\":[{\"name\":\"\xc3\xa9\"}],"
                       "\"count\":-1.5e3,\"a\":{\"b\":{\"c\":{\"d\":\"deep\"}}},"
                       "\"hint\":\"12345\"}";

    for (size_t size = 1; size <= strlen(text); size++) {
        EVC_CHECK_OK(feed(text, size));
        ck_assert(evc_view_is_text(evc_buf_view(&told),
                                   "0=ab\";5(6(7=\xc3\xa9;6)5)3=-1.5e3;8=deep;"));
    }
}
END_TEST

START_TEST(token_comes_in_parts_that_make_the_whole)
{
    EVC_CHECK_OK(feed("{\"token\":\"abcdefghijkl\"}", 4));
    ck_assert(!evc_view_is_text(evc_buf_view(&told), "2=abcdefghijkl;"));
    EVC_CHECK_OK(read_whole("{\"token\":\"abcdefghijkl\"}"));
    ck_assert(evc_view_is_text(evc_buf_view(&told), "2=abcdefghijkl;"));
}
END_TEST

static const struct {
    const char *text;
    const char *shown; /* part of the message */
} refused[] = {
    {"{\"word\":\"a\",\"word\":\"a\"}", "\"word\" comes twice"},
    {"{\"a\":{},\"a\":{}}", "\"a\" comes twice"},
    {"{\"a\":{\"b\":null,\"b\":null}}", "\"a.b\" comes twice"},
    {"{\"list\":[{\"name\":\"a\",\"name\":\"b\"}]}", "\"list.[].name\" comes twice"},
    {"{\"notes\":{\"x.io/y\":\"a\",\"x.io/y\":\"a\"}}", "\"notes.$\" comes twice"},
    {"{\"word\":1}", "\"word\" is of another type"},
    {"{\"word\":{}}", "\"word\" is of another type"},
    {"{\"word\":[]}", "\"word\" is of another type"},
    {"{\"word\":true}", "\"word\" is of another type"},
    {"{\"count\":\"1\"}", "\"count\" is of another type"},
    {"{\"count\":false}", "\"count\" is of another type"},
    {"{\"yes\":1}", "\"yes\" is of another type"},
    {"{\"yes\":\"true\"}", "\"yes\" is of another type"},
    {"{\"list\":{}}", "\"list\" is of another type"},
    {"{\"list\":\"\"}", "\"list\" is of another type"},
    {"{\"list\":[[]]}", "\"list.[]\" is of another type"},
    {"{\"list\":[1]}", "\"list.[]\" is of another type"},
    {"{\"list\":[\"\"]}", "\"list.[]\" is of another type"},
    {"{\"a\":[]}", "\"a\" is of another type"},
    {"{\"a\":{\"b\":7}}", "\"a.b\" is of another type"},
    {"{\"a\":{\"b\":\"\"}}", "\"a.b\" is of another type"},
    {"[]", "no object"},
    {"\"\"", "not the JSON"},
    {"1", "not the JSON"},
    {"null", "not the JSON"},
    {"{\"word\":\"123456789\"}", "\"word\" is longer than 8 bytes"},
    {"{\"token\":\"1234567890123\"}", "\"token\" is longer than 12 bytes"},
    {"{\"data\":null}", "only metadata was asked for"},
    {"{\"data\":{\"password\":\"", "only metadata was asked for"},
    {"{\"word\":\"a\"", "not the JSON"},
    {"{\"word\":\"a\"}x", "not the JSON"},
    {"<html>", "not the JSON"},
    {"", "not the JSON"},
};

START_TEST(refuses)
{
    EVC_CHECK_CODE(read_whole(refused[_i].text), ENVCRYPT_E_PROTOCOL);
    ck_assert_msg(strstr(evc_error_message(error), refused[_i].shown) != NULL,
                  "%s gave: %s", refused[_i].text, evc_error_message(error));
}
END_TEST

START_TEST(text_of_its_longest_is_told)
{
    check_told("{\"word\":\"12345678\",\"hint\":\"1234\"}", "0=12345678;1=1234;");
}
END_TEST

START_TEST(hint_that_is_too_long_is_passed_over)
{
    check_told("{\"hint\":\"12345\",\"word\":\"a\"}", "0=a;");
}
END_TEST

START_TEST(same_member_in_two_elements_is_no_duplicate)
{
    check_told("{\"list\":[{\"name\":\"a\"},{\"name\":\"a\"}]}",
               "5(6(7=a;6)6(7=a;6)5)");
}
END_TEST

START_TEST(what_nobody_wants_may_come_twice)
{
    check_told("{\"z\":1,\"z\":{\"z\":2,\"z\":3}}", "");
}
END_TEST

START_TEST(deeper_than_any_path_is_passed_over)
{
    check_told("{\"z\":[[[[[[[[[[[[{\"word\":\"no\"}]]]]]]]]]]]],\"word\":\"a\"}",
               "0=a;");
}
END_TEST

START_TEST(member_of_data_within_is_not_data)
{
    check_told("{\"z\":{\"data\":1},\"word\":\"a\"}", "0=a;");
}
END_TEST

START_TEST(error_of_who_takes_ends_the_reading)
{
    EVC_CHECK_CODE(read_whole("{\"word\":\"stop\",\"count\":1}"), ENVCRYPT_E_CANCELED);
    ck_assert(evc_view_is_text(evc_buf_view(&told), "0=stop;"));
}
END_TEST

START_TEST(nothing_of_a_text_stays_behind)
{
    EVC_CHECK_OK(read_whole("{\"word\":\"planted\"}"));
    for (size_t i = 0; i + 7 <= sizeof(f); i++)
        ck_assert(memcmp(&((const char *)&f)[i], "planted", 7) != 0);
}
END_TEST

START_TEST(nothing_of_a_refused_text_stays_behind)
{
    EVC_CHECK_CODE(feed("{\"word\":\"planted\",\"data\":{\"planted\":1}}", 5),
                   ENVCRYPT_E_PROTOCOL);
    for (size_t i = 0; i + 7 <= sizeof(f); i++)
        ck_assert(memcmp(&((const char *)&f)[i], "planted", 7) != 0);
    ck_assert(!strstr(evc_error_message(error), "planted"));
}
END_TEST

/* --- as the sink of an exchange --------------------------------------------------- */

static int
sink_of_type(const char *type)
{
    evc_exchange x;
    int rc;

    evc_exchange_init(&x);
    if (type)
        EVC_CHECK_OK(evc_headers_add(&x.reply_headers, "content-type",
                                     evc_view_text(type), NULL));
    evc_kube_fields_attach(&f, &x);
    rc = x.sink(x.sink_user, evc_view_text("{\"word\":"), &error);
    if (!rc)
        rc = x.sink(x.sink_user, evc_view_text("\"a\"}"), &error);
    if (!rc)
        rc = evc_kube_fields_end(&f, &error);
    evc_exchange_reset(&x);
    return rc;
}

START_TEST(sink_takes_json_only)
{
    const char *const good[] = {"application/json", "application/json;charset=utf-8",
                                "Application/JSON ; as=Table", NULL};
    const char *const bad[] = {"text/html", "application/jsonp",
                               "application/vnd.kubernetes.protobuf", "", NULL};

    for (size_t i = 0; good[i]; i++)
        EVC_CHECK_OK(sink_of_type(good[i]));
    for (size_t i = 0; bad[i]; i++)
        EVC_CHECK_CODE(sink_of_type(bad[i]), ENVCRYPT_E_PROTOCOL);
    EVC_CHECK_CODE(sink_of_type(NULL), ENVCRYPT_E_PROTOCOL);
    ck_assert(strstr(evc_error_message(error), "no application/json") != NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        tells_what_the_table_names_and_nothing_else,
        tells_what_stands_deep_and_not_what_stands_elsewhere,
        tells_each_element_with_its_beginning_and_end,
        wanted_name_may_have_dots,
        without_a_wanted_name_nothing_is_told_for_it,
        null_is_the_same_as_absent,
        every_split_tells_the_same,
        token_comes_in_parts_that_make_the_whole,
        text_of_its_longest_is_told,
        hint_that_is_too_long_is_passed_over,
        same_member_in_two_elements_is_no_duplicate,
        what_nobody_wants_may_come_twice,
        deeper_than_any_path_is_passed_over,
        member_of_data_within_is_not_data,
        error_of_who_takes_ends_the_reading,
        nothing_of_a_text_stays_behind,
        nothing_of_a_refused_text_stays_behind,
        sink_takes_json_only,
        NULL,
    };
    TCase *tcase = tcase_create("fields");

    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, refuses, 0, (int)(sizeof(refused) / sizeof(refused[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("fields", add_tests)
