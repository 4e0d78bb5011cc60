/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/ibm.h"
#include "auth/latest.h"
#include "base/mem.h"

typedef struct signer {
    evc_protocol protocol;
    evc_latest *latest;
} signer;

static int
put_bearer(const evc_creds *creds, evc_buf *out, evc_error **err)
{
    evc_buf_put_text(out, "Bearer ");
    evc_buf_put(out, creds->token.bytes, creds->token.size);
    return evc_buf_check(out, err);
}

static int
sign(void *state, evc_exchange *x, int64_t now_ms, evc_wait *wait, evc_error **err)
{
    signer *s = state;
    evc_creds *creds;
    evc_buf value;
    int rc = evc_latest_get(s->latest, wait, &creds, err);

    (void)now_ms;
    if (rc)
        return rc;
    evc_buf_init(&value);
    rc = put_bearer(creds, &value, err);
    if (!rc)
        rc = evc_headers_add_secret(&x->headers, "authorization", evc_buf_view(&value),
                                    err);
    evc_buf_reset(&value);
    evc_creds_unref(creds);
    return rc;
}

static bool
signed_by(const evc_exchange *x, const evc_creds *creds)
{
    evc_view sent = evc_view_text(evc_headers_find(&x->headers, "authorization"));
    evc_buf value;
    bool same;

    evc_buf_init(&value);
    same = put_bearer(creds, &value, NULL) == 0 && value.size == sent.size &&
           evc_mem_equal_secret(value.data, sent.data, sent.size);
    evc_buf_reset(&value);
    return same;
}

static bool
refused(void *state, const evc_exchange *x)
{
    signer *s = state;

    return evc_latest_refuse(s->latest, x, signed_by);
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
