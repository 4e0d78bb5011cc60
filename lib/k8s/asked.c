/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/asked.h"

#include "k8s/tally.h"

/*
 * Annotations of this run, and what was stored after it began, need no other; but what the test
 * of the mode stored gets one too, by which verifications see that it was written. A later
 * one on what was stored before this run is of a clock that was wrong, or of anybody.
 */
static evc_asked
of_annotations(const evc_task *task, const evc_kube_object *object)
{
    int64_t mark_ms;

    if (task->verifying ||
        (evc_kube_run_is_after(&task->run, object) && !evc_task_tested(task, object)) ||
        evc_clock_parse(evc_view_text(task->run.mark), &mark_ms, NULL))
        return EVC_ASKED_SETTLED;
    return object->mark_ms == mark_ms ? EVC_ASKED_SETTLED : EVC_ASKED_PATCH;
}

static evc_asked
of_patches(const evc_task *task, const evc_kube_object *object, evc_settled *how)
{
    bool first = evc_tally_is_first(task);

    if (first && evc_task_tested(task, object))
        *how = EVC_SETTLED_REWRITTEN; /* by the test of mode auto */
    if ((first || (!task->verifying && !task->options->second_pass)) &&
        evc_kube_run_is_after(&task->run, object))
        return EVC_ASKED_SETTLED;
    return EVC_ASKED_PATCH;
}

evc_asked
evc_asked_of(const evc_task *task, const evc_kube_object *object, evc_settled *how)
{
    *how = EVC_SETTLED_SKIPPED;
    if (!evc_selection_has(&task->selection, object->ns, object->name))
        return EVC_ASKED_NOT;
    if (task->journal && evc_tally_is_first(task) &&
        evc_kube_journal_has(task->journal, object))
        return EVC_ASKED_NOT;
    if (task->run.mode == ENVCRYPT_REENCRYPT_ANNOTATE)
        return of_annotations(task, object);
    return of_patches(task, object, how);
}
