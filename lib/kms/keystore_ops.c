/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/keystore_ops.h"

#include <inttypes.h>
#include <string.h>

#include "base/encode.h"
#include "kms/store_protect.h"

static const evc_store_keys *
keys_of(const evc_keystore *store)
{
    return &store->access->keys;
}

static int
begin(evc_keystore *store, evc_wait *wait, evc_store_txn *txn, evc_error **err)
{
    int rc = evc_keystore_check_verified(store, err);

    return rc ? rc : evc_store_txn_begin(txn, store->access, store->data, wait, err);
}

/* Writes when the change went well. */
static int
end(evc_keystore *store, evc_store_txn *txn, int rc, evc_error **err)
{
    if (!rc)
        return evc_store_txn_commit(txn, NULL, &store->data, err);
    evc_store_txn_abort(txn);
    return rc;
}

int
evc_keystore_add_key(evc_keystore *store, const char *name, int32_t kind,
                     evc_wait *wait, evc_error **err)
{
    evc_store_txn txn;
    int rc = begin(store, wait, &txn, err);

    if (rc)
        return rc;
    rc = evc_store_add_key(keys_of(store), txn.data, name, kind, err);
    return end(store, &txn, rc, err);
}

int
evc_keystore_import(evc_keystore *store, const evc_store_import *import, evc_wait *wait,
                    evc_error **err)
{
    evc_store_txn txn;
    int rc = begin(store, wait, &txn, err);

    if (rc)
        return rc;
    rc = evc_store_import_key(keys_of(store), txn.data, import, err);
    return end(store, &txn, rc, err);
}

int
evc_keystore_rotate(evc_keystore *store, const char *name, uint32_t *version,
                    evc_wait *wait, evc_error **err)
{
    evc_store_txn txn;
    uint32_t made = 0;
    int rc = begin(store, wait, &txn, err);

    if (rc)
        return rc;
    rc = evc_store_rotate_key(keys_of(store), txn.data, name, &made, err);
    rc = end(store, &txn, rc, err);
    if (!rc && version)
        *version = made;
    return rc;
}

int
evc_keystore_set_enabled(evc_keystore *store, const char *name, uint32_t version,
                         bool enabled, evc_wait *wait, evc_error **err)
{
    evc_store_txn txn;
    int rc = begin(store, wait, &txn, err);

    if (rc)
        return rc;
    rc = evc_store_set_enabled(txn.data, name, version, enabled, err);
    return end(store, &txn, rc, err);
}

/* confirm must be NAME/VERSION. */
static int
check_confirmation(const char *name, uint32_t version, const char *confirm,
                   evc_error **err)
{
    char wanted[EVC_STORE_NAME_MAX + 16] = "";
    evc_buf text;

    if (evc_store_is_name(evc_view_text(name))) {
        evc_buf_init_fixed(&text, wanted, sizeof wanted - 1);
        evc_buf_put_format(&text, "%s/%" PRIu32, name, version);
    }
    if (confirm && *wanted && strcmp(confirm, wanted) == 0)
        return 0;
    return evc_err(err, ENVCRYPT_E_CONFIRMATION,
                   "what only version %" PRIu32 " opens is lost when it is destroyed; "
                   "to do so give the confirmation \"%s\"",
                   version, *wanted ? wanted : "NAME/VERSION");
}

int
evc_keystore_destroy_version(evc_keystore *store, const char *name, uint32_t version,
                             const char *confirm, evc_wait *wait, evc_error **err)
{
    evc_store_txn txn;
    int rc = check_confirmation(name, version, confirm, err);

    if (!rc)
        rc = begin(store, wait, &txn, err);
    if (rc)
        return rc;
    rc = evc_store_destroy_version(txn.data, name, version, err);
    return end(store, &txn, rc, err);
}

int
evc_keystore_protect(evc_keystore *store, const evc_protectors *add, evc_wait *wait,
                     evc_error **err)
{
    evc_store_txn txn;
    int rc;

    if (!add || add->count == 0)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "no protector was given to add to the key store");
    rc = begin(store, wait, &txn, err);
    if (rc)
        return rc;
    rc = evc_store_add_protectors(keys_of(store), txn.data, add, wait, err);
    return end(store, &txn, rc, err);
}

int
evc_keystore_rewrap(evc_keystore *store, const char *ids, const evc_protectors *present,
                    evc_wait *wait, size_t *count, evc_error **err)
{
    evc_store_txn txn;
    size_t done = 0;
    int rc = begin(store, wait, &txn, err);

    if (rc)
        return rc;
    rc = evc_store_rewrap_protectors(keys_of(store), txn.data, ids, present, wait,
                                     &done, err);
    rc = end(store, &txn, rc, err);
    if (!rc && count)
        *count = done;
    return rc;
}

/*
 * Re-keys what the transaction holds, adds new protectors and writes. All that the handle
 * needs for the new store key is there before the file changes.
 */
static int
rekey(evc_keystore *store, evc_store_txn *txn, const evc_protectors *present,
      const evc_protectors *replace, evc_wait *wait, evc_error **err)
{
    evc_store_access *access = NULL;
    evc_store_keys next = {0};
    int rc = evc_store_rekey(keys_of(store), txn->data, present, wait, &next, err);

    if (!rc && replace)
        rc = evc_store_add_protectors(&next, txn->data, replace, wait, err);
    if (!rc)
        rc = evc_store_access_new(store->crypto, store->path, &next, &access, err);
    if (!rc)
        rc = evc_store_txn_commit(txn, &access->keys, &store->data, err);
    else
        evc_store_txn_abort(txn);
    if (rc) {
        evc_store_keys_reset(&next);
        evc_store_access_unref(access);
        return rc;
    }
    evc_keystore_set_access(store, access);
    return 0;
}

static int
check_some_left(const evc_store_data *data, const evc_protectors *replace,
                evc_error **err)
{
    if (data->protector_count > 0 || (replace && replace->count > 0))
        return 0;
    return evc_err(err, ENVCRYPT_E_STORE_LAST_PROTECTOR,
                   "the last protector of the key store %s cannot be removed, or "
                   "nothing would open it; add another one first",
                   data->name);
}

int
evc_keystore_unprotect(evc_keystore *store, const evc_keystore_unprotect_args *args,
                       evc_wait *wait, evc_error **err)
{
    evc_store_txn txn;
    int rc = begin(store, wait, &txn, err);

    if (rc)
        return rc;
    rc = evc_store_drop_protectors(txn.data, args->drop, err);
    if (!rc)
        rc = check_some_left(txn.data, args->replace, err);
    if (!rc && !args->keep_store_key)
        return rekey(store, &txn, args->present, args->replace, wait, err);
    if (!rc && args->replace)
        rc = evc_store_add_protectors(keys_of(store), txn.data, args->replace, wait,
                                      err);
    return end(store, &txn, rc, err);
}

/* The origin of a store that an RSA key opens is not proven: somebody must vouch. */
static int
check_vouched(const evc_keystore *store, const evc_keystore_recover_args *args,
              evc_error **err)
{
    if (args->fingerprint ||
        (args->confirm && strcmp(args->confirm, store->data->name) == 0))
        return 0;
    return evc_err(err, ENVCRYPT_E_CONFIRMATION,
                   "a recovery key does not prove who made the key store %s; give its "
                   "fingerprint, or its name \"%s\" as confirmation",
                   store->path, store->data->name);
}

/* RSA protectors stay; what opened the store before is what was lost. */
static int
recover_file(evc_keystore *store, const evc_keystore_recover_args *args, evc_wait *wait,
             evc_error **err)
{
    evc_store_txn txn;
    int rc = begin(store, wait, &txn, err);

    if (rc)
        return rc;
    for (size_t i = txn.data->protector_count; i > 0; i--) {
        if (txn.data->protectors[i - 1].type != ENVCRYPT_PROTECTOR_RSA)
            evc_store_data_remove_protector(txn.data, i - 1);
    }
    return rekey(store, &txn, NULL, args->replace, wait, err);
}

int
evc_keystore_recover(evc_crypto *crypto, const char *path,
                     const evc_keystore_recover_args *args, evc_wait *wait,
                     evc_keystore **out, evc_error **err)
{
    evc_keystore_key by = {.protectors = args->recovery,
                           .type = ENVCRYPT_PROTECTOR_RSA,
                           .fingerprint = args->fingerprint};
    evc_keystore *store = NULL;
    int rc;

    *out = NULL;
    if (!args->replace || args->replace->count == 0)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "no protector was given that opens the key store from now on; "
                       "give at least one");
    rc = evc_keystore_open(crypto, path, &by, wait, &store, err);
    if (!rc)
        rc = check_vouched(store, args, err);
    if (!rc)
        rc = recover_file(store, args, wait, err);
    if (rc) {
        evc_keystore_close(store);
        return rc;
    }
    *out = store;
    return 0;
}
