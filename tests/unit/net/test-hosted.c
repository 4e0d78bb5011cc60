/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <unistd.h>

#include "base/env.h"
#include "evc-alloc.h"
#include "evc-check.h"
#include "evc-child.h"
#include "net/hosted.h"
#include "net/net.h"

static evc_env *env;
static evc_host *host;
static evc_net *net;
static evc_lane *lane;
static evc_exchange x;
static evc_wait w;
static int destroyed;
static void *seen_user;

/* What the host does with an exchange. */
static void (*serve)(evc_hosted *hosted);
static evc_hosted *kept;

static void
carry(evc_hosted *hosted, void *user)
{
    seen_user = user;
    serve(hosted);
}

static void
count_destroy(void *user)
{
    ck_assert_ptr_eq(user, &destroyed);
    destroyed++;
}

static void
make_exchange(evc_exchange *e)
{
    evc_link link = {.attempt_ms = 300};

    evc_exchange_init(e);
    EVC_CHECK_OK(
        evc_endpoint_open("https://kms.example/base", &link, &e->endpoint, NULL));
    e->method = "POST";
    evc_buf_put_text(&e->path, "/key");
    evc_buf_put_text(&e->query, "a=b");
    evc_buf_put_text(&e->body, "planted body");
    EVC_CHECK_OK(evc_headers_add(&e->headers, "X-One", evc_view_text("1"), NULL));
    EVC_CHECK_OK(evc_headers_add_secret(&e->headers, "Authorization",
                                        evc_view_text("planted token"), NULL));
}

static void
setup(void)
{
    evc_net_settings settings = {.max_connections = 1};

    destroyed = 0;
    kept = NULL;
    EVC_CHECK_OK(evc_env_open(65536, false, NULL, NULL, &env, NULL));
    EVC_CHECK_OK(evc_host_new(carry, &destroyed, &host, NULL));
    EVC_CHECK_OK(evc_net_open(env, &settings, &evc_transport_hosted, host,
                              evc_host_unref, &net, NULL));
    evc_host_own(host, count_destroy);
    EVC_CHECK_OK(evc_net_borrow(net, &lane, NULL));
    make_exchange(&x);
    evc_wait_init(&w, NULL, 20000);
}

static void
teardown(void)
{
    evc_wait_release(&w);
    evc_exchange_reset(&x);
    if (lane)
        evc_net_give_back(net, lane, true);
    evc_net_unref(net);
    evc_env_unref(env);
}

static void
run(void (*by)(evc_hosted *hosted))
{
    serve = by;
    lane->transport->start(lane->state, &x);
    while (!x.done)
        EVC_CHECK_OK(lane->transport->drive(lane->state, INT64_MAX, &w, NULL));
}

static void
keep(evc_hosted *hosted)
{
    kept = hosted;
}

static void
answer(evc_hosted *hosted)
{
    EVC_CHECK_OK(evc_hosted_add_header(hosted, "X-Answer", evc_view_text("yes"), NULL));
    EVC_CHECK_OK(evc_hosted_add_header(
        hosted, "DATE", evc_view_text("Sun, 06 Nov 1994 08:49:37 GMT"), NULL));
    EVC_CHECK_OK(evc_hosted_add_body(hosted, evc_view_text("first "), NULL));
    EVC_CHECK_OK(evc_hosted_add_body(hosted, evc_view_text("second"), NULL));
    evc_hosted_finish(hosted, 0, 201, NULL);
}

/* --- what the host sees ----------------------------------------------------------- */

static void
look(evc_hosted *hosted)
{
    ck_assert_str_eq(evc_hosted_method(hosted), "POST");
    ck_assert_str_eq(evc_hosted_url(hosted), "https://kms.example/base/key?a=b");
    ck_assert_uint_eq(evc_hosted_header_count(hosted), 2);
    ck_assert_str_eq(evc_hosted_header(hosted, 0)->name, "X-One");
    ck_assert_str_eq(evc_hosted_header(hosted, 1)->value, "planted token");
    ck_assert_ptr_null(evc_hosted_header(hosted, 2));
    ck_assert(evc_view_is_text(evc_hosted_body(hosted), "planted body"));
    ck_assert_int_eq(evc_hosted_timeout_ms(hosted), 300);
    ck_assert(evc_hosted_is_secret(hosted));
    ck_assert(!evc_hosted_is_abandoned(hosted));
    answer(hosted);
}

START_TEST(host_sees_the_whole_request)
{
    x.secret = true;
    run(look);
    EVC_CHECK_OK(x.code);
    ck_assert_ptr_eq(seen_user, &destroyed);
}
END_TEST

/* --- replies ---------------------------------------------------------------------- */

static void
answer_twice(evc_hosted *hosted)
{
    answer(hosted);
    evc_hosted_finish(hosted, ENVCRYPT_E_NET_BROKEN, 0, "again");
    EVC_CHECK_CODE(evc_hosted_add_body(hosted, evc_view_text("more"), NULL),
                   ENVCRYPT_E_ARGUMENT);
}

/* As with calls of a key: inside of the function, the second finish changes nothing. */
START_TEST(second_finish_inside_of_the_function_is_ignored)
{
    run(answer_twice);
    EVC_CHECK_OK(x.code);
    ck_assert(evc_view_is_text(evc_buf_view(&x.reply), "first second"));
}
END_TEST

START_TEST(reply_is_taken)
{
    run(answer);
    EVC_CHECK_OK(x.code);
    ck_assert_int_eq(x.status, 201);
    ck_assert(x.sent);
    ck_assert(evc_view_is_text(evc_buf_view(&x.reply), "first second"));
    ck_assert_str_eq(evc_headers_find(&x.reply_headers, "x-answer"), "yes");
    ck_assert_str_eq(x.reply_headers.items[1].name, "date");
    ck_assert_int_eq(x.date_ms, INT64_C(784111777000));
    ck_assert_uint_eq(x.bytes_in, 12);
    ck_assert_uint_eq(x.bytes_out, 12);
}
END_TEST

static void
answer_without_status(evc_hosted *hosted)
{
    evc_hosted_finish(hosted, 0, 600, NULL);
}

START_TEST(status_that_is_none_is_a_failure_of_the_host)
{
    run(answer_without_status);
    EVC_CHECK_CODE(x.code, ENVCRYPT_E_TRANSPORT);
    ck_assert_int_eq(x.status, 0);
}
END_TEST

static void
answer_too_much(evc_hosted *hosted)
{
    EVC_CHECK_OK(evc_hosted_add_body(hosted, evc_view_text("12345678"), NULL));
    EVC_CHECK_CODE(evc_hosted_add_body(hosted, evc_view_text("9"), NULL),
                   ENVCRYPT_E_PROTOCOL);
    evc_hosted_finish(hosted, ENVCRYPT_E_PROTOCOL, 0, "too much");
}

START_TEST(body_ends_at_the_cap)
{
    x.cap = 8;
    run(answer_too_much);
    EVC_CHECK_CODE(x.code, ENVCRYPT_E_PROTOCOL);
}
END_TEST

static void
answer_bad_headers(evc_hosted *hosted)
{
    EVC_CHECK_CODE(evc_hosted_add_header(hosted, "no name", evc_view_text(""), NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(evc_hosted_add_header(hosted, "a", evc_view_text("b\r\nc"), NULL),
                   ENVCRYPT_E_ARGUMENT);
    evc_hosted_finish(hosted, 0, 200, NULL);
}

START_TEST(malformed_headers_are_refused)
{
    run(answer_bad_headers);
    EVC_CHECK_OK(x.code);
    ck_assert_uint_eq(x.reply_headers.count, 0);
}
END_TEST

static int
take(void *user, evc_view part, evc_error **err)
{
    (void)err;
    *(size_t *)user += part.size;
    return 0;
}

START_TEST(sink_takes_the_body)
{
    size_t taken = 0;

    x.sink = take;
    x.sink_user = &taken;
    run(answer);
    ck_assert_uint_eq(taken, 12);
    ck_assert_uint_eq(x.reply.size, 0);
}
END_TEST

/* --- failures --------------------------------------------------------------------- */

static const struct {
    int32_t given;
    int told;
    bool sent;
} failures[] = {
    {ENVCRYPT_E_NET_DNS, ENVCRYPT_E_NET_DNS, false},
    {ENVCRYPT_E_NET_CONNECT, ENVCRYPT_E_NET_CONNECT, false},
    {ENVCRYPT_E_PROXY, ENVCRYPT_E_PROXY, false},
    {ENVCRYPT_E_TLS, ENVCRYPT_E_TLS, false},
    {ENVCRYPT_E_NET_BROKEN, ENVCRYPT_E_NET_BROKEN, true},
    {ENVCRYPT_E_PROTOCOL, ENVCRYPT_E_PROTOCOL, true},
    {ENVCRYPT_E_TRANSPORT, ENVCRYPT_E_TRANSPORT, true},
    {ENVCRYPT_E_NOMEM, ENVCRYPT_E_TRANSPORT, true},
    {-9999, ENVCRYPT_E_TRANSPORT, true},
    {7, ENVCRYPT_E_TRANSPORT, true},
};

static size_t failure;

static void
fail_by_host(evc_hosted *hosted)
{
    evc_hosted_finish(hosted, failures[failure].given, 0, "the cable is cut");
}

START_TEST(failure_of_the_host_is_told)
{
    failure = (size_t)_i;
    run(fail_by_host);
    EVC_CHECK_CODE(x.code, failures[_i].told);
    ck_assert_int_eq(x.sent, failures[_i].sent);
    ck_assert_ptr_nonnull(strstr(evc_error_message(x.error), "the cable is cut"));
}
END_TEST

START_TEST(host_that_never_finishes_is_given_up)
{
    run(keep);
    EVC_CHECK_CODE(x.code, ENVCRYPT_E_NET_BROKEN);
    ck_assert(x.sent);
    ck_assert_int_ge(x.ended_ms - x.began_ms, 290);
    ck_assert_int_lt(x.ended_ms - x.began_ms, 1500);
    ck_assert(evc_hosted_is_abandoned(kept));
    answer(kept); /* changes nothing and frees it */
    ck_assert_int_eq(x.status, 0);
}
END_TEST

/* --- later, elsewhere ------------------------------------------------------------- */

static void *
answer_later(void *user)
{
    (void)usleep(30000);
    answer(user);
    return NULL;
}

static pthread_t answering;

static void
answer_by_thread(evc_hosted *hosted)
{
    ck_assert_int_eq(pthread_create(&answering, NULL, answer_later, hosted), 0);
}

START_TEST(another_thread_finishes)
{
    run(answer_by_thread);
    EVC_CHECK_OK(x.code);
    ck_assert_int_eq(pthread_join(answering, NULL), 0);
    ck_assert_int_lt(x.ended_ms - x.began_ms, 250);
}
END_TEST

START_TEST(drive_ends_at_its_time)
{
    int64_t until = evc_clock_monotonic_ms(NULL) + 50;

    serve = keep;
    lane->transport->start(lane->state, &x);
    EVC_CHECK_OK(lane->transport->drive(lane->state, until, &w, NULL));
    ck_assert(!x.done);
    answer(kept);
    EVC_CHECK_OK(lane->transport->drive(lane->state, INT64_MAX, &w, NULL));
    ck_assert(x.done);
}
END_TEST

START_TEST(canceled_drive_stops_nothing)
{
    serve = keep;
    lane->transport->start(lane->state, &x);
    evc_wait_cancel(&w);
    EVC_CHECK_CODE(lane->transport->drive(lane->state, INT64_MAX, &w, NULL),
                   ENVCRYPT_E_CANCELED);
    ck_assert(!x.done);
    lane->transport->stop(lane->state, &x);
    ck_assert(x.done);
    EVC_CHECK_CODE(x.code, ENVCRYPT_E_CANCELED);
    answer(kept);
}
END_TEST

START_TEST(finished_exchange_can_be_stopped)
{
    serve = answer;
    lane->transport->start(lane->state, &x);
    lane->transport->stop(lane->state, &x);
    EVC_CHECK_CODE(x.code, ENVCRYPT_E_CANCELED);
    ck_assert_int_eq(x.status, 0);
}
END_TEST

START_TEST(many_are_in_flight_at_once)
{
    enum { COUNT = 20 };
    static evc_exchange many[COUNT];
    evc_hosted *all[COUNT];
    size_t done = 0;

    serve = keep;
    for (size_t i = 0; i < COUNT; i++) {
        make_exchange(&many[i]);
        lane->transport->start(lane->state, &many[i]);
        all[i] = kept;
    }
    for (size_t i = COUNT; i > 0; i--)
        answer(all[i - 1]);
    while (done < COUNT) {
        EVC_CHECK_OK(lane->transport->drive(lane->state, INT64_MAX, &w, NULL));
        done = 0;
        for (size_t i = 0; i < COUNT; i++)
            done += many[i].done;
    }
    for (size_t i = 0; i < COUNT; i++) {
        EVC_CHECK_OK(many[i].code);
        evc_exchange_reset(&many[i]);
    }
}
END_TEST

/* --- the end ---------------------------------------------------------------------- */

START_TEST(abandoned_exchange_outlives_the_client)
{
    serve = keep;
    lane->transport->start(lane->state, &x);
    lane->transport->stop(lane->state, &x);
    evc_net_give_back(net, lane, false);
    lane = NULL;
    evc_net_unref(net);
    net = NULL;
    ck_assert_int_eq(destroyed, 0);
    ck_assert_str_eq(evc_hosted_url(kept), "https://kms.example/base/key?a=b");
    answer(kept);
    ck_assert_int_eq(destroyed, 1);
}
END_TEST

START_TEST(user_is_destroyed_once_by_the_last)
{
    run(answer);
    evc_net_give_back(net, lane, true);
    lane = NULL;
    evc_net_unref(evc_net_ref(net));
    ck_assert_int_eq(destroyed, 0);
    evc_net_unref(net);
    net = NULL;
    ck_assert_int_eq(destroyed, 1);
}
END_TEST

static int
in_child(void *user)
{
    (void)user;
    if (!evc_hosted_is_abandoned(kept))
        return 1;
    if (evc_hosted_add_header(kept, "a", evc_view_text("b"), NULL) != ENVCRYPT_E_FORKED)
        return 2;
    if (evc_hosted_add_body(kept, evc_view_text("b"), NULL) != ENVCRYPT_E_FORKED)
        return 3;
    evc_hosted_finish(kept, 0, 200, NULL);
    evc_net_give_back(net, lane, true);
    evc_net_unref(net);
    return destroyed;
}

START_TEST(child_of_fork_finishes_nothing)
{
    serve = keep;
    lane->transport->start(lane->state, &x);
    EVC_CHECK_CHILD(in_child, NULL);
    answer(kept);
    EVC_CHECK_OK(lane->transport->drive(lane->state, INT64_MAX, &w, NULL));
    EVC_CHECK_OK(x.code);
}
END_TEST

/* --- memory ----------------------------------------------------------------------- */

/* Without assertions, which allocate. */
static void
answer_quietly(evc_hosted *hosted)
{
    int rc = evc_hosted_add_header(hosted, "A", evc_view_text("b"), NULL);

    if (!rc)
        rc = evc_hosted_add_body(hosted, evc_view_text("c"), NULL);
    evc_hosted_finish(hosted, rc, 200, NULL);
}

static int
exchange_quietly(void *user)
{
    evc_exchange e;
    evc_wait wait;
    void *own;
    int rc;

    (void)user;
    rc = evc_transport_hosted.open(host, env, evc_net_get_settings(net), &own, NULL);
    if (rc)
        return rc;
    evc_exchange_init(&e);
    e.endpoint = evc_endpoint_ref(x.endpoint);
    e.method = "GET";
    evc_transport_hosted.start(own, &e);
    evc_wait_init(&wait, NULL, 10000);
    while (!e.done && !rc)
        rc = evc_transport_hosted.drive(own, INT64_MAX, &wait, NULL);
    evc_wait_release(&wait);
    if (!rc)
        rc = e.code == ENVCRYPT_E_TRANSPORT ? ENVCRYPT_E_NOMEM : e.code;
    evc_exchange_reset(&e);
    evc_transport_hosted.close(own);
    return rc;
}

START_TEST(memory_that_runs_out_is_nomem)
{
    serve = answer_quietly;
    ck_assert_uint_ge(evc_alloc_sweep(exchange_quietly, NULL), 5);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        host_sees_the_whole_request,
        second_finish_inside_of_the_function_is_ignored,
        reply_is_taken,
        status_that_is_none_is_a_failure_of_the_host,
        body_ends_at_the_cap,
        malformed_headers_are_refused,
        sink_takes_the_body,
        host_that_never_finishes_is_given_up,
        another_thread_finishes,
        drive_ends_at_its_time,
        canceled_drive_stops_nothing,
        finished_exchange_can_be_stopped,
        many_are_in_flight_at_once,
        abandoned_exchange_outlives_the_client,
        user_is_destroyed_once_by_the_last,
        child_of_fork_finishes_nothing,
        memory_that_runs_out_is_nomem,
        NULL,
    };
    TCase *tcase = tcase_create("hosted");

    tcase_set_timeout(tcase, 30);
    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, failure_of_the_host_is_told, 0,
                        (int)(sizeof(failures) / sizeof(failures[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("hosted", add_tests)
