/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process that goes on with a change must know, and its text (doc/format.md, "State of a
 * change of a cluster"). It holds no secret. Pure.
 */
#ifndef EVC_CLUSTER_RECORD_H
#define EVC_CLUSTER_RECORD_H

#include "base/buf.h"
#include "cluster/driver.h"
#include "crypto/crypto.h"

#define EVC_RECORD_MAX 16384u /* bytes of its text */

typedef struct evc_cluster_record {
    char cluster[512]; /* id */
    evc_cluster_verb verb;
    evc_cluster_update update;
    int64_t began_ms;
    int64_t
        changed_ms; /* when the change of key was over (option since of Secrets); -1 */
    bool secrets_done;
    bool ended; /* nothing is left to go on with: kept for reports */
} evc_cluster_record;

void evc_cluster_record_init(evc_cluster_record *record);
/* Appended. NOMEM, and what a digest can fail with. */
int evc_cluster_record_write(evc_crypto *crypto, const evc_cluster_record *record,
                             evc_buf *out, evc_error **err) EVC_MUST_CHECK;
/* CLUSTER_STATE: the text was changed, cut, or is none of ours; then out is as initialised. */
int evc_cluster_record_read(evc_crypto *crypto, evc_view text, evc_cluster_record *out,
                            evc_error **err) EVC_MUST_CHECK;

#endif
