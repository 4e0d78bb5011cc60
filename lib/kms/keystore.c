/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/keystore.h"

#include <string.h>

#include "base/encode.h"
#include "base/fork.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "kms/protector_types.h"
#include "kms/store_edit.h"
#include "kms/store_protect.h"
#include "kms/unlock.h"

static int
store_new(evc_crypto *crypto, const char *path, evc_keystore **out, evc_error **err)
{
    evc_keystore *store = evc_mem_new(sizeof *store);

    *out = NULL;
    if (store)
        store->path = evc_mem_strdup(path);
    if (!store || !store->path) {
        evc_mem_free(store);
        return evc_err_nomem(err);
    }
    store->generation = evc_fork_generation();
    store->crypto = evc_crypto_ref(crypto);
    *out = store;
    return 0;
}

void
evc_keystore_close(evc_keystore *store)
{
    if (!store)
        return;
    evc_store_data_unref(store->data);
    evc_store_access_unref(store->access);
    evc_crypto_unref(store->crypto);
    evc_mem_free(store->path);
    evc_mem_free(store);
}

void
evc_keystore_set_access(evc_keystore *store, evc_store_access *access)
{
    evc_buf text;

    evc_store_access_unref(store->access);
    store->access = access;
    evc_buf_init_fixed(&text, store->fingerprint, 2 * EVC_STORE_FINGERPRINT);
    evc_encode_hex(&text, evc_view_of(access->keys.fingerprint, EVC_STORE_FINGERPRINT));
}

/* keys move. */
static int
set_keys(evc_keystore *store, evc_store_keys *keys, evc_error **err)
{
    evc_store_access *access = NULL;
    int rc = evc_store_access_new(store->crypto, store->path, keys, &access, err);

    if (!rc)
        evc_keystore_set_access(store, access);
    return rc;
}

int
evc_keystore_check_verified(const evc_keystore *store, evc_error **err)
{
    if (store->access)
        return 0;
    return evc_err(err, ENVCRYPT_E_STORE_UNVERIFIED,
                   "the key store %s was opened without a protector, so it can only be "
                   "listed; open it with one",
                   store->path);
}

int
evc_keystore_parse_pin(const char *fingerprint, uint8_t out[EVC_STORE_FINGERPRINT],
                       evc_error **err)
{
    if (!evc_decode_hex(evc_view_text(fingerprint), out, EVC_STORE_FINGERPRINT, err))
        return 0;
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "the fingerprint of a key store is %u hex digits; list the store to "
                   "see it",
                   2 * EVC_STORE_FINGERPRINT);
}

int
evc_keystore_check_pin(const evc_store_keys *keys, const char *path,
                       const uint8_t pin[EVC_STORE_FINGERPRINT], evc_error **err)
{
    if (evc_mem_equal_secret(pin, keys->fingerprint, EVC_STORE_FINGERPRINT))
        return 0;
    return evc_err(
        err, ENVCRYPT_E_STORE_FINGERPRINT,
        "the key store %s has not the pinned fingerprint: it was re-keyed, or "
        "somebody put another one in its place; find out which",
        path);
}

static int
check_new(const char *store_name, const evc_protectors *protectors, evc_error **err)
{
    char shown[EVC_SHOWN];

    evc_encode_shown(evc_view_text(store_name), shown);
    if (!evc_store_is_store_name(evc_view_text(store_name)))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "\"%s\" cannot name a key store: take 1 to 64 of a-z, 0-9, "
                       "\".\", \"_\" and \"-\", not beginning with \"aws-kms\" or "
                       "\"envcrypt-\"",
                       shown);
    if (!protectors || protectors->count == 0)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a key store needs a protector, or nothing would open it");
    return 0;
}

/* Makes the content of a new store and writes it. */
static int
create_file(evc_keystore *store, const char *store_name,
            const evc_protectors *protectors, evc_wait *wait, evc_error **err)
{
    uint8_t id[EVC_STORE_ID];
    evc_store_keys keys = {0};
    int rc;

    evc_random_public(id, sizeof id);
    rc = evc_store_data_new(id, store_name, evc_store_now_ms(store->crypto),
                            &store->data, err);
    if (!rc)
        rc = evc_store_keys_generate(store->crypto, id, &keys, err);
    if (!rc)
        rc = set_keys(store, &keys, err);
    if (!rc)
        rc = evc_store_add_protectors(&store->access->keys, store->data, protectors,
                                      wait, err);
    if (!rc)
        rc = evc_store_save(&store->access->keys, store->data, store->path, true, err);
    return rc;
}

int
evc_keystore_create(evc_crypto *crypto, const char *path, const char *store_name,
                    const evc_protectors *protectors, evc_wait *wait,
                    evc_keystore **out, evc_error **err)
{
    evc_keystore *store = NULL;
    int rc = check_new(store_name, protectors, err);

    *out = NULL;
    if (!rc)
        rc = store_new(crypto, path, &store, err);
    if (!rc)
        rc = create_file(store, store_name, protectors, wait, err);
    if (rc) {
        evc_keystore_close(store);
        return rc;
    }
    store->authenticated = true;
    *out = store;
    return 0;
}

/* Verifies, and keeps how. pin may be NULL. */
static int
unlock(evc_keystore *store, const evc_store_text *text, const evc_keystore_key *by,
       const uint8_t *pin, evc_wait *wait, evc_error **err)
{
    evc_store_keys keys = {0};
    const evc_protector *protector;
    size_t at = 0;
    int rc = evc_unlock(store->crypto, text, store->data, by->protectors, by->type,
                        wait, &keys, &at, err);

    if (!rc && pin)
        rc = evc_keystore_check_pin(&keys, store->path, pin, err);
    if (rc) {
        evc_store_keys_reset(&keys);
        return rc;
    }
    protector = &store->data->protectors[at];
    store->opened = true;
    memcpy(store->opened_by, protector->id, sizeof protector->id);
    store->authenticated =
        pin || evc_protector_types_find(protector->type)->proves_origin;
    return set_keys(store, &keys, err);
}

static int
open_text(evc_keystore *store, const evc_store_text *text, const evc_keystore_key *by,
          const uint8_t *pin, evc_wait *wait, evc_error **err)
{
    int rc = evc_store_read_head(text, &store->data, err);

    if (!rc && by->protectors)
        rc = unlock(store, text, by, pin, wait, err);
    return rc ? rc : evc_store_read_keys(text, store->data, err);
}

static int
open_file(evc_keystore *store, const evc_keystore_key *by, const uint8_t *pin,
          evc_wait *wait, evc_error **err)
{
    evc_store_text text = {0};
    evc_buf file;
    int rc;

    evc_buf_init(&file);
    rc = evc_store_file_read(store->path, &file, err);
    if (!rc)
        rc = evc_store_text_open(evc_buf_view(&file), store->path, &text, err);
    if (!rc)
        rc = open_text(store, &text, by, pin, wait, err);
    evc_store_text_close(&text);
    evc_buf_reset(&file);
    return rc;
}

int
evc_keystore_open(evc_crypto *crypto, const char *path, const evc_keystore_key *by,
                  evc_wait *wait, evc_keystore **out, evc_error **err)
{
    evc_keystore *store = NULL;
    uint8_t pin[EVC_STORE_FINGERPRINT];
    int rc = 0;

    *out = NULL;
    if (by->fingerprint && !by->protectors)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a fingerprint can only be checked when a protector opens the "
                       "key store; present one");
    if (by->fingerprint)
        rc = evc_keystore_parse_pin(by->fingerprint, pin, err);
    if (!rc)
        rc = store_new(crypto, path, &store, err);
    if (!rc)
        rc = open_file(store, by, by->fingerprint ? pin : NULL, wait, err);
    if (rc)
        evc_keystore_close(store);
    else
        *out = store;
    return rc;
}
