/* SPDX-License-Identifier: Apache-2.0 */
/* secrets: what a cluster has stored is stored anew under the current key, and that is proven. */
#include "cli.h"
#include "commands.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define JSON_EVERY_MS 1000 /* a line of progress */

/* What hears of progress. */
typedef struct watcher {
    const cli *cli;
    progress bar;
    int32_t phase;
    int64_t began_ms, told_ms;
} watcher;

/* As in the report. */
static const char *
phase_name(int32_t phase)
{
    static const char *const names[] = {
        [ENVCRYPT_REENCRYPT_PHASE_PREFLIGHT] = "preflight",
        [ENVCRYPT_REENCRYPT_PHASE_CHOOSING] = "choosing",
        [ENVCRYPT_REENCRYPT_PHASE_WRITING] = "writing",
        [ENVCRYPT_REENCRYPT_PHASE_CHECKING] = "checking",
        [ENVCRYPT_REENCRYPT_PHASE_MIGRATING] = "migrating",
        [ENVCRYPT_REENCRYPT_PHASE_READING] = "reading",
        [ENVCRYPT_REENCRYPT_PHASE_ENDED] = "ended",
    };

    return phase > 0 && (size_t)phase < sizeof names / sizeof *names ? names[phase]
                                                                     : NULL;
}

/* For eyes. */
static const char *
phase_word(int32_t phase)
{
    switch (phase) {
    case ENVCRYPT_REENCRYPT_PHASE_PREFLIGHT:
        return "counting";
    case ENVCRYPT_REENCRYPT_PHASE_CHOOSING:
        return "testing how";
    case ENVCRYPT_REENCRYPT_PHASE_WRITING:
        return "storing anew";
    case ENVCRYPT_REENCRYPT_PHASE_CHECKING:
        return "looking once more";
    case ENVCRYPT_REENCRYPT_PHASE_MIGRATING:
        return "the cluster migrates";
    case ENVCRYPT_REENCRYPT_PHASE_READING:
        return "reading etcd";
    default:
        return "ending";
    }
}

static int
put_json(const char *event, const envcrypt_reencrypt_report *report)
{
    envcrypt_buffer *text = NULL;
    envcrypt_error *error = NULL;
    int rc =
        check(envcrypt_reencrypt_report_to_json(report, &text, &error), &error, NULL);

    if (!rc)
        json_event(event, text);
    envcrypt_buffer_free(text);
    return rc;
}

/* For programs: with --json the whole report so far, else an event. */
static void
tell_json(watcher *w, const envcrypt_reencrypt_report *so_far, bool new_phase)
{
    int64_t now = now_ms();
    json j;

    if (!new_phase && now - w->told_ms < JSON_EVERY_MS)
        return;
    if (w->phase == ENVCRYPT_REENCRYPT_PHASE_ENDED)
        return; /* the report follows */
    w->told_ms = now;
    if (w->cli->json) {
        (void)put_json("progress", so_far);
        (void)fflush(stdout);
        return;
    }
    events_open(&j, phase_name(w->phase), w->began_ms);
    events_secrets(&j, so_far);
    json_close(&j);
}

static void
tell_bar(watcher *w, const envcrypt_reencrypt_report *so_far, bool new_phase)
{
    int64_t done =
        envcrypt_reencrypt_report_figure(so_far, ENVCRYPT_REENCRYPT_FIGURE_DONE);
    int64_t total =
        envcrypt_reencrypt_report_figure(so_far, ENVCRYPT_REENCRYPT_FIGURE_TOTAL);

    if (new_phase) {
        progress_end(&w->bar, true);
        progress_begin(&w->bar, w->cli, phase_word(w->phase), false);
        w->bar.counts = true;
    }
    if (w->phase != ENVCRYPT_REENCRYPT_PHASE_ENDED)
        progress_tell(&w->bar, done < 0 ? 0 : (uint64_t)done,
                      total < 0 ? UINT64_MAX : (uint64_t)total);
}

static int32_t
hear(void *user, const envcrypt_reencrypt_report *so_far)
{
    watcher *w = user;
    int32_t phase = envcrypt_reencrypt_report_phase(so_far);
    bool new_phase = phase != w->phase;

    w->phase = phase;
    if (w->cli->json || events_wanted(w->cli))
        tell_json(w, so_far, new_phase);
    else
        tell_bar(w, so_far, new_phase);
    return 0;
}

/* "a,b" of the repeated option; NULL without it, and when memory is out, which rc tells. */
static int
join(const strings *items, char **out)
{
    *out = NULL;
    for (size_t i = 0; i < items->count; i++) {
        char *longer =
            text_format("%s%s%s", *out ? *out : "", *out ? "," : "", items->items[i]);

        free(*out);
        *out = longer;
        if (!longer)
            return refuse(ENVCRYPT_E_NOMEM, "out of memory");
        if (!*items->items[i] || strchr(items->items[i], ','))
            return refuse(ENVCRYPT_E_ARGUMENT,
                          "--namespace takes one name, not \"%s\"; repeat it for more",
                          items->items[i]);
    }
    return 0;
}

static int
set_all(const cli *c, const char *folder, const char *namespaces,
        envcrypt_reencrypt_config *config)
{
    const struct {
        const char *name, *value;
    } settings[] = {
        {"resource", c->resource},
        {"namespaces", namespaces},
        {"selector", c->selector},
        {"names-file", c->names},
        {"mode", c->mode},
        {"annotation", c->annotation},
        {"since", c->since},
        {"restarted", c->restarted},
        {"in-flight", c->in_flight},
        {"rate", c->rate},
        {"page", c->page},
        {"journal", c->no_journal ? NULL : c->journal},
        {"journal-folder", folder},
        {"lease", c->lease && strcmp(c->lease, "none") == 0 ? "" : c->lease},
        {"second-pass", c->one_pass ? "no" : NULL},
        {"dry-run", c->dry_run ? "yes" : NULL},
    };
    int rc = 0;

    for (size_t i = 0; !rc && i < sizeof settings / sizeof *settings; i++) {
        envcrypt_error *error = NULL;

        if (settings[i].value)
            rc = check(envcrypt_reencrypt_config_set(config, settings[i].name,
                                                     settings[i].value, &error),
                       &error, NULL);
    }
    return rc;
}

static int
make_config(const cli *c, const char *folder, envcrypt_reencrypt_config **out)
{
    envcrypt_error *error = NULL;
    char *namespaces = NULL;
    int rc = join(&c->namespaces, &namespaces);

    if (!rc)
        rc = check(envcrypt_reencrypt_config_new(out, &error), &error, NULL);
    if (!rc)
        rc = set_all(c, folder, namespaces, *out);
    free(namespaces);
    return rc;
}

static int
exit_of(const cli *c, const envcrypt_reencrypt_report *report, bool verifies)
{
    int32_t outcome = envcrypt_reencrypt_report_outcome(report);

    if (c->dry_run)
        return 0;
    if (outcome == ENVCRYPT_OUTCOME_CONTRADICTED)
        return EXIT_CONTRADICTED;
    if (envcrypt_reencrypt_report_figure(report, ENVCRYPT_REENCRYPT_FIGURE_FAILED) > 0)
        return EXIT_PARTIAL;
    return (verifies || c->require_proof) && outcome != ENVCRYPT_OUTCOME_PROVEN
               ? EXIT_NOT_PROVEN
               : 0;
}

/* What a run that stopped leaves: what it did, and how it goes on. */
static void
tell_stopped(const watcher *w, const envcrypt_reencrypt_report *report)
{
    const char *journal = envcrypt_reencrypt_report_journal(report);
    const cli *c = w->cli;

    if (envcrypt_reencrypt_report_figure(report, ENVCRYPT_REENCRYPT_FIGURE_LISTED) <= 0)
        return;
    if (!w->bar.shown && signals_interrupted() && isatty(STDERR_FILENO) == 1)
        (void)fputc('\n', stderr); /* after "^C" */
    if (c->json)
        (void)put_json("stopped", report);
    else
        (void)reencrypt_show(c, report);
    if (journal)
        note(c,
             "\nWhat is done stays done. The same command goes on where this one "
             "stopped; it finds that in\n%s\n",
             journal);
    else
        note(c, "\nWhat is done stays done. Without a journal the same command asks "
                "about every object again.\n");
}

/* What would prove a run that is over and proved nothing: command lines to copy. */
static void
tell_proof(const cli *c, const envcrypt_reencrypt_report *report)
{
    bool by_patches =
        envcrypt_reencrypt_report_mode(report) == ENVCRYPT_REENCRYPT_REWRITE;
    const char *since = c->since ? "" : " --since TIME";
    char *given;

    if (envcrypt_reencrypt_report_figure(report, ENVCRYPT_REENCRYPT_FIGURE_TOTAL) == 0)
        return; /* there is nothing to prove */
    given = options_repeat(c, C_VERIFY);
    if (given)
        note(c,
             "\nNothing is proven by this run. Where etcd or a snapshot of it can be "
             "read, this may prove it:\n"
             "  envcrypt secrets verify%s%s --etcd https://HOST:2379\n",
             given, since);
    if (given && by_patches && !c->since)
        note(c,
             "Without etcd, the time of the change may do:\n"
             "  envcrypt secrets verify%s%s\n",
             given, since);
    if (given && !c->since)
        note(c, "TIME is when the change of key was over, as 2026-01-31T12:00:00Z.\n");
    free(given);
}

static int
tell(const cli *c, const envcrypt_kube *kube, const envcrypt_reencrypt_report *report,
     bool verifies)
{
    int code = exit_of(c, report, verifies);
    int rc;

    if (c->json) {
        rc = put_json("report", report);
    } else {
        say("%s (%s)\n", envcrypt_kube_server(kube), envcrypt_kube_origin(kube));
        rc = reencrypt_show(c, report);
        if (!rc && c->dry_run)
            note(c, "\nNothing was written: a dry run.\n");
        else if (!rc && code == EXIT_PARTIAL)
            note(c, "\nThe same command tries what failed once more.\n");
        else if (!rc && !verifies && code != EXIT_CONTRADICTED &&
                 envcrypt_reencrypt_report_outcome(report) != ENVCRYPT_OUTCOME_PROVEN)
            tell_proof(c, report);
    }
    return rc ? rc : code;
}

/* etcd NULL: reencrypt, or verify without it. */
static int
work(const cli *c, envcrypt_kube *kube, envcrypt_etcd *etcd, bool verifies)
{
    envcrypt_reencrypt_config *config = NULL;
    envcrypt_reencrypt_report *report = NULL;
    envcrypt_error *error = NULL;
    watcher w = {.cli = c, .began_ms = now_ms()};
    char *folder = NULL;
    int rc = journal_folder(c, &folder);

    if (!rc)
        rc = make_config(c, folder, &config);
    if (!rc) {
        rc = verifies ? envcrypt_reencrypt_verify(kube, config, etcd, hear, &w, NULL,
                                                  c->wait, &report, &error)
                      : envcrypt_reencrypt_run(kube, config, hear, &w, NULL, c->wait,
                                               &report, &error);
        progress_end(&w.bar, rc == 0);
        if (rc)
            tell_stopped(&w, report);
        rc = check(rc, &error, NULL);
        if (rc && c->json && json_is_begun())
            report_json(NULL, rc);
        else if (!rc)
            rc = tell(c, kube, report, verifies);
    }
    envcrypt_reencrypt_report_free(report);
    envcrypt_reencrypt_config_free(config);
    free(folder);
    return rc;
}

int
run_secrets_reencrypt(cli *c)
{
    envcrypt_kube *kube = NULL;
    int rc = access_open_server(c, &kube);

    if (!rc)
        rc = work(c, kube, NULL, false);
    envcrypt_kube_unref(kube);
    return rc;
}

int
run_secrets_verify(cli *c)
{
    envcrypt_kube *kube = NULL;
    envcrypt_etcd *etcd = NULL;
    int rc = access_open_server(c, &kube);

    if (!rc)
        rc = etcd_open_wanted(c, &etcd);
    if (!rc)
        rc = work(c, kube, etcd, true);
    envcrypt_etcd_close(etcd);
    envcrypt_kube_unref(kube);
    return rc;
}
