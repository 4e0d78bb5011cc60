/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/yaml.h"

#include <jansson.h>

#include "base/buf.h"
#include "base/mem.h"
#include "codec/yaml_scalar.h"
#include "evc-alloc.h"
#include "evc-check.h"
#include "yaml-vectors.h"

static evc_yaml_doc *doc;

static void
teardown(void)
{
    evc_yaml_free(doc);
    doc = NULL;
}

static int
parse_view(evc_view text)
{
    evc_yaml_free(doc);
    return evc_yaml_parse(text, "the text", &doc, NULL);
}

static int
parse(const char *text)
{
    return parse_view(evc_view_text(text));
}

static const evc_yaml *
parsed(const char *text)
{
    EVC_CHECK_OK(parse(text));
    return evc_yaml_root(doc, 0);
}

/* ---- Against Kubernetes' reader ---- */

static json_t *
scalar_as_json(const evc_yaml *node)
{
    size_t size;
    const char *text = evc_yaml_text(node, &size);

    switch (evc_yaml_is_plain(node) ? evc_yaml_scalar_of(evc_view_of(text, size))
                                    : EVC_YAML_SCALAR_TEXT) {
    case EVC_YAML_SCALAR_TRUE:
        return json_true();
    case EVC_YAML_SCALAR_FALSE:
        return json_false();
    case EVC_YAML_SCALAR_NUMBER:
        return json_integer(strtol(text, NULL, 10));
    default:
        return json_stringn(text, size);
    }
}

static json_t *
as_json(const evc_yaml *node)
{
    bool list = evc_yaml_kind_of(node) == EVC_YAML_LIST;
    json_t *out;

    if (evc_yaml_kind_of(node) == EVC_YAML_NULL)
        return json_null();
    if (evc_yaml_kind_of(node) == EVC_YAML_TEXT)
        return scalar_as_json(node);
    out = list ? json_array() : json_object();
    for (size_t i = 0; i < evc_yaml_count(node); i++) {
        json_t *value = as_json(evc_yaml_at(node, i));

        if (list)
            ck_assert(!json_array_append_new(out, value));
        else
            ck_assert(!json_object_set_new(out, evc_yaml_name_at(node, i), value));
    }
    return out;
}

START_TEST(reads_what_kubernetes_reads)
{
    const struct yaml_vector *vector = &yaml_vectors[_i];
    int rc = parse_view(evc_view_of(vector->text, vector->size));
    json_t *ours;
    json_t *theirs;

    if (!vector->json) {
        EVC_CHECK_CODE(rc, ENVCRYPT_E_YAML);
        ck_assert_ptr_null(doc);
        return;
    }
    EVC_CHECK_OK(rc);
    ours = as_json(evc_yaml_root(doc, 0));
    theirs = json_loads(vector->json, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    ck_assert_msg(theirs && json_equal(ours, theirs), "%s is read otherwise",
                  vector->text);
    json_decref(ours);
    json_decref(theirs);
}
END_TEST

/* ---- What we refuse and Kubernetes does not ---- */

#define UTF16_LITTLE "\xff\xfe{\0}\0"
#define UTF16_BIG "\xfe\xff\0{\0}"

#define TEXT(literal)                \
    {                                \
        literal, sizeof(literal) - 1 \
    }
static const struct text {
    const char *bytes;
    size_t size;
} refused[] = {
    TEXT("a: &x {b: c}\nd:\n  <<: *x\n"),
    TEXT("<<: {a: b}\n"),
    TEXT("a: ! b\n"),
    TEXT("a: !custom b\n"),
    TEXT("a: !custom [b]\n"),
    TEXT("a: !!binary aGVsbG8=\n"),
    TEXT("a: !!timestamp 2001-01-01\n"),
    TEXT("a: !!float text\n"),
    TEXT("a: !!bool 'yes'\n"),
    TEXT("a: !!null 'null'\n"),
    TEXT("a: !!int '5'\n"),
    TEXT("a: !!seq {b: c}\n"),
    TEXT("a: !!map [b]\n"),
    TEXT("a: !!set {b: null}\n"),
    TEXT("a: !!str [b]\n"),
    TEXT("\"a\\0b\": c\n"),
    TEXT("a: b\n--- {c: [\n"),
    TEXT(UTF16_LITTLE),
    TEXT(UTF16_BIG),
    TEXT("\xff\xfe\0\0{\0\0\0}\0\0\0"),
    TEXT("{\0}"),
    TEXT("a: b\n---\na: *x\n"),
    TEXT("a: &x b\n---\na: *x\n"),
};

START_TEST(refuses_what_no_configuration_needs)
{
    EVC_CHECK_CODE(parse_view(evc_view_of(refused[_i].bytes, refused[_i].size)),
                   ENVCRYPT_E_YAML);
    ck_assert_ptr_null(doc);
}
END_TEST

/* ---- Documents ---- */

START_TEST(empty_documents_do_not_count)
{
    EVC_CHECK_OK(parse("---\n---\na: b\n---\n# nothing\n---\nc: d\n...\n---\n~\n"));
    ck_assert_uint_eq(evc_yaml_documents(doc), 2);
    ck_assert_ptr_nonnull(evc_yaml_get(evc_yaml_root(doc, 0), "a"));
    ck_assert_ptr_nonnull(evc_yaml_get(evc_yaml_root(doc, 1), "c"));
    ck_assert_ptr_null(evc_yaml_root(doc, 2));
}
END_TEST

START_TEST(an_empty_text_has_no_document)
{
    EVC_CHECK_OK(parse_view(evc_view_of(NULL, 0)));
    ck_assert_uint_eq(evc_yaml_documents(doc), 0);
    ck_assert_ptr_null(evc_yaml_root(doc, 0));
}
END_TEST

START_TEST(lines_count_from_one)
{
    const evc_yaml *root = parsed("# c\na: b\r\nc:\n  - d\n  - e\n");
    const evc_yaml *list = evc_yaml_get(root, "c");

    ck_assert_uint_eq(evc_yaml_line(root), 2);
    ck_assert_uint_eq(evc_yaml_line(evc_yaml_get(root, "a")), 2);
    ck_assert_uint_eq(evc_yaml_line(list), 4);
    ck_assert_uint_eq(evc_yaml_line(evc_yaml_at(list, 1)), 5);
}
END_TEST

START_TEST(members_stand_in_the_order_of_the_text)
{
    const evc_yaml *root = parsed("z: 1\na: 2\n");

    ck_assert_uint_eq(evc_yaml_count(root), 2);
    ck_assert_str_eq(evc_yaml_name_at(root, 0), "z");
    ck_assert_str_eq(evc_yaml_name_at(root, 1), "a");
    ck_assert_str_eq(evc_yaml_text(evc_yaml_at(root, 1), NULL), "2");
    ck_assert_ptr_null(evc_yaml_name_at(root, 2));
    ck_assert_ptr_null(evc_yaml_at(root, 2));
}
END_TEST

START_TEST(nothing_is_an_empty_node)
{
    size_t size = 7;

    ck_assert_int_eq(evc_yaml_kind_of(NULL), EVC_YAML_NULL);
    ck_assert_uint_eq(evc_yaml_line(NULL), 0);
    ck_assert_uint_eq(evc_yaml_count(NULL), 0);
    ck_assert_ptr_null(evc_yaml_get(NULL, "a"));
    ck_assert_ptr_null(evc_yaml_at(NULL, 0));
    ck_assert_ptr_null(evc_yaml_name_at(NULL, 0));
    ck_assert_ptr_null(evc_yaml_text(NULL, &size));
    ck_assert_uint_eq(size, 0);
    ck_assert(!evc_yaml_is_plain(NULL));
}
END_TEST

START_TEST(other_kinds_have_no_members_and_no_text)
{
    const evc_yaml *root = parsed("a: [b]\nc: d\n");

    ck_assert_ptr_null(evc_yaml_get(evc_yaml_get(root, "a"), "b"));
    ck_assert_ptr_null(evc_yaml_name_at(evc_yaml_get(root, "a"), 0));
    ck_assert_ptr_null(evc_yaml_get(evc_yaml_get(root, "c"), "d"));
    ck_assert_ptr_null(evc_yaml_text(root, NULL));
    ck_assert_ptr_null(evc_yaml_text(evc_yaml_get(root, "a"), NULL));
}
END_TEST

START_TEST(a_text_keeps_a_nul)
{
    size_t size;
    const char *text =
        evc_yaml_text(evc_yaml_get(parsed("a: \"x\\0y\"\n"), "a"), &size);

    ck_assert_uint_eq(size, 3);
    ck_assert_mem_eq(text, "x\0y", 4);
}
END_TEST

START_TEST(knows_what_was_in_quotes)
{
    const evc_yaml *root = parsed("a: b\nc: 'd'\ne: \"f\"\ng: |\n  h\ni: !!str 5\n");

    ck_assert(evc_yaml_is_plain(evc_yaml_get(root, "a")));
    ck_assert(!evc_yaml_is_plain(evc_yaml_get(root, "c")));
    ck_assert(!evc_yaml_is_plain(evc_yaml_get(root, "e")));
    ck_assert(!evc_yaml_is_plain(evc_yaml_get(root, "g")));
    ck_assert(!evc_yaml_is_plain(evc_yaml_get(root, "i")));
}
END_TEST

/* ---- Typed members ---- */

static const char typed[] = "text: t\nquoted: '5'\nnumber: 5\nyes: 'x'\ntruth: yes\n"
                            "lie: OFF\nquoted truth: 'true'\nlist: [a]\nmap: {a: b}\n"
                            "nothing: ~\nbad: \"x\\0y\"\nreal: 1.30\nzeros: 010\n"
                            "tagged: !!str 5\nlarge: 999999999999999999\nminus: -3\n"
                            "past: 9999999999999999999\n";

static const struct asked {
    const char *name;
    int text, truth, integer, list, map; /* 1: it is one; 0: untouched; -1: refused */
} asked[] = {
    {"text", 1, -1, -1, -1, -1},   {"quoted", 1, -1, -1, -1, -1},
    {"number", -1, -1, 1, -1, -1}, {"truth", -1, 1, -1, -1, -1},
    {"lie", -1, 1, -1, -1, -1},    {"quoted truth", 1, -1, -1, -1, -1},
    {"list", -1, -1, -1, 1, -1},   {"map", -1, -1, -1, -1, 1},
    {"nothing", 0, 0, 0, 0, 0},    {"absent", 0, 0, 0, 0, 0},
    {"bad", -1, -1, -1, -1, -1},   {"real", -1, -1, -1, -1, -1},
    {"zeros", -1, -1, -1, -1, -1}, {"tagged", 1, -1, -1, -1, -1},
    {"large", -1, -1, 1, -1, -1},  {"minus", -1, -1, 1, -1, -1},
    {"past", -1, -1, -1, -1, -1},
};

static void
check_asked(int expected, int rc, bool changed, const evc_error *err, const char *what)
{
    ck_assert_msg((expected < 0) == (rc == ENVCRYPT_E_YAML), "%s", what);
    ck_assert_msg(changed == (expected > 0), "%s", what);
    if (expected < 0)
        ck_assert_ptr_nonnull(strstr(evc_error_message(err), " at line "));
}

START_TEST(a_member_is_of_one_type_only)
{
    const evc_yaml *root = parsed(typed);
    const char *name = asked[_i].name;
    const char *text = NULL;
    int64_t integer = 77;
    const evc_yaml *list = NULL;
    const evc_yaml *map = NULL;
    evc_error *err = NULL;
    bool first = false;
    bool second = true;
    int rc;

    rc = evc_yaml_text_opt(root, name, &text, &err);
    check_asked(asked[_i].text, rc, text, err, name);
    evc_err_drop(&err);
    rc = evc_yaml_bool_opt(root, name, &first, &err);
    ck_assert_int_eq(rc, evc_yaml_bool_opt(root, name, &second, NULL));
    check_asked(asked[_i].truth, rc, first == second, err, name);
    evc_err_drop(&err);
    rc = evc_yaml_integer_opt(root, name, INT64_MIN, INT64_MAX, &integer, &err);
    check_asked(asked[_i].integer, rc, integer != 77, err, name);
    evc_err_drop(&err);
    rc = evc_yaml_list_opt(root, name, &list, &err);
    check_asked(asked[_i].list, rc, list, err, name);
    evc_err_drop(&err);
    rc = evc_yaml_map_opt(root, name, &map, &err);
    check_asked(asked[_i].map, rc, map, err, name);
    evc_err_drop(&err);
}
END_TEST

START_TEST(gives_the_values_of_members)
{
    const evc_yaml *root = parsed(typed);
    const char *text = NULL;
    bool truth = false;
    bool lie = true;
    int64_t integer = 0;

    EVC_CHECK_OK(evc_yaml_text_opt(root, "quoted", &text, NULL));
    ck_assert_str_eq(text, "5");
    EVC_CHECK_OK(evc_yaml_bool_opt(root, "truth", &truth, NULL));
    EVC_CHECK_OK(evc_yaml_bool_opt(root, "lie", &lie, NULL));
    ck_assert(truth && !lie);
    EVC_CHECK_OK(evc_yaml_integer_opt(root, "large", 0, INT64_MAX, &integer, NULL));
    ck_assert_int_eq(integer, 999999999999999999);
    EVC_CHECK_OK(evc_yaml_integer_opt(root, "minus", -3, 0, &integer, NULL));
    ck_assert_int_eq(integer, -3);
    EVC_CHECK_CODE(evc_yaml_integer_opt(root, "minus", -2, 0, &integer, NULL),
                   ENVCRYPT_E_YAML);
    EVC_CHECK_CODE(evc_yaml_integer_opt(root, "minus", -9, -4, &integer, NULL),
                   ENVCRYPT_E_YAML);
}
END_TEST

/* ---- Limits ---- */

static evc_buf made;

static void
put_repeated(const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        evc_buf_put_text(&made, text);
}

static int
parse_made(void)
{
    int rc;

    ck_assert(!made.failed);
    rc = parse_view(evc_buf_view(&made));
    evc_buf_reset(&made);
    return rc;
}

static int
parse_nested(size_t levels, const char *opening, const char *closing)
{
    put_repeated(opening, levels);
    put_repeated(closing, levels);
    return parse_made();
}

START_TEST(nests_to_the_limit_and_not_past_it)
{
    EVC_CHECK_OK(parse_nested(EVC_YAML_MAX_DEPTH, "[", "]"));
    EVC_CHECK_CODE(parse_nested(EVC_YAML_MAX_DEPTH + 1, "[", "]"), ENVCRYPT_E_YAML);
    EVC_CHECK_OK(parse_nested(EVC_YAML_MAX_DEPTH, "- ", ""));
    EVC_CHECK_CODE(parse_nested(EVC_YAML_MAX_DEPTH + 1, "- ", ""), ENVCRYPT_E_YAML);
}
END_TEST

START_TEST(huge_nesting_ends_early)
{
    EVC_CHECK_CODE(parse_nested(1000000, "[", "]"), ENVCRYPT_E_YAML);
    EVC_CHECK_CODE(parse_nested(500000, "{a: ", "}"), ENVCRYPT_E_YAML);
    EVC_CHECK_CODE(parse_nested(1000000, "- ", ""), ENVCRYPT_E_YAML);
    EVC_CHECK_CODE(parse_nested(1000000, "? ", ""), ENVCRYPT_E_YAML);
}
END_TEST

/* An alias of 32 levels, inside of levels. */
static int
parse_deep_alias(size_t levels)
{
    evc_buf_put_text(&made, "a: &x ");
    put_repeated("[", 32);
    put_repeated("]", 32);
    evc_buf_put_text(&made, "\nb: ");
    put_repeated("[", levels - 1);
    evc_buf_put_text(&made, "*x");
    put_repeated("]", levels - 1);
    return parse_made();
}

START_TEST(an_alias_is_as_deep_as_what_it_stands_for)
{
    EVC_CHECK_OK(parse_deep_alias(EVC_YAML_MAX_DEPTH - 32));
    EVC_CHECK_CODE(parse_deep_alias(EVC_YAML_MAX_DEPTH - 31), ENVCRYPT_E_YAML);
}
END_TEST

/* nodes in all, the list counted */
static int
parse_list(size_t nodes)
{
    evc_buf_put_text(&made, "[");
    put_repeated("a,", nodes - 1);
    evc_buf_put_text(&made, "]");
    return parse_made();
}

START_TEST(has_nodes_to_the_limit_and_not_past_it)
{
    EVC_CHECK_OK(parse_list(EVC_YAML_MAX_NODES));
    EVC_CHECK_CODE(parse_list(EVC_YAML_MAX_NODES + 1), ENVCRYPT_E_YAML);
}
END_TEST

/* The map, "a", a list of 1 + 1,000, "b", a list, count aliases of that. */
static int
parse_aliases(size_t count, size_t more)
{
    evc_buf_put_text(&made, "a: &x [");
    put_repeated("a,", 1000);
    evc_buf_put_text(&made, "]\nb: [");
    put_repeated("*x,", count);
    put_repeated("a,", more);
    evc_buf_put_text(&made, "]\n");
    return parse_made();
}

START_TEST(an_alias_counts_as_all_that_it_stands_for)
{
    size_t count = (EVC_YAML_MAX_NODES - 1005) / 1001;
    size_t more = EVC_YAML_MAX_NODES - 1005 - 1001 * count;

    EVC_CHECK_OK(parse_aliases(count, more));
    EVC_CHECK_CODE(parse_aliases(count, more + 1), ENVCRYPT_E_YAML);
}
END_TEST

START_TEST(aliases_of_aliases_do_not_explode)
{
    EVC_CHECK_CODE(parse("a: &a [x,x,x,x,x,x,x,x,x,x]\n"
                         "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
                         "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
                         "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
                         "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
                         "f: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n"),
                   ENVCRYPT_E_YAML);
}
END_TEST

static int
parse_anchors(size_t count)
{
    for (size_t i = 0; i < count; i++)
        evc_buf_put_format(&made, "- &a%zu b\n", i);
    return parse_made();
}

START_TEST(has_anchors_to_the_limit_and_not_past_it)
{
    EVC_CHECK_OK(parse_anchors(EVC_YAML_MAX_ANCHORS));
    EVC_CHECK_CODE(parse_anchors(EVC_YAML_MAX_ANCHORS + 1), ENVCRYPT_E_YAML);
}
END_TEST

static int
parse_sized(size_t size)
{
    evc_buf_put_text(&made, "a: ");
    put_repeated("x", size - 3);
    return parse_made();
}

START_TEST(is_of_the_largest_size_and_not_larger)
{
    size_t size = 0;

    EVC_CHECK_OK(parse_sized(EVC_YAML_MAX_SIZE));
    (void)evc_yaml_text(evc_yaml_get(evc_yaml_root(doc, 0), "a"), &size);
    ck_assert_uint_eq(size, EVC_YAML_MAX_SIZE - 3);
    EVC_CHECK_CODE(parse_sized(EVC_YAML_MAX_SIZE + 1), ENVCRYPT_E_YAML);
}
END_TEST

START_TEST(a_name_that_comes_twice_is_found_in_a_large_map)
{
    for (size_t i = 0; i < 50000; i++)
        evc_buf_put_format(&made, "n%zu: x\n", (i * 7919) % 50000);
    EVC_CHECK_OK(parse_made());
    for (size_t i = 0; i < 50000; i++)
        evc_buf_put_format(&made, "n%zu: x\n", (i * 7919) % 49999);
    EVC_CHECK_CODE(parse_made(), ENVCRYPT_E_YAML);
}
END_TEST

/* ---- Messages, memory ---- */

static const struct message {
    const char *text;
    const char *says;
} messages[] = {
    {"a: b\nsecretword: 1\nsecretword: 2\n",
     "cannot read the text: a name appears twice in one mapping, at line 3"},
    {"a: b\nc: \"secretword\\q\"\n",
     "cannot read the text: found unknown escape character, at line 2"},
    {"a: secretword\nb: \x01\n",
     "cannot read the text: control characters are not allowed, at line 2"},
    {"a: secretword: c\n",
     "cannot read the text: mapping values are not allowed in this context, at line 1"},
    {"a: *secretword\n",
     "cannot read the text: an alias stands for nothing, at line 1"},
    {"a:\n- !secretword b\n", "cannot read the text: a tag is unknown, or contradicts "
                              "what it stands at, at line 2"},
    {"secretword\xff", "cannot read the text: it is not valid UTF-8"},
};

START_TEST(a_message_names_the_line_and_shows_no_text)
{
    evc_error *err = NULL;

    EVC_CHECK_CODE(
        evc_yaml_parse(evc_view_text(messages[_i].text), "the text", &doc, &err),
        ENVCRYPT_E_YAML);
    ck_assert_str_eq(evc_error_message(err), messages[_i].says);
    evc_error_free(err);
}
END_TEST

START_TEST(a_scalar_is_wiped_when_the_document_ends)
{
    static const char zeros[16];
    char last[16];
    const char *text;

    text =
        evc_yaml_text(evc_yaml_get(parsed("token: a secret of 16 b\n"), "token"), NULL);
    evc_alloc_watch(text, sizeof last, last);
    evc_yaml_free(doc);
    doc = NULL;
    ck_assert(evc_alloc_was_freed());
    ck_assert_mem_eq(last, zeros, sizeof last);
}
END_TEST

static int
parse_much(void *user)
{
    evc_yaml_doc *parsed_doc;
    evc_error *err = NULL;
    int rc = evc_yaml_parse(
        evc_view_text("a: &x {b: c, d: [e, f, g, h, i]}\nj: *x\nk: &y l\n---\nm\n"),
        "the text", &parsed_doc, &err);

    (void)user;
    evc_yaml_free(parsed_doc);
    evc_err_drop(&err);
    return rc;
}

START_TEST(survives_memory_running_out)
{
    ck_assert_uint_ge(evc_alloc_sweep(parse_much, NULL), 15);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {empty_documents_do_not_count,
                                  an_empty_text_has_no_document,
                                  lines_count_from_one,
                                  members_stand_in_the_order_of_the_text,
                                  nothing_is_an_empty_node,
                                  other_kinds_have_no_members_and_no_text,
                                  a_text_keeps_a_nul,
                                  knows_what_was_in_quotes,
                                  gives_the_values_of_members,
                                  nests_to_the_limit_and_not_past_it,
                                  huge_nesting_ends_early,
                                  an_alias_is_as_deep_as_what_it_stands_for,
                                  has_nodes_to_the_limit_and_not_past_it,
                                  an_alias_counts_as_all_that_it_stands_for,
                                  aliases_of_aliases_do_not_explode,
                                  has_anchors_to_the_limit_and_not_past_it,
                                  is_of_the_largest_size_and_not_larger,
                                  a_name_that_comes_twice_is_found_in_a_large_map,
                                  a_scalar_is_wiped_when_the_document_ends,
                                  survives_memory_running_out,
                                  NULL};
    TCase *tcase = tcase_create("yaml");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, NULL, teardown);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, reads_what_kubernetes_reads, 0,
                        sizeof yaml_vectors / sizeof yaml_vectors[0]);
    tcase_add_loop_test(tcase, refuses_what_no_configuration_needs, 0,
                        sizeof refused / sizeof refused[0]);
    tcase_add_loop_test(tcase, a_member_is_of_one_type_only, 0,
                        sizeof asked / sizeof asked[0]);
    tcase_add_loop_test(tcase, a_message_names_the_line_and_shows_no_text, 0,
                        sizeof messages / sizeof messages[0]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("yaml", add_tests)
