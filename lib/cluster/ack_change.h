/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing the encryption of a cluster of ACK, and waiting for it (cluster-apis 5.3;
 * "UpdateKMSEncryption", API 2015-12-15: the state is updating until the change is over, and
 * five minutes must pass before the next one). There are no tokens and no ids of changes: what
 * was sent is found again in the cluster's state.
 */
#ifndef EVC_CLUSTER_ACK_CHANGE_H
#define EVC_CLUSTER_ACK_CHANGE_H

#include "cluster/ack_detail.h"
#include "cluster/cluster.h"

#define EVC_ACK_COOL_DOWN_MS INT64_C(300000)
#define EVC_ACK_GRACE_MS \
    INT64_C(120000) /* in which a change that was accepted must be seen to begin */

/* JSON of the request; a DISABLE names no key. NOMEM. Pure. */
int evc_ack_change_write(const evc_cluster_job *job, evc_buf *out,
                         evc_error **err) EVC_MUST_CHECK;
/* The id of the key that is wanted; NULL = none: encryption is to be off. Pure. */
const char *evc_ack_change_wants(const evc_cluster_job *job);
/*
 * What a look at the cluster tells of a change that was or may have been sent: sets phase and
 * detail, of a failure without its reason. wanted as above. A change in SENT that was not
 * seen to begin in EVC_ACK_GRACE_MS was not sent, and becomes NONE. Pure.
 */
void evc_ack_change_judge(const evc_ack_detail *detail, const char *wanted,
                          int64_t now_ms, evc_cluster_update *update);

/* ENABLE, CHANGE_KEY, DISABLE. Functions of the driver, by their verbs. A call of begin with
 * SENT sends nothing until the grace is over, and may leave SENT: call it again. */
int evc_ack_change_begin(evc_cluster *cluster, const evc_cluster_job *job,
                         evc_cluster_update *update, evc_wait *wait,
                         evc_error **err) EVC_MUST_CHECK;
int evc_ack_change_poll(evc_cluster *cluster, const evc_cluster_job *job,
                        evc_cluster_update *update, evc_wait *wait,
                        evc_error **err) EVC_MUST_CHECK;

/* Of a change that failed: adds the error of the newest task to detail, where it can be
 * had. */
void evc_ack_change_explain(const evc_cluster *cluster, const char *id, evc_wait *wait,
                            evc_cluster_update *update);

#endif
