/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An API server of Kubernetes: where it is, who we are there, and the peer that operations
 * (k8s/list.h, k8s/patch.h …) talk to. A public envcrypt_kube. Counted and immutable after
 * open; any number of threads.
 */
#ifndef EVC_K8S_KUBE_H
#define EVC_K8S_KUBE_H

#include "auth/chain.h"
#include "base/buf.h"
#include "crypto/crypto.h"
#include "net/operation.h"

typedef struct envcrypt_kube evc_kube;

/*
 * Where the access comes from. Exactly one: server; eks_cluster (then server and CA are
 * needed too, or come from the cluster flow); in_cluster; else kubeconfig. Texts are
 * borrowed; NULL = not given.
 */
typedef struct evc_kube_options {
    const char *kubeconfig; /* a file, or a list with colons; NULL = KUBECONFIG, else
                               ~/.kube/config */
    const char *context;    /* NULL = the current one */
    const char *cluster;    /* in the place of the context's */
    const char *user;       /* same */
    bool in_cluster;
    bool allow_exec; /* run the credential plugin that a kubeconfig names */

    const char *server; /* https://… */
    const char *ca_file;
    const char *ca_pem;
    const char *client_cert; /* PEM files */
    const char *client_key;
    const char *tls_name;
    const char *proxy;
    const evc_secret *token;
    const char *token_file; /* read again when it changes */

    const char
        *eks_cluster; /* tokens are made from AWS credentials (kubernetes.md 6.5) */
    const char *aws_region;
    const char *aws_profile;
    evc_chain *aws_chain; /* in the place of the chain of environment and profile */

    const char *as_user; /* impersonation; groups separated by commas */
    const char *as_groups;
    int64_t attempt_ms; /* 0 = default: 60,000, which is the server's own limit */
} evc_kube_options;

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
