/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of an IKS cluster's root key (driver.h: begin, poll; cluster-apis 4.5). The service
 * has no tokens and gives no id: what was sent is found again by looking. What the active key
 * posted once more comes to is documented nowhere; so nothing is posted to a cluster that may
 * have the key already, by whomever.
 */
#ifndef EVC_CLUSTER_IKS_CHANGE_H
#define EVC_CLUSTER_IKS_CHANGE_H

#include "cluster/cluster.h"

/* Beside the errors of the requests: CLUSTER_CANNOT: somebody gave the cluster another key
 * meanwhile; CLUSTER_OVERRIDE: whether it has this one cannot be known. */
int evc_iks_begin(evc_cluster *cluster, const evc_cluster_job *job,
                  evc_cluster_update *update, evc_wait *wait, evc_error **err);
int evc_iks_poll(evc_cluster *cluster, const evc_cluster_job *job,
                 evc_cluster_update *update, evc_wait *wait, evc_error **err);

#endif
