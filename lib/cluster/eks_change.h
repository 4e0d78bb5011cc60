/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of a cluster of EKS: AssociateEncryptionConfig, CreateCluster and the rotation of
 * the key in place, sent once, and looked after (the state machine of cluster-apis 3.4).
 */
#ifndef EVC_CLUSTER_EKS_CHANGE_H
#define EVC_CLUSTER_EKS_CHANGE_H

#include "cluster/eks_place.h"
#include "cluster/eks_update.h"

/* For the table of the driver. */
int evc_eks_begin(evc_cluster *cluster, const evc_cluster_job *job,
                  evc_cluster_update *update, evc_wait *wait,
                  evc_error **err) EVC_MUST_CHECK;
int evc_eks_poll(evc_cluster *cluster, const evc_cluster_job *job,
                 evc_cluster_update *update, evc_wait *wait,
                 evc_error **err) EVC_MUST_CHECK;

/* DescribeCluster, with the key resolved. For the table of the driver, but that a cluster
 * which is not there is CLUSTER_NOT_FOUND without the names of others. */
int evc_eks_look(evc_cluster *cluster, evc_wait *wait, evc_cluster_state *out,
                 evc_error **err) EVC_MUST_CHECK;

/* The newest update that switches encryption on, whatever came of it; without an id when EKS
 * lists none. */
int evc_eks_last_association(evc_cluster *cluster, evc_eks_update *out, evc_wait *wait,
                             evc_error **err) EVC_MUST_CHECK;

#endif
