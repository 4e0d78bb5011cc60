/* SPDX-License-Identifier: Apache-2.0 */
/* What access to an API server is opened with (k8s/kube.h). */
#ifndef EVC_K8S_KUBE_OPTIONS_H
#define EVC_K8S_KUBE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/chain.h"
#include "base/arena.h"
#include "base/view.h"

/*
 * Where the server is: server; in_cluster; else kubeconfig; no two of these. What is given
 * of server and user goes before what the kubeconfig or the pod says of them; so
 * eks_cluster may take server and CA from a kubeconfig whose plugin is not run then. Texts
 * are borrowed; NULL = not given.
 */
typedef struct evc_kube_options {
    const char *kubeconfig;   /* a file, or a list with colons; NULL = KUBECONFIG, else
                               ~/.kube/config */
    evc_view kubeconfig_text; /* one that a service gave, in the place of a file: it may
                                 name no files and no programs; empty = none */
    const char *kubeconfig_origin; /* of that, for messages: "of Alibaba ACK" */
    const char *context;           /* NULL = the current one */
    const char *cluster;           /* in the place of the context's */
    const char *user;              /* same */
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

#endif
