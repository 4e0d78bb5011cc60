/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How objects are to be made to be stored anew. Mode auto finds out by a test: empty patches of
 * the oldest objects, of which a server that knows what is stale stores those anew that are.
 */
#ifndef EVC_K8S_CHOOSE_H
#define EVC_K8S_CHOOSE_H

#include "k8s/survey.h"

/*
 * Sets the mode of task->run and tells the report why. may_patch: else it can only be migrate,
 * which preflight saw to. The errors of patches that would meet every object.
 */
int evc_choose_mode(evc_task *task, const evc_survey *survey, bool may_patch,
                    evc_error **err) EVC_MUST_CHECK;

#endif
