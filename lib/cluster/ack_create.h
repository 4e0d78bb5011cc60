/* SPDX-License-Identifier: Apache-2.0 */
/* A new Pro cluster with encryption from the start ("CreateCluster", API 2015-12-15, member
 * encryption_provider_key; row A10). The cluster's name is that of the URI. */
#ifndef EVC_CLUSTER_ACK_CREATE_H
#define EVC_CLUSTER_ACK_CREATE_H

#include "cluster/cluster.h"

/* Options of a change that it takes, for the driver's list. */
#define EVC_ACK_CREATE_OPTIONS                                                     \
    "subnets", "security-groups", "kubernetes-version", "public-access", "vpc-id", \
        "pod-cidr", "service-cidr"

/* JSON of the request. NOMEM. Pure. */
int evc_ack_create_write(const evc_cluster *cluster, const evc_cluster_job *job,
                         evc_buf *out, evc_error **err) EVC_MUST_CHECK;

/* Functions of the driver, of the verb CREATE. update->id is the new cluster's. A cluster of
 * the name is SERVICE_CONFLICT, unless SENT says that it may be ours. */
int evc_ack_create_begin(evc_cluster *cluster, const evc_cluster_job *job,
                         evc_cluster_update *update, evc_wait *wait,
                         evc_error **err) EVC_MUST_CHECK;
int evc_ack_create_poll(evc_cluster *cluster, const evc_cluster_job *job,
                        evc_cluster_update *update, evc_wait *wait,
                        evc_error **err) EVC_MUST_CHECK;

#endif
