/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/report.h"

#include <stdarg.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/names.h"
#include "base/text.h"
#include "codec/jwrite.h"
#include "k8s/reencrypt_options.h"

static const char *const failure_columns[] = {"namespace", "name", "code", "message",
                                              NULL};

/* By figure; 0 is none. */
static const char *const figure_names[EVC_REENCRYPT_FIGURES] = {
    NULL,   "total",   "done",    "listed", "rewritten", "current",
    "gone", "settled", "skipped", "failed", "retried",   "in_flight",
    "rate", "pass",    "checked", "stored",
};
static const char *const outcome_names[] = {NULL, "proven", "not_proven",
                                            "contradicted"};
static const char *const phase_names[] = {NULL,      "preflight", "choosing",
                                          "writing", "checking",  "migrating",
                                          "reading", "ended"};

const char *
evc_reencrypt_outcome_name(int32_t outcome)
{
    return EVC_NAME_AT(outcome_names, outcome);
}

const char *
evc_reencrypt_phase_name(int32_t phase)
{
    return EVC_NAME_AT(phase_names, phase);
}

const char *
evc_reencrypt_figure_name(int32_t figure)
{
    return EVC_NAME_AT(figure_names, figure);
}

int
evc_reencrypt_report_new(evc_reencrypt_report **out, evc_error **err)
{
    evc_reencrypt_report *report = evc_mem_new(sizeof(*report));
    int rc;

    if (!report)
        return evc_err_nomem(err);
    rc = evc_table_new(failure_columns, &report->failures, err);
    if (rc) {
        evc_mem_free(report);
        return rc;
    }
    report->mode = ENVCRYPT_REENCRYPT_AUTO;
    report->outcome = ENVCRYPT_OUTCOME_NOT_PROVEN;
    report->phase = ENVCRYPT_REENCRYPT_PHASE_PREFLIGHT;
    report->began_ms = -1;
    report->ended_ms = -1;
    report->figures[ENVCRYPT_REENCRYPT_FIGURE_TOTAL] = -1;
    *out = report;
    return 0;
}

void
evc_reencrypt_report_free(evc_reencrypt_report *report)
{
    if (!report)
        return;
    evc_table_free(report->failures);
    evc_mem_free(report->journal);
    evc_mem_free(report);
}

/* --- sentences --- */

void
evc_reencrypt_report_chose(evc_reencrypt_report *report, int32_t mode,
                           const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    evc_text_format(report->mode_reason, EVC_REENCRYPT_SENTENCE, format, arguments);
    va_end(arguments);
    report->mode = mode;
}

void
evc_reencrypt_report_concludes(evc_reencrypt_report *report, int32_t outcome,
                               const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    evc_text_format(report->outcome_reason, EVC_REENCRYPT_SENTENCE, format, arguments);
    va_end(arguments);
    report->outcome = outcome;
}

void
evc_reencrypt_report_note(evc_reencrypt_report *report, const char *format, ...)
{
    va_list arguments;

    if (report->note_count == EVC_REENCRYPT_NOTES)
        return;
    va_start(arguments, format);
    evc_text_format(report->notes[report->note_count++], EVC_REENCRYPT_SENTENCE, format,
                    arguments);
    va_end(arguments);
}

/* --- figures and failures --- */

void
evc_reencrypt_report_count(evc_reencrypt_report *report, int32_t figure, int64_t more)
{
    report->figures[figure] += more;
}

int64_t
evc_reencrypt_report_figure(const evc_reencrypt_report *report, int32_t figure)
{
    if (figure < ENVCRYPT_REENCRYPT_FIGURE_TOTAL ||
        figure >= (int32_t)EVC_REENCRYPT_FIGURES)
        return -1;
    return report->figures[figure];
}

int
evc_reencrypt_report_fail(evc_reencrypt_report *report, const char *ns,
                          const char *name, int code, const evc_error *error,
                          evc_error **err)
{
    evc_table *failures = report->failures;
    int rc;

    report->figures[ENVCRYPT_REENCRYPT_FIGURE_FAILED]++;
    if (failures->rows == EVC_REENCRYPT_FAILURES)
        return 0;
    rc = evc_table_add_row(failures, err);
    if (rc == 0)
        rc = evc_table_set(failures, "namespace", ns, err);
    if (rc == 0)
        rc = evc_table_set(failures, "name", name, err);
    if (rc == 0)
        rc = evc_table_set(failures, "code", evc_error_name(code), err);
    if (rc == 0)
        rc =
            evc_table_set(failures, "message",
                          error ? evc_error_message(error) : evc_error_text(code), err);
    return rc;
}

void
evc_reencrypt_report_forgive(evc_reencrypt_report *report)
{
    evc_table_clear(report->failures);
    report->figures[ENVCRYPT_REENCRYPT_FIGURE_FAILED] = 0;
}

int
evc_reencrypt_report_failures(const evc_reencrypt_report *report, evc_table **out,
                              evc_error **err)
{
    const evc_table *from = report->failures;
    int rc = evc_table_new(failure_columns, out, err);

    for (size_t row = 0; rc == 0 && row < from->rows; row++) {
        rc = evc_table_add_row(*out, err);
        for (size_t column = 0; rc == 0 && column < from->width; column++)
            rc = evc_table_set(*out, failure_columns[column],
                               evc_table_cell(from, row, column), err);
    }
    if (rc) {
        evc_table_free(*out);
        *out = NULL;
    }
    return rc;
}

/* --- JSON --- */

static void
write_time(evc_jwrite *w, const char *name, int64_t wall_ms)
{
    char text[EVC_TIME_TEXT];

    if (wall_ms >= 0)
        evc_clock_format(wall_ms, text);
    evc_jwrite_member_text(w, name, wall_ms >= 0 ? text : NULL);
}

static void
write_figures(evc_jwrite *w, const evc_reencrypt_report *report)
{
    evc_jwrite_name(w, "figures");
    evc_jwrite_object(w);
    for (size_t i = 1; i < EVC_REENCRYPT_FIGURES; i++) {
        evc_jwrite_name(w, figure_names[i]);
        evc_jwrite_integer(w, report->figures[i]);
    }
    evc_jwrite_end(w);
}

static void
write_notes(evc_jwrite *w, const evc_reencrypt_report *report)
{
    evc_jwrite_name(w, "notes");
    evc_jwrite_array(w);
    for (size_t i = 0; i < report->note_count; i++)
        evc_jwrite_text(w, report->notes[i]);
    evc_jwrite_end(w);
}

static void
write_failures(evc_jwrite *w, const evc_table *failures)
{
    evc_jwrite_name(w, "failures");
    evc_jwrite_array(w);
    for (size_t row = 0; row < failures->rows; row++) {
        evc_jwrite_object(w);
        for (size_t column = 0; column < failures->width; column++)
            evc_jwrite_member_text(w, failure_columns[column],
                                   evc_table_cell(failures, row, column));
        evc_jwrite_end(w);
    }
    evc_jwrite_end(w);
}

int
evc_reencrypt_report_to_json(const evc_reencrypt_report *report, evc_buf *out,
                             evc_error **err)
{
    evc_jwrite w;

    evc_jwrite_begin(&w, out, false);
    evc_jwrite_object(&w);
    evc_jwrite_member_text(&w, "phase", evc_reencrypt_phase_name(report->phase));
    evc_jwrite_member_text(&w, "mode", evc_reencrypt_mode_name(report->mode));
    evc_jwrite_member_text(&w, "mode_reason", report->mode_reason);
    evc_jwrite_member_text(&w, "outcome", evc_reencrypt_outcome_name(report->outcome));
    evc_jwrite_member_text(&w, "outcome_reason", report->outcome_reason);
    write_time(&w, "began", report->began_ms);
    write_time(&w, "ended", report->ended_ms);
    evc_jwrite_member_bool(&w, "resumed", report->resumed);
    evc_jwrite_member_bool(&w, "dry_run", report->dry_run);
    evc_jwrite_member_text(&w, "journal", report->journal);
    write_figures(&w, report);
    write_notes(&w, report);
    if (report->phase == ENVCRYPT_REENCRYPT_PHASE_ENDED)
        write_failures(&w, report->failures);
    evc_jwrite_end(&w);
    return evc_jwrite_finish(&w, err);
}
