/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The API server of an IKS cluster, with the access that IBM Cloud gives: POST
 * /v2/applyRBACAndGetKubeconfig, whose kubeconfig has an identity token of the provider
 * "oidc", which clients of today know no more (driver.h: access; bluemix-go's ConfigFile).
 */
#ifndef EVC_CLUSTER_IKS_ACCESS_H
#define EVC_CLUSTER_IKS_ACCESS_H

#include "cluster/cluster.h"

/* UNSUPPORTED: the identity has no API key, or gets no refresh token, and a kubeconfig is
 * to be given. KUBECONFIG: what came cannot be used. */
int evc_iks_access(evc_cluster *cluster, const evc_cluster_state *state, evc_wait *wait,
                   evc_kube **out, evc_error **err);

/* What a kubeconfig of the service says; the texts and the secret are the caller's to reset.
 * Pure but for the arena. KUBECONFIG, YAML, NOMEM, errors of evc_secret_new. */
typedef struct evc_iks_kubeconfig {
    char *server;
    char *ca;         /* PEM; NULL = the system's authorities */
    evc_secret token; /* for its API server */
} evc_iks_kubeconfig;
int evc_iks_kubeconfig_read(evc_view text, evc_arena *arena, evc_iks_kubeconfig *out,
                            evc_error **err) EVC_MUST_CHECK;
void evc_iks_kubeconfig_reset(evc_iks_kubeconfig *config);

#endif
