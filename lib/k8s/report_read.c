/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/report_read.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/utf8.h"
#include "k8s/reencrypt_options.h"

/* --- members ---------------------------------------------------------------------- */

int
evc_report_word(const evc_json *of, const char *name, evc_report_name_fn *names,
                int32_t last, int32_t *out, evc_error **err)
{
    const char *word = NULL;
    int rc = evc_json_text_opt(of, name, &word, err);

    for (int32_t i = 0; rc == 0 && word && i <= last; i++) {
        const char *known = names(i);

        if (known && strcmp(known, word) == 0) {
            *out = i;
            break;
        }
    }
    return rc;
}

int
evc_report_sentence(const evc_json *of, const char *name, char *out, size_t room,
                    evc_error **err)
{
    const char *text = NULL;
    int rc = evc_json_text_opt(of, name, &text, err);

    if (rc == 0 && text)
        evc_utf8_copy(out, room, text);
    return rc;
}

int
evc_report_time(const evc_json *of, const char *name, int64_t *out, evc_error **err)
{
    const char *text = NULL;
    int rc = evc_json_text_opt(of, name, &text, err);

    if (rc == 0 && text && evc_clock_parse(evc_view_text(text), out, NULL) != 0)
        rc = evc_err(err, ENVCRYPT_E_JSON, "its member \"%s\" is no time", name);
    return rc;
}

int
evc_report_list(const evc_json *of, const char *name, const evc_json **out,
                evc_error **err)
{
    const char *text = NULL;

    *out = NULL;
    /* null is as good as none */
    if (evc_json_text_opt(of, name, &text, NULL) == 0 && !text)
        return 0;
    return evc_json_array(of, name, out, err);
}

static int
read_cell(const evc_json *row, const evc_table *table, size_t column, evc_table *out,
          evc_error **err)
{
    const char *name = evc_table_column(table, column);
    const char *text = NULL;
    int64_t number = -1;
    int rc;

    if (!evc_table_is_number(table, column)) {
        rc = evc_json_text_opt(row, name, &text, err);
        return rc ? rc : evc_table_set(out, name, text, err);
    }
    rc = evc_json_integer_opt(row, name, 0, INT64_MAX, &number, err);
    return rc || number < 0 ? rc : evc_table_set_number(out, name, number, err);
}

int
evc_report_rows(const evc_json *array, evc_table *out, evc_error **err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < evc_json_count(array); i++) {
        rc = evc_table_add_row(out, err);
        for (size_t column = 0; rc == 0 && column < out->width; column++)
            rc = read_cell(evc_json_at(array, i), out, column, out, err);
    }
    return rc;
}

/* --- the report ------------------------------------------------------------------- */

static int
read_figures(const evc_json *of, evc_reencrypt_report *out, evc_error **err)
{
    const evc_json *figures;
    int rc = evc_json_object(of, "figures", &figures, err);

    for (int32_t i = 1; rc == 0 && i < (int32_t)EVC_REENCRYPT_FIGURES; i++)
        rc = evc_json_integer_opt(figures, evc_reencrypt_figure_name(i), -1, INT64_MAX,
                                  &out->figures[i], err);
    return rc;
}

static int
read_lists(const evc_json *of, evc_reencrypt_report *out, evc_error **err)
{
    const evc_json *notes;
    const evc_json *failures = NULL;
    const char *note;
    int rc = evc_report_list(of, "notes", &notes, err);

    if (rc == 0)
        rc = evc_report_list(of, "failures", &failures, err);
    for (size_t i = 0; rc == 0 && i < evc_json_count(notes); i++) {
        note = evc_json_as_text(evc_json_at(notes, i));
        if (note)
            evc_reencrypt_report_note(out, "%s", note);
    }
    return rc ? rc : evc_report_rows(failures, out->failures, err);
}

static int
read_all(const evc_json *of, evc_reencrypt_report *out, evc_error **err)
{
    const char *journal = NULL;
    int rc = evc_report_word(of, "phase", evc_reencrypt_phase_name,
                             ENVCRYPT_REENCRYPT_PHASE_ENDED, &out->phase, err);

    if (rc == 0)
        rc = evc_report_word(of, "mode", evc_reencrypt_mode_name,
                             ENVCRYPT_REENCRYPT_MIGRATE, &out->mode, err);
    if (rc == 0)
        rc = evc_report_sentence(of, "mode_reason", out->mode_reason,
                                 sizeof(out->mode_reason), err);
    if (rc == 0)
        rc = evc_report_word(of, "outcome", evc_reencrypt_outcome_name,
                             ENVCRYPT_OUTCOME_CONTRADICTED, &out->outcome, err);
    if (rc == 0)
        rc = evc_report_sentence(of, "outcome_reason", out->outcome_reason,
                                 sizeof(out->outcome_reason), err);
    if (rc == 0)
        rc = evc_report_time(of, "began", &out->began_ms, err);
    if (rc == 0)
        rc = evc_report_time(of, "ended", &out->ended_ms, err);
    if (rc == 0)
        rc = evc_json_bool_opt(of, "resumed", &out->resumed, err);
    if (rc == 0)
        rc = evc_json_bool_opt(of, "dry_run", &out->dry_run, err);
    if (rc == 0)
        rc = evc_json_text_opt(of, "journal", &journal, err);
    if (rc == 0)
        rc = evc_text_set(&out->journal, journal, err);
    if (rc == 0)
        rc = read_figures(of, out, err);
    return rc ? rc : read_lists(of, out, err);
}

int
evc_reencrypt_report_read(const evc_json *of, evc_reencrypt_report **out,
                          evc_error **err)
{
    int rc = evc_reencrypt_report_new(out, err);

    if (rc == 0)
        rc = read_all(of, *out, err);
    if (rc) {
        evc_reencrypt_report_free(*out);
        *out = NULL;
    }
    return rc;
}
