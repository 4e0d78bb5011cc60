/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a key store file says, in memory; keys are wrapped here too. Shared and counted.
 * It is changed only by the one who made it, before a second reference is taken.
 */
#ifndef EVC_KMS_STORE_DATA_H
#define EVC_KMS_STORE_DATA_H

#include <stdatomic.h>

#include "kms/protector.h"
#include "kms/uuid.h"

#define EVC_STORE_MAX_PROTECTORS 64u /* each may cost an Argon2id to try */
#define EVC_STORE_NAME_MAX 64u
#define EVC_STORE_NAMESPACE_MAX 255u /* bytes of a foreign namespace */
#define EVC_STORE_FOREIGN_MAX 1024u  /* bytes of the name of an imported key */
#define EVC_STORE_MATERIAL_MAX 32    /* bytes of a key */
#define EVC_STORE_NONCE 24
#define EVC_STORE_TAG 16
#define EVC_STORE_NONE SIZE_MAX /* no such key, version or protector */

typedef struct evc_store_version {
    uint32_t number; /* index + 1 */
    int32_t state;   /* ENVCRYPT_KEY_ENABLED, _DISABLED or _DESTROYED */
    int64_t created_ms;
    uint8_t uuid[EVC_UUID_SIZE]; /* of a branch key */
    uint8_t nonce[EVC_STORE_NONCE];
    uint8_t wrapped[EVC_STORE_MATERIAL_MAX + EVC_STORE_TAG];
    size_t wrapped_size; /* 0 = destroyed */
} evc_store_version;

typedef struct evc_store_key {
    char *name;
    int32_t kind; /* ENVCRYPT_KIND_… */
    /* Imported: what messages call it, and whether it also wraps. */
    char *name_space;
    char *key_name;
    bool writes;
    evc_store_version *versions;
    size_t count;
} evc_store_key;

typedef struct evc_store_data {
    atomic_size_t refs;
    uint8_t id[EVC_STORE_ID];
    char *name;
    int64_t created_ms;
    evc_protector *protectors;
    size_t protector_count;
    evc_store_key *keys;
    size_t key_count;
} evc_store_data;

int evc_store_data_new(const uint8_t id[EVC_STORE_ID], const char *name,
                       int64_t created_ms, evc_store_data **out,
                       evc_error **err) EVC_MUST_CHECK;
evc_store_data *evc_store_data_ref(evc_store_data *data); /* NULL is fine, also below */
void evc_store_data_unref(evc_store_data *data);

/* Room for that many more, at the end; empty. NULL when memory is out. */
evc_protector *evc_store_data_add_protector(evc_store_data *data, int32_t type);
void evc_store_data_remove_protector(evc_store_data *data, size_t index);
evc_store_key *evc_store_data_add_key(evc_store_data *data, const char *name,
                                      int32_t kind);
evc_store_version *evc_store_key_add_version(evc_store_key *key);

/* EVC_STORE_NONE when there is none. */
size_t evc_store_data_find_key(const evc_store_data *data, evc_view name);
size_t evc_store_data_find_protector(const evc_store_data *data,
                                     const uint8_t id[EVC_PROTECTOR_ID]);
/* The version that wraps: the newest enabled one. */
size_t evc_store_key_current(const evc_store_key *key);

/* 1 to 64 of [a-z0-9._-]; a store's name is not a reserved provider id either. */
bool evc_store_is_name(evc_view name);
bool evc_store_is_store_name(evc_view name);
/* Whether a key may be imported under it: a provider id of messages, not ours. */
bool evc_store_is_foreign(evc_view name_space, evc_view key_name);

#endif
