/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/list.h"

#include "evc-alloc.h"
#include "scripted-kube.h"

static const evc_kube_resource secrets = {"", "v1", "secrets", "Secret", true};
static const evc_kube_resource widgets = {"x.io", "v1", "widgets", "Widget", false};

#define ITEM(name)                                                             \
    "{\"metadata\":{\"namespace\":\"a\",\"name\":\"" name                      \
    "\",\"uid\":\"u\",\"resourceVersion\":\"5\",\"annotations\":{\"x.io/at\":" \
    "\"2026-01-01T00:00:00Z\"}}}"
#define PAGE(token, items)                                                          \
    "{\"kind\":\"PartialObjectMetadataList\",\"metadata\":{\"resourceVersion\":"    \
    "\"77\",\"continue\":\"" token "\",\"remainingItemCount\":3},\"items\":[" items \
    "]}"

static evc_kube_list list;
static evc_kube_page page;
static evc_error *error;

static void
set_up(void)
{
    kube_set_up();
    list = (evc_kube_list){.resource = &secrets, .limit = 2};
    page = (evc_kube_page){.items = NULL};
    error = NULL;
}

static void
tear_down(void)
{
    evc_kube_page_reset(&page);
    evc_error_free(error);
    kube_tear_down();
}

static int
run(void)
{
    evc_kube_page_reset(&page);
    return evc_kube_list_page(k.kube, &list, &k.wait, &page, &error);
}

START_TEST(first_page_asks_for_metadata_only_and_no_version)
{
    const kube_request *r = &k.requests[0];

    KUBE_PLAY({.status = 200, .body = PAGE("abc", ITEM("s1") "," ITEM("s2"))});
    EVC_CHECK_OK(run());
    ck_assert_str_eq(r->method, "GET");
    ck_assert_str_eq(r->url, "https://kube.example/api/v1/secrets?limit=2");
    ck_assert_str_eq(
        r->accept, "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
    ck_assert_str_eq(r->body, "");
    ck_assert_uint_eq(page.count, 2);
    ck_assert_str_eq(page.items[1].name, "s2");
    ck_assert_str_eq(page.version, "77");
    ck_assert(evc_view_is_text(evc_buf_view(&page.next), "abc"));
    ck_assert_int_eq(page.remaining, 3);
    ck_assert(!page.restarted);
}
END_TEST

START_TEST(a_selector_that_is_refused_is_told_as_one)
{
    static const char refusal[] = "{\"kind\":\"Status\",\"reason\":\"BadRequest\"}";

    KUBE_PLAY({.status = 400, .body = refusal});
    list.labels = "a b";
    EVC_CHECK_CODE(run(), ENVCRYPT_E_REQUEST_REFUSED);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "the label selector"));
    /* What is not of the selector does not say so. */
    list.labels = NULL;
    EVC_CHECK_CODE(run(), ENVCRYPT_E_REQUEST_REFUSED);
    ck_assert_ptr_null(strstr(evc_error_message(error), "the label selector"));
}
END_TEST

START_TEST(selection_and_token_are_encoded)
{
    KUBE_PLAY({.status = 200, .body = PAGE("", "")});
    list.ns = "kube-system";
    list.labels = "a=b,c in (d)";
    list.token = evc_view_text("t/+=&");
    EVC_CHECK_OK(run());
    ck_assert_str_eq(
        k.requests[0].url,
        "https://kube.example/api/v1/namespaces/kube-system/secrets?limit=2"
        "&labelSelector=a%3Db%2Cc%20in%20%28d%29&continue=t%2F%2B%3D%26");
    ck_assert_uint_eq(page.count, 0);
    ck_assert_uint_eq(page.next.size, 0);
}
END_TEST

START_TEST(resource_of_a_group_has_its_path)
{
    KUBE_PLAY({.status = 200, .body = PAGE("", "")});
    list.resource = &widgets;
    EVC_CHECK_OK(run());
    ck_assert_str_eq(k.requests[0].url,
                     "https://kube.example/apis/x.io/v1/widgets?limit=2");
}
END_TEST

START_TEST(time_of_the_wanted_annotation_is_read)
{
    KUBE_PLAY({.status = 200, .body = PAGE("", ITEM("s1"))});
    list.annotation = "x.io/at";
    EVC_CHECK_OK(run());
    ck_assert_int_eq(page.items[0].mark_ms, INT64_C(1767225600000));
}
END_TEST

START_TEST(limits_of_a_page_hold)
{
    KUBE_PLAY({.status = 200, .body = PAGE("", "")});
    list.limit = EVC_KUBE_PAGE_MAX;
    EVC_CHECK_OK(run());
    list.limit = EVC_KUBE_PAGE_MAX + 1;
    EVC_CHECK_CODE(run(), ENVCRYPT_E_ARGUMENT);
    list.limit = 0;
    EVC_CHECK_CODE(run(), ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(k.asked, 1);
}
END_TEST

START_TEST(longest_token_is_sent_and_a_longer_one_is_not)
{
    static char token[EVC_KUBE_CONTINUE_MAX + 1];

    KUBE_PLAY({.status = 200, .body = PAGE("", "")});
    memset(token, 't', sizeof(token));
    list.token = evc_view_of(token, EVC_KUBE_CONTINUE_MAX);
    EVC_CHECK_OK(run());
    list.token.size++;
    EVC_CHECK_CODE(run(), ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(k.asked, 1);
}
END_TEST

/* It is read as it comes; past that a server never ends. */
START_TEST(page_has_a_gigabyte_at_most)
{
    KUBE_PLAY({.status = 200, .body = PAGE("", "")});
    EVC_CHECK_OK(run());
    ck_assert_uint_eq(k.requests[0].cap, 1073741824);
}
END_TEST

START_TEST(what_cannot_be_a_namespace_is_not_sent)
{
    list.ns = "a/../b";
    EVC_CHECK_CODE(run(), ENVCRYPT_E_ARGUMENT);
    list.ns = "a";
    list.resource = &widgets;
    EVC_CHECK_CODE(run(), ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(k.asked, 0);
}
END_TEST

START_TEST(expired_list_goes_on_with_a_fresh_token)
{
    KUBE_PLAY({.status = 410,
               .body = "{\"kind\":\"Status\",\"metadata\":{\"continue\":\"fresh\"},"
                       "\"reason\":\"Expired\",\"code\":410}"});
    list.token = evc_view_text("old");
    EVC_CHECK_OK(run());
    ck_assert(page.restarted);
    ck_assert(evc_view_is_text(evc_buf_view(&page.next), "fresh"));
    ck_assert_uint_eq(page.count, 0);
    ck_assert_int_eq(page.remaining, -1);
    ck_assert_uint_eq(k.asked, 1);
}
END_TEST

START_TEST(expired_list_without_a_token_begins_anew)
{
    KUBE_PLAY({.status = 410, .body = "{\"kind\":\"Status\",\"metadata\":{}}"});
    list.token = evc_view_text("old");
    EVC_CHECK_OK(run());
    ck_assert(page.restarted);
    ck_assert_uint_eq(page.next.size, 0);
}
END_TEST

START_TEST(first_page_cannot_be_expired)
{
    KUBE_PLAY({.status = 410, .body = "{\"kind\":\"Status\",\"metadata\":{}}"});
    EVC_CHECK_CODE(run(), ENVCRYPT_E_KUBE_EXPIRED);
    ck_assert(!page.restarted);
}
END_TEST

START_TEST(list_that_stands_still_is_refused)
{
    KUBE_PLAY({.status = 200, .body = PAGE("same", ITEM("s1"))});
    list.token = evc_view_text("same");
    EVC_CHECK_CODE(run(), ENVCRYPT_E_PROTOCOL);
    ck_assert_uint_eq(page.count, 0);
}
END_TEST

static const char *const refused[] = {
    "{\"kind\":\"SecretList\",\"items\":[{\"data\":{\"k\":\"cGxhbnRlZA==\"}}]}",
    "{\"items\":[" ITEM("s1") ",{\"data\":{}}],\"kind\":\"PartialObjectMetadataList\"}",
    "{\"kind\":\"PartialObjectMetadataList\",\"items\":[" ITEM("s1"),
    "{\"kind\":\"PartialObjectMetadataList\",\"items\":[" ITEM("../s1") "]}",
    "",
};

START_TEST(refused_page_is_empty)
{
    KUBE_PLAY({.status = 200, .body = refused[_i]});
    EVC_CHECK_CODE(run(), ENVCRYPT_E_PROTOCOL);
    ck_assert_uint_eq(page.count, 0);
    ck_assert_ptr_null(page.items);
    ck_assert_uint_eq(page.next.size, 0);
    ck_assert(!strstr(evc_error_message(error), "cGxhbnRlZA"));
    ck_assert_uint_eq(k.asked, 1);
}
END_TEST

START_TEST(reply_of_another_content_type_is_refused)
{
    KUBE_PLAY({.status = 200, .body = "<html>", .type = "text/html"});
    EVC_CHECK_CODE(run(), ENVCRYPT_E_PROTOCOL);
    ck_assert(strstr(evc_error_message(error), "no application/json") != NULL);
}
END_TEST

START_TEST(server_without_metadata_only_replies_is_called_too_old)
{
    KUBE_PLAY({.status = 406, .body = "{\"kind\":\"Status\"}"});
    EVC_CHECK_CODE(run(), ENVCRYPT_E_REQUEST_REFUSED);
    ck_assert(strstr(evc_error_message(error), "from 1.15 on") != NULL);
}
END_TEST

START_TEST(attempts_after_trouble_begin_anew)
{
    KUBE_PLAY({.status = 503, .body = "busy", .type = "text/plain"},
              {.code = ENVCRYPT_E_NET_BROKEN},
              {.status = 200, .body = PAGE("", ITEM("s1"))});
    EVC_CHECK_OK(run());
    ck_assert_uint_eq(k.asked, 3);
    ck_assert_uint_eq(page.count, 1);
}
END_TEST

START_TEST(listing_serves_page_after_page)
{
    evc_kube_listing listing = {.list = list};
    evc_operation op;

    KUBE_PLAY({.status = 200, .body = PAGE("abc", ITEM("s1"))},
              {.status = 200, .body = PAGE("", ITEM("s2"))});
    for (size_t i = 0; i < 2; i++) {
        evc_kube_page_reset(&listing.page);
        evc_kube_listing_init(&listing, k.kube, &op);
        EVC_CHECK_OK(evc_operation_run(&op, &k.wait, &error));
        evc_operation_reset(&op);
        ck_assert_uint_eq(listing.page.count, 1);
        ck_assert_str_eq(listing.page.items[0].name, i ? "s2" : "s1");
    }
    evc_kube_listing_reset(&listing);
}
END_TEST

START_TEST(listing_that_failed_has_an_empty_page)
{
    evc_kube_listing listing = {.list = list};
    evc_operation op;

    KUBE_PLAY({.status = 200, .body = refused[1]});
    evc_kube_listing_init(&listing, k.kube, &op);
    EVC_CHECK_CODE(evc_operation_run(&op, &k.wait, &error), ENVCRYPT_E_PROTOCOL);
    ck_assert_uint_eq(listing.page.count, 0);
    evc_operation_reset(&op);
    evc_kube_listing_reset(&listing);
}
END_TEST

static int
sweep(void *user)
{
    evc_kube_page own;
    int rc;

    (void)user;
    k.asked = 0;
    rc = evc_kube_list_page(k.kube, &list, &k.wait, &own, NULL);
    evc_kube_page_reset(&own);
    return rc;
}

START_TEST(memory_that_runs_out_is_named)
{
    KUBE_PLAY({.status = 200, .body = PAGE("abc", ITEM("s1"))});
    (void)evc_alloc_sweep(sweep, NULL);
}
END_TEST

START_TEST(memory_that_runs_out_after_410_is_named)
{
    KUBE_PLAY({.status = 410, .body = "{\"metadata\":{\"continue\":\"fresh\"}}"});
    list.token = evc_view_text("old");
    (void)evc_alloc_sweep(sweep, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        first_page_asks_for_metadata_only_and_no_version,
        a_selector_that_is_refused_is_told_as_one,
        selection_and_token_are_encoded,
        resource_of_a_group_has_its_path,
        time_of_the_wanted_annotation_is_read,
        limits_of_a_page_hold,
        longest_token_is_sent_and_a_longer_one_is_not,
        page_has_a_gigabyte_at_most,
        what_cannot_be_a_namespace_is_not_sent,
        expired_list_goes_on_with_a_fresh_token,
        expired_list_without_a_token_begins_anew,
        first_page_cannot_be_expired,
        list_that_stands_still_is_refused,
        reply_of_another_content_type_is_refused,
        server_without_metadata_only_replies_is_called_too_old,
        attempts_after_trouble_begin_anew,
        listing_serves_page_after_page,
        listing_that_failed_has_an_empty_page,
        memory_that_runs_out_is_named,
        memory_that_runs_out_after_410_is_named,
        NULL,
    };
    TCase *tcase = tcase_create("list");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, refused_page_is_empty, 0,
                        (int)(sizeof(refused) / sizeof(refused[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("list", add_tests)
