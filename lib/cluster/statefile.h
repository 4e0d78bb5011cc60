/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a change that is under way needs so that another process goes on with it: one file for
 * each cluster, FOLDER/PROVIDER-HASH.json, hash of the cluster's id (doc/format.md). Written
 * whole, synced and moved into place before each request that must not be sent twice; locked
 * while a flow is at work. Mode 0600; it holds no secret. One thread.
 */
#ifndef EVC_CLUSTER_STATEFILE_H
#define EVC_CLUSTER_STATEFILE_H

#include "base/file.h"
#include "cluster/driver.h"

typedef struct evc_cluster_record {
    char cluster[512]; /* id */
    evc_cluster_verb verb;
    evc_cluster_update update;
    int64_t began_ms;
    int64_t
        changed_ms; /* when the change of key was over (option since of Secrets); -1 */
    bool secrets_done;
    bool ended; /* nothing is left to go on with: kept for reports */
    char endangered
        [512]; /* a key that a destructive proof disabled: enable it first; "" */
    int64_t endangered_until_ms; /* enable it at the latest then; -1 */
    int64_t endangered_since_ms;
} evc_cluster_record;

typedef struct evc_statefile evc_statefile;

/*
 * folder is made (0700) when it is missing; NULL = nothing is kept, and every function
 * succeeds. FILE_BUSY: another process works on this cluster; CLUSTER_STATE: the file is
 * damaged, or of another cluster; FILE_…, NO_SPACE, NOMEM. *record: as it stands; found.
 */
int evc_statefile_open(evc_crypto *crypto, const char *folder, const char *scheme,
                       const char *cluster_id, evc_statefile **out,
                       evc_cluster_record *record, bool *found,
                       evc_error **err) EVC_MUST_CHECK;
int evc_statefile_write(evc_statefile *file, const evc_cluster_record *record,
                        evc_error **err) EVC_MUST_CHECK;
const char *evc_statefile_path(const evc_statefile *file);    /* "" without a folder */
const char *evc_statefile_journal(const evc_statefile *file); /* of the Secrets; NULL */
void evc_statefile_close(evc_statefile *file);                /* NULL is fine */

/* The text of a record, and back; pure. CLUSTER_STATE. */
int evc_cluster_record_write(const evc_cluster_record *record, evc_buf *out,
                             evc_error **err) EVC_MUST_CHECK;
int evc_cluster_record_read(evc_view text, evc_cluster_record *out,
                            evc_error **err) EVC_MUST_CHECK;

#endif
