/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes of libcurl: connections and their reuse, deadlines, cancel, signals, fork. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "curl-fixture.h"
#include "evc-child.h"

#define SOON_MS 100 /* what a cancel may take at most */

/* --- a name server that stays silent ---------------------------------------------- */

#define SLEEPY "sleepy.example"

static atomic_int lookups;
static atomic_int lookups_with_signals; /* in threads that take some */

/* Before that of the C library, whose names of parameters are reserved. */
int /* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
            struct addrinfo **found)
{
    int (*real)(const char *, const char *, const struct addrinfo *,
                struct addrinfo **);
    void *symbol = dlsym(RTLD_NEXT, "getaddrinfo");
    sigset_t mask;

    memcpy(&real, &symbol, sizeof(real));
    if (node && strcmp(node, SLEEPY) == 0) {
        lookups++;
        (void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
        if (!sigismember(&mask, SIGTERM) || !sigismember(&mask, SIGPIPE))
            lookups_with_signals++;
        (void)sleep(5);
        return EAI_AGAIN;
    }
    return real(node, service, hints, found);
}

static void
make_sleepy(evc_exchange *e)
{
    make(e, "tls", "/ok");
    evc_endpoint_unref(e->endpoint);
    EVC_CHECK_OK(evc_endpoint_open("https://" SLEEPY, NULL, &e->endpoint, NULL));
}

/* --- connections ------------------------------------------------------------------ */

static void
check_counts(const char *server, unsigned connections, unsigned requests)
{
    unsigned got_connections;
    unsigned got_requests;

    evc_server_counts(server, &got_connections, &got_requests);
    ck_assert_uint_eq(got_connections, connections);
    ck_assert_uint_eq(got_requests, requests);
}

static void
get_secret(const char *server, const char *path)
{
    make(&x, server, path);
    x.secret = true;
    carry(&x);
    EVC_CHECK_OK(x.code);
}

START_TEST(connection_is_used_again)
{
    for (int i = 0; i < 5; i++)
        CHECK_GET("tls", "/ok", 0);
    check_counts("tls", 1, 5);
}
END_TEST

START_TEST(strict_connection_of_a_secret_is_closed)
{
    for (int i = 0; i < 3; i++)
        get_secret("tls", "/key");
    check_counts("tls", 3, 3);
    CHECK_GET("tls", "/ok", 0);
    check_counts("tls", 4, 4);
}
END_TEST

START_TEST(fast_connection_of_a_secret_is_used_again)
{
    settings.fast = true;
    for (int i = 0; i < 3; i++)
        get_secret("tls", "/key");
    CHECK_GET("tls", "/ok", 0);
    check_counts("tls", 1, 4);
}
END_TEST

START_TEST(connection_that_was_closed_meanwhile_is_replaced)
{
    CHECK_GET("tls", "/close-after-body", 0);
    (void)usleep(50000);
    CHECK_GET("tls", "/ok", 0);
    check_counts("tls", 2, 2);
}
END_TEST

/* The server ends the connection at its second request, before any answer. */
START_TEST(request_on_a_dead_connection_goes_once_more)
{
    CHECK_GET("tls", "/ok", 0);
    make(&x, "tls", "/close-if-used");
    x.method = "POST";
    evc_buf_put_text(&x.body, "sent twice");
    carry(&x);
    EVC_CHECK_OK(x.code);
    check_reply("sent twice");
    check_counts("tls", 2, 3);
}
END_TEST

START_TEST(exchange_of_its_own_connection_never_goes_once_more)
{
    CHECK_GET("tls", "/ok", 0);
    make(&x, "tls", "/close-if-used");
    x.fresh = true;
    carry(&x);
    EVC_CHECK_OK(x.code);
    check_counts("tls", 2, 2);
}
END_TEST

/* One host by other certificates is another connection. */
START_TEST(connections_of_other_authorities_are_not_shared)
{
    CHECK_GET("tls", "/ok", 0);
    own.ca_file = evc_folder_path("other.pem");
    CHECK_GET("tls", "/ok", ENVCRYPT_E_TLS);
    check_counts("tls", 2, 1);
}
END_TEST

#define MANY 40

static void
start_many(evc_exchange *many, const char *server, const char *path)
{
    if (!lane)
        open_lane();
    for (size_t i = 0; i < MANY; i++) {
        evc_exchange_init(&many[i]);
        make(&many[i], server, path);
        evc_transport_curl.start(lane, &many[i]);
    }
}

static void
drive_many(evc_exchange *many)
{
    for (size_t i = 0; i < MANY; i++) {
        EVC_CHECK_OK(drive(&many[i], 30000));
        EVC_CHECK_OK(many[i].code);
        evc_exchange_reset(&many[i]);
    }
}

START_TEST(many_share_as_many_connections_as_the_limit)
{
    static evc_exchange many[MANY];
    unsigned connections;
    unsigned requests;

    settings.max_connections = 4;
    start_many(many, "tls", "/late?ms=10");
    drive_many(many);
    evc_server_counts("tls", &connections, &requests);
    ck_assert_uint_eq(requests, MANY);
    ck_assert_uint_eq(connections, 4);
    ck_assert_str_eq(evc_server_ask("peak", "tls"), "4");
}
END_TEST

/* --- time ------------------------------------------------------------------------- */

static void
start_silent(void)
{
    if (!lane)
        open_lane();
    make(&x, "tls", "/silent");
    evc_transport_curl.start(lane, &x);
}

START_TEST(drive_ends_at_its_time)
{
    int64_t began = evc_clock_monotonic_ms(NULL);

    start_silent();
    evc_wait_init(&w, NULL, 10000);
    EVC_CHECK_OK(evc_transport_curl.drive(lane, began + 80, &w, NULL));
    ck_assert(!x.done);
    ck_assert_int_ge(evc_clock_monotonic_ms(NULL) - began, 80);
    ck_assert_int_lt(evc_clock_monotonic_ms(NULL) - began, 80 + SOON_MS);
    evc_transport_curl.stop(lane, &x);
    evc_wait_release(&w);
}
END_TEST

START_TEST(drive_of_nothing_is_a_sleep)
{
    int64_t began = evc_clock_monotonic_ms(NULL);

    open_lane();
    evc_wait_init(&w, NULL, 10000);
    EVC_CHECK_OK(evc_transport_curl.drive(lane, began + 50, &w, NULL));
    ck_assert_int_ge(evc_clock_monotonic_ms(NULL) - began, 50);
    evc_wait_release(&w);
}
END_TEST

START_TEST(deadline_stops_nothing)
{
    evc_exchange other;

    evc_exchange_init(&other);
    make(&other, "tls", "/late?ms=300");
    open_lane();
    evc_transport_curl.start(lane, &other);
    evc_wait_init(&w, NULL, 50);
    EVC_CHECK_CODE(evc_transport_curl.drive(lane, INT64_MAX, &w, NULL),
                   ENVCRYPT_E_TIMEOUT);
    evc_wait_release(&w);
    ck_assert(!other.done);
    EVC_CHECK_OK(drive(&other, 10000));
    EVC_CHECK_OK(other.code);
    evc_exchange_reset(&other);
}
END_TEST

START_TEST(stopped_exchange_is_canceled_and_others_go_on)
{
    evc_exchange other;

    evc_exchange_init(&other);
    make(&other, "tls", "/late?ms=100");
    start_silent();
    evc_transport_curl.start(lane, &other);
    evc_transport_curl.stop(lane, &x);
    EVC_CHECK_CODE(x.code, ENVCRYPT_E_CANCELED);
    ck_assert(x.done);
    EVC_CHECK_OK(drive(&other, 10000));
    EVC_CHECK_OK(other.code);
    evc_exchange_reset(&other);
}
END_TEST

/* What a clock of the caller's is asked. */
typedef struct own_clock {
    atomic_int waits;
    atomic_int with_descriptor;
} own_clock;

static int32_t
wait_by_poll(void *user, int64_t until_ms, int32_t fd)
{
    own_clock *c = user;
    struct pollfd one = {.fd = fd, .events = POLLIN};
    int64_t left = until_ms - evc_clock_monotonic_ms(NULL);

    c->waits++;
    c->with_descriptor += fd >= 0;
    if (until_ms == INT64_MAX || left > 10000)
        left = 10000;
    return poll(&one, fd >= 0, left > 0 ? (int)left : 0) > 0;
}

START_TEST(clock_of_the_caller_waits)
{
    static own_clock c;
    evc_clock clock = {.wait = wait_by_poll, .user = &c};

    evc_env_unref(env);
    EVC_CHECK_OK(evc_env_open(65536, false, &clock, NULL, &env, NULL));
    open_lane();
    make(&x, "tls", "/late?ms=50");
    evc_transport_curl.start(lane, &x);
    evc_wait_init(&w, &clock, 10000);
    while (!x.done)
        EVC_CHECK_OK(evc_transport_curl.drive(lane, INT64_MAX, &w, NULL));
    evc_wait_release(&w);
    EVC_CHECK_OK(x.code);
    ck_assert_int_gt(c.waits, 0);
    ck_assert_int_eq(c.waits, c.with_descriptor);
}
END_TEST

/* --- cancel ----------------------------------------------------------------------- */

static int64_t canceled_ms;

static void *
cancel_later(void *user)
{
    (void)usleep(150000);
    canceled_ms = evc_clock_monotonic_ms(NULL);
    evc_wait_cancel(user);
    return NULL;
}

/* From cancel to the end of everything, the lane too. */
static void
check_cancel(void)
{
    pthread_t thread;

    if (!lane)
        open_lane();
    evc_transport_curl.start(lane, &x);
    evc_wait_init(&w, NULL, 20000);
    ck_assert_int_eq(pthread_create(&thread, NULL, cancel_later, &w), 0);
    EVC_CHECK_CODE(evc_transport_curl.drive(lane, INT64_MAX, &w, NULL),
                   ENVCRYPT_E_CANCELED);
    evc_transport_curl.stop(lane, &x);
    evc_transport_curl.close(lane);
    lane = NULL;
    ck_assert_int_lt(evc_clock_monotonic_ms(NULL) - canceled_ms, SOON_MS);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    evc_wait_release(&w);
    EVC_CHECK_CODE(x.code, ENVCRYPT_E_CANCELED);
}

static const struct {
    const char *server;
    const char *path;
    bool sent;
} silences[] = {
    {"deaf", "/ok", false},   {"mute", "/ok", false},   {"plain", "/silent", true},
    {"tls", "/silent", true}, {"plain", "/drip", true},
};

START_TEST(cancel_ends_a_silence_at_once)
{
    make(&x, silences[_i].server, silences[_i].path);
    check_cancel();
    ck_assert_int_eq(x.sent, silences[_i].sent);
}
END_TEST

START_TEST(cancel_ends_a_lookup_at_once)
{
    make_sleepy(&x);
    check_cancel();
    ck_assert_int_eq(lookups, 1);
    ck_assert(!x.sent);
}
END_TEST

START_TEST(deadline_ends_a_lookup_at_once)
{
    int64_t began = evc_clock_monotonic_ms(NULL);

    open_lane();
    make_sleepy(&x);
    evc_transport_curl.start(lane, &x);
    EVC_CHECK_CODE(drive(&x, 200), ENVCRYPT_E_TIMEOUT);
    evc_transport_curl.close(lane);
    lane = NULL;
    ck_assert_int_lt(evc_clock_monotonic_ms(NULL) - began, 200 + SOON_MS);
}
END_TEST

START_TEST(lookup_that_lasts_too_long_is_one_of_the_name)
{
    own.connect_ms = 200;
    open_lane();
    make_sleepy(&x);
    evc_endpoint_unref(x.endpoint);
    EVC_CHECK_OK(evc_endpoint_open("https://" SLEEPY, &own, &x.endpoint, NULL));
    carry(&x);
    EVC_CHECK_CODE(x.code, ENVCRYPT_E_NET_DNS);
    check_says("in time");
    ck_assert_int_lt(x.ended_ms - x.began_ms, 1000);
}
END_TEST

/* --- signals ---------------------------------------------------------------------- */

START_TEST(threads_that_look_names_up_take_no_signals)
{
    make_sleepy(&x);
    check_cancel();
    ck_assert_int_eq(lookups, 1);
    ck_assert_int_eq(lookups_with_signals, 0);
}
END_TEST

/* A server that is gone while a large body goes to it would end the process. */
START_TEST(broken_pipe_is_an_error_and_no_signal)
{
    sigset_t pending;

    ck_assert(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    for (int i = 0; i < 5; i++) {
        make(&x, "hangup", "/");
        x.method = "POST";
        ck_assert_ptr_nonnull(evc_buf_extend(&x.body, 8000000));
        carry(&x);
        EVC_CHECK_CODE(x.code, ENVCRYPT_E_NET_BROKEN);
    }
    ck_assert_int_eq(sigpending(&pending), 0);
    ck_assert(!sigismember(&pending, SIGPIPE));
}
END_TEST

START_TEST(signals_of_the_caller_stay_as_they_were)
{
    sigset_t before;
    sigset_t after;

    (void)sigemptyset(&before);
    (void)sigaddset(&before, SIGUSR1);
    (void)sigaddset(&before, SIGPIPE);
    ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
    ck_assert_int_eq(raise(SIGPIPE), 0);
    CHECK_GET("tls", "/ok", 0);
    ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, NULL, &after), 0);
    ck_assert(sigismember(&after, SIGUSR1) && sigismember(&after, SIGPIPE));
    ck_assert(!sigismember(&after, SIGTERM));
    ck_assert_int_eq(sigpending(&after), 0);
    ck_assert(sigismember(&after, SIGPIPE)); /* the caller's own, still there */
}
END_TEST

/* --- fork ------------------------------------------------------------------------- */

static int
close_in_child(void *user)
{
    (void)user;
    evc_transport_curl.close(lane);
    return 0;
}

START_TEST(child_of_fork_leaves_the_connections_alone)
{
    CHECK_GET("tls", "/ok", 0);
    EVC_CHECK_CHILD(close_in_child, NULL);
    CHECK_GET("tls", "/ok", 0);
    check_counts("tls", 1, 2);
}
END_TEST

static int
open_in_child(void *user)
{
    evc_env *own_env;
    void *own_lane;

    (void)user;
    if (evc_env_open(65536, false, NULL, NULL, &own_env, NULL) != 0 ||
        evc_transport_curl.open(NULL, own_env, &settings, &own_lane, NULL) != 0)
        return 1;
    lane = own_lane;
    evc_exchange_reset(&x);
    x.endpoint = user;
    x.method = "GET";
    evc_transport_curl.start(lane, &x);
    evc_wait_init(&w, NULL, 10000);
    while (!x.done) {
        if (evc_transport_curl.drive(lane, INT64_MAX, &w, NULL) != 0)
            return 2;
    }
    return x.code == 0 && x.status == 200 ? 0 : 3;
}

START_TEST(child_of_fork_opens_lanes_of_its_own)
{
    CHECK_GET("tls", "/ok", 0);
    EVC_CHECK_CHILD(open_in_child, evc_endpoint_ref(x.endpoint));
    evc_endpoint_unref(x.endpoint);
    check_counts("tls", 2, 2);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const connections[] = {
        connection_is_used_again,
        strict_connection_of_a_secret_is_closed,
        fast_connection_of_a_secret_is_used_again,
        connection_that_was_closed_meanwhile_is_replaced,
        request_on_a_dead_connection_goes_once_more,
        exchange_of_its_own_connection_never_goes_once_more,
        connections_of_other_authorities_are_not_shared,
        many_share_as_many_connections_as_the_limit,
        NULL,
    };
    const TTest *const time[] = {
        drive_ends_at_its_time,    drive_of_nothing_is_a_sleep,
        deadline_stops_nothing,    stopped_exchange_is_canceled_and_others_go_on,
        clock_of_the_caller_waits, NULL,
    };
    const TTest *const cancel[] = {
        cancel_ends_a_lookup_at_once,
        deadline_ends_a_lookup_at_once,
        lookup_that_lasts_too_long_is_one_of_the_name,
        NULL,
    };
    const TTest *const signals[] = {
        threads_that_look_names_up_take_no_signals,
        broken_pipe_is_an_error_and_no_signal,
        signals_of_the_caller_stay_as_they_were,
        NULL,
    };
    const TTest *const forks[] = {
        child_of_fork_leaves_the_connections_alone,
        child_of_fork_opens_lanes_of_its_own,
        NULL,
    };
    TCase *canceled;

    add_served(suite, "connections", connections);
    add_served(suite, "time", time);
    canceled = add_served(suite, "cancel", cancel);
    tcase_add_loop_test(canceled, cancel_ends_a_silence_at_once, 0,
                        (int)(sizeof(silences) / sizeof(silences[0])));
    add_served(suite, "signals", signals);
    add_served(suite, "fork", forks);
}

EVC_TEST_MAIN("curl", add_tests)
