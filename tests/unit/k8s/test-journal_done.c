/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/journal_done.h"

#include "evc-alloc.h"
#include "journal-fixture.h"

static evc_journal_done done;

static void
add(uint64_t page, const char *ns, const char *name)
{
    evc_kube_object object = object_of(ns, name, "12");

    EVC_CHECK_OK(evc_journal_done_add(&done, page, &object, EVC_SETTLED_CURRENT, NULL));
}

static bool
has(const char *ns, const char *name)
{
    evc_kube_object object = object_of(ns, name, "13");

    return evc_journal_done_has(&done, &object);
}

START_TEST(objects_are_found_by_namespace_and_name)
{
    add(1, "a", "b");
    add(1, "", "of-no-namespace");
    ck_assert(has("a", "b"));
    ck_assert(has("", "of-no-namespace"));
    ck_assert(!has("a", "c"));
    ck_assert(!has("b", "b"));
    evc_journal_done_reset(&done);
}
END_TEST

START_TEST(settled_pages_are_dropped)
{
    add(1, "a", "x");
    add(2, "a", "y");
    add(3, "a", "z");
    evc_journal_done_drop(&done, 2, evc_view_of(NULL, 0));
    ck_assert(!has("a", "x") && !has("a", "y") && has("a", "z"));
    ck_assert_uint_eq(evc_journal_done_count(&done), 1);
    evc_journal_done_reset(&done);
}
END_TEST

START_TEST(what_is_behind_the_end_of_a_smaller_page_stays)
{
    add(1, "a", "x");
    add(1, "a", "y");
    add(1, "a", "z");
    evc_journal_done_drop(&done, 1, evc_view_text("a/y"));
    ck_assert(!has("a", "x") && !has("a", "y") && has("a", "z"));
    evc_journal_done_reset(&done);
}
END_TEST

START_TEST(lines_tell_all_of_it)
{
    evc_journal_line line;
    char longest_ns[EVC_KUBE_NAMESPACE_MAX + 1];
    char longest[EVC_KUBE_NAME_MAX + 1];

    memset(longest_ns, 'n', sizeof(longest_ns) - 1);
    longest_ns[sizeof(longest_ns) - 1] = '\0';
    memset(longest, 'o', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    add(7, longest_ns, longest);
    evc_journal_done_line(&done, 0, &line);
    ck_assert_int_eq(line.kind, EVC_JOURNAL_DONE);
    ck_assert_uint_eq(line.page, 7);
    ck_assert_int_eq(line.how, EVC_SETTLED_CURRENT);
    ck_assert_str_eq(line.object.ns, longest_ns);
    ck_assert_str_eq(line.object.name, longest);
    ck_assert_str_eq(line.object.version, "12");
    evc_journal_done_reset(&done);
}
END_TEST

static int
fill(void *unused)
{
    evc_kube_object object = object_of("a", "b", "1");
    int rc = evc_journal_done_add(&done, 1, &object, EVC_SETTLED_GONE, NULL);

    (void)unused;
    evc_journal_done_reset(&done);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    ck_assert_uint_gt(evc_alloc_sweep(fill, NULL), 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {objects_are_found_by_namespace_and_name,
                                settled_pages_are_dropped,
                                what_is_behind_the_end_of_a_smaller_page_stays,
                                lines_tell_all_of_it,
                                survives_any_failed_allocation,
                                NULL};

    add_case(suite, "journal_done", all);
}

EVC_TEST_MAIN("journal_done", add_tests)
