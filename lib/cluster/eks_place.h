/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An open place of EKS: as whom its services are asked, and the peers of EKS and KMS in each
 * Region that it has. State of a cluster (cluster.h); immutable after open.
 */
#ifndef EVC_CLUSTER_EKS_PLACE_H
#define EVC_CLUSTER_EKS_PLACE_H

#include "auth/aws.h"
#include "cloud/service.h"
#include "cluster/cluster.h"

#define EVC_EKS_REGIONS_MAX 64u

typedef struct evc_eks_region {
    char *name;
    evc_peer *eks;
    evc_service *kms; /* actions on keys; its account's peer asks KMS */
} evc_eks_region;

typedef struct evc_eks {
    evc_aws_config *config;
    evc_chain *chain;
    evc_eks_region *regions;
    size_t count; /* 1 or more */
} evc_eks;

/* Options beside the common ones; for the table of the driver. */
extern const char *const evc_eks_options[];

/*
 * For the table of the driver. Without a Region in URI and options that of environment and
 * profile, else that of the option key-region, else that of instance metadata. REGION,
 * ARGUMENT (a name that no cluster has, R15; credentials of another provider), ENDPOINT, the
 * errors of the chain.
 */
int evc_eks_open(evc_cluster *cluster, const struct envcrypt_cluster_config *config,
                 evc_wait *wait, evc_error **err) EVC_MUST_CHECK;
void evc_eks_close(void *state);

const evc_eks *evc_eks_of(const evc_cluster *cluster);
/* Of a cluster that is one, and of the first Region of a place. */
const evc_eks_region *evc_eks_here(const evc_cluster *cluster);

/*
 * An action of cloud/service.h on keys of a Region. args: name, value, …, NULL. guarded: the
 * guard has let it pass. *out is the caller's to free, and NULL after a failure.
 */
int evc_eks_act(const evc_eks_region *region, const char *action,
                const char *const *args, bool guarded, evc_wait *wait, evc_table **out,
                evc_error **err) EVC_MUST_CHECK;

#endif
