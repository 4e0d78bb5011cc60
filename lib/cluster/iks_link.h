/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the driver of IBM Cloud Kubernetes Service comes to the services that it asks: the
 * clusters' own API, IAM's policies, and instances of Key Protect by way of lib/cloud, all
 * with the same credentials (cluster-apis 4.1, 4.4).
 */
#ifndef EVC_CLUSTER_IKS_LINK_H
#define EVC_CLUSTER_IKS_LINK_H

#include "auth/ibm.h"
#include "cloud/ibm_account.h"
#include "cluster/cluster.h"

#define EVC_IKS_SERVICE "containers-kubernetes" /* as IAM and CRNs name it */

/* The driver's state. */
typedef struct evc_iks {
    evc_ibm_config *config; /* references are held */
    evc_chain *chain;
    evc_peer *api;
    evc_peer *iam;
    const char *group; /* id of the resource group; of the options; NULL = not said */
} evc_iks;

int evc_iks_open(evc_cluster *cluster, const struct envcrypt_cluster_config *config,
                 evc_wait *wait, evc_error **err);
void evc_iks_close(void *state);

/* The resource group that the options name; NULL = none, and all are meant. */
const char *evc_iks_group_of(const evc_cluster *cluster);

/* A GET of the clusters' API; the caller sets query and resets it in every case. */
evc_ibm_ask evc_iks_ask(const evc_cluster *cluster, const evc_operation_kind *kind,
                        const char *path);
/* Runs it. A reply must have come: PROTOCOL. */
int evc_iks_ask_run(evc_ibm_ask *ask, evc_wait *wait, evc_error **err) EVC_MUST_CHECK;

/*
 * An instance of a key service by the URI ibm-kp://REGION/INSTANCE or ibm-kp:///CRN, as an
 * evc_service whose state is an evc_ibm_account. The options of the cluster that begin "kms-"
 * or mean any service of IBM's go with it.
 */
int evc_iks_open_keys(const evc_cluster *cluster, const char *uri, evc_wait *wait,
                      evc_service **out, evc_error **err) EVC_MUST_CHECK;

#endif
