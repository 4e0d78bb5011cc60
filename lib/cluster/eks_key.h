/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys of AWS KMS as EKS takes them: found by what a person gives, and resolved to their ARN,
 * so that two of them can be compared (cluster-apis 3.5, R04, R05).
 */
#ifndef EVC_CLUSTER_EKS_KEY_H
#define EVC_CLUSTER_EKS_KEY_H

#include "cloud/aws_metadata.h"
#include "cluster/eks_place.h"

/*
 * A key as it is given (id, ARN, alias, ARN of an alias, or any of them as
 * aws-kms://REGION/…) as KMS of the Region takes it; appended with a NUL. Pure. ARGUMENT
 * (R04): it is none, or of another partition. KEY_REGION (R05).
 */
int evc_eks_key_given(const char *region, const char *given, evc_buf *out,
                      evc_error **err) EVC_MUST_CHECK;

/* DescribeKey in a Region; id as evc_eks_key_given gives it. out is the caller's to reset, and
 * holds nothing after a failure. */
int evc_eks_key_describe(const evc_eks_region *region, const char *id, evc_wait *wait,
                         evc_aws_metadata *out, evc_error **err) EVC_MUST_CHECK;
/* The fields of a key, of what KMS says. Pure. NOMEM. */
int evc_eks_key_fill(const evc_aws_metadata *m, evc_cluster_key *out,
                     evc_error **err) EVC_MUST_CHECK;

/* For the table of the driver. KEY_REGION names the replica in the cluster's Region of a
 * multi-Region key, when there is one. */
int evc_eks_find_key(evc_cluster *cluster, const evc_cluster_change *change,
                     const evc_cluster_state *state, evc_wait *wait,
                     evc_cluster_key *out, evc_error **err) EVC_MUST_CHECK;

/*
 * The key, its state and its material (EVC_CLUSTER_MARK) in a state that was read from EKS. A
 * key that may not be described, or that is gone, leaves the state as it is; key_state tells.
 */
int evc_eks_key_resolve(const evc_eks_region *region, evc_cluster_state *state,
                        evc_wait *wait, evc_error **err) EVC_MUST_CHECK;

#endif
