/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/local.h"

#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "envcrypt/envelope.h"
#include "kms/call.h"
#include "kms/local_serve.h"

static void
local_close(void *state)
{
    evc_local *local = state;

    evc_local_file_close(local->file);
    evc_local_keys_close(local->keys);
    evc_mem_free(local->name);
    evc_mem_free(local);
}

/* --- open --- */

static uint32_t
operations_of(const evc_store_key *key)
{
    uint32_t always = ENVCRYPT_OP_UNWRAP | ENVCRYPT_OP_DESCRIBE | ENVCRYPT_OP_PROBE;

    if (key->kind != ENVCRYPT_KIND_IMPORTED)
        return always | ENVCRYPT_OP_WRAP | ENVCRYPT_OP_ROTATE;
    return key->writes ? always | ENVCRYPT_OP_WRAP : always;
}

static const char *
provider_of(const evc_store_data *data, const evc_store_key *key)
{
    switch (key->kind) {
    case ENVCRYPT_KIND_BRANCH:
        return EVC_EDK_HIERARCHY;
    case ENVCRYPT_KIND_IMPORTED:
        return key->name_space;
    default:
        return data->name;
    }
}

/* What a key of an open store is to the layers above. */
typedef struct opened {
    evc_local *local;
    const char *provider;
    const char *key_id;
    uint32_t operations;
} opened;

static int
describe_opened(const evc_keystore *store, const char *name, opened *out,
                evc_error **err)
{
    const evc_store_data *data = store->data;
    char shown[EVC_SHOWN];
    size_t at;
    int rc = evc_keystore_check_verified(store, err);

    if (rc)
        return rc;
    *out = (opened){.provider = data->name,
                    .key_id = "",
                    .operations = ENVCRYPT_OP_UNWRAP | ENVCRYPT_OP_PROBE};
    if (!name)
        return 0;
    at = evc_store_data_find_key(data, evc_view_text(name));
    if (at != EVC_STORE_NONE) {
        out->provider = provider_of(data, &data->keys[at]);
        out->key_id = data->keys[at].name;
        out->operations = operations_of(&data->keys[at]);
        return 0;
    }
    evc_encode_shown(evc_view_text(name), shown);
    return evc_err(err, ENVCRYPT_E_KEY_NOT_FOUND,
                   "the key store %s has no key \"%s\"; list the key store to see its "
                   "keys",
                   store->path, shown);
}

static int
open_state(const evc_keystore *store, const char *name, opened *out, evc_error **err)
{
    evc_local *local;
    int rc = describe_opened(store, name, out, err);

    if (rc)
        return rc;
    local = evc_mem_new(sizeof *local);
    if (!local)
        return evc_err_nomem(err);
    rc = evc_local_file_open(store->access, store->data, &local->file, err);
    if (!rc)
        rc = evc_local_keys_open(&local->keys, err);
    if (!rc && name && !(local->name = evc_mem_strdup(name)))
        rc = evc_err_nomem(err);
    if (rc) {
        local_close(local);
        return rc;
    }
    out->local = local;
    return 0;
}

int
evc_local_open_key(const evc_keystore *store, const char *name, evc_kms **out,
                   evc_error **err)
{
    opened found = {0};
    int rc = open_state(store, name, &found, err);

    *out = NULL;
    if (rc)
        return rc;
    rc = evc_kms_new(store->crypto, &evc_backend_local, found.local, found.provider,
                     found.key_id, found.operations, out, err);
    if (rc) {
        local_close(found.local);
        return rc;
    }
    (*out)->discovery = !name;
    (*out)->authenticated = store->authenticated;
    return 0;
}

static int
check_uri(const evc_uri *uri, const struct envcrypt_kms_config *config, evc_error **err)
{
    if (*uri->authority || strlen(uri->path) < 2 || (uri->fragment && !*uri->fragment))
        return evc_err(err, ENVCRYPT_E_URI,
                       "this does not name a key of a key store; the form is "
                       "local:///path/store.json#NAME, with three slashes");
    if (!config || !config->protectors)
        return evc_err(err, ENVCRYPT_E_STORE_LOCKED,
                       "no protector was given to open the key store %s; set the "
                       "protectors in the settings",
                       uri->path);
    return 0;
}

static int
local_open(evc_kms *kms, const evc_uri *uri, const struct envcrypt_kms_config *config,
           evc_wait *wait, evc_error **err)
{
    evc_keystore_key by = {.fingerprint =
                               evc_backend_option(uri, config, "fingerprint")};
    evc_keystore *store = NULL;
    opened found = {0};
    int rc = check_uri(uri, config, err);

    if (rc)
        return rc;
    by.protectors = config->protectors;
    rc = evc_keystore_open(kms->crypto, uri->path, &by, wait, &store, err);
    if (!rc)
        rc = open_state(store, uri->fragment, &found, err);
    if (rc)
        goto out;
    kms->state = found.local;
    kms->operations = found.operations;
    kms->discovery = !uri->fragment;
    kms->authenticated = store->authenticated;
    kms->provider = evc_mem_strdup(found.provider);
    kms->key_id = evc_mem_strdup(found.key_id);
    if (!kms->provider || !kms->key_id)
        rc = evc_err_nomem(err);
out:
    evc_keystore_close(store);
    return rc;
}

/* --- calls --- */

static void
local_start(evc_kms *kms, evc_call *call)
{
    evc_error *error = NULL;
    int rc = evc_local_serve(kms, call, &error);

    evc_call_finish(call, rc, error);
}

/* --- questions without a call --- */

/*
 * A discovery key also claims whatever has the store as its provider, known or not: the
 * unwrap tells what is wrong with it. It looks at the file like a call, as nothing else
 * may ever ask it for the key that somebody added.
 */
static bool
local_claims(const evc_kms *kms, const evc_edk *edk)
{
    const evc_local *local = kms->state;
    evc_store_data *data = NULL;
    evc_local_match found;
    bool claimed;

    if (local->name || evc_local_file_get(local->file, false, &data, NULL))
        data = evc_local_file_last(local->file);
    claimed = evc_local_owns(local, data, edk, &found) ||
              (!local->name && evc_view_is_text(edk->provider, data->name));
    evc_store_data_unref(data);
    return claimed;
}

/* The version that the EDK names, if the store has it. NULL: it does not. */
static const evc_store_key *
find_version(const evc_local *local, const evc_store_data *data, const evc_edk *edk,
             size_t *version)
{
    evc_local_match found;

    if (!evc_local_owns(local, data, edk, &found) || found.version == EVC_STORE_NONE)
        return NULL;
    *version = found.version;
    return &data->keys[found.key];
}

/* An EDK of an imported key names no version, and whether its foreign home went on to
 * another key is not for us to know; only that this one is disabled is. */
static int32_t
local_is_current(const evc_kms *kms, const evc_edk *edk)
{
    const evc_local *local = kms->state;
    const evc_store_key *key;
    evc_store_data *data = NULL;
    int32_t answer = ENVCRYPT_UNKNOWN;
    size_t version;

    if (evc_local_file_get(local->file, false, &data, NULL))
        return ENVCRYPT_UNKNOWN;
    key = find_version(local, data, edk, &version);
    if (key && version != evc_store_key_current(key))
        answer = ENVCRYPT_NO;
    else if (key && key->kind != ENVCRYPT_KIND_IMPORTED)
        answer = ENVCRYPT_YES;
    evc_store_data_unref(data);
    return answer;
}

/* The date of an imported key is that of its import, which says nothing of the key. */
static int64_t
local_age_from_ms(const evc_kms *kms, const evc_edk *edk)
{
    const evc_local *local = kms->state;
    const evc_store_key *key;
    evc_store_data *data = evc_local_file_last(local->file);
    int64_t created_ms = -1;
    size_t version;

    key = find_version(local, data, edk, &version);
    if (key && key->kind != ENVCRYPT_KIND_IMPORTED)
        created_ms = key->versions[version].created_ms;
    evc_store_data_unref(data);
    return created_ms;
}

static const char *const options[] = {"fingerprint", NULL};

const evc_backend evc_backend_local = {
    .scheme = "local",
    .options = options,
    .open = local_open,
    .close = local_close,
    .claims = local_claims,
    .start = local_start,
    .at_once = true,
    .is_current = local_is_current,
    .age_from_ms = local_age_from_ms,
};
