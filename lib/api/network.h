/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network under a client, and how its options are called. network.c in builds that
 * have one, network_none.c in the others.
 */
#ifndef EVC_API_NETWORK_H
#define EVC_API_NETWORK_H

#include "base/env.h"
#include "base/kv.h"

struct evc_net;

/* Whether a client can have this option: UNKNOWN_OPTION, ARGUMENT (the value), NOT_BUILT
 * (no network in this build). value NULL: only the name is looked at. */
int evc_network_check_option(const char *name, const char *value,
                             evc_error **err) EVC_MUST_CHECK;
/* options were checked. *out is NULL in a build without a network. NOMEM. */
int evc_network_open(evc_env *env, const evc_kv *options, struct evc_net **out,
                     evc_error **err) EVC_MUST_CHECK;
void evc_network_close(
    struct evc_net *net); /* NULL is fine; legal in a child of fork */

#endif
