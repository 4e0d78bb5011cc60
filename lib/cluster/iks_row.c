/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/iks_row.h"

#include <string.h>

#include "cluster/iks_read.h"

typedef struct cells {
    const char *name, *region, *status, *encryption, *health, *advice, *id;
} cells;

static int
put(const evc_iks_rows *rows, const cells *of, evc_error **err)
{
    const struct {
        const char *column;
        const char *text;
    } row[] = {
        {"name", of->name},     {"region", of->region},
        {"status", of->status}, {"encryption", of->encryption},
        {"key", rows->key},     {"key-state", of->name[0] ? rows->key_state : NULL},
        {"health", of->health}, {"what-to-do", of->advice},
        {"id", of->id},
    };
    int rc = evc_table_add_row(rows->out, err);

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]) && !rc; i++)
        rc = evc_table_set(rows->out, row[i].column, row[i].text, err);
    return rc;
}

int
evc_iks_row_add(evc_iks_rows *rows, const evc_iks_status *status, const char *advice,
                evc_error **err)
{
    evc_cluster_state state;
    bool sick;
    int rc;

    evc_cluster_state_init(&state);
    rc = evc_iks_status_tell(status, &state, err);
    sick = state.issues && state.issues->rows > 0;
    if (!advice && sick)
        advice = evc_table_text(state.issues, 0, "what-to-do");
    else if (!advice && !status->enabled)
        advice = "enable the encryption of its Secrets";
    const cells of = {
        .name = status->name[0] ? status->name : status->id,
        .region = status->region,
        .status = evc_cluster_state_text(&state, EVC_CLUSTER_STATUS),
        .encryption = status->enabled ? "own" : "none",
        .health = sick ? status->state : "normal",
        .advice = advice,
        .id = status->id,
    };
    if (!rc)
        rc = put(rows, &of, err);
    evc_cluster_state_reset(&state);
    return rc;
}

int
evc_iks_row_unread(evc_iks_rows *rows, const char *id, const char *name,
                   const evc_error *why, evc_error **err)
{
    const cells of = {
        .name = name,
        .status = why ? evc_error_message(why) : "could not be read",
        .encryption = "unknown",
        .health = "unknown",
        .advice = "look at the cluster with an identity that may read it",
        .id = id,
    };

    rows->partial = true;
    return put(rows, &of, err);
}

int
evc_iks_row_fetch(evc_iks_rows *rows, const char *id, const char *name, evc_error **err)
{
    evc_json_doc *doc = NULL;
    evc_error *failed = NULL;
    evc_iks_status status;
    int rc = evc_iks_fetch(rows->place, id, rows->wait, &doc, &status, &failed);

    if (evc_error_ends_call(rc)) {
        evc_err_add_cause(err, failed);
        return rc;
    }
    rc = rc ? evc_iks_row_unread(rows, id, name, failed, err)
            : evc_iks_row_add(rows, &status, NULL, err);
    evc_error_free(failed);
    evc_json_free(doc);
    return rc;
}

int
evc_iks_row_other(evc_iks_rows *rows, const char *resource, evc_error **err)
{
    const cells of = {.name = resource, .status = "not a cluster", .id = resource};

    return put(rows, &of, err);
}

int
evc_iks_row_gap(evc_iks_rows *rows, const evc_error *why, evc_error **err)
{
    const cells of = {
        .name = "", .advice = why ? evc_error_message(why) : "could not be looked at"};

    rows->partial = true;
    return put(rows, &of, err);
}

bool
evc_iks_row_has(const evc_iks_rows *rows, const char *id)
{
    for (size_t i = 0; i < rows->out->rows; i++) {
        if (strcmp(evc_table_text(rows->out, i, "id"), id) == 0)
            return true;
    }
    return false;
}
