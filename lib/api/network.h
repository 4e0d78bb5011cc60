/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network under a client, and how its options are called. network.c in builds that
 * have one, network_none.c in the others.
 */
#ifndef EVC_API_NETWORK_H
#define EVC_API_NETWORK_H

#include "base/env.h"
#include "base/kv.h"
#include "envcrypt/client.h"

struct evc_net;

/* A transport of the caller's; carry NULL = ours. */
typedef struct evc_network_transport {
    envcrypt_transport_fn carry;
    void *user;
    envcrypt_destroy_fn destroy;
} evc_network_transport;

/* The caller's function that hears of each operation. */
typedef struct evc_network_hook {
    envcrypt_meter_fn fn;
    void *user;
    envcrypt_destroy_fn destroy;
} evc_network_hook;

/* Whether a client can have this option: UNKNOWN_OPTION, ARGUMENT (the value), NOT_BUILT
 * (no network in this build). value NULL: only the name is looked at. */
int evc_network_check_option(const char *name, const char *value,
                             evc_error **err) EVC_MUST_CHECK;
/* Whether a client can have it ("transport"): NOT_BUILT. */
int evc_network_check_built(const char *what, evc_error **err) EVC_MUST_CHECK;
/*
 * options were checked. The users of hook and transport move only when this succeeds.
 * *out is NULL in a build without a network. ARGUMENT, NOMEM.
 */
int evc_network_open(evc_env *env, const evc_kv *options, uint64_t call_budget,
                     const evc_network_hook *hook,
                     const evc_network_transport *transport, struct evc_net **out,
                     evc_error **err) EVC_MUST_CHECK;
/* Of a build without a network: no rows. NOMEM. */
int evc_network_meter(struct evc_net *net, envcrypt_meter **out,
                      evc_error **err) EVC_MUST_CHECK;
void evc_network_close(
    struct evc_net *net); /* NULL is fine; legal in a child of fork */

#endif
