/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which keys a cluster has had, as far as changes from here know, in the order of their use:
 * FOLDER/PROVIDER-HASH.keys beside its state file (doc/format.md). A provider that takes no
 * former key again (R17) need not tell which ones those are. Whoever writes holds the state
 * file's lock. A folder NULL or "" keeps nothing, and has nothing.
 */
#ifndef EVC_CLUSTER_FORMER_H
#define EVC_CLUSTER_FORMER_H

#include <stdbool.h>

#include "crypto/crypto.h"

#define EVC_FORMER_KEYS 100u /* that are kept, the latest ones */

/* The key is used from now on; one that stands there already stays where it is. The folder
 * stands. CLUSTER_STATE: the file is none of ours; FILE_…, NO_SPACE, NOMEM. */
int evc_former_add(evc_crypto *crypto, const char *folder, const char *scheme,
                   const char *cluster_id, const char *key,
                   evc_error **err) EVC_MUST_CHECK;
/* *out: the key was used, and another one after it. Same errors; no file is no error. */
int evc_former_has(evc_crypto *crypto, const char *folder, const char *scheme,
                   const char *cluster_id, const char *key, bool *out,
                   evc_error **err) EVC_MUST_CHECK;

#endif
