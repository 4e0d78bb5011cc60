/* SPDX-License-Identifier: Apache-2.0 */
#include "net/attempt.h"

#include "base/chance.h"
#include "net/failure.h"

static int64_t
now_of(const evc_run *run)
{
    return evc_clock_monotonic_ms(&run->env->clock);
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

/* error moves. The exchange is wiped before anybody else hears of it; op is its owner's
 * again, and not looked at after this. */
static void
finish(const evc_run *run, evc_operation *op, int code, evc_error *error)
{
    op->code = code;
    op->error = error;
    evc_exchange_reset(&op->exchange);
    evc_meter_count(
        evc_net_meter(run->net),
        &(evc_meter_call){
            .provider = op->peer->protocol->provider,
            .operation = op->kind->name,
            .code = code,
            .attempts = op->attempts,
            .throttles = op->run.throttles,
            .bytes_out = op->run.bytes_out,
            .bytes_in = op->run.bytes_in,
            .latency_ms = op->run.began ? now_of(run) - op->run.began_ms : 0,
        });
    if (op->finished)
        op->finished(op);
}

/* For a reason of ours, which error tells; it moves. */
static void
finish_failed(const evc_run *run, evc_operation *op, int code, evc_error *error)
{
    evc_failed what = failed_of(op);

    (void)evc_failure_of_ours(&what, &op->fault, code, &error);
    finish(run, op, code, error);
}

/* --- trying again ----------------------------------------------------------------- */

/* What the service asked for; -1 = nothing. */
static int64_t
retry_after_of(const evc_run *run, const evc_exchange *x)
{
    return evc_retry_after_parse(evc_headers_find(&x->reply_headers, "retry-after"),
                                 evc_clock_wall_ms(&run->env->clock), x->date_ms);
}

static bool
may_try(const evc_run *run, const evc_operation *op, int64_t delay_ms)
{
    return op->attempts < op->peer->retry.max_attempts &&
           delay_ms < evc_wait_left_ms(run->wait);
}

/*
 * Another attempt after a delay, if attempts, time and the peer's tokens allow one. What
 * cannot begin before the deadline is not waited for: what the service said tells more
 * than that time ran out.
 */
static bool
try_later(const evc_run *run, evc_operation *op, bool throttled, int64_t retry_after_ms,
          int64_t hint_ms)
{
    const evc_retry *retry = &op->peer->retry;
    int32_t cost = throttled ? retry->throttle_cost : retry->cost;
    int64_t delay_ms = evc_retry_delay_ms(retry, op->attempts + 1, throttled,
                                          evc_chance_u32(), retry_after_ms, hint_ms);

    if (!may_try(run, op, delay_ms) || !evc_bucket_take(&op->peer->bucket, cost))
        return false;
    op->run.paid = cost;
    op->run.again_ms = now_of(run) + delay_ms;
    return true;
}

/* Another attempt at once, because the reason of the refusal is gone. */
static bool
try_now(const evc_run *run, evc_operation *op)
{
    if (!may_try(run, op, 0))
        return false;
    op->run.again_ms = now_of(run);
    return true;
}

/* The clock of the host is known better than when the request was signed, by this reply
 * or by the one to another thread. */
static bool
correct_clock(const evc_run *run, evc_operation *op)
{
    evc_skew *skew = evc_net_skew(run->net);
    const char *host = op->peer->endpoint->host;

    if (op->run.corrected)
        return false;
    op->run.corrected = true;
    return evc_skew_learn(skew, host, evc_clock_wall_ms(&run->env->clock),
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

/* --- what came of an attempt: whether there is another one ------------------------ */

static bool
settle_broken(const evc_run *run, evc_operation *op)
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
    if (again && try_later(run, op, false, -1, -1))
        return true;
    x->error = NULL;
    finish_failed(run, op, x->code, error);
    return false;
}

static bool
settle_success(const evc_run *run, evc_operation *op)
{
    evc_error *error = NULL;
    int rc = op->kind->read(op, &op->exchange, &error);

    if (rc) {
        finish_failed(run, op, rc, error);
        return false;
    }
    evc_bucket_give(&op->peer->bucket, op->run.paid ? op->run.paid : 1);
    finish(run, op, 0, NULL);
    return false;
}

static void
finish_refused(const evc_run *run, evc_operation *op, int64_t retry_after_ms)
{
    evc_failed what = failed_of(op);
    evc_error *error = NULL;
    int rc = op->kind->settle ? op->kind->settle(op, &op->exchange, &error) : 0;

    if (rc) {
        finish_failed(run, op, rc, error);
        return;
    }
    if (op->fault.code)
        rc = evc_failure_of_service(&what, &op->fault, retry_after_ms, &error);
    finish(run, op, rc, error);
}

static bool
settle_trouble(const evc_run *run, evc_operation *op, bool throttled)
{
    int64_t retry_after_ms = retry_after_of(run, &op->exchange);
    int64_t hint_ms = op->fault.retry_after_ms;

    op->run.throttles += throttled;
    /* Who throttles did not do it; in other trouble it may have been done. */
    if ((throttled || !op->kind->once) &&
        try_later(run, op, throttled, retry_after_ms, hint_ms))
        return true;
    finish_refused(run, op, evc_retry_hint_ms(retry_after_ms, hint_ms));
    return false;
}

static bool
settle_fault(const evc_run *run, evc_operation *op)
{
    switch (op->fault.verdict) {
    case EVC_VERDICT_AGAIN:
    case EVC_VERDICT_THROTTLED:
        return settle_trouble(run, op, op->fault.verdict == EVC_VERDICT_THROTTLED);
    case EVC_VERDICT_EXPIRED:
        if (renew_credentials(op) && try_now(run, op))
            return true;
        break;
    case EVC_VERDICT_SKEWED:
        if (correct_clock(run, op) && try_now(run, op))
            return true;
        break;
    case EVC_VERDICT_FAIL:
        break;
    }
    /* Not tried again here; but when the service says when to, the caller hears it. */
    finish_refused(run, op, op->fault.retry_after_ms);
    return false;
}

/* One line for each attempt, without anything of a header's value or a body. */
static void
tell(const evc_run *run, const evc_operation *op)
{
    const evc_exchange *x = &op->exchange;
    const evc_fault *fault = &op->fault;
    bool replied = !x->code;

    if (!evc_log_wants(&run->env->log, ENVCRYPT_LOG_DEBUG))
        return;
    evc_log_write(&run->env->log, ENVCRYPT_LOG_DEBUG,
                  "%s %s at %s, attempt %u: HTTP %d, %s %s, request id %s, %lld ms",
                  op->peer->protocol->provider, op->kind->name,
                  op->peer->endpoint->authority, (unsigned int)op->attempts, x->status,
                  evc_error_name(replied ? fault->code : x->code),
                  replied ? fault->provider_code : "",
                  replied && fault->request_id[0] ? fault->request_id : "-",
                  (long long)(x->ended_ms - x->began_ms));
}

bool
evc_attempt_settle(const evc_run *run, evc_operation *op)
{
    const evc_exchange *x = &op->exchange;

    op->run.status = x->status;
    op->run.bytes_out += x->bytes_out;
    op->run.bytes_in += x->bytes_in;
    if (!x->code)
        evc_fault_read(op->peer->protocol, x, &op->fault);
    tell(run, op);
    if (x->code)
        return settle_broken(run, op);
    return op->fault.code ? settle_fault(run, op) : settle_success(run, op);
}

/* --- the beginning ---------------------------------------------------------------- */

static int
prepare(const evc_run *run, evc_operation *op, evc_error **err)
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
    op->run.skew_ms = evc_skew_of(evc_net_skew(run->net), x->endpoint->host);
    return protocol->sign(op->peer->state, x,
                          evc_clock_wall_ms(&run->env->clock) + op->run.skew_ms,
                          run->wait, err);
}

bool
evc_attempt_begin(const evc_run *run, evc_operation *op)
{
    evc_error *error = NULL;
    int rc;

    if (!op->run.began) {
        op->run.began = true;
        op->run.began_ms = now_of(run);
    }
    rc = prepare(run, op, &error);
    if (rc) { /* its message is of whoever built or signed */
        finish(run, op, rc, error);
        return false;
    }
    rc = evc_meter_spend(evc_net_meter(run->net), &error);
    if (rc) {
        finish_failed(run, op, rc, error);
        return false;
    }
    op->attempts++;
    return true;
}

void
evc_attempt_forget(evc_operation *op)
{
    evc_error_free(op->error);
    op->error = NULL;
    op->code = 0;
    op->fault = (evc_fault){.retry_after_ms = -1};
    op->run = (struct evc_attempt_state){.again_ms = 0};
    op->attempts = 0;
}

void
evc_attempt_give_up(const evc_run *run, evc_operation *op, int code,
                    const evc_error *reason)
{
    evc_error *error = NULL;

    (void)evc_err(&error, code, "%s", evc_error_message(reason));
    finish_failed(run, op, code, error);
}
