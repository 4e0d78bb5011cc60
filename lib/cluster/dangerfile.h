/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of a key in danger: FOLDER/PROVIDER-HASH.endangered, the hash that of the cluster's id
 * as in the name of its state file. It stands from before the key is disabled until it is enabled,
 * written whole and synced with its folder; its lock is held by the destructive proof, and by who
 * enables the key after it, so that neither is disturbed. Mode 0600. One thread.
 */
#ifndef EVC_CLUSTER_DANGERFILE_H
#define EVC_CLUSTER_DANGERFILE_H

#include "base/dir.h"
#include "cluster/danger.h"

typedef struct evc_dangerfile evc_dangerfile;

/* For a proof that begins; the folder is made where it is missing. FILE_BUSY: another one is at
 * work; CLUSTER_STATE: one stands, which nobody has seen to; FILE_…, NO_SPACE, NOMEM. */
int evc_dangerfile_open(evc_crypto *crypto, const char *folder, const char *scheme,
                        const char *cluster_id, evc_dangerfile **out,
                        evc_error **err) EVC_MUST_CHECK;
/* One that stands. FILE_BUSY: a proof is at work, or somebody who enables the key; FILE_NOT_FOUND:
 * that is done by now; CLUSTER_STATE: it is damaged, or none of ours; FILE_…, NOMEM. */
int evc_dangerfile_take(evc_crypto *crypto, const char *path, evc_dangerfile **out,
                        evc_danger *danger, evc_error **err) EVC_MUST_CHECK;
/* The same without its lock, for who asks whose it is. */
int evc_dangerfile_peek(evc_crypto *crypto, const char *path, evc_danger *danger,
                        evc_error **err) EVC_MUST_CHECK;
/* In place, and on disk, when it returns 0. */
int evc_dangerfile_write(const evc_dangerfile *file, const evc_danger *danger,
                         evc_error **err) EVC_MUST_CHECK;
int evc_dangerfile_remove(const evc_dangerfile *file, evc_error **err) EVC_MUST_CHECK;
const char *evc_dangerfile_path(const evc_dangerfile *file);
void evc_dangerfile_close(evc_dangerfile *file); /* NULL is fine */

/* Each that stands in a folder. */
int evc_dangerfile_each(const char *folder, evc_dir_fn fn, void *user,
                        evc_error **err) EVC_MUST_CHECK;

#endif
