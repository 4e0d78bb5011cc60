/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass over all selected objects: pages are listed while patches fly. The first pass of a run
 * writes the journal and begins where it stopped; further ones ask again. What a pass asks of an
 * object is said in doc/internals.md.
 */
#ifndef EVC_K8S_PASS_H
#define EVC_K8S_PASS_H

#include "k8s/task.h"

/*
 * By task->run, whose pass number tells the kind. Errors of objects are in the report. What ends
 * it: CANCELED, TIMEOUT, LEASE_HELD, AUTH …, the errors of the journal, and trouble of the server
 * that does not pass.
 */
int evc_pass_run(evc_task *task, evc_pass_facts *facts, evc_error **err) EVC_MUST_CHECK;

#endif
