/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data keys by a 32-byte id, with limits of number, age, messages and bytes. It knows
 * no policy: the layer above computes the id, and checks policy and expected keys on
 * every hit. Any number of threads; one thread makes a key while others that want the
 * same id wait for it (single flight).
 *
 * Keys past their age are wiped when they are looked up, and each look-up wipes a few
 * more of the oldest. In a child of fork the lock is not touched: look-ups give
 * ENVCRYPT_E_FORKED, and freeing leaves the entries where they are.
 */
#ifndef EVC_KMS_DEK_CACHE_H
#define EVC_KMS_DEK_CACHE_H

#include "base/env.h"
#include "base/wait.h"
#include "envcrypt/envelope.h"
#include "kms/dek_table.h"

typedef struct envcrypt_cache evc_dek_cache;

void evc_dek_cache_defaults(struct envcrypt_cache_config *config);

int evc_dek_cache_open(evc_env *env, const struct envcrypt_cache_config *config,
                       evc_dek_cache **out, evc_error **err) EVC_MUST_CHECK;
evc_dek_cache *evc_dek_cache_ref(evc_dek_cache *cache); /* NULL is fine */
void evc_dek_cache_unref(evc_dek_cache *cache);         /* NULL is fine */
/* Wipes all keys; those that are being made now are not kept either. */
void evc_dek_cache_clear(evc_dek_cache *cache);
/* Wipes the key of this id, if there is one: the layer above knows that it is outdated. */
void evc_dek_cache_forget(evc_dek_cache *cache, const uint8_t id[EVC_DEK_CACHE_ID]);
uint64_t evc_dek_cache_count(const evc_dek_cache *cache, int32_t counter);
evc_env *evc_dek_cache_env(const evc_dek_cache *cache);

/*
 * Makes the entry that is missing: fills in key (a new secret) and note, bytes that the
 * layer above keeps with the key (the serialized EDKs; which recipient opened it). Both
 * come empty, and are freed by the cache when this fails. No lock is held.
 */
typedef int (*evc_dek_cache_make)(void *user, evc_wait *wait, evc_secret *key,
                                  evc_buf *note, evc_error **err);

/*
 * Looks the key up or makes it. An entry that the use would push past a limit is dropped
 * and made anew; one that a use fills exactly is used and dropped. key and note are
 * copies for the caller; they are always written, and hold nothing after a failure. A
 * failed make is not kept; of those that wait, one tries next. A key that the cache has
 * no memory for is used and not kept.
 *
 * The errors of make; for those that wait, of evc_wait_sleep; FORKED, NOMEM, ARENA_FULL.
 */
int evc_dek_cache_get(evc_dek_cache *cache, const evc_dek_use *use,
                      evc_dek_cache_make make, void *user, evc_wait *wait,
                      evc_secret *key, evc_buf *note, evc_error **err) EVC_MUST_CHECK;

#endif
