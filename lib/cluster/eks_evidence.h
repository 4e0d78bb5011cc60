/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What EKS and KMS say for and against "the Secrets of this cluster are encrypted under this
 * key" (cluster-apis 3.7): cluster, update, key, health.
 */
#ifndef EVC_CLUSTER_EKS_EVIDENCE_H
#define EVC_CLUSTER_EKS_EVIDENCE_H

#include "cluster/eks_place.h"

/* For the table of the driver. */
int evc_eks_evidence(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
                     evc_evidence *out, evc_error **err) EVC_MUST_CHECK;

#endif
