/* SPDX-License-Identifier: Apache-2.0 */
#include "net/operation.h"

#include "base/chance.h"
#include "base/fork.h"
#include "net/failure.h"

enum phase { QUEUED, WAITING, FLYING, FINISHED };

/* One run of one thread: what is under way, over one lane. */
typedef struct drive {
    evc_net *net;
    const evc_env *env;
    evc_wait *wait;
    evc_lane *lane;
    bool healthy;
    evc_operation *flying; /* both by run.next, in no order */
    evc_operation *waiting;
    size_t in_flight;
} drive;

void
evc_operation_init(evc_operation *op, const evc_operation_kind *kind, evc_peer *peer,
                   void *user)
{
    *op = (evc_operation){.kind = kind, .peer = peer, .user = user};
    evc_exchange_init(&op->exchange);
}

void
evc_operation_reset(evc_operation *op)
{
    if (!op)
        return;
    evc_exchange_reset(&op->exchange);
    evc_error_free(op->error);
    op->error = NULL;
}

static int64_t
now_of(const drive *d)
{
    return evc_clock_monotonic_ms(&d->env->clock);
}

static void
push(evc_operation **list, evc_operation *op)
{
    op->run.next = *list;
    *list = op;
}

/* --- the end ---------------------------------------------------------------------- */

static evc_failed
failed_of(const evc_operation *op)
{
    return (evc_failed){
        .provider = op->peer->protocol->provider,
        .operation = op->kind->name,
        .subject = op->subject,
        .host = op->peer->endpoint->authority,
        .attempts = op->attempts,
        .status = op->run.status,
    };
}

/* error moves. The exchange is wiped before anybody else hears of it. */
static void
finish(const drive *d, evc_operation *op, int code, evc_error *error)
{
    op->run.phase = FINISHED;
    op->code = code;
    op->error = error;
    evc_exchange_reset(&op->exchange);
    evc_meter_count(evc_net_meter(d->net),
                    &(evc_meter_call){
                        .provider = op->peer->protocol->provider,
                        .operation = op->kind->name,
                        .code = code,
                        .attempts = op->attempts,
                        .throttles = op->run.throttles,
                        .bytes_out = op->run.bytes_out,
                        .bytes_in = op->run.bytes_in,
                        .latency_ms = op->run.began ? now_of(d) - op->run.began_ms : 0,
                    });
    if (op->finished)
        op->finished(op);
}

/* For a reason of ours, which error tells; it moves. */
static void
finish_failed(const drive *d, evc_operation *op, int code, evc_error *error)
{
    evc_failed what = failed_of(op);

    (void)evc_failure_of_ours(&what, &op->fault, code, &error);
    finish(d, op, code, error);
}

/* --- trying again ----------------------------------------------------------------- */

/* What the service asked for; -1 = nothing. */
static int64_t
retry_after_of(const drive *d, const evc_exchange *x)
{
    return evc_retry_after_parse(evc_headers_find(&x->reply_headers, "retry-after"),
                                 evc_clock_wall_ms(&d->env->clock), x->date_ms);
}

static bool
may_try(const drive *d, const evc_operation *op, int64_t delay_ms)
{
    return op->attempts < op->peer->retry.max_attempts &&
           delay_ms < evc_wait_left_ms(d->wait);
}

static void
put_off(drive *d, evc_operation *op, int64_t delay_ms)
{
    op->run.phase = WAITING;
    op->run.again_ms = now_of(d) + delay_ms;
    push(&d->waiting, op);
}

/*
 * Another attempt after a delay, if attempts, time and the peer's tokens allow one. What
 * cannot begin before the deadline is not waited for: what the service said tells more
 * than that time ran out.
 */
static bool
try_later(drive *d, evc_operation *op, bool throttled, int64_t retry_after_ms,
          int64_t hint_ms)
{
    const evc_retry *retry = &op->peer->retry;
    int32_t cost = throttled ? retry->throttle_cost : retry->cost;
    int64_t delay_ms = evc_retry_delay_ms(retry, op->attempts + 1, throttled,
                                          evc_chance_u32(), retry_after_ms, hint_ms);

    if (!may_try(d, op, delay_ms) || !evc_bucket_take(&op->peer->bucket, cost))
        return false;
    op->run.paid = cost;
    put_off(d, op, delay_ms);
    return true;
}

/* Another attempt at once, because the reason of the refusal is gone. */
static bool
try_now(drive *d, evc_operation *op)
{
    if (!may_try(d, op, 0))
        return false;
    put_off(d, op, 0);
    return true;
}

/* The clock of the host is known better than when the request was signed, by this reply
 * or by the one to another thread. */
static bool
correct_clock(const drive *d, evc_operation *op)
{
    evc_skew *skew = evc_net_skew(d->net);
    const char *host = op->peer->endpoint->host;

    if (op->run.corrected)
        return false;
    op->run.corrected = true;
    return evc_skew_learn(skew, host, evc_clock_wall_ms(&d->env->clock),
                          op->exchange.date_ms) ||
           evc_skew_of(skew, host) != op->run.skew_ms;
}

static bool
renew_credentials(evc_operation *op)
{
    const evc_protocol *protocol = op->peer->protocol;

    if (op->run.renewed || !protocol->refused)
        return false;
    op->run.renewed = true;
    return protocol->refused(op->peer->state, &op->exchange);
}

/* --- what came of an attempt ------------------------------------------------------ */

static void
settle_broken(drive *d, evc_operation *op)
{
    evc_exchange *x = &op->exchange;
    bool again = evc_error_class_of(x->code) == ENVCRYPT_CLASS_UNAVAILABLE &&
                 evc_error_is_retryable(x->error) && !(op->kind->once && x->sent);
    evc_error *error = x->error;

    /* A name that is not there looks like a name server that does not answer. */
    if (x->code == ENVCRYPT_E_NET_DNS) {
        again = again && !op->run.unresolved;
        op->run.unresolved = true;
    }
    if (again && try_later(d, op, false, -1, -1))
        return;
    x->error = NULL;
    finish_failed(d, op, x->code, error);
}

static void
settle_success(drive *d, evc_operation *op)
{
    evc_error *error = NULL;
    int rc = op->kind->read(op, &op->exchange, &error);

    if (rc) {
        finish_failed(d, op, rc, error);
        return;
    }
    evc_bucket_give(&op->peer->bucket, op->run.paid ? op->run.paid : 1);
    finish(d, op, 0, NULL);
}

static void
finish_refused(drive *d, evc_operation *op, int64_t retry_after_ms)
{
    evc_failed what = failed_of(op);
    evc_error *error = NULL;
    int rc = evc_failure_of_service(&what, &op->fault, retry_after_ms, &error);

    finish(d, op, rc, error);
}

static void
settle_trouble(drive *d, evc_operation *op, bool throttled)
{
    int64_t retry_after_ms = retry_after_of(d, &op->exchange);
    int64_t hint_ms = op->fault.retry_after_ms;

    op->run.throttles += throttled;
    /* Who throttles did not do it; in other trouble it may have been done. */
    if ((throttled || !op->kind->once) &&
        try_later(d, op, throttled, retry_after_ms, hint_ms))
        return;
    finish_refused(d, op, evc_retry_hint_ms(retry_after_ms, hint_ms));
}

static void
settle_fault(drive *d, evc_operation *op)
{
    switch (op->fault.verdict) {
    case EVC_VERDICT_AGAIN:
    case EVC_VERDICT_THROTTLED:
        settle_trouble(d, op, op->fault.verdict == EVC_VERDICT_THROTTLED);
        return;
    case EVC_VERDICT_EXPIRED:
        if (renew_credentials(op) && try_now(d, op))
            return;
        break;
    case EVC_VERDICT_SKEWED:
        if (correct_clock(d, op) && try_now(d, op))
            return;
        break;
    case EVC_VERDICT_FAIL:
        break;
    }
    /* Not tried again here; but when the service says when to, the caller hears it. */
    finish_refused(d, op, op->fault.retry_after_ms);
}

/* One line for each attempt, without anything of a header's value or a body. */
static void
tell(const drive *d, const evc_operation *op)
{
    const evc_exchange *x = &op->exchange;
    const evc_fault *fault = &op->fault;
    bool replied = !x->code;

    if (!evc_log_wants(&d->env->log, ENVCRYPT_LOG_DEBUG))
        return;
    evc_log_write(&d->env->log, ENVCRYPT_LOG_DEBUG,
                  "%s %s at %s, attempt %u: HTTP %d, %s %s, request id %s, %lld ms",
                  op->peer->protocol->provider, op->kind->name,
                  op->peer->endpoint->authority, (unsigned int)op->attempts, x->status,
                  evc_error_name(replied ? fault->code : x->code),
                  replied ? fault->provider_code : "",
                  replied && fault->request_id[0] ? fault->request_id : "-",
                  (long long)(x->ended_ms - x->began_ms));
}

static void
settle(drive *d, evc_operation *op)
{
    const evc_exchange *x = &op->exchange;

    op->run.status = x->status;
    op->run.bytes_out += x->bytes_out;
    op->run.bytes_in += x->bytes_in;
    if (!x->code)
        evc_fault_read(op->peer->protocol, x, &op->fault);
    tell(d, op);
    if (x->code)
        settle_broken(d, op);
    else if (op->fault.code)
        settle_fault(d, op);
    else
        settle_success(d, op);
}

/* Takes out of the list what is done, and settles it. Whether there was any. */
static bool
settle_done(drive *d)
{
    evc_operation *list = d->flying;
    bool any = false;

    d->flying = NULL;
    while (list) {
        evc_operation *op = list;

        list = op->run.next;
        if (op->exchange.done) {
            any = true;
            d->in_flight--;
            settle(d, op);
        } else {
            push(&d->flying, op);
        }
    }
    return any;
}

/* --- the beginning ---------------------------------------------------------------- */

static int
prepare(drive *d, evc_operation *op, evc_error **err)
{
    const evc_operation_kind *kind = op->kind;
    const evc_protocol *protocol = op->peer->protocol;
    evc_exchange *x = &op->exchange;
    int rc;

    evc_exchange_restart(x);
    if (!x->endpoint)
        x->endpoint = evc_endpoint_ref(op->peer->endpoint);
    x->secret = kind->secret;
    x->fresh = kind->once;
    x->cap = kind->secret ? EVC_REPLY_KEY_MAX : EVC_REPLY_MAX;
    if (kind->cap)
        x->cap = kind->cap;
    rc = kind->build(op, x, err);
    if (rc || !protocol->sign)
        return rc;
    op->run.skew_ms = evc_skew_of(evc_net_skew(d->net), x->endpoint->host);
    return protocol->sign(op->peer->state, x,
                          evc_clock_wall_ms(&d->env->clock) + op->run.skew_ms, d->wait,
                          err);
}

/* Begins an attempt, or finishes the operation. */
static void
launch(drive *d, evc_operation *op)
{
    evc_error *error = NULL;
    int rc = evc_wait_check(d->wait, &error);

    if (!op->run.began) {
        op->run.began = true;
        op->run.began_ms = now_of(d);
    }
    if (rc) {
        finish_failed(d, op, rc, error);
        return;
    }
    rc = prepare(d, op, &error);
    if (rc) { /* its message is of whoever built or signed */
        finish(d, op, rc, error);
        return;
    }
    rc = evc_meter_spend(evc_net_meter(d->net), &error);
    if (rc) {
        finish_failed(d, op, rc, error);
        return;
    }
    op->attempts++;
    op->run.phase = FLYING;
    d->in_flight++;
    push(&d->flying, op);
    d->lane->transport->start(d->lane->state, &op->exchange);
}

/* Out of those that wait, one whose time came; or NULL. */
static evc_operation *
take_due(drive *d)
{
    int64_t now = d->waiting ? now_of(d) : 0;

    for (evc_operation **at = &d->waiting; *at; at = &(*at)->run.next) {
        evc_operation *op = *at;

        if (op->run.again_ms <= now) {
            *at = op->run.next;
            return op;
        }
    }
    return NULL;
}

/* When the next one that waits may begin; INT64_MAX = none waits. */
static int64_t
next_due_ms(const drive *d)
{
    int64_t first = INT64_MAX;

    for (const evc_operation *op = d->waiting; op; op = op->run.next) {
        if (op->run.again_ms < first)
            first = op->run.again_ms;
    }
    return first;
}

/* Whoever waits for its next attempt takes no place. */
static void
launch_what_fits(drive *d, evc_operation *const *ops, size_t count, size_t width,
                 size_t *next)
{
    while (d->in_flight < width) {
        evc_operation *op = take_due(d);

        if (!op && *next < count)
            op = ops[(*next)++];
        if (!op)
            return;
        launch(d, op);
    }
}

/* Until something happened, or is due. */
static int
linger(drive *d, size_t width, evc_error **err)
{
    int64_t until = d->in_flight < width ? next_due_ms(d) : INT64_MAX;

    if (!d->flying)
        return evc_wait_sleep_for(d->wait, until - now_of(d), err);
    return d->lane->transport->drive(d->lane->state, until, d->wait, err);
}

static int
drive_all(drive *d, evc_operation *const *ops, size_t count, size_t width,
          evc_error **err)
{
    size_t next = 0;
    int rc;

    do {
        launch_what_fits(d, ops, count, width, &next);
        if (settle_done(d))
            continue;
        if (!d->flying && !d->waiting)
            continue;
        rc = linger(d, width, err);
        if (rc) {
            (void)settle_done(d); /* what came in the same moment is taken */
            return rc;
        }
        (void)settle_done(d);
    } while (d->flying || d->waiting || next < count);
    return 0;
}

/* What is not finished gets an error of its own, with the code and text of one. */
static void
cut_off(drive *d, evc_operation *const *ops, size_t count, int code,
        const evc_error *reason)
{
    for (size_t i = 0; i < count; i++) {
        evc_operation *op = ops[i];
        evc_error *error = NULL;

        if (op->run.phase == FINISHED)
            continue;
        if (op->run.phase == FLYING) {
            d->lane->transport->stop(d->lane->state, &op->exchange);
            d->healthy = false;
        }
        (void)evc_err(&error, code, "%s", evc_error_message(reason));
        finish_failed(d, op, code, error);
    }
}

static void
drive_with(drive *d, evc_operation *const *ops, size_t count, size_t width)
{
    evc_error *reason = NULL;
    int rc = evc_net_borrow(d->net, &d->lane, &reason);

    d->healthy = true;
    if (!rc)
        rc = drive_all(d, ops, count, width ? width : 1, &reason);
    if (rc)
        cut_off(d, ops, count, rc, reason);
    if (d->lane)
        evc_net_give_back(d->net, d->lane, d->healthy);
    evc_error_free(reason);
}

/* A child has neither lanes nor the locks of meter and skew. */
static bool
refuse_child(const drive *d, evc_operation *const *ops, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int rc = evc_fork_check(d->env->generation, "client", &ops[i]->error);

        if (!rc)
            return false;
        ops[i]->code = rc;
        if (ops[i]->finished)
            ops[i]->finished(ops[i]);
    }
    return true;
}

void
evc_operation_run_many(evc_operation *const *ops, size_t count, size_t width,
                       evc_wait *wait)
{
    drive d = {0};
    evc_wait own;

    if (count == 0)
        return;
    d.net = ops[0]->peer->net;
    d.env = evc_net_env(d.net);
    d.wait = wait;
    for (size_t i = 0; i < count; i++) {
        evc_error_free(ops[i]->error);
        ops[i]->error = NULL;
        ops[i]->fault = (evc_fault){.retry_after_ms = -1};
        ops[i]->run = (struct evc_attempt_state){.phase = QUEUED};
        ops[i]->attempts = 0;
    }
    if (refuse_child(&d, ops, count))
        return;
    if (!wait) {
        evc_wait_init(&own, &d.env->clock, evc_net_get_settings(d.net)->deadline_ms);
        d.wait = &own;
    }
    drive_with(&d, ops, count, width);
    if (!wait)
        evc_wait_release(&own);
}

int
evc_operation_run(evc_operation *op, evc_wait *wait, evc_error **err)
{
    evc_operation_run_many(&op, 1, 1, wait);
    if (op->code && err) {
        evc_error_free(*err);
        *err = op->error;
        op->error = NULL;
    }
    return op->code;
}
