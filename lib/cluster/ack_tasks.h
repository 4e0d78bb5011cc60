/* SPDX-License-Identifier: Apache-2.0 */
/* What the service did on a cluster lately ("DescribeClusterTasks"). */
#ifndef EVC_CLUSTER_ACK_TASKS_H
#define EVC_CLUSTER_ACK_TASKS_H

#include "cluster/ack_place.h"
#include "codec/json.h"

typedef struct evc_ack_task {
    char id[96];
    char state[32];
    int64_t updated_ms; /* -1 = not told */
    char code[64];      /* of its error; "" = none */
    char message[160];
} evc_ack_task;

/* The newest: *found false when there is none. Texts are cut, and cleaned of what is not
 * plain. */
int evc_ack_tasks_newest(const evc_ack_site *site, const char *cluster_id,
                         evc_wait *wait, evc_ack_task *out, bool *found,
                         evc_error **err) EVC_MUST_CHECK;
/* Same of an answer. ENVCRYPT_E_JSON. Pure. */
int evc_ack_tasks_read(const evc_json *root, evc_ack_task *out, bool *found,
                       evc_error **err) EVC_MUST_CHECK;
/* "2026-01-31T12:00:00+00:00", or with Z or +08:00; -1 for what is none. */
int64_t evc_ack_tasks_time(const char *text);

#endif
