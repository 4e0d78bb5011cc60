/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/names.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cluster/cluster.h"
#include "cluster/standing.h"
#include "codec/jwrite.h"
#include "envcrypt/version.h"

static const char *const phase_names[] = {NULL,        "reading", "checking",
                                          "changing",  "waiting", "secrets",
                                          "verifying", "ended",   "key-disabled"};
static const char *const state_phases[] = {"steady", "changing", "broken"};
static const char *const phase_columns[] = {"phase", "began", "#ms", NULL};

const char *
evc_cluster_report_phase_name(int32_t phase)
{
    return EVC_NAME_AT(phase_names, phase);
}

const char *
evc_cluster_report_state_name(int32_t phase)
{
    return EVC_NAME_AT(state_phases, phase);
}

int
evc_cluster_report_make(const char *provider, const char *uri, evc_cluster_report **out,
                        evc_error **err)
{
    evc_cluster_report *report = evc_mem_new(sizeof(*report));
    int rc;

    *out = NULL;
    if (!report)
        return evc_err_nomem(err);
    evc_cluster_state_init(&report->state);
    evc_cluster_key_init(&report->key);
    evc_cluster_update_init(&report->update);
    rc = evc_text_set(&report->provider, provider, err);
    if (rc == 0)
        rc = evc_text_set(&report->uri, uri, err);
    if (rc == 0)
        rc = evc_table_new(phase_columns, &report->phases, err);
    if (rc) {
        evc_cluster_report_free(report);
        return rc;
    }
    (void)snprintf(report->tool_version, sizeof(report->tool_version), "%s",
                   ENVCRYPT_VERSION_STRING);
    report->phase = ENVCRYPT_CLUSTER_PHASE_READING;
    report->standing = -1;
    report->began_ms = -1;
    report->ended_ms = -1;
    *out = report;
    return 0;
}

int
evc_cluster_report_new(const evc_cluster *cluster, evc_cluster_verb verb,
                       evc_cluster_report **out, evc_error **err)
{
    int rc = evc_cluster_report_make(cluster->driver->title, cluster->uri, out, err);

    if (rc)
        return rc;
    (*out)->verb = verb;
    (*out)->began_ms = evc_clock_wall_ms(evc_cluster_clock(cluster));
    return 0;
}

void
evc_cluster_report_free(evc_cluster_report *report)
{
    if (!report)
        return;
    evc_mem_free(report->provider);
    evc_mem_free(report->uri);
    evc_cluster_state_reset(&report->state);
    evc_cluster_key_reset(&report->key);
    evc_table_free(report->checks);
    evc_table_free(report->steps);
    evc_table_free(report->evidence);
    evc_table_free(report->phases);
    evc_reencrypt_report_free(report->secrets);
    evc_mem_free(report);
}

/* --- phases ----------------------------------------------------------------------- */

/* Of the one that is on: how long it lasted. */
static int
leave(evc_cluster_report *report, int64_t now_ms, evc_error **err)
{
    int64_t lasted = now_ms - report->phase_ms;

    return report->phases->rows == 0
               ? 0
               : evc_table_set_number(report->phases, "ms", lasted < 0 ? 0 : lasted,
                                      err);
}

int
evc_cluster_report_enter(evc_cluster_report *report, int32_t phase, int64_t now_ms,
                         evc_error **err)
{
    bool is_on = report->phases->rows > 0 && report->phase == phase;
    int rc = 0;

    report->phase = phase;
    if (is_on || report->phases->rows == EVC_CLUSTER_PHASES)
        return 0;
    rc = leave(report, now_ms, err);
    if (rc || phase == ENVCRYPT_CLUSTER_PHASE_ENDED)
        return rc;
    report->phase_ms = now_ms;
    rc = evc_table_add_row(report->phases, err);
    if (rc == 0)
        rc = evc_table_set(report->phases, "phase",
                           evc_cluster_report_phase_name(phase), err);
    return rc == 0 ? evc_table_set_time(report->phases, "began", now_ms, err) : rc;
}

/* --- sentences -------------------------------------------------------------------- */

void
evc_cluster_report_note(evc_cluster_report *report, const char *format, ...)
{
    va_list arguments;

    if (report->note_count == EVC_CLUSTER_NOTES)
        return;
    va_start(arguments, format);
    evc_text_format(report->notes[report->note_count++], EVC_REENCRYPT_SENTENCE, format,
                    arguments);
    va_end(arguments);
}

void
evc_cluster_report_concludes(evc_cluster_report *report, int32_t outcome,
                             const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    evc_text_format(report->outcome_reason, EVC_REENCRYPT_SENTENCE, format, arguments);
    va_end(arguments);
    report->outcome = outcome;
}

void
evc_cluster_report_advise(evc_cluster_report *report, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    evc_text_format(report->next, EVC_REENCRYPT_SENTENCE, format, arguments);
    va_end(arguments);
}

void
evc_cluster_report_stand(evc_cluster_report *report, const evc_cluster_key *wanted)
{
    evc_standing_judge(&report->state, wanted, report->verb, &report->standing,
                       report->next);
}

/* --- JSON ------------------------------------------------------------------------- */

/* Some texts are cut by providers' rules, and perhaps in the midst of a character. */
static void
write_cut(evc_jwrite *w, const char *name, const char *text)
{
    char copy[2 * EVC_UPDATE_TEXT];

    (void)snprintf(copy, sizeof(copy), "%s", text);
    evc_utf8_clean(copy);
    evc_jwrite_member_text(w, name, copy[0] ? copy : NULL);
}

static void
write_time(evc_jwrite *w, const char *name, int64_t wall_ms)
{
    char text[EVC_TIME_TEXT];

    if (wall_ms >= 0)
        evc_clock_format(wall_ms, text);
    evc_jwrite_member_text(w, name, wall_ms >= 0 ? text : NULL);
}

static void
write_cell(evc_jwrite *w, const evc_table *table, size_t row, size_t column)
{
    const char *name = evc_table_column(table, column);
    const char *cell = evc_table_cell(table, row, column);

    if (cell && evc_table_is_number(table, column))
        evc_jwrite_member_integer(w, name, strtoll(cell, NULL, 10));
    else
        evc_jwrite_member_text(w, name, cell);
}

static void
write_table(evc_jwrite *w, const char *name, const evc_table *table)
{
    evc_jwrite_name(w, name);
    if (!table) {
        evc_jwrite_null(w);
        return;
    }
    evc_jwrite_array(w);
    for (size_t row = 0; row < table->rows; row++) {
        evc_jwrite_object(w);
        for (size_t column = 0; column < table->width; column++)
            write_cell(w, table, row, column);
        evc_jwrite_end(w);
    }
    evc_jwrite_end(w);
}

/* Not the authority's certificate, which is long, nor the driver's own mark. */
static bool
is_told(evc_cluster_text which)
{
    return which != EVC_CLUSTER_CA && which != EVC_CLUSTER_MARK;
}

static void
write_state(evc_jwrite *w, const evc_cluster_state *state)
{
    evc_jwrite_name(w, "cluster");
    evc_jwrite_object(w);
    for (int i = 0; i < EVC_CLUSTER_TEXTS; i++) {
        if (is_told((evc_cluster_text)i))
            evc_jwrite_member_text(w, evc_cluster_text_name((evc_cluster_text)i),
                                   state->texts[i]);
    }
    evc_jwrite_member_text(w, "state",
                           evc_cluster_report_state_name((int32_t)state->phase));
    evc_jwrite_member_text(w, "encryption", evc_standing_encryption(state->encryption));
    evc_jwrite_member_text(w, "key-state", evc_standing_key_state(state->key_state));
    evc_jwrite_member_bool(w, "unsupported", state->unsupported);
    write_table(w, "issues", state->issues);
    evc_jwrite_end(w);
}

static void
write_key(evc_jwrite *w, const evc_cluster_key *key)
{
    evc_jwrite_name(w, "wanted");
    if (!key->id) {
        evc_jwrite_null(w);
        return;
    }
    evc_jwrite_object(w);
    evc_jwrite_member_text(w, "id", key->id);
    evc_jwrite_member_text(w, "aliases", key->aliases);
    evc_jwrite_member_text(w, "region", key->region);
    evc_jwrite_member_text(w, "account", key->account);
    evc_jwrite_member_text(w, "version", key->version);
    evc_jwrite_member_text(w, "state", evc_standing_key_state(key->state));
    evc_jwrite_end(w);
}

static void
write_update(evc_jwrite *w, const evc_cluster_update *update)
{
    evc_jwrite_name(w, "update");
    evc_jwrite_object(w);
    evc_jwrite_member_text(w, "phase", evc_cluster_update_phase_name(update->phase));
    write_cut(w, "id", update->id);
    write_cut(w, "token", update->token);
    write_cut(w, "key", update->key);
    write_cut(w, "detail", update->detail);
    write_cut(w, "request_id", update->request_id);
    write_time(w, "sent", update->sent_ms);
    write_time(w, "done", update->done_ms);
    evc_jwrite_member_bool(w, "adopted", update->adopted);
    evc_jwrite_member_bool(w, "needless", update->needless);
    evc_jwrite_end(w);
}

static void
write_notes(evc_jwrite *w, const evc_cluster_report *report)
{
    evc_jwrite_name(w, "notes");
    evc_jwrite_array(w);
    for (size_t i = 0; i < report->note_count; i++)
        evc_jwrite_text(w, report->notes[i]);
    evc_jwrite_end(w);
}

static void
write_all(evc_jwrite *w, const evc_cluster_report *report, evc_view secrets)
{
    evc_jwrite_object(w);
    evc_jwrite_member_text(w, "version", report->tool_version);
    evc_jwrite_member_text(w, "provider", report->provider);
    evc_jwrite_member_text(w, "uri", report->uri);
    evc_jwrite_member_text(w, "verb", evc_cluster_verb_name(report->verb));
    evc_jwrite_member_text(w, "phase", evc_cluster_report_phase_name(report->phase));
    evc_jwrite_member_text(w, "standing",
                           report->standing < 0 ? NULL
                                                : evc_standing_name(report->standing));
    evc_jwrite_member_text(w, "next", report->next);
    evc_jwrite_member_text(w, "outcome", evc_reencrypt_outcome_name(report->outcome));
    evc_jwrite_member_text(w, "outcome_reason", report->outcome_reason);
    write_time(w, "began", report->began_ms);
    write_time(w, "ended", report->ended_ms);
    write_state(w, &report->state);
    write_key(w, &report->key);
    write_update(w, &report->update);
    write_table(w, "phases", report->phases);
    write_table(w, "checks", report->checks);
    write_table(w, "steps", report->steps);
    write_table(w, "evidence", report->evidence);
    evc_jwrite_name(w, "secrets");
    if (secrets.size > 0)
        evc_jwrite_json(w, secrets);
    else
        evc_jwrite_null(w);
    write_notes(w, report);
    evc_jwrite_member_text(w, "state_file",
                           report->state_file[0] ? report->state_file : NULL);
    evc_jwrite_end(w);
}

int
evc_cluster_report_json(const evc_cluster_report *report, evc_buf *out, evc_error **err)
{
    evc_jwrite w;
    evc_buf secrets;
    int rc = 0;

    evc_buf_init(&secrets);
    if (report->secrets)
        rc = evc_reencrypt_report_to_json(report->secrets, &secrets, err);
    if (rc == 0) {
        evc_jwrite_begin(&w, out, false);
        write_all(&w, report, evc_buf_view(&secrets));
        rc = evc_jwrite_finish(&w, err);
    }
    evc_buf_reset(&secrets);
    return rc;
}
