/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Brings one change to its end at the provider: begins it once, by the state file also across
 * processes, waits for it at the provider's pace, and knows when it is over. Never begins
 * what may have been begun already without the provider's driver knowing so.
 */
#ifndef EVC_CLUSTER_PURSUIT_H
#define EVC_CLUSTER_PURSUIT_H

#include "cluster/scene.h"

/*
 * From what the report's update says, through begin and poll. Without the option wait (no) it
 * returns when the change is over: update->phase is DONE; with it, when it is accepted, or after
 * one look at what was accepted before. While it waits, trouble that passes does not end it, nor
 * do up to three replies in a row that are not understood.
 * CLUSTER_FAILED: the provider's change ended badly; CANCELED, TIMEOUT (also: the option
 * timeout-ms, else the provider's own time, is over) leave the state file, and the report's
 * next says how to go on; the errors of the driver that do not pass; those of the state file.
 */
int evc_pursuit_run(evc_scene *scene, evc_error **err) EVC_MUST_CHECK;

/*
 * After a look at the cluster that failed with code: 0 = look again, which waited a while and
 * told so, because this provider tells nothing of a cluster while its master restarts; else
 * code, or TIMEOUT when the time of the whole command is over. What is no such trouble, and
 * any without the option wait, is code at once.
 */
int evc_pursuit_outlast(evc_scene *scene, int code, evc_error **err) EVC_MUST_CHECK;
/* Until the cluster is steady: a change that another tool began, of which nothing more is
 * known. TIMEOUT, CANCELED; the errors of reading that do not pass. */
int evc_pursuit_outwait(evc_scene *scene, evc_error **err) EVC_MUST_CHECK;

/* Whether the record is of a change that goes on: the same verb and key, and not over. */
bool evc_pursuit_is_under_way(const evc_scene *scene);

#endif
