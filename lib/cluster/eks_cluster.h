/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What EKS says of a cluster: the object that DescribeCluster and CreateCluster answer with
 * (botocore, data/eks/2017-11-01; health codes and what they mean: "Amazon EKS
 * troubleshooting" and "Default envelope encryption" of the EKS User Guide). Pure.
 */
#ifndef EVC_CLUSTER_EKS_CLUSTER_H
#define EVC_CLUSTER_EKS_CLUSTER_H

#include "cluster/state.h"
#include "codec/json.h"

/*
 * root: the whole answer. out was initialised. EVC_CLUSTER_KEY is set when EKS gives the
 * ARN of a key, and must be asked for at the key service when it gives an alias. Values that
 * nobody knows today are kept as words. ENVCRYPT_E_JSON, NOMEM.
 */
int evc_eks_cluster_read(const evc_json *root, evc_cluster_state *out,
                         evc_error **err) EVC_MUST_CHECK;

/* Whether EKS encrypts a cluster of this version of Kubernetes under a key of its own when
 * nobody names one: from 1.28 on. ENVCRYPT_CLUSTER_ENCRYPTION_…. */
int32_t evc_eks_cluster_default(const char *version);

#endif
