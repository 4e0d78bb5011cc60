/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What there is before anything is written: how many objects, at which version, and which were
 * stored longest ago.
 */
#ifndef EVC_K8S_SURVEY_H
#define EVC_K8S_SURVEY_H

#include "k8s/task.h"

#define EVC_SURVEY_OLDEST EVC_TASK_TESTED

typedef struct evc_survey {
    int64_t total; /* selected objects; -1 = could not be counted */
    char version[EVC_KUBE_VERSION_MAX + 1]; /* of the first list; "" = there was none */
    /* Those of the lowest versions, lowest first; of them that are known to be stored before
     * the change, or the restarts after it, if it is told when that was. */
    evc_kube_object oldest[EVC_SURVEY_OLDEST];
    size_t oldest_count;
} evc_survey;

/*
 * whole: every page is listed. Else the server's own count is taken where there is one. What
 * the server cannot read is told to the report as failures, and is in no count. The errors of
 * lists, and of evc_task_tick.
 */
int evc_survey_take(evc_task *task, bool whole, evc_survey *out,
                    evc_error **err) EVC_MUST_CHECK;

#endif
