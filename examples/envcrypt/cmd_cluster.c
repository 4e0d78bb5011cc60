/* SPDX-License-Identifier: Apache-2.0 */
/* cluster: what stands, what would be done, what was done and what is proven; and doing it. */
#include "cli.h"
#include "commands.h"

#include <stdlib.h>
#include <string.h>

/* --- looking ---------------------------------------------------------------------- */

static int
show_table(const cli *c, const envcrypt_table *answer, const char *const *columns)
{
    json j = {0};

    if (!c->json)
        return columns ? table_show_some(answer, columns) : table_show(answer);
    json_open(&j, NULL, '{');
    table_json(&j, "rows", answer);
    json_close(&j);
    return 0;
}

/* Rows without a name say what could not be looked at. */
static void
tell_unknown(const cli *c, const envcrypt_table *answer)
{
    for (size_t row = 0; row < envcrypt_table_rows(answer); row++) {
        const char *name = envcrypt_table_get(answer, row, "name");
        const char *why = envcrypt_table_get(answer, row, "what-to-do");
        const char *region = envcrypt_table_get(answer, row, "region");

        if (!name || !*name)
            note(c, "could not be looked at: %s%s%s\n", region ? region : "",
                 region && *region ? ": " : "", why ? why : "");
    }
}

int
run_cluster_list(cli *c)
{
    static const char *const columns[] = {"name",      "region", "status", "encryption",
                                          "key-state", "health", "key",    NULL};
    envcrypt_table *answer = NULL;
    envcrypt_error *error = NULL;
    int32_t partial = 0;
    cluster_target t;
    int rc = cluster_open(c, false, &t);

    if (!rc)
        rc = check(envcrypt_cluster_list(t.cluster, c->cluster.uses, c->wait, &partial,
                                         &answer, &error),
                   &error, NULL);
    if (!rc)
        rc = show_table(c, answer, columns);
    if (!rc && partial && !c->json)
        tell_unknown(c, answer);
    envcrypt_table_free(answer);
    cluster_close(&t);
    return rc ? rc : partial ? EXIT_PARTIAL : 0;
}

/* Row E12: where no key is, one is made first. */
static void
tell_no_key(const cli *c, const envcrypt_cluster *place)
{
    const char *uri = envcrypt_cluster_uri(place);
    const char *region = strstr(uri, "://") + 3;
    int size = (int)strcspn(region, "/,");

    note(c, "There is no key; one is made by:\n");
    if (strncmp(uri, "eks:", 4) == 0)
        note(c, "  envcrypt key create aws-kms://%.*s --alias alias/NAME\n", size,
             region);
    else if (strncmp(uri, "iks:", 4) == 0)
        note(c, "  envcrypt key create ibm-kp://REGION/INSTANCE --name NAME\n");
    else
        note(c, "  envcrypt key create alibaba-kms://%.*s\n", size, region);
}

int
run_cluster_keys(cli *c)
{
    static const char *const columns[] = {"id",     "aliases", "state",
                                          "usable", "why-not", NULL};
    envcrypt_table *answer = NULL;
    envcrypt_error *error = NULL;
    cluster_target t;
    int rc = cluster_open(c, false, &t);

    if (!rc)
        rc = check(envcrypt_cluster_keys(t.cluster, t.change, c->wait, &answer, &error),
                   &error, NULL);
    if (!rc)
        rc = show_table(c, answer, columns);
    if (!rc && envcrypt_table_rows(answer) == 0)
        tell_no_key(c, t.cluster);
    envcrypt_table_free(answer);
    cluster_close(&t);
    return rc;
}

static int
status_exit(int32_t standing)
{
    static const int exits[] = {
        [ENVCRYPT_CLUSTER_AS_WANTED] = EXIT_DONE,
        [ENVCRYPT_CLUSTER_DEFAULT_KEY] = EXIT_DEFAULT_KEY,
        [ENVCRYPT_CLUSTER_NOT_ENCRYPTED] = EXIT_NOT_ENCRYPTED,
        [ENVCRYPT_CLUSTER_OTHER_KEY] = EXIT_OTHER_KEY,
        [ENVCRYPT_CLUSTER_CHANGING] = EXIT_CHANGING,
        [ENVCRYPT_CLUSTER_DEGRADED] = EXIT_DEGRADED,
        [ENVCRYPT_CLUSTER_KEY_UNUSABLE] = EXIT_KEY_UNUSABLE,
        [ENVCRYPT_CLUSTER_UNSUPPORTED] = EXIT_CANNOT_ENCRYPT,
    };

    return standing >= 0 && (size_t)standing < sizeof exits / sizeof *exits
               ? exits[standing]
               : EXIT_MACHINE;
}

/* A report of a look, whatever came of it; parts: what eyes want of it. */
static int
tell_look(const cli *c, const envcrypt_cluster_report *report, unsigned parts)
{
    return c->json ? cluster_put_json("report", report)
                   : cluster_show(c, report, parts);
}

int
run_cluster_status(cli *c)
{
    envcrypt_cluster_report *report = NULL;
    envcrypt_error *error = NULL;
    cluster_target t;
    int rc = cluster_open(c, true, &t);

    if (!rc)
        rc = check(
            envcrypt_cluster_status(t.cluster, t.change, c->wait, &report, &error),
            &error, NULL);
    if (!rc)
        rc = tell_look(c, report, CLUSTER_STANDING | CLUSTER_UPDATE | CLUSTER_NEXT);
    if (!rc)
        rc = status_exit(envcrypt_cluster_report_standing(report));
    envcrypt_cluster_report_free(report);
    cluster_close(&t);
    return rc;
}

/* What --for says. */
static int
planned_verb(const cli *c, int32_t *out)
{
    static const struct {
        const char *name;
        int32_t verb;
    } verbs[] = {
        {"enable", ENVCRYPT_CLUSTER_VERB_ENABLE},
        {"create", ENVCRYPT_CLUSTER_VERB_CREATE},
        {"rotate", ENVCRYPT_CLUSTER_VERB_ROTATE},
        {"disable", ENVCRYPT_CLUSTER_VERB_DISABLE},
    };
    const char *given = c->cluster.verb ? c->cluster.verb : "enable";

    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        *out = verbs[i].verb;
        if (strcmp(given, verbs[i].name) == 0)
            return 0;
    }
    return refuse(ENVCRYPT_E_ARGUMENT,
                  "--for is enable, create, rotate or disable, not %s", given);
}

typedef int look_fn(envcrypt_cluster *cluster, int32_t verb,
                    const envcrypt_cluster_change *change, envcrypt_wait *wait,
                    envcrypt_cluster_report **out, envcrypt_error **err);

static int
look_ahead(const cli *c, look_fn *look, unsigned parts)
{
    envcrypt_cluster_report *report = NULL;
    envcrypt_error *error = NULL;
    int32_t verb = 0;
    cluster_target t = {.cluster = NULL};
    int rc = planned_verb(c, &verb);

    if (!rc)
        rc = cluster_open(c, true, &t);
    if (!rc)
        rc = check(look(t.cluster, verb, t.change, c->wait, &report, &error), &error,
                   NULL);
    if (!rc)
        rc = tell_look(c, report, parts);
    if (!rc && cluster_refusals(report) > 0)
        rc = EXIT_POLICY;
    envcrypt_cluster_report_free(report);
    cluster_close(&t);
    return rc;
}

int
run_cluster_preflight(cli *c)
{
    return look_ahead(c, envcrypt_cluster_preflight, CLUSTER_CHECKS);
}

int
run_cluster_plan(cli *c)
{
    return look_ahead(c, envcrypt_cluster_plan, CLUSTER_CHECKS | CLUSTER_STEPS);
}

/* --- permissions ------------------------------------------------------------------ */

static int
show_policy(const cli *c, const cluster_target *t, int32_t verb)
{
    envcrypt_buffer *text = NULL;
    envcrypt_error *error = NULL;
    int rc = check(envcrypt_cluster_policy(t->cluster, verb, t->change, &text, &error),
                   &error, NULL);

    if (!rc && c->json) {
        json j = {0};

        json_open(&j, NULL, '{');
        json_text(&j, "policy", envcrypt_buffer_data(text));
        json_close(&j);
    } else if (!rc) {
        const char *policy = envcrypt_buffer_data(text);
        size_t size = envcrypt_buffer_size(text);

        say("%s%s", policy, size && policy[size - 1] == '\n' ? "" : "\n");
    }
    envcrypt_buffer_free(text);
    return rc;
}

static int
show_permissions(const cli *c, const cluster_target *t, int32_t verb)
{
    static const char *const columns[] = {"has", "permission", "on", "needed-for",
                                          NULL};
    envcrypt_table *answer = NULL;
    envcrypt_error *error = NULL;
    size_t lacking = 0;
    int rc = check(envcrypt_cluster_permissions(t->cluster, verb, t->change, c->wait,
                                                &answer, &error),
                   &error, NULL);

    if (!rc)
        rc = show_table(c, answer, columns);
    for (size_t row = 0; !rc && row < envcrypt_table_rows(answer); row++) {
        const char *has = envcrypt_table_get(answer, row, "has");
        const char *detail = envcrypt_table_get(answer, row, "detail");

        lacking += has && strcmp(has, "no") == 0;
        if (!c->json && has && strcmp(has, "yes") != 0 && detail && *detail)
            note(c, "%s: %s\n", envcrypt_table_get(answer, row, "permission"), detail);
    }
    envcrypt_table_free(answer);
    return rc ? rc : lacking ? EXIT_KEY : 0;
}

int
run_cluster_permissions(cli *c)
{
    cluster_target t = {.cluster = NULL};
    int32_t verb = 0;
    int rc = planned_verb(c, &verb);

    if (!rc)
        rc = cluster_open(c, !c->cluster.policy, &t);
    if (!rc)
        rc = c->cluster.policy ? show_policy(c, &t, verb)
                               : show_permissions(c, &t, verb);
    cluster_close(&t);
    return rc;
}

int
run_cluster_report(cli *c)
{
    envcrypt_buffer *text = NULL;
    envcrypt_error *error = NULL;
    cluster_target t;
    int rc = cluster_open(c, true, &t);

    if (!rc)
        rc = check(envcrypt_cluster_latest_report(t.cluster, c->wait, &text, &error),
                   &error, NULL);
    if (!rc && c->json) {
        json j = {0};

        json_open(&j, NULL, '{');
        json_raw(&j, "report", text);
        json_close(&j);
    } else if (!rc) {
        json_lines(text);
    }
    envcrypt_buffer_free(text);
    cluster_close(&t);
    return rc;
}

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

/* Behind a change that goes on without us: how one goes on with it. */
static void
tell_resume(const cli *c, const cluster_target *t,
            const envcrypt_cluster_report *report)
{
    if (!is_update(report, "running"))
        return;
    note(c,
         "\nThe change goes on at the provider. To wait for it:\n"
         "  envcrypt cluster wait %s\n",
         envcrypt_cluster_uri(t->cluster));
    if (c->command->bit & C_CLUSTER_CHANGES)
        note(c,
             "The same command waits too, sends nothing twice, and does the rest.\n");
}

static int
tell_done(const cli *c, const cluster_target *t, const envcrypt_cluster_report *report)
{
    const unsigned next = is_update(report, "running") ? 0 : CLUSTER_NEXT;
    int rc = tell_look(c, report,
                       CLUSTER_STANDING | CLUSTER_UPDATE | CLUSTER_SECRETS |
                           CLUSTER_PROOF | next);

    if (!rc)
        tell_resume(c, t, report);
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
    if (c->json)
        (void)cluster_put_json("stopped", report);
    else
        (void)cluster_show(c, report, parts);
    tell_resume(c, t, report);
}

/* The plan, and the name typed back. *go: nothing stands against it any more. */
static int
ask(const cli *c, const cluster_target *t, const envcrypt_cluster_report *report)
{
    const char *name = envcrypt_cluster_name(t->cluster);
    char line[LINE_SIZE];
    char *prompt;
    int rc = c->json ? cluster_put_json("plan", report)
                     : cluster_show(c, report,
                                    CLUSTER_STANDING | CLUSTER_CHECKS | CLUSTER_STEPS);

    if (rc)
        return rc;
    (void)fflush(stdout);
    prompt = text_format("\nType the name of the cluster (%s) to go on: ", name);
    rc = terminal_ask(prompt ? prompt : "Name of the cluster: ", false, line);
    free(prompt);
    if (rc == TERMINAL_NONE) {
        (void)refuse(
            ENVCRYPT_E_CONFIRMATION,
            "nothing was done, for there is no terminal to ask on; look at the "
            "plan, then give --yes (or --approve)");
        return EXIT_UNCONFIRMED;
    }
    if (!rc && !*line)
        return refuse(ENVCRYPT_E_CONFIRMATION, "nothing was done");
    return rc ? rc : cluster_set(t, "confirm", line);
}

/* A rotation in place is confirmed here: the library takes it as it is asked for. */
static int
ask_in_place(const cli *c, const cluster_target *t)
{
    envcrypt_cluster_report *report = NULL;
    envcrypt_error *error = NULL;
    int rc = check(envcrypt_cluster_plan(t->cluster, ENVCRYPT_CLUSTER_VERB_ROTATE,
                                         t->change, c->wait, &report, &error),
                   &error, NULL);

    /* What is refused the rotation itself tells. */
    if (!rc && cluster_refusals(report) == 0)
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

/* As often as it takes; what failed is told to programs too. */
static int
act_asking(const cli *c, const cluster_target *t, act_fn *fn, envcrypt_etcd *etcd)
{
    bool asks = false;
    int rc = c->yes ? cluster_set(t, "confirm", envcrypt_cluster_name(t->cluster)) : 0;

    if (!rc)
        rc = act(c, t, fn, etcd, &asks);
    if (!rc && asks)
        rc = act(c, t, fn, etcd, &asks);
    if (rc && c->json && json_is_begun() && report_last() != 0)
        report_json(NULL, rc);
    return rc;
}

static int
change(const cli *c, act_fn *fn, bool in_place)
{
    cluster_target t;
    int rc = cluster_open(c, true, &t);

    if (!rc && in_place && !c->yes)
        rc = ask_in_place(c, &t);
    if (!rc)
        rc = act_asking(c, &t, fn, NULL);
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
    int rc = 0;

    if (!c->etcd && (c->etcd_ca || c->etcd_cert || c->etcd_key || c->etcd_tls_name))
        rc = refuse(ENVCRYPT_E_ARGUMENT, "say which etcd: --etcd https://HOST:2379");
    if (!rc)
        rc = cluster_open(c, true, &t);
    if (!rc && c->etcd)
        rc = etcd_open(c, c->etcd, &etcd);
    if (!rc && c->cluster.destructive && !c->yes)
        note(c, "The key will be disabled until the cluster fails, at most four hours, "
                "and then enabled again: while that lasts nothing works that needs its "
                "Secrets.\n");
    if (!rc)
        rc = act_asking(c, &t, NULL, etcd);
    envcrypt_etcd_close(etcd);
    cluster_close(&t);
    return rc;
}
