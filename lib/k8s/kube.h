/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An API server of Kubernetes: where it is, who we are there, and the peer that operations
 * (k8s/list.h, k8s/patch.h …) talk to. A public envcrypt_kube. Counted and immutable after
 * open; any number of threads.
 */
#ifndef EVC_K8S_KUBE_H
#define EVC_K8S_KUBE_H

#include "base/buf.h"
#include "crypto/crypto.h"
#include "k8s/kube_options.h"
#include "net/operation.h"

typedef struct envcrypt_kube evc_kube;

/*
 * Reads files and environment, and sends nothing yet. ENVCRYPT_E_KUBECONFIG, YAML, KUBE_EXEC
 * (a plugin is named and not allowed), KUBE_INSECURE (insecure-skip-tls-verify),
 * BAD_CREDENTIALS, ENDPOINT, FILE_…, NOMEM.
 */
int evc_kube_open(evc_crypto *crypto, evc_net *net, const evc_kube_options *options,
                  evc_kube **out, evc_error **err) EVC_MUST_CHECK;
evc_kube *evc_kube_ref(evc_kube *kube);
void evc_kube_unref(evc_kube *kube); /* NULL is fine; legal in a child of fork */
/* First in whatever uses one on behalf of a caller: 0, FORKED. */
int evc_kube_begin(const evc_kube *kube, evc_error **err) EVC_MUST_CHECK;

/*
 * What operations are set up with. Its protocol signs by bearer token or client certificate,
 * renews what was refused (401) once, and reads Status replies (k8s/status.h).
 */
evc_peer *evc_kube_peer(const evc_kube *kube);
evc_net *evc_kube_net(const evc_kube *kube);
evc_crypto *evc_kube_crypto(const evc_kube *kube);
const char *evc_kube_server(const evc_kube *kube); /* its URL */
const char *evc_kube_origin(
    const evc_kube *kube); /* "context NAME of /path", "this pod" */
const char *evc_kube_namespace(const evc_kube *kube); /* of the context; NULL = none */

/* A reply that the server dated date_ms (-1 = not) came at at_ms of our monotonic clock. */
void evc_kube_note_date(evc_kube *kube, int64_t date_ms, int64_t at_ms);
/* By how much the server's clock is ahead of ours, as far as replies showed
 * (server_clock.h). */
int64_t evc_kube_ahead_ms(const evc_kube *kube);

/*
 * Who the cluster is: the uid of its namespace kube-system; where that may not be read,
 * "server:" and a digest of URL and CA. Asked once and kept. *out lives as long as kube.
 */
int evc_kube_cluster_id(evc_kube *kube, evc_wait *wait, const char **out,
                        evc_error **err) EVC_MUST_CHECK;
/* "v1.37.2", of /version. Appended. */
int evc_kube_version(evc_kube *kube, evc_wait *wait, evc_buf *out,
                     evc_error **err) EVC_MUST_CHECK;

#endif
