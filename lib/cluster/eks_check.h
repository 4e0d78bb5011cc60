/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be known of a change of a cluster of EKS before it is begun: rules R01 and R06 to
 * R14 of cluster-apis 6, as far as the cluster and its key tell them.
 */
#ifndef EVC_CLUSTER_EKS_CHECK_H
#define EVC_CLUSTER_EKS_CHECK_H

#include "cloud/aws_metadata.h"
#include "cluster/eks_place.h"

/* For the table of the driver. */
int evc_eks_check(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
                  evc_checks *out, evc_error **err) EVC_MUST_CHECK;

/* Why EKS cannot use a key, of its metadata: one sentence, static text; NULL = it can. */
const char *evc_eks_check_unfit(const char *spec, const char *usage,
                                const char *manager, const char *state);

/* Whether EKS may be given a grant on the key: 0, DENIED, other errors. Leaves none. */
int evc_eks_check_grant(const evc_eks_region *region, const evc_cluster_key *key,
                        evc_wait *wait, evc_error **err) EVC_MUST_CHECK;

#endif
