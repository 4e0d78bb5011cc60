/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/tally.h"

#include <stdio.h>

bool
evc_tally_is_first(const evc_task *task)
{
    return !task->verifying && task->run.pass == 1;
}

static const int32_t figure_of[EVC_SETTLED_COUNT] = {
    ENVCRYPT_REENCRYPT_FIGURE_REWRITTEN,
    ENVCRYPT_REENCRYPT_FIGURE_REWRITTEN,
    ENVCRYPT_REENCRYPT_FIGURE_CURRENT,
    ENVCRYPT_REENCRYPT_FIGURE_GONE,
    ENVCRYPT_REENCRYPT_FIGURE_SETTLED,
    ENVCRYPT_REENCRYPT_FIGURE_SKIPPED,
    0, /* failures count themselves */
};

static bool
is_written(evc_settled how)
{
    return how == EVC_SETTLED_REWRITTEN || how == EVC_SETTLED_ALTERED;
}

static void
name_example(char out[EVC_VERDICT_NAME], const evc_kube_object *object)
{
    if (!out[0])
        (void)snprintf(out, EVC_VERDICT_NAME, "%s%s%s", object->ns,
                       object->ns[0] ? "/" : "", object->name);
}

/* What the verdict needs to know of it. */
static void
note_fact(const evc_task *task, evc_pass_facts *facts, const evc_kube_object *object,
          evc_settled how)
{
    bool stays = how == EVC_SETTLED_CURRENT || how == EVC_SETTLED_SKIPPED;

    facts->seen++;
    facts->failed += how == EVC_SETTLED_FAILED;
    if (is_written(how)) {
        facts->rewritten++;
        name_example(facts->example_stale, object);
    }
    if (stays && !evc_task_is_known(task, object)) {
        facts->unknown++;
        name_example(facts->example, object);
    }
}

static void
report(const evc_task *task, evc_settled how)
{
    evc_reencrypt_report *to = task->report;
    bool first = evc_tally_is_first(task);

    evc_reencrypt_report_count(to, ENVCRYPT_REENCRYPT_FIGURE_DONE, 1);
    evc_reencrypt_report_count(to,
                               first ? ENVCRYPT_REENCRYPT_FIGURE_LISTED
                                     : ENVCRYPT_REENCRYPT_FIGURE_CHECKED,
                               1);
    if (figure_of[how] && (first || is_written(how)))
        evc_reencrypt_report_count(to, figure_of[how], 1);
}

void
evc_tally_show(evc_reencrypt_report *report, evc_settled how, uint64_t count)
{
    if (figure_of[how])
        evc_reencrypt_report_count(report, figure_of[how], (int64_t)count);
}

int
evc_tally_add(evc_task *task, evc_pass_facts *facts, uint64_t page,
              const evc_kube_object *object, evc_settled how, evc_error **err)
{
    note_fact(task, facts, object, how);
    evc_kube_run_count(&task->run, object, how);
    if (how == EVC_SETTLED_CURRENT && task->run.mode == ENVCRYPT_REENCRYPT_REWRITE)
        evc_task_left(task, object);
    report(task, how);
    if (!task->journal || task->verifying ||
        (!evc_tally_is_first(task) && !is_written(how)))
        return 0;
    return evc_kube_journal_done(task->journal, page, object, how, err);
}
