/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/xml.h"

#include "base/mem.h"
#include "evc-alloc.h"
#include "evc-check.h"

static evc_arena *arena;
static evc_buf out;
static evc_secret secret;

static void
setup(void)
{
    EVC_CHECK_OK(evc_arena_open(EVC_ARENA_CHUNK, false, &arena, NULL));
    evc_buf_init(&out);
}

static void
teardown(void)
{
    evc_secret_free(&secret);
    evc_buf_reset(&out);
    evc_arena_close(arena);
}

#define NONE "\x01"

/* text, what stands at R/A/B; NONE = nothing, NULL = the text is refused */
static const char *const texts[][2] = {
    {"<R><A><B>x</B></A></R>", "x"},
    {"<?xml version=\"1.0\"?>\n<R xmlns='u'>\n <A>\n<B>x</B></A></R>\n", "x"},
    {"\xef\xbb\xbf<R><A><B>x</B></A></R>", "x"},
    {"<n:R xmlns:n=\"u\"><n:A><n:B a=\"1>2\" b = '/'>x</n:B></n:A></n:R>", "x"},
    {"<R><A><B></B></A></R>", ""},
    {"<R><A><B/></A></R>", ""},
    {"<R><A><B />\n</A></R >", ""},
    {"<R><A><B> x y </B></A></R>", " x y "},
    {"<R><A><B>&lt;&gt;&amp;&quot;&apos;</B></A></R>", "<>&\"'"},
    {"<R><A><B>&#65;&#x42;&#xe9;&#x20ac;&#x1F600;</B></A></R>",
     "AB\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
    {"<R><!-- <A> --><A><B>x</B></A></R>", "x"},
    {"<R><X><B>no</B></X><B>no</B><A><C><B>no</B></C><B>x</B></A></R>", "x"},
    {"<R><A/><A><B>x</B></A></R>", "x"},
    {"<R><A></A></R>", NONE},
    {"<A><B>x</B></A>", NONE},
    {"<S><A><B>x</B></A></S>", NONE},
    {"<S><R><A><B>x</B></A></R></S>", NONE},
    {"<R/>", NONE},
    {"<R><A><B>x</B><B>y</B></A></R>", NULL},
    {"<R><A><B>x</B></A><A><B>y</B></A></R>", NULL},
    {"<R><A><B>x<C/></B></A></R>", NULL},
    {"<R><A><B>x<!-- c --></B></A></R>", NULL},
    {"<R><A><B><![CDATA[x]]></B></A></R>", NULL},
    {"<!DOCTYPE R [<!ENTITY e \"x\">]><R><A><B>x</B></A></R>", NULL},
    {"<R><A><B>&e;</B></A></R>", NULL},
    {"<R><A><B>&amp</B></A></R>", NULL},
    {"<R><A><B>&</B></A></R>", NULL},
    {"<R><A><B>&#0;</B></A></R>", NULL},
    {"<R><A><B>&#10;</B></A></R>", NULL},
    {"<R><A><B>&#xd800;</B></A></R>", NULL},
    {"<R><A><B>&#x110000;</B></A></R>", NULL},
    {"<R><A><B>&#;</B></A></R>", NULL},
    {"<R><A><B>&#x;</B></A></R>", NULL},
    {"<R><A><B>&#1a;</B></A></R>", NULL},
    {"<R><A><B>x</A></B></R>", NULL},
    {"<R><A><B>x</B></A>", NULL},
    {"<R><A><B>x</B></A></R></S>", NULL},
    {"<R><A><B>x</B></A></R><R/>", NULL},
    {"<R><A><B>x</B></A></R>x", NULL},
    {"x<R/>", NULL},
    {"", NULL},
    {"  ", NULL},
    {"<R", NULL},
    {"<R a>", NULL},
    {"<R a=1></R>", NULL},
    {"<R a='1></R>", NULL},
    {"<R a='1'b='2'></R>", NULL},
    {"< R></R>", NULL},
    {"<R><!-- </R>", NULL},
    {"<R>\x01</R>", NULL},
    {"<R>\xff</R>", NULL},
};

START_TEST(finds_the_field_of_the_path_alone)
{
    const char *expected = texts[_i][1];
    bool found = true;
    int rc = evc_xml_find(evc_view_text(texts[_i][0]), "R/A/B", &out, &found, NULL);

    EVC_CHECK_CODE(rc, expected ? 0 : ENVCRYPT_E_PROTOCOL);
    ck_assert_int_eq(found, expected && strcmp(expected, NONE) != 0);
    if (found)
        ck_assert(evc_view_is_text(evc_buf_view(&out), expected));
    else
        ck_assert_uint_eq(out.size, 0);
}
END_TEST

START_TEST(takes_it_to_the_arena_or_wipes_all)
{
    const char *expected = texts[_i][1];
    bool good = expected && expected[0] && strcmp(expected, NONE) != 0;
    char text[256];
    size_t size = strlen(texts[_i][0]);

    memcpy(text, texts[_i][0], size);
    EVC_CHECK_CODE(evc_xml_take(text, size, "R/A/B", arena, 64, &secret, NULL),
                   good ? 0 : ENVCRYPT_E_PROTOCOL);
    if (good) {
        ck_assert_uint_eq(secret.size, strlen(expected));
        ck_assert_mem_eq(secret.bytes, expected, secret.size);
    } else {
        ck_assert_ptr_null(secret.bytes);
        ck_assert(evc_mem_is_zero(text, size));
    }
}
END_TEST

START_TEST(spaces_stand_where_it_was_and_the_rest_can_be_read)
{
    char text[] = "<R><A><B>se&amp;cret</B><C>c</C></A></R>";
    bool found = false;

    EVC_CHECK_OK(evc_xml_take(text, strlen(text), "R/A/B", arena, 64, &secret, NULL));
    ck_assert_str_eq(text, "<R><A><B>           </B><C>c</C></A></R>");
    EVC_CHECK_OK(evc_xml_find(evc_view_text(text), "R/A/C", &out, &found, NULL));
    ck_assert(found);
}
END_TEST

static int
take_size(size_t size)
{
    char text[128] = "<B>";

    memset(&text[3], 'x', size);
    memcpy(&text[3 + size], "</B>", 5);
    return evc_xml_take(text, size + 7, "B", arena, 64, &secret, NULL);
}

START_TEST(takes_the_largest_size)
{
    EVC_CHECK_OK(take_size(64));
}
END_TEST

START_TEST(refuses_one_byte_more)
{
    EVC_CHECK_CODE(take_size(65), ENVCRYPT_E_PROTOCOL);
}
END_TEST

static int
find_at_depth(size_t depth)
{
    evc_buf text;
    bool found;
    int rc;

    evc_buf_init(&text);
    for (size_t i = 0; i < depth; i++)
        evc_buf_put_text(&text, "<a>");
    for (size_t i = 0; i < depth; i++)
        evc_buf_put_text(&text, "</a>");
    rc = evc_xml_find(evc_buf_view(&text), "x", &out, &found, NULL);
    evc_buf_reset(&text);
    return rc;
}

START_TEST(nests_to_the_limit)
{
    EVC_CHECK_OK(find_at_depth(EVC_XML_MAX_DEPTH));
}
END_TEST

START_TEST(refuses_one_level_more)
{
    EVC_CHECK_CODE(find_at_depth(EVC_XML_MAX_DEPTH + 1), ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(refuses_truncation_at_every_byte)
{
    static const char whole[] =
        "<?xml version='1.0'?><R a='b'><A><B>x&amp;</B></A></R>";
    bool found;

    for (size_t size = 0; size < sizeof(whole) - 1; size++)
        EVC_CHECK_CODE(
            evc_xml_find(evc_view_of(whole, size), "R/A/B", &out, &found, NULL),
            ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(an_error_names_the_field_and_shows_no_text)
{
    char text[] = "<R><B>secretword";
    evc_error *err = NULL;

    EVC_CHECK_CODE(evc_xml_take(text, strlen(text), "R/B", arena, 64, &secret, &err),
                   ENVCRYPT_E_PROTOCOL);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "R/B"));
    ck_assert_ptr_null(strstr(evc_error_message(err), "secretword"));
    evc_error_free(err);
}
END_TEST

static int
take_and_free(void *user)
{
    char text[] = "<B>secret</B>";
    int rc = evc_xml_take(text, strlen(text), "B", arena, 64, &secret, NULL);

    (void)user;
    evc_secret_free(&secret);
    return rc;
}

START_TEST(survives_memory_running_out)
{
    ck_assert_uint_ge(evc_alloc_sweep(take_and_free, NULL), 1);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {spaces_stand_where_it_was_and_the_rest_can_be_read,
                                  takes_the_largest_size,
                                  refuses_one_byte_more,
                                  nests_to_the_limit,
                                  refuses_one_level_more,
                                  refuses_truncation_at_every_byte,
                                  an_error_names_the_field_and_shows_no_text,
                                  survives_memory_running_out,
                                  NULL};
    TCase *tcase = tcase_create("xml");

    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, finds_the_field_of_the_path_alone, 0,
                        sizeof(texts) / sizeof(texts[0]));
    tcase_add_loop_test(tcase, takes_it_to_the_arena_or_wipes_all, 0,
                        sizeof(texts) / sizeof(texts[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("xml", add_tests)
