/* SPDX-License-Identifier: Apache-2.0 */
#include "net/hosted.h"

#include <pthread.h>

#include "base/fork.h"
#include "base/mem.h"

/* Here a body is collected before a sink gets it, whatever length it may take. */
#define COLLECTED_MAX ((size_t)256 * 1024 * 1024)

#define MESSAGE_SHOWN 512 /* bytes of the host's own words */

struct evc_host {
    atomic_size_t refs;
    uint64_t generation;
    evc_hosted_fn carry;
    void *user;
    void (*destroy)(void *user);
};

/*
 * Where the driving thread and those that finish meet. It outlives its lane as long as an
 * exchange does.
 */
typedef struct hosted_lane {
    atomic_size_t refs;
    uint64_t generation;
    evc_env *env; /* a reference is held */
    evc_host *host;
    const evc_net_settings *settings; /* of the driving thread alone */
    evc_hosted *flying;               /* same */
    pthread_mutex_t mutex;            /* over the two below, and phases */
    evc_wait *waiter;
    evc_hosted *finished;
} hosted_lane;

enum phase { OPEN, FINISHED, ABANDONED };

struct envcrypt_exchange {
    atomic_size_t
        refs; /* of the lane while it flies, and of the host until the finish */
    hosted_lane *lane;
    evc_exchange *x; /* of the driving thread alone */
    evc_hosted *next;
    evc_hosted *next_finished;
    int64_t until_ms;
    enum phase phase;

    const char *method;
    evc_buf url;
    evc_headers headers;
    evc_buf body;
    int64_t timeout_ms;
    bool secret;
    size_t cap;

    atomic_bool served; /* the finish came */

    /* The host's until then. */
    evc_headers reply_headers;
    evc_buf reply;
    int32_t status;
    int code;
    evc_error *error;
};

/* --- host ------------------------------------------------------------------------- */

int
evc_host_new(evc_hosted_fn carry, void *user, evc_host **out, evc_error **err)
{
    evc_host *host = evc_mem_new(sizeof(*host));

    *out = NULL;
    if (!host)
        return evc_err_nomem(err);
    host->generation = evc_fork_generation();
    host->carry = carry;
    host->user = user;
    atomic_init(&host->refs, 1);
    *out = host;
    return 0;
}

void
evc_host_own(evc_host *host, void (*destroy)(void *user))
{
    host->destroy = destroy;
}

static evc_host *
ref_host(evc_host *host)
{
    atomic_fetch_add_explicit(&host->refs, 1, memory_order_relaxed);
    return host;
}

void
evc_host_unref(void *state)
{
    evc_host *host = state;

    if (!host || atomic_fetch_sub_explicit(&host->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (host->destroy && evc_fork_is_current(host->generation))
        host->destroy(host->user);
    evc_mem_free(host);
}

/* --- lane ------------------------------------------------------------------------- */

static void
unref_lane(hosted_lane *lane)
{
    if (atomic_fetch_sub_explicit(&lane->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (evc_fork_is_current(lane->generation))
        (void)pthread_mutex_destroy(&lane->mutex);
    evc_host_unref(lane->host);
    evc_env_unref(lane->env);
    evc_mem_free(lane);
}

static int
hosted_open(void *state, evc_env *env, const evc_net_settings *settings, void **out,
            evc_error **err)
{
    hosted_lane *lane = evc_mem_new(sizeof(*lane));

    *out = NULL;
    if (!lane || pthread_mutex_init(&lane->mutex, NULL) != 0) {
        evc_mem_free(lane);
        return evc_err_nomem(err);
    }
    atomic_init(&lane->refs, 1);
    lane->generation = evc_fork_generation();
    lane->env = evc_env_ref(env);
    lane->host = ref_host(state);
    lane->settings = settings;
    *out = lane;
    return 0;
}

static void
hosted_close(void *state)
{
    unref_lane(state);
}

/* --- one exchange ----------------------------------------------------------------- */

static void
unref(evc_hosted *hosted)
{
    if (atomic_fetch_sub_explicit(&hosted->refs, 1, memory_order_acq_rel) != 1)
        return;
    evc_buf_reset(&hosted->url);
    evc_headers_reset(&hosted->headers);
    evc_buf_reset(&hosted->body);
    evc_headers_reset(&hosted->reply_headers);
    evc_buf_reset(&hosted->reply);
    evc_error_free(hosted->error);
    unref_lane(hosted->lane);
    evc_mem_free(hosted);
}

static int
copy_headers(evc_headers *to, const evc_headers *from, evc_error **err)
{
    int rc = 0;

    for (size_t i = 0; i < from->count && !rc; i++) {
        const evc_header *header = &from->items[i];
        evc_view value = evc_view_text(header->value);

        rc = header->secret ? evc_headers_add_secret(to, header->name, value, err)
                            : evc_headers_add(to, header->name, value, err);
    }
    return rc;
}

static int
copy_request(evc_hosted *hosted, const evc_exchange *x, evc_error **err)
{
    int rc = evc_exchange_url(x, &hosted->url, err);

    if (!rc)
        rc = copy_headers(&hosted->headers, &x->headers, err);
    evc_buf_put_view(&hosted->body, evc_buf_view(&x->body));
    if (!rc)
        rc = evc_buf_check(&hosted->body, err);
    return rc;
}

static evc_hosted *
make(hosted_lane *lane, evc_exchange *x)
{
    evc_link link = evc_link_choose(&x->endpoint->link, &lane->settings->link);
    evc_hosted *hosted = evc_mem_new(sizeof(*hosted));

    if (!hosted)
        return NULL;
    atomic_init(&hosted->refs, 1);
    atomic_init(&hosted->served, false);
    atomic_fetch_add_explicit(&lane->refs, 1, memory_order_relaxed);
    hosted->lane = lane;
    hosted->x = x;
    hosted->method = x->method;
    hosted->timeout_ms = link.attempt_ms;
    hosted->until_ms = x->began_ms + link.attempt_ms;
    hosted->secret = x->secret;
    hosted->cap = x->cap < COLLECTED_MAX ? x->cap : COLLECTED_MAX;
    evc_buf_init(&hosted->url);
    evc_headers_init(&hosted->headers);
    evc_buf_init(&hosted->body);
    evc_headers_init(&hosted->reply_headers);
    evc_buf_init(&hosted->reply);
    return hosted;
}

static int64_t
now_of(const hosted_lane *lane)
{
    return evc_clock_monotonic_ms(&lane->env->clock);
}

/* error moves. */
static void
end(evc_exchange *x, const hosted_lane *lane, int code, evc_error *error)
{
    x->code = code;
    x->error = error;
    x->flight = NULL;
    x->ended_ms = now_of(lane);
    x->done = true;
}

static void
hosted_start(void *state, evc_exchange *x)
{
    hosted_lane *lane = state;
    evc_error *error = NULL;
    evc_hosted *hosted;
    int rc;

    x->began_ms = now_of(lane);
    hosted = make(lane, x);
    rc = hosted ? copy_request(hosted, x, &error) : evc_err_nomem(&error);
    if (rc) {
        if (hosted)
            unref(hosted);
        end(x, lane, rc, error);
        return;
    }
    x->flight = hosted;
    x->bytes_out = hosted->body.size;
    hosted->next = lane->flying;
    lane->flying = hosted;
    /* One is the host's; the other is held so that a function that finishes twice finds
     * it the second time too. */
    atomic_fetch_add_explicit(&hosted->refs, 2, memory_order_relaxed);
    lane->host->carry(hosted, lane->host->user);
    unref(hosted);
}

static void
take_off_list(hosted_lane *lane, const evc_hosted *hosted)
{
    evc_hosted **at = &lane->flying;

    while (*at != hosted)
        at = &(*at)->next;
    *at = hosted->next;
}

/* Whether it was finished before. */
static bool
abandon(hosted_lane *lane, evc_hosted *hosted)
{
    evc_hosted **at = &lane->finished;
    bool finished;

    (void)pthread_mutex_lock(&lane->mutex);
    finished = hosted->phase == FINISHED;
    if (!finished)
        hosted->phase = ABANDONED;
    while (finished && *at && *at != hosted)
        at = &(*at)->next_finished;
    if (finished && *at)
        *at = hosted->next_finished;
    (void)pthread_mutex_unlock(&lane->mutex);
    return finished;
}

/* Gives up what nobody waits for any more; the host may still be at it. */
static void
drop(hosted_lane *lane, evc_hosted *hosted, int code, evc_error *error)
{
    evc_exchange *x = hosted->x;

    x->sent = true;
    take_off_list(lane, hosted);
    unref(hosted);
    end(x, lane, code, error);
}

static void
hosted_stop(void *state, evc_exchange *x)
{
    hosted_lane *lane = state;
    evc_hosted *hosted = x->flight;
    evc_error *error = NULL;
    int rc;

    if (x->done || !hosted)
        return;
    (void)abandon(lane, hosted);
    rc = evc_err(&error, ENVCRYPT_E_CANCELED, "the exchange with %s was stopped",
                 x->endpoint->authority);
    drop(lane, hosted, rc, error);
}

/* --- the driving thread ----------------------------------------------------------- */

static int
take_body(evc_exchange *x, evc_hosted *hosted, evc_error **err)
{
    x->bytes_in = hosted->reply.size;
    if (x->sink && x->status / 100 == 2)
        return x->sink(x->sink_user, evc_buf_view(&hosted->reply), err);
    x->reply = hosted->reply;
    evc_buf_init(&hosted->reply);
    return 0;
}

static bool
may_have_been_seen(int code)
{
    return code != ENVCRYPT_E_NET_DNS && code != ENVCRYPT_E_NET_CONNECT &&
           code != ENVCRYPT_E_PROXY && code != ENVCRYPT_E_TLS;
}

static void
land(hosted_lane *lane, evc_hosted *hosted)
{
    evc_exchange *x = hosted->x;
    evc_error *error = hosted->error;
    int rc = hosted->code;

    hosted->error = NULL;
    x->sent = may_have_been_seen(rc);
    if (!rc) {
        x->status = hosted->status;
        x->reply_headers = hosted->reply_headers;
        evc_headers_init(&hosted->reply_headers);
        evc_exchange_read_date(x);
        rc = take_body(x, hosted, &error);
    }
    take_off_list(lane, hosted);
    unref(hosted);
    end(x, lane, rc, error);
}

static evc_hosted *
next_finished(hosted_lane *lane)
{
    evc_hosted *hosted;

    (void)pthread_mutex_lock(&lane->mutex);
    hosted = lane->finished;
    if (hosted)
        lane->finished = hosted->next_finished;
    (void)pthread_mutex_unlock(&lane->mutex);
    return hosted;
}

static bool
expire(hosted_lane *lane)
{
    int64_t now = now_of(lane);
    bool any = false;

    for (evc_hosted *hosted = lane->flying; hosted;) {
        evc_hosted *next = hosted->next;

        if (hosted->until_ms <= now && !abandon(lane, hosted)) {
            evc_error *error = NULL;
            int rc = evc_err(&error, ENVCRYPT_E_NET_BROKEN,
                             "the transport of the application did not finish an "
                             "exchange with %s in time",
                             hosted->x->endpoint->authority);

            drop(lane, hosted, rc, error);
            any = true;
        } else if (hosted->until_ms <= now) {
            land(lane, hosted);
            any = true;
        }
        hosted = next;
    }
    return any;
}

/* Whether any exchange ended. */
static bool
collect(hosted_lane *lane)
{
    evc_hosted *hosted;
    bool any = false;

    while ((hosted = next_finished(lane)) != NULL) {
        land(lane, hosted);
        any = true;
    }
    return expire(lane) || any;
}

static int64_t
next_end(const hosted_lane *lane, int64_t until_ms)
{
    for (const evc_hosted *hosted = lane->flying; hosted; hosted = hosted->next) {
        if (hosted->until_ms < until_ms)
            until_ms = hosted->until_ms;
    }
    return until_ms;
}

static void
set_waiter(hosted_lane *lane, evc_wait *wait)
{
    (void)pthread_mutex_lock(&lane->mutex);
    lane->waiter = wait;
    (void)pthread_mutex_unlock(&lane->mutex);
}

static int
hosted_drive(void *state, int64_t until_ms, evc_wait *wait, evc_error **err)
{
    hosted_lane *lane = state;
    int rc = evc_wait_arm(wait, err);

    if (rc)
        return rc;
    set_waiter(lane, wait);
    while (!rc && !collect(lane) && until_ms > now_of(lane))
        rc = evc_wait_sleep_at(wait, next_end(lane, until_ms),
                               evc_wait_descriptor(wait), err);
    set_waiter(lane, NULL);
    return rc;
}

const evc_transport evc_transport_hosted = {
    .open = hosted_open,
    .close = hosted_close,
    .start = hosted_start,
    .drive = hosted_drive,
    .stop = hosted_stop,
};

/* --- the host --------------------------------------------------------------------- */

const char *
evc_hosted_method(const evc_hosted *hosted)
{
    return hosted->method;
}

const char *
evc_hosted_url(const evc_hosted *hosted)
{
    return (const char *)hosted->url.data;
}

size_t
evc_hosted_header_count(const evc_hosted *hosted)
{
    return hosted->headers.count;
}

const evc_header *
evc_hosted_header(const evc_hosted *hosted, size_t index)
{
    return index < hosted->headers.count ? &hosted->headers.items[index] : NULL;
}

evc_view
evc_hosted_body(const evc_hosted *hosted)
{
    return evc_buf_view(&hosted->body);
}

int64_t
evc_hosted_timeout_ms(const evc_hosted *hosted)
{
    return hosted->timeout_ms;
}

bool
evc_hosted_is_secret(const evc_hosted *hosted)
{
    return hosted->secret;
}

/* In a child of fork nobody waits for it. */
bool
evc_hosted_is_abandoned(const evc_hosted *hosted)
{
    hosted_lane *lane = hosted->lane;
    bool abandoned;

    if (!evc_fork_is_current(lane->generation))
        return true;
    (void)pthread_mutex_lock(&lane->mutex);
    abandoned = hosted->phase == ABANDONED;
    (void)pthread_mutex_unlock(&lane->mutex);
    return abandoned;
}

/* Whether it may still be answered: its reply is not yet the driving thread's. */
static int
check_open(const evc_hosted *hosted, evc_error **err)
{
    int rc = evc_fork_check(hosted->lane->generation, "exchange", err);

    if (!rc && atomic_load(&hosted->served))
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "the exchange is finished and cannot be answered any more");
    return rc;
}

int
evc_hosted_add_header(evc_hosted *hosted, const char *name, evc_view value,
                      evc_error **err)
{
    int rc = check_open(hosted, err);

    return rc ? rc
              : evc_headers_add_lower(&hosted->reply_headers, evc_view_text(name),
                                      value, err);
}

int
evc_hosted_add_body(evc_hosted *hosted, evc_view part, evc_error **err)
{
    int rc = check_open(hosted, err);

    if (rc)
        return rc;
    if (part.size > hosted->cap || hosted->reply.size > hosted->cap - part.size)
        return evc_err(err, ENVCRYPT_E_PROTOCOL,
                       "the body of a reply has more than the %zu bytes that this "
                       "exchange takes",
                       hosted->cap);
    evc_buf_put_view(&hosted->reply, part);
    return evc_buf_check(&hosted->reply, err);
}

static bool
is_known(int32_t code)
{
    return code == ENVCRYPT_E_NET_DNS || code == ENVCRYPT_E_NET_CONNECT ||
           code == ENVCRYPT_E_NET_BROKEN || code == ENVCRYPT_E_PROXY ||
           code == ENVCRYPT_E_TLS || code == ENVCRYPT_E_PROTOCOL;
}

static void
set_result(evc_hosted *hosted, int32_t code, int32_t status, const char *message)
{
    if (code == 0 && status >= 100 && status <= 599) {
        hosted->status = status;
        return;
    }
    if (code == 0)
        message = "it gave a status that is none of HTTP";
    if (!is_known(code))
        code = ENVCRYPT_E_TRANSPORT;
    hosted->code = evc_err(&hosted->error, code,
                           "the transport of the application could not carry an "
                           "exchange: %.*s",
                           MESSAGE_SHOWN, message ? message : evc_error_text(code));
}

/* With the lock held while the waiter is woken: once it sees its exchange finished, its
 * wait may be gone. */
void
evc_hosted_finish(evc_hosted *hosted, int32_t code, int32_t status, const char *message)
{
    hosted_lane *lane = hosted->lane;

    if (!evc_fork_is_current(lane->generation) ||
        atomic_exchange(&hosted->served, true))
        return;
    set_result(hosted, code, status, message);
    (void)pthread_mutex_lock(&lane->mutex);
    if (hosted->phase == OPEN) {
        hosted->phase = FINISHED;
        hosted->next_finished = lane->finished;
        lane->finished = hosted;
        if (lane->waiter)
            evc_wait_wake(lane->waiter);
    }
    (void)pthread_mutex_unlock(&lane->mutex);
    unref(hosted);
}
