/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold before the first write (security.md 5.5, rows 58 and 63): the rights that the
 * whole run needs, and nobody else at it.
 */
#ifndef EVC_K8S_PREFLIGHT_H
#define EVC_K8S_PREFLIGHT_H

#include "k8s/task.h"

/*
 * The rights to list, and where writes is set to patch, for all namespaces or each that is
 * selected. KUBE_PREFLIGHT names what is missing. *may_patch is false where mode auto or migrate
 * can ask the cluster's own engine instead. A server that tells nothing about rights is a
 * note.
 */
int evc_preflight_rights(evc_task *task, bool writes, bool *may_patch,
                         evc_error **err) EVC_MUST_CHECK;
/*
 * Takes the Lease, in the name of task->run. dead: the latest run of the same journal, whose lock
 * we have, so that nobody else can be at it: interrupted, or killed between its last line and the
 * return of its Lease; NULL = none. That there is no Lease to be had is a note. LEASE_HELD.
 */
int evc_preflight_lease(evc_task *task, const evc_kube_run *dead,
                        evc_error **err) EVC_MUST_CHECK;

#endif
