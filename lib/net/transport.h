/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What carries exchanges: libcurl (net/curl.c), or a function of the caller's
 * (net/hosted.c). A lane is what one thread drives at a time; it keeps connections for
 * the next one that borrows it.
 */
#ifndef EVC_NET_TRANSPORT_H
#define EVC_NET_TRANSPORT_H

#include "base/env.h"
#include "base/wait.h"
#include "net/http.h"
#include "net/meter.h"

/* Of the client, for every endpoint that says nothing else. Immutable after open. */
typedef struct evc_net_settings {
    evc_link link;
    bool fast;              /* memory=fast */
    size_t max_connections; /* of one lane to one host; default 16 */
    uint32_t max_attempts;  /* default 3 */
    int64_t deadline_ms;    /* of a call whose wait is NULL; default 30,000 */
    uint64_t call_budget;   /* most requests that are ever sent; 0 = no limit */
    evc_meter_fn on_call;   /* hears of each finished operation; or NULL */
    void *on_call_user;
    void (*on_call_destroy)(void *user); /* once, when the last reference went, and not
                                            in a child of fork; or NULL */
} evc_net_settings;

typedef struct evc_transport {
    int (*open)(void *state, evc_env *env, const evc_net_settings *settings,
                void **lane, evc_error **err);
    /* Nothing is in flight. In a child of fork: frees memory only. */
    void (*close)(void *lane);
    /*
     * Begins the exchange, which stays the caller's and at its place until it is done:
     * then done is set, and code, error and the reply. What cannot even begin is done at
     * once; so nothing fails here.
     */
    void (*start)(void *lane, evc_exchange *x);
    /*
     * Moves what is in flight, until at least one exchange is done that was not before,
     * or the monotonic time until_ms came: 0. The errors of evc_wait_sleep: then nothing
     * is stopped yet. wait is never NULL.
     */
    int (*drive)(void *lane, int64_t until_ms, evc_wait *wait, evc_error **err);
    /* Stops an exchange at once; it is done with ENVCRYPT_E_CANCELED. */
    void (*stop)(void *lane, evc_exchange *x);
} evc_transport;

extern const evc_transport evc_transport_curl;

#endif
