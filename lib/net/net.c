/* SPDX-License-Identifier: Apache-2.0 */
#include "net/net.h"

#include <pthread.h>

#include "base/fork.h"
#include "base/mem.h"

#define MAX_CONNECTIONS 16u
#define MAX_ATTEMPTS 3u
#define DEADLINE_MS 30000

/* Lanes that wait for their next borrower, with their connections; more are closed. */
#define IDLE_LANES 16u

struct evc_net {
    atomic_size_t refs;
    uint64_t generation;
    evc_env *env; /* a reference is held */
    evc_net_settings settings;
    const evc_transport *transport;
    void *state;
    void (*destroy)(void *state);
    evc_meter *meter;
    evc_skew *skew;
    pthread_mutex_t mutex; /* over the two below */
    evc_lane *idle;        /* the one that came back last is the first */
    size_t idle_count;
};

static int
take_settings(evc_net *net, const evc_net_settings *settings, evc_error **err)
{
    evc_net_settings *own = &net->settings;

    *own = *settings;
    if (!own->max_connections)
        own->max_connections = MAX_CONNECTIONS;
    if (!own->max_attempts)
        own->max_attempts = MAX_ATTEMPTS;
    if (!own->deadline_ms)
        own->deadline_ms = DEADLINE_MS;
    return evc_link_copy(&own->link, &settings->link, err);
}

static void
free_net(evc_net *net)
{
    evc_meter_close(net->meter);
    evc_skew_close(net->skew);
    evc_link_reset(&net->settings.link);
    evc_env_unref(net->env);
    evc_mem_free(net);
}

static int
fill(evc_net *net, const evc_net_settings *settings, evc_error **err)
{
    int rc = take_settings(net, settings, err);

    if (!rc)
        rc = evc_meter_open(settings->call_budget, settings->on_call,
                            settings->on_call_user, &net->meter, err);
    if (!rc)
        rc = evc_skew_open(&net->skew, err);
    if (!rc && pthread_mutex_init(&net->mutex, NULL) != 0)
        rc = evc_err_nomem(err);
    return rc;
}

int
evc_net_open(evc_env *env, const evc_net_settings *settings,
             const evc_transport *transport, void *state, void (*destroy)(void *state),
             evc_net **out, evc_error **err)
{
    evc_net *net = evc_mem_new(sizeof(*net));
    int rc;

    *out = NULL;
    if (!net)
        return evc_err_nomem(err);
    atomic_init(&net->refs, 1);
    net->generation = evc_fork_generation();
    net->env = evc_env_ref(env);
    rc = fill(net, settings, err);
    if (rc) {
        free_net(net);
        return rc;
    }
    net->transport = transport ? transport : &evc_transport_curl;
    net->state = state;
    net->destroy = destroy;
    *out = net;
    return 0;
}

evc_net *
evc_net_ref(evc_net *net)
{
    if (net)
        atomic_fetch_add_explicit(&net->refs, 1, memory_order_relaxed);
    return net;
}

static void
close_lane(evc_net *net, evc_lane *lane)
{
    net->transport->close(lane->state);
    evc_mem_free(lane);
}

/* In a child of fork another thread may have been at the list when it was copied: the
 * lanes leak there, and what the caller's state waits for is not there. */
void
evc_net_unref(evc_net *net)
{
    if (!net || atomic_fetch_sub_explicit(&net->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (evc_fork_is_current(net->generation)) {
        while (net->idle) {
            evc_lane *lane = net->idle;

            net->idle = lane->next;
            close_lane(net, lane);
        }
        if (net->destroy)
            net->destroy(net->state);
        if (net->settings.on_call_destroy)
            net->settings.on_call_destroy(net->settings.on_call_user);
        (void)pthread_mutex_destroy(&net->mutex);
    }
    free_net(net);
}

evc_env *
evc_net_env(evc_net *net)
{
    return net->env;
}

const evc_net_settings *
evc_net_get_settings(const evc_net *net)
{
    return &net->settings;
}

evc_meter *
evc_net_meter(evc_net *net)
{
    return net->meter;
}

evc_skew *
evc_net_skew(evc_net *net)
{
    return net->skew;
}

static evc_lane *
take_idle(evc_net *net)
{
    evc_lane *lane;

    (void)pthread_mutex_lock(&net->mutex);
    lane = net->idle;
    if (lane) {
        net->idle = lane->next;
        net->idle_count--;
    }
    (void)pthread_mutex_unlock(&net->mutex);
    return lane;
}

static int
open_lane(evc_net *net, evc_lane **out, evc_error **err)
{
    evc_lane *lane = evc_mem_new(sizeof(*lane));
    int rc;

    if (!lane)
        return evc_err_nomem(err);
    lane->transport = net->transport;
    rc = net->transport->open(net->state, net->env, &net->settings, &lane->state, err);
    if (rc) {
        evc_mem_free(lane);
        return rc;
    }
    *out = lane;
    return 0;
}

int
evc_net_borrow(evc_net *net, evc_lane **out, evc_error **err)
{
    int rc = evc_fork_check(net->generation, "client", err);

    *out = NULL;
    if (rc)
        return rc;
    *out = take_idle(net);
    return *out ? 0 : open_lane(net, out, err);
}

static bool
keep_idle(evc_net *net, evc_lane *lane)
{
    bool kept;

    (void)pthread_mutex_lock(&net->mutex);
    kept = net->idle_count < IDLE_LANES;
    if (kept) {
        lane->next = net->idle;
        net->idle = lane;
        net->idle_count++;
    }
    (void)pthread_mutex_unlock(&net->mutex);
    return kept;
}

void
evc_net_give_back(evc_net *net, evc_lane *lane, bool healthy)
{
    if (!evc_fork_is_current(net->generation) || !healthy || !keep_idle(net, lane))
        close_lane(net, lane);
}
