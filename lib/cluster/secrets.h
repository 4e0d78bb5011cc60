/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Kubernetes side of a cluster: the API server that its cloud leads to or the caller
 * gave, whether it is that cluster's, and what must hold there before its Secrets can be
 * stored anew.
 */
#ifndef EVC_CLUSTER_SECRETS_H
#define EVC_CLUSTER_SECRETS_H

#include "cluster/cluster.h"

/* The caller's, after a look whether it is this cluster's (R31: CLUSTER_OTHER), or that of
 * the cloud. *out is the caller's to unref. */
int evc_secrets_access(evc_cluster *cluster, const evc_cluster_state *state,
                       evc_wait *wait, evc_kube **out, evc_error **err) EVC_MUST_CHECK;
/*
 * Rows for R31 to R33 and the number of Secrets (-1 = not counted). Errors are those of the
 * call itself: CANCELED, TIMEOUT of its own wait, NOMEM.
 */
int evc_secrets_check(evc_cluster *cluster, const evc_cluster_state *state,
                      evc_wait *wait, evc_checks *out, int64_t *count,
                      evc_error **err) EVC_MUST_CHECK;

/* The number of Secrets alone, by one list of their metadata. -1 = it was not told. The errors
 * of access and of the API server. */
int evc_secrets_count(evc_cluster *cluster, const evc_cluster_state *state,
                      evc_wait *wait, int64_t *count, evc_error **err) EVC_MUST_CHECK;

#endif
