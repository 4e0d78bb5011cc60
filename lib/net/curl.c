/* SPDX-License-Identifier: Apache-2.0 */
/* Exchanges over libcurl: a lane is one multi handle and the set of its sockets. */
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "base/fork.h"
#include "base/mem.h"
#include "net/flight.h"
#include "net/transport.h"
#include "net/watch.h"

#define READY 32

typedef struct curl_lane {
    uint64_t generation;
    const evc_clock *clock;
    const evc_net_settings *settings;
    CURLM *multi;
    evc_watch *watch;
    int64_t timer_ms; /* when libcurl wants to be called; INT64_MAX = not */
    int watch_code;   /* why a socket could not be watched */
    evc_error *watch_error;
} curl_lane;

static pthread_once_t global_once = PTHREAD_ONCE_INIT;
static CURLcode global_result = CURLE_FAILED_INIT;

/* Never undone: other libraries of the process may use libcurl, too. */
static void
init_global(void)
{
    global_result = curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* --- signals ---------------------------------------------------------------------- */

/*
 * Around every call that lets libcurl work: threads that look names up begin with all
 * signals blocked, and a write to a closed connection does not end the process.
 */
typedef struct held_signals {
    sigset_t before;
    bool was_pending;
} held_signals;

static bool
pipe_is_pending(void)
{
    sigset_t pending;

    (void)sigemptyset(&pending);
    (void)sigpending(&pending);
    return sigismember(&pending, SIGPIPE) == 1;
}

static held_signals
hold_signals(void)
{
    sigset_t all;
    held_signals held;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &held.before);
    held.was_pending = pipe_is_pending();
    return held;
}

static void
release_signals(const held_signals *held)
{
    const struct timespec none = {0};
    sigset_t pipe;

    if (!held->was_pending && pipe_is_pending()) {
        (void)sigemptyset(&pipe);
        (void)sigaddset(&pipe, SIGPIPE);
        (void)sigtimedwait(&pipe, NULL, &none);
    }
    (void)pthread_sigmask(SIG_SETMASK, &held->before, NULL);
}

/* --- what libcurl wants ----------------------------------------------------------- */

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *of_socket)
{
    curl_lane *lane = user;
    int rc;

    (void)easy;
    (void)of_socket;
    rc = evc_watch_set(lane->watch, fd, what & CURL_POLL_IN && what != CURL_POLL_REMOVE,
                       what & CURL_POLL_OUT && what != CURL_POLL_REMOVE,
                       lane->watch_code ? NULL : &lane->watch_error);
    if (rc && !lane->watch_code)
        lane->watch_code = rc;
    return 0;
}

static int
on_timer(CURLM *multi, long after_ms, void *user)
{
    curl_lane *lane = user;

    (void)multi;
    lane->timer_ms =
        after_ms < 0 ? INT64_MAX : evc_clock_monotonic_ms(lane->clock) + after_ms;
    return 0;
}

/* --- open and close --------------------------------------------------------------- */

#define SET(option, value) (curl_multi_setopt(lane->multi, option, value) == CURLM_OK)

static bool
set_options(curl_lane *lane)
{
    size_t most = lane->settings->max_connections;

    return SET(CURLMOPT_SOCKETFUNCTION, on_socket) && SET(CURLMOPT_SOCKETDATA, lane) &&
           SET(CURLMOPT_TIMERFUNCTION, on_timer) && SET(CURLMOPT_TIMERDATA, lane) &&
           SET(CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX) &&
           SET(CURLMOPT_MAX_HOST_CONNECTIONS, (long)most) &&
           SET(CURLMOPT_MAXCONNECTS, 2 * (long)most);
}

static int
make_multi(curl_lane *lane, evc_error **err)
{
    if (pthread_once(&global_once, init_global) != 0 || global_result != CURLE_OK)
        return evc_err(err, ENVCRYPT_E_INTERNAL, "libcurl could not be made ready: %s",
                       curl_easy_strerror(global_result));
    lane->multi = curl_multi_init();
    if (!lane->multi || !set_options(lane))
        return evc_err_nomem(err);
    return evc_watch_open(&lane->watch, err);
}

/* In a child of fork the connections are the parent's: a word on them would break TLS
 * there, and locks may be held for ever. */
static void
curl_close(void *state)
{
    curl_lane *lane = state;

    if (evc_fork_is_current(lane->generation)) {
        held_signals held = hold_signals();

        if (lane->multi)
            (void)curl_multi_cleanup(lane->multi);
        release_signals(&held);
        evc_watch_close(lane->watch);
    }
    evc_error_free(lane->watch_error);
    evc_mem_free(lane);
}

static int
curl_open(void *state, evc_env *env, const evc_net_settings *settings, void **out,
          evc_error **err)
{
    curl_lane *lane = evc_mem_new(sizeof(*lane));
    int rc;

    (void)state;
    *out = NULL;
    if (!lane)
        return evc_err_nomem(err);
    lane->generation = evc_fork_generation();
    lane->clock = &env->clock;
    lane->settings = settings;
    lane->timer_ms = INT64_MAX;
    rc = make_multi(lane, err);
    if (rc) {
        curl_close(lane);
        return rc;
    }
    *out = lane;
    return 0;
}

/* --- exchanges -------------------------------------------------------------------- */

static void
finish(const curl_lane *lane, evc_exchange *x)
{
    evc_flight_free(x->flight);
    x->flight = NULL;
    x->ended_ms = evc_clock_monotonic_ms(lane->clock);
    x->done = true;
}

static void
curl_start(void *state, evc_exchange *x)
{
    curl_lane *lane = state;
    held_signals held = hold_signals();
    evc_flight *flight;

    x->began_ms = evc_clock_monotonic_ms(lane->clock);
    x->code = evc_flight_new(x, lane->settings, &flight, &x->error);
    x->flight = flight;
    if (!x->code && curl_multi_add_handle(lane->multi, flight->easy) != CURLM_OK)
        x->code = evc_err_nomem(&x->error);
    if (x->code)
        finish(lane, x);
    release_signals(&held);
}

static void
curl_stop(void *state, evc_exchange *x)
{
    curl_lane *lane = state;
    evc_flight *flight = x->flight;
    held_signals held;

    if (x->done || !flight)
        return;
    held = hold_signals();
    evc_flight_stop(flight);
    (void)curl_multi_remove_handle(lane->multi, flight->easy);
    finish(lane, x);
    release_signals(&held);
}

/* Whether any exchange ended. */
static bool
collect(curl_lane *lane)
{
    bool any = false;
    int left;
    CURLMsg *message;

    while ((message = curl_multi_info_read(lane->multi, &left)) != NULL) {
        CURL *easy = message->easy_handle;
        CURLcode result = message->data.result;
        evc_flight *flight = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &flight);
        evc_flight_land(flight, result);
        (void)curl_multi_remove_handle(lane->multi, easy);
        finish(lane, flight->x);
        any = true;
    }
    return any;
}

static int
events_of(const evc_watched *ready)
{
    return (ready->readable ? CURL_CSELECT_IN : 0) |
           (ready->writable ? CURL_CSELECT_OUT : 0) |
           (ready->broken ? CURL_CSELECT_ERR : 0);
}

/* Lets libcurl work on what is ready, and on what its timer is for. */
static bool
work(curl_lane *lane, const evc_watched *ready, size_t count)
{
    held_signals held = hold_signals();
    int running;
    bool any;

    for (size_t i = 0; i < count; i++)
        (void)curl_multi_socket_action(lane->multi, ready[i].fd, events_of(&ready[i]),
                                       &running);
    if (lane->timer_ms <= evc_clock_monotonic_ms(lane->clock)) {
        lane->timer_ms = INT64_MAX;
        (void)curl_multi_socket_action(lane->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    any = collect(lane);
    release_signals(&held);
    return any;
}

static int
take_watch_error(curl_lane *lane, evc_error **err)
{
    int rc = lane->watch_code;

    if (err) {
        evc_error_free(*err);
        *err = lane->watch_error;
    } else {
        evc_error_free(lane->watch_error);
    }
    lane->watch_error = NULL;
    lane->watch_code = 0;
    return rc;
}

static int
curl_drive(void *state, int64_t until_ms, evc_wait *wait, evc_error **err)
{
    curl_lane *lane = state;
    evc_watched ready[READY];
    size_t count = 0;

    while (!work(lane, ready, count)) {
        int64_t next = until_ms < lane->timer_ms ? until_ms : lane->timer_ms;
        int rc;

        if (lane->watch_code)
            return take_watch_error(lane, err);
        if (until_ms <= evc_clock_monotonic_ms(lane->clock))
            return 0;
        rc = evc_watch_sleep(lane->watch, wait, next, ready, READY, &count, err);
        if (rc)
            return rc;
    }
    return 0;
}

const evc_transport evc_transport_curl = {
    .open = curl_open,
    .close = curl_close,
    .start = curl_start,
    .drive = curl_drive,
    .stop = curl_stop,
};
