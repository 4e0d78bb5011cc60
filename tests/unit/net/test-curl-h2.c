/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/2 where no key is in the reply, and what its servers may do (security.md 5.1, 18). */
#include "curl-fixture.h"

static void
check_counts(unsigned connections, unsigned requests)
{
    unsigned got_connections;
    unsigned got_requests;

    evc_server_counts("h2", &got_connections, &got_requests);
    ck_assert_uint_eq(got_connections, connections);
    ck_assert_uint_eq(got_requests, requests);
}

/* The server shows pseudo-headers of HTTP/2, or a request line. */
static bool
last_was_h2(void)
{
    return strstr(evc_server_ask("last", "h2"), ":path") != NULL;
}

START_TEST(http2_is_spoken)
{
    CHECK_GET("h2", "/ok", 0);
    ck_assert(last_was_h2());
    ck_assert_int_eq(x.status, 200);
    check_reply("{\"ok\": true}");
    ck_assert_str_eq(evc_headers_find(&x.reply_headers, "content-type"),
                     "application/json");
}
END_TEST

START_TEST(body_goes_over_http2)
{
    make(&x, "h2", "/echo");
    x.method = "POST";
    x.cap = 1000000;
    for (unsigned i = 0; i < 60000; i++)
        evc_buf_put_u8(&x.body, (uint8_t)('a' + i % 26));
    carry(&x);
    EVC_CHECK_OK(x.code);
    ck_assert(last_was_h2());
    ck_assert_uint_eq(x.reply.size, 60000);
    ck_assert_mem_eq(x.reply.data, x.body.data, 60000);
}
END_TEST

START_TEST(secrets_come_over_http_1)
{
    make(&x, "h2", "/key");
    x.secret = true;
    carry(&x);
    EVC_CHECK_OK(x.code);
    ck_assert(!last_was_h2());
}
END_TEST

/* Also when a connection of HTTP/2 to the host is there already. */
START_TEST(secrets_come_over_http_1_after_others)
{
    settings.fast = true;
    CHECK_GET("h2", "/ok", 0);
    for (int i = 0; i < 2; i++) {
        make(&x, "h2", "/key");
        x.secret = true;
        carry(&x);
        EVC_CHECK_OK(x.code);
        ck_assert(!last_was_h2());
    }
    CHECK_GET("h2", "/ok", 0);
    check_counts(2, 4);
}
END_TEST

enum { MANY = 30 };
static evc_exchange many[MANY];

static void
start_at(const char *server, size_t at, const char *path)
{
    evc_exchange_init(&many[at]);
    make(&many[at], server, path);
    evc_transport_curl.start(lane, &many[at]);
}

static void
start_one(size_t at, const char *path)
{
    start_at("h2", at, path);
}

static void
await(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        EVC_CHECK_OK(drive(&many[i], 20000));
        EVC_CHECK_OK(many[i].code);
        ck_assert_int_lt(many[i].ended_ms - many[i].began_ms, 3000);
        evc_exchange_reset(&many[i]);
    }
}

/* Of a lane that has no connection yet, too: the first opens it, the others wait for it. */
START_TEST(many_are_in_flight_on_one_connection)
{
    open_lane();
    for (size_t i = 0; i < MANY; i++)
        start_one(i, "/late");
    await(MANY);
    check_counts(1, MANY);
    ck_assert_str_eq(evc_server_ask("peak", "h2"), "30");
}
END_TEST

START_TEST(places_that_get_free_are_taken_on_the_same_connection)
{
    open_lane();
    for (size_t i = 0; i < 200; i++) {
        if (i >= 8)
            EVC_CHECK_OK(drive(&many[i % 8], 20000));
        if (i >= 8)
            evc_exchange_reset(&many[i % 8]);
        start_one(i % 8, "/ok");
    }
    await(8);
    check_counts(1, 200);
}
END_TEST

/* What one connection does not bear goes over another, up to the limit, or waits. */
START_TEST(server_that_takes_few_streams_gets_no_more)
{
    settings.max_connections = 2;
    open_lane();
    for (size_t i = 0; i < MANY; i++)
        start_at("h2few", i, "/late");
    await(MANY);
    ck_assert_uint_eq(requests_of("h2few"), MANY);
    ck_assert_int_le(strtol(evc_server_ask("peak", "h2few"), NULL, 10), 10);
}
END_TEST

/* The others wait for the connection of the first, and are told so when it fails. */
START_TEST(server_that_does_not_answer_is_told_to_all_that_wait)
{
    own.connect_ms = 400;
    own.attempt_ms = 1000;
    open_lane();
    for (size_t i = 0; i < 8; i++)
        start_at("deaf", i, "/late");
    for (size_t i = 0; i < 8; i++) {
        EVC_CHECK_OK(drive(&many[i], 20000));
        EVC_CHECK_CODE(many[i].code, ENVCRYPT_E_NET_CONNECT);
        ck_assert(evc_error_is_retryable(many[i].error));
        ck_assert(!many[i].sent);
        ck_assert_int_lt(many[i].ended_ms - many[i].began_ms, 2000);
        evc_exchange_reset(&many[i]);
    }
}
END_TEST

START_TEST(one_link_is_one_connection)
{
    open_lane();
    for (size_t i = 0; i < 4; i++)
        start_one(i, "/late");
    own.ca_file = evc_folder_path("good.pem"); /* another reason to trust the server */
    start_one(4, "/late");
    await(5);
    check_counts(2, 5);
}
END_TEST

START_TEST(patch_goes_over_http2)
{
    make(&x, "h2", "/echo");
    x.method = "PATCH";
    evc_buf_put_text(&x.body, "{}");
    carry(&x);
    EVC_CHECK_OK(x.code);
    check_reply("{}");
    ck_assert_ptr_nonnull(strstr(evc_server_ask("last", "h2"), "'PATCH'"));
}
END_TEST

START_TEST(authority_stays_the_endpoints_under_another_name)
{
    char expected[64];

    own.tls_name = "::1";
    CHECK_GET("h2", "/ok", 0);
    ck_assert(last_was_h2());
    (void)snprintf(expected, sizeof(expected), "(':authority', 'localhost:%u')",
                   evc_server_port("h2"));
    ck_assert_ptr_nonnull(strstr(evc_server_ask("last", "h2"), expected));
    ck_assert_ptr_null(strstr(evc_server_ask("last", "h2"), "'host'"));
}
END_TEST

static int
add_up(void *user, evc_view part, evc_error **err)
{
    size_t *size = user;

    (void)err;
    *size += part.size;
    return 0;
}

START_TEST(sink_takes_a_body_of_http2)
{
    size_t size = 0;

    make(&x, "h2", "/body?size=60000");
    x.cap = EVC_REPLY_ANY;
    x.sink = add_up;
    x.sink_user = &size;
    carry(&x);
    EVC_CHECK_OK(x.code);
    ck_assert_uint_eq(size, 60000);
}
END_TEST

/* An API server says so now and then, to spread its clients. */
START_TEST(graceful_goaway_breaks_nothing_that_is_in_flight)
{
    open_lane();
    for (size_t i = 0; i < 8; i++)
        start_one(i, "/late");
    start_one(8, "/goaway-graceful");
    await(9);
    CHECK_GET("h2", "/ok", 0);
    check_counts(2, 10);
}
END_TEST

START_TEST(refused_stream_goes_once_more)
{
    CHECK_GET("h2", "/refuse-once-1", 0);
    ck_assert_int_eq(x.status, 200);
}
END_TEST

/* libcurl 7.88 does not send it elsewhere by itself: the driver does. */
START_TEST(request_that_a_goaway_left_out_may_be_tried_again)
{
    CHECK_GET("h2", "/ok", 0);
    CHECK_GET("h2", "/goaway-once-1", ENVCRYPT_E_NET_BROKEN);
    ck_assert(evc_error_is_retryable(x.error));
    CHECK_GET("h2", "/goaway-once-1", 0);
    check_counts(2, 3);
}
END_TEST

START_TEST(connection_after_a_goaway_is_a_new_one)
{
    CHECK_GET("h2", "/goaway-after", 0);
    CHECK_GET("h2", "/ok", 0);
    check_counts(2, 2);
}
END_TEST

START_TEST(reset_stream_is_a_broken_connection)
{
    CHECK_GET("h2", "/reset-stream", ENVCRYPT_E_NET_BROKEN);
    ck_assert(x.sent);
    ck_assert(evc_error_is_retryable(x.error));
}
END_TEST

START_TEST(bytes_that_are_no_http2_are_a_broken_connection)
{
    CHECK_GET("h2", "/bytes", ENVCRYPT_E_NET_BROKEN);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        http2_is_spoken,
        body_goes_over_http2,
        secrets_come_over_http_1,
        secrets_come_over_http_1_after_others,
        many_are_in_flight_on_one_connection,
        places_that_get_free_are_taken_on_the_same_connection,
        server_that_takes_few_streams_gets_no_more,
        server_that_does_not_answer_is_told_to_all_that_wait,
        one_link_is_one_connection,
        patch_goes_over_http2,
        authority_stays_the_endpoints_under_another_name,
        sink_takes_a_body_of_http2,
        graceful_goaway_breaks_nothing_that_is_in_flight,
        refused_stream_goes_once_more,
        request_that_a_goaway_left_out_may_be_tried_again,
        connection_after_a_goaway_is_a_new_one,
        reset_stream_is_a_broken_connection,
        bytes_that_are_no_http2_are_a_broken_connection,
        NULL,
    };

    add_served(suite, "h2", tests);
}

EVC_TEST_MAIN("curl-h2", add_tests)
