/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What CreateCluster is asked for (botocore, data/eks/2017-11-01; rows X01, P01, P02): a
 * control plane that is encrypted from its start. Node groups are not made here. Pure.
 */
#ifndef EVC_CLUSTER_EKS_CREATE_H
#define EVC_CLUSTER_EKS_CREATE_H

#include "cluster/options.h"
#include "codec/jwrite.h"

/* Options of a change that only creation takes; for the table of the driver. */
#define EVC_EKS_CREATE_OPTIONS                                                       \
    "role-arn", "subnets", "security-groups", "kubernetes-version", "public-access", \
        "private-access", "public-access-cidrs"

typedef struct evc_eks_create {
    const char *name;
    const char *key; /* ARN */
    const char *token;
    const evc_cluster_change *change;
} evc_eks_create;

/* ARGUMENT: a role or subnets are missing or are none. Nothing is sent with less. */
int evc_eks_create_check(const evc_eks_create *of, evc_error **err) EVC_MUST_CHECK;
/* For evc_eks_ask: what is an evc_eks_create. */
int evc_eks_create_write(const void *what, evc_jwrite *w, evc_error **err);

#endif
