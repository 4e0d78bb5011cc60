/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one flow of all providers (design decision 14): read, keys, preflight, plan, change,
 * wait, re-encrypt, verify. Reads state first, refuses early, keeps the state file, and
 * goes on with a change that an earlier process or another tool began. Nothing that cannot
 * be taken back is sent before every check has passed and the caller has confirmed.
 */
#ifndef EVC_CLUSTER_FLOW_H
#define EVC_CLUSTER_FLOW_H

#include "cluster/scene.h"
#include "k8s/etcd.h"

/* Each gives a report also when it fails, once its arguments were fine; freed by the caller. */

/*
 * CREATE, ENABLE, CHANGE_KEY, ROTATE, DISABLE: preflight, change, wait, and then the Secrets.
 * CONFIRMATION (R30): the option confirm is not the cluster's name where that is needed;
 * the report has the plan then. What a refusal of the checks says; CLUSTER_FAILED: the
 * provider's change ended badly; CANCELED, TIMEOUT: the state file has the place.
 */
int evc_flow_change(evc_cluster *cluster, evc_cluster_verb verb,
                    const evc_cluster_change *wanted, const evc_flow_ears *ears,
                    evc_wait *wait, evc_cluster_report **out,
                    evc_error **err) EVC_MUST_CHECK;
/* Waits for the change in the state file, or that of the option update-id; and no more.
 * ARGUMENT: there is neither. */
int evc_flow_wait(evc_cluster *cluster, const evc_cluster_change *wanted,
                  const evc_flow_ears *ears, evc_wait *wait, evc_cluster_report **out,
                  evc_error **err) EVC_MUST_CHECK;
/* CLUSTER_CANNOT: the provider stores Secrets anew itself. */
int evc_flow_reencrypt(evc_cluster *cluster, const evc_cluster_change *wanted,
                       const evc_flow_ears *ears, evc_wait *wait,
                       evc_cluster_report **out, evc_error **err) EVC_MUST_CHECK;
/* The provider's evidence and the Secrets proof; etcd may be NULL. */
int evc_flow_verify(evc_cluster *cluster, const evc_cluster_change *wanted,
                    evc_etcd *etcd, const evc_flow_ears *ears, evc_wait *wait,
                    evc_cluster_report **out, evc_error **err) EVC_MUST_CHECK;

#endif
