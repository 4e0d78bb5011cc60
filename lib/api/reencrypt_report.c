/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/report.h"

#include "base/mem.h"

void
envcrypt_reencrypt_report_free(envcrypt_reencrypt_report *report)
{
    evc_reencrypt_report_free(report);
}

int32_t
envcrypt_reencrypt_report_mode(const envcrypt_reencrypt_report *report)
{
    return report ? report->mode : 0;
}

const char *
envcrypt_reencrypt_report_mode_reason(const envcrypt_reencrypt_report *report)
{
    return report ? report->mode_reason : "";
}

int32_t
envcrypt_reencrypt_report_outcome(const envcrypt_reencrypt_report *report)
{
    return report ? report->outcome : 0;
}

const char *
envcrypt_reencrypt_report_outcome_reason(const envcrypt_reencrypt_report *report)
{
    return report ? report->outcome_reason : "";
}

int32_t
envcrypt_reencrypt_report_phase(const envcrypt_reencrypt_report *report)
{
    return report ? report->phase : 0;
}

int64_t
envcrypt_reencrypt_report_figure(const envcrypt_reencrypt_report *report,
                                 int32_t figure)
{
    return report ? evc_reencrypt_report_figure(report, figure) : -1;
}

int64_t
envcrypt_reencrypt_report_began_ms(const envcrypt_reencrypt_report *report)
{
    return report ? report->began_ms : -1;
}

int64_t
envcrypt_reencrypt_report_ended_ms(const envcrypt_reencrypt_report *report)
{
    return report ? report->ended_ms : -1;
}

int32_t
envcrypt_reencrypt_report_is_resumed(const envcrypt_reencrypt_report *report)
{
    return report && report->resumed;
}

const char *
envcrypt_reencrypt_report_journal(const envcrypt_reencrypt_report *report)
{
    return report ? report->journal : NULL;
}

const char *
envcrypt_reencrypt_report_note(const envcrypt_reencrypt_report *report, size_t index)
{
    return report && index < report->note_count ? report->notes[index] : NULL;
}

int
envcrypt_reencrypt_report_failures(const envcrypt_reencrypt_report *report,
                                   envcrypt_table **out, envcrypt_error **err)
{
    evc_err_clear(err);
    if (out)
        *out = NULL;
    if (!report || !out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "failures cannot be told: the report or out is NULL");
    return evc_reencrypt_report_failures(report, out, err);
}

int
envcrypt_reencrypt_report_to_json(const envcrypt_reencrypt_report *report,
                                  envcrypt_buffer **out, envcrypt_error **err)
{
    evc_buf text;
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    if (!report || !out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a report cannot be written: it or out is NULL");
    evc_buf_init(&text);
    rc = evc_reencrypt_report_to_json(report, &text, err);
    if (rc == 0)
        rc = evc_buf_publish(&text, out, err);
    evc_buf_reset(&text);
    return rc;
}
