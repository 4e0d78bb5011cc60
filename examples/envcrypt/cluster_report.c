/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a cluster, what would be or was done, and what is proven: for eyes, and JSON. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

static const char *
text_of(const envcrypt_cluster_report *report, const char *name)
{
    const char *text = envcrypt_cluster_report_text(report, name);

    return text ? text : "";
}

static const char *
cell_of(const envcrypt_table *answer, size_t row, const char *name)
{
    const char *cell = envcrypt_table_get(answer, row, name);

    return cell ? cell : "";
}

/* With further lines below its second word. */
static void wrap_sentence(const char *format, ...) PRINTF(1, 2);

static void
wrap_sentence(const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = text_format_args(format, args);
    va_end(args);
    if (text) {
        wrap_put(text, 0, strcspn(text, " ") + 1);
        say("\n");
    }
    free(text);
}

/* --- how it stands ---------------------------------------------------------------- */

static void
put_line(table *t, const char *title, const char *text)
{
    if (!*text)
        return;
    table_cell(t, "%s", title);
    table_cell(t, "%s", text);
}

static const char *
encryption_words(const char *word)
{
    if (strcmp(word, "own") == 0)
        return "under a key of yours";
    if (strcmp(word, "provider") == 0)
        return "under a key of the provider";
    return strcmp(word, "none") == 0 ? "not by a key service" : "not known";
}

static const char *
health_words(const envcrypt_cluster_report *report)
{
    const envcrypt_table *issues = envcrypt_cluster_report_table(report, "issues");

    return issues && envcrypt_table_rows(issues) > 0
               ? "trouble is reported, see the issues"
               : "no trouble is reported";
}

static void
show_issues(const envcrypt_cluster_report *report)
{
    const envcrypt_table *issues = envcrypt_cluster_report_table(report, "issues");

    for (size_t row = 0; issues && row < envcrypt_table_rows(issues); row++) {
        const char *advice = cell_of(issues, row, "what-to-do");

        wrap_sentence("issue: %s: %s", cell_of(issues, row, "code"),
                      cell_of(issues, row, "message"));
        if (*advice)
            wrap_say(7, advice);
    }
}

static int
show_standing(const envcrypt_cluster_report *report)
{
    table t = {.columns = 2};
    int rc;

    put_line(&t, "cluster", text_of(report, "name"));
    put_line(&t, "id", text_of(report, "id"));
    put_line(&t, "provider", text_of(report, "provider"));
    put_line(&t, "account", text_of(report, "account"));
    put_line(&t, "region", text_of(report, "region"));
    put_line(&t, "kubernetes", text_of(report, "version"));
    put_line(&t, "kind", text_of(report, "kind"));
    put_line(&t, "status", text_of(report, "status"));
    put_line(&t, "encryption", encryption_words(text_of(report, "encryption")));
    put_line(&t, "key", text_of(report, "key"));
    if (*text_of(report, "key"))
        put_line(&t, "key state", text_of(report, "key-state"));
    put_line(&t, "health", health_words(report));
    put_line(&t, "stands", text_of(report, "standing"));
    rc = table_print(&t);
    if (!rc)
        show_issues(report);
    return rc;
}

/* --- checks and steps ------------------------------------------------------------- */

static bool
is_refused(const envcrypt_table *checks, size_t row)
{
    return strcmp(cell_of(checks, row, "result"), "refused") == 0;
}

size_t
cluster_refusals(const envcrypt_cluster_report *report)
{
    const envcrypt_table *checks = envcrypt_cluster_report_table(report, "checks");
    size_t count = 0;

    for (size_t row = 0; checks && row < envcrypt_table_rows(checks); row++)
        count += is_refused(checks, row);
    return count;
}

static int
show_checks(const envcrypt_cluster_report *report, bool only_refused)
{
    const envcrypt_table *checks = envcrypt_cluster_report_table(report, "checks");
    table t = {.columns = 4};

    for (size_t row = 0; checks && row < envcrypt_table_rows(checks); row++) {
        if (only_refused && !is_refused(checks, row))
            continue;
        table_cell(&t, "%s", cell_of(checks, row, "result"));
        table_cell(&t, "%s", cell_of(checks, row, "check"));
        table_cell(&t, "%s", cell_of(checks, row, "rule"));
        table_cell(&t, "%s", cell_of(checks, row, "detail"));
    }
    return table_print(&t);
}

static void
say_part(const char *title, const char *text)
{
    char *line = *text ? text_format("%s%s", title, text) : NULL;

    if (line)
        wrap_say(5, line);
    free(line);
}

static void
show_steps(const envcrypt_cluster_report *report)
{
    const envcrypt_table *steps = envcrypt_cluster_report_table(report, "steps");

    if (!steps || envcrypt_table_rows(steps) == 0)
        return;
    say("\nWhat would be done:\n");
    for (size_t row = 0; row < envcrypt_table_rows(steps); row++) {
        say("%3zu. %s\n", row + 1, cell_of(steps, row, "step"));
        say_part("", cell_of(steps, row, "request"));
        say_part("", cell_of(steps, row, "effect"));
        say_part("Warning: ", cell_of(steps, row, "warning"));
    }
}

/* --- the run ---------------------------------------------------------------------- */

/* A time, and how long it was since another one; negative: it is not known. */
static void
put_time(table *t, const char *title, int64_t ms, int64_t since_ms)
{
    char span[32];
    char text[24];

    if (ms < 0)
        return;
    format_time(ms, text);
    table_cell(t, "%s", title);
    if (since_ms < 0 || ms < since_ms) {
        table_cell(t, "%s", text);
        return;
    }
    /* Of whole seconds, as both are shown and kept. */
    format_span((uint64_t)(ms / 1000 - since_ms / 1000) * 1000, span);
    table_cell(t, "%s (after %s)", text, span);
}

/* What was asked, when, and by which version. */
static int
show_run(const envcrypt_cluster_report *report)
{
    int64_t began = envcrypt_cluster_report_began_ms(report);
    table t = {.columns = 2};

    put_line(&t, "asked", text_of(report, "verb"));
    put_line(&t, "wanted key", text_of(report, "wanted-key"));
    put_time(&t, "began", began, -1);
    put_time(&t, "ended", envcrypt_cluster_report_ended_ms(report), began);
    table_cell(&t, "tool");
    table_cell(&t, "envcrypt %s", text_of(report, "tool-version"));
    say("\n");
    return table_print(&t);
}

static int
show_phases(const envcrypt_cluster_report *report)
{
    const envcrypt_table *phases = envcrypt_cluster_report_table(report, "phases");
    table t = {.columns = 3};

    if (!phases || envcrypt_table_rows(phases) == 0)
        return 0;
    for (size_t row = 0; row < envcrypt_table_rows(phases); row++) {
        const char *ms = cell_of(phases, row, "ms");
        char span[32] = "";

        if (*ms)
            format_span(strtoull(ms, NULL, 10), span);
        table_cell(&t, "%s", cell_of(phases, row, "phase"));
        table_cell(&t, "%s", cell_of(phases, row, "began"));
        table_cell(&t, "%s", span);
    }
    say("\nPhases:\n");
    return table_print(&t);
}

/* --- the change ------------------------------------------------------------------- */

static int
show_update(const envcrypt_cluster_report *report)
{
    int64_t sent = envcrypt_cluster_report_sent_ms(report);
    table t = {.columns = 2};

    if (!*text_of(report, "update-phase") ||
        strcmp(text_of(report, "update-phase"), "none") == 0)
        return 0;
    put_line(&t, "change", text_of(report, "update-phase"));
    put_line(&t, "update id", text_of(report, "update-id"));
    if (strcmp(text_of(report, "update-key"), text_of(report, "wanted-key")) != 0)
        put_line(&t, "its key", text_of(report, "update-key"));
    put_line(&t, "request id", text_of(report, "request-id"));
    put_time(&t, "sent", sent, -1);
    put_time(&t, "done", envcrypt_cluster_report_done_ms(report), sent);
    if (strcmp(text_of(report, "adopted"), "yes") == 0)
        put_line(&t, "begun by", "another tool");
    put_line(&t, "detail", text_of(report, "detail"));
    put_line(&t, "state file", text_of(report, "state-file"));
    say("\n");
    return table_print(&t);
}

/* --- proof ------------------------------------------------------------------------ */

static int
show_proof(const envcrypt_cluster_report *report)
{
    const envcrypt_table *facts = envcrypt_cluster_report_table(report, "evidence");
    int32_t outcome = envcrypt_cluster_report_outcome(report);
    table t = {.columns = 3};
    int rc;

    if (outcome == 0)
        return 0;
    say("\nEvidence:\n");
    for (size_t row = 0; facts && row < envcrypt_table_rows(facts); row++) {
        table_cell(&t, "%s", cell_of(facts, row, "result"));
        table_cell(&t, "%s", cell_of(facts, row, "fact"));
        table_cell(&t, "%s", cell_of(facts, row, "detail"));
    }
    rc = table_print(&t);
    if (!rc)
        wrap_sentence("outcome: %s: %s", reencrypt_outcome_word(outcome),
                      envcrypt_cluster_report_outcome_reason(report));
    return rc;
}

/* Whether any object was looked at. */
static bool
is_begun(const envcrypt_reencrypt_report *secrets)
{
    static const int32_t figures[] = {ENVCRYPT_REENCRYPT_FIGURE_LISTED,
                                      ENVCRYPT_REENCRYPT_FIGURE_CHECKED,
                                      ENVCRYPT_REENCRYPT_FIGURE_STORED};

    for (size_t i = 0; secrets && i < sizeof figures / sizeof *figures; i++) {
        if (envcrypt_reencrypt_report_figure(secrets, figures[i]) > 0)
            return true;
    }
    return false;
}

/* --- all -------------------------------------------------------------------------- */

static void
show_remarks(const envcrypt_cluster_report *report)
{
    const char *remark;

    for (size_t i = 0; (remark = envcrypt_cluster_report_note(report, i)); i++)
        wrap_sentence("note: %s", remark);
}

static int
show(const cli *c, const envcrypt_cluster_report *report, unsigned parts)
{
    const envcrypt_reencrypt_report *secrets = envcrypt_cluster_report_secrets(report);
    const char *next = envcrypt_cluster_report_next(report);
    int rc = 0;

    if (parts & CLUSTER_STANDING)
        rc = show_standing(report);
    if (!rc && parts & (CLUSTER_CHECKS | CLUSTER_REFUSALS))
        rc = show_checks(report, !(parts & CLUSTER_CHECKS));
    if (!rc && parts & CLUSTER_STEPS)
        show_steps(report);
    if (!rc && parts & CLUSTER_RUN)
        rc = show_run(report);
    if (!rc && parts & CLUSTER_UPDATE)
        rc = show_update(report);
    if (!rc && parts & CLUSTER_RUN)
        rc = show_phases(report);
    if (!rc && parts & CLUSTER_SECRETS && is_begun(secrets)) {
        say("\nSecrets:\n");
        rc = reencrypt_show(c, secrets);
    }
    if (!rc && parts & CLUSTER_PROOF)
        rc = show_proof(report);
    if (!rc)
        show_remarks(report);
    if (!rc && parts & CLUSTER_NEXT && *next)
        say("\nnext: %s\n", next);
    return rc;
}

static int
put_json(const char *event, const envcrypt_cluster_report *report)
{
    envcrypt_buffer *text = NULL;
    envcrypt_error *error = NULL;
    int rc =
        check(envcrypt_cluster_report_to_json(report, &text, &error), &error, NULL);

    if (!rc)
        json_event(event, text);
    envcrypt_buffer_free(text);
    return rc;
}

int
cluster_tell(const cli *c, const char *event, const envcrypt_cluster_report *report,
             unsigned parts)
{
    return c->json ? put_json(event, report) : show(c, report, parts);
}
