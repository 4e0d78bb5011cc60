/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was selected and is not there: names that are misspelt, namespaces that do not exist.
 * Nothing would be done for it, and without a word that looks like success.
 */
#ifndef EVC_K8S_MISSING_H
#define EVC_K8S_MISSING_H

#include "k8s/task.h"

/*
 * Before anything is written: so many objects were counted (-1 = unknown). KUBE_NOT_FOUND where
 * some were selected and there is none; the message says what was looked for. Asks the server
 * whether namespaces exist, whose failures only leave that out.
 */
int evc_missing_refuse(const evc_task *task, int64_t total,
                       evc_error **err) EVC_MUST_CHECK;
/* Over with so many objects: a note of what was not found, or that there is nothing at all. */
void evc_missing_note(const evc_task *task, uint64_t seen);

#endif
