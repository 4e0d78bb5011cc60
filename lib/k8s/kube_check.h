/* SPDX-License-Identifier: Apache-2.0 */
/* Whether access works, step by step, for people. */
#ifndef EVC_K8S_KUBE_CHECK_H
#define EVC_K8S_KUBE_CHECK_H

#include "base/table.h"
#include "k8s/kube.h"

/* Rows: check, result (ok, failed, skipped, unknown), detail, error. CANCELED, TIMEOUT,
 * FORKED, NOMEM: nothing else ends it. */
int evc_kube_check(evc_kube *kube, evc_wait *wait, evc_table **out,
                   evc_error **err) EVC_MUST_CHECK;

#endif
