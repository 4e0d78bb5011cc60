/* SPDX-License-Identifier: Apache-2.0 */
/* What a change of a cluster of ACK takes, and whether the caller has it (rows A05, A06, A13;
 * R25, R28, R35). A function of the driver. */
#ifndef EVC_CLUSTER_ACK_PERMISSIONS_H
#define EVC_CLUSTER_ACK_PERMISSIONS_H

#include "cluster/cluster.h"

int evc_ack_permissions(evc_cluster *cluster, const evc_cluster_job *job,
                        evc_wait *wait, evc_table *out, evc_error **err) EVC_MUST_CHECK;

#endif
