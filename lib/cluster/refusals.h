/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is refused whatever the provider, by what it can do at all and how the cluster is now
 * (rules R03, R12, R13, R16, R30, R36 of doc/clusters.md). Pure.
 */
#ifndef EVC_CLUSTER_REFUSALS_H
#define EVC_CLUSTER_REFUSALS_H

#include "cluster/driver.h"

/* What its provider can do at all; a row when it cannot. NOMEM. */
int evc_refusals_ability(const evc_cluster_driver *driver, const evc_cluster_job *job,
                         evc_checks *out, evc_error **err) EVC_MUST_CHECK;
/* How it is now. under_way: an own change is, with which this goes on. */
int evc_refusals_state(const evc_cluster_driver *driver, const evc_cluster_job *job,
                       bool under_way, evc_checks *out, evc_error **err) EVC_MUST_CHECK;
/* Whether all is as wanted already, so that nothing would be sent. */
bool evc_refusals_is_needless(const evc_cluster_job *job);

/* Whether given is the name of the cluster as the caller named it, its id, or the provider's
 * name of it. state: NULL = there is none yet. */
bool evc_refusals_is_named(const evc_cluster_state *state, const char *name,
                           const char *given);

/* R30: 0, or CONFIRMATION; another name than the cluster's refuses every verb. */
int evc_refusals_confirm(const evc_cluster_driver *driver, const evc_cluster_job *job,
                         const char *name, evc_error **err) EVC_MUST_CHECK;

#endif
