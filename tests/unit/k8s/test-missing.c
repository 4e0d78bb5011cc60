/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/missing.h"

#include <stdarg.h>

#include "toy-cluster.h"

static evc_task *task;

static void
names_are(const char *text)
{
    evc_folder_put("names", text, 0600);
    toy_set("names-file", evc_folder_path("names"));
}

static void
open_task(void)
{
    toy_fill(8, true); /* four in a, four in b */
    task = toy_task();
}

static void
meet(const char *ns, const char *name)
{
    (void)evc_selection_has(&task->selection, ns, name);
}

/* It is refused, and the sentence has these. */
static void
refused(const char *const *words)
{
    evc_error *error = NULL;

    EVC_CHECK_CODE(evc_missing_refuse(task, 0, &error), ENVCRYPT_E_KUBE_NOT_FOUND);
    for (; *words; words++)
        ck_assert_msg(strstr(evc_error_message(error), *words) != NULL,
                      "no \"%s\" in: %s", *words, evc_error_message(error));
    evc_error_free(error);
    toy_close(task);
}
#define REFUSED(...) refused((const char *const[]){__VA_ARGS__, NULL})

/* The only note of the report; NULL = none. */
static const char *
noted(void)
{
    toy_close(task);
    ck_assert_uint_le(toy_report->note_count, 1);
    return toy_report->note_count ? toy_report->notes[0] : NULL;
}

START_TEST(a_selection_of_nothing_is_refused_and_says_what_was_looked_for)
{
    toy_set("selector", "app=teh-shop");
    open_task();
    REFUSED("secrets", "selector: app=teh-shop");
    toy_set("namespaces", "x,y");
    open_task();
    REFUSED("namespaces: x", "y", "selector: app=teh-shop");
    toy_set("selector", NULL);
    toy_set("namespaces", NULL);
    names_are("a/teh-one\nb/teh-other\n");
    open_task();
    REFUSED("names: a/teh-one, b/teh-other");
}
END_TEST

static bool
other_answers(const kube_request *r, kube_step *s)
{
    if (strstr(r->url, "/namespaces/hidden"))
        toy_status(s, 403, "Forbidden");
    else if (strstr(r->url, "/namespaces/empty"))
        toy_put("{\"kind\":\"PartialObjectMetadata\",\"metadata\":{\"name\":\"empty\","
                "\"uid\":\"u\",\"resourceVersion\":\"1\"}}");
    else
        return false;
    return true;
}

START_TEST(a_namespace_that_does_not_exist_is_told_apart_where_that_may_be_asked)
{
    toy.at = other_answers;
    toy_set("namespaces", "empty,hidden,typo");
    open_task();
    REFUSED("empty, hidden, typo (no such namespace))");
}
END_TEST

START_TEST(all_of_nothing_is_no_mistake)
{
    task = toy_task();
    EVC_CHECK_OK(evc_missing_refuse(task, 0, NULL));
    evc_missing_note(task, 0);
    ck_assert_str_eq(noted(), "there are no secrets in this cluster");
}
END_TEST

START_TEST(what_was_not_counted_or_not_readable_is_not_nothing)
{
    toy_set("selector", "app=x");
    open_task();
    EVC_CHECK_OK(evc_missing_refuse(task, -1, NULL));
    EVC_CHECK_OK(evc_missing_refuse(task, 1, NULL));
    EVC_CHECK_OK(evc_reencrypt_report_fail(task->report, "a", "b",
                                           ENVCRYPT_E_KUBE_UNREADABLE, NULL, NULL));
    EVC_CHECK_OK(evc_missing_refuse(task, 0, NULL));
    toy_close(task);
}
END_TEST

START_TEST(names_that_were_not_met_are_noted)
{
    names_are("a/s-00\na/s-01\na/s-01\na/teh-one\n");
    open_task();
    meet("a", "s-00");
    meet("a", "s-01");
    meet("a", "s-02");
    evc_missing_note(task, 2);
    ck_assert_str_eq(strstr(noted(), "1 of the 3 objects") ? "" : noted(), "");
    ck_assert_ptr_nonnull(strstr(toy_report->notes[0], "not found: a/teh-one;"));
}
END_TEST

START_TEST(namespaces_that_were_not_met_are_noted)
{
    toy_set("namespaces", "a,teem-b");
    open_task();
    meet("a", "s-00");
    evc_missing_note(task, 1);
    ck_assert_ptr_nonnull(strstr(noted(), "found in teem-b (no such namespace)"));
}
END_TEST

START_TEST(a_few_are_named_and_the_rest_counted)
{
    char text[2200] = "";

    for (int i = 0; i < 7; i++)
        (void)snprintf(&text[strlen(text)], 10, "a/x-%d\n", i);
    names_are(text);
    open_task();
    evc_missing_note(task, 1);
    ck_assert_ptr_nonnull(strstr(noted(), "a/x-3, a/x-4 and 2 more;"));
    /* Long ones are fewer: the sentence ends as it should. */
    for (int i = 0; i < 7; i++)
        (void)snprintf(&text[240 * (size_t)i], 241, "a/x-%d%0234d\n", i, 0);
    names_are(text);
    open_task();
    evc_missing_note(task, 1);
    ck_assert_ptr_nonnull(strstr(noted(), " and 6 more; see whether"));
}
END_TEST

START_TEST(all_that_was_met_needs_no_note)
{
    toy_set("namespaces", "a,b");
    open_task();
    meet("a", "s-00");
    meet("b", "s-04");
    evc_missing_note(task, 2);
    ck_assert_ptr_null(noted());
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        a_selection_of_nothing_is_refused_and_says_what_was_looked_for,
        a_namespace_that_does_not_exist_is_told_apart_where_that_may_be_asked,
        all_of_nothing_is_no_mistake,
        what_was_not_counted_or_not_readable_is_not_nothing,
        names_that_were_not_met_are_noted,
        namespaces_that_were_not_met_are_noted,
        a_few_are_named_and_the_rest_counted,
        all_that_was_met_needs_no_note,
        NULL,
    };

    toy_case(suite, "missing", all);
}

EVC_TEST_MAIN("missing", add_tests)
