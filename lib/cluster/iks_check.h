/* SPDX-License-Identifier: Apache-2.0 */
/* What can be known before a change of an IKS cluster (driver.h: check): rules R08, R17 to
 * R21 and R34, and what a destructive proof takes. */
#ifndef EVC_CLUSTER_IKS_CHECK_H
#define EVC_CLUSTER_IKS_CHECK_H

#include "cluster/iks_keys.h"

#define EVC_IKS_EXPIRY_DAYS 30 /* a key that expires sooner is refused */

int evc_iks_check(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
                  evc_checks *out, evc_error **err);

/* Rows of what the key service told of a key; pure. now_ms is wall time. */
int evc_iks_check_key(const evc_cluster_job *job, const evc_iks_traits *traits,
                      bool hpcs, int64_t now_ms, evc_checks *out,
                      evc_error **err) EVC_MUST_CHECK;
/* Rows of what registrations told; use NULL = they could not be read. Pure. */
int evc_iks_check_use(const evc_cluster_job *job, const evc_iks_use *use,
                      evc_checks *out, evc_error **err) EVC_MUST_CHECK;

#endif
