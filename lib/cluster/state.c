/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/state.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static const char *const names[EVC_CLUSTER_TEXTS] = {
    "name",   "id",  "region",    "account", "version", "kind",
    "status", "key", "key-given", "server",  "ca",      "mark"};

static const char *const issue_columns[] = {"code", "message", "what-to-do",
                                            "about-key", NULL};

const char *
evc_cluster_text_name(evc_cluster_text text)
{
    return names[text];
}

void
evc_cluster_state_init(evc_cluster_state *state)
{
    *state = (evc_cluster_state){.phase = EVC_CLUSTER_STEADY};
}

void
evc_cluster_state_reset(evc_cluster_state *state)
{
    if (!state)
        return;
    for (size_t i = 0; i < EVC_CLUSTER_TEXTS; i++)
        evc_mem_free(state->texts[i]);
    evc_table_free(state->issues);
    evc_cluster_state_init(state);
}

int
evc_cluster_state_set(evc_cluster_state *state, evc_cluster_text which,
                      const char *text, evc_error **err)
{
    return evc_text_set(&state->texts[which], text && text[0] ? text : NULL, err);
}

const char *
evc_cluster_state_text(const evc_cluster_state *state, evc_cluster_text which)
{
    return state->texts[which] ? state->texts[which] : "";
}

int
evc_cluster_state_issue(evc_cluster_state *state, const char *code, const char *message,
                        const char *advice, bool about_key, evc_error **err)
{
    int rc = 0;

    if (!state->issues)
        rc = evc_table_new(issue_columns, &state->issues, err);
    if (rc == 0)
        rc = evc_table_add_row(state->issues, err);
    if (rc == 0)
        rc = evc_table_set(state->issues, "code", code, err);
    if (rc == 0)
        rc = evc_table_set(state->issues, "message", message, err);
    if (rc == 0)
        rc = evc_table_set(state->issues, "what-to-do", advice, err);
    if (rc == 0)
        rc = evc_table_set(state->issues, "about-key", about_key ? "yes" : "no", err);
    return rc;
}

bool
evc_cluster_state_is_sick(const evc_cluster_state *state)
{
    for (size_t i = 0; state->issues && i < state->issues->rows; i++) {
        const char *about = evc_table_cell(state->issues, i, 3);

        if (about && strcmp(about, "yes") == 0)
            return true;
    }
    return false;
}
