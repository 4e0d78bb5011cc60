/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/unlock.h"

#include "kms/protector_types.h"

bool
evc_unlock_goes_on(const evc_protector_type *type, int rc, evc_wait *wait)
{
    if (!type->remote || rc == ENVCRYPT_E_CANCELED || rc == ENVCRYPT_E_NOMEM ||
        rc == ENVCRYPT_E_FORKED || rc == ENVCRYPT_E_ARENA_FULL ||
        rc == ENVCRYPT_E_ARENA_UNLOCKED)
        return false;
    return evc_wait_check(wait, NULL) == 0;
}

/* The first failure of a key service, while others are tried. */
typedef struct failure {
    int code;
    evc_error *error;
} failure;

/* Moves the failure that err holds. */
static void
keep_first(failure *first, int rc, evc_error **err)
{
    if (first->code) {
        evc_err_drop(err);
        return;
    }
    first->code = rc;
    first->error = err ? *err : NULL;
    if (err)
        *err = NULL;
}

/* Moves it back, in the place of rc, unless something opened or rc ends all trying. */
static int
give_first(failure *first, int rc, evc_error **err)
{
    if (rc != EVC_NOT_AUTHENTIC || !first->code) {
        evc_error_free(first->error);
        return rc;
    }
    if (err)
        *err = first->error;
    return first->code;
}

/* Whether nobody wants the next try, after one that took long and failed. */
static int
check_slow(const evc_protector_type *type, int rc, evc_wait *wait, evc_error **err)
{
    int stop = rc == EVC_NOT_AUTHENTIC && type->slow ? evc_wait_check(wait, err) : 0;

    return stop ? stop : rc;
}

int
evc_unlock_protector(const evc_protector_scope *scope, const evc_protector *of,
                     const evc_protectors *presented, evc_secret *s,
                     const evc_presented **with, evc_error **err)
{
    const evc_protector_type *type = evc_protector_types_find(of->type);
    evc_secret found = {0};
    failure first = {0};
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
        if (rc < 0 && evc_unlock_goes_on(type, rc, scope->wait)) {
            keep_first(&first, rc, err);
            rc = EVC_NOT_AUTHENTIC;
        }
        rc = check_slow(type, rc, scope->wait, err);
    }
    rc = give_first(&first, rc, err);
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
    evc_protector_scope scope = {.crypto = crypto, .store_id = head->id, .wait = wait};
    evc_secret s;
    int rc = evc_unlock_protector(&scope, &head->protectors[protector], presented, &s,
                                  NULL, err);

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

/* What is said when nothing opened. */
static int
refuse(const evc_store_text *text, const evc_store_data *head,
       const evc_protectors *presented, bool damaged, failure *first, evc_error **err)
{
    int code = give_first(first, damaged ? 0 : EVC_NOT_AUTHENTIC, err);

    if (damaged)
        return evc_unlock_damaged(text->path, err);
    if (code < 0)
        return evc_err_wrap(err, code,
                            "the key store %s was not opened, since a key service that "
                            "protects it did not unwrap its key: %s",
                            text->path, err ? evc_error_message(*err) : "");
    return evc_err(
        err, ENVCRYPT_E_STORE_LOCKED,
        "nothing of what was presented (%zu) opens the key store %s, which has "
        "%zu protector%s; present the right secret or restore a good copy",
        presented->count, text->path, head->protector_count,
        head->protector_count == 1 ? "" : "s");
}

/* What evc_unlock is about, from one protector to the next. */
typedef struct attempt {
    evc_crypto *crypto;
    const evc_store_text *text;
    const evc_store_data *head;
    const evc_protectors *presented;
    evc_wait *wait;
    evc_store_keys *keys;
    failure first;
    bool damaged;
} attempt;

/* 0, EVC_NOT_AUTHENTIC: the next one may open it, or an error that ends all trying. */
static int
try_protector(attempt *a, const evc_protector_type *type, size_t index, evc_error **err)
{
    int rc = evc_unlock_verified(a->crypto, a->text, a->head, index, a->presented,
                                 a->wait, a->keys, &a->damaged, err);

    if (rc >= 0 || !evc_unlock_goes_on(type, rc, a->wait))
        return rc;
    keep_first(&a->first, rc, err);
    return EVC_NOT_AUTHENTIC;
}

int
evc_unlock(evc_crypto *crypto, const evc_store_text *text, const evc_store_data *head,
           const evc_protectors *presented, int32_t type, evc_wait *wait,
           evc_store_keys *keys, size_t *protector, evc_error **err)
{
    attempt a = {crypto, text, head, presented, wait, keys, {0}, false};
    const evc_protector_type *at;

    for (size_t t = 0; (at = evc_protector_types_at(t)); t++) {
        for (size_t i = 0; i < head->protector_count; i++) {
            int rc = EVC_NOT_AUTHENTIC;

            if (head->protectors[i].type == at->type && (!type || at->type == type))
                rc = try_protector(&a, at, i, err);
            if (rc == EVC_NOT_AUTHENTIC)
                continue;
            evc_error_free(a.first.error);
            *protector = i;
            return rc;
        }
    }
    return refuse(text, head, presented, a.damaged, &a.first, err);
}
