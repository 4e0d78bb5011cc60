/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/report.h"

#include <string.h>

#include "cluster/report_read.h"
#include "cluster/standing.h"

void
envcrypt_cluster_report_free(envcrypt_cluster_report *report)
{
    evc_cluster_report_free(report);
}

int32_t
envcrypt_cluster_report_standing(const envcrypt_cluster_report *report)
{
    return report ? report->standing : -1;
}

int32_t
envcrypt_cluster_report_phase(const envcrypt_cluster_report *report)
{
    return report ? report->phase : 0;
}

int32_t
envcrypt_cluster_report_outcome(const envcrypt_cluster_report *report)
{
    return report ? report->outcome : 0;
}

const char *
envcrypt_cluster_report_outcome_reason(const envcrypt_cluster_report *report)
{
    return report ? report->outcome_reason : "";
}

const char *
envcrypt_cluster_report_next(const envcrypt_cluster_report *report)
{
    return report ? report->next : "";
}

const char *
envcrypt_cluster_report_note(const envcrypt_cluster_report *report, size_t index)
{
    return report && index < report->note_count ? report->notes[index] : NULL;
}

/* --- texts --- */

static const char *
or_empty(const char *text)
{
    return text ? text : "";
}

/* Of the cluster, by the names of its texts; not the driver's own mark. */
static const char *
text_of_cluster(const evc_cluster_state *state, const char *name)
{
    for (int i = 0; i < EVC_CLUSTER_MARK; i++) {
        if (strcmp(evc_cluster_text_name((evc_cluster_text)i), name) == 0)
            return evc_cluster_state_text(state, (evc_cluster_text)i);
    }
    return NULL;
}

const char *
envcrypt_cluster_report_text(const envcrypt_cluster_report *report, const char *name)
{
    if (!report || !name)
        return NULL;
    const struct {
        const char *name;
        const char *text;
    } all[] = {
        {"provider", report->provider},
        {"uri", report->uri},
        {"verb", evc_cluster_verb_name(report->verb)},
        {"phase", or_empty(evc_cluster_report_phase_name(report->phase))},
        {"outcome", or_empty(evc_reencrypt_outcome_name(report->outcome))},
        {"standing", report->standing < 0 ? "" : evc_standing_name(report->standing)},
        {"encryption", evc_standing_encryption(report->state.encryption)},
        {"key-state", evc_standing_key_state(report->state.key_state)},
        {"wanted-key", or_empty(report->key.id)},
        {"update-id", report->update.id},
        {"update-key", report->update.key},
        {"update-phase", evc_cluster_update_phase_name(report->update.phase)},
        {"token", report->update.token},
        {"detail", report->update.detail},
        {"request-id", report->update.request_id},
        {"adopted", report->update.adopted ? "yes" : "no"},
        {"needless", report->update.needless ? "yes" : "no"},
        {"state-file", report->state_file},
        {"tool-version", report->tool_version},
    };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (strcmp(all[i].name, name) == 0)
            return all[i].text;
    }
    return text_of_cluster(&report->state, name);
}

/* --- tables --- */

const envcrypt_table *
envcrypt_cluster_report_table(const envcrypt_cluster_report *report, const char *name)
{
    if (!report || !name)
        return NULL;
    if (strcmp(name, "phases") == 0)
        return report->phases;
    if (strcmp(name, "checks") == 0)
        return report->checks;
    if (strcmp(name, "steps") == 0)
        return report->steps;
    if (strcmp(name, "evidence") == 0)
        return report->evidence;
    return strcmp(name, "issues") == 0 ? report->state.issues : NULL;
}

const envcrypt_reencrypt_report *
envcrypt_cluster_report_secrets(const envcrypt_cluster_report *report)
{
    if (!report)
        return NULL;
    return report->secrets_so_far ? report->secrets_so_far : report->secrets;
}

int64_t
envcrypt_cluster_report_began_ms(const envcrypt_cluster_report *report)
{
    return report ? report->began_ms : -1;
}

int64_t
envcrypt_cluster_report_ended_ms(const envcrypt_cluster_report *report)
{
    return report ? report->ended_ms : -1;
}

int64_t
envcrypt_cluster_report_sent_ms(const envcrypt_cluster_report *report)
{
    return report ? report->update.sent_ms : -1;
}

int64_t
envcrypt_cluster_report_done_ms(const envcrypt_cluster_report *report)
{
    return report ? report->update.done_ms : -1;
}

int
envcrypt_cluster_report_read(const void *text, size_t size,
                             envcrypt_cluster_report **out, envcrypt_error **err)
{
    evc_err_clear(err);
    if (out)
        *out = NULL;
    if (!text || !out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a report cannot be read: text or out is NULL");
    return evc_cluster_report_read(evc_view_of(text, size), out, err);
}

int
envcrypt_cluster_report_to_json(const envcrypt_cluster_report *report,
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
    rc = evc_cluster_report_json(report, &text, err);
    if (rc == 0)
        rc = evc_buf_publish(&text, out, err);
    evc_buf_reset(&text);
    return rc;
}
