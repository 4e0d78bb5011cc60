/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far the change of an IKS cluster's root key is, by one look (cluster-apis 4.5). Ready is
 * told for some time after a change was accepted, as it was before; so the end is seen only
 * when the master's status changed since, or Key Protect names the cluster. Pure.
 */
#ifndef EVC_CLUSTER_IKS_JUDGE_H
#define EVC_CLUSTER_IKS_JUDGE_H

#include "cluster/driver.h"
#include "cluster/iks_keys.h"
#include "cluster/iks_status.h"

/* How long the service may tell what stood before an accepted change: nothing is sent twice
 * within it, and Ready says nothing. */
#define EVC_IKS_STALE_MS (5 * 60000)
/* How long after Ready a missing registration is waited for. */
#define EVC_IKS_REGISTERS_MS (10 * 60000)

/* How long a master may be in error after its change: for a while it is so while it restarts. */
#define EVC_IKS_ERROR_MS (30 * 60000)

/* What one look saw. */
typedef struct evc_iks_look {
    const evc_iks_status *status;
    const char *mark;       /* of the state that is seen */
    bool is_of_a_key;       /* false: any change of the master is waited for */
    const evc_iks_use *use; /* NULL = registrations could not be read */
    bool passes;            /* and why they could not may pass */
    int64_t now_ms;         /* wall time */
} evc_iks_look;

/* What the look means for a change that was accepted: sets phase and detail. */
void evc_iks_judge(evc_cluster_verb verb, const evc_iks_look *look,
                   evc_cluster_update *update);

/* Whether the master became Ready so short a time ago that the key service may not name the
 * cluster yet. Where it does not tell since when, it is not. */
bool evc_iks_judge_is_fresh(const evc_iks_status *status, int64_t now_ms);
/* Whether the master's change is one of its key service, whoever began it. */
bool evc_iks_judge_is_enabling(const evc_iks_status *status);

#endif
