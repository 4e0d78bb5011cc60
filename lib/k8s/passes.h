/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The passes of one run, until one finds nothing left to do (security.md 5.5, row 54).
 */
#ifndef EVC_K8S_PASSES_H
#define EVC_K8S_PASSES_H

#include "k8s/task.h"

#define EVC_PASSES_MAX 5u

/* From task->run.pass on. total: objects as counted; -1 = unknown. */
int evc_passes_run(evc_task *task, int64_t total, evc_pass_facts *last,
                   evc_error **err) EVC_MUST_CHECK;

#endif
