/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A network without a network: a transport that answers by a script, and a clock whose
 * time passes only while somebody waits. And a service with a protocol and an operation
 * that show what the driver does with them. One test at a time; threads only where said.
 */
#ifndef EVC_TESTS_SCRIPTED_NET_H
#define EVC_TESTS_SCRIPTED_NET_H

#include <poll.h>
#include <stdatomic.h>

#include "base/env.h"
#include "base/mem.h"
#include "evc-check.h"
#include "net/operation.h"

#define SCRIPT_MAX 2048u
#define WALL_AT_START INT64_C(1700000000000)

/* What comes of one request; requests take them in the order of their starts, and the
 * last one for ever. */
typedef struct step {
    int code; /* of the transport; 0 = a reply came */
    int status;
    const char *body;        /* "ok", or the name of a fault: see classify */
    const char *retry_after; /* a header, or NULL */
    int64_t hint_ms;         /* the provider's own, 0 = none */
    int64_t lasts_ms;
    int64_t date_ms;    /* wall time by the server, 0 = no Date */
    bool sent;          /* of a failed one */
    bool not_retryable; /* the transport's error says so */
    bool silent;        /* never done */
    const char *part;   /* of a body, that a sink got before the transport failed */
} step;

typedef struct script {
    evc_env *env;
    evc_net *net;
    evc_endpoint *endpoint;
    evc_peer *peer;
    evc_wait wait;
    atomic_llong now;
    int64_t wall_jump_ms; /* that the wall clock was set */

    step steps[SCRIPT_MAX];
    size_t step_count;

    /* Seen. */
    size_t started;
    int64_t start_ms[SCRIPT_MAX]; /* of the first ones; so the next */
    int64_t signed_ms[SCRIPT_MAX];
    size_t in_flight;
    size_t most_in_flight;
    size_t stopped;
    atomic_size_t lanes_opened; /* lanes of several threads end at once */
    atomic_size_t lanes_closed;
    size_t refusals; /* of credentials */
    bool can_renew;  /* there are other credentials */
    int sign_code;   /* what signing gives */
    int build_code;
    int read_code;
    size_t reads;
    size_t finished;
    size_t finished_at[SCRIPT_MAX]; /* index of the operation, in order of the ends */
    char log[4096];
    atomic_size_t surprises;
    evc_wait *cancel_at_start;
    int64_t jump_at_start_ms;
    evc_exchange *flying[SCRIPT_MAX];
    const step *flying_step[SCRIPT_MAX];
    int64_t done_ms[SCRIPT_MAX];
} script;

static script t;

/* Check allocates, which it must not while allocations fail; torn down, the test fails. */
static inline void
script_expect(bool holds)
{
    t.surprises += !holds;
}

/* --- clock --- */

static int64_t
script_monotonic(void *user)
{
    (void)user;
    return atomic_load(&t.now);
}

static int64_t
script_wall(void *user)
{
    (void)user;
    return WALL_AT_START + atomic_load(&t.now) + t.wall_jump_ms;
}

static int32_t
script_wait(void *user, int64_t until_ms, int32_t fd)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};

    (void)user;
    if (poll(&one, 1, 0) == 1)
        return 1;
    if (until_ms == INT64_MAX)
        return -1; /* nobody would wake it */
    if (until_ms > atomic_load(&t.now))
        atomic_store(&t.now, until_ms);
    return 0;
}

static void
script_log(void *user, int32_t level, const char *line)
{
    size_t used = strlen(t.log);

    (void)user;
    (void)level;
    (void)snprintf(&t.log[used], sizeof(t.log) - used, "%s\n", line);
}

/* --- transport --- */

static int
script_open(void *state, evc_env *env, const evc_net_settings *settings, void **lane,
            evc_error **err)
{
    (void)env;
    (void)settings;
    (void)err;
    t.lanes_opened++;
    *lane = state;
    return 0;
}

static void
script_close(void *lane)
{
    (void)lane;
    t.lanes_closed++;
}

static void
add_header(evc_exchange *x, const char *name, const char *value)
{
    int rc = evc_headers_add(&x->reply_headers, name, evc_view_text(value), NULL);

    (void)rc; /* without memory there is none */
}

static void
script_answer(evc_exchange *x, const step *s)
{
    char number[32];

    x->done = true;
    x->ended_ms = script_monotonic(NULL);
    x->code = s->code;
    x->sent = s->sent || s->code == 0;
    x->bytes_out = 100;
    if (s->code) {
        if (s->part && x->sink)
            script_expect(x->sink(x->sink_user, evc_view_text(s->part), NULL) == 0);
        (void)evc_err(&x->error, s->code, "the script broke it");
        if (s->not_retryable)
            evc_err_set_retry(x->error, 0, -1);
        return;
    }
    x->status = s->status;
    x->bytes_in = 50;
    x->date_ms = s->date_ms ? s->date_ms : -1;
    if (s->retry_after)
        add_header(x, "retry-after", s->retry_after);
    (void)snprintf(number, sizeof(number), "%lld", (long long)s->hint_ms);
    if (s->hint_ms)
        add_header(x, "x-hint", number);
    if (x->sink && x->status / 100 == 2) {
        x->code =
            x->sink(x->sink_user, evc_view_text(s->body ? s->body : "ok"), &x->error);
        return;
    }
    evc_buf_put_text(&x->reply, s->body ? s->body : "ok");
    x->code = evc_buf_check(&x->reply, &x->error);
}

static const step *
step_of(size_t n)
{
    return &t.steps[n < t.step_count ? n : t.step_count - 1];
}

static void
script_start(void *lane, evc_exchange *x)
{
    const step *s = step_of(t.started);

    (void)lane;
    script_expect(!x->done && x->status == 0 && x->reply.size == 0 && !x->error);
    x->began_ms = script_monotonic(NULL);
    if (t.started < SCRIPT_MAX)
        t.start_ms[t.started] = x->began_ms;
    t.started++;
    if (t.cancel_at_start)
        evc_wait_cancel(t.cancel_at_start);
    t.wall_jump_ms += t.jump_at_start_ms;
    if (s->lasts_ms == 0 && !s->silent) {
        script_answer(x, s);
        return;
    }
    t.flying[t.in_flight] = x;
    t.flying_step[t.in_flight] = s;
    t.done_ms[t.in_flight] =
        s->silent ? INT64_MAX : script_monotonic(NULL) + s->lasts_ms;
    if (++t.in_flight > t.most_in_flight)
        t.most_in_flight = t.in_flight;
}

static void
script_land(size_t i)
{
    t.in_flight--;
    t.flying[i] = t.flying[t.in_flight];
    t.flying_step[i] = t.flying_step[t.in_flight];
    t.done_ms[i] = t.done_ms[t.in_flight];
}

static int
script_drive(void *lane, int64_t until_ms, evc_wait *wait, evc_error **err)
{
    int64_t next = until_ms;
    int rc = evc_wait_check(wait, err);

    (void)lane;
    script_expect(t.in_flight > 0);
    for (size_t i = 0; i < t.in_flight; i++) {
        if (t.done_ms[i] < next)
            next = t.done_ms[i];
    }
    if (rc)
        return rc;
    if (wait->deadline_ms <= next) {
        atomic_store(&t.now, wait->deadline_ms);
        return evc_wait_check(wait, err);
    }
    if (next > script_monotonic(NULL))
        atomic_store(&t.now, next);
    for (size_t i = t.in_flight; i-- > 0;) {
        if (t.done_ms[i] <= next) {
            script_answer(t.flying[i], t.flying_step[i]);
            script_land(i);
        }
    }
    return 0;
}

static void
script_stop(void *lane, evc_exchange *x)
{
    (void)lane;
    for (size_t i = 0; i < t.in_flight; i++) {
        if (t.flying[i] == x) {
            script_land(i);
            break;
        }
    }
    t.stopped++;
    x->done = true;
    x->code = ENVCRYPT_E_CANCELED;
}

static const evc_transport script_transport = {script_open, script_close, script_start,
                                               script_drive, script_stop};

/* --- service --- */

static int
script_sign(void *state, evc_exchange *x, int64_t now_ms, evc_wait *wait,
            evc_error **err)
{
    (void)state;
    script_expect(wait != NULL);
    if (t.sign_code)
        return evc_err(err, t.sign_code, "no signature today");
    if (t.started < SCRIPT_MAX)
        t.signed_ms[t.started] = now_ms;
    return evc_headers_add_secret(&x->headers, "authorization",
                                  evc_view_text("planted-signature"), err);
}

static bool
script_refused(void *state, const evc_exchange *x)
{
    (void)state;
    (void)x;
    t.refusals++;
    return t.can_renew;
}

/* The body is the name of the verdict. */
static void
script_classify(const evc_exchange *x, evc_fault *fault)
{
    evc_view body = evc_buf_view(&x->reply);
    const char *hint = evc_headers_find(&x->reply_headers, "x-hint");

    script_expect(fault->retry_after_ms == -1);
    evc_fault_set_code(fault, body);
    evc_fault_set_request_id(fault, evc_view_text("req-1"));
    fault->code = ENVCRYPT_E_DENIED;
    if (evc_view_is_text(body, "Throttled")) {
        fault->verdict = EVC_VERDICT_THROTTLED;
        fault->code = ENVCRYPT_E_THROTTLED;
    } else if (evc_view_is_text(body, "Down")) {
        fault->verdict = EVC_VERDICT_AGAIN;
        fault->code = ENVCRYPT_E_SERVICE_DOWN;
    } else if (evc_view_is_text(body, "Expired")) {
        fault->verdict = EVC_VERDICT_EXPIRED;
        fault->code = ENVCRYPT_E_AUTH;
    } else if (evc_view_is_text(body, "Skewed")) {
        fault->verdict = EVC_VERDICT_SKEWED;
        fault->code = ENVCRYPT_E_AUTH;
    } else if (evc_view_is_text(body, "Disabled")) {
        fault->code = ENVCRYPT_E_KEY_DISABLED;
        fault->key_state = "Disabled";
        fault->advice = "enable the key";
    } else if (evc_view_is_text(body, "Unknown")) {
        fault->code = 0;
    }
    if (hint)
        fault->retry_after_ms = strtol(hint, NULL, 10);
}

static const evc_protocol script_protocol = {
    .provider = "toy-kms",
    .sign = script_sign,
    .refused = script_refused,
    .classify = script_classify,
};

static int
script_build(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    (void)op;
    if (t.build_code)
        return evc_err(err, t.build_code, "nothing to build");
    x->method = "POST";
    evc_buf_put_text(&x->body, "planted-request");
    return evc_buf_check(&x->body, err);
}

static int
script_read(evc_operation *op, evc_exchange *x, evc_error **err)
{
    (void)op;
    t.reads++;
    if (t.read_code)
        return evc_err(err, t.read_code, "that was no answer");
    script_expect(evc_view_is_text(evc_buf_view(&x->reply), "ok"));
    return 0;
}

static const evc_operation_kind toy_kind = {
    .name = "Unlock", .build = script_build, .read = script_read, .secret = true};
static const evc_operation_kind once_kind = {
    .name = "Make", .build = script_build, .read = script_read, .once = true};

/* --- set up --- */

static void
script_open_net(uint32_t max_attempts)
{
    const evc_clock clock = {script_wall, script_monotonic, script_wait, NULL};
    const evc_log log = {script_log, NULL, ENVCRYPT_LOG_DEBUG};
    const evc_net_settings settings = {.max_attempts = max_attempts,
                                       .deadline_ms = 30000};

    t = (script){.env = NULL};
    atomic_init(&t.now, 1000);
    EVC_CHECK_OK(evc_env_open(65536, false, &clock, &log, &t.env, NULL));
    EVC_CHECK_OK(
        evc_net_open(t.env, &settings, &script_transport, &t, NULL, &t.net, NULL));
    EVC_CHECK_OK(evc_endpoint_open("https://kms.toy.example", NULL, &t.endpoint, NULL));
    EVC_CHECK_OK(
        evc_peer_open(t.net, t.endpoint, &script_protocol, NULL, NULL, &t.peer, NULL));
    evc_wait_init(&t.wait, &t.env->clock, 60000);
}

static void
script_set_up(void)
{
    script_open_net(3);
}

static void
script_tear_down(void)
{
    ck_assert_uint_eq(t.surprises, 0);
    evc_wait_release(&t.wait);
    evc_peer_unref(t.peer);
    evc_endpoint_unref(t.endpoint);
    evc_net_unref(t.net);
    evc_env_unref(t.env);
}

/* The steps of a script, up to 6. */
static inline void
script_play(const step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++)
        t.steps[i] = steps[i];
    t.step_count = count;
}
#define PLAY(...)                            \
    script_play((const step[]){__VA_ARGS__}, \
                sizeof((const step[]){__VA_ARGS__}) / sizeof(step))

#define OK_STEP       \
    {                 \
        .status = 200 \
    }
#define THROTTLED_STEP                     \
    {                                      \
        .status = 400, .body = "Throttled" \
    }
#define DOWN_STEP                     \
    {                                 \
        .status = 503, .body = "Down" \
    }
#define EXPIRED_STEP                     \
    {                                    \
        .status = 400, .body = "Expired" \
    }

#endif
