/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a cluster, what would be or was done, and what is proven: for eyes, and JSON. */
#include "cli.h"

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

static void
show_issues(const envcrypt_cluster_report *report)
{
    const envcrypt_table *issues = envcrypt_cluster_report_table(report, "issues");

    for (size_t row = 0; issues && row < envcrypt_table_rows(issues); row++)
        say("issue: %s: %s%s%s\n", cell_of(issues, row, "code"),
            cell_of(issues, row, "message"),
            *cell_of(issues, row, "what-to-do") ? "\n       " : "",
            cell_of(issues, row, "what-to-do"));
}

static int
show_standing(const envcrypt_cluster_report *report)
{
    table t = {.columns = 2};
    int rc;

    put_line(&t, "cluster", text_of(report, "name"));
    put_line(&t, "id", text_of(report, "id"));
    put_line(&t, "provider", text_of(report, "provider"));
    put_line(&t, "region", text_of(report, "region"));
    put_line(&t, "kubernetes", text_of(report, "version"));
    put_line(&t, "kind", text_of(report, "kind"));
    put_line(&t, "status", text_of(report, "status"));
    put_line(&t, "encryption", encryption_words(text_of(report, "encryption")));
    put_line(&t, "key", text_of(report, "key"));
    if (*text_of(report, "key"))
        put_line(&t, "key state", text_of(report, "key-state"));
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
show_steps(const envcrypt_cluster_report *report)
{
    const envcrypt_table *steps = envcrypt_cluster_report_table(report, "steps");

    if (!steps || envcrypt_table_rows(steps) == 0)
        return;
    say("\nWhat would be done:\n");
    for (size_t row = 0; row < envcrypt_table_rows(steps); row++) {
        say("%3zu. %s\n", row + 1, cell_of(steps, row, "step"));
        if (*cell_of(steps, row, "request"))
            say("     %s\n", cell_of(steps, row, "request"));
        say("     %s\n", cell_of(steps, row, "effect"));
        if (*cell_of(steps, row, "warning"))
            say("     Warning: %s\n", cell_of(steps, row, "warning"));
    }
}

/* --- the change ------------------------------------------------------------------- */

static int
show_update(const envcrypt_cluster_report *report)
{
    table t = {.columns = 2};

    if (!*text_of(report, "update-phase") ||
        strcmp(text_of(report, "update-phase"), "none") == 0)
        return 0;
    put_line(&t, "change", text_of(report, "update-phase"));
    put_line(&t, "update id", text_of(report, "update-id"));
    put_line(&t, "wanted key", text_of(report, "wanted-key"));
    put_line(&t, "request id", text_of(report, "request-id"));
    put_line(&t, "detail", text_of(report, "detail"));
    put_line(&t, "state file", text_of(report, "state-file"));
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
    say("\n");
    for (size_t row = 0; facts && row < envcrypt_table_rows(facts); row++) {
        table_cell(&t, "%s", cell_of(facts, row, "result"));
        table_cell(&t, "%s", cell_of(facts, row, "fact"));
        table_cell(&t, "%s", cell_of(facts, row, "detail"));
    }
    rc = table_print(&t);
    if (!rc)
        say("outcome: %s: %s\n", reencrypt_outcome_word(outcome),
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
show_remarks(const cli *c, const envcrypt_cluster_report *report)
{
    const char *remark;

    for (size_t i = 0; (remark = envcrypt_cluster_report_note(report, i)); i++)
        note(c, "note: %s\n", remark);
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
    if (!rc && parts & CLUSTER_UPDATE)
        rc = show_update(report);
    if (!rc && parts & CLUSTER_SECRETS && is_begun(secrets)) {
        say("\nSecrets:\n");
        rc = reencrypt_show(c, secrets);
    }
    if (!rc && parts & CLUSTER_PROOF)
        rc = show_proof(report);
    if (!rc)
        show_remarks(c, report);
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
