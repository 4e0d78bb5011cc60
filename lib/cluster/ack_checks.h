/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that can be known before a change of a cluster of ACK: R05, R08, R22 to R27 and
 * R35 (cluster-apis 5.5, 6). A function of the driver. */
#ifndef EVC_CLUSTER_ACK_CHECKS_H
#define EVC_CLUSTER_ACK_CHECKS_H

#include "cluster/cluster.h"

int evc_ack_checks(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
                   evc_checks *out, evc_error **err) EVC_MUST_CHECK;

#endif
