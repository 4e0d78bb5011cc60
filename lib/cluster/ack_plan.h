/* SPDX-License-Identifier: Apache-2.0 */
/* What a change of a cluster of ACK would send, and what it costs (rows A07 to A09, A13); and
 * the RAM policy that it takes. Functions of the driver; pure. */
#ifndef EVC_CLUSTER_ACK_PLAN_H
#define EVC_CLUSTER_ACK_PLAN_H

#include "cluster/cluster.h"

int evc_ack_plan(const evc_cluster *cluster, const evc_cluster_job *job,
                 evc_table *steps, evc_error **err) EVC_MUST_CHECK;
int evc_ack_policy(const evc_cluster *cluster, const evc_cluster_job *job, evc_buf *out,
                   evc_error **err) EVC_MUST_CHECK;

#endif
