/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of evc_cluster_list_columns for clusters of IBM Cloud Kubernetes Service. */
#ifndef EVC_CLUSTER_IKS_ROW_H
#define EVC_CLUSTER_IKS_ROW_H

#include "cluster/cluster.h"
#include "cluster/iks_status.h"

/* What rows go to. Borrowed. */
typedef struct evc_iks_rows {
    evc_cluster *place;
    evc_wait *wait;
    evc_table *out;
    const char *key; /* full id that is asked for; NULL = none */
    const char *key_state;
    bool partial; /* something could not be looked at */
} evc_iks_rows;

/* advice: what to do, in the place of what the status says; NULL = that. */
int evc_iks_row_add(evc_iks_rows *rows, const evc_iks_status *status,
                    const char *advice, evc_error **err) EVC_MUST_CHECK;
/* Of a cluster that is asked for by its id. One that cannot be read has a row that says so,
 * under the name. The errors are those of the call itself. */
int evc_iks_row_fetch(evc_iks_rows *rows, const char *id, const char *name,
                      evc_error **err) EVC_MUST_CHECK;
/* A row under the name of a cluster that could not be read, with the reason. */
int evc_iks_row_unread(evc_iks_rows *rows, const char *id, const char *name,
                       const evc_error *why, evc_error **err) EVC_MUST_CHECK;
/* A resource that is no cluster. */
int evc_iks_row_other(evc_iks_rows *rows, const char *resource,
                      evc_error **err) EVC_MUST_CHECK;
/* Something else could not be looked at: a row without a name. */
int evc_iks_row_gap(evc_iks_rows *rows, const evc_error *why,
                    evc_error **err) EVC_MUST_CHECK;
/* Whether a cluster has a row. */
bool evc_iks_row_has(const evc_iks_rows *rows, const char *id);

#endif
