/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two requests that change the root key of an IKS cluster (cluster-apis 4.2, 4.4). Each is
 * sent once: a reply that was lost leaves the update SENT, and 0. A refusal leaves it NONE.
 */
#ifndef EVC_CLUSTER_IKS_POST_H
#define EVC_CLUSTER_IKS_POST_H

#include "cluster/cluster.h"

/* The body of the first one. Pure. NOMEM. */
int evc_iks_post_write(const evc_cluster_job *job, const char *cluster, evc_buf *out,
                       evc_error **err) EVC_MUST_CHECK;
/* POST /v2/enableKMS for the cluster of an id. KEY_FORMER (R17), KEY_NOT_FOUND, DENIED, and the
 * errors of the clusters' API. */
int evc_iks_post_enable(evc_cluster *cluster, const evc_cluster_job *job,
                        const char *id, evc_cluster_update *update, evc_wait *wait,
                        evc_error **err) EVC_MUST_CHECK;
/* POST /api/v2/keys/KEY/actions/rotate. The errors of the key service. */
int evc_iks_post_rotate(evc_cluster *cluster, const evc_cluster_job *job,
                        evc_cluster_update *update, evc_wait *wait,
                        evc_error **err) EVC_MUST_CHECK;

#endif
