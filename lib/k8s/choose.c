/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/choose.h"

#include "k8s/patch.h"
#include "k8s/settle.h"

#define NAME(o) (o)->ns, (o)->ns[0] ? "/" : "", (o)->name

typedef struct trial {
    size_t left_alone;
    bool changed;
    const evc_kube_object *object; /* that was changed, or the last left alone */
} trial;

/* What a patch of it shows; one that fails for its own reasons shows nothing. */
static int
try_one(evc_task *task, const evc_kube_object *object, trial *t, evc_error **err)
{
    evc_kube_patch patch = {.resource = &task->resource, .object = *object};
    evc_settled how = EVC_SETTLED_FAILED;
    int rc = evc_kube_patch_run(task->kube, &patch, task->wait, err);
    evc_settle_next next =
        evc_settle_patch(rc, object, patch.version, patch.written_ms, &how);

    if (next == EVC_SETTLE_STOP || next == EVC_SETTLE_LATER)
        return rc;
    evc_err_drop(err);
    if (next != EVC_SETTLE_DONE)
        return 0;
    if (how == EVC_SETTLED_REWRITTEN) {
        t->changed = true;
        t->object = object;
        task->tested = *object;
    } else if (how == EVC_SETTLED_CURRENT) {
        t->left_alone++;
        t->object = object;
    }
    return 0;
}

static int
try_oldest(evc_task *task, const evc_survey *survey, trial *t, evc_error **err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && !t->changed && i < survey->oldest_count; i++)
        rc = try_one(task, &survey->oldest[i], t, err);
    return rc;
}

static int32_t
conclude_unchanged(evc_task *task, const trial *t)
{
    evc_reencrypt_report *report = task->report;
    const evc_kube_run *before = evc_task_shown(task);
    char when[EVC_TIME_TEXT];

    if (before) {
        evc_clock_format(before->began_ms, when);
        evc_reencrypt_report_chose(
            report, ENVCRYPT_REENCRYPT_REWRITE,
            "nothing is stale, and this server showed on %s that it sees what is%s",
            when,
            task->since_ms >= 0
                ? ", after the change"
                : "; if the key was changed after that, say when (option since)");
        return ENVCRYPT_REENCRYPT_REWRITE;
    }
    evc_reencrypt_report_chose(
        report, ENVCRYPT_REENCRYPT_ANNOTATE,
        "empty patches of the %zu oldest objects (%s%s%s the last) changed nothing: "
        "either all is current, or the plugin keeps its key id when the key is "
        "rotated, as that of Amazon EKS does, and the server sees nothing stale",
        t->left_alone, NAME(t->object));
    return ENVCRYPT_REENCRYPT_ANNOTATE;
}

static int32_t
conclude(evc_task *task, const evc_survey *survey, const trial *t)
{
    evc_reencrypt_report *report = task->report;

    if (t->changed) {
        evc_reencrypt_report_chose(
            report, ENVCRYPT_REENCRYPT_REWRITE,
            "an empty patch of %s%s%s had it stored anew: this server sees what is "
            "stale",
            NAME(t->object));
        return ENVCRYPT_REENCRYPT_REWRITE;
    }
    if (t->left_alone > 0)
        return conclude_unchanged(task, t);
    if (survey->total == 0 || survey->oldest_count == 0) {
        evc_reencrypt_report_chose(report, ENVCRYPT_REENCRYPT_REWRITE,
                                   "there is no object from before the change that "
                                   "could be tested");
        return ENVCRYPT_REENCRYPT_REWRITE;
    }
    evc_reencrypt_report_chose(report, ENVCRYPT_REENCRYPT_ANNOTATE,
                               "none of the oldest objects could be tested by an empty "
                               "patch, so that nothing is known of what this server "
                               "sees");
    return ENVCRYPT_REENCRYPT_ANNOTATE;
}

int
evc_choose_mode(evc_task *task, const evc_survey *survey, bool may_patch,
                evc_error **err)
{
    evc_reencrypt_report *report = task->report;
    trial t = {.left_alone = 0};
    int rc;

    if (task->options->mode != ENVCRYPT_REENCRYPT_AUTO) {
        task->run.mode = task->options->mode;
        evc_reencrypt_report_chose(report, task->run.mode, "as it was asked for");
        return 0;
    }
    if (!may_patch) {
        task->run.mode = ENVCRYPT_REENCRYPT_MIGRATE;
        evc_reencrypt_report_chose(
            report, task->run.mode,
            "objects may not be patched, and this cluster has an engine of its own "
            "that may be asked");
        return 0;
    }
    rc = evc_task_enter(task, ENVCRYPT_REENCRYPT_PHASE_CHOOSING, survey->total, err);
    if (rc == 0)
        rc = try_oldest(task, survey, &t, err);
    if (rc == 0)
        task->run.mode = conclude(task, survey, &t);
    return rc;
}
