/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/store_protect.h"

#include "base/encode.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "kms/protector_types.h"
#include "kms/store_edit.h"
#include "kms/unlock.h"

static evc_protector_scope
scope_of(const evc_store_keys *keys, evc_wait *wait)
{
    return (evc_protector_scope){
        .crypto = keys->crypto, .store_id = keys->store_id, .wait = wait};
}

static int
add_protector(const evc_store_keys *keys, evc_store_data *data,
              const evc_protectors *list, const evc_presented *item, evc_wait *wait,
              evc_error **err)
{
    const evc_protector_type *type = evc_protector_types_find(item->type);
    evc_protector_scope scope = scope_of(keys, wait);
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
        rc = add_protector(keys, data, list, &list->items[i], wait, err);
        if (!rc && i + 1 < list->count)
            rc = evc_wait_check(wait, err);
    }
    return rc;
}

static int
find_by_text(const evc_store_data *data, evc_view id_text, size_t *at, evc_error **err)
{
    uint8_t id[EVC_PROTECTOR_ID];
    char shown[EVC_SHOWN];

    evc_encode_shown(id_text, shown);
    if (evc_decode_hex(id_text, id, sizeof id, err))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "\"%s\" is not the id of a protector, which is 16 hex digits; "
                       "list the key store to see them",
                       shown);
    *at = evc_store_data_find_protector(data, id);
    if (*at != EVC_STORE_NONE)
        return 0;
    return evc_err(err, ENVCRYPT_E_KEY_NOT_FOUND,
                   "the key store %s has no protector %s; list the key store to see "
                   "those that it has",
                   data->name, shown);
}

/* The next of ids that commas separate; from begins at 0. False past the last. */
static bool
next_id(evc_view all, size_t *from, evc_view *id)
{
    size_t at = *from;

    if (all.size == 0 || *from > all.size)
        return false;
    while (at < all.size && all.data[at] != ',')
        at++;
    *id = evc_view_of(&all.data[*from], at - *from);
    *from = at + 1;
    return true;
}

int
evc_store_drop_protectors(evc_store_data *data, const char *ids, evc_error **err)
{
    evc_view all = evc_view_text(ids);
    evc_view id;
    size_t from = 0;
    int rc = 0;

    while (!rc && next_id(all, &from, &id)) {
        size_t at = 0;

        rc = find_by_text(data, id, &at, err);
        if (!rc)
            evc_store_data_remove_protector(data, at);
    }
    return rc;
}

static int
refuse_absent(const evc_protector *of, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_STORE_PROTECTOR,
                   "protector %s (%s) stays, and nothing that was presented opens it; "
                   "present it or drop it too",
                   of->id_text, evc_protector_types_find(of->type)->name);
}

/* Which of present opens a protector that stays. */
static int
find_present(const evc_store_keys *keys, const evc_protector *of,
             const evc_protectors *present, evc_wait *wait, const evc_presented **out,
             evc_error **err)
{
    evc_protector_scope scope = scope_of(keys, wait);
    evc_secret s;
    int rc = EVC_NOT_AUTHENTIC;

    if (present)
        rc = evc_unlock_protector(&scope, of, present, &s, out, err);
    if (!rc) {
        if (!evc_mem_equal_secret(s.bytes, evc_store_keys_s(keys).data, EVC_STORE_KEY))
            rc = EVC_NOT_AUTHENTIC;
        evc_secret_free(&s);
    }
    return rc != EVC_NOT_AUTHENTIC ? rc : refuse_absent(of, err);
}

/* Which of present is the key that the protector names. */
static int
find_claiming(const evc_protector *of, const evc_protectors *present,
              const evc_presented **out, evc_error **err)
{
    const evc_protector_type *type = evc_protector_types_find(of->type);
    int rc = present ? evc_protectors_check(present, err) : 0;

    if (rc)
        return rc;
    for (size_t i = 0; present && i < present->count; i++) {
        *out = &present->items[i];
        if ((*out)->type == of->type && type->claims(*out, of))
            return 0;
    }
    return refuse_absent(of, err);
}

static int
rewrap_protector(const evc_store_keys *keys, const evc_store_keys *next,
                 evc_protector *protector, const evc_protectors *present,
                 evc_wait *wait, evc_error **err)
{
    const evc_protector_type *type = evc_protector_types_find(protector->type);
    evc_protector_scope scope = scope_of(next, wait);
    const evc_presented *with = NULL;
    int rc = 0;

    if (type->claims)
        rc = find_claiming(protector, present, &with, err);
    else if (!type->public_half)
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

/* --- wrapping the same store key anew --- */

/* What the protector opens to now is the store key, where what was presented can tell. */
static int
check_rewrapped(const evc_protector_scope *scope, const evc_presented *with,
                const evc_protector *of, evc_view wanted, evc_error **err)
{
    const evc_protector_type *type = evc_protector_types_find(of->type);
    evc_secret s;
    int rc =
        evc_secret_new(evc_crypto_env(scope->crypto)->arena, EVC_STORE_KEY, &s, err);

    if (rc)
        return rc;
    rc = type->open(scope, with, of, s.bytes, err);
    if (rc == EVC_NOT_AUTHENTIC)
        rc = 0; /* it only wraps */
    else if (!rc && !evc_mem_equal_secret(s.bytes, wanted.data, EVC_STORE_KEY))
        rc = evc_err(err, ENVCRYPT_E_BAD_DEK,
                     "what the key service wrapped anew for protector %s does not open "
                     "to the store key; the key store was left as it was",
                     of->id_text);
    evc_secret_free(&s);
    return rc;
}

static int
rewrap_one(const evc_store_keys *keys, evc_protector *protector,
           const evc_protectors *present, evc_wait *wait, evc_error **err)
{
    const evc_protector_type *type = evc_protector_types_find(protector->type);
    evc_protector_scope scope = scope_of(keys, wait);
    evc_view s = evc_store_keys_s(keys);
    const evc_presented *with = NULL;
    int rc;

    if (!type->rewrap)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "protector %s (%s) is not wrapped under a key service, so it "
                       "cannot be wrapped anew there; replace it",
                       protector->id_text, type->name);
    rc = find_claiming(protector, present, &with, err);
    if (!rc)
        rc = type->rewrap(&scope, with, s, protector, err);
    return rc ? rc : check_rewrapped(&scope, with, protector, s, err);
}

/* Those that what was presented claims. */
static int
rewrap_all(const evc_store_keys *keys, evc_store_data *data,
           const evc_protectors *present, evc_wait *wait, size_t *count,
           evc_error **err)
{
    int rc = 0;

    for (size_t i = 0; !rc && i < data->protector_count; i++) {
        const evc_presented *with = NULL;

        if (!evc_protector_types_find(data->protectors[i].type)->rewrap ||
            find_claiming(&data->protectors[i], present, &with, NULL) != 0)
            continue;
        rc = rewrap_one(keys, &data->protectors[i], present, wait, err);
        (*count)++;
    }
    if (!rc && *count == 0)
        rc = evc_err(err, ENVCRYPT_E_STORE_PROTECTOR,
                     "none of the keys that were presented protects the key store %s; "
                     "list the key store to see which ones do",
                     data->name);
    return rc;
}

int
evc_store_rewrap_protectors(const evc_store_keys *keys, evc_store_data *data,
                            const char *ids, const evc_protectors *present,
                            evc_wait *wait, size_t *count, evc_error **err)
{
    evc_view all = evc_view_text(ids);
    evc_view id;
    size_t from = 0;
    int rc = present ? evc_protectors_check(present, err) : 0;

    *count = 0;
    if (!rc && all.size == 0)
        return rewrap_all(keys, data, present, wait, count, err);
    while (!rc && next_id(all, &from, &id)) {
        size_t at = 0;

        rc = find_by_text(data, id, &at, err);
        if (!rc)
            rc = rewrap_one(keys, &data->protectors[at], present, wait, err);
        (*count)++;
    }
    return rc;
}
