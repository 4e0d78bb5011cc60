/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/passes.h"

#include "k8s/pass.h"

/* With the place of its beginning, in which the first one's counts are settled. */
static int
begin_next(evc_task *task, evc_error **err)
{
    evc_kube_run_next_pass(&task->run);
    if (!task->journal)
        return 0;
    return evc_kube_journal_page(
        task->journal, evc_kube_journal_pages(task->journal) + 1, "",
        evc_view_of(NULL, 0), evc_view_of(NULL, 0), &task->run, err);
}

/* A resumed one goes on counting. */
static int
run_first(evc_task *task, int64_t total, evc_pass_facts *facts, evc_error **err)
{
    int64_t listed = (int64_t)evc_kube_run_listed(&task->run);
    int rc =
        evc_task_enter_at(task, ENVCRYPT_REENCRYPT_PHASE_WRITING, listed, total, err);

    if (rc == 0)
        rc = evc_pass_run(task, facts, err);
    return rc ? rc : begin_next(task, err);
}

static int
run_further(evc_task *task, int64_t total, evc_pass_facts *facts, evc_error **err)
{
    int rc = evc_task_enter(task, ENVCRYPT_REENCRYPT_PHASE_CHECKING, total, err);

    return rc ? rc : evc_pass_run(task, facts, err);
}

int
evc_passes_run(evc_task *task, int64_t total, evc_pass_facts *last, evc_error **err)
{
    int rc = 0;

    if (task->run.pass == 1) {
        rc = run_first(task, total, last, err);
        total = (int64_t)evc_kube_run_listed(&task->run);
    }
    while (rc == 0) {
        rc = run_further(task, total, last, err);
        if (rc || last->rewritten == 0 || task->run.pass >= EVC_PASSES_MAX)
            break;
        rc = begin_next(task, err);
    }
    return rc;
}
