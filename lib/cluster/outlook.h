/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be known of a cluster without changing anything: how it stands, what stands in the
 * way of a change, what would be sent, which rights it takes, what was done last.
 */
#ifndef EVC_CLUSTER_OUTLOOK_H
#define EVC_CLUSTER_OUTLOOK_H

#include "cluster/scene.h"

/* The first three give a report also when they fail, once their arguments were fine. */

/* Reads the cluster, and the key that the change names, if any; how it stands. Tells also
 * what the state file has of the latest change. */
int evc_outlook_status(evc_cluster *cluster, const evc_cluster_change *change,
                       evc_wait *wait, evc_cluster_report **out,
                       evc_error **err) EVC_MUST_CHECK;
/* The checks of a verb, with those of Kubernetes (R31 to R33); 0 also when some refuse. */
int evc_outlook_preflight(evc_cluster *cluster, evc_cluster_verb verb,
                          const evc_cluster_change *change, evc_wait *wait,
                          evc_cluster_report **out, evc_error **err) EVC_MUST_CHECK;
/* Preflight, and the steps that would follow; counts Secrets. Sends nothing that changes. */
int evc_outlook_plan(evc_cluster *cluster, evc_cluster_verb verb,
                     const evc_cluster_change *change, evc_wait *wait,
                     evc_cluster_report **out, evc_error **err) EVC_MUST_CHECK;

/* What a verb takes, and whether the caller has it: rows of evc_cluster_permission_columns.
 * A cluster or key that may not be read leaves rows that say so. */
int evc_outlook_permissions(evc_cluster *cluster, evc_cluster_verb verb,
                            const evc_cluster_change *change, evc_wait *wait,
                            evc_table **out, evc_error **err) EVC_MUST_CHECK;
/* The minimal policy for a verb; appended. Sends nothing; place or cluster. */
int evc_outlook_policy(const evc_cluster *cluster, evc_cluster_verb verb,
                       const evc_cluster_change *change, evc_buf *out,
                       evc_error **err) EVC_MUST_CHECK;
/* The report of the latest change from here, JSON, appended. FILE_NOT_FOUND. */
int evc_outlook_latest(evc_cluster *cluster, evc_wait *wait, evc_buf *json,
                       evc_error **err) EVC_MUST_CHECK;

#endif
