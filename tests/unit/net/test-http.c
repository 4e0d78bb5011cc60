/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "evc-alloc.h"
#include "evc-check.h"
#include "net/http.h"

static evc_exchange x;
static evc_buf out;

static void
begin(void)
{
    evc_exchange_init(&x);
    evc_buf_init(&out);
}

static void
forget(void)
{
    evc_exchange_reset(&x);
    evc_buf_reset(&out);
}

static const char *
text(void)
{
    evc_buf_put_u8(&out, 0);
    ck_assert(!out.failed);
    return (const char *)out.data;
}

START_TEST(new_exchange_takes_a_megabyte)
{
    ck_assert_uint_eq(x.cap, EVC_REPLY_MAX);
    ck_assert_int_eq(x.date_ms, -1);
    ck_assert(!x.done && !x.sent && !x.secret && !x.fresh);
}
END_TEST

static const struct {
    const char *endpoint;
    const char *path;
    const char *query;
    const char *url;
} urls[] = {
    {"https://h.example", "", "", "https://h.example/"},
    {"https://h.example/", "/p", "", "https://h.example/p"},
    {"https://h.example:1/base/", "", "", "https://h.example:1/base"},
    {"https://h.example:1/base", "/p", "a=b&c", "https://h.example:1/base/p?a=b&c"},
    {"https://h.example", "", "a=%20", "https://h.example/?a=%20"},
    {"http://[::1]:8080", "/", "", "http://[::1]:8080/"},
};

START_TEST(url_is_put_together)
{
    EVC_CHECK_OK(evc_endpoint_open(urls[_i].endpoint, NULL, &x.endpoint, NULL));
    evc_buf_put_text(&x.path, urls[_i].path);
    evc_buf_put_text(&x.query, urls[_i].query);
    EVC_CHECK_OK(evc_exchange_url(&x, &out, NULL));
    ck_assert_str_eq((const char *)out.data, urls[_i].url);
}
END_TEST

START_TEST(reset_wipes_what_was_carried)
{
    char seen[8] = "unset..";

    evc_buf_put_text(&x.reply, "planted");
    evc_alloc_watch(x.reply.data, 7, seen);
    evc_exchange_reset(&x);
    ck_assert(evc_alloc_was_freed());
    ck_assert(evc_mem_is_zero(seen, 7));
}
END_TEST

START_TEST(restart_keeps_the_endpoint_alone)
{
    evc_endpoint *endpoint;

    EVC_CHECK_OK(evc_endpoint_open("https://h.example", NULL, &x.endpoint, NULL));
    endpoint = x.endpoint;
    x.secret = true;
    x.fresh = true;
    x.done = true;
    x.status = 200;
    evc_buf_put_text(&x.body, "b");
    EVC_CHECK_OK(evc_headers_add(&x.headers, "A", evc_view_text("v"), NULL));
    evc_exchange_restart(&x);
    ck_assert_ptr_eq(x.endpoint, endpoint);
    ck_assert(!x.done && !x.secret && !x.fresh);
    ck_assert_int_eq(x.status, 0);
    ck_assert_uint_eq(x.body.size + x.headers.count, 0);
}
END_TEST

static void
check_date(const char *name, const char *value, int64_t expected)
{
    EVC_CHECK_OK(evc_headers_add(&x.reply_headers, name, evc_view_text(value), NULL));
    evc_exchange_read_date(&x);
    ck_assert_int_eq(x.date_ms, expected);
}

START_TEST(date_is_that_of_the_reply)
{
    evc_exchange_read_date(&x);
    ck_assert_int_eq(x.date_ms, -1);
    check_date("date", "Sun, 06 Nov 1994 08:49:37 GMT", INT64_C(784111777000));
    check_date("age", "0", -1);
}
END_TEST

START_TEST(all_but_unreserved_is_encoded)
{
    evc_percent_encode(&out, evc_view_text("AZaz09-_.~ /+%&=?\n\xc3\xa4"), false);
    ck_assert_str_eq(text(), "AZaz09-_.~%20%2F%2B%25%26%3D%3F%0A%C3%A4");
}
END_TEST

START_TEST(slash_can_be_kept)
{
    evc_percent_encode(&out, evc_view_text("/a b/"), true);
    ck_assert_str_eq(text(), "/a%20b/");
}
END_TEST

START_TEST(form_is_written)
{
    evc_form_add(&out, "a b", evc_view_text("1&2"));
    evc_form_add(&out, "c", evc_view_text(""));
    ck_assert_str_eq(text(), "a%20b=1%262&c=");
}
END_TEST

static int
make_url(void *user)
{
    evc_buf url;
    int rc;

    evc_buf_init(&url);
    rc = evc_exchange_url(user, &url, NULL);
    evc_buf_reset(&url);
    return rc;
}

START_TEST(memory_that_runs_out_is_nomem)
{
    EVC_CHECK_OK(evc_endpoint_open("https://h.example", NULL, &x.endpoint, NULL));
    ck_assert_uint_ge(evc_alloc_sweep(make_url, &x), 1);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        new_exchange_takes_a_megabyte,
        reset_wipes_what_was_carried,
        restart_keeps_the_endpoint_alone,
        date_is_that_of_the_reply,
        all_but_unreserved_is_encoded,
        slash_can_be_kept,
        form_is_written,
        memory_that_runs_out_is_nomem,
        NULL,
    };
    TCase *tcase = tcase_create("http");

    tcase_add_checked_fixture(tcase, begin, forget);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, url_is_put_together, 0,
                        (int)(sizeof(urls) / sizeof(urls[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("http", add_tests)
