/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/driver.h"

const char *const evc_cluster_list_columns[] = {
    "name",      "region", "status",     "encryption", "key",
    "key-state", "health", "what-to-do", "id",         NULL};
const char *const evc_cluster_key_columns[] = {"id",    "aliases", "arn",     "region",
                                               "state", "usable",  "why-not", NULL};
const char *const evc_cluster_permission_columns[] = {
    "permission", "on", "needed-for", "has", "detail", NULL};

static const char *const verb_names[] = {
    [EVC_VERB_CREATE] = "create",     [EVC_VERB_ENABLE] = "enable",
    [EVC_VERB_CHANGE_KEY] = "rotate", [EVC_VERB_ROTATE] = "rotate",
    [EVC_VERB_DISABLE] = "disable",   [EVC_VERB_REENCRYPT] = "reencrypt",
    [EVC_VERB_VERIFY] = "verify",
};

const char *
evc_cluster_verb_name(evc_cluster_verb verb)
{
    return verb_names[verb];
}

bool
evc_cluster_verb_needs_key(evc_cluster_verb verb)
{
    return verb == EVC_VERB_CREATE || verb == EVC_VERB_ENABLE ||
           verb == EVC_VERB_CHANGE_KEY;
}
