/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the caller may do of what a change of a cluster of EKS takes, found out by asking what
 * can be asked without changing anything (rows E23, E24, P07, P08, P14). What a policy
 * delegates to IAM is never told as lacking: AWS alone weighs both, and is asked.
 */
#ifndef EVC_CLUSTER_EKS_PERMISSIONS_H
#define EVC_CLUSTER_EKS_PERMISSIONS_H

#include "cluster/eks_place.h"

/* For the table of the driver. */
int evc_eks_permissions(evc_cluster *cluster, const evc_cluster_job *job,
                        evc_wait *wait, evc_table *out, evc_error **err) EVC_MUST_CHECK;
int evc_eks_policy(const evc_cluster *cluster, const evc_cluster_job *job, evc_buf *out,
                   evc_error **err) EVC_MUST_CHECK;

#endif
