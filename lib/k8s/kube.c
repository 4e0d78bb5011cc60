/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/kube.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/encode.h"
#include "base/fork.h"
#include "base/mem.h"
#include "crypto/digest.h"
#include "k8s/access_given.h"
#include "k8s/bearer.h"
#include "k8s/env_proxy.h"
#include "k8s/kube_ask.h"
#include "k8s/kube_peer.h"
#include "k8s/server_clock.h"
#include "net/pem_file.h"

#define ATTEMPT_MS 60000 /* the server's own limit of one request */

struct envcrypt_kube {
    atomic_size_t refs;
    uint64_t generation;
    evc_crypto *crypto; /* references are held */
    evc_net *net;
    evc_peer *peer;
    char *server;
    char *origin;
    char *ns;
    uint8_t reach[32]; /* digest of URL and CA */
    evc_server_clock clock;

    pthread_mutex_t mutex; /* of this: NULL until the first asked */
    char *cluster_id;
};

/* --- opening ---------------------------------------------------------------------- */

static evc_link
link_of(const evc_kube_access *access, int64_t attempt_ms)
{
    bool pem = access->cert_pem || access->key_pem.bytes;
    evc_link link = {.ca_pem = access->ca_pem,
                     .tls_name = access->tls_name,
                     .proxy = access->proxy,
                     .attempt_ms = attempt_ms ? attempt_ms : ATTEMPT_MS};

    if (!access->ca_pem)
        link.ca_file = access->ca_file;
    if (pem) {
        link.cert_pem = access->cert_pem;
        link.key_pem = access->key_pem;
    } else {
        link.client_cert = access->cert_file;
        link.client_key = access->key_file;
    }
    return link;
}

/* Where a server is read from tells more than its URL. */
static int
open_peer(evc_kube *kube, const evc_kube_access *access,
          const evc_kube_options *options, evc_chain *chain, evc_error **err)
{
    const evc_link link = link_of(access, options->attempt_ms);
    int rc = evc_kube_peer_open(kube->net, access->server, &link, chain, &access->as,
                                &kube->peer, err);

    if (rc != ENVCRYPT_E_ENDPOINT)
        return rc;
    return evc_err_wrap(err, rc, "the server of %s cannot be used", access->origin);
}

static int
digest_reach(evc_kube *kube, const evc_kube_access *access, evc_error **err)
{
    evc_view parts[] = {evc_view_text(access->server), evc_view_of("", 1),
                        evc_view_text(access->ca_pem)};
    evc_buf file;
    int rc = 0;

    evc_buf_init(&file);
    if (!access->ca_pem && access->ca_file)
        rc = evc_pem_file_read_authorities(access->ca_file, &file, err);
    if (file.size)
        parts[2] = evc_buf_view(&file);
    if (rc == 0)
        rc = evc_digest(kube->crypto, EVC_SHA256, parts, 3, kube->reach, err);
    evc_buf_reset(&file);
    return rc;
}

/* What the kubeconfig and the caller say goes before the environment, and an empty text of
 * theirs is none. */
static int
choose_proxy(const evc_kube *kube, const evc_kube_options *options,
             evc_kube_access *access, evc_error **err)
{
    bool of_kubeconfig = !options->server && !options->in_cluster;
    char *proxy = NULL;
    int rc = 0;

    if (access->proxy && access->proxy[0])
        rc = evc_env_proxy_complete(access->proxy, &proxy, err);
    else if (!access->proxy && of_kubeconfig &&
             !evc_net_get_settings(kube->net)->link.proxy)
        rc = evc_env_proxy_for(access->server, &proxy, err);
    if (proxy) {
        evc_mem_free(access->proxy);
        access->proxy = proxy;
    }
    return rc;
}

static int
take_texts(evc_kube *kube, evc_kube_access *access, evc_error **err)
{
    int rc = evc_text_set(&kube->server, access->server, err);

    if (rc == 0)
        rc = evc_text_set(&kube->origin, access->origin, err);
    return rc == 0 ? evc_text_set(&kube->ns, access->ns, err) : rc;
}

static int
fill(evc_kube *kube, const evc_kube_options *options, evc_error **err)
{
    evc_kube_access access;
    evc_chain *chain = NULL;
    evc_bearer_options bearer = {.access = &access,
                                 .eks_cluster = options->eks_cluster,
                                 .aws_region = options->aws_region,
                                 .aws_profile = options->aws_profile,
                                 .aws_chain = options->aws_chain};
    int rc;

    evc_kube_access_init(&access);
    rc = evc_access_given_read(options, evc_net_env(kube->net), &access, err);
    if (rc == 0)
        rc = take_texts(kube, &access, err);
    if (rc == 0)
        rc = digest_reach(kube, &access, err);
    if (rc == 0)
        rc = evc_bearer_open(kube->crypto, kube->net, &bearer, &chain, err);
    if (rc == 0)
        rc = choose_proxy(kube, options, &access, err);
    if (rc == 0)
        rc = open_peer(kube, &access, options, chain, err);
    evc_chain_unref(chain);
    evc_kube_access_reset(&access);
    return rc;
}

int
evc_kube_open(evc_crypto *crypto, evc_net *net, const evc_kube_options *options,
              evc_kube **out, evc_error **err)
{
    evc_kube *kube = evc_mem_new(sizeof(*kube));
    int rc;

    *out = NULL;
    if (!kube)
        return evc_err_nomem(err);
    if (pthread_mutex_init(&kube->mutex, NULL) != 0) {
        evc_mem_free(kube);
        return evc_err_nomem(err);
    }
    atomic_init(&kube->refs, 1);
    evc_server_clock_init(&kube->clock);
    kube->generation = evc_fork_generation();
    kube->crypto = evc_crypto_ref(crypto);
    kube->net = evc_net_ref(net);
    rc = fill(kube, options, err);
    if (rc) {
        evc_kube_unref(kube);
        return rc;
    }
    *out = kube;
    return 0;
}

evc_kube *
evc_kube_ref(evc_kube *kube)
{
    if (kube)
        atomic_fetch_add_explicit(&kube->refs, 1, memory_order_relaxed);
    return kube;
}

void
evc_kube_unref(evc_kube *kube)
{
    if (!kube || atomic_fetch_sub_explicit(&kube->refs, 1, memory_order_acq_rel) != 1)
        return;
    evc_peer_unref(kube->peer);
    evc_crypto_unref(kube->crypto);
    evc_net_unref(kube->net);
    if (evc_fork_is_current(kube->generation))
        (void)pthread_mutex_destroy(&kube->mutex);
    evc_mem_free(kube->server);
    evc_mem_free(kube->origin);
    evc_mem_free(kube->ns);
    evc_mem_free(kube->cluster_id);
    evc_mem_free(kube);
}

int
evc_kube_begin(const evc_kube *kube, evc_error **err)
{
    return evc_fork_check(kube->generation, "API server", err);
}

/* --- what it is ------------------------------------------------------------------- */

evc_peer *
evc_kube_peer(const evc_kube *kube)
{
    return kube->peer;
}

evc_net *
evc_kube_net(const evc_kube *kube)
{
    return kube->net;
}

evc_crypto *
evc_kube_crypto(const evc_kube *kube)
{
    return kube->crypto;
}

const char *
evc_kube_server(const evc_kube *kube)
{
    return kube->server;
}

const char *
evc_kube_origin(const evc_kube *kube)
{
    return kube->origin;
}

const char *
evc_kube_namespace(const evc_kube *kube)
{
    return kube->ns;
}

/* --- asking ----------------------------------------------------------------------- */

int
evc_kube_version(evc_kube *kube, evc_wait *wait, evc_buf *out, evc_error **err)
{
    int rc = evc_kube_begin(kube, err);

    return rc == 0 ? evc_kube_ask_version(kube->peer, wait, out, err) : rc;
}

void
evc_kube_note_date(evc_kube *kube, int64_t date_ms, int64_t at_ms)
{
    const evc_clock *clock = &evc_net_env(kube->net)->clock;
    int64_t ago_ms = evc_clock_monotonic_ms(clock) - at_ms;

    evc_server_clock_note(&kube->clock, date_ms, evc_clock_wall_ms(clock) - ago_ms);
}

int64_t
evc_kube_ahead_ms(const evc_kube *kube)
{
    return evc_server_clock_ahead_ms(&kube->clock);
}

/* The first answer stays: somebody may hold it. id moves. */
static const char *
keep_id(evc_kube *kube, char *id)
{
    const char *kept;

    (void)pthread_mutex_lock(&kube->mutex);
    if (!kube->cluster_id) {
        kube->cluster_id = id;
        id = NULL;
    }
    kept = kube->cluster_id;
    (void)pthread_mutex_unlock(&kube->mutex);
    evc_mem_free(id);
    return kept;
}

static const char *
kept_id(evc_kube *kube)
{
    const char *kept;

    (void)pthread_mutex_lock(&kube->mutex);
    kept = kube->cluster_id;
    (void)pthread_mutex_unlock(&kube->mutex);
    return kept;
}

static int
ask_id(evc_kube *kube, evc_wait *wait, evc_buf *out, evc_error **err)
{
    int rc = evc_kube_ask_uid(kube->peer, wait, out, err);

    if (rc != ENVCRYPT_E_DENIED && rc != ENVCRYPT_E_KUBE_NOT_FOUND)
        return rc;
    evc_err_drop(err);
    evc_buf_put_text(out, "server:");
    evc_encode_hex(out, evc_view_of(kube->reach, sizeof(kube->reach)));
    return evc_buf_check(out, err);
}

int
evc_kube_cluster_id(evc_kube *kube, evc_wait *wait, const char **out, evc_error **err)
{
    char *id = NULL;
    evc_buf text;
    int rc = evc_kube_begin(kube, err);

    *out = NULL;
    if (rc)
        return rc;
    *out = kept_id(kube);
    if (*out)
        return 0;
    evc_buf_init(&text);
    rc = ask_id(kube, wait, &text, err);
    if (rc == 0)
        rc = evc_text_take(&id, &text, err);
    evc_buf_reset(&text);
    if (rc == 0)
        *out = keep_id(kube, id);
    return rc;
}
