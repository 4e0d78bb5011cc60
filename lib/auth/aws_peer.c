/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "auth/aws_config.h"
#include "auth/latest.h"
#include "auth/sigv4.h"
#include "base/mem.h"

typedef struct signer {
    evc_protocol protocol;
    evc_crypto *crypto;
    evc_latest *latest;
    char *region;
    char *service;
} signer;

static int
sign(void *state, evc_exchange *x, int64_t now_ms, evc_wait *wait, evc_error **err)
{
    const signer *s = state;
    const evc_sigv4 how = {
        .region = s->region, .service = s->service, .now_ms = now_ms};
    evc_creds *creds;
    int rc = evc_latest_get(s->latest, wait, &creds, err);

    if (rc)
        return rc;
    rc = evc_sigv4_sign(s->crypto, &how, creds, x, err);
    evc_creds_unref(creds);
    return rc;
}

/* By the access key: each set of temporary credentials has one of its own. */
static bool
signed_by(const evc_exchange *x, const evc_creds *creds)
{
    const char *value = evc_headers_find(&x->headers, "authorization");
    const char *id = value ? strstr(value, "Credential=") : NULL;
    size_t size = strlen(creds->id);

    if (!id)
        return false;
    id += strlen("Credential=");
    return strncmp(id, creds->id, size) == 0 && id[size] == '/';
}

static bool
refused(void *state, const evc_exchange *x)
{
    const signer *s = state;

    return evc_latest_refuse(s->latest, x, signed_by);
}

static void
close_signer(void *state)
{
    signer *s = state;

    evc_latest_close(s->latest);
    evc_crypto_unref(s->crypto);
    evc_mem_free(s->region);
    evc_mem_free(s->service);
    evc_mem_free(s);
}

int
evc_aws_peer_open(const evc_aws_config *config, evc_endpoint *endpoint,
                  const char *provider, const char *service, const char *region,
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
    s->crypto = evc_crypto_ref(config->crypto);
    s->region = evc_mem_strdup(region);
    s->service = evc_mem_strdup(service);
    rc = s->region && s->service ? evc_latest_open(chain, &s->latest, err)
                                 : evc_err_nomem(err);
    if (rc == 0)
        rc = evc_peer_open(config->net, endpoint, &s->protocol, s, NULL, out, err);
    if (rc)
        close_signer(s);
    return rc;
}
