/* SPDX-License-Identifier: Apache-2.0 */
#include "net/peer.h"

#include <string.h>

#include "base/mem.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

static void
set_text(char out[EVC_FAULT_TEXT], evc_view text, const char *alphabet)
{
    size_t size = 0;

    for (size_t i = 0; i < text.size && size + 1 < EVC_FAULT_TEXT; i++) {
        if (text.data[i] && strchr(alphabet, text.data[i]))
            out[size++] = (char)text.data[i];
    }
    out[size] = '\0';
}

void
evc_fault_set_code(evc_fault *fault, evc_view text)
{
    set_text(fault->provider_code, text, LETTERS);
}

void
evc_fault_set_request_id(evc_fault *fault, evc_view text)
{
    set_text(fault->request_id, text, LETTERS ":/");
}

void
evc_fault_read(const evc_protocol *protocol, const evc_exchange *x, evc_fault *fault)
{
    *fault = (evc_fault){.retry_after_ms = -1};
    if (x->status >= 200 && x->status < 300)
        return;
    if (x->status >= 300 && x->status < 400)
        fault->code = ENVCRYPT_E_REDIRECT;
    else if (x->status >= 400 && x->status < 600)
        protocol->classify(x, fault);
    if (fault->code >= 0) {
        fault->code = ENVCRYPT_E_PROTOCOL;
        fault->verdict = EVC_VERDICT_FAIL;
    }
}

int
evc_peer_open(evc_net *net, evc_endpoint *endpoint, const evc_protocol *protocol,
              void *state, const evc_retry *retry, evc_peer **out, evc_error **err)
{
    evc_peer *peer = evc_mem_new(sizeof(*peer));
    uint32_t max_attempts = evc_net_get_settings(net)->max_attempts;

    *out = peer;
    if (!peer)
        return evc_err_nomem(err);
    atomic_init(&peer->refs, 1);
    peer->net = evc_net_ref(net);
    peer->endpoint = evc_endpoint_ref(endpoint);
    peer->protocol = protocol;
    peer->state = state;
    evc_bucket_init(&peer->bucket);
    evc_retry_defaults(&peer->retry);
    if (retry)
        peer->retry = *retry;
    else if (max_attempts)
        peer->retry.max_attempts = max_attempts;
    return 0;
}

evc_peer *
evc_peer_ref(evc_peer *peer)
{
    if (peer)
        atomic_fetch_add_explicit(&peer->refs, 1, memory_order_relaxed);
    return peer;
}

void
evc_peer_unref(evc_peer *peer)
{
    if (!peer || atomic_fetch_sub_explicit(&peer->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (peer->protocol->close)
        peer->protocol->close(peer->state);
    evc_endpoint_unref(peer->endpoint);
    evc_net_unref(peer->net);
    evc_mem_free(peer);
}
