/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* strcasestr */
/* What goes over the wire and what is taken from it: bytes, limits, headers. */
#include <sys/resource.h>
#include <time.h>

#include "curl-fixture.h"
#include "evc-alloc.h"

/* --- the request, as the server saw it (JSON text: CR LF is \r\n) ----------------- */

static const char *
last_request(void)
{
    return evc_server_ask("last", "plain");
}

START_TEST(request_has_no_headers_but_its_own)
{
    make(&x, "plain", "/ok");
    EVC_CHECK_OK(evc_headers_add(&x.headers, "X-One", evc_view_text("1"), NULL));
    carry(&x);
    ck_assert_ptr_null(strcasestr(last_request(), "accept"));
    ck_assert_ptr_null(strcasestr(last_request(), "user-agent"));
    ck_assert_ptr_nonnull(strstr(last_request(), "X-One: 1"));
}
END_TEST

START_TEST(header_without_value_is_sent)
{
    make(&x, "plain", "/ok");
    EVC_CHECK_OK(evc_headers_add(&x.headers, "X-Empty", evc_view_text(""), NULL));
    carry(&x);
    ck_assert_ptr_nonnull(strstr(last_request(), "X-Empty:\\r\\n"));
}
END_TEST

START_TEST(path_is_sent_as_it_is)
{
    CHECK_GET("plain", "/a/../b%2Fc/./d?x=%20&y=/../", 0);
    ck_assert_ptr_nonnull(strstr(last_request(), "GET /a/../b%2Fc/./d?x=%20&y=/../ "));
}
END_TEST

START_TEST(post_sends_its_body_and_no_type_of_its_own)
{
    make(&x, "plain", "/echo");
    x.method = "POST";
    evc_buf_put_text(&x.body, "{\"a\": 1}");
    carry(&x);
    EVC_CHECK_OK(x.code);
    check_reply("{\"a\": 1}");
    ck_assert_ptr_null(strcasestr(last_request(), "content-type"));
    ck_assert_ptr_null(strcasestr(last_request(), "expect"));
}
END_TEST

/* libcurl would ask before it sends that much. */
START_TEST(large_body_is_sent_whole_and_unasked)
{
    make(&x, "plain", "/echo");
    x.method = "PUT";
    x.cap = 3000000;
    for (unsigned i = 0; i < 2500000; i++)
        evc_buf_put_u8(&x.body, (uint8_t)('a' + i % 26));
    carry(&x);
    EVC_CHECK_OK(x.code);
    ck_assert_uint_eq(x.reply.size, 2500000);
    ck_assert_mem_eq(x.reply.data, x.body.data, 2500000);
    ck_assert_uint_ge(x.bytes_out, 2500000);
    ck_assert_uint_ge(x.bytes_in, 2500000);
}
END_TEST

/* As the metadata services want it. */
START_TEST(put_without_body_says_length_zero)
{
    make(&x, "plain", "/ok");
    x.method = "PUT";
    carry(&x);
    EVC_CHECK_OK(x.code);
    ck_assert_ptr_nonnull(strstr(last_request(), "PUT /ok "));
    ck_assert_ptr_nonnull(strstr(last_request(), "Content-Length: 0"));
}
END_TEST

START_TEST(delete_with_body_is_sent)
{
    make(&x, "plain", "/echo");
    x.method = "DELETE";
    evc_buf_put_text(&x.body, "b");
    carry(&x);
    ck_assert_ptr_nonnull(strstr(last_request(), "DELETE /echo "));
    check_reply("b");
}
END_TEST

START_TEST(patch_sends_its_body_and_type)
{
    make(&x, "plain", "/echo");
    x.method = "PATCH";
    EVC_CHECK_OK(evc_headers_add(&x.headers, "Content-Type",
                                 evc_view_text("application/merge-patch+json"), NULL));
    evc_buf_put_text(&x.body, "{}");
    carry(&x);
    EVC_CHECK_OK(x.code);
    check_reply("{}");
    ck_assert_ptr_nonnull(strstr(last_request(), "PATCH /echo "));
    ck_assert_ptr_nonnull(strstr(last_request(), "Content-Length: 2\\r\\n"));
    ck_assert_ptr_nonnull(
        strstr(last_request(), "Content-Type: application/merge-patch+json\\r\\n"));
    ck_assert_ptr_null(strcasestr(last_request(), "urlencoded"));
}
END_TEST

START_TEST(patch_without_body_says_length_zero)
{
    make(&x, "plain", "/ok");
    x.method = "PATCH";
    carry(&x);
    EVC_CHECK_OK(x.code);
    ck_assert_ptr_nonnull(strstr(last_request(), "PATCH /ok "));
    ck_assert_ptr_nonnull(strstr(last_request(), "Content-Length: 0"));
}
END_TEST

START_TEST(host_header_has_the_port)
{
    char host[64];

    CHECK_GET("plain", "/ok", 0);
    (void)snprintf(host, sizeof(host), "Host: localhost:%u\\r\\n",
                   evc_server_port("plain"));
    ck_assert_ptr_nonnull(strstr(last_request(), host));
}
END_TEST

START_TEST(cookies_are_not_kept)
{
    CHECK_GET("plain", "/cookie", 0);
    CHECK_GET("plain", "/ok", 0);
    ck_assert_ptr_null(strcasestr(last_request(), "cookie"));
}
END_TEST

START_TEST(netrc_is_not_read)
{
    evc_folder_put(".netrc", "machine localhost login me password secret\n", 0600);
    (void)setenv("HOME", evc_folder, 1);
    CHECK_GET("plain", "/ok", 0);
    ck_assert_ptr_null(strcasestr(last_request(), "authorization"));
}
END_TEST

/* --- the reply -------------------------------------------------------------------- */

START_TEST(status_and_body_of_an_error_are_a_whole_reply)
{
    CHECK_GET("plain", "/status?code=503", 0);
    ck_assert_int_eq(x.status, 503);
    check_reply("{\"no\": 1}");
}
END_TEST

START_TEST(reply_headers_are_in_lower_case_and_trimmed)
{
    CHECK_GET("plain", "/mixed-case", 0);
    ck_assert_uint_eq(x.reply_headers.count, 5);
    ck_assert_str_eq(x.reply_headers.items[2].name, "x-mixed");
    ck_assert_str_eq(x.reply_headers.items[2].value, "Value of It");
    ck_assert_str_eq(x.reply_headers.items[3].value, "second");
    ck_assert_str_eq(evc_headers_find(&x.reply_headers, "x-empty"), "");
}
END_TEST

START_TEST(date_is_read)
{
    CHECK_GET("plain", "/date", 0);
    ck_assert_int_eq(x.date_ms, INT64_C(784111777000));
}
END_TEST

START_TEST(date_of_a_cache_is_none)
{
    CHECK_GET("plain", "/date-of-cache", 0);
    ck_assert_int_eq(x.date_ms, -1);
}
END_TEST

START_TEST(date_that_is_none_is_none)
{
    CHECK_GET("plain", "/date?at=yesterday", 0);
    ck_assert_int_eq(x.date_ms, -1);
}
END_TEST

START_TEST(headers_of_an_interim_reply_are_dropped)
{
    CHECK_GET("plain", "/interim", 0);
    ck_assert_int_eq(x.status, 200);
    ck_assert_ptr_null(evc_headers_find(&x.reply_headers, "x-early"));
    ck_assert_ptr_nonnull(evc_headers_find(&x.reply_headers, "content-type"));
}
END_TEST

START_TEST(trailers_are_dropped)
{
    CHECK_GET("plain", "/trailer", 0);
    check_reply("{}");
    ck_assert_ptr_null(evc_headers_find(&x.reply_headers, "x-late"));
}
END_TEST

START_TEST(empty_replies_are_whole)
{
    CHECK_GET("plain", "/nothing", 0);
    ck_assert_uint_eq(x.reply.size, 0);
    CHECK_GET("plain", "/no-content", 0);
    ck_assert_int_eq(x.status, 204);
}
END_TEST

START_TEST(html_is_given_as_it_is)
{
    CHECK_GET("plain", "/html", 0);
    ck_assert_int_eq(x.status, 502);
    ck_assert_uint_gt(x.reply.size, 0);
}
END_TEST

/* --- limits ----------------------------------------------------------------------- */

static void
get_capped(const char *path, size_t cap)
{
    make(&x, "plain", path);
    x.cap = cap;
    carry(&x);
}

START_TEST(body_of_the_cap_is_taken)
{
    get_capped("/body?size=1000", 1000);
    EVC_CHECK_OK(x.code);
    ck_assert_uint_eq(x.reply.size, 1000);
    get_capped("/body-chunked?size=1000", 1000);
    EVC_CHECK_OK(x.code);
}
END_TEST

START_TEST(body_past_the_cap_is_refused_by_its_length)
{
    get_capped("/body?size=1001", 1000);
    EVC_CHECK_CODE(x.code, ENVCRYPT_E_PROTOCOL);
    ck_assert_uint_eq(x.reply.size, 0);
}
END_TEST

START_TEST(body_past_the_cap_is_refused_as_it_comes)
{
    get_capped("/body-chunked?size=1001", 1000);
    EVC_CHECK_CODE(x.code, ENVCRYPT_E_PROTOCOL);
    check_says("1000 bytes");
}
END_TEST

static long
peak_kib(void)
{
    struct rusage usage;

    ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

START_TEST(endless_body_ends_at_the_cap)
{
    long before = peak_kib();

    CHECK_GET("plain", "/endless", ENVCRYPT_E_PROTOCOL);
    CHECK_GET("plain", "/endless-without-length", ENVCRYPT_E_PROTOCOL);
    /* The buffer doubles, so twice the cap at most, and what libcurl takes. */
    ck_assert_int_lt(peak_kib() - before, 16 * 1024);
}
END_TEST

START_TEST(lengths_that_none_can_be_are_refused)
{
    static const char *const lengths[] = {"1073741824",
                                          "9223372036854775807",
                                          "9223372036854775808",
                                          "99999999999999999999999",
                                          "-1",
                                          "abc"};

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        char path[64];

        (void)snprintf(path, sizeof(path), "/length?value=%s", lengths[i]);
        CHECK_GET("plain", path, ENVCRYPT_E_PROTOCOL);
    }
}
END_TEST

START_TEST(two_lengths_are_refused)
{
    CHECK_GET("plain", "/two-lengths", ENVCRYPT_E_PROTOCOL);
    check_says("two different lengths");
}
END_TEST

START_TEST(one_length_said_twice_is_taken)
{
    CHECK_GET("plain", "/same-length-twice", 0);
}
END_TEST

START_TEST(compressed_replies_are_refused)
{
    CHECK_GET("plain", "/encoded?by=gzip", ENVCRYPT_E_PROTOCOL);
    check_says("compressed");
    CHECK_GET("plain", "/encoded?by=br", ENVCRYPT_E_PROTOCOL);
    CHECK_GET("plain", "/encoded?by=zstd", ENVCRYPT_E_PROTOCOL);
    CHECK_GET("plain", "/transfer-encoded?by=gzip,%20chunked", ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(identity_is_no_compression)
{
    CHECK_GET("plain", "/encoded?by=identity", 0);
}
END_TEST

/* Two are the server's own. */
START_TEST(as_many_headers_as_the_limit_are_taken)
{
    CHECK_GET("plain", "/headers?count=126", 0);
    ck_assert_uint_eq(x.reply_headers.count, EVC_HEADERS_MAX);
    CHECK_GET("plain", "/headers?count=127", ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(header_as_long_as_the_limit_is_taken)
{
    CHECK_GET("plain", "/long-header?size=17408", 0);
    CHECK_GET("plain", "/long-header?size=17409", ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(long_heads_are_refused)
{
    CHECK_GET("plain", "/long-head?count=8", 0);
    CHECK_GET("plain", "/long-head?count=9", ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(malformed_headers_are_refused)
{
    CHECK_GET("plain", "/bad-header", ENVCRYPT_E_PROTOCOL);
    CHECK_GET("plain", "/control-header", ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(what_is_not_http_is_refused)
{
    CHECK_GET("plain", "/old", ENVCRYPT_E_PROTOCOL);
    CHECK_GET("plain", "/garbage", ENVCRYPT_E_PROTOCOL);
}
END_TEST

/* --- sinks ------------------------------------------------------------------------ */

typedef struct taken {
    size_t size;
    size_t parts;
    int fails;
} taken;

static int
take(void *user, evc_view part, evc_error **err)
{
    taken *t = user;

    t->size += part.size;
    t->parts++;
    if (t->fails)
        return evc_err(err, ENVCRYPT_E_JSON, "it is not what was expected");
    return 0;
}

static void
get_by_sink(const char *path, taken *t)
{
    make(&x, "plain", path);
    x.sink = take;
    x.sink_user = t;
    carry(&x);
}

START_TEST(sink_takes_the_body_of_a_success)
{
    taken t = {0};

    get_by_sink("/body?size=100000", &t);
    EVC_CHECK_OK(x.code);
    ck_assert_uint_eq(t.size, 100000);
    ck_assert_uint_eq(x.reply.size, 0);
}
END_TEST

START_TEST(sink_takes_no_error)
{
    taken t = {0};

    get_by_sink("/status?code=400", &t);
    ck_assert_uint_eq(t.parts, 0);
    check_reply("{\"no\": 1}");
}
END_TEST

/* An error is kept in memory, so a limit holds for it whatever the sink may take. */
START_TEST(sink_may_take_any_length_and_errors_may_not)
{
    const size_t size = 64u * 1024 * 1024;
    long before = peak_kib();
    taken t = {0};

    make(&x, "plain", "/body-in-chunks?count=16384");
    x.sink = take;
    x.sink_user = &t;
    x.cap = EVC_REPLY_ANY;
    carry(&x);
    EVC_CHECK_OK(x.code);
    ck_assert_uint_eq(t.size, size);
    ck_assert_int_lt(peak_kib() - before, 16 * 1024);
    make(&x, "plain", "/endless-error");
    x.sink = take;
    x.sink_user = &t;
    x.cap = EVC_REPLY_ANY;
    carry(&x);
    EVC_CHECK_CODE(x.code, ENVCRYPT_E_PROTOCOL);
    check_says("1048576 bytes");
    ck_assert_uint_eq(t.size, size);
}
END_TEST

START_TEST(without_a_sink_no_length_is_unlimited)
{
    get_capped("/endless", EVC_REPLY_ANY);
    EVC_CHECK_CODE(x.code, ENVCRYPT_E_PROTOCOL);
    check_says("1048576 bytes");
}
END_TEST

START_TEST(cap_holds_for_a_sink)
{
    taken t = {0};

    make(&x, "plain", "/body-chunked?size=100001");
    x.sink = take;
    x.sink_user = &t;
    x.cap = 100000;
    carry(&x);
    EVC_CHECK_CODE(x.code, ENVCRYPT_E_PROTOCOL);
    ck_assert_uint_le(t.size, 100000);
}
END_TEST

START_TEST(error_of_a_sink_ends_the_exchange)
{
    taken t = {.fails = 1};

    get_by_sink("/body?size=1000000", &t);
    EVC_CHECK_CODE(x.code, ENVCRYPT_E_JSON);
    check_says("not what was expected");
    ck_assert_uint_eq(t.parts, 1);
}
END_TEST

/* --- memory ----------------------------------------------------------------------- */

/* Without assertions, which allocate. */
static int
exchange_quietly(void *user)
{
    evc_endpoint *endpoint = user;
    evc_exchange e;
    evc_wait wait;
    int rc;

    evc_exchange_init(&e);
    e.endpoint = evc_endpoint_ref(endpoint);
    e.method = "POST";
    e.secret = true;
    evc_buf_put_text(&e.path, "/echo");
    evc_buf_put_text(&e.body, "{}");
    rc = evc_headers_add(&e.headers, "X-One", evc_view_text("1"), NULL);
    if (!rc && (e.path.failed || e.body.failed))
        rc = ENVCRYPT_E_NOMEM;
    if (rc) {
        evc_exchange_reset(&e);
        return rc;
    }
    evc_wait_init(&wait, NULL, 10000);
    evc_transport_curl.start(lane, &e);
    while (!e.done && !rc)
        rc = evc_transport_curl.drive(lane, INT64_MAX, &wait, NULL);
    evc_wait_release(&wait);
    if (!rc)
        rc = e.code;
    evc_exchange_reset(&e);
    return rc;
}

/* Of a link with all that a kubeconfig may say. The server is not there: what is asked for
 * before the connection is what counts. */
static int
begin_quietly(void *user)
{
    int rc = exchange_quietly(user);

    return rc == ENVCRYPT_E_NET_CONNECT ? 0 : rc;
}

START_TEST(memory_that_runs_out_with_texts_is_nomem)
{
    evc_link link = {.ca_pem = "text", .cert_pem = "text", .tls_name = "api.example"};
    evc_endpoint *endpoint;

    open_lane();
    EVC_CHECK_OK(evc_secret_new(env->arena, 4, &link.key_pem, NULL));
    EVC_CHECK_OK(evc_endpoint_open("https://127.0.0.1:1", &link, &endpoint, NULL));
    ck_assert_uint_gt(evc_alloc_sweep(begin_quietly, endpoint), 10);
    evc_endpoint_unref(endpoint);
    evc_secret_free(&link.key_pem);
}
END_TEST

START_TEST(memory_that_runs_out_is_nomem)
{
    make(&x, "plain", "/echo");
    open_lane();
    ck_assert_uint_ge(evc_alloc_sweep(exchange_quietly, x.endpoint), 15);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const requests[] = {
        request_has_no_headers_but_its_own,
        header_without_value_is_sent,
        path_is_sent_as_it_is,
        post_sends_its_body_and_no_type_of_its_own,
        large_body_is_sent_whole_and_unasked,
        put_without_body_says_length_zero,
        delete_with_body_is_sent,
        patch_sends_its_body_and_type,
        patch_without_body_says_length_zero,
        host_header_has_the_port,
        cookies_are_not_kept,
        netrc_is_not_read,
        NULL,
    };
    const TTest *const replies[] = {
        status_and_body_of_an_error_are_a_whole_reply,
        reply_headers_are_in_lower_case_and_trimmed,
        date_is_read,
        date_of_a_cache_is_none,
        date_that_is_none_is_none,
        headers_of_an_interim_reply_are_dropped,
        trailers_are_dropped,
        empty_replies_are_whole,
        html_is_given_as_it_is,
        NULL,
    };
    const TTest *const limits[] = {
        body_of_the_cap_is_taken,
        body_past_the_cap_is_refused_by_its_length,
        body_past_the_cap_is_refused_as_it_comes,
        endless_body_ends_at_the_cap,
        lengths_that_none_can_be_are_refused,
        two_lengths_are_refused,
        one_length_said_twice_is_taken,
        compressed_replies_are_refused,
        identity_is_no_compression,
        as_many_headers_as_the_limit_are_taken,
        header_as_long_as_the_limit_is_taken,
        long_heads_are_refused,
        malformed_headers_are_refused,
        what_is_not_http_is_refused,
        NULL,
    };
    const TTest *const sinks[] = {
        sink_takes_the_body_of_a_success,
        sink_takes_no_error,
        sink_may_take_any_length_and_errors_may_not,
        without_a_sink_no_length_is_unlimited,
        cap_holds_for_a_sink,
        error_of_a_sink_ends_the_exchange,
        memory_that_runs_out_with_texts_is_nomem,
        memory_that_runs_out_is_nomem,
        NULL,
    };

    add_served(suite, "requests", requests);
    add_served(suite, "replies", replies);
    add_served(suite, "limits", limits);
    add_served(suite, "sinks and memory", sinks);
}

EVC_TEST_MAIN("flight", add_tests)
