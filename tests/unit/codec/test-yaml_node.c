/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/yaml_node.h"

#include "base/mem.h"
#include "evc-alloc.h"
#include "evc-check.h"

static evc_yaml_doc *doc;

static void
setup(void)
{
    doc = evc_mem_new(sizeof *doc);
    ck_assert_ptr_nonnull(doc);
}

static void
teardown(void)
{
    evc_yaml_doc_free(doc);
}

static evc_yaml *
made(evc_yaml_kind kind, const char *text, size_t line)
{
    evc_yaml *node = NULL;

    EVC_CHECK_OK(evc_yaml_node_new(doc, kind, line, &node, NULL));
    if (text)
        EVC_CHECK_OK(evc_yaml_node_set_text(node, evc_view_text(text), NULL));
    return node;
}

static void
add(evc_yaml *map, const char *name, size_t line)
{
    EVC_CHECK_OK(evc_yaml_node_add(map, made(EVC_YAML_TEXT, name, line),
                                   made(EVC_YAML_NULL, NULL, line), NULL));
}

static size_t
twin_of(const evc_yaml *map)
{
    size_t line = 99;

    EVC_CHECK_OK(evc_yaml_node_find_twin(map, &line, NULL));
    return line;
}

START_TEST(finds_the_later_of_two_names)
{
    evc_yaml *map = made(EVC_YAML_MAP, NULL, 1);

    ck_assert_uint_eq(twin_of(map), 0);
    add(map, "b", 2);
    ck_assert_uint_eq(twin_of(map), 0);
    add(map, "a", 3);
    add(map, "c", 4);
    ck_assert_uint_eq(twin_of(map), 0);
    add(map, "a", 5);
    ck_assert_uint_eq(twin_of(map), 5);
}
END_TEST

START_TEST(weighs_names_and_what_is_shared)
{
    evc_yaml *list = made(EVC_YAML_LIST, NULL, 1);
    evc_yaml *map = made(EVC_YAML_MAP, NULL, 2);

    add(map, "a", 2);
    evc_yaml_node_weigh(map);
    EVC_CHECK_OK(evc_yaml_node_add(list, NULL, map, NULL));
    EVC_CHECK_OK(evc_yaml_node_add(list, NULL, map, NULL));
    evc_yaml_node_weigh(list);
    ck_assert_uint_eq(map->weight, 3);
    ck_assert_uint_eq(map->height, 1);
    ck_assert_uint_eq(list->weight, 7);
    ck_assert_uint_eq(list->height, 2);
}
END_TEST

START_TEST(a_root_that_is_null_is_none)
{
    EVC_CHECK_OK(evc_yaml_doc_add_root(doc, made(EVC_YAML_NULL, NULL, 1), NULL));
    ck_assert_uint_eq(doc->count, 0);
    EVC_CHECK_OK(evc_yaml_doc_add_root(doc, made(EVC_YAML_TEXT, "a", 2), NULL));
    ck_assert_uint_eq(doc->count, 1);
}
END_TEST

START_TEST(texts_are_wiped_when_the_doc_ends)
{
    static const char zeros[16];
    char last[16];
    evc_yaml *node = made(EVC_YAML_TEXT, "a secret of 16 b", 1);

    evc_alloc_watch(node->text, sizeof last, last);
    evc_yaml_doc_free(doc);
    doc = NULL;
    ck_assert(evc_alloc_was_freed());
    ck_assert_mem_eq(last, zeros, sizeof last);
}
END_TEST

START_TEST(nothing_can_be_freed)
{
    evc_yaml_doc_free(NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        finds_the_later_of_two_names, weighs_names_and_what_is_shared,
        a_root_that_is_null_is_none,  texts_are_wiped_when_the_doc_ends,
        nothing_can_be_freed,         NULL};
    TCase *tcase = tcase_create("nodes");

    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("yaml_node", add_tests)
