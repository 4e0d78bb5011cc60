/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network of a client: transport, idle lanes, settings, clock offsets of hosts,
 * meter and call budget. Shared and counted; any number of threads.
 */
#ifndef EVC_NET_NET_H
#define EVC_NET_NET_H

#include "base/env.h"
#include "net/meter.h"
#include "net/skew.h"
#include "net/transport.h"

typedef struct evc_net evc_net;

/*
 * transport NULL = libcurl. Texts of settings are copied, zeros become the defaults;
 * settings' user moves when this succeeds. destroy (may be NULL) is called
 * with state when the last reference went, and not when this fails. NOMEM.
 */
int evc_net_open(evc_env *env, const evc_net_settings *settings,
                 const evc_transport *transport, void *state,
                 void (*destroy)(void *state), evc_net **out,
                 evc_error **err) EVC_MUST_CHECK;
evc_net *evc_net_ref(evc_net *net);
void evc_net_unref(evc_net *net); /* NULL is fine; legal in a child of fork */

evc_env *evc_net_env(evc_net *net);
const evc_net_settings *evc_net_get_settings(const evc_net *net);
evc_meter *evc_net_meter(evc_net *net);
evc_skew *evc_net_skew(evc_net *net);

/* A lane of the caller's own until it is given back. healthy: nothing was stopped or left
 * in flight; else it is closed. NOMEM, FORKED. */
typedef struct evc_lane {
    const evc_transport *transport;
    void *state;
    struct evc_lane *next; /* of net.c */
} evc_lane;
int evc_net_borrow(evc_net *net, evc_lane **out, evc_error **err) EVC_MUST_CHECK;
void evc_net_give_back(evc_net *net, evc_lane *lane, bool healthy);

#endif
