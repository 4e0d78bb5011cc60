/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/unlock.h"

#include "kms/protector_types.h"

int
evc_unlock_protector(const evc_protector_scope *scope, const evc_protector *of,
                     const evc_protectors *presented, evc_wait *wait, evc_secret *s,
                     const evc_presented **with, evc_error **err)
{
    const evc_protector_type *type = evc_protector_types_find(of->type);
    evc_secret found = {0};
    int rc = evc_protectors_check(presented, err);

    *s = found;
    if (!rc)
        rc = evc_secret_new(evc_crypto_env(scope->crypto)->arena, EVC_STORE_KEY, &found,
                            err);
    if (rc)
        return rc;
    rc = EVC_NOT_AUTHENTIC;
    for (size_t i = 0; rc == EVC_NOT_AUTHENTIC && i < presented->count; i++) {
        const evc_presented *item = &presented->items[i];

        if (item->type != of->type)
            continue;
        rc = type->open(scope, item, of, found.bytes, err);
        if (!rc && with)
            *with = item;
        /* A try that took long and failed: does anybody still want the next one? */
        if (rc == EVC_NOT_AUTHENTIC && type->slow) {
            int stop = evc_wait_check(wait, err);
            rc = stop ? stop : rc;
        }
    }
    if (rc)
        evc_secret_free(&found);
    *s = found;
    return rc;
}

int
evc_unlock_verified(evc_crypto *crypto, const evc_store_text *text,
                    const evc_store_data *head, size_t protector,
                    const evc_protectors *presented, evc_wait *wait,
                    evc_store_keys *keys, bool *damaged, evc_error **err)
{
    evc_protector_scope scope = {.crypto = crypto, .store_id = head->id};
    evc_secret s;
    int rc = evc_unlock_protector(&scope, &head->protectors[protector], presented, wait,
                                  &s, NULL, err);

    if (rc)
        return rc;
    rc = evc_store_keys_derive(crypto, head->id, evc_view_of(s.bytes, s.size), keys,
                               err);
    evc_secret_free(&s);
    if (rc)
        return rc;
    rc = evc_store_keys_verify(keys, text->covered, text->mac, err);
    if (rc)
        evc_store_keys_reset(keys);
    if (rc == EVC_NOT_AUTHENTIC)
        *damaged = true;
    return rc;
}

int
evc_unlock_damaged(const char *path, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_STORE_MAC,
                   "the key store %s was changed outside of the library: a protector "
                   "opens it and its MAC does not hold; restore a good copy",
                   path);
}

int
evc_unlock(evc_crypto *crypto, const evc_store_text *text, const evc_store_data *head,
           const evc_protectors *presented, int32_t type, evc_wait *wait,
           evc_store_keys *keys, size_t *protector, evc_error **err)
{
    const evc_protector_type *at;
    bool damaged = false;

    for (size_t t = 0; (at = evc_protector_types_at(t)); t++) {
        for (size_t i = 0; i < head->protector_count; i++) {
            int rc;

            if (head->protectors[i].type != at->type || (type && at->type != type))
                continue;
            rc = evc_unlock_verified(crypto, text, head, i, presented, wait, keys,
                                     &damaged, err);
            if (rc == EVC_NOT_AUTHENTIC)
                continue;
            *protector = i;
            return rc;
        }
    }
    if (damaged)
        return evc_unlock_damaged(text->path, err);
    return evc_err(err, ENVCRYPT_E_STORE_LOCKED,
                   "none of the %zu presented protectors opens the key store %s, which "
                   "has %zu; present the right secret or restore a good copy",
                   presented->count, text->path, head->protector_count);
}
