/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ClusterConfig of eksctl, as far as the encryption of a cluster goes (eksctl's
 * pkg/apis/eksctl.io/v1alpha5/types.go; rows E08, E09, X01, X03). Pure.
 *
 *     apiVersion: eksctl.io/v1alpha5
 *     kind: ClusterConfig
 *     metadata: {name, region, version}
 *     secretsEncryption: {keyARN}
 *     iam: {serviceRoleARN}
 *     vpc: {securityGroup, subnets: {public, private: {NAME: {id}}},
 *           clusterEndpoints: {publicAccess, privateAccess}, publicAccessCIDRs}
 *
 * Whatever else stands there is eksctl's.
 */
#ifndef EVC_CLUSTER_EKSCTL_H
#define EVC_CLUSTER_EKSCTL_H

#include "base/view.h"
#include "cluster/options.h"

/* Options of a change that a file can tell. */
typedef enum evc_eksctl_text {
    EVC_EKSCTL_KEY,
    EVC_EKSCTL_ROLE,
    EVC_EKSCTL_SUBNETS,
    EVC_EKSCTL_SECURITY_GROUPS,
    EVC_EKSCTL_VERSION,
    EVC_EKSCTL_PUBLIC,
    EVC_EKSCTL_PRIVATE,
    EVC_EKSCTL_CIDRS,
    EVC_EKSCTL_TEXTS
} evc_eksctl_text;

typedef struct evc_eksctl {
    char *name;
    char *region;                  /* NULL = the file tells none */
    char *texts[EVC_EKSCTL_TEXTS]; /* same */
    char
        *undone; /* "managedNodeGroups, addons": what eksctl would make besides; NULL */
} evc_eksctl;

/*
 * what names the text in messages ("the file cluster.yaml"). YAML; CLUSTER_CONFIG: it is no
 * ClusterConfig, has none or several, names no cluster, or is for Outposts; NOMEM. On failure
 * out is empty.
 */
int evc_eksctl_read(evc_view text, const char *what, evc_eksctl *out,
                    evc_error **err) EVC_MUST_CHECK;
void evc_eksctl_reset(evc_eksctl *config); /* NULL is fine */
/* Sets the options of a change that were not set yet; creation: those that only it takes too. */
int evc_eksctl_apply(const evc_eksctl *config, bool creation,
                     evc_cluster_change *change, evc_error **err) EVC_MUST_CHECK;

#endif
