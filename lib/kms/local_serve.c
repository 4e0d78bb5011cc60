/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/local_serve.h"

#include <inttypes.h>

#include "kms/call.h"

#define MAX_DATA_KEY 64u /* bytes; a wrapped key that is longer is none of ours */

/* The index of the handle's key; NONE when the file has it no more. */
static size_t
key_of(const evc_local *local, const evc_store_data *data)
{
    return evc_store_data_find_key(data, evc_view_text(local->name));
}

static int
find_key(const evc_local *local, const evc_store_data *data, size_t *out,
         evc_error **err)
{
    *out = key_of(local, data);
    if (*out != EVC_STORE_NONE)
        return 0;
    return evc_err(err, ENVCRYPT_E_KEY_NOT_FOUND,
                   "the key store %s has no key \"%s\" any more", data->name,
                   local->name);
}

bool
evc_local_owns(const evc_local *local, const evc_store_data *data, const evc_edk *edk,
               evc_local_match *out)
{
    size_t key;

    if (!local->name)
        return evc_local_match_any(data, edk, out);
    key = key_of(local, data);
    return key != EVC_STORE_NONE && evc_local_match_key(data, key, edk, out);
}

static int
check_state(const evc_store_key *key, size_t version, evc_error **err)
{
    switch (key->versions[version].state) {
    case ENVCRYPT_KEY_ENABLED:
        return 0;
    case ENVCRYPT_KEY_DISABLED:
        return evc_err(err, ENVCRYPT_E_KEY_DISABLED,
                       "version %" PRIu32
                       " of the key %s is disabled; enable it to use "
                       "it",
                       key->versions[version].number, key->name);
    default:
        return evc_err(err, ENVCRYPT_E_KEY_DESTROYED,
                       "version %" PRIu32 " of the key %s was destroyed; what only it "
                       "opened is lost",
                       key->versions[version].number, key->name);
    }
}

/* The version that wraps. Without one, the state of the newest tells why. */
static int
find_current(const evc_store_key *key, size_t *out, evc_error **err)
{
    const evc_store_version *newest = &key->versions[key->count - 1];
    bool rotates = key->kind != ENVCRYPT_KIND_IMPORTED;

    *out = evc_store_key_current(key);
    if (*out != EVC_STORE_NONE)
        return 0;
    if (newest->state == ENVCRYPT_KEY_DISABLED)
        return evc_err(err, ENVCRYPT_E_KEY_DISABLED,
                       "no version of the key %s is enabled, so nothing is wrapped "
                       "under it; enable version %" PRIu32 "%s",
                       key->name, newest->number, rotates ? " or rotate the key" : "");
    return evc_err(err, ENVCRYPT_E_KEY_DESTROYED,
                   "no version of the key %s is enabled, so nothing is wrapped under "
                   "it; %s",
                   key->name, rotates ? "rotate it" : "take another key");
}

static int
get_secret(evc_kms *kms, evc_store_data *data, size_t key, size_t version,
           evc_secret *out, evc_error **err)
{
    evc_local *local = kms->state;

    return evc_local_keys_get(local->keys, &evc_local_file_access(local->file)->keys,
                              data, key, version, out, err);
}

static void
put_version(evc_call *call, const evc_store_key *key, size_t version)
{
    char text[EVC_UUID_TEXT];

    evc_local_version_text(key, version, text);
    evc_buf_put_text(&call->version, text);
}

/* Wraps the data key of the call under a secret of the store. */
static int
wrap_under(evc_kms *kms, evc_call *call, const evc_store_data *data,
           const evc_store_key *key, size_t version, evc_view kek, evc_error **err)
{
    char full[EVC_STORE_NAME_MAX + 12];
    evc_buf name;

    if (key->kind == ENVCRYPT_KIND_BRANCH)
        return evc_wrap_hierarchy(kms->crypto, kek, evc_view_text(key->name),
                                  key->versions[version].uuid, call->context,
                                  call->input, &call->wrapped, err);
    if (key->kind == ENVCRYPT_KIND_IMPORTED)
        return evc_wrap_raw_aes(kms->crypto, kek, evc_view_text(key->name_space),
                                evc_view_text(key->key_name), call->context,
                                call->input, call->loan, &call->wrapped, err);
    evc_buf_init_fixed(&name, full, sizeof full);
    evc_buf_put_format(&name, "%s/%" PRIu32, key->name, key->versions[version].number);
    return evc_wrap_raw_aes(kms->crypto, kek, evc_view_text(data->name),
                            evc_buf_view(&name), call->context, call->input, call->loan,
                            &call->wrapped, err);
}

static int
wrap(evc_kms *kms, evc_call *call, evc_store_data *data, evc_error **err)
{
    evc_local *local = kms->state;
    const evc_store_key *key;
    evc_secret secret = {0};
    size_t at = 0;
    size_t version = 0;
    int rc = find_key(local, data, &at, err);

    if (rc)
        return rc;
    key = &data->keys[at];
    rc = find_current(key, &version, err);
    if (!rc)
        rc = evc_local_keys_count_wrap(local->keys, data, key->name,
                                       key->versions[version].number, err);
    if (!rc)
        rc = get_secret(kms, data, at, version, &secret, err);
    if (!rc)
        rc = wrap_under(kms, call, data, key, version,
                        evc_view_of(secret.bytes, secret.size), err);
    if (!rc)
        put_version(call, key, version);
    evc_secret_free(&secret);
    return rc;
}

static int
unwrap_under(evc_kms *kms, evc_call *call, const evc_store_key *key, evc_view kek,
             evc_error **err)
{
    bool branch = key->kind == ENVCRYPT_KIND_BRANCH;
    size_t size =
        branch ? evc_hierarchy_key_size(&call->edk) : evc_raw_aes_key_size(&call->edk);
    int rc;

    if (size == 0 || size > MAX_DATA_KEY)
        return evc_err(err, ENVCRYPT_E_UNWRAP,
                       "a wrapped key under the key %s has %zu bytes, which is the "
                       "length of none",
                       key->name, call->edk.ciphertext.size);
    rc = evc_secret_new(evc_crypto_env(kms->crypto)->arena, size, &call->key, err);
    if (rc)
        return rc;
    if (branch)
        return evc_unwrap_hierarchy(kms->crypto, kek, evc_view_text(key->name),
                                    &call->edk, call->context, call->key.bytes, err);
    return evc_unwrap_raw_aes(kms->crypto, kek, &call->edk, call->context, call->loan,
                              call->key.bytes, err);
}

/* The key and version of the EDK; a version that is not known makes us look at the file
 * once, as another process may have rotated the key a moment ago. */
static int
find_named(const evc_local *local, evc_store_data **data, const evc_edk *edk,
           evc_local_match *out, evc_error **err)
{
    evc_store_data *newer = NULL;
    int rc;

    if (evc_local_owns(local, *data, edk, out) && out->version != EVC_STORE_NONE)
        return 0;
    rc = evc_local_file_get(local->file, true, &newer, err);
    if (rc)
        return rc;
    evc_store_data_unref(*data);
    *data = newer;
    if (evc_local_owns(local, newer, edk, out) && out->version != EVC_STORE_NONE)
        return 0;
    return evc_err(err, ENVCRYPT_E_KEY_NOT_FOUND,
                   "the key store %s has no key of the version that wrapped this data "
                   "key",
                   newer->name);
}

static int
unwrap(evc_kms *kms, evc_call *call, evc_store_data **data, evc_error **err)
{
    const evc_store_key *key;
    evc_local_match found;
    evc_secret secret = {0};
    int rc = find_named(kms->state, data, &call->edk, &found, err);

    if (rc)
        return rc;
    key = &(*data)->keys[found.key];
    rc = check_state(key, found.version, err);
    if (!rc)
        rc = get_secret(kms, *data, found.key, found.version, &secret, err);
    if (!rc)
        rc = unwrap_under(kms, call, key, evc_view_of(secret.bytes, secret.size), err);
    if (!rc) {
        call->stale = found.version != evc_store_key_current(key);
        put_version(call, key, found.version);
    }
    evc_secret_free(&secret);
    return rc;
}

static int
describe(evc_kms *kms, evc_call *call, const evc_store_data *data, evc_error **err)
{
    const evc_store_key *key;
    char text[EVC_UUID_TEXT];
    size_t current;
    size_t at = 0;
    int rc = find_key(kms->state, data, &at, err);

    if (rc)
        return rc;
    key = &data->keys[at];
    current = evc_store_key_current(key);
    rc = evc_key_info_new(evc_view_text(key->name), &call->info, err);
    for (size_t i = 0; !rc && i < key->count; i++) {
        evc_local_version_text(key, i, text);
        rc = evc_key_info_add(call->info, text, key->versions[i].state,
                              key->versions[i].created_ms, err);
    }
    if (rc)
        return rc;
    call->info->current = current == EVC_STORE_NONE ? SIZE_MAX : current;
    call->info->state = current == EVC_STORE_NONE ? key->versions[key->count - 1].state
                                                  : ENVCRYPT_KEY_ENABLED;
    return 0;
}

/* Whether there is a version to work with, and it unwraps. */
static int
probe(evc_kms *kms, evc_store_data *data, evc_error **err)
{
    evc_local *local = kms->state;
    evc_secret secret = {0};
    size_t at = 0;
    size_t version = 0;
    int rc;

    if (!local->name)
        return 0;
    rc = find_key(local, data, &at, err);
    if (!rc)
        rc = find_current(&data->keys[at], &version, err);
    if (!rc)
        rc = get_secret(kms, data, at, version, &secret, err);
    evc_secret_free(&secret);
    return rc;
}

int
evc_local_serve(evc_kms *kms, evc_call *call, evc_error **err)
{
    evc_local *local = kms->state;
    evc_store_data *data = NULL;
    int rc;

    if (call->operation == ENVCRYPT_OP_ROTATE)
        return evc_local_file_rotate(local->file, local->name, call->wait, err);
    rc = evc_local_file_get(local->file, call->operation == ENVCRYPT_OP_PROBE, &data,
                            err);
    if (rc)
        return rc;
    switch (call->operation) {
    case ENVCRYPT_OP_WRAP:
        rc = wrap(kms, call, data, err);
        break;
    case ENVCRYPT_OP_UNWRAP:
        rc = unwrap(kms, call, &data, err);
        break;
    case ENVCRYPT_OP_DESCRIBE:
        rc = describe(kms, call, data, err);
        break;
    default:
        rc = probe(kms, data, err);
        break;
    }
    evc_store_data_unref(data);
    return rc;
}
