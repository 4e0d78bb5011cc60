/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/lister.h"

#include <stdarg.h>

#include "evc-alloc.h"
#include "toy-cluster.h"

static evc_task *task;
static evc_pace pace;
static evc_lister *l;
static size_t pages;
static size_t objects;
static char first[EVC_KUBE_NAME_MAX + 1];
static size_t largest;
static size_t reached; /* of the latest page */

/* One operation after the other; pages are taken when they come. */
static int
walk(const char *ns, const char *token, const char *from)
{
    evc_operation *op;
    evc_lister_page page;
    int rc = evc_lister_open(task, &pace, ns, evc_view_text(token), evc_view_text(from),
                             &l, NULL);

    pages = 0;
    objects = 0;
    largest = 0;
    if (rc)
        return rc;
    while ((op = evc_lister_next(l))) {
        evc_operation_run_many(&op, 1, 1, &k.wait);
        while (evc_lister_take(l, &page)) {
            pages++;
            if (objects == 0 && page.page.count)
                (void)snprintf(first, sizeof(first), "%s", page.page.items[0].name);
            objects += page.page.count;
            reached = evc_reached_key(&page.reached).size;
            if (page.page.count > largest)
                largest = page.page.count;
            evc_lister_page_reset(&page);
        }
    }
    rc = evc_lister_code(l, NULL);
    return rc;
}

static void
walk_well(const char *ns, const char *token)
{
    EVC_CHECK_OK(walk(ns, token, ""));
    ck_assert(evc_lister_is_over(l));
}

static void
set_up(void)
{
    toy_set_up();
    evc_pace_init(&pace, 8, 0, 0);
    toy_fill(20, true);
}

static void
open_task(void)
{
    task = toy_task();
}

static void
close_all(void)
{
    evc_lister_close(l);
    toy_close(task);
}

START_TEST(pages_come_one_after_the_other)
{
    toy_set("page", "6");
    open_task();
    walk_well("", "");
    ck_assert_uint_eq(pages, 4);
    ck_assert_uint_eq(objects, 20);
    close_all();
}
END_TEST

START_TEST(lists_come_one_after_the_other)
{
    toy_set("namespaces", "a,b,none");
    open_task();
    walk_well("", "");
    ck_assert_uint_eq(pages, 3);
    ck_assert_uint_eq(objects, 20);
    close_all();
}
END_TEST

START_TEST(it_goes_on_from_a_place)
{
    toy_set("namespaces", "a,b");
    toy_set("page", "6");
    open_task();
    walk_well("b", "16");
    ck_assert_uint_eq(objects, 4);
    ck_assert_str_eq(first, "s-16");
    close_all();
}
END_TEST

START_TEST(one_that_cannot_be_read_is_named_and_passed_over)
{
    toy.objects[7].unreadable = true;
    open_task();
    walk_well("", "");
    ck_assert_uint_eq(objects, 19);
    ck_assert_uint_eq(evc_lister_unreadable(l), 1);
    ck_assert(!evc_lister_is_incomplete(l));
    close_all();
    ck_assert_str_eq(evc_table_cell(toy_report->failures, 0, 0), "a");
    ck_assert_str_eq(evc_table_cell(toy_report->failures, 0, 1), "s-07");
    ck_assert_ptr_nonnull(strstr(evc_table_cell(toy_report->failures, 0, 3),
                                 "delete --raw '/api/v1/namespaces/NAMESPACE/secrets/"
                                 "NAME?ignoreStoreReadError"));
}
END_TEST

START_TEST(where_it_is_not_named_the_rest_of_the_list_is_not_known)
{
    toy_set("namespaces", "a,b");
    toy.objects[7].unreadable = true;
    toy.no_names = true;
    open_task();
    walk_well("", "");
    ck_assert_uint_eq(objects, 7 + 10);
    ck_assert(evc_lister_is_incomplete(l));
    close_all();
    ck_assert_int_eq(FIGURE(FAILED), 1);
}
END_TEST

START_TEST(one_that_is_not_selected_is_passed_over_in_silence)
{
    toy.objects[7].unreadable = true;
    evc_folder_put("names", "a/s-01\n", 0644);
    toy_set("names-file", evc_folder_path("names"));
    open_task();
    walk_well("", "");
    ck_assert_uint_eq(evc_lister_unreadable(l), 0);
    close_all();
    ck_assert_int_eq(FIGURE(FAILED), 0);
}
END_TEST

static int troubles;

static bool
trouble(const kube_request *r, kube_step *s)
{
    if (!strstr(r->url, "/secrets?") || troubles == 0)
        return false;
    troubles--;
    toy_status(s, 503, "ServiceUnavailable");
    return true;
}

START_TEST(trouble_makes_pages_smaller_and_is_waited_out)
{
    open_task();
    toy.at = trouble;
    troubles = 4; /* two attempts each: 500, 250, then 125 */
    walk_well("", "");
    ck_assert_uint_eq(objects, 20);
    ck_assert_uint_lt(pace.width, 8);
    close_all();
}
END_TEST

START_TEST(trouble_that_lasts_ends_it)
{
    open_task();
    toy.at = trouble;
    troubles = INT32_MAX;
    evc_pace_trouble(&pace, 0, 0, 0);
    k.now = EVC_LISTER_PATIENCE_MS + 1;
    EVC_CHECK_CODE(walk("", "", ""), ENVCRYPT_E_SERVICE_DOWN);
    close_all();
}
END_TEST

static bool
expire(const kube_request *r, kube_step *s)
{
    if (!strstr(r->url, "continue=") || troubles == 0)
        return false;
    troubles--;
    toy_status(s, 410, "Expired");
    return true;
}

/* The page behind the first six, once it was reached. */
static bool
expire_late(const kube_request *r, kube_step *s)
{
    if (!strstr(r->url, "continue=7") || troubles++ > 0)
        return false;
    toy_status(s, 410, "Expired");
    return true;
}

static void
expire_once(void)
{
    toy_set("page", "6");
    open_task();
    toy.at = expire;
    troubles = 1;
}

START_TEST(a_list_that_grew_too_old_begins_anew_and_gives_nothing_twice)
{
    expire_once();
    walk_well("", "");
    ck_assert_uint_eq(objects, 20);
    close_all();
}
END_TEST

START_TEST(so_does_one_of_several)
{
    toy_set("namespaces", "a,b");
    expire_once();
    walk_well("b", "16");
    ck_assert_uint_eq(objects, 10);
    close_all();
}
END_TEST

START_TEST(what_was_given_before_an_interruption_is_not_given_again)
{
    expire_once();
    EVC_CHECK_OK(walk("", "8", "a/s-07"));
    ck_assert_uint_eq(objects, 12);
    ck_assert_str_eq(first, "s-08");
    close_all();
}
END_TEST

START_TEST(what_cannot_be_read_is_told_once_when_its_list_begins_anew)
{
    toy.objects[1].unreadable = true;
    expire_once();
    troubles = 0;
    toy.at = expire_late;
    walk_well("", "");
    ck_assert_uint_eq(evc_lister_unreadable(l), 1);
    ck_assert_uint_eq(objects, 19);
    close_all();
    ck_assert_int_eq(FIGURE(FAILED), 1);
}
END_TEST

START_TEST(a_list_in_no_order_is_given_from_its_beginning)
{
    toy_object swapped = toy.objects[2];

    toy.objects[2] = toy.objects[3];
    toy.objects[3] = swapped;
    expire_once();
    walk_well("", "");
    ck_assert_uint_eq(objects, 6 + 20);
    ck_assert_uint_eq(reached, 0);
    close_all();
}
END_TEST

START_TEST(namespaces_are_listed_in_order_of_keys)
{
    toy.count = 0;
    toy_add("a-b", "s", true);
    toy_add("a", "s", true);
    toy_set("namespaces", "a,a-b");
    open_task();
    walk_well("", "");
    ck_assert_uint_eq(objects, 2);
    ck_assert_uint_eq(reached, strlen("a/s"));
    close_all();
}
END_TEST

START_TEST(one_that_grows_too_old_for_ever_ends)
{
    toy_set("page", "6");
    open_task();
    toy.at = expire;
    troubles = INT32_MAX;
    EVC_CHECK_CODE(walk("", "", ""), ENVCRYPT_E_KUBE_EXPIRED);
    close_all();
}
END_TEST

static bool
deny(const kube_request *r, kube_step *s)
{
    if (!strstr(r->url, "/secrets?"))
        return false;
    toy_status(s, 403, "Forbidden");
    return true;
}

START_TEST(a_refusal_ends_it)
{
    open_task();
    toy.at = deny;
    EVC_CHECK_CODE(walk("", "", ""), ENVCRYPT_E_DENIED);
    close_all();
}
END_TEST

static int
walk_quietly(void *unused)
{
    int rc;

    (void)unused;
    l = NULL;
    rc = walk("", "", "");
    evc_lister_close(l);
    l = NULL;
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    toy_set("page", "6");
    toy.count = 7;
    toy.objects[3].unreadable = true;
    open_task();
    ck_assert_uint_gt(evc_alloc_sweep(walk_quietly, NULL), 10);
    close_all();
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        pages_come_one_after_the_other,
        lists_come_one_after_the_other,
        it_goes_on_from_a_place,
        one_that_cannot_be_read_is_named_and_passed_over,
        where_it_is_not_named_the_rest_of_the_list_is_not_known,
        one_that_is_not_selected_is_passed_over_in_silence,
        trouble_makes_pages_smaller_and_is_waited_out,
        trouble_that_lasts_ends_it,
        a_list_that_grew_too_old_begins_anew_and_gives_nothing_twice,
        so_does_one_of_several,
        what_was_given_before_an_interruption_is_not_given_again,
        what_cannot_be_read_is_told_once_when_its_list_begins_anew,
        a_list_in_no_order_is_given_from_its_beginning,
        namespaces_are_listed_in_order_of_keys,
        one_that_grows_too_old_for_ever_ends,
        a_refusal_ends_it,
        survives_any_failed_allocation};
    TCase *tcase = tcase_create("lister");

    tcase_add_checked_fixture(tcase, set_up, toy_tear_down);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("lister", add_tests)
