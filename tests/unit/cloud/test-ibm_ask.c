/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/ibm_ask.h"
#include "ibm-fixture.h"

#define LIST_TYPE "{\"metadata\":{\"collectionType\":\"t\"}"

static const evc_operation_kind kind = {
    .name = "list", .build = evc_ibm_ask_build, .read = evc_ibm_ask_read};

static const evc_ibm_target target = {INSTANCE, NULL};
static size_t counted;

static evc_ibm_ask
ask_list(void)
{
    counted = 0;
    return (evc_ibm_ask){.kind = &kind,
                         .peer = toy.peer,
                         .subject = "list",
                         .target = &target,
                         .method = "GET",
                         .path = {"keys"}};
}

static int
count(void *user, const evc_json *resource, evc_error **err)
{
    size_t *most = user;

    (void)resource;
    if (++counted > *most)
        return evc_err(err, ENVCRYPT_E_STATE, "enough");
    return 0;
}

static int
list(evc_ibm_ask *ask)
{
    size_t most = SIZE_MAX;

    return evc_ibm_ask_pages(ask, count, &most, &toy.wait, NULL);
}

/* A page of this many entries. */
static const char *
page_of(size_t entries)
{
    static char pages[4][8192];
    static size_t next;
    char *body = pages[next++ % 4];
    size_t used = (size_t)snprintf(body, 8192, LIST_TYPE ",\"resources\":[");

    for (size_t i = 0; i < entries; i++)
        used += (size_t)snprintf(&body[used], 8192 - used, "%s{}", i ? "," : "");
    (void)snprintf(&body[used], 8192 - used, "]}");
    return body;
}

START_TEST(a_request_has_what_was_asked)
{
    evc_ibm_ask ask = ask_list();

    ask.method = "PUT";
    ask.path[1] = "a b";
    ask.type = "text/x";
    ask.prefer = "return=minimal";
    ask.accept = "text/y";
    evc_form_add(&ask.query, "q", evc_view_text("1&2"));
    evc_buf_put_text(&ask.body, "{}");
    reply_with(204, "");
    EVC_CHECK_OK(evc_ibm_ask_run(&ask, &toy.wait, NULL));
    ck_assert_ptr_null(ask.doc);
    ck_assert_str_eq(toy.requests[0].method, "PUT");
    ck_assert_str_eq(toy.requests[0].path, "/api/v2/keys/a%20b");
    ck_assert_str_eq(toy.requests[0].query, "q=1%262");
    ck_assert_str_eq(toy.requests[0].body, "{}");
    ck_assert(had_header(0, "prefer: return=minimal"));
    ck_assert(had_header(0, "accept: text/y"));
    ck_assert(had_header(0, "content-type: text/x"));
    evc_ibm_ask_reset(&ask);
}
END_TEST

START_TEST(it_is_the_same_at_each_attempt)
{
    evc_ibm_ask ask = ask_list();

    evc_form_add(&ask.query, "q", evc_view_text("1"));
    reply_with(503, "");
    reply_with(200, "{\"a\":1}");
    EVC_CHECK_OK(evc_ibm_ask_run(&ask, &toy.wait, NULL));
    ck_assert_ptr_nonnull(ask.doc);
    ck_assert_uint_eq(toy.asked, 2);
    ck_assert_str_eq(toy.requests[1].query, "q=1");
    evc_ibm_ask_reset(&ask);
}
END_TEST

START_TEST(pages_follow_one_another_until_one_is_not_full)
{
    evc_ibm_ask ask = ask_list();

    evc_form_add(&ask.query, "state", evc_view_text("1"));
    reply_with(200, page_of(EVC_IBM_PAGE));
    reply_with(200, page_of(EVC_IBM_PAGE));
    reply_with(200, page_of(EVC_IBM_PAGE - 1));
    EVC_CHECK_OK(list(&ask));
    ck_assert_uint_eq(counted, 3 * EVC_IBM_PAGE - 1);
    ck_assert_str_eq(toy.requests[0].query, "state=1&limit=200&offset=0");
    ck_assert_str_eq(toy.requests[2].query, "state=1&limit=200&offset=400");
    evc_ibm_ask_reset(&ask);
}
END_TEST

START_TEST(a_full_last_page_is_followed_by_an_empty_one)
{
    static const char *const nothing[] = {LIST_TYPE "}", LIST_TYPE ",\"resources\":[]}",
                                          LIST_TYPE ",\"resources\":null}"};

    for (size_t i = 0; i < 3; i++) {
        evc_ibm_ask ask = ask_list();

        start_over();
        reply_with(200, page_of(EVC_IBM_PAGE));
        reply_with(200, nothing[i]);
        EVC_CHECK_OK(list(&ask));
        ck_assert_uint_eq(toy.asked, 2);
        ck_assert_uint_eq(counted, EVC_IBM_PAGE);
        evc_ibm_ask_reset(&ask);
    }
}
END_TEST

START_TEST(what_is_no_list_is_refused)
{
    static const char *const bodies[] = {"", "{}", "[]", "{\"metadata\":7}",
                                         "nonsense"};

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        evc_ibm_ask ask = ask_list();

        start_over();
        reply_with(200, bodies[i]);
        EVC_CHECK_CODE(list(&ask), ENVCRYPT_E_PROTOCOL);
        evc_ibm_ask_reset(&ask);
    }
}
END_TEST

START_TEST(a_list_without_end_ends)
{
    evc_ibm_ask ask = ask_list();

    reply_with(200, page_of(EVC_IBM_PAGE));
    EVC_CHECK_CODE(list(&ask), ENVCRYPT_E_PROTOCOL);
    ck_assert_uint_eq(toy.asked, EVC_IBM_ENTRIES / EVC_IBM_PAGE + 1);
    evc_ibm_ask_reset(&ask);
}
END_TEST

START_TEST(the_caller_may_end_a_list)
{
    evc_ibm_ask ask = ask_list();
    size_t most = 3;

    reply_with(200, page_of(10));
    EVC_CHECK_CODE(evc_ibm_ask_pages(&ask, count, &most, &toy.wait, NULL),
                   ENVCRYPT_E_STATE);
    ck_assert_uint_eq(counted, 4);
    evc_ibm_ask_reset(&ask);
}
END_TEST

START_TEST(a_query_that_memory_was_too_short_for_is_not_sent)
{
    evc_ibm_ask ask = ask_list();

    ask.query.failed = true;
    EVC_CHECK_CODE(evc_ibm_ask_run(&ask, &toy.wait, NULL), ENVCRYPT_E_NOMEM);
    ck_assert_uint_eq(toy.asked, 0);
    evc_ibm_ask_reset(&ask);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_request_has_what_was_asked,
                                  it_is_the_same_at_each_attempt,
                                  pages_follow_one_another_until_one_is_not_full,
                                  a_full_last_page_is_followed_by_an_empty_one,
                                  what_is_no_list_is_refused,
                                  a_list_without_end_ends,
                                  the_caller_may_end_a_list,
                                  a_query_that_memory_was_too_short_for_is_not_sent,
                                  NULL};

    add_toy_tests(suite, "ask", tests);
}

EVC_TEST_MAIN("ibm_ask", add_tests)
