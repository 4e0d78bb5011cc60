/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies around a cluster of EKS: what of a key's policy stands in the way (rows E23 to E25
 * of cluster-apis 1.1, R11), and the least that IAM must allow (E23, E24, P07, P08). Pure.
 */
#ifndef EVC_CLUSTER_EKS_POLICY_H
#define EVC_CLUSTER_EKS_POLICY_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * Whether each statement of a key policy that allows kms:CreateGrant does so only under the
 * condition kms:GrantIsForAWSResource, or one denies it where that does not hold: CreateCluster
 * does not fulfil it. False also for a text that is no policy.
 */
bool evc_eks_policy_gates_grants(const char *policy);

/* What is to be allowed. Texts may be NULL: every one. */
typedef struct evc_eks_wish {
    const char *partition;
    const char *region;
    const char *account;
    const char *cluster; /* name */
    const char *key;     /* ARN */
    const char *role;    /* ARN, of a cluster that is created */
    bool create;
    bool enable;
    bool rotate;
    bool keys; /* listing them */
} evc_eks_wish;

/* Appends an IAM policy as JSON. */
int evc_eks_policy_write(const evc_eks_wish *wish, evc_buf *out,
                         evc_error **err) EVC_MUST_CHECK;

#endif
