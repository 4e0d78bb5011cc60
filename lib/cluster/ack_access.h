/* SPDX-License-Identifier: Apache-2.0 */
/* The API server of a cluster with the cloud's own access: a kubeconfig that lives for an hour
 * ("DescribeClusterUserKubeconfig", API 2015-12-15). A function of the driver. */
#ifndef EVC_CLUSTER_ACK_ACCESS_H
#define EVC_CLUSTER_ACK_ACCESS_H

#include "cluster/cluster.h"

int evc_ack_access(evc_cluster *cluster, const evc_cluster_state *state, evc_wait *wait,
                   evc_kube **out, evc_error **err) EVC_MUST_CHECK;

#endif
