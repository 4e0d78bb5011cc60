/* SPDX-License-Identifier: Apache-2.0 */
/* Which key and version of a store an encrypted data key names. No secrets here. */
#ifndef EVC_KMS_LOCAL_MATCH_H
#define EVC_KMS_LOCAL_MATCH_H

#include "kms/edk.h"
#include "kms/store_data.h"

typedef struct evc_local_match {
    size_t key;     /* index */
    size_t version; /* index; EVC_STORE_NONE: the key has none such yet */
} evc_local_match;

/*
 * Whether the EDK is one of this key: raw AES of namespace = store name and name =
 * NAME/VERSION (wrap), of the foreign namespace and name (imported), or hierarchical
 * with the key's name as branch key id (branch).
 */
bool evc_local_match_key(const evc_store_data *data, size_t key, const evc_edk *edk,
                         evc_local_match *out);
/* The same for any key of the store. */
bool evc_local_match_any(const evc_store_data *data, const evc_edk *edk,
                         evc_local_match *out);
/* How messages and descriptions name a version: "3", or the UUID of a branch key. */
void evc_local_version_text(const evc_store_key *key, size_t version,
                            char out[EVC_UUID_TEXT]);

#endif
