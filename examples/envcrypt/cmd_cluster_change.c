/* SPDX-License-Identifier: Apache-2.0 */
/* cluster create, enable, wait, reencrypt, verify, rotate, disable: what changes a cluster, and what
 * is proven of it. */
#include "cli.h"
#include "commands.h"

#include <stdlib.h>
#include <string.h>

/* --- changing --------------------------------------------------------------------- */

/* One of the functions of the library that change, or prove. */
typedef int act_fn(envcrypt_cluster *cluster, const envcrypt_cluster_change *change,
                   envcrypt_cluster_fn progress, void *user,
                   envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                   envcrypt_cluster_report **out, envcrypt_error **err);

static int
exit_of(const cli *c, const envcrypt_cluster_report *report)
{
    const envcrypt_reencrypt_report *secrets = envcrypt_cluster_report_secrets(report);
    bool proves = c->command->bit == C_CLUSTER_VERIFY || c->require_proof;
    int32_t outcome = envcrypt_cluster_report_outcome(report);

    if (outcome == ENVCRYPT_OUTCOME_CONTRADICTED)
        return EXIT_CONTRADICTED;
    if (secrets &&
        envcrypt_reencrypt_report_figure(secrets, ENVCRYPT_REENCRYPT_FIGURE_FAILED) > 0)
        return EXIT_PARTIAL;
    return proves && outcome != ENVCRYPT_OUTCOME_PROVEN ? EXIT_NOT_PROVEN : 0;
}

/* "none", "sent", "running", "done" or "failed" */
static bool
is_update(const envcrypt_cluster_report *report, const char *phase)
{
    const char *is = envcrypt_cluster_report_text(report, "update-phase");

    return is && strcmp(is, phase) == 0;
}

/* Behind a change that goes on without us: the line that waits for it. */
static void
tell_wait(const cli *c, const cluster_target *t, const envcrypt_cluster_report *report)
{
    const char *id = envcrypt_cluster_report_text(report, "update-id");
    char *quoted = id && *id ? text_quote(id) : NULL;
    char *way = options_repeat_way(c);

    if (way)
        note(c,
             "\nThe change goes on at the provider. To wait for it:\n"
             "  envcrypt cluster wait %s%s%s%s\n",
             envcrypt_cluster_uri(t->cluster), quoted ? " --update-id " : "",
             quoted ? quoted : "", way);
    if (c->command->bit & C_CLUSTER_CHANGES)
        note(c,
             "The same command waits too, sends nothing twice, and does the rest.\n");
    free(quoted);
    free(way);
}

/* What an interrupted command leaves, and what the same one does then. */
static void
tell_resume(const cli *c, const envcrypt_cluster_report *report)
{
    if (is_update(report, "sent"))
        note(c, "\nIt is not known whether the request for the change arrived. The "
                "same command finds out, sends nothing twice, and goes on.\n");
    else if (!signals_interrupted())
        return;
    else if (c->command->bit == C_CLUSTER_VERIFY)
        note(c, "\nA verification leaves nothing behind: the same command begins "
                "anew.\n");
    else if (is_update(report, "done") || c->command->bit == C_CLUSTER_REENCRYPT)
        note(c, "\nWhat is done stays done. The same command goes on where this one "
                "stopped.\n");
    else
        note(c, "\nNothing was changed at the provider: the same command begins "
                "anew.\n");
}

static int
tell_done(const cli *c, const cluster_target *t, const envcrypt_cluster_report *report)
{
    const unsigned next = is_update(report, "running") ? 0 : CLUSTER_NEXT;
    int rc = cluster_tell(c, "report", report, CLUSTER_REPORT | next);

    if (!rc && is_update(report, "running"))
        tell_wait(c, t, report);
    return rc ? rc : exit_of(c, report);
}

/* What a run that failed or was interrupted leaves. */
static void
tell_stopped(const cli *c, const cluster_target *t,
             const envcrypt_cluster_report *report)
{
    bool goes_on = is_update(report, "sent") || is_update(report, "done");
    unsigned parts = CLUSTER_UPDATE | CLUSTER_SECRETS;

    if (!report)
        return;
    if (goes_on)
        parts |= CLUSTER_NEXT;
    if (cluster_refusals(report) > 1) /* one is the error itself */
        parts |= CLUSTER_REFUSALS;
    (void)cluster_tell(c, "stopped", report, parts);
    if (is_update(report, "running"))
        tell_wait(c, t, report);
    else
        tell_resume(c, report);
}

/* The plan, and the name typed back: as the provider calls the cluster, which shows what an
 * id may hide. */
static int
ask(const cli *c, const cluster_target *t, const envcrypt_cluster_report *report)
{
    const char *own = envcrypt_cluster_report_text(report, "name");
    const char *name = own && *own ? own : envcrypt_cluster_name(t->cluster);
    char line[LINE_SIZE];
    int rc = cluster_tell(c, "plan", report,
                          CLUSTER_STANDING | CLUSTER_CHECKS | CLUSTER_STEPS);

    if (rc)
        return rc;
    rc = confirm_typed(
        text_format("\nType the name of the cluster (%s) to go on: ", name),
        text_format("look at the plan, then give --yes%s",
                    c->command->bit & C_CLUSTER_CHANGES ? " (or --approve)" : ""),
        line);
    if (rc)
        return terminal_is_there() ? rc : EXIT_UNCONFIRMED;
    return cluster_set(t, "confirm", line);
}

/* A rotation in place is confirmed here: the library takes it as it is asked for. */
static int
ask_in_place(const cli *c, const cluster_target *t, bool *asked)
{
    envcrypt_cluster_report *report = NULL;
    envcrypt_error *error = NULL;
    int rc = check(envcrypt_cluster_plan(t->cluster, ENVCRYPT_CLUSTER_VERB_ROTATE,
                                         t->change, c->wait, &report, &error),
                   &error, NULL);

    /* What is refused the rotation itself tells. */
    *asked = !rc && cluster_refusals(report) == 0;
    if (*asked)
        rc = ask(c, t, report);
    envcrypt_cluster_report_free(report);
    return rc;
}

/* Once; fn NULL: a verification. *asks: it wants the name of the cluster. */
static int
act(const cli *c, const cluster_target *t, act_fn *fn, envcrypt_etcd *etcd, bool *asks)
{
    cluster_watch w = {.cli = c};
    envcrypt_cluster_report *report = NULL;
    envcrypt_error *error = NULL;
    int rc =
        fn ? fn(t->cluster, t->change, cluster_hear, &w, NULL, c->wait, &report, &error)
           : envcrypt_cluster_verify(t->cluster, t->change, etcd, cluster_hear, &w,
                                     NULL, c->wait, &report, &error);
    bool first = !*asks && rc == ENVCRYPT_E_CONFIRMATION && report && !c->yes;

    signals_patient(false);
    progress_end(&w.bar, rc == 0);
    if (first) {
        *asks = true;
        envcrypt_error_free(error);
        rc = ask(c, t, report);
    } else if (rc) {
        tell_stopped(c, t, report);
        rc = check(rc, &error, NULL);
    } else {
        rc = tell_done(c, t, report);
    }
    envcrypt_cluster_report_free(report);
    return rc;
}

/* As often as it takes; what failed is told to programs too. asked: the name was typed. */
static int
act_asking(const cli *c, const cluster_target *t, act_fn *fn, envcrypt_etcd *etcd,
           bool asked)
{
    bool asks = asked;
    int rc = c->yes ? cluster_set(t, "confirm", envcrypt_cluster_name(t->cluster)) : 0;

    if (!rc)
        rc = act(c, t, fn, etcd, &asks);
    if (!rc && asks && !asked)
        rc = act(c, t, fn, etcd, &asks);
    if (rc && c->json && json_is_begun() && report_last() != 0)
        report_json(NULL, rc);
    return rc;
}

static int
change(const cli *c, act_fn *fn, bool in_place)
{
    bool asked = false;
    cluster_target t;
    int rc = cluster_open(c, true, &t);

    if (!rc && in_place && !c->yes)
        rc = ask_in_place(c, &t, &asked);
    if (!rc)
        rc = act_asking(c, &t, fn, NULL, asked);
    else if (c->json && json_is_begun())
        report_json(NULL, rc);
    cluster_close(&t);
    return rc;
}

int
run_cluster_create(cli *c)
{
    return change(c, envcrypt_cluster_create, false);
}

int
run_cluster_enable(cli *c)
{
    return change(c, envcrypt_cluster_enable, false);
}

int
run_cluster_rotate(cli *c)
{
    const cluster_options *o = &c->cluster;

    return change(c, envcrypt_cluster_rotate,
                  !o->key && !o->key_arn && !o->key_id && !o->crk);
}

int
run_cluster_disable(cli *c)
{
    return change(c, envcrypt_cluster_disable, false);
}

int
run_cluster_wait(cli *c)
{
    return change(c, envcrypt_cluster_wait, false);
}

int
run_cluster_reencrypt(cli *c)
{
    return change(c, envcrypt_cluster_reencrypt, false);
}

/* --- verify ----------------------------------------------------------------------- */

int
run_cluster_verify(cli *c)
{
    envcrypt_etcd *etcd = NULL;
    cluster_target t = {.cluster = NULL};
    int rc = etcd_open_wanted(c, &etcd);

    if (!rc)
        rc = cluster_open(c, true, &t);
    if (!rc && c->cluster.destructive && !c->yes)
        note(c, "The key will be disabled until the cluster fails, at most four hours, "
                "and then enabled again: while that lasts nothing works that needs its "
                "Secrets.\n");
    if (!rc)
        rc = act_asking(c, &t, NULL, etcd, false);
    envcrypt_etcd_close(etcd);
    cluster_close(&t);
    return rc;
}
