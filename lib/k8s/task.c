/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/task.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "k8s/journal_place.h"

#define LEASE_PATIENCE_MS 3000
#define LEASE_AGAIN_MS 5000

const evc_clock *
evc_task_clock(const evc_task *task)
{
    return &evc_net_env(evc_kube_net(task->kube))->clock;
}

evc_crypto *
evc_task_crypto(const evc_task *task)
{
    return evc_kube_crypto(task->kube);
}

static int
check_since(const evc_task *task, int64_t now_ms, evc_error **err)
{
    char when[EVC_TIME_TEXT];

    if (task->since_ms <= now_ms)
        return 0;
    evc_clock_format(task->since_ms, when);
    return evc_err(
        err, ENVCRYPT_E_ARGUMENT,
        "the change of key cannot have been over at %s (option since), which "
        "is still to come by this machine's clock",
        when);
}

static int
check_restarted(const evc_task *task, int64_t now_ms, evc_error **err)
{
    int64_t restarted_ms = task->options->restarted_ms;
    char when[EVC_TIME_TEXT];
    char since[EVC_TIME_TEXT];

    if (restarted_ms < 0)
        return 0;
    evc_clock_format(restarted_ms, when);
    evc_clock_format(task->since_ms, since);
    if (task->since_ms < 0)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "that the API servers had been restarted at %s (option "
                       "restarted) tells of a change of key only if it was over by "
                       "then: say when it was (option since)",
                       when);
    if (restarted_ms < task->since_ms)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the API servers cannot have been restarted at %s (option "
                       "restarted) after a change of key that was over at %s only "
                       "(option since): restart them, and say when that was over",
                       when, since);
    if (restarted_ms > now_ms)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the API servers cannot have been restarted at %s (option "
                       "restarted), which is still to come by this machine's clock",
                       when);
    return 0;
}

static int
check_times(const evc_task *task, evc_error **err)
{
    int64_t now_ms = evc_clock_wall_ms(evc_task_clock(task));
    int rc = check_since(task, now_ms, err);

    return rc ? rc : check_restarted(task, now_ms, err);
}

static int
make(evc_task **out, evc_kube *kube, const evc_reencrypt_options *options,
     evc_wait *wait, evc_error **err)
{
    evc_task *task = evc_mem_new(sizeof(*task));
    int rc;

    if (!task)
        return evc_err_nomem(err);
    rc = evc_reencrypt_report_new(&task->report, err);
    if (rc) {
        evc_mem_free(task);
        return rc;
    }
    task->kube = kube;
    task->options = options;
    task->since_ms = options->since_ms;
    task->report->dry_run = options->dry_run;
    evc_kube_run_init(&task->run);
    evc_wait_init(&task->own_wait, evc_task_clock(task), -1);
    task->wait = wait ? wait : &task->own_wait;
    *out = task;
    return 0;
}

int
evc_task_open(evc_task **out, evc_kube *kube, const evc_reencrypt_options *options,
              envcrypt_reencrypt_fn progress, void *user, evc_wait *wait,
              evc_error **err)
{
    evc_task *task;
    int rc;

    *out = NULL;
    rc = make(&task, kube, options, wait, err);
    if (rc)
        return rc;
    *out = task;
    evc_telling_init(&task->telling, progress, user, evc_task_clock(task));
    rc = check_times(task, err);
    if (rc == 0)
        rc = evc_selection_open(evc_task_crypto(task), options->namespaces,
                                options->labels, options->names_file, &task->selection,
                                err);
    if (rc == 0)
        rc = evc_task_enter(task, ENVCRYPT_REENCRYPT_PHASE_PREFLIGHT, -1, err);
    if (rc == 0)
        rc = evc_kube_resource_find(kube, options->resource, task->wait,
                                    &task->resource, err);
    if (rc == 0)
        rc = evc_selection_suits(&task->selection, &task->resource, err);
    if (rc == 0)
        rc = evc_kube_cluster_id(kube, task->wait, &task->cluster_id, err);
    return rc;
}

static void
note_clock(evc_task *task)
{
    int64_t ahead_ms = evc_kube_ahead_ms(task->kube);

    if (ahead_ms > 0 && task->since_ms >= 0)
        evc_reencrypt_report_note(
            task->report,
            "the clock of the API server is ahead of this machine's, by up to %" PRId64
            " s, so each object counts as written that much earlier than it tells; set "
            "the clocks right if that keeps something from being proven",
            ahead_ms / 1000);
}

/* What did not come to its end proves nothing, whatever it found. */
void
evc_task_end(evc_task *task, int rc, evc_error *const *err)
{
    if (!task)
        return;
    note_clock(task);
    if (rc)
        evc_reencrypt_report_concludes(
            task->report, ENVCRYPT_OUTCOME_NOT_PROVEN, "it did not come to its end: %s",
            err && *err ? evc_error_message(*err) : evc_error_text(rc));
    task->report->ended_ms = evc_clock_wall_ms(evc_task_clock(task));
    task->report->phase = ENVCRYPT_REENCRYPT_PHASE_ENDED;
    (void)evc_telling_tell(&task->telling, task->report);
}

evc_reencrypt_report *
evc_task_close(evc_task *task)
{
    evc_reencrypt_report *report = task ? task->report : NULL;

    if (!task)
        return NULL;
    evc_kube_lease_drop(task->lease);
    evc_kube_journal_close(task->journal);
    evc_selection_close(&task->selection);
    evc_wait_release(&task->own_wait);
    evc_mem_free(task);
    return report;
}

int
evc_task_enter(evc_task *task, int32_t phase, int64_t total, evc_error **err)
{
    return evc_task_enter_at(task, phase, 0, total, err);
}

int
evc_task_enter_at(evc_task *task, int32_t phase, int64_t done, int64_t total,
                  evc_error **err)
{
    int64_t *figures = task->report->figures;

    task->report->phase = phase;
    figures[ENVCRYPT_REENCRYPT_FIGURE_TOTAL] = total;
    figures[ENVCRYPT_REENCRYPT_FIGURE_DONE] = done;
    figures[ENVCRYPT_REENCRYPT_FIGURE_RATE] = 0;
    return evc_task_tick(task, err);
}

/*
 * In mid run: all that is in flight waits for it, so not for long. One that does not get
 * through is tried again, until the lease is somebody else's.
 */
static int
renew_lease(evc_task *task, int64_t now, evc_error **err)
{
    evc_wait *wait = task->wait;
    int64_t deadline_ms = wait->deadline_ms;
    int rc;

    if (deadline_ms > now + LEASE_PATIENCE_MS)
        wait->deadline_ms = now + LEASE_PATIENCE_MS;
    rc = evc_kube_lease_renew(task->lease, wait, err);
    wait->deadline_ms = deadline_ms;
    if (rc == 0 || rc == ENVCRYPT_E_LEASE_HELD || rc == ENVCRYPT_E_NOMEM)
        return rc;
    evc_err_drop(err);
    task->lease_again_ms = now + LEASE_AGAIN_MS;
    return evc_wait_check(wait, err);
}

static int
keep_lease(evc_task *task, evc_error **err)
{
    int64_t now;

    if (!task->lease)
        return 0;
    now = evc_clock_monotonic_ms(evc_task_clock(task));
    if (now < evc_kube_lease_due_ms(task->lease) || now < task->lease_again_ms)
        return 0;
    return renew_lease(task, now, err);
}

int
evc_task_tick(evc_task *task, evc_error **err)
{
    if (evc_telling_tell(&task->telling, task->report)) {
        evc_wait_cancel(task->wait);
        return evc_wait_check(task->wait, err);
    }
    return keep_lease(task, err);
}

/* The report says where it is, also when it cannot be opened. */
static int
place_journal(const evc_task *task, const evc_kube_run_id *id, evc_error **err)
{
    const evc_reencrypt_options *o = task->options;

    if (o->journal) {
        task->report->journal = evc_mem_strdup(o->journal);
        return task->report->journal ? 0 : evc_err_nomem(err);
    }
    if (!o->journal_folder)
        return 0;
    return evc_journal_place(evc_task_crypto(task), o->journal_folder,
                             task->resource.plural, id, &task->report->journal, err);
}

int
evc_task_open_journal(evc_task *task, evc_kube_run *run, bool *found, evc_error **err)
{
    const evc_kube_resource *r = &task->resource;
    char resource[sizeof(r->group) + sizeof(r->version) + sizeof(r->plural)];
    evc_kube_run_id id = {task->cluster_id, resource,
                          evc_selection_text(&task->selection)};
    int rc;

    *found = false;
    (void)snprintf(resource, sizeof(resource), "%s/%s/%s", r->group, r->version,
                   r->plural);
    rc = place_journal(task, &id, err);
    if (rc || !task->report->journal)
        return rc;
    return evc_kube_journal_open(evc_task_crypto(task), task->report->journal, &id,
                                 &task->journal, run, found, err);
}

void
evc_task_add_base(evc_task *task, const evc_kube_run *run)
{
    if (run && run->began_ms >= task->since_ms && task->base_count < EVC_TASK_BASES)
        task->bases[task->base_count++] = run;
}

const evc_kube_run *
evc_task_shown(const evc_task *task)
{
    const evc_kube_run *run =
        task->journal ? evc_kube_journal_shown(task->journal) : NULL;

    return run && run->began_ms >= task->since_ms &&
                   !evc_kube_run_overlooked(run, task->since_ms)
               ? run
               : NULL;
}

bool
evc_task_is_mixed(const evc_task *task)
{
    const evc_kube_run *run =
        task->journal ? evc_kube_journal_ended(task->journal) : NULL;

    return task->since_ms >= 0 && run && run->began_ms >= task->since_ms &&
           run->shown &&
           (!evc_kube_run_is_shown(run) ||
            evc_kube_run_overlooked(run, task->since_ms));
}

/* What is only stored anew keeps its times. */
int64_t
evc_task_stored_ms(const evc_task *task, const evc_kube_object *object)
{
    const evc_kube_run *runs[] = {
        &task->run, task->journal ? evc_kube_journal_shown(task->journal) : NULL,
        task->journal ? evc_kube_journal_ended(task->journal) : NULL};
    int64_t ms = evc_task_written_ms(task, object);

    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
        if (runs[i] && runs[i]->began_ms > ms && evc_kube_run_is_after(runs[i], object))
            ms = runs[i]->began_ms;
    }
    return ms > 0 ? ms : 0;
}

void
evc_task_left(evc_task *task, const evc_kube_object *object)
{
    evc_kube_run_left(&task->run, evc_task_stored_ms(task, object));
}

const evc_kube_object *
evc_task_tested(const evc_task *task, const evc_kube_object *object)
{
    for (size_t i = 0; i < task->tested_count; i++) {
        if (strcmp(task->tested[i].name, object->name) == 0 &&
            strcmp(task->tested[i].ns, object->ns) == 0)
            return &task->tested[i];
    }
    return NULL;
}

int64_t
evc_task_fresh_ms(const evc_task *task)
{
    return task->options->restarted_ms >= 0 ? task->options->restarted_ms
                                            : task->since_ms;
}

int64_t
evc_task_written_ms(const evc_task *task, const evc_kube_object *object)
{
    int64_t ahead_ms = evc_kube_ahead_ms(task->kube);

    return object->written_ms > ahead_ms ? object->written_ms - ahead_ms : -1;
}

bool
evc_task_is_known(const evc_task *task, const evc_kube_object *object)
{
    if (task->since_ms >= 0 && evc_task_written_ms(task, object) >= task->since_ms)
        return true;
    /* An annotation is anybody's to set: it helps no proof. */
    if (task->since_ms >= 0 && task->run.mode == ENVCRYPT_REENCRYPT_ANNOTATE &&
        object->mark_ms >= task->since_ms)
        return true;
    for (size_t i = 0; i < task->base_count; i++) {
        if (evc_kube_run_is_after(task->bases[i], object))
            return true;
    }
    return false;
}
