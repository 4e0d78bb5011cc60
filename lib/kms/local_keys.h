/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The unwrapped key versions that a handle of a key store used last, in the arena, and
 * where the wraps of its versions are counted. Any number of threads; the mutex is held
 * for an unwrap of 32 bytes at most.
 */
#ifndef EVC_KMS_LOCAL_KEYS_H
#define EVC_KMS_LOCAL_KEYS_H

#include "kms/store_keys.h"
#include "kms/wrap_counts.h"

#define EVC_LOCAL_KEYS 16 /* versions that are kept unwrapped */

typedef struct evc_local_keys evc_local_keys;

int evc_local_keys_open(evc_local_keys **out, evc_error **err) EVC_MUST_CHECK;
void evc_local_keys_close(evc_local_keys *kept); /* NULL is fine; legal in a child */

/*
 * The key of a version that is not destroyed: a new secret. Another state of the store
 * than in the call before makes it forget all keys, so that one that was destroyed in
 * the file does not live on here. The store was verified, so a version that does not
 * unwrap is ENVCRYPT_E_STORE_MAC. ARENA_…, NOMEM.
 */
int evc_local_keys_get(evc_local_keys *kept, const evc_store_keys *keys,
                       evc_store_data *store, size_t key, size_t version,
                       evc_secret *out, evc_error **err) EVC_MUST_CHECK;
/*
 * Counts one more wrap by a version of the one key that a handle wraps with.
 * ENVCRYPT_E_KEY_EXHAUSTED, NOMEM.
 */
int evc_local_keys_count_wrap(evc_local_keys *kept, const evc_store_data *store,
                              const char *name, uint32_t version,
                              evc_error **err) EVC_MUST_CHECK;

#endif
