/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/selection.h"

#include "evc-alloc.h"
#include "journal-fixture.h"

static evc_selection s;

static void
open_selection(const char *namespaces, const char *labels, const char *names)
{
    if (names)
        evc_folder_put("names", names, 0644);
    EVC_CHECK_OK(evc_selection_open(crypto, namespaces, labels,
                                    names ? evc_folder_path("names") : NULL, &s, NULL));
}

static void
refused(const char *namespaces, const char *names, const char *word)
{
    evc_error *err = NULL;

    if (names)
        evc_folder_put("names", names, 0644);
    EVC_CHECK_CODE(evc_selection_open(crypto, namespaces, NULL,
                                      names ? evc_folder_path("names") : NULL, &s,
                                      &err),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), word));
    evc_error_free(err);
}

START_TEST(without_a_choice_it_is_one_list_of_all)
{
    open_selection(NULL, NULL, NULL);
    ck_assert_uint_eq(evc_selection_lists(&s), 1);
    ck_assert_ptr_null(evc_selection_list(&s, 0));
    ck_assert(evc_selection_has(&s, "any", "thing"));
    ck_assert_str_eq(evc_selection_text(&s), "all");
    evc_selection_close(&s);
}
END_TEST

START_TEST(namespaces_are_a_list_each_and_each_once)
{
    open_selection("b,a,b", NULL, NULL);
    ck_assert_uint_eq(evc_selection_lists(&s), 2);
    ck_assert_str_eq(evc_selection_list(&s, 0), "a");
    ck_assert_str_eq(evc_selection_list(&s, 1), "b");
    ck_assert(evc_selection_has(&s, "a", "x") && !evc_selection_has(&s, "c", "x"));
    evc_selection_close(&s);
}
END_TEST

START_TEST(names_choose_objects_and_their_namespaces)
{
    open_selection(NULL, NULL, "# mine\nb/two\n\na/one\r\nb/three  \nb/two\n");
    ck_assert_uint_eq(evc_selection_lists(&s), 2);
    ck_assert_str_eq(evc_selection_list(&s, 0), "a");
    ck_assert(evc_selection_has(&s, "a", "one"));
    ck_assert(evc_selection_has(&s, "b", "three"));
    ck_assert(!evc_selection_has(&s, "a", "two"));
    ck_assert(!evc_selection_has(&s, "b", "tw"));
    evc_selection_close(&s);
}
END_TEST

/* All that was never met, with a space behind each. */
static const char *
missed(void)
{
    static char text[200];
    size_t at = 0;
    evc_view one;

    text[0] = '\0';
    while (evc_selection_missed(&s, &at, &one))
        (void)snprintf(&text[strlen(text)], sizeof(text) - strlen(text), "%.*s ",
                       (int)one.size, (const char *)one.data);
    return text;
}

START_TEST(what_was_never_met_is_told)
{
    open_selection(NULL, NULL, "b/two\na/one\nb/two\nb/three\n");
    ck_assert_uint_eq(s.name_count, 3);
    ck_assert_str_eq(missed(), "a/one b/three b/two ");
    ck_assert(evc_selection_has(&s, "b", "three"));
    ck_assert(!evc_selection_has(&s, "a", "two"));
    ck_assert_str_eq(missed(), "a/one b/two ");
    evc_selection_close(&s);
    open_selection("b,a", NULL, NULL);
    ck_assert(evc_selection_has(&s, "b", "any"));
    ck_assert_str_eq(missed(), "a ");
    evc_selection_close(&s);
    open_selection(NULL, NULL, "one\ntwo");
    ck_assert(evc_selection_has(&s, "", "two"));
    ck_assert_str_eq(missed(), "one ");
    evc_selection_close(&s);
    open_selection(NULL, "app=x", NULL);
    ck_assert_str_eq(missed(), "");
    evc_selection_close(&s);
}
END_TEST

START_TEST(names_without_namespace_are_of_the_list_of_all)
{
    open_selection(NULL, NULL, "one\nby.two");
    ck_assert_uint_eq(evc_selection_lists(&s), 1);
    ck_assert_ptr_null(evc_selection_list(&s, 0));
    ck_assert(evc_selection_has(&s, "", "one"));
    ck_assert(evc_selection_has(&s, "", "by.two"));
    evc_selection_close(&s);
}
END_TEST

START_TEST(names_are_held_to_the_namespaces)
{
    open_selection("a", NULL, "a/one\nb/two\n");
    ck_assert_uint_eq(evc_selection_lists(&s), 1);
    ck_assert(evc_selection_has(&s, "a", "one") && !evc_selection_has(&s, "b", "two"));
    evc_selection_close(&s);
    refused("c", "a/one\n", "no object");
}
END_TEST

START_TEST(what_cannot_be_a_name_is_told_with_its_line)
{
    refused("a,,b", NULL, "namespace");
    refused("a,", NULL, "namespace");
    refused(NULL, "a/one\nA/two\n", "line 2");
    refused(NULL, "a/b/c\n", "line 1");
    refused(NULL, "/one\n", "line 1");
    refused(NULL, "a/\n", "line 1");
    refused(NULL, "a/one two\n", "line 1");
    refused(NULL, "", "no object");
}
END_TEST

START_TEST(lengths_are_held_at_the_limit_and_past_it)
{
    char text[EVC_KUBE_NAMESPACE_MAX + 1 + EVC_KUBE_NAME_MAX + 2];
    size_t n = EVC_KUBE_NAMESPACE_MAX;

    memset(text, 'a', sizeof(text));
    for (size_t i = n + 61; i < sizeof(text) - 3; i += 50)
        text[i] = '.';
    text[n] = '/';
    text[sizeof(text) - 2] = '\0';
    open_selection(NULL, NULL, text);
    evc_selection_close(&s);
    text[sizeof(text) - 2] = 'a';
    text[sizeof(text) - 1] = '\0';
    refused(NULL, text, "line 1");
}
END_TEST

static void
text_of(const char *namespaces, const char *labels, const char *names, char *out)
{
    open_selection(namespaces, labels, names);
    ck_assert_uint_lt(strlen(evc_selection_text(&s)), 200);
    (void)snprintf(out, 200, "%s", evc_selection_text(&s));
    evc_selection_close(&s);
}

START_TEST(the_text_is_the_same_for_the_same_selection_and_no_other)
{
    char a[200];
    char b[200];

    text_of("a,b", "app=x", NULL, a);
    text_of("b,a", "app=x", NULL, b);
    ck_assert_str_eq(a, b);
    ck_assert_str_eq(a, "namespaces=a,b selector=app=x");
    text_of(NULL, NULL, "a/one\na/two\n", a);
    text_of(NULL, NULL, "a/two\na/one\n", b);
    ck_assert_str_eq(a, b);
    text_of(NULL, NULL, "a/two\na/onf\n", b);
    ck_assert_str_ne(a, b);
}
END_TEST

static void
suits(const char *namespaces, const char *names, bool namespaced, int code)
{
    const evc_kube_resource resource = {"example.com", "v1", "gears", "Gear",
                                        namespaced};

    open_selection(namespaces, NULL, names);
    EVC_CHECK_CODE(evc_selection_suits(&s, &resource, NULL), code);
    evc_selection_close(&s);
}

START_TEST(what_is_in_namespaces_is_not_named_without_one)
{
    suits(NULL, NULL, true, 0);
    suits("a", NULL, true, 0);
    suits(NULL, "a/one\n", true, 0);
    suits(NULL, "one\n", true, ENVCRYPT_E_ARGUMENT);
    suits(NULL, "a/one\ntwo\n", true, ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(which_name_has_no_namespace_is_told)
{
    const evc_kube_resource resource = {"", "v1", "secrets", "Secret", true};
    evc_error *error = NULL;

    open_selection(NULL, NULL, "a/one\ntwo\n");
    EVC_CHECK_CODE(evc_selection_suits(&s, &resource, &error), ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "\"two\""));
    evc_error_free(error);
    evc_selection_close(&s);
}
END_TEST

START_TEST(what_is_in_no_namespace_is_not_named_with_one)
{
    suits(NULL, NULL, false, 0);
    suits(NULL, "one\ntwo\n", false, 0);
    suits("a", NULL, false, ENVCRYPT_E_ARGUMENT);
    suits(NULL, "a/one\n", false, ENVCRYPT_E_ARGUMENT);
    suits(NULL, "a/one\ntwo\n", false, ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(a_file_that_is_missing_has_its_code)
{
    EVC_CHECK_CODE(
        evc_selection_open(crypto, NULL, NULL, evc_folder_path("none"), &s, NULL),
        ENVCRYPT_E_FILE_NOT_FOUND);
}
END_TEST

static int
use(void *unused)
{
    evc_selection made;
    int rc =
        evc_selection_open(crypto, "a,b", "x=y", evc_folder_path("names"), &made, NULL);

    (void)unused;
    if (!rc)
        evc_selection_close(&made);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    evc_folder_put("names", "a/one\nb/two\n", 0644);
    ck_assert_uint_gt(evc_alloc_sweep(use, NULL), 8);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        without_a_choice_it_is_one_list_of_all,
        namespaces_are_a_list_each_and_each_once,
        names_choose_objects_and_their_namespaces,
        what_was_never_met_is_told,
        names_without_namespace_are_of_the_list_of_all,
        names_are_held_to_the_namespaces,
        what_cannot_be_a_name_is_told_with_its_line,
        lengths_are_held_at_the_limit_and_past_it,
        the_text_is_the_same_for_the_same_selection_and_no_other,
        what_is_in_namespaces_is_not_named_without_one,
        which_name_has_no_namespace_is_told,
        what_is_in_no_namespace_is_not_named_with_one,
        a_file_that_is_missing_has_its_code,
        survives_any_failed_allocation,
        NULL};

    add_case(suite, "selection", all);
}

EVC_TEST_MAIN("selection", add_tests)
