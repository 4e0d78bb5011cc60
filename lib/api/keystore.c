/* SPDX-License-Identifier: Apache-2.0 */
#include "api/keystore.h"

#include <string.h>

#include "api/client.h"
#include "base/fork.h"
#include "kms/keystore_list.h"
#include "kms/local.h"

int
evc_keystore_check_call(const envcrypt_keystore *store, bool given, evc_error **err)
{
    evc_err_clear(err);
    if (!store)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the key store is NULL; open one first");
    if (!given)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "an argument that must be given for the key store %s is NULL",
                       store->path);
    return evc_fork_check(store->generation, "key store", err);
}

/* --- open and close --- */

static int
begin_open(const envcrypt_client *client, bool given, envcrypt_keystore **out,
           envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    rc = evc_client_check(client, err);
    if (rc == 0 && (!out || !given))
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "a key store cannot be opened: out or another argument that must "
                     "be given is NULL");
    return rc;
}

int
envcrypt_keystore_create(envcrypt_client *client, const char *path,
                         const char *store_name, const envcrypt_protectors *protectors,
                         envcrypt_wait *wait, envcrypt_keystore **out,
                         envcrypt_error **err)
{
    int rc = begin_open(client, path && store_name && protectors, out, err);

    if (rc != 0)
        return rc;
    return evc_keystore_create(client->crypto, path, store_name, protectors, wait, out,
                               err);
}

int
envcrypt_keystore_open(envcrypt_client *client, const char *path,
                       const envcrypt_protectors *protectors, const char *fingerprint,
                       envcrypt_wait *wait, envcrypt_keystore **out,
                       envcrypt_error **err)
{
    evc_keystore_key by = {.protectors = protectors, .fingerprint = fingerprint};
    int rc = begin_open(client, path != NULL, out, err);

    if (rc != 0)
        return rc;
    return evc_keystore_open(client->crypto, path, &by, wait, out, err);
}

void
envcrypt_keystore_close(envcrypt_keystore *store)
{
    evc_keystore_close(store);
}

int
envcrypt_keystore_open_key(envcrypt_keystore *store, const char *name,
                           envcrypt_kms **out, envcrypt_error **err)
{
    int rc;

    if (out)
        *out = NULL;
    rc = evc_keystore_check_call(store, out != NULL, err);
    return rc == 0 ? evc_local_open_key(store, name, out, err) : rc;
}

/* --- what it is --- */

int32_t
envcrypt_keystore_is_verified(const envcrypt_keystore *store)
{
    return store && store->access;
}

int32_t
envcrypt_keystore_is_authenticated(const envcrypt_keystore *store)
{
    return store && store->authenticated;
}

const char *
envcrypt_keystore_fingerprint(const envcrypt_keystore *store)
{
    return store && store->access ? store->fingerprint : NULL;
}

const char *
envcrypt_keystore_name(const envcrypt_keystore *store)
{
    return store ? store->data->name : NULL;
}

/* --- its keys --- */

size_t
envcrypt_keystore_keys(const envcrypt_keystore *store)
{
    return store ? store->data->key_count : 0;
}

static const evc_store_key *
key_at(const envcrypt_keystore *store, size_t key)
{
    return store && key < store->data->key_count ? &store->data->keys[key] : NULL;
}

static const evc_store_version *
version_at(const envcrypt_keystore *store, size_t key, size_t version)
{
    const evc_store_key *of = key_at(store, key);

    return of && version < of->count ? &of->versions[version] : NULL;
}

const char *
envcrypt_keystore_key_name(const envcrypt_keystore *store, size_t key)
{
    const evc_store_key *of = key_at(store, key);

    return of ? of->name : NULL;
}

int32_t
envcrypt_keystore_key_kind(const envcrypt_keystore *store, size_t key)
{
    const evc_store_key *of = key_at(store, key);

    return of ? of->kind : 0;
}

size_t
envcrypt_keystore_versions(const envcrypt_keystore *store, size_t key)
{
    const evc_store_key *of = key_at(store, key);

    return of ? of->count : 0;
}

uint32_t
envcrypt_keystore_version_number(const envcrypt_keystore *store, size_t key,
                                 size_t version)
{
    const evc_store_version *of = version_at(store, key, version);

    return of ? of->number : 0;
}

int32_t
envcrypt_keystore_version_state(const envcrypt_keystore *store, size_t key,
                                size_t version)
{
    const evc_store_version *of = version_at(store, key, version);

    return of ? of->state : ENVCRYPT_KEY_UNKNOWN;
}

int64_t
envcrypt_keystore_version_created_ms(const envcrypt_keystore *store, size_t key,
                                     size_t version)
{
    const evc_store_version *of = version_at(store, key, version);

    return of ? of->created_ms : -1;
}

int32_t
envcrypt_keystore_version_is_current(const envcrypt_keystore *store, size_t key,
                                     size_t version)
{
    const evc_store_key *of = key_at(store, key);

    return of && version < of->count && version == evc_store_key_current(of);
}

/* --- its protectors --- */

size_t
envcrypt_keystore_protectors(const envcrypt_keystore *store)
{
    return store ? store->data->protector_count : 0;
}

static const evc_protector *
protector_at(const envcrypt_keystore *store, size_t protector)
{
    return store && protector < store->data->protector_count
               ? &store->data->protectors[protector]
               : NULL;
}

const char *
envcrypt_keystore_protector_id(const envcrypt_keystore *store, size_t protector)
{
    const evc_protector *of = protector_at(store, protector);

    return of ? of->id_text : NULL;
}

int32_t
envcrypt_keystore_protector_type(const envcrypt_keystore *store, size_t protector)
{
    const evc_protector *of = protector_at(store, protector);

    return of ? of->type : 0;
}

int32_t
envcrypt_keystore_protector_opened(const envcrypt_keystore *store, size_t protector)
{
    const evc_protector *of = protector_at(store, protector);

    return of && store->opened && memcmp(of->id, store->opened_by, sizeof(of->id)) == 0;
}

const char *
envcrypt_keystore_protector_provider(const envcrypt_keystore *store, size_t protector)
{
    const evc_protector *of = protector_at(store, protector);

    return of ? of->provider : NULL;
}

const char *
envcrypt_keystore_protector_key_id(const envcrypt_keystore *store, size_t protector)
{
    const evc_protector *of = protector_at(store, protector);

    return of ? of->key_id : NULL;
}

int
envcrypt_keystore_to_json(const envcrypt_keystore *store, envcrypt_buffer **out,
                          envcrypt_error **err)
{
    evc_buf text;
    int rc;

    if (out)
        *out = NULL;
    rc = evc_keystore_check_call(store, out != NULL, err);
    if (rc != 0)
        return rc;
    evc_buf_init(&text);
    rc = evc_keystore_list(store, &text, err);
    if (rc == 0)
        rc = evc_buf_publish(&text, out, err);
    evc_buf_reset(&text);
    return rc;
}
