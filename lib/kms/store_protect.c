/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/store_protect.h"

#include "base/encode.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "kms/protector_types.h"
#include "kms/store_edit.h"
#include "kms/unlock.h"

static evc_protector_scope
scope_of(const evc_store_keys *keys)
{
    return (evc_protector_scope){.crypto = keys->crypto, .store_id = keys->store_id};
}

static int
add_protector(const evc_store_keys *keys, evc_store_data *data,
              const evc_protectors *list, const evc_presented *item, evc_error **err)
{
    const evc_protector_type *type = evc_protector_types_find(item->type);
    evc_protector_scope scope = scope_of(keys);
    evc_protector *to = evc_store_data_add_protector(data, item->type);
    uint8_t id[EVC_PROTECTOR_ID];
    int rc;

    if (!to)
        return evc_err_nomem(err);
    evc_random_public(id, sizeof id);
    evc_protector_set_id(to, id);
    to->created_ms = evc_store_now_ms(keys->crypto);
    rc = type->begin(list, item, to, err);
    return rc ? rc : type->wrap(&scope, item, evc_store_keys_s(keys), to, err);
}

int
evc_store_add_protectors(const evc_store_keys *keys, evc_store_data *data,
                         const evc_protectors *list, evc_wait *wait, evc_error **err)
{
    int rc = evc_protectors_check(list, err);

    if (rc)
        return rc;
    if (data->protector_count + list->count > EVC_STORE_MAX_PROTECTORS)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a key store has at most %u protectors; remove some first",
                       EVC_STORE_MAX_PROTECTORS);
    for (size_t i = 0; !rc && i < list->count; i++) {
        rc = add_protector(keys, data, list, &list->items[i], err);
        if (!rc && i + 1 < list->count)
            rc = evc_wait_check(wait, err);
    }
    return rc;
}

static int
drop_one(evc_store_data *data, evc_view id_text, evc_error **err)
{
    uint8_t id[EVC_PROTECTOR_ID];
    char shown[EVC_SHOWN];
    size_t at;

    evc_encode_shown(id_text, shown);
    if (evc_decode_hex(id_text, id, sizeof id, err))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "\"%s\" is not the id of a protector, which is 16 hex digits; "
                       "list the key store to see them",
                       shown);
    at = evc_store_data_find_protector(data, id);
    if (at == EVC_STORE_NONE)
        return evc_err(err, ENVCRYPT_E_KEY_NOT_FOUND,
                       "the key store %s has no protector %s; list the key store to "
                       "see those that it has",
                       data->name, shown);
    evc_store_data_remove_protector(data, at);
    return 0;
}

int
evc_store_drop_protectors(evc_store_data *data, const char *ids, evc_error **err)
{
    evc_view all = evc_view_text(ids);
    size_t from = 0;
    int rc = 0;

    for (size_t at = 0; !rc && all.size > 0 && at <= all.size; at++) {
        if (at < all.size && all.data[at] != ',')
            continue;
        rc = drop_one(data, evc_view_of(&all.data[from], at - from), err);
        from = at + 1;
    }
    return rc;
}

/* Which of present opens a protector that stays. */
static int
find_present(const evc_store_keys *keys, const evc_protector *of,
             const evc_protectors *present, evc_wait *wait, const evc_presented **out,
             evc_error **err)
{
    evc_protector_scope scope = scope_of(keys);
    evc_secret s;
    int rc = EVC_NOT_AUTHENTIC;

    if (present)
        rc = evc_unlock_protector(&scope, of, present, wait, &s, out, err);
    if (!rc) {
        if (!evc_mem_equal_secret(s.bytes, evc_store_keys_s(keys).data, EVC_STORE_KEY))
            rc = EVC_NOT_AUTHENTIC;
        evc_secret_free(&s);
    }
    if (rc != EVC_NOT_AUTHENTIC)
        return rc;
    return evc_err(err, ENVCRYPT_E_STORE_PROTECTOR,
                   "protector %s (%s) stays, and nothing that was presented opens it; "
                   "present it or drop it too",
                   of->id_text, evc_protector_types_find(of->type)->name);
}

static int
rewrap_protector(const evc_store_keys *keys, const evc_store_keys *next,
                 evc_protector *protector, const evc_protectors *present,
                 evc_wait *wait, evc_error **err)
{
    const evc_protector_type *type = evc_protector_types_find(protector->type);
    evc_protector_scope scope = scope_of(next);
    const evc_presented *with = NULL;
    int rc = 0;

    if (!type->public_half)
        rc = find_present(keys, protector, present, wait, &with, err);
    return rc ? rc : type->wrap(&scope, with, evc_store_keys_s(next), protector, err);
}

static int
rewrap_version(const evc_store_keys *keys, const evc_store_keys *next,
               const evc_store_data *data, const evc_store_key *key,
               evc_store_version *version, evc_error **err)
{
    evc_secret material;
    int rc;

    if (version->state == ENVCRYPT_KEY_DESTROYED)
        return 0;
    rc = evc_store_keys_unwrap(keys, data, key, version, &material, err);
    if (rc == EVC_NOT_AUTHENTIC)
        return evc_err(err, ENVCRYPT_E_STORE_MAC,
                       "version %u of the key %s does not unwrap, so the key store "
                       "cannot be re-keyed; restore a good copy or destroy it first",
                       version->number, key->name);
    if (rc)
        return rc;
    rc = evc_store_keys_wrap(next, data, key,
                             evc_view_of(material.bytes, material.size), version, err);
    evc_secret_free(&material);
    return rc;
}

int
evc_store_rekey(const evc_store_keys *keys, evc_store_data *data,
                const evc_protectors *present, evc_wait *wait, evc_store_keys *next,
                evc_error **err)
{
    int rc = evc_store_keys_generate(keys->crypto, keys->store_id, next, err);

    for (size_t i = 0; !rc && i < data->protector_count; i++)
        rc = rewrap_protector(keys, next, &data->protectors[i], present, wait, err);
    for (size_t i = 0; !rc && i < data->key_count; i++) {
        evc_store_key *key = &data->keys[i];

        for (size_t v = 0; !rc && v < key->count; v++)
            rc = rewrap_version(keys, next, data, key, &key->versions[v], err);
    }
    if (rc)
        evc_store_keys_reset(next);
    return rc;
}
