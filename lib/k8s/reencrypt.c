/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/reencrypt.h"

#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "k8s/choose.h"
#include "k8s/migration.h"
#include "k8s/missing.h"
#include "k8s/passes.h"
#include "k8s/preflight.h"
#include "k8s/tally.h"

#define POLL_EACH_MS 2000

/* --- a new run, or one that goes on ----------------------------------------------- */

static void
show_counts(const evc_task *task)
{
    evc_reencrypt_report *report = task->report;

    for (int how = 0; how < EVC_SETTLED_COUNT; how++)
        evc_tally_show(report, (evc_settled)how, task->run.counts[how]);
    report->figures[ENVCRYPT_REENCRYPT_FIGURE_LISTED] =
        (int64_t)evc_kube_run_listed(&task->run);
    report->began_ms = task->run.began_ms;
}

/*
 * Whether the interrupted run is the one that is asked for: not when the key was changed, or servers
 * that see nothing stale were restarted, after it began, for then what it left behind is old, nor
 * when another way was asked for.
 */
static bool
can_resume(const evc_task *task, const evc_kube_run *run)
{
    const evc_reencrypt_options *o = task->options;

    if (run->ended_ms >= 0 || run->mode == ENVCRYPT_REENCRYPT_MIGRATE)
        return false;
    if (o->since_ms >= 0 && o->since_ms > run->began_ms)
        return false;
    if (run->mode == ENVCRYPT_REENCRYPT_ANNOTATE && o->restarted_ms > run->began_ms)
        return false;
    return o->mode == ENVCRYPT_REENCRYPT_AUTO || o->mode == run->mode;
}

static void
resume(evc_task *task, const evc_kube_run *run)
{
    char when[EVC_TIME_TEXT];

    task->run = *run;
    if (task->since_ms < 0)
        task->since_ms = run->since_ms;
    task->run.since_ms = task->since_ms;
    task->report->resumed = true;
    evc_clock_format(run->began_ms, when);
    evc_reencrypt_report_chose(task->report, run->mode,
                               "this goes on with the run that began at %s", when);
    show_counts(task);
}

/* Whether how it writes is still to be found out; an interrupted run may have been at that. */
static bool
is_choosing(const evc_task *task)
{
    return !task->report->resumed || task->run.mode == ENVCRYPT_REENCRYPT_AUTO;
}

/* What the test of mode auto has stored anew must be known to whoever goes on after a kill. */
static int
begin(evc_task *task, const evc_survey *survey, bool may_patch, evc_error **err)
{
    evc_kube_run *run = &task->run;
    int rc = 0;

    if (!task->report->resumed) {
        run->since_ms = task->since_ms;
        evc_clock_format(run->began_ms, run->mark);
        memcpy(run->baseline, survey->version, sizeof(run->baseline));
        run->mode = task->options->mode;
        if (run->mode == ENVCRYPT_REENCRYPT_AUTO && task->journal)
            rc = evc_kube_journal_begin(task->journal, run, err);
    }
    if (rc == 0)
        rc = evc_choose_mode(task, survey, may_patch, err);
    task->report->began_ms = run->began_ms;
    if (rc == 0 && task->journal)
        rc = evc_kube_journal_begin(task->journal, run, err);
    return rc;
}

/* --- the cluster's own engine ----------------------------------------------------- */

static int
poll_migration(evc_task *task, const char *version, const char *name, evc_error **err)
{
    evc_kube_migration_state state = {.running = true};
    int rc = 0;

    while (rc == 0) {
        rc =
            evc_kube_migration_poll(task->kube, version, name, task->wait, &state, err);
        if (rc || state.succeeded || state.failed)
            break;
        rc = evc_task_tick(task, err);
        if (rc == 0)
            rc = evc_wait_sleep_for(task->wait, POLL_EACH_MS, err);
    }
    if (rc == 0 && state.failed)
        rc = evc_err(err, ENVCRYPT_E_MIGRATION,
                     "the cluster's own migration %s failed%s%s; see its status in the "
                     "cluster",
                     name, state.reason[0] ? ": " : "", state.reason);
    return rc;
}

static int
migrate(evc_task *task, int64_t total, evc_error **err)
{
    char name[EVC_KUBE_NAME_MAX + 1];
    char version[64];
    bool found;
    int rc = evc_task_enter(task, ENVCRYPT_REENCRYPT_PHASE_MIGRATING, total, err);

    if (rc == 0)
        rc = evc_kube_migration_find(task->kube, task->wait, version, &found, err);
    if (rc == 0 && !found)
        rc = evc_err(err, ENVCRYPT_E_MIGRATION,
                     "this cluster lists no StorageVersionMigration any more");
    if (rc == 0)
        rc = evc_kube_migration_begin(task->kube, version, &task->resource, task->wait,
                                      name, err);
    return rc ? rc : poll_migration(task, version, name, err);
}

/* --- the run ---------------------------------------------------------------------- */

/* Runs after the change, whose baselines tell what was stored since. */
static void
add_bases(evc_task *task)
{
    if (task->since_ms >= 0 || !task->report->resumed)
        evc_task_add_base(task, &task->run);
    if (task->since_ms < 0 || !task->journal)
        return;
    evc_task_add_base(task, evc_kube_journal_shown(task->journal));
    evc_task_add_base(task, evc_kube_journal_ended(task->journal));
}

static bool
was_shown(const evc_task *task)
{
    return task->run.shown || (task->since_ms >= 0 && evc_task_shown(task));
}

static int
work(evc_task *task, int64_t total, evc_error **err)
{
    evc_verdict_facts facts = {.checked = task->options->second_pass,
                               .resumed = task->report->resumed,
                               .mode = task->run.mode,
                               .since_ms = task->since_ms,
                               .began_ms = task->run.began_ms};
    int rc;

    add_bases(task);
    if (task->run.mode == ENVCRYPT_REENCRYPT_MIGRATE)
        rc = migrate(task, total, err);
    else
        rc = evc_passes_run(task, total, &facts.last, err);
    task->run.ended_ms = evc_clock_wall_ms(evc_task_clock(task));
    facts.shown = was_shown(task);
    facts.mixed = evc_task_is_mixed(task);
    facts.inverted = task->run.inverted;
    /* Nothing is unknown any more, but what others wrote meanwhile was left alone too. */
    if (facts.last.unknown == 0)
        facts.inverted |= evc_kube_run_overlooked(&task->run, task->since_ms);
    if (rc == 0 && task->run.mode != ENVCRYPT_REENCRYPT_MIGRATE)
        evc_missing_note(task, facts.last.seen);
    if (rc == 0)
        evc_verdict_conclude(&facts, task->report);
    if (rc == 0 && task->journal)
        rc = evc_kube_journal_end(task->journal, &task->run, err);
    return rc;
}

static int
count_only(evc_task *task, evc_error **err)
{
    evc_survey *survey = evc_mem_new(sizeof(*survey));
    int64_t *figures = task->report->figures;
    int rc;

    if (!survey)
        return evc_err_nomem(err);
    rc = evc_survey_take(task, true, survey, err);
    figures[ENVCRYPT_REENCRYPT_FIGURE_TOTAL] = survey->total;
    figures[ENVCRYPT_REENCRYPT_FIGURE_LISTED] = survey->total > 0 ? survey->total : 0;
    if (rc == 0)
        rc = evc_missing_refuse(task, survey->total, err);
    if (rc == 0 && survey->total >= 0)
        evc_missing_note(task, (uint64_t)survey->total);
    evc_mem_free(survey);
    if (rc == 0)
        evc_reencrypt_report_concludes(task->report, ENVCRYPT_OUTCOME_NOT_PROVEN,
                                       "this was a dry run: objects were counted, and "
                                       "nothing was written");
    return rc;
}

static void
name_run(evc_task *task)
{
    uint8_t bytes[EVC_KUBE_RUN_ID / 2];
    evc_buf id;

    evc_random_public(bytes, sizeof(bytes));
    evc_buf_init_fixed(&id, task->run.id, sizeof(task->run.id));
    evc_encode_hex(&id, evc_view_of(bytes, sizeof(bytes)));
}

/* Adopts an interrupted run, or begins one. *total as counted. */
static int
settle_run(evc_task *task, bool may_patch, int64_t *total, evc_error **err)
{
    bool whole = task->options->mode == ENVCRYPT_REENCRYPT_AUTO && is_choosing(task);
    evc_survey *survey = evc_mem_new(sizeof(*survey));
    int rc;

    if (!survey)
        return evc_err_nomem(err);
    /* Before the baseline is read: what is above it was stored after this moment. */
    if (!task->report->resumed)
        task->run.began_ms = evc_clock_wall_ms(evc_task_clock(task));
    rc = evc_survey_take(task, whole, survey, err);
    *total = survey->total;
    if (rc == 0 && !task->report->resumed)
        rc = evc_missing_refuse(task, survey->total, err);
    if (rc == 0 && is_choosing(task))
        rc = begin(task, survey, may_patch, err);
    evc_mem_free(survey);
    return rc;
}

static int
run(evc_task *task, evc_error **err)
{
    bool counts = task->options->dry_run;
    evc_kube_run before;
    bool found = false;
    int64_t total = -1;
    bool may_patch;
    int rc = evc_preflight_rights(task, !counts, &may_patch, err);

    if (rc || counts)
        return rc ? rc : count_only(task, err);
    rc = evc_task_open_journal(task, &before, &found, err);
    if (rc)
        return rc;
    if (found && can_resume(task, &before))
        resume(task, &before);
    else
        name_run(task);
    rc = evc_preflight_lease(task, found ? &before : NULL, err);
    if (rc)
        return rc;
    rc = settle_run(task, may_patch, &total, err);
    return rc ? rc : work(task, total, err);
}

int
evc_reencrypt_run(evc_kube *kube, const evc_reencrypt_options *options,
                  envcrypt_reencrypt_fn progress, void *user, evc_wait *wait,
                  evc_reencrypt_report **out, evc_error **err)
{
    evc_task *task;
    int rc = evc_task_open(&task, kube, options, progress, user, wait, err);

    if (rc == 0)
        rc = run(task, err);
    evc_task_end(task, rc, err);
    *out = evc_task_close(task);
    return rc;
}
