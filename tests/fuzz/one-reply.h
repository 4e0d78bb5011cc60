/* SPDX-License-Identifier: Apache-2.0 */
/* A network whose first requests get one and the same body as reply, and later ones a refusal. */
#ifndef EVC_FUZZ_ONE_REPLY_H
#define EVC_FUZZ_ONE_REPLY_H

#include "at-once-lane.h"
#include "crypto/crypto.h"
#include "fuzz.h"
#include "net/net.h"
#include "net/peer.h"

#define ANSWERS 3 /* requests that get the body; later ones are refused */

static evc_env *env;
static evc_crypto *crypto;
static evc_net *net;
static evc_peer *peer;

static evc_view body;
static size_t answered;

static void
lane_start(void *lane, evc_exchange *x)
{
    (void)lane;
    x->done = true;
    x->sent = true;
    x->status = answered < ANSWERS ? 200 : 400;
    if (answered++ < ANSWERS)
        evc_buf_put_view(&x->reply, body);
    x->code = evc_buf_check(&x->reply, &x->error);
}

static const evc_transport transport = AT_ONCE_TRANSPORT(lane_start);

static void
open_one_reply(const char *url, const evc_protocol *protocol)
{
    const evc_net_settings settings = {.max_attempts = 1};
    evc_endpoint *endpoint;

    FUZZ_DEMAND(!evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL));
    FUZZ_DEMAND(!evc_crypto_open(env, &crypto, NULL));
    FUZZ_DEMAND(!evc_net_open(env, &settings, &transport, env, NULL, &net, NULL));
    FUZZ_DEMAND(!evc_endpoint_open(url, NULL, &endpoint, NULL));
    FUZZ_DEMAND(!evc_peer_open(net, endpoint, protocol, NULL, NULL, &peer, NULL));
    evc_endpoint_unref(endpoint);
}

#endif
