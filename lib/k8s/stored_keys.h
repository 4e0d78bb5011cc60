/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys that stored values are opened and sealed with: those of EncryptionConfiguration, in
 * the arena, and keys of key services in the place of KMS plugins. One thread fills a set;
 * then any number may use it (k8s/stored_open.h).
 *
 * Unwrapped data keys and seeds are kept within the set, by what they were unwrapped from, so
 * that a whole cluster costs one call to the key service for each of them.
 */
#ifndef EVC_K8S_STORED_KEYS_H
#define EVC_K8S_STORED_KEYS_H

#include "k8s/plugin_form.h"
#include "k8s/stored.h"
#include "k8s/stored_cipher.h"
#include "kms/dek_cache.h"

#define EVC_STORED_NAME_MAX 1024u /* bytes of a name; a rule of ours */

typedef struct evc_stored_key {
    evc_stored_provider provider; /* of kms: KMS_V2, and serves v1 too */
    char *name;                   /* NULL = of whatever plugin */
    evc_secret bytes;             /* of aescbc, aesgcm and secretbox */
    evc_kms *kms;                 /* of kms; a reference is held */
    evc_plugin_form form;
    evc_kv context; /* pairs that the plugin gives its key service */
} evc_stored_key;

typedef struct envcrypt_stored_keys {
    evc_crypto *crypto;
    uint64_t generation;
    evc_stored_key *keys;
    size_t count;
    size_t capacity;
    evc_dek_cache *cache;
} evc_stored_keys;

int evc_stored_keys_new(evc_crypto *crypto, evc_stored_keys **out,
                        evc_error **err) EVC_MUST_CHECK;
void evc_stored_keys_free(
    evc_stored_keys *keys); /* NULL is fine; legal in a child of fork */

/*
 * Several keys may have one name: each is tried. The bytes are copied to the arena.
 * ENVCRYPT_E_ARGUMENT: another provider than aescbc, aesgcm, secretbox, or a name that is
 * empty, longer than EVC_STORED_NAME_MAX, or not UTF-8; KEY_SIZE, ARENA_FULL, NOMEM.
 */
int evc_stored_keys_add(evc_stored_keys *keys, evc_stored_provider provider,
                        const char *name, evc_view bytes,
                        evc_error **err) EVC_MUST_CHECK;
/*
 * name NULL = opens values of any plugin. context NULL = none. ARGUMENT also for a key of another
 * client, and a form that is not this key's.
 */
int evc_stored_keys_add_kms(evc_stored_keys *keys, const char *name, const char *form,
                            evc_kms *kms, const evc_kv *context,
                            evc_error **err) EVC_MUST_CHECK;

/* Forgets the keys past count, which were added last. */
void evc_stored_keys_truncate(evc_stored_keys *keys, size_t count);

/* How the values of a provider are encrypted under its keys; of kms v2 by seeds. */
evc_stored_layout evc_stored_layout_of(evc_stored_provider provider);
/* Whether the key is one of the provider. */
bool evc_stored_key_serves(const evc_stored_key *key, evc_stored_provider provider);

#endif
