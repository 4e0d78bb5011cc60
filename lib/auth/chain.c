/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/chain.h"

#include <pthread.h>

#include "base/chance.h"
#include "base/fork.h"
#include "base/mem.h"

#define LATE_JITTER_MIN_MS (2 * 60000)
#define LATE_JITTER_MAX_MS (10 * 60000)
#define MAX_SOURCES 16u

typedef struct link {
    const evc_source *source;
    void *state;
} link;

/* A thread that waits for the one that renews; on its stack. */
typedef struct waiter {
    evc_wait *wait;
    struct waiter *next;
    bool done;  /* what follows is set; nobody touches this any more */
    bool again; /* the renewing thread gave up for a reason of its own */
    int code;
    evc_error *error;
    evc_creds *creds;
} waiter;

/* What is kept, and for how long; wall times. */
typedef struct holding {
    evc_creds *creds; /* NULL: nothing */
    bool late_is_fine;
    int64_t renew_ms;  /* from here on one thread tries for new ones */
    int64_t must_ms;   /* from here on all wait for that */
    int64_t end_ms;    /* from here on they are not used */
    int64_t paused_ms; /* before that nobody tries */
} holding;

struct envcrypt_credentials {
    atomic_size_t refs;
    uint64_t generation;
    evc_net *net;
    evc_env *env;
    evc_chain_rules rules;
    link links[MAX_SOURCES];
    size_t count;

    pthread_mutex_t mutex; /* of what follows; never held while a source is asked */
    holding kept;
    bool busy; /* one thread is renewing */
    waiter *waiters;
};

int
evc_chain_new(evc_net *net, const evc_chain_rules *rules, evc_chain **out,
              evc_error **err)
{
    evc_chain *chain = evc_mem_new(sizeof(*chain));

    *out = NULL;
    if (!chain)
        return evc_err_nomem(err);
    if (pthread_mutex_init(&chain->mutex, NULL) != 0) {
        evc_mem_free(chain);
        return evc_err_nomem(err);
    }
    atomic_init(&chain->refs, 1);
    chain->generation = evc_fork_generation();
    chain->net = evc_net_ref(net);
    chain->env = evc_net_env(net);
    chain->rules = *rules;
    *out = chain;
    return 0;
}

int
evc_chain_add(evc_chain *chain, const evc_source *source, void *state, evc_error **err)
{
    if (chain->count == MAX_SOURCES)
        return evc_err(err, ENVCRYPT_E_INTERNAL,
                       "a chain of credentials has more than %u sources; please report",
                       MAX_SOURCES);
    chain->links[chain->count++] = (link){source, state};
    return 0;
}

evc_chain *
evc_chain_ref(evc_chain *chain)
{
    if (chain)
        atomic_fetch_add_explicit(&chain->refs, 1, memory_order_relaxed);
    return chain;
}

void
evc_chain_unref(evc_chain *chain)
{
    if (!chain || atomic_fetch_sub_explicit(&chain->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < chain->count; i++) {
        if (chain->links[i].source->close)
            chain->links[i].source->close(chain->links[i].state);
    }
    evc_creds_unref(chain->kept.creds);
    if (evc_fork_is_current(chain->generation))
        (void)pthread_mutex_destroy(&chain->mutex);
    evc_net_unref(chain->net);
    evc_mem_free(chain);
}

const char *
evc_chain_provider(const evc_chain *chain)
{
    return chain->rules.provider;
}

/* --- what is kept ----------------------------------------------------------------- */

static int64_t
before(int64_t time_ms, int64_t window_ms, int64_t most_ms)
{
    return time_ms - (window_ms < most_ms ? window_ms : most_ms);
}

/* How long to go on with credentials whose time is over. Many hosts feel an outage at
 * once, so each waits for another while. */
static int64_t
late_ms(void)
{
    return EVC_CHAIN_LATE_MS + LATE_JITTER_MIN_MS +
           evc_chance_u32() % (LATE_JITTER_MAX_MS - LATE_JITTER_MIN_MS + 1);
}

static void
keep_late(holding *kept, int64_t now_ms)
{
    kept->end_ms = now_ms + late_ms();
    kept->renew_ms = kept->end_ms;
    kept->must_ms = kept->end_ms;
    kept->paused_ms = kept->end_ms;
}

/* creds moves. */
static void
keep(evc_chain *chain, evc_creds *creds, const evc_source *source, int64_t now_ms)
{
    holding *kept = &chain->kept;
    bool same = kept->creds && creds->expires_ms == kept->creds->expires_ms;
    int64_t life = creds->expires_ms - now_ms;

    evc_creds_unref(kept->creds);
    *kept = (holding){.creds = creds,
                      .late_is_fine = source->late_is_fine,
                      .end_ms = creds->expires_ms,
                      .renew_ms = INT64_MAX,
                      .must_ms = INT64_MAX,
                      .paused_ms = now_ms};
    if (creds->expires_ms == EVC_CREDS_NEVER)
        return;
    if (source->late_is_fine && life <= chain->rules.mandatory_ms) {
        keep_late(kept, now_ms);
        return;
    }
    kept->renew_ms = before(creds->expires_ms, chain->rules.advisory_ms, life / 2);
    kept->must_ms = before(creds->expires_ms, chain->rules.mandatory_ms, life / 4);
    if (same)
        kept->paused_ms = now_ms + EVC_CHAIN_PAUSE_MS;
}

/* Whether a failed renewal leaves something to go on with. */
static bool
go_on_with_old(evc_chain *chain, int64_t now_ms)
{
    holding *kept = &chain->kept;

    if (!kept->creds)
        return false;
    if (now_ms >= kept->end_ms) {
        if (!kept->late_is_fine)
            return false;
        keep_late(kept, now_ms);
        return true;
    }
    kept->paused_ms = now_ms + EVC_CHAIN_PAUSE_MS;
    return true;
}

enum next { TAKE, FETCH, WAIT, ARM };

/* With the lock held. */
static enum next
judge(const evc_chain *chain, int64_t now_ms)
{
    const holding *kept = &chain->kept;

    if (!kept->creds || now_ms >= kept->end_ms)
        return chain->busy ? WAIT : FETCH;
    if (now_ms < kept->renew_ms || now_ms < kept->paused_ms)
        return TAKE;
    if (!chain->busy)
        return FETCH;
    return now_ms >= kept->must_ms ? WAIT : TAKE;
}

static enum next
decide(evc_chain *chain, waiter *self, bool armed)
{
    int64_t now_ms = evc_clock_wall_ms(&chain->env->clock);
    enum next next;

    (void)pthread_mutex_lock(&chain->mutex);
    next = judge(chain, now_ms);
    if (next == TAKE) {
        self->creds = evc_creds_ref(chain->kept.creds);
    } else if (next == FETCH) {
        chain->busy = true;
    } else if (armed) {
        self->next = chain->waiters;
        chain->waiters = self;
    } else {
        next = ARM;
    }
    (void)pthread_mutex_unlock(&chain->mutex);
    return next;
}

/* error moves. */
static void
pass(evc_error **err, evc_error *error)
{
    if (err) {
        evc_error_free(*err);
        *err = error;
    } else {
        evc_error_free(error);
    }
}

/* --- renewal ---------------------------------------------------------------------- */

/* What one renewal came to. */
typedef struct outcome {
    int code;
    evc_error *error;
    evc_creds *creds;
    const evc_source *source;
    bool own_end; /* the wait of the renewing thread is over */
    bool old;     /* it failed, and the old ones go on */
} outcome;

static int
refuse_none(const evc_chain *chain, evc_error **err)
{
    evc_buf names;
    int rc;

    evc_buf_init(&names);
    for (size_t i = 0; i < chain->count; i++) {
        if (i)
            evc_buf_put_text(&names, ", ");
        evc_buf_put_text(&names, chain->links[i].source->name);
    }
    evc_buf_put_u8(&names, 0);
    if (names.failed)
        rc = evc_err_nomem(err);
    else if (chain->count == 0)
        rc = evc_err(err, ENVCRYPT_E_NO_CREDENTIALS,
                     "every source of credentials for %s is switched off; %s",
                     chain->rules.provider, chain->rules.none);
    else
        rc =
            evc_err(err, ENVCRYPT_E_NO_CREDENTIALS,
                    "no credentials for %s are configured (looked at: %s); %s",
                    chain->rules.provider, (const char *)names.data, chain->rules.none);
    evc_buf_reset(&names);
    return rc;
}

static int
refuse_expired(const evc_chain *chain, const evc_creds *creds, evc_error **err)
{
    char when[EVC_TIME_TEXT];

    evc_clock_format(creds->expires_ms, when);
    if (creds->fixed)
        return evc_err(
            err, ENVCRYPT_E_BAD_CREDENTIALS,
            "the credentials for %s from %s expired at %s; put new ones there",
            chain->rules.provider, creds->source, when);
    return evc_err(err, ENVCRYPT_E_CREDENTIALS_DOWN,
                   "the credentials for %s that %s gave had expired at %s already; "
                   "check the clock of this host",
                   chain->rules.provider, creds->source, when);
}

static int
ask(evc_chain *chain, evc_wait *wait, outcome *got)
{
    evc_clock *clock = &chain->env->clock;

    for (size_t i = 0; i < chain->count; i++) {
        const link *at = &chain->links[i];
        int rc = at->source->fetch(at->state, chain->net, evc_clock_wall_ms(clock),
                                   wait, &got->creds, &got->error);

        if (rc == EVC_NOT_CONFIGURED)
            continue;
        got->source = at->source;
        if (rc == 0 && !at->source->late_is_fine &&
            got->creds->expires_ms <= evc_clock_wall_ms(clock)) {
            rc = refuse_expired(chain, got->creds, &got->error);
            evc_creds_unref(got->creds);
            got->creds = NULL;
        }
        return rc;
    }
    return refuse_none(chain, &got->error);
}

static void
copy_error(evc_error **to, int code, const evc_error *from)
{
    (void)evc_err(to, code, "%s", evc_error_message(from));
    evc_err_set_facts_of(*to, from);
}

/* With the lock held: once a waiter is done, its thread may return. */
static void
hand_out(evc_chain *chain, const outcome *got)
{
    waiter *next;

    for (waiter *w = chain->waiters; w; w = next) {
        next = w->next;
        if (got->creds)
            w->creds = evc_creds_ref(got->creds);
        else if (got->own_end)
            w->again = true;
        else
            copy_error(&w->error, w->code = got->code, got->error);
        w->done = true;
        evc_wait_wake(w->wait);
    }
    chain->waiters = NULL;
}

/*
 * With the lock held. A deadline ends the call of its thread; yet the renewal failed, and
 * the next call is not to spend its own deadline on another one. A cancel says nothing.
 */
static void
settle(evc_chain *chain, outcome *got, int64_t now_ms)
{
    if (got->creds) {
        keep(chain, evc_creds_ref(got->creds), got->source, now_ms);
    } else if (got->own_end) {
        if (got->code == ENVCRYPT_E_TIMEOUT)
            (void)go_on_with_old(chain, now_ms);
    } else if (go_on_with_old(chain, now_ms)) {
        got->creds = evc_creds_ref(chain->kept.creds);
        got->old = true;
    }
    hand_out(chain, got);
    chain->busy = false;
}

static void
tell(const evc_chain *chain, const outcome *got)
{
    const evc_log *log = &chain->env->log;

    if (got->old)
        evc_log_write(
            log, ENVCRYPT_LOG_WARNING,
            "credentials for %s could not be renewed, so the old ones go on: %s",
            chain->rules.provider, evc_error_message(got->error));
    else if (got->creds)
        evc_log_write(log, ENVCRYPT_LOG_DEBUG, "credentials for %s are from %s%s%s",
                      chain->rules.provider, got->creds->source,
                      got->creds->detail[0] ? ", " : "", got->creds->detail);
}

static int
renew(evc_chain *chain, evc_wait *wait, evc_creds **out, evc_error **err)
{
    outcome got = {.creds = NULL};
    int64_t now_ms;

    got.code = ask(chain, wait, &got);
    got.own_end = got.code != 0 && evc_wait_check(wait, NULL) != 0 &&
                  (got.code == ENVCRYPT_E_CANCELED || got.code == ENVCRYPT_E_TIMEOUT);
    now_ms = evc_clock_wall_ms(&chain->env->clock);
    (void)pthread_mutex_lock(&chain->mutex);
    settle(chain, &got, now_ms);
    (void)pthread_mutex_unlock(&chain->mutex);
    tell(chain, &got);
    if (got.creds) {
        evc_error_free(got.error);
        *out = got.creds;
        return 0;
    }
    pass(err, got.error);
    return got.code;
}

/* --- asking ----------------------------------------------------------------------- */

/* Whether it was done meanwhile; else nobody knows of it any more. */
static bool
leave(evc_chain *chain, waiter *self)
{
    waiter **at = &chain->waiters;
    bool done;

    (void)pthread_mutex_lock(&chain->mutex);
    done = self->done;
    while (!done && *at != self)
        at = &(*at)->next;
    if (!done)
        *at = self->next;
    (void)pthread_mutex_unlock(&chain->mutex);
    return done;
}

static bool
is_done(evc_chain *chain, const waiter *self)
{
    bool done;

    (void)pthread_mutex_lock(&chain->mutex);
    done = self->done;
    (void)pthread_mutex_unlock(&chain->mutex);
    return done;
}

static int
wait_for_other(evc_chain *chain, waiter *self, evc_error **err)
{
    evc_error *ended = NULL;
    int rc = 0;

    while (rc == 0 && !is_done(chain, self))
        rc = evc_wait_sleep(self->wait, &ended);
    if (rc != 0 && !leave(chain, self)) {
        pass(err, ended);
        return rc;
    }
    evc_error_free(ended); /* what came in the same moment is taken */
    if (self->error)
        pass(err, self->error);
    return self->code;
}

static int
get(evc_chain *chain, evc_wait *wait, evc_creds **out, evc_error **err)
{
    waiter self;
    bool armed = false;
    int rc = 0;

    for (;;) {
        self = (waiter){.wait = wait};
        switch (decide(chain, &self, armed)) {
        case TAKE:
            break;
        case FETCH:
            return renew(chain, wait, out, err);
        case ARM:
            rc = evc_wait_arm(wait, err);
            armed = true;
            if (rc == 0)
                continue;
            return rc;
        case WAIT:
            rc = wait_for_other(chain, &self, err);
            if (self.again && rc == 0)
                continue;
            break;
        }
        *out = self.creds;
        return rc;
    }
}

int
evc_chain_get(evc_chain *chain, evc_wait *wait, evc_creds **out, evc_error **err)
{
    evc_wait own;
    int rc = evc_fork_check(chain->generation, "credentials", err);

    *out = NULL;
    if (rc == 0)
        rc = evc_wait_begin(wait, err);
    if (rc != 0)
        return rc;
    if (wait)
        return get(chain, wait, out, err);
    evc_wait_init(&own, &chain->env->clock,
                  evc_net_get_settings(chain->net)->deadline_ms);
    rc = get(chain, &own, out, err);
    evc_wait_release(&own);
    return rc;
}

static int
give_fixed(void *state, evc_net *net, int64_t now_ms, evc_wait *wait, evc_creds **out,
           evc_error **err)
{
    (void)net;
    (void)now_ms;
    (void)wait;
    (void)err;
    *out = evc_creds_ref(state);
    return 0;
}

static void
close_fixed(void *state)
{
    evc_creds_unref(state);
}

static const evc_source fixed = {"fixed", give_fixed, close_fixed, false};

bool
evc_chain_refuse(evc_chain *chain, const evc_creds *creds)
{
    evc_creds *dropped = NULL;

    if (!evc_fork_is_current(chain->generation))
        return false;
    (void)pthread_mutex_lock(&chain->mutex);
    if (chain->kept.creds == creds) {
        dropped = chain->kept.creds;
        chain->kept = (holding){.creds = NULL};
    }
    (void)pthread_mutex_unlock(&chain->mutex);
    evc_creds_unref(dropped);
    return !creds->fixed && chain->links[0].source != &fixed;
}

int
evc_chain_of(evc_net *net, const evc_chain_rules *rules, evc_creds *creds,
             evc_chain **out, evc_error **err)
{
    int rc = evc_chain_new(net, rules, out, err);

    if (rc)
        return rc;
    rc = evc_chain_add(*out, &fixed, evc_creds_ref(creds), err);
    if (rc) {
        evc_creds_unref(creds);
        evc_chain_unref(*out);
        *out = NULL;
    }
    return rc;
}
