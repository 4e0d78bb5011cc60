/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/choose.h"

#include "k8s/patch.h"
#include "k8s/settle.h"
#include "k8s/version.h"

#define NAME(o) (o)->ns, (o)->ns[0] ? "/" : "", (o)->name

/* What empty patches showed; of the survey, lowest version first. */
typedef struct trial {
    const evc_kube_object *changed[EVC_SURVEY_OLDEST]; /* stored anew */
    size_t changed_count;
    const evc_kube_object *left[EVC_SURVEY_OLDEST]; /* left alone */
    size_t left_count;
} trial;

/* It is stored anew, once: only the journal tells that to a run that goes on after a kill. */
static int
keep_changed(evc_task *task, const evc_kube_object *object, trial *t, evc_error **err)
{
    bool first = !task->run.shown;

    t->changed[t->changed_count++] = object;
    task->tested[task->tested_count++] = *object;
    task->run.shown = true;
    return first && task->journal
               ? evc_kube_journal_begin(task->journal, &task->run, err)
               : 0;
}

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
    if (how == EVC_SETTLED_REWRITTEN)
        return keep_changed(task, object, t, err);
    if (how == EVC_SETTLED_CURRENT)
        t->left[t->left_count++] = object;
    return 0;
}

/* All of them: that one is stored anew does not tell that others are seen to be stale. */
static int
try_oldest(evc_task *task, const evc_survey *survey, trial *t, evc_error **err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < survey->oldest_count; i++)
        rc = try_one(task, &survey->oldest[i], t, err);
    return rc;
}

/* Whether it is known to be stored before the change, or the restarts after it. */
static bool
is_from_before(const evc_task *task, const evc_kube_object *object)
{
    return evc_task_written_ms(task, object) >= 0 &&
           evc_task_stored_ms(task, object) < evc_task_fresh_ms(task);
}

/*
 * One that was left alone though it should have been stale: of before the change, or older than
 * one that was stored anew, for what is stale is older than what is not. NULL = none.
 */
static const evc_kube_object *
overlooked(const evc_task *task, const trial *t)
{
    int order;

    for (size_t i = 0; i < t->left_count; i++) {
        if (is_from_before(task, t->left[i]))
            return t->left[i];
        for (size_t k = 0; k < t->changed_count; k++) {
            if (evc_kube_version_compare(t->left[i]->version, t->changed[k]->version,
                                         &order) &&
                order < 0)
                return t->left[i];
        }
    }
    return NULL;
}

#define SEES_NOT_ALL                                                                  \
    "was left alone: the server does not see all that is stale, as where the plugin " \
    "keeps its key id when the key is rotated"

static int32_t
conclude_changed(evc_task *task, const trial *t)
{
    const evc_kube_object *changed = t->changed[t->changed_count - 1];
    const evc_kube_object *left = overlooked(task, t);

    if (left) {
        evc_reencrypt_report_chose(task->report, ENVCRYPT_REENCRYPT_ANNOTATE,
                                   "an empty patch of %s%s%s had it stored anew, but "
                                   "%s%s%s, which %s, " SEES_NOT_ALL,
                                   NAME(changed), NAME(left),
                                   is_from_before(task, left)
                                       ? "was not written since the change either"
                                       : "is older");
        return ENVCRYPT_REENCRYPT_ANNOTATE;
    }
    evc_reencrypt_report_chose(
        task->report, ENVCRYPT_REENCRYPT_REWRITE,
        "an empty patch of %s%s%s had it stored anew: this server sees what is "
        "stale",
        NAME(changed));
    return ENVCRYPT_REENCRYPT_REWRITE;
}

/* An earlier run showed that the server sees what is stale. */
static int32_t
conclude_shown(evc_task *task, const trial *t, const evc_kube_run *before)
{
    const evc_kube_object *left = overlooked(task, t);
    char when[EVC_TIME_TEXT];

    evc_clock_format(before->began_ms, when);
    if (left) {
        evc_reencrypt_report_chose(
            task->report, ENVCRYPT_REENCRYPT_ANNOTATE,
            "this server showed on %s that it sees what is stale, but %s%s%s, which "
            "was not written since the change, " SEES_NOT_ALL,
            when, NAME(left));
        return ENVCRYPT_REENCRYPT_ANNOTATE;
    }
    evc_reencrypt_report_chose(
        task->report, ENVCRYPT_REENCRYPT_REWRITE,
        "nothing is stale, and this server showed on %s that it sees what is%s", when,
        task->since_ms >= 0
            ? ", after the change"
            : "; if the key was changed after that, say when (option since)");
    return ENVCRYPT_REENCRYPT_REWRITE;
}

static int32_t
conclude_unchanged(evc_task *task, const trial *t)
{
    /* Nothing was now: what this run showed is of its test that was interrupted. */
    const evc_kube_run *before = task->run.shown ? &task->run : evc_task_shown(task);

    if (before)
        return conclude_shown(task, t, before);
    evc_reencrypt_report_chose(
        task->report, ENVCRYPT_REENCRYPT_ANNOTATE,
        "empty patches of the %zu oldest objects (%s%s%s the last) changed nothing: "
        "either all is current, or the plugin keeps its key id when the key is "
        "rotated, as that of Amazon EKS does, and the server sees nothing stale",
        t->left_count, NAME(t->left[t->left_count - 1]));
    return ENVCRYPT_REENCRYPT_ANNOTATE;
}

static int32_t
conclude(evc_task *task, const evc_survey *survey, const trial *t)
{
    evc_reencrypt_report *report = task->report;

    if (t->changed_count > 0)
        return conclude_changed(task, t);
    if (t->left_count > 0)
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
    trial t = {.left_count = 0};
    int rc;

    if (task->options->mode != ENVCRYPT_REENCRYPT_AUTO) {
        task->run.mode = task->options->mode;
        evc_reencrypt_report_chose(report, task->run.mode, "as it was asked for");
        return 0;
    }
    if (!may_patch) {
        task->run.mode = ENVCRYPT_REENCRYPT_MIGRATE;
        task->run.shown = false;
        evc_reencrypt_report_chose(
            report, task->run.mode,
            "objects may not be patched, and this cluster has an engine of its own "
            "that may be asked");
        return 0;
    }
    rc = evc_task_enter(task, ENVCRYPT_REENCRYPT_PHASE_CHOOSING, survey->total, err);
    if (rc == 0)
        rc = try_oldest(task, survey, &t, err);
    if (rc)
        return rc;
    task->run.mode = conclude(task, survey, &t);
    /* Where annotations are the way, what was stored anew was plain or older, and shows nothing. */
    task->run.shown &= task->run.mode == ENVCRYPT_REENCRYPT_REWRITE;
    return 0;
}
