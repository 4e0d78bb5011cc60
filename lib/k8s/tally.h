/* SPDX-License-Identifier: Apache-2.0 */
/* An object is settled: what that means for the report, the run, the verdict and the journal. */
#ifndef EVC_K8S_TALLY_H
#define EVC_K8S_TALLY_H

#include "k8s/task.h"

bool evc_tally_is_first(const evc_task *task); /* the first pass of a run */
/* Counts of a run that is resumed go to their figures. */
void evc_tally_show(evc_reencrypt_report *report, evc_settled how, uint64_t count);
/* Of a page by its number. Failures are told to the report before. The errors of the journal. */
int evc_tally_add(evc_task *task, evc_pass_facts *facts, uint64_t page,
                  const evc_kube_object *object, evc_settled how,
                  evc_error **err) EVC_MUST_CHECK;

#endif
