/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key service of a local key store: local:///path/store.json?fingerprint=HEX#NAME.
 * A key of kind wrap writes raw-AES EDKs of namespace = store name and name =
 * NAME/VERSION, a branch key hierarchical ones, an imported key raw-AES ones under its
 * foreign namespace and name. Without NAME it opens what any key of the store wrapped.
 */
#ifndef EVC_KMS_LOCAL_H
#define EVC_KMS_LOCAL_H

#include "kms/backend.h"
#include "kms/keystore.h"

extern const evc_backend evc_backend_local;

/* A key of a store that is open; NULL = any key. Errors as envcrypt_keystore_open_key(). */
int evc_local_open_key(const evc_keystore *store, const char *name, evc_kms **out,
                       evc_error **err) EVC_MUST_CHECK;

#endif
