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

/* Whether a client can have this option: UNKNOWN_OPTION, ARGUMENT (the value), NOT_BUILT
 * (no network in this build). value NULL: only the name is looked at. */
int evc_network_check_option(const char *name, const char *value,
                             evc_error **err) EVC_MUST_CHECK;
/* Whether a client can have a transport of the caller's: NOT_BUILT. */
int evc_network_check_transport(evc_error **err) EVC_MUST_CHECK;
/* options were checked. transport's user moves only when this succeeds. *out is NULL in a
 * build without a network. NOMEM. */
int evc_network_open(evc_env *env, const evc_kv *options,
                     const evc_network_transport *transport, struct evc_net **out,
                     evc_error **err) EVC_MUST_CHECK;
void evc_network_close(
    struct evc_net *net); /* NULL is fine; legal in a child of fork */

#endif
