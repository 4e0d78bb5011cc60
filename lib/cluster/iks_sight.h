/* SPDX-License-Identifier: Apache-2.0 */
/* One look at an IKS cluster and the root key that a change is about: all that tells how far the
 * change is. */
#ifndef EVC_CLUSTER_IKS_SIGHT_H
#define EVC_CLUSTER_IKS_SIGHT_H

#include "cluster/iks_read.h"

typedef struct evc_iks_sight {
    evc_json_doc *doc;
    evc_iks_status status; /* borrows from doc */
    evc_cluster_state state;
    evc_cluster_key key; /* as it is now; empty when it could not be read */
    evc_iks_use use;
    bool has_use; /* false: the registrations could not be read */
    bool passes;  /* and why they could not may pass: the next look may tell them */
} evc_iks_sight;

void evc_iks_sight_init(evc_iks_sight *s);
void evc_iks_sight_reset(evc_iks_sight *s);
/* out was initialised. What the key service does not tell is left out; the errors are those
 * of the clusters' API. */
int evc_iks_sight_take(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
                       evc_iks_sight *out, evc_error **err) EVC_MUST_CHECK;

#endif
