/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/store_edit.h"

#include <inttypes.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "kms/uuid.h"

int64_t
evc_store_now_ms(const evc_crypto *crypto)
{
    int64_t now = evc_clock_wall_ms(&evc_crypto_env(crypto)->clock);

    return now - now % 1000;
}

static int
key_exists(const char *name, const char *why, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_KEY_EXISTS, "cannot add the key %s: %s", name, why);
}

static int
check_name(const evc_store_data *data, const char *name, evc_error **err)
{
    char shown[EVC_SHOWN];

    evc_encode_shown(evc_view_text(name), shown);
    if (!evc_store_is_name(evc_view_text(name)))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "\"%s\" cannot name a key: take 1 to 64 of a-z, 0-9, \".\", "
                       "\"_\" and \"-\"",
                       shown);
    if (evc_store_data_find_key(data, evc_view_text(name)) != EVC_STORE_NONE)
        return key_exists(name, "the key store has one of this name", err);
    return 0;
}

/*
 * Whether messages could name a version of the wrap key `name` of this store by this
 * identity: namespace = store name, name = NAME/VERSION. All versions count, also
 * those that are yet to come.
 */
static bool
is_identity_of(const evc_store_data *data, const char *name, evc_view name_space,
               evc_view key_name)
{
    return evc_view_is_text(name_space, data->name) &&
           evc_view_starts_with(key_name, name) && key_name.size > strlen(name) &&
           key_name.data[strlen(name)] == '/';
}

static int
check_own_identity(const evc_store_data *data, const char *name, evc_error **err)
{
    for (size_t i = 0; i < data->key_count; i++) {
        const evc_store_key *key = &data->keys[i];

        if (key->kind == ENVCRYPT_KIND_IMPORTED &&
            is_identity_of(data, name, evc_view_text(key->name_space),
                           evc_view_text(key->key_name)))
            return key_exists(name, "an imported key has the identity of its versions",
                              err);
    }
    return 0;
}

static int
check_foreign_identity(const evc_store_data *data, const evc_store_import *import,
                       evc_error **err)
{
    evc_view name_space = evc_view_text(import->name_space);
    evc_view key_name = evc_view_text(import->key_name);

    for (size_t i = 0; i < data->key_count; i++) {
        const evc_store_key *key = &data->keys[i];

        if (key->kind == ENVCRYPT_KIND_IMPORTED &&
            evc_view_is_text(name_space, key->name_space) &&
            evc_view_is_text(key_name, key->key_name))
            return key_exists(import->name,
                              "an imported key has this namespace and name", err);
        if (key->kind == ENVCRYPT_KIND_WRAP &&
            is_identity_of(data, key->name, name_space, key_name))
            return key_exists(import->name,
                              "this namespace and name belong to a key of the store",
                              err);
    }
    return 0;
}

/* A random UUID: version 4 of RFC 9562. */
static void
make_uuid(uint8_t uuid[EVC_UUID_SIZE])
{
    evc_random_public(uuid, EVC_UUID_SIZE);
    uuid[6] = (uint8_t)(0x40 | (uuid[6] & 0x0f));
    uuid[8] = (uint8_t)(0x80 | (uuid[8] & 0x3f));
}

/* A version with new random material. */
static int
add_version(const evc_store_keys *keys, evc_store_data *data, evc_store_key *key,
            evc_error **err)
{
    evc_store_version *version = evc_store_key_add_version(key);
    evc_secret material;
    int rc;

    if (!version)
        return evc_err_nomem(err);
    version->created_ms = evc_store_now_ms(keys->crypto);
    if (key->kind == ENVCRYPT_KIND_BRANCH)
        make_uuid(version->uuid);
    rc = evc_secret_new(evc_crypto_env(keys->crypto)->arena, EVC_STORE_MATERIAL_MAX,
                        &material, err);
    if (rc)
        return rc;
    rc = evc_random_key(keys->crypto, material.bytes, material.size, err);
    if (!rc)
        rc = evc_store_keys_wrap(
            keys, data, key, evc_view_of(material.bytes, material.size), version, err);
    evc_secret_free(&material);
    return rc;
}

int
evc_store_add_key(const evc_store_keys *keys, evc_store_data *data, const char *name,
                  int32_t kind, evc_error **err)
{
    evc_store_key *key;
    int rc;

    if (kind != ENVCRYPT_KIND_WRAP && kind != ENVCRYPT_KIND_BRANCH)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a new key is of kind wrap or branch, not %" PRId32, kind);
    rc = check_name(data, name, err);
    if (!rc && kind == ENVCRYPT_KIND_WRAP)
        rc = check_own_identity(data, name, err);
    if (rc)
        return rc;
    key = evc_store_data_add_key(data, name, kind);
    return key ? add_version(keys, data, key, err) : evc_err_nomem(err);
}

static int
check_import(const evc_store_data *data, const evc_store_import *import,
             evc_error **err)
{
    int rc = check_name(data, import->name, err);

    if (rc)
        return rc;
    if (!evc_store_is_foreign(evc_view_text(import->name_space),
                              evc_view_text(import->key_name)))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the key %s has a namespace or name that no imported key may "
                       "have: both are UTF-8 of 1 to %u and %u bytes, and a namespace "
                       "does not begin with \"aws-kms\" or \"envcrypt-\"",
                       import->name, EVC_STORE_NAMESPACE_MAX, EVC_STORE_FOREIGN_MAX);
    if (import->material.size != 16 && import->material.size != 24 &&
        import->material.size != 32)
        return evc_err(err, ENVCRYPT_E_KEY_SIZE,
                       "an AES key has 16, 24 or 32 bytes, not %zu",
                       import->material.size);
    if (evc_mem_is_zero(import->material.data, import->material.size))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the key %s is all zero bytes, so it was lost or never made; "
                       "import the real one",
                       import->name);
    return check_foreign_identity(data, import, err);
}

int
evc_store_import_key(const evc_store_keys *keys, evc_store_data *data,
                     const evc_store_import *import, evc_error **err)
{
    evc_store_version *version;
    evc_store_key *key;
    int rc = check_import(data, import, err);

    if (rc)
        return rc;
    key = evc_store_data_add_key(data, import->name, ENVCRYPT_KIND_IMPORTED);
    if (!key)
        return evc_err_nomem(err);
    key->name_space = evc_mem_strdup(import->name_space);
    key->key_name = evc_mem_strdup(import->key_name);
    key->writes = import->writes;
    version = evc_store_key_add_version(key);
    if (!key->name_space || !key->key_name || !version)
        return evc_err_nomem(err);
    version->created_ms = evc_store_now_ms(keys->crypto);
    return evc_store_keys_wrap(keys, data, key, import->material, version, err);
}

static int
find_key(evc_store_data *data, const char *name, evc_store_key **out, evc_error **err)
{
    size_t at = evc_store_data_find_key(data, evc_view_text(name));
    char shown[EVC_SHOWN];

    if (at != EVC_STORE_NONE) {
        *out = &data->keys[at];
        return 0;
    }
    evc_encode_shown(evc_view_text(name), shown);
    return evc_err(err, ENVCRYPT_E_KEY_NOT_FOUND,
                   "the key store %s has no key \"%s\"; list the key store to see its "
                   "keys",
                   data->name, shown);
}

int
evc_store_rotate_key(const evc_store_keys *keys, evc_store_data *data, const char *name,
                     uint32_t *version, evc_error **err)
{
    evc_store_key *key = NULL;
    int rc = find_key(data, name, &key, err);

    if (!rc && key->kind == ENVCRYPT_KIND_IMPORTED)
        rc = evc_err(err, ENVCRYPT_E_KEY_KIND,
                     "the key %s was imported and cannot be rotated; add a key of the "
                     "store's own and rewrap to it",
                     name);
    if (!rc)
        rc = add_version(keys, data, key, err);
    if (!rc)
        *version = (uint32_t)key->count;
    return rc;
}

static int
find_version(evc_store_data *data, const char *name, uint32_t number,
             evc_store_version **out, evc_error **err)
{
    evc_store_key *key = NULL;
    int rc = find_key(data, name, &key, err);

    if (rc)
        return rc;
    if (number < 1 || number > key->count)
        return evc_err(err, ENVCRYPT_E_KEY_NOT_FOUND,
                       "the key %s has no version %" PRIu32 "; its newest is %zu", name,
                       number, key->count);
    *out = &key->versions[number - 1];
    if ((*out)->state == ENVCRYPT_KEY_DESTROYED)
        return evc_err(err, ENVCRYPT_E_KEY_DESTROYED,
                       "version %" PRIu32 " of the key %s was destroyed and stays so",
                       number, name);
    return 0;
}

int
evc_store_set_enabled(evc_store_data *data, const char *name, uint32_t version,
                      bool enabled, evc_error **err)
{
    evc_store_version *found = NULL;
    int rc = find_version(data, name, version, &found, err);

    if (!rc)
        found->state = enabled ? ENVCRYPT_KEY_ENABLED : ENVCRYPT_KEY_DISABLED;
    return rc;
}

int
evc_store_destroy_version(evc_store_data *data, const char *name, uint32_t version,
                          evc_error **err)
{
    evc_store_version *found = NULL;
    int rc = find_version(data, name, version, &found, err);

    if (rc)
        return rc;
    found->state = ENVCRYPT_KEY_DESTROYED;
    evc_mem_wipe(found->nonce, sizeof found->nonce);
    evc_mem_wipe(found->wrapped, sizeof found->wrapped);
    found->wrapped_size = 0;
    return 0;
}
