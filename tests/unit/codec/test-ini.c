/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/ini.h"

#include "base/buf.h"
#include "evc-alloc.h"
#include "evc-check.h"

static evc_ini ini;

static void
teardown(void)
{
    evc_ini_reset(&ini);
}

static int
parse(const char *text)
{
    return evc_ini_parse(evc_view_text(text), "the file f", &ini, NULL);
}

static const char *
get(const char *kind, const char *section, const char *parent, const char *name)
{
    static char text[256];
    evc_view value;

    if (!evc_ini_find(&ini, (evc_ini_key){kind, evc_view_text(section)}, parent, name,
                      &value))
        return NULL;
    (void)snprintf(text, sizeof(text), "%.*s", (int)value.size,
                   value.size ? (const char *)value.data : "");
    return text;
}

/* text, value of a in [s]; NULL = the text is refused */
static const char *const texts[][2] = {
    {"[s]\na=1\n", "1"},
    {"[s]\na = 1", "1"},
    {"[s]\r\na = 1\r\n", "1"},
    {"\xef\xbb\xbf[s]\na=1\n", "1"},
    {"\n# c\n; c\n  # c\n[s]\n\n\ta\t=\t1\t\n", "1"},
    {"[s]\nA = 1\n", "1"},
    {"[s]\na = 1 # c\n", "1"},
    {"[s]\na = 1 ;c\n", "1"},
    {"[s]\na = 1#2;3\n", "1#2;3"},
    {"[s]\na = x=y==\n", "x=y=="},
    {"[s]\na =\n", ""},
    {"[s]\na = 1\na = 2\n", "2"},
    {"[s]\na = 1\n[t]\na = 2\n[s]\nb = 3\n", "1"},
    {"[ s ] # c\na=1\n", "1"},
    {"['s']\na=1\n", "1"},
    {"[\"s\"]\na=1\n", "1"},
    {"[s]\n  a = 1\n  b = 2\n", "1"},
    {"[s]\nb = 2\n  a = 1\n", "1"},
    {"[s]\nb =\n  c = 1\na = 2\n", "2"},
    {"[s]\na = caf\xc3\xa9\n", "caf\xc3\xa9"},
    {"a=1\n[s]\na=1\n", NULL},
    {"[s\na=1\n", NULL},
    {"[]\na=1\n", NULL},
    {"[ ]\na=1\n", NULL},
    {"[s]\na\n", NULL},
    {"[s]\n=1\n", NULL},
    {"[s]\na = 1\n  more\n", NULL},
    {"[s]\na = 1\rb = 2\n", NULL},
    {"[s]\na = \x01\n", NULL},
    {"[s]\na = \x7f\n", NULL},
    {"[s] x\na = 1\n", NULL},
};

START_TEST(reads_what_the_tools_write)
{
    if (!texts[_i][1]) {
        EVC_CHECK_CODE(parse(texts[_i][0]), ENVCRYPT_E_BAD_CREDENTIALS);
        ck_assert_ptr_null(ini.items);
        return;
    }
    EVC_CHECK_OK(parse(texts[_i][0]));
    ck_assert_str_eq(get(NULL, "s", NULL, "a"), texts[_i][1]);
}
END_TEST

START_TEST(an_empty_text_has_nothing)
{
    EVC_CHECK_OK(parse(""));
    ck_assert_uint_eq(ini.count, 0);
}
END_TEST

START_TEST(a_nul_is_refused)
{
    EVC_CHECK_CODE(
        evc_ini_parse(evc_view_of("[s]\na=1\0\n", 9), "the file f", &ini, NULL),
        ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

START_TEST(indented_lines_belong_to_a_name_without_value)
{
    EVC_CHECK_OK(
        parse("[services x]\nkms =\n  endpoint_url = u\nsts =\n\tendpoint_url = v\n"
              "a = 1\n"));
    ck_assert_str_eq(get("services", "x", "kms", "endpoint_url"), "u");
    ck_assert_str_eq(get("services", "x", "STS", "endpoint_url"), "v");
    ck_assert_str_eq(get("services", "x", NULL, "a"), "1");
    ck_assert_ptr_null(get("services", "x", NULL, "endpoint_url"));
}
END_TEST

START_TEST(kinds_and_quoted_names_of_sections)
{
    EVC_CHECK_OK(
        parse("[profile \"my name\"]\na = 1\n[profile  b]\na = 2\n[profileb]\na = 3\n"
              "[default]\na = 4\n[profile default]\na = 5\n[sso-session b]\na = 6\n"));
    ck_assert_str_eq(get("profile", "my name", NULL, "a"), "1");
    ck_assert_str_eq(get("profile", "b", NULL, "a"), "2");
    ck_assert_str_eq(get(NULL, "profileb", NULL, "a"), "3");
    ck_assert_str_eq(get(NULL, "default", NULL, "a"), "4");
    ck_assert_str_eq(get("profile", "default", NULL, "a"), "5");
    ck_assert_str_eq(get("sso-session", "b", NULL, "a"), "6");
    ck_assert_ptr_null(get(NULL, "b", NULL, "a"));
}
END_TEST

START_TEST(a_section_without_settings_is_there)
{
    EVC_CHECK_OK(parse("[profile a]\n[b]\n"));
    ck_assert(evc_ini_has(&ini, (evc_ini_key){"profile", evc_view_text("a")}));
    ck_assert(evc_ini_has(&ini, (evc_ini_key){NULL, evc_view_text("b")}));
    ck_assert(!evc_ini_has(&ini, (evc_ini_key){NULL, evc_view_text("a")}));
    ck_assert(!evc_ini_has(&ini, (evc_ini_key){"profile", evc_view_text("b")}));
}
END_TEST

START_TEST(an_error_names_file_and_line_and_shows_no_text)
{
    evc_error *err = NULL;

    EVC_CHECK_CODE(evc_ini_parse(evc_view_text("[s]\nb = 1\nsecretword\n"),
                                 "the file /f", &ini, &err),
                   ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "line 3 of the file /f"));
    ck_assert_ptr_null(strstr(evc_error_message(err), "secretword"));
    evc_error_free(err);
}
END_TEST

/* One section and count - 1 settings. */
static int
parse_items(size_t count)
{
    evc_buf text;
    int rc;

    evc_buf_init(&text);
    evc_buf_put_text(&text, "[s]\n");
    for (size_t i = 1; i < count; i++)
        evc_buf_put_text(&text, "a=1\n");
    rc = evc_ini_parse(evc_buf_view(&text), "the file f", &ini, NULL);
    evc_ini_reset(&ini);
    evc_buf_reset(&text);
    return rc;
}

START_TEST(takes_as_many_items_as_the_limit)
{
    EVC_CHECK_OK(parse_items(EVC_INI_MAX_ITEMS));
}
END_TEST

START_TEST(refuses_one_item_more)
{
    EVC_CHECK_CODE(parse_items(EVC_INI_MAX_ITEMS + 1), ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

static int
parse_size(size_t size)
{
    evc_buf text;
    int rc;

    evc_buf_init(&text);
    evc_buf_put_text(&text, "[s]\n#");
    ck_assert_ptr_nonnull(evc_buf_extend(&text, size - text.size));
    memset(&text.data[5], 'x', size - 5);
    rc = evc_ini_parse(evc_buf_view(&text), "the file f", &ini, NULL);
    evc_ini_reset(&ini);
    evc_buf_reset(&text);
    return rc;
}

START_TEST(takes_a_text_of_the_largest_size)
{
    EVC_CHECK_OK(parse_size(EVC_INI_MAX_SIZE));
}
END_TEST

START_TEST(refuses_a_text_of_one_byte_more)
{
    EVC_CHECK_CODE(parse_size(EVC_INI_MAX_SIZE + 1), ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

static int
parse_and_reset(void *user)
{
    evc_ini own;
    int rc = evc_ini_parse(evc_view_text("[s]\na=1\nb=2\n"), "f", &own, NULL);

    (void)user;
    evc_ini_reset(&own);
    return rc;
}

START_TEST(survives_memory_running_out)
{
    ck_assert_uint_ge(evc_alloc_sweep(parse_and_reset, NULL), 1);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {an_empty_text_has_nothing,
                                  a_nul_is_refused,
                                  indented_lines_belong_to_a_name_without_value,
                                  kinds_and_quoted_names_of_sections,
                                  a_section_without_settings_is_there,
                                  an_error_names_file_and_line_and_shows_no_text,
                                  takes_as_many_items_as_the_limit,
                                  refuses_one_item_more,
                                  takes_a_text_of_the_largest_size,
                                  refuses_a_text_of_one_byte_more,
                                  survives_memory_running_out,
                                  NULL};
    TCase *tcase = tcase_create("ini");

    tcase_add_checked_fixture(tcase, NULL, teardown);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, reads_what_the_tools_write, 0,
                        sizeof(texts) / sizeof(texts[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("ini", add_tests)
