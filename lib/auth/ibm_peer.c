/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/authorization.h"
#include "auth/ibm.h"
#include "auth/latest.h"
#include "base/mem.h"

typedef struct signer {
    evc_protocol protocol;
    evc_latest *latest;
} signer;

static int
sign(void *state, evc_exchange *x, int64_t now_ms, evc_wait *wait, evc_error **err)
{
    signer *s = state;
    evc_creds *creds;
    int rc = evc_latest_get(s->latest, wait, &creds, err);

    (void)now_ms;
    if (rc)
        return rc;
    rc = evc_authorization_add(creds, x, err);
    evc_creds_unref(creds);
    return rc;
}

static bool
refused(void *state, const evc_exchange *x)
{
    signer *s = state;

    return evc_latest_refuse(s->latest, x, evc_authorization_is_of);
}

static void
close_signer(void *state)
{
    signer *s = state;

    evc_latest_close(s->latest);
    evc_mem_free(s);
}

int
evc_ibm_peer_open(evc_net *net, evc_endpoint *endpoint, const char *provider,
                  evc_chain *chain,
                  void (*classify)(const evc_exchange *x, evc_fault *fault),
                  evc_peer **out, evc_error **err)
{
    signer *s = evc_mem_new(sizeof(*s));
    int rc;

    *out = NULL;
    if (!s)
        return evc_err_nomem(err);
    s->protocol = (evc_protocol){.provider = provider,
                                 .sign = sign,
                                 .refused = refused,
                                 .classify = classify,
                                 .close = close_signer};
    rc = evc_latest_open(chain, &s->latest, err);
    if (!rc)
        rc = evc_peer_open(net, endpoint, &s->protocol, s, NULL, out, err);
    if (rc)
        close_signer(s);
    return rc;
}
