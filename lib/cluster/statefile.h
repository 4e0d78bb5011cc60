/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a change that is under way needs so that another process goes on with it: one file for
 * each cluster, FOLDER/PROVIDER-HASH.json, hash of the cluster's id (doc/format.md). Written
 * whole, synced and moved into place before each request that must not be sent twice; locked
 * while a flow is at work. Mode 0600; it holds no secret. One thread.
 */
#ifndef EVC_CLUSTER_STATEFILE_H
#define EVC_CLUSTER_STATEFILE_H

#include "cluster/record.h"

typedef struct evc_statefile evc_statefile;

/*
 * folder is made (0700, with those above it) when it is missing; NULL or "" = nothing is
 * kept, and every function succeeds. FILE_BUSY: another process works on this cluster;
 * CLUSTER_STATE: the file is damaged, or of another cluster; FILE_…, NO_SPACE, NOMEM.
 * *record: as it stands, or as initialised; *found.
 */
int evc_statefile_open(evc_crypto *crypto, const char *folder, const char *scheme,
                       const char *cluster_id, evc_statefile **out,
                       evc_cluster_record *record, bool *found,
                       evc_error **err) EVC_MUST_CHECK;
/* The same without lock and without making anything, for those who only tell of it. */
int evc_statefile_peek(evc_crypto *crypto, const char *folder, const char *scheme,
                       const char *cluster_id, evc_cluster_record *record, bool *found,
                       evc_error **err) EVC_MUST_CHECK;
/* Synced and in place when it returns 0; the record before is whole until then. */
int evc_statefile_write(evc_statefile *file, const evc_cluster_record *record,
                        evc_error **err) EVC_MUST_CHECK;
const char *evc_statefile_path(const evc_statefile *file);    /* "" without a folder */
const char *evc_statefile_journal(const evc_statefile *file); /* of the Secrets; NULL */
/* The report, as JSON, in the place of the one before: for people and programs that come
 * later. */
int evc_statefile_report(const evc_statefile *file, evc_view json,
                         evc_error **err) EVC_MUST_CHECK;
/* That report, appended. FILE_NOT_FOUND, also without a folder. */
int evc_statefile_latest(evc_crypto *crypto, const char *folder, const char *scheme,
                         const char *cluster_id, evc_buf *json,
                         evc_error **err) EVC_MUST_CHECK;
void evc_statefile_close(evc_statefile *file); /* NULL is fine */

/* FOLDER/PROVIDER-HASH and an ending: what the files of a cluster are called. */
int evc_statefile_name(evc_crypto *crypto, const char *folder, const char *scheme,
                       const char *cluster_id, const char *ending, char **out,
                       evc_error **err) EVC_MUST_CHECK;

#endif
