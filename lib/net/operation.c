/* SPDX-License-Identifier: Apache-2.0 */
#include "net/operation.h"

#include "base/fork.h"

/* A run: what is under way, over one lane, on one thread. */
typedef struct drive {
    evc_run run;
    const evc_feed *feed;
    evc_lane *lane;
    bool healthy;
    bool dry;              /* the feed had none, and nothing ended since */
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
    return evc_clock_monotonic_ms(&d->run.env->clock);
}

static void
push(evc_operation **list, evc_operation *op)
{
    op->run.next = *list;
    *list = op;
}

/* --- what comes ------------------------------------------------------------------- */

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
        if (!op->exchange.done) {
            push(&d->flying, op);
            continue;
        }
        any = true;
        d->in_flight--;
        if (evc_attempt_settle(&d->run, op))
            push(&d->waiting, op);
        else
            d->dry = false;
    }
    return any;
}

/* --- what goes -------------------------------------------------------------------- */

static void
launch(drive *d, evc_operation *op)
{
    if (!evc_attempt_begin(&d->run, op)) {
        d->dry = false;
        return;
    }
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

/* When the feed is asked; INT64_MAX = not before something ends. */
static int64_t
feed_due_ms(const drive *d)
{
    if (d->dry)
        return INT64_MAX;
    return d->feed->not_before ? d->feed->not_before(d->feed->user) : 0;
}

/* The feed's next; or NULL. */
static evc_operation *
take_next(drive *d)
{
    int64_t due_ms = feed_due_ms(d);
    evc_operation *op;

    if (due_ms > 0 && due_ms > now_of(d))
        return NULL;
    op = d->feed->next(d->feed->user);
    if (op)
        evc_attempt_forget(op);
    d->dry = op == NULL;
    return op;
}

static bool
has_place(const drive *d)
{
    size_t width = d->feed->width(d->feed->user);

    return d->in_flight < (width ? width : 1);
}

/* Whoever waits for its next attempt takes no place. The errors of the wait. */
static int
launch_what_fits(drive *d, evc_error **err)
{
    while (has_place(d)) {
        int rc = evc_wait_check(d->run.wait, err);
        evc_operation *op;

        if (rc)
            return rc;
        op = take_due(d);
        if (!op)
            op = take_next(d);
        if (!op)
            return 0;
        launch(d, op);
    }
    return 0;
}

/* --- the run ---------------------------------------------------------------------- */

/* When something may be begun; INT64_MAX = not before something ends. */
static int64_t
next_due_ms(const drive *d)
{
    int64_t first;

    if (!has_place(d))
        return INT64_MAX;
    first = feed_due_ms(d);
    for (const evc_operation *op = d->waiting; op; op = op->run.next) {
        if (op->run.again_ms < first)
            first = op->run.again_ms;
    }
    return first;
}

/* Until something happened, or is due. */
static int
linger(const drive *d, evc_error **err)
{
    int64_t until = next_due_ms(d);

    if (!d->flying)
        return evc_wait_sleep_for(d->run.wait, until - now_of(d), err);
    return d->lane->transport->drive(d->lane->state, until, d->run.wait, err);
}

static int
drive_all(drive *d, evc_error **err)
{
    int rc = 0;

    while (!rc) {
        rc = launch_what_fits(d, err);
        if (settle_done(d) || rc)
            continue;
        if (!d->flying && !d->waiting && d->dry)
            break;
        rc = linger(d, err);
        (void)settle_done(d); /* what came in the moment of a failure, too */
    }
    return rc;
}

/* What was begun and is not finished gets an error of its own, of the same text. */
static void
cut_off(drive *d, int code, const evc_error *reason)
{
    while (d->flying) {
        evc_operation *op = d->flying;

        d->flying = op->run.next;
        d->lane->transport->stop(d->lane->state, &op->exchange);
        d->healthy = false;
        evc_attempt_give_up(&d->run, op, code, reason);
    }
    while (d->waiting) {
        evc_operation *op = d->waiting;

        d->waiting = op->run.next;
        evc_attempt_give_up(&d->run, op, code, reason);
    }
}

/* error moves to err. */
static void
hand_over(evc_error *error, evc_error **err)
{
    if (err) {
        evc_error_free(*err);
        *err = error;
    } else {
        evc_error_free(error);
    }
}

int
evc_operation_run_feed(evc_net *net, const evc_feed *feed, evc_wait *wait,
                       evc_error **err)
{
    drive d = {.run = {.net = net, .env = evc_net_env(net), .wait = wait},
               .feed = feed,
               .healthy = true};
    evc_error *reason = NULL;
    evc_wait endless;
    int rc;

    if (!wait) {
        evc_wait_init(&endless, &d.run.env->clock, -1);
        d.run.wait = &endless;
    }
    rc = evc_net_borrow(net, &d.lane, &reason);
    if (!rc)
        rc = drive_all(&d, &reason);
    if (rc)
        cut_off(&d, rc, reason);
    if (d.lane)
        evc_net_give_back(net, d.lane, d.healthy);
    if (!wait)
        evc_wait_release(&endless);
    if (rc)
        hand_over(reason, err);
    return rc;
}

/* --- an array is a feed, too ------------------------------------------------------- */

typedef struct array {
    evc_operation *const *ops;
    size_t count;
    size_t width;
    size_t at; /* of those that come */
} array;

static evc_operation *
next_of_array(void *user)
{
    array *a = user;

    return a->at < a->count ? a->ops[a->at++] : NULL;
}

static size_t
width_of_array(void *user)
{
    const array *a = user;

    return a->width;
}

/* A child has neither lanes nor the locks of meter and skew. */
static bool
refuse_child(const evc_env *env, const array *a)
{
    for (size_t i = 0; i < a->count; i++) {
        evc_operation *op = a->ops[i];

        if (evc_fork_is_current(env->generation))
            return false;
        evc_attempt_forget(op);
        op->code = evc_fork_check(env->generation, "client", &op->error);
        if (op->finished)
            op->finished(op);
    }
    return true;
}

void
evc_operation_run_many(evc_operation *const *ops, size_t count, size_t width,
                       evc_wait *wait)
{
    array a = {.ops = ops, .count = count, .width = width};
    const evc_feed feed = {.next = next_of_array, .width = width_of_array, .user = &a};
    evc_error *reason = NULL;
    evc_run run;
    evc_wait own;
    int rc;

    if (count == 0)
        return;
    run.net = ops[0]->peer->net;
    run.env = evc_net_env(run.net);
    run.wait = wait ? wait : &own;
    if (refuse_child(run.env, &a))
        return;
    if (!wait)
        evc_wait_init(&own, &run.env->clock,
                      evc_net_get_settings(run.net)->deadline_ms);
    rc = evc_operation_run_feed(run.net, &feed, run.wait, &reason);
    for (size_t i = a.at; rc && i < count; i++) {
        evc_attempt_forget(ops[i]);
        evc_attempt_give_up(&run, ops[i], rc, reason);
    }
    evc_error_free(reason);
    if (!wait)
        evc_wait_release(&own);
}

int
evc_operation_run(evc_operation *op, evc_wait *wait, evc_error **err)
{
    evc_operation_run_many(&op, 1, 1, wait);
    if (op->code && err) {
        hand_over(op->error, err);
        op->error = NULL;
    }
    return op->code;
}
