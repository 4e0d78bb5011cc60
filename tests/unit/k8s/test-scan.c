/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/scan.h"

#include "base/mem.h"
#include "evc-alloc.h"
#include "evc-check.h"

static const evc_kube_resource secrets = {"", "v1", "secrets", "Secret", true};
static const evc_kube_resource nodes = {"", "v1", "nodes", "Node", false};

static evc_kube_scan scan;
static evc_exchange x;
static evc_error *error;

static void
setup(void)
{
    scan = (evc_kube_scan){.resource = NULL};
    evc_exchange_init(&x);
    EVC_CHECK_OK(evc_headers_add(&x.reply_headers, "content-type",
                                 evc_view_text("application/json"), NULL));
    error = NULL;
}

static void
teardown(void)
{
    evc_kube_scan_reset(&scan);
    evc_exchange_reset(&x);
    evc_error_free(error);
}

static int
feed(evc_view rest, size_t size)
{
    int rc = 0;

    while (rest.size && !rc) {
        size_t part = rest.size < size ? rest.size : size;

        rc = x.sink(x.sink_user, evc_view_of(rest.data, part), &error);
        rest = evc_view_of(&rest.data[part], rest.size - part);
    }
    return rc ? rc : evc_kube_scan_end(&scan, &error);
}

static int
one_of(const evc_kube_resource *resource, const char *text)
{
    evc_kube_scan_one(&scan, resource, "x.io/at", &x);
    return feed(evc_view_text(text), SIZE_MAX);
}

static int
page_of(const char *text, uint32_t limit)
{
    evc_kube_scan_page(&scan, &secrets, "x.io/at", limit, &x);
    return feed(evc_view_text(text), SIZE_MAX);
}

/* --- one object ------------------------------------------------------------------- */

#define KIND "\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\""
#define IDS "\"uid\":\"u-1\",\"resourceVersion\":\"17\""
#define NAMED "\"name\":\"s1\",\"namespace\":\"default\"," IDS
#define TIMED                                                                       \
    "\"creationTimestamp\":\"2026-01-31T12:00:00Z\",\"managedFields\":["            \
    "{\"manager\":\"a\",\"time\":\"2026-02-01T00:00:02Z\",\"fieldsV1\":{\"f:data\"" \
    ":{\"time\":\"2030-01-01T00:00:00Z\"}}},{\"time\":\"2026-02-01T00:00:01Z\"},{}]"
#define ANNOTATED                               \
    "\"annotations\":{\"kubectl.kubernetes.io/" \
    "last-applied-configuration\":\"{\\\"d\\\"" \
    ":\\\"planted\\\"}\",\"x.io/at\":\"2026-03-01T01:00:00+01:00\"}"

START_TEST(keeps_the_metadata_of_an_object)
{
    EVC_CHECK_OK(one_of(&secrets,
                        "{" KIND ",\"metadata\":{" NAMED "," TIMED "," ANNOTATED "}}"));
    ck_assert_str_eq(scan.object.name, "s1");
    ck_assert_str_eq(scan.object.ns, "default");
    ck_assert_str_eq(scan.object.uid, "u-1");
    ck_assert_str_eq(scan.object.version, "17");
    ck_assert_int_eq(scan.object.written_ms, INT64_C(1769904002000));
    ck_assert_int_eq(scan.object.mark_ms, INT64_C(1772323200000));
}
END_TEST

START_TEST(order_of_members_is_free)
{
    EVC_CHECK_OK(one_of(&secrets, "{\"metadata\":{" ANNOTATED "," TIMED "," NAMED
                                  "},\"apiVersion\":\"meta.k8s.io/v1\","
                                  "\"kind\":\"PartialObjectMetadata\"}"));
    ck_assert_str_eq(scan.object.name, "s1");
}
END_TEST

START_TEST(without_times_there_are_none)
{
    EVC_CHECK_OK(one_of(&secrets, "{" KIND ",\"metadata\":{" NAMED
                                  ",\"creationTimestamp\":null,\"managedFields\":null,"
                                  "\"annotations\":null}}"));
    ck_assert_int_eq(scan.object.written_ms, -1);
    ck_assert_int_eq(scan.object.mark_ms, -1);
}
END_TEST

START_TEST(what_is_no_time_is_none)
{
    EVC_CHECK_OK(
        one_of(&secrets,
               "{" KIND ",\"metadata\":{" NAMED ",\"creationTimestamp\":\"yesterday\","
               "\"annotations\":{\"x.io/at\":\"time value that is so long that "
               "it does not fit where a time would stand\"}}}"));
    ck_assert_int_eq(scan.object.written_ms, -1);
    ck_assert_int_eq(scan.object.mark_ms, -1);
}
END_TEST

START_TEST(object_of_no_namespace_needs_none)
{
    EVC_CHECK_OK(one_of(&nodes, "{" KIND ",\"metadata\":{\"name\":\"n1\"," IDS "}}"));
    ck_assert_str_eq(scan.object.ns, "");
}
END_TEST

static const struct {
    const char *text;
    const char *shown;
} refused[] = {
    {"{\"kind\":\"Secret\",\"metadata\":{" NAMED "}}", "is no PartialObjectMetadata"},
    {"{\"kind\":\"Status\",\"status\":\"Success\"}", "is no PartialObjectMetadata"},
    {"{\"kind\":\"PartialObjectMetadataList\"}", "is no PartialObjectMetadata"},
    {"{\"metadata\":{" NAMED "}}", "does not say its kind"},
    {"{" KIND ",\"metadata\":{" NAMED "},\"data\":{\"k\":\"cGxhbnRlZA==\"}}",
     "only metadata was asked for"},
    {"{\"data\":{}," KIND ",\"metadata\":{" NAMED "}}", "only metadata was asked for"},
    {"{" KIND ",\"metadata\":{" NAMED "},\"stringData\":{}}",
     "only metadata was asked for"},
    {"{" KIND ",\"metadata\":{" NAMED "},\"binaryData\":{}}",
     "only metadata was asked for"},
    {"{" KIND "," KIND ",\"metadata\":{" NAMED "}}", "\"kind\" comes twice"},
    {"{" KIND ",\"metadata\":{},\"metadata\":{" NAMED "}}", "\"metadata\" comes twice"},
    {"{" KIND ",\"metadata\":{" NAMED "," IDS "}}", "comes twice"},
    {"{" KIND ",\"metadata\":{" NAMED "," ANNOTATED "," ANNOTATED "}}", "comes twice"},
    {"{" KIND ",\"metadata\":{" NAMED ",\"annotations\":{\"x.io/at\":\"\",\"x.io/at\":"
     "\"\"}}}",
     "comes twice"},
    {"{" KIND ",\"metadata\":{" NAMED
     ",\"managedFields\":[{\"time\":\"\",\"time\":\"\"}]}}",
     "comes twice"},
    {"{" KIND ",\"metadata\":{\"namespace\":\"a\"," IDS "}}", "without a name"},
    {"{" KIND "}", "without a name"},
    {"{" KIND ",\"metadata\":{\"name\":\"a\"," IDS "}}", "without a namespace"},
    {"{" KIND ",\"metadata\":{\"name\":\"a\",\"namespace\":\"\"," IDS "}}",
     "without a namespace"},
    {"{" KIND ",\"metadata\":{\"name\":\"a\",\"namespace\":\"a\",\"uid\":\"1\"}}",
     "without uid or resourceVersion"},
    {"{" KIND ",\"metadata\":{\"name\":\"../x\",\"namespace\":\"a\"," IDS "}}",
     "a name that no object can have"},
    {"{" KIND ",\"metadata\":{\"name\":\"\",\"namespace\":\"a\"," IDS "}}",
     "a name that no object can have"},
    {"{" KIND ",\"metadata\":{\"name\":\"a\",\"namespace\":\"a.b\"," IDS "}}",
     "a namespace that cannot be one"},
    {"{" KIND ",\"metadata\":{\"name\":\"a\",\"namespace\":\"a\",\"uid\":\"a b\"}}",
     "a uid that cannot be one"},
    {"{" KIND ",\"metadata\":{\"name\":\"a\",\"namespace\":\"a\",\"uid\":\"1\","
     "\"resourceVersion\":\"\"}}",
     "a resourceVersion that cannot be one"},
    {"{" KIND ",\"metadata\":{\"name\":7}}", "of another type"},
    {"{" KIND ",\"metadata\":[]}", "of another type"},
};

START_TEST(refuses_an_object)
{
    EVC_CHECK_CODE(one_of(&secrets, refused[_i].text), ENVCRYPT_E_PROTOCOL);
    ck_assert_msg(strstr(evc_error_message(error), refused[_i].shown) != NULL,
                  "%s gave: %s", refused[_i].text, evc_error_message(error));
    ck_assert(!strstr(evc_error_message(error), "cGxhbnRlZA"));
}
END_TEST

START_TEST(object_of_no_namespace_in_one_is_refused)
{
    EVC_CHECK_CODE(one_of(&nodes, "{" KIND ",\"metadata\":{" NAMED "}}"),
                   ENVCRYPT_E_PROTOCOL);
}
END_TEST

/* A member of size bytes in the place of one. */
static int
with_long(const char *member, size_t size)
{
    evc_buf text;
    int rc;

    evc_buf_init(&text);
    evc_buf_put_text(&text, "{" KIND ",\"metadata\":{");
    for (size_t i = 0; i < 4; i++) {
        const char *const names[] = {"name", "namespace", "uid", "resourceVersion"};
        size_t length = strcmp(names[i], member) == 0 ? size : 1;

        evc_buf_put_format(&text, "%s\"%s\":\"", i ? "," : "", names[i]);
        for (size_t c = 0; c < length; c++)
            evc_buf_put_u8(&text, 'a');
        evc_buf_put_u8(&text, '"');
    }
    evc_buf_put_text(&text, "}}");
    evc_kube_scan_one(&scan, &secrets, NULL, &x);
    rc = feed(evc_buf_view(&text), SIZE_MAX);
    evc_buf_reset(&text);
    return rc;
}

START_TEST(longest_texts_are_kept_and_longer_ones_refused)
{
    const struct {
        const char *member;
        size_t most;
    } limits[] = {{"name", EVC_KUBE_NAME_MAX},
                  {"namespace", EVC_KUBE_NAMESPACE_MAX},
                  {"uid", EVC_KUBE_UID_MAX},
                  {"resourceVersion", EVC_KUBE_VERSION_MAX}};

    EVC_CHECK_OK(with_long(limits[_i].member, limits[_i].most));
    EVC_CHECK_CODE(with_long(limits[_i].member, limits[_i].most + 1),
                   ENVCRYPT_E_PROTOCOL);
}
END_TEST

/* --- pages ------------------------------------------------------------------------ */

#define LIST "\"kind\":\"PartialObjectMetadataList\",\"apiVersion\":\"meta.k8s.io/v1\""
#define ITEM "{" KIND ",\"metadata\":{" NAMED "," TIMED "," ANNOTATED "}}"

START_TEST(keeps_items_and_where_the_list_goes_on)
{
    EVC_CHECK_OK(
        page_of("{" LIST ",\"metadata\":{\"resourceVersion\":\"99\",\"continue\":"
                "\"abc\",\"remainingItemCount\":41},\"items\":[" ITEM ",{"
                "\"metadata\":{\"name\":\"s2\",\"namespace\":\"b\"," IDS "}}]}",
                10));
    ck_assert_uint_eq(scan.count, 2);
    ck_assert_str_eq(scan.items[0].name, "s1");
    ck_assert_int_eq(scan.items[0].mark_ms, INT64_C(1772323200000));
    ck_assert_str_eq(scan.items[1].name, "s2");
    ck_assert_int_eq(scan.items[1].mark_ms, -1);
    ck_assert_int_eq(scan.items[1].written_ms, -1);
    ck_assert_str_eq(scan.version, "99");
    ck_assert(evc_view_is_text(evc_buf_view(&scan.next), "abc"));
    ck_assert_int_eq(scan.remaining, 41);
}
END_TEST

START_TEST(items_may_come_before_metadata_and_kind)
{
    EVC_CHECK_OK(
        page_of("{\"items\":[" ITEM "],\"metadata\":{\"continue\":\"\","
                "\"resourceVersion\":\"9\"},\"kind\":\"PartialObjectMetadataList\"}",
                10));
    ck_assert_uint_eq(scan.count, 1);
    ck_assert_uint_eq(scan.next.size, 0);
    ck_assert_int_eq(scan.remaining, -1);
}
END_TEST

START_TEST(list_without_items_is_empty)
{
    EVC_CHECK_OK(page_of("{" LIST ",\"metadata\":{\"resourceVersion\":\"9\"},"
                         "\"items\":null}",
                         10));
    ck_assert_uint_eq(scan.count, 0);
    EVC_CHECK_OK(
        page_of("{" LIST ",\"metadata\":{\"resourceVersion\":\"\"},\"items\":[]}", 10));
    ck_assert_str_eq(scan.version, "");
}
END_TEST

START_TEST(every_split_of_a_page_tells_the_same)
{
    evc_view text = evc_view_text(
        "{" LIST ",\"metadata\":{\"continue\":\"abc\"},\"items\":[" ITEM "," ITEM "]}");

    for (size_t size = 1; size < text.size; size++) {
        evc_kube_scan_page(&scan, &secrets, "x.io/at", 10, &x);
        EVC_CHECK_OK(feed(text, size));
        ck_assert_uint_eq(scan.count, 2);
        ck_assert_str_eq(scan.items[1].uid, "u-1");
        ck_assert_int_eq(scan.items[1].written_ms, INT64_C(1769904002000));
        ck_assert(evc_view_is_text(evc_buf_view(&scan.next), "abc"));
    }
}
END_TEST

START_TEST(beginning_again_forgets_what_came_before)
{
    EVC_CHECK_OK(page_of("{" LIST
                         ",\"metadata\":{\"resourceVersion\":\"9\",\"continue\":"
                         "\"a\",\"remainingItemCount\":1},\"items\":[" ITEM "]}",
                         10));
    EVC_CHECK_OK(page_of("{" LIST ",\"items\":[]}", 10));
    ck_assert_uint_eq(scan.count, 0);
    ck_assert_uint_eq(scan.next.size, 0);
    ck_assert_str_eq(scan.version, "");
    ck_assert_int_eq(scan.remaining, -1);
}
END_TEST

static const struct {
    const char *text;
    const char *shown;
} refused_pages[] = {
    {"{\"kind\":\"SecretList\",\"items\":[]}", "is no PartialObjectMetadataList"},
    {"{" KIND ",\"metadata\":{" NAMED "}}", "is no PartialObjectMetadataList"},
    {"{\"items\":[]}", "does not say its kind"},
    {"{" LIST ",\"items\":[{\"kind\":\"Secret\",\"metadata\":{" NAMED "}}]}",
     "is no PartialObjectMetadata"},
    {"{" LIST ",\"items\":[{\"metadata\":{" NAMED
     "},\"data\":{\"k\":\"cGxhbnRlZA==\"}}]}",
     "only metadata was asked for"},
    {"{" LIST ",\"items\":[{\"stringData\":{},\"metadata\":{" NAMED "}}]}",
     "only metadata was asked for"},
    {"{\"data\":{}," LIST "}", "only metadata was asked for"},
    {"{" LIST ",\"items\":[],\"items\":[]}", "\"items\" comes twice"},
    {"{" LIST ",\"metadata\":{},\"metadata\":{}}", "\"metadata\" comes twice"},
    {"{" LIST ",\"metadata\":{\"continue\":\"a\",\"continue\":\"b\"}}", "comes twice"},
    {"{" LIST ",\"items\":[{\"metadata\":{},\"metadata\":{" NAMED "}}]}",
     "comes twice"},
    {"{" LIST ",\"items\":{}}", "of another type"},
    {"{" LIST ",\"items\":[null,1]}", "of another type"},
    {"{" LIST ",\"items\":[{}]}", "without a name"},
    {"{" LIST ",\"metadata\":{\"continue\":\"a b\"}}",
     "a continue token that cannot be one"},
    {"{" LIST ",\"metadata\":{\"remainingItemCount\":-1}}", "remainingItemCount"},
    {"{" LIST ",\"metadata\":{\"remainingItemCount\":1.5}}", "remainingItemCount"},
    {"{" LIST ",\"metadata\":{\"remainingItemCount\":1000000000000000000}}",
     "remainingItemCount"},
    {"{" LIST ",\"metadata\":{\"remainingItemCount\":\"1\"}}", "of another type"},
    {"{" LIST ",\"items\":[" ITEM, "not the JSON"},
};

START_TEST(refuses_a_page)
{
    EVC_CHECK_CODE(page_of(refused_pages[_i].text, 10), ENVCRYPT_E_PROTOCOL);
    ck_assert_msg(strstr(evc_error_message(error), refused_pages[_i].shown) != NULL,
                  "%s gave: %s", refused_pages[_i].text, evc_error_message(error));
}
END_TEST

START_TEST(largest_remaining_count_is_kept)
{
    EVC_CHECK_OK(page_of(
        "{" LIST ",\"metadata\":{\"remainingItemCount\":999999999999999999}}", 10));
    ck_assert_int_eq(scan.remaining, INT64_C(999999999999999999));
}
END_TEST

static void
put_page(evc_buf *text, size_t items, size_t token)
{
    evc_buf_put_text(text, "{" LIST ",\"metadata\":{\"continue\":\"");
    for (size_t i = 0; i < token; i++)
        evc_buf_put_u8(text, 't');
    evc_buf_put_text(text, "\"},\"items\":[");
    for (size_t i = 0; i < items; i++)
        evc_buf_put_text(text, i ? "," ITEM : ITEM);
    evc_buf_put_text(text, "]}");
}

static int
page_with(size_t items, uint32_t limit, size_t token)
{
    evc_buf text;
    int rc;

    evc_buf_init(&text);
    put_page(&text, items, token);
    evc_kube_scan_page(&scan, &secrets, NULL, limit, &x);
    rc = feed(evc_buf_view(&text), 1000);
    evc_buf_reset(&text);
    return rc;
}

START_TEST(page_of_twenty_times_its_limit_is_kept_and_a_larger_one_refused)
{
    EVC_CHECK_OK(page_with(200, 10, 1));
    ck_assert_uint_eq(scan.count, 200);
    ck_assert_uint_eq(scan.capacity, 200);
    EVC_CHECK_CODE(page_with(201, 10, 1), ENVCRYPT_E_PROTOCOL);
    ck_assert(strstr(evc_error_message(error), "more than 200 objects") != NULL);
}
END_TEST

START_TEST(longest_token_is_kept_and_a_longer_one_refused)
{
    EVC_CHECK_OK(page_with(1, 10, EVC_KUBE_CONTINUE_MAX));
    ck_assert_uint_eq(scan.next.size, EVC_KUBE_CONTINUE_MAX);
    EVC_CHECK_CODE(page_with(1, 10, EVC_KUBE_CONTINUE_MAX + 1), ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(items_keep_their_memory_for_the_next_page)
{
    const evc_kube_object *items;

    EVC_CHECK_OK(page_with(100, 100, 1));
    items = scan.items;
    EVC_CHECK_OK(page_with(100, 100, 1));
    ck_assert_ptr_eq(scan.items, items);
}
END_TEST

static int
sweep_page(void *user)
{
    int rc;

    evc_kube_scan_page(&scan, &secrets, NULL, 200, &x);
    rc = feed(evc_buf_view(user), 1000);
    evc_kube_scan_reset(&scan);
    return rc;
}

START_TEST(memory_that_runs_out_is_named)
{
    evc_buf text;

    evc_buf_init(&text);
    put_page(&text, 130, 40);
    ck_assert_uint_gt(evc_alloc_sweep(sweep_page, &text), 3);
    evc_buf_reset(&text);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        keeps_the_metadata_of_an_object,
        order_of_members_is_free,
        without_times_there_are_none,
        what_is_no_time_is_none,
        object_of_no_namespace_needs_none,
        object_of_no_namespace_in_one_is_refused,
        keeps_items_and_where_the_list_goes_on,
        items_may_come_before_metadata_and_kind,
        list_without_items_is_empty,
        every_split_of_a_page_tells_the_same,
        beginning_again_forgets_what_came_before,
        largest_remaining_count_is_kept,
        page_of_twenty_times_its_limit_is_kept_and_a_larger_one_refused,
        longest_token_is_kept_and_a_longer_one_refused,
        items_keep_their_memory_for_the_next_page,
        memory_that_runs_out_is_named,
        NULL,
    };
    TCase *tcase = tcase_create("scan");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, refuses_an_object, 0,
                        (int)(sizeof(refused) / sizeof(refused[0])));
    tcase_add_loop_test(tcase, longest_texts_are_kept_and_longer_ones_refused, 0, 4);
    tcase_add_loop_test(tcase, refuses_a_page, 0,
                        (int)(sizeof(refused_pages) / sizeof(refused_pages[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("scan", add_tests)
