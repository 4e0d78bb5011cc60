/* SPDX-License-Identifier: Apache-2.0 */
/* The policies that IAM must have for a change of an IKS cluster (driver.h: policy), as "IAM
 * Policy Management" takes them. Pure. */
#ifndef EVC_CLUSTER_IKS_POLICY_H
#define EVC_CLUSTER_IKS_POLICY_H

#include "cluster/cluster.h"

int evc_iks_policy(const evc_cluster *cluster, const evc_cluster_job *job, evc_buf *out,
                   evc_error **err);

#endif
