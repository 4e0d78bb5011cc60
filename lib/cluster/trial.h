/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The destructive proof (rows I24, I28 to I33): the key is disabled, the cluster is watched
 * until it stops working, and the key is enabled again, whatever happens meanwhile. Before it
 * is disabled the state file names it, so that whoever comes after a kill enables it first.
 */
#ifndef EVC_CLUSTER_TRIAL_H
#define EVC_CLUSTER_TRIAL_H

#include "cluster/scene.h"

#define EVC_TRIAL_MOST_MS (INT64_C(4) * 3600000) /* IBM: a service reacts within it */
#define EVC_TRIAL_LEAST_MS 30000 /* IBM: from disabling a key until it may be enabled */
#define EVC_TRIAL_REFUSALS 5u /* refusals to enable it that are not believed at once */

typedef struct evc_trial {
    bool effect;      /* the cluster stopped working */
    int64_t after_ms; /* how long that took; -1 */
} evc_trial;

/* The option destructive of a verification. */
bool evc_trial_is_wanted(const evc_scene *scene);

/*
 * After cluster, key and state file were read. CONFIRMATION: the option confirm is not the
 * cluster's name; ARGUMENT: there is no state file, or no key; CLUSTER_BUSY: the cluster is
 * not well before; refusals of the driver's checks. Then nothing was done. Else the key is
 * enabled again when this returns, also after CANCELED, TIMEOUT and other errors of watching,
 * or the message says loudly that it is not, and the state file still names it.
 */
int evc_trial_run(evc_scene *scene, evc_trial *out, evc_error **err) EVC_MUST_CHECK;
/* What came of it goes into the report, after the conclusion of other evidence. */
void evc_trial_conclude(evc_scene *scene, const evc_trial *trial);

/* Enables the key that the state file names, before anything else is done; 0 when it names
 * none. Ends with the key enabled or an error that says that it is not; no deadline and no
 * cancel ends it earlier. */
int evc_trial_restore(evc_scene *scene, evc_error **err) EVC_MUST_CHECK;
/* The same after the cluster could not be read, which ended with code: its state file is
 * found all the same when the URI has its id. Gives code, or what kept the key disabled. */
int evc_trial_rescue(evc_scene *scene, int code, evc_error **err) EVC_MUST_CHECK;

#endif
