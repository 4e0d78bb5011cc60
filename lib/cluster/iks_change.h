/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of an IKS cluster's root key (driver.h: plan, begin, poll; cluster-apis 4.5). The
 * service has no tokens and gives no id: what was sent is found again by looking. Ready is
 * told for some time after a change was accepted, as it was before; so the end is seen only
 * when the master's status changed since, or Key Protect names the cluster.
 */
#ifndef EVC_CLUSTER_IKS_CHANGE_H
#define EVC_CLUSTER_IKS_CHANGE_H

#include "cluster/iks_keys.h"
#include "cluster/iks_status.h"

/* How long the service may tell what stood before an accepted change: nothing is sent twice
 * within it, and Ready says nothing. */
#define EVC_IKS_STALE_MS (5 * 60000)
/* How long after Ready a missing registration is waited for, when the key was switched on. */
#define EVC_IKS_REGISTERS_MS (10 * 60000)

int evc_iks_plan(const evc_cluster *cluster, const evc_cluster_job *job,
                 evc_table *steps, evc_error **err);
int evc_iks_begin(evc_cluster *cluster, const evc_cluster_job *job,
                  evc_cluster_update *update, evc_wait *wait, evc_error **err);
int evc_iks_poll(evc_cluster *cluster, const evc_cluster_job *job,
                 evc_cluster_update *update, evc_wait *wait, evc_error **err);

/* What one look saw. */
typedef struct evc_iks_look {
    const evc_iks_status *status;
    const char *mark;       /* of the state that is seen */
    const evc_iks_use *use; /* NULL = registrations could not be read */
    int64_t now_ms;         /* wall time */
} evc_iks_look;

/* What the look means for a change that was accepted: sets phase and detail. Pure. */
void evc_iks_judge(evc_cluster_verb verb, const evc_iks_look *look,
                   evc_cluster_update *update);

#endif
