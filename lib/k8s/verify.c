/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/verify.h"

#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/mem.h"
#include "k8s/list.h"
#include "k8s/missing.h"
#include "k8s/pass.h"
#include "k8s/preflight.h"
#include "k8s/stored_check.h"

#define RESTARTS_MAX 8u /* of a list that grew too old */

/* --- what earlier runs tell ------------------------------------------------------- */

static void
choose_mode(evc_task *task)
{
    const evc_kube_run *last =
        task->journal ? evc_kube_journal_ended(task->journal) : NULL;
    int32_t mode = task->options->mode;

    if (mode == ENVCRYPT_REENCRYPT_AUTO)
        mode = last ? last->mode : ENVCRYPT_REENCRYPT_REWRITE;
    /* What a migration left, an empty patch tells as well. */
    if (mode == ENVCRYPT_REENCRYPT_MIGRATE)
        mode = ENVCRYPT_REENCRYPT_REWRITE;
    task->run.mode = mode;
    evc_reencrypt_report_chose(task->report, mode, "%s",
                               task->options->mode != ENVCRYPT_REENCRYPT_AUTO
                                   ? "as it was asked for"
                               : last ? "as the run in the journal"
                                      : "no journal tells how the run was made");
}

static bool
was_shown(const evc_task *task)
{
    return task->since_ms >= 0 && evc_task_shown(task);
}

static int
recall(evc_task *task, evc_error **err)
{
    evc_kube_run before;
    bool found;
    int rc = evc_task_open_journal(task, &before, &found, err);

    if (rc)
        return rc;
    if (found && before.ended_ms < 0)
        evc_reencrypt_report_note(task->report,
                                  "the journal has a run that did not come to its end; "
                                  "run it again");
    if (task->journal && task->since_ms >= 0) {
        evc_task_add_base(task, evc_kube_journal_shown(task->journal));
        evc_task_add_base(task, evc_kube_journal_ended(task->journal));
    }
    choose_mode(task);
    task->run.began_ms = evc_clock_wall_ms(evc_task_clock(task));
    task->report->began_ms = task->run.began_ms;
    return 0;
}

/* --- what later runs are told ----------------------------------------------------- */

/* What was concluded stands where the journal cannot be written, and a note says so. */
static int
note_failure(evc_task *task, int rc, const char *what, evc_error *why, evc_error **err)
{
    if (rc && rc != ENVCRYPT_E_NOMEM)
        evc_reencrypt_report_note(task->report,
                                  "the journal could not keep what %s: %s", what,
                                  evc_error_message(why));
    evc_error_free(why);
    return rc == ENVCRYPT_E_NOMEM ? evc_err_nomem(err) : 0;
}

/*
 * What the pass stored anew shows that the server sees this change; nothing else would show it
 * any more. Not where others were left alone that are older, or of before the change: what was
 * stored anew may have been plain values.
 */
static int
keep_shown(evc_task *task, evc_verdict_facts *facts, evc_error **err)
{
    evc_error *why = NULL;
    int rc;

    if (!task->journal || facts->shown || !task->run.shown || task->run.inverted ||
        evc_kube_run_overlooked(&task->run, task->since_ms))
        return 0;
    task->run.since_ms = task->since_ms;
    task->run.ended_ms = evc_clock_wall_ms(evc_task_clock(task));
    rc = evc_kube_journal_show(task->journal, &task->run, task->since_ms, &why);
    facts->shown = rc == 0;
    return note_failure(task, rc, "this verification showed", why, err);
}

/* --- by another pass -------------------------------------------------------------- */

static int
verify_by_pass(evc_task *task, evc_error **err)
{
    bool writes = task->run.mode == ENVCRYPT_REENCRYPT_REWRITE;
    evc_verdict_facts facts = {.verifying = true,
                               .checked = true,
                               .shown = was_shown(task),
                               .mixed = evc_task_is_mixed(task),
                               .mode = task->run.mode,
                               .since_ms = task->since_ms,
                               .began_ms = task->run.began_ms};
    bool may_patch;
    int rc = evc_preflight_rights(task, writes, &may_patch, err);

    if (rc == 0 && writes && !may_patch)
        rc = evc_err(err, ENVCRYPT_E_KUBE_PREFLIGHT,
                     "nothing can be verified by empty patches: the right to patch %s "
                     "is missing; verify with etcd, or ask for it",
                     task->resource.plural);
    if (rc == 0)
        rc = evc_task_enter(task, ENVCRYPT_REENCRYPT_PHASE_CHECKING, -1, err);
    if (rc == 0)
        rc = evc_pass_run(task, &facts.last, err);
    facts.inverted = task->run.inverted;
    if (rc == 0)
        rc = keep_shown(task, &facts, err);
    if (rc == 0) {
        evc_missing_note(task, facts.last.seen);
        evc_verdict_conclude(&facts, task->report);
    }
    return rc;
}

/* --- by stored values ------------------------------------------------------------- */

typedef struct reading {
    evc_task *task;
    evc_stored_check check;
    evc_stored_facts facts;
    size_t prefix; /* bytes of keys before namespace and name */
} reading;

/* A resourceVersion as etcd's revision; -1 = it is none. */
static int64_t
revision_of(const char *version)
{
    int64_t value = -1;

    (void)evc_decimal_read(evc_view_text(version), INT64_MAX, &value);
    return value;
}

/* What was stored at a time bounds what was stored after it as well. */
static void
lower_bound(int64_t *bound, int64_t revision)
{
    if (revision >= 0 && (*bound < 0 || revision < *bound))
        *bound = revision;
}

/* Something that was above a revision is of that time. */
static void
take_time(evc_stored_facts *facts, int64_t wall_ms, int64_t revision)
{
    if (facts->since_ms >= 0 && wall_ms >= facts->since_ms)
        lower_bound(&facts->bound, revision);
    if (facts->restarted_ms >= 0 && wall_ms >= facts->restarted_ms)
        lower_bound(&facts->restarted_bound, revision);
}

/* As name_of() gives it. */
static void
keep_newest(evc_stored_facts *facts, const evc_kube_object *object, int64_t revision)
{
    if (revision <= facts->served)
        return;
    facts->served = revision;
    (void)snprintf(facts->newest_name, sizeof(facts->newest_name), "%s%s%s", object->ns,
                   object->ns[0] ? "/" : "", object->name);
}

static void
take_served(reading *r, const evc_kube_page *page)
{
    const evc_task *task = r->task;

    for (size_t i = 0; i < page->count; i++) {
        const evc_kube_object *object = &page->items[i];
        int64_t revision = revision_of(object->version);

        if (!evc_selection_has(&task->selection, object->ns, object->name))
            continue;
        r->facts.objects++;
        keep_newest(&r->facts, object, revision);
        /* Revisions of etcd go up with time, whatever they are of. */
        take_time(&r->facts, evc_task_written_ms(task, object), revision - 1);
    }
}

/* The list is to be read from its beginning again; but not for ever. */
static int
begin_anew(const reading *r, uint32_t *restarts, evc_error **err)
{
    if (++*restarts <= RESTARTS_MAX)
        return 0;
    return evc_err(
        err, ENVCRYPT_E_KUBE_EXPIRED,
        "the list of %s grew too old before its end, each time anew; ask for "
        "larger pages, or find out why etcd is compacted so often",
        r->task->resource.plural);
}

/* What the API server has, before etcd is read, which so has as much or more. */
static int
list_served(reading *r, const char *ns, evc_error **err)
{
    evc_task *task = r->task;
    evc_kube_list list = {.resource = &task->resource,
                          .ns = ns,
                          .labels = task->options->labels,
                          .limit = task->options->page};
    uint64_t before = r->facts.objects;
    uint32_t restarts = 0;
    bool anew;
    evc_kube_page page;
    evc_buf token;
    int rc;

    evc_buf_init(&token);
    do {
        list.token = evc_buf_view(&token);
        rc = evc_kube_list_page(task->kube, &list, task->wait, &page, err);
        anew = rc == 0 && page.restarted && page.next.size == 0;
        if (anew) {
            r->facts.objects = before;
            rc = begin_anew(r, &restarts, err);
        }
        if (rc == 0) {
            take_served(r, &page);
            evc_buf_clear(&token);
            evc_buf_put_view(&token, evc_buf_view(&page.next));
            rc = evc_buf_check(&token, err);
        }
        evc_kube_page_reset(&page);
        if (rc == 0)
            rc = evc_task_tick(task, err);
    } while (rc == 0 && (anew || token.size > 0));
    evc_buf_reset(&token);
    return rc;
}

static int
list_all_served(reading *r, evc_error **err)
{
    const evc_selection *selection = &r->task->selection;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < evc_selection_lists(selection); i++)
        rc = list_served(r, evc_selection_list(selection, i), err);
    if (rc != ENVCRYPT_E_KUBE_UNREADABLE)
        return rc;
    evc_err_drop(err);
    r->facts.unlisted = true;
    evc_reencrypt_report_note(
        r->task->report, "the API server cannot read all objects; re-encrypt names "
                         "those that it cannot");
    return 0;
}

/* "namespace/name" of a key, if it is selected. */
static bool
name_of(const reading *r, evc_view key, char out[EVC_VERDICT_NAME])
{
    evc_view rest = evc_view_of(&key.data[r->prefix], key.size - r->prefix);
    char *slash;

    if (rest.size >= EVC_VERDICT_NAME)
        return false;
    memcpy(out, rest.data, rest.size);
    out[rest.size] = '\0';
    slash = strchr(out, '/');
    if (!slash)
        return evc_selection_has(&r->task->selection, "", out);
    *slash = '\0';
    if (!evc_selection_has(&r->task->selection, out, slash + 1))
        return false;
    *slash = '/';
    return true;
}

static int
take_value(void *user, const evc_etcd_pair *pair, evc_error **err)
{
    reading *r = user;
    evc_reencrypt_report *report = r->task->report;
    char name[EVC_VERDICT_NAME];
    int rc;

    if (!name_of(r, pair->key, name))
        return 0;
    if (pair->mod_revision >= r->facts.served &&
        strcmp(name, r->facts.newest_name) == 0)
        r->facts.newest_found = true;
    rc = evc_stored_check_add(&r->check, name, pair->value, pair->mod_revision, err);
    evc_reencrypt_report_count(report, ENVCRYPT_REENCRYPT_FIGURE_STORED, 1);
    evc_reencrypt_report_count(report, ENVCRYPT_REENCRYPT_FIGURE_DONE, 1);
    return rc ? rc : evc_task_tick(r->task, err);
}

/*
 * Built-in resources stand at PREFIX/PLURAL, custom ones at PREFIX/GROUP/PLURAL
 * (k8s.io/apiextensions-apiserver, pkg/apiserver: the storage of a custom resource).
 */
static int
read_at(reading *r, evc_etcd *etcd, const char *group, evc_error **err)
{
    const evc_task *task = r->task;
    evc_buf prefix;
    int rc;

    evc_buf_init(&prefix);
    evc_buf_put_format(&prefix, "%s/%s%s%s/", task->options->etcd_prefix, group,
                       group[0] ? "/" : "", task->resource.plural);
    r->prefix = prefix.size;
    rc = evc_buf_check(&prefix, err);
    if (rc == 0)
        rc = evc_etcd_read(etcd, evc_buf_view(&prefix), task->wait, take_value, r, err);
    evc_buf_reset(&prefix);
    return rc;
}

static int
read_values(reading *r, evc_etcd *etcd, evc_error **err)
{
    const char *group = r->task->resource.group;
    int rc = read_at(r, etcd, group, err);

    if (rc == 0 && r->check.count == 0 && group[0])
        rc = read_at(r, etcd, "", err);
    return rc;
}

/* From what the journal and the options tell. */
static void
begin_reading(reading *r, evc_task *task)
{
    const evc_reencrypt_options *o = task->options;
    bool compares = task->journal && task->since_ms >= 0;

    r->task = task;
    evc_stored_check_init(
        &r->check, evc_task_crypto(task),
        compares ? evc_kube_journal_read_before(task->journal, task->since_ms) : NULL);
    r->facts = (evc_stored_facts){.since_ms = task->since_ms,
                                  .shown = was_shown(task),
                                  .whole = !o->namespaces && !o->names_file,
                                  .bound = -1,
                                  .restarted_ms = o->restarted_ms,
                                  .restarted_bound = -1,
                                  .served = -1};
    for (size_t i = 0; i < task->base_count; i++) {
        const evc_kube_run *base = task->bases[i];

        take_time(&r->facts, base->began_ms, revision_of(base->baseline));
        r->facts.annotated |= base->mode == ENVCRYPT_REENCRYPT_ANNOTATE;
    }
}

static int
keep_reading(const reading *r, evc_error **err)
{
    evc_task *task = r->task;
    int64_t now_ms = evc_clock_wall_ms(evc_task_clock(task));
    evc_error *why = NULL;
    evc_kube_reading kept;
    int rc;

    if (!task->journal ||
        !evc_stored_check_reading(&r->check, &r->facts, now_ms, &kept))
        return 0;
    rc = evc_kube_journal_keep_reading(task->journal, &kept, task->since_ms, &why);
    return note_failure(task, rc, "was read, with which later ones compare", why, err);
}

/* What contradicts may be of an object that is not selected. */
static void
note_labels(const evc_task *task)
{
    evc_reencrypt_report *report = task->report;
    char why[EVC_REENCRYPT_SENTENCE];

    if (!task->options->labels)
        return;
    evc_reencrypt_report_note(report,
                              "labels are not in etcd to be seen: the values of all "
                              "objects were looked at, whatever their labels");
    if (report->outcome != ENVCRYPT_OUTCOME_CONTRADICTED)
        return;
    memcpy(why, report->outcome_reason, sizeof(why));
    evc_reencrypt_report_concludes(
        report, ENVCRYPT_OUTCOME_NOT_PROVEN,
        "of all objects, whatever their labels: %s; whether those are selected does "
        "not show (option names-file judges by names)",
        why);
}

static int
verify_by_values(evc_task *task, evc_etcd *etcd, evc_error **err)
{
    reading *r = evc_mem_new(sizeof(*r));
    int rc;

    if (!r)
        return evc_err_nomem(err);
    begin_reading(r, task);
    rc = list_all_served(r, err);
    if (rc == 0)
        rc = evc_task_enter(task, ENVCRYPT_REENCRYPT_PHASE_READING,
                            (int64_t)r->facts.objects, err);
    if (rc == 0)
        rc = read_values(r, etcd, err);
    if (rc == 0) {
        evc_missing_note(task, r->check.count);
        evc_stored_check_conclude(&r->check, &r->facts, task->report);
        note_labels(task);
        rc = keep_reading(r, err);
    }
    evc_mem_free(r);
    return rc;
}

/* --- both ------------------------------------------------------------------------- */

int
evc_reencrypt_verify(evc_kube *kube, const evc_reencrypt_options *options,
                     evc_etcd *etcd, envcrypt_reencrypt_fn progress, void *user,
                     evc_wait *wait, evc_reencrypt_report **out, evc_error **err)
{
    evc_task *task;
    int rc = evc_task_open(&task, kube, options, progress, user, wait, err);

    if (rc == 0) {
        task->verifying = true;
        rc = recall(task, err);
    }
    if (rc == 0)
        rc = etcd ? verify_by_values(task, etcd, err) : verify_by_pass(task, err);
    evc_task_end(task, rc, err);
    *out = evc_task_close(task);
    return rc;
}
