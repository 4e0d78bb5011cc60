/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The destructive proof (rows I24, I28 to I33): the key is disabled, the cluster is watched
 * until it stops working, and the key is enabled again, whatever happens meanwhile. Before it
 * is disabled a record names it (cluster/dangerfile.h), so that whoever comes after a kill enables
 * it first (cluster/rescue.h).
 */
#ifndef EVC_CLUSTER_TRIAL_H
#define EVC_CLUSTER_TRIAL_H

#include "cluster/scene.h"

#define EVC_TRIAL_MOST_MS (INT64_C(4) * 3600000) /* IBM: a service reacts within it */

typedef struct evc_trial {
    bool effect;      /* the cluster stopped working */
    int64_t after_ms; /* how long that took; -1 */
} evc_trial;

/* The option destructive of a verification. */
bool evc_trial_is_wanted(const evc_scene *scene);

/*
 * After cluster and key were read. CONFIRMATION: the option confirm is not the cluster's name;
 * ARGUMENT: there is no folder for the record, or no key; CLUSTER_BUSY: the cluster is not well
 * before; KEY_DISABLED, and further refusals of the driver's checks; CLUSTER_ACCESS, CLUSTER_OTHER:
 * its Secrets cannot be listed (cluster/witness.h); what keeps the record from being written. Then
 * nothing was done. Else the key is enabled again when this returns, also after CANCELED, TIMEOUT
 * and other errors of watching, or the message says loudly that it is not, and the record names it
 * still. While it is disabled nobody hears of it (evc_flow_ears).
 */
int evc_trial_run(evc_scene *scene, evc_trial *out, evc_error **err) EVC_MUST_CHECK;
/* What came of it goes into the report, after the conclusion of other evidence. */
void evc_trial_conclude(evc_scene *scene, const evc_trial *trial);

/* Enables a key of this cluster that an earlier proof left disabled, before the cluster is read;
 * as evc_rescue_own(). */
int evc_trial_rescue(evc_scene *scene, evc_error **err) EVC_MUST_CHECK;

#endif
