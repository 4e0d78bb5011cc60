/* SPDX-License-Identifier: Apache-2.0 */
/* What a re-encryption did and what is proven of it, for eyes. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#define REASONS_SHOWN 20 /* why objects failed */
#define NAMES_SHOWN 3

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
put_figures(table *t, const envcrypt_reencrypt_report *report, bool dry_run)
{
    const struct {
        int32_t figure;
        const char *words;
        bool always;
    } figures[] = {
        {ENVCRYPT_REENCRYPT_FIGURE_LISTED, "objects", true},
        {ENVCRYPT_REENCRYPT_FIGURE_REWRITTEN, "stored anew", !dry_run},
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

/* Failures for one and the same reason. */
typedef struct reason {
    const char *code, *message;
    size_t rows[NAMES_SHOWN];
    size_t count;
} reason;

/* Where the object's name stands in what is told of it; NULL = nowhere. */
static const char *
name_in(const char *message, const char *name)
{
    return name && *name ? strstr(message, name) : NULL;
}

/* One object's message is another's but for the name. */
static bool
is_same(const char *message, const char *name, const char *other,
        const char *other_name)
{
    const char *at = name_in(message, name);
    const char *other_at = name_in(other, other_name);

    if (!at || !other_at)
        return strcmp(message, other) == 0;
    return at - message == other_at - other &&
           strncmp(message, other, (size_t)(at - message)) == 0 &&
           strcmp(at + strlen(name), other_at + strlen(other_name)) == 0;
}

static bool
is_of(const reason *r, const envcrypt_table *failures, size_t row)
{
    return strcmp(r->code, envcrypt_table_get(failures, row, "code")) == 0 &&
           is_same(r->message, envcrypt_table_get(failures, r->rows[0], "name"),
                   envcrypt_table_get(failures, row, "message"),
                   envcrypt_table_get(failures, row, "name"));
}

/* By the reasons; how many rows have one past the room. */
static size_t
sort_failures(const envcrypt_table *failures, reason *reasons, size_t *count)
{
    size_t past = 0;

    for (size_t row = 0; row < envcrypt_table_rows(failures); row++) {
        size_t i = 0;

        while (i < *count && !is_of(&reasons[i], failures, row))
            i++;
        if (i == REASONS_SHOWN) {
            past++;
            continue;
        }
        if (i == *count)
            reasons[(*count)++] =
                (reason){.code = envcrypt_table_get(failures, row, "code"),
                         .message = envcrypt_table_get(failures, row, "message")};
        if (reasons[i].count < NAMES_SHOWN)
            reasons[i].rows[reasons[i].count] = row;
        reasons[i].count++;
    }
    return past;
}

static void
say_object(const envcrypt_table *failures, size_t row)
{
    const char *space = envcrypt_table_get(failures, row, "namespace");
    const char *name = envcrypt_table_get(failures, row, "name");

    say("%s%s%s", space ? space : "", space && *space ? "/" : "",
        name && *name ? name : "(list)");
}

/* "a/x, a/y and 48 more: CODE", and why and what to do below. */
static void
say_reason(const reason *r, const envcrypt_table *failures)
{
    size_t shown = r->count < NAMES_SHOWN ? r->count : NAMES_SHOWN;

    for (size_t i = 0; i < shown; i++) {
        say("%s", i ? ", " : "");
        say_object(failures, r->rows[i]);
    }
    if (r->count > shown)
        say(" and %zu more", r->count - shown);
    say(": %s\n    %s\n", r->code, r->message);
}

static int
show_failures(const cli *c, const envcrypt_reencrypt_report *report)
{
    reason reasons[REASONS_SHOWN];
    envcrypt_table *failures = NULL;
    envcrypt_error *error = NULL;
    size_t count = 0;
    size_t past;
    int rc = check(envcrypt_reencrypt_report_failures(report, &failures, &error),
                   &error, NULL);

    if (rc)
        return rc;
    past = sort_failures(failures, reasons, &count);
    if (count)
        say("\nfailed:\n");
    for (size_t i = 0; i < count; i++)
        say_reason(&reasons[i], failures);
    if (past)
        note(c, "and %zu more; --json shows all.\n", past);
    envcrypt_table_free(failures);
    return 0;
}

int
reencrypt_show(const cli *c, const envcrypt_reencrypt_report *report)
{
    table t = {.columns = 2};
    const char *remark;
    int rc;

    put_times(&t, report);
    put_figures(&t, report, c->dry_run);
    rc = table_print(&t);
    if (rc)
        return rc;
    if (!c->dry_run || envcrypt_reencrypt_report_note(report, 0))
        say("\n"); /* what follows is in words */
    if (envcrypt_reencrypt_report_mode(report) != ENVCRYPT_REENCRYPT_AUTO)
        put_reason("mode", reencrypt_mode_word(envcrypt_reencrypt_report_mode(report)),
                   envcrypt_reencrypt_report_mode_reason(report));
    if (envcrypt_reencrypt_report_phase(report) == ENVCRYPT_REENCRYPT_PHASE_ENDED &&
        !c->dry_run)
        put_reason("outcome",
                   reencrypt_outcome_word(envcrypt_reencrypt_report_outcome(report)),
                   envcrypt_reencrypt_report_outcome_reason(report));
    for (size_t i = 0; (remark = envcrypt_reencrypt_report_note(report, i)); i++)
        say("note: %s\n", remark);
    return show_failures(c, report);
}
