/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that can be known before a change, row by row, and what would be sent. Sends
 * nothing that changes anything.
 */
#ifndef EVC_CLUSTER_PREFLIGHT_H
#define EVC_CLUSTER_PREFLIGHT_H

#include "cluster/scene.h"

/*
 * Of a scene that was read; finds the key. under_way: an own change is, with which this goes on.
 * 0 also when checks refuse; the errors of asking itself.
 */
int evc_preflight_check(evc_scene *scene, bool under_way,
                        evc_error **err) EVC_MUST_CHECK;
/* The steps that would follow, into the report. NOMEM, and the driver's. */
int evc_preflight_plan(evc_scene *scene, evc_error **err) EVC_MUST_CHECK;
/* Whether the flow stores Secrets anew after this verb: the provider does not do it itself,
 * and the caller did not say no. */
bool evc_preflight_rewrites(const evc_scene *scene);

#endif
