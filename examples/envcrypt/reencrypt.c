/* SPDX-License-Identifier: Apache-2.0 */
/* What a re-encryption did and what is proven of it, for eyes. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#define FAILURES_SHOWN 50

const char *
reencrypt_mode_word(int32_t mode)
{
    switch (mode) {
    case ENVCRYPT_REENCRYPT_REWRITE:
        return "rewrite";
    case ENVCRYPT_REENCRYPT_ANNOTATE:
        return "annotate";
    case ENVCRYPT_REENCRYPT_MIGRATE:
        return "migrate";
    default:
        return "not chosen";
    }
}

const char *
reencrypt_outcome_word(int32_t outcome)
{
    switch (outcome) {
    case ENVCRYPT_OUTCOME_PROVEN:
        return "proven";
    case ENVCRYPT_OUTCOME_CONTRADICTED:
        return "contradicted";
    default:
        return "not proven";
    }
}

static int64_t
figure_of(const envcrypt_reencrypt_report *report, int32_t figure)
{
    return envcrypt_reencrypt_report_figure(report, figure);
}

/* A verification has no pass that writes: how many there were stands in its own rows. */
static bool
is_verification(const envcrypt_reencrypt_report *report)
{
    return figure_of(report, ENVCRYPT_REENCRYPT_FIGURE_LISTED) == 0 &&
           (figure_of(report, ENVCRYPT_REENCRYPT_FIGURE_CHECKED) > 0 ||
            figure_of(report, ENVCRYPT_REENCRYPT_FIGURE_STORED) > 0);
}

static void
put_figures(table *t, const envcrypt_reencrypt_report *report)
{
    static const struct {
        int32_t figure;
        const char *words;
        bool always;
    } figures[] = {
        {ENVCRYPT_REENCRYPT_FIGURE_LISTED, "objects", true},
        {ENVCRYPT_REENCRYPT_FIGURE_REWRITTEN, "stored anew", true},
        {ENVCRYPT_REENCRYPT_FIGURE_CURRENT, "were current", false},
        {ENVCRYPT_REENCRYPT_FIGURE_SETTLED, "written by others meanwhile", false},
        {ENVCRYPT_REENCRYPT_FIGURE_GONE, "deleted meanwhile", false},
        {ENVCRYPT_REENCRYPT_FIGURE_SKIPPED, "stored since the run began", false},
        {ENVCRYPT_REENCRYPT_FIGURE_CHECKED, "looked at once more", false},
        {ENVCRYPT_REENCRYPT_FIGURE_STORED, "values read from etcd", false},
        {ENVCRYPT_REENCRYPT_FIGURE_RETRIED, "requests sent again", false},
        {ENVCRYPT_REENCRYPT_FIGURE_FAILED, "failed", true},
    };

    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        int64_t figure = figure_of(report, figures[i].figure);

        if (figure < 0 || (figure == 0 && !figures[i].always) ||
            (figures[i].figure == ENVCRYPT_REENCRYPT_FIGURE_LISTED &&
             is_verification(report)))
            continue;
        table_cell(t, "%s", figures[i].words);
        table_cell(t, "%lld", (long long)figure);
    }
}

static void
put_times(table *t, const envcrypt_reencrypt_report *report)
{
    int64_t began = envcrypt_reencrypt_report_began_ms(report);
    int64_t ended = envcrypt_reencrypt_report_ended_ms(report);
    char text[24];

    if (began >= 0) {
        format_time(began, text);
        table_cell(t, "began");
        table_cell(t, "%s%s", text,
                   envcrypt_reencrypt_report_is_resumed(report)
                       ? ", interrupted and gone on with"
                       : "");
    }
    if (ended >= 0) {
        format_time(ended, text);
        table_cell(t, "ended");
        table_cell(t, "%s", text);
    }
}

/* A word and its reason; nothing where there is none. */
static void
put_reason(const char *title, const char *word, const char *reason)
{
    if (*reason)
        say("%s: %s: %s\n", title, word, reason);
    else
        say("%s: %s\n", title, word);
}

static int
show_failures(const cli *c, const envcrypt_reencrypt_report *report)
{
    table t = {.columns = 3};
    envcrypt_table *failures = NULL;
    envcrypt_error *error = NULL;
    size_t rows;
    int rc = check(envcrypt_reencrypt_report_failures(report, &failures, &error),
                   &error, NULL);

    rows = rc ? 0 : envcrypt_table_rows(failures);
    if (rows > 0) {
        say("\n");
        table_cell(&t, "FAILED");
        table_cell(&t, "CODE");
        table_cell(&t, "WHY, AND WHAT TO DO");
    }
    for (size_t i = 0; i < rows && i < FAILURES_SHOWN; i++) {
        const char *space = envcrypt_table_get(failures, i, "namespace");
        const char *name = envcrypt_table_get(failures, i, "name");

        table_cell(&t, "%s%s%s", space ? space : "", space && *space ? "/" : "",
                   name && *name ? name : "(list)");
        table_cell(&t, "%s", envcrypt_table_get(failures, i, "code"));
        table_cell(&t, "%s", envcrypt_table_get(failures, i, "message"));
    }
    if (!rc && rows > 0)
        rc = table_print(&t);
    if (!rc && rows > FAILURES_SHOWN)
        note(c, "and %zu more; --json shows all.\n", rows - FAILURES_SHOWN);
    envcrypt_table_free(failures);
    return rc;
}

int
reencrypt_show(const cli *c, const envcrypt_reencrypt_report *report)
{
    table t = {.columns = 2};
    const char *remark;
    int rc;

    put_times(&t, report);
    put_figures(&t, report);
    rc = table_print(&t);
    if (rc)
        return rc;
    say("\n");
    if (envcrypt_reencrypt_report_mode(report) != ENVCRYPT_REENCRYPT_AUTO)
        put_reason("mode", reencrypt_mode_word(envcrypt_reencrypt_report_mode(report)),
                   envcrypt_reencrypt_report_mode_reason(report));
    if (envcrypt_reencrypt_report_phase(report) == ENVCRYPT_REENCRYPT_PHASE_ENDED)
        put_reason("outcome",
                   reencrypt_outcome_word(envcrypt_reencrypt_report_outcome(report)),
                   envcrypt_reencrypt_report_outcome_reason(report));
    for (size_t i = 0; (remark = envcrypt_reencrypt_report_note(report, i)); i++)
        say("note: %s\n", remark);
    return show_failures(c, report);
}
