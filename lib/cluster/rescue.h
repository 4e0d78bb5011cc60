/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Enabling a key that a destructive proof disabled (security: nothing else is done before):
 * by the proof itself, by the next call about its cluster, and by who comes after a kill and
 * knows nothing of that cluster (a public envcrypt_cluster_recover()).
 */
#ifndef EVC_CLUSTER_RESCUE_H
#define EVC_CLUSTER_RESCUE_H

#include "cluster/cluster.h"
#include "cluster/dangerfile.h"

#define EVC_RESCUE_LEAST_MS \
    30000 /* IBM: from disabling a key until it may be enabled */
#define EVC_RESCUE_MOST_MS \
    300000                     /* who comes after a kill goes on trying for so long */
#define EVC_RESCUE_REFUSALS 5u /* to the proof itself, that are not believed at once */
#define EVC_RESCUE_LATER_REFUSALS 2u /* same, to who comes after a kill */

/*
 * 0: it is enabled. At the earliest EVC_RESCUE_LEAST_MS after danger->since_ms; trouble that
 * passes is waited out until wait ends, so many refusals are not believed. Every error says
 * loudly that the key is still disabled, and what a person does.
 */
int evc_rescue_enable(evc_cluster *place, const evc_danger *danger, size_t refusals,
                      evc_wait *wait, evc_error **err) EVC_MUST_CHECK;

extern const char *const evc_rescue_columns[]; /* cluster key state detail file */

/*
 * All that stand in a folder; "" and NULL = none. A row each: "enabled"; "disabled", whose error
 * is the result of the first; "busy", another process has it; "unreadable". Of config count the
 * credentials, and the proxy where the record has none. Further errors: NOMEM, FORKED; what ends
 * the wait ends it all.
 */
typedef struct evc_rescue {
    evc_crypto *crypto;
    evc_net *net;
    const evc_cluster_driver *const *drivers;
    const struct envcrypt_cluster_config *config; /* NULL = nothing */
    evc_wait *wait;                               /* NULL = no deadline */
    evc_table *rows;
} evc_rescue;
int evc_rescue_folder(const evc_rescue *rescue, const char *folder,
                      evc_error **err) EVC_MUST_CHECK;

/* Those of one cluster, by its own way to its cloud. told: what was done, or could not be read;
 * one sentence at a time. FILE_BUSY: another process has it. */
typedef void (*evc_rescue_fn)(void *user, const char *told);
int evc_rescue_own(evc_cluster *cluster, const char *folder, evc_wait *wait,
                   evc_rescue_fn told, void *user, evc_error **err) EVC_MUST_CHECK;

#endif
