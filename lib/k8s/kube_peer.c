/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/kube_peer.h"

#include <pthread.h>
#include <string.h>

#include "auth/authorization.h"
#include "auth/latest.h"
#include "base/fork.h"
#include "base/mem.h"
#include "envcrypt/version.h"
#include "k8s/status.h"

#define USER_AGENT "libenvcrypt/" ENVCRYPT_VERSION_STRING

typedef struct signer {
    uint64_t generation;
    evc_latest *latest; /* NULL = nobody is asked */
    evc_headers as;
    char *url;
    evc_link link;

    pthread_mutex_t mutex; /* of these two */
    evc_creds *shown;      /* whose certificate the endpoint has */
    evc_endpoint *with_certificate;
} signer;

/* --- the certificate -------------------------------------------------------------- */

static int
open_endpoint(const signer *s, const evc_creds *creds, evc_endpoint **out,
              evc_error **err)
{
    evc_link link = s->link;

    link.client_cert = NULL;
    link.client_key = NULL;
    link.cert_pem = creds->certificate;
    link.key_pem = creds->secret;
    return evc_endpoint_open(s->url, &link, out, err);
}

/* *out: a reference; made anew when the certificate is another one. */
static int
endpoint_for(signer *s, evc_creds *creds, evc_endpoint **out, evc_error **err)
{
    evc_endpoint *old = NULL;
    int rc = 0;

    (void)pthread_mutex_lock(&s->mutex);
    if (s->shown != creds) {
        rc = open_endpoint(s, creds, out, err);
        if (rc == 0) {
            old = s->with_certificate;
            s->with_certificate = *out;
            evc_creds_unref(s->shown);
            s->shown = evc_creds_ref(creds);
        }
    }
    *out = rc ? NULL : evc_endpoint_ref(s->with_certificate);
    (void)pthread_mutex_unlock(&s->mutex);
    evc_endpoint_unref(old);
    return rc;
}

/* --- requests --------------------------------------------------------------------- */

static int
prove(signer *s, evc_exchange *x, evc_wait *wait, evc_error **err)
{
    evc_creds *creds = NULL;
    evc_endpoint *endpoint = NULL;
    int rc = evc_latest_get(s->latest, wait, &creds, err);

    if (rc == 0 && creds->token.bytes)
        rc = evc_authorization_add(creds, x, err);
    if (rc == 0 && creds->certificate[0]) {
        rc = endpoint_for(s, creds, &endpoint, err);
        if (rc == 0) {
            evc_endpoint_unref(x->endpoint);
            x->endpoint = endpoint;
        }
    }
    evc_creds_unref(creds);
    return rc;
}

static int
sign(void *state, evc_exchange *x, int64_t now_ms, evc_wait *wait, evc_error **err)
{
    signer *s = state;
    int rc = 0;

    (void)now_ms;
    for (size_t i = 0; rc == 0 && i < s->as.count; i++)
        rc = evc_headers_add(&x->headers, s->as.items[i].name,
                             evc_view_text(s->as.items[i].value), err);
    if (rc == 0)
        rc = evc_headers_add(&x->headers, "user-agent", evc_view_text(USER_AGENT), err);
    return rc == 0 && s->latest ? prove(s, x, wait, err) : rc;
}

static bool
signed_by(const evc_exchange *x, const evc_creds *creds)
{
    const char *shown = x->endpoint->link.cert_pem;

    if (creds->token.bytes)
        return evc_authorization_is_of(x, creds);
    return shown && strcmp(shown, creds->certificate) == 0;
}

static bool
refused(void *state, const evc_exchange *x)
{
    const signer *s = state;

    return s->latest && evc_latest_refuse(s->latest, x, signed_by);
}

static void
close_signer(void *state)
{
    signer *s = state;

    evc_latest_close(s->latest);
    evc_headers_reset(&s->as);
    evc_endpoint_unref(s->with_certificate);
    evc_creds_unref(s->shown);
    if (evc_fork_is_current(s->generation))
        (void)pthread_mutex_destroy(&s->mutex);
    evc_link_reset(&s->link);
    evc_mem_free(s->url);
    evc_mem_free(s);
}

static const evc_protocol protocol = {.provider = "kubernetes",
                                      .sign = sign,
                                      .refused = refused,
                                      .classify = evc_kube_classify,
                                      .close = close_signer};

/* --- opening ---------------------------------------------------------------------- */

static int
fill(signer *s, const char *url, const evc_link *link, evc_chain *chain,
     const evc_headers *as, evc_error **err)
{
    int rc = evc_link_copy(&s->link, link, err);

    s->url = evc_mem_strdup(url);
    if (rc == 0 && !s->url)
        rc = evc_err_nomem(err);
    for (size_t i = 0; rc == 0 && i < as->count; i++)
        rc = evc_headers_add(&s->as, as->items[i].name,
                             evc_view_text(as->items[i].value), err);
    if (rc == 0 && chain)
        rc = evc_latest_open(chain, &s->latest, err);
    return rc;
}

int
evc_kube_peer_open(evc_net *net, const char *url, const evc_link *link,
                   evc_chain *chain, const evc_headers *as, evc_peer **out,
                   evc_error **err)
{
    signer *s = evc_mem_new(sizeof(*s));
    evc_endpoint *endpoint = NULL;
    int rc;

    *out = NULL;
    if (!s)
        return evc_err_nomem(err);
    if (pthread_mutex_init(&s->mutex, NULL) != 0) {
        evc_mem_free(s);
        return evc_err_nomem(err);
    }
    s->generation = evc_fork_generation();
    evc_headers_init(&s->as);
    rc = fill(s, url, link, chain, as, err);
    if (rc == 0)
        rc = evc_endpoint_open(url, link, &endpoint, err);
    if (rc == 0)
        rc = evc_peer_open(net, endpoint, &protocol, s, NULL, out, err);
    evc_endpoint_unref(endpoint);
    if (rc)
        close_signer(s);
    return rc;
}
