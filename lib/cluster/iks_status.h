/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What GET /v2/getCluster says of a cluster (cluster-apis 4.2, 4.5; "Cluster states"). Some
 * clusters have members at the top that others have in lifecycle, features and
 * serviceEndpoints; both are read. Pure.
 */
#ifndef EVC_CLUSTER_IKS_STATUS_H
#define EVC_CLUSTER_IKS_STATUS_H

#include "cluster/state.h"
#include "codec/json.h"

/* Borrowed from the document; "" where nothing is said. */
typedef struct evc_iks_status {
    const char *id;
    const char *name;
    const char *crn;
    const char *region;
    const char *group; /* id of the resource group */
    const char *provider;
    const char *version;
    const char *server;
    const char *state;
    const char *master_state;
    const char *master_health;
    const char *master_status;
    const char *changed; /* when the master's status changed last, in its own form */
    bool enabled;        /* features.keyProtectEnabled */
} evc_iks_status;

/* PROTOCOL: there is no id, or a member is of another type. */
int evc_iks_status_read(const evc_json *root, evc_iks_status *out,
                        evc_error **err) EVC_MUST_CHECK;

/* Whether a word of lower-case letters stands in a text, whatever the case there. */
bool evc_iks_has(const char *text, const char *word);
/* When the master's status changed last, which has no documented form; -1 = in another one
 * than "2026-01-31T12:00:00" with what follows. */
int64_t evc_iks_status_changed_ms(const evc_iks_status *status);
/* Deployed, normal, and its status begins "Ready" (the command line adds how long ago). */
bool evc_iks_status_is_ready(const evc_iks_status *status);
/* Why a change of its master ended badly, in words; NULL = it did not. */
const char *evc_iks_status_failure(const evc_iks_status *status);
/* Everything that the flow wants to know; out was initialised. */
int evc_iks_status_tell(const evc_iks_status *status, evc_cluster_state *out,
                        evc_error **err) EVC_MUST_CHECK;

#endif
