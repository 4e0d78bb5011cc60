/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/stored_keys.h"

#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

/* Within a set keys do not age: what is stored is opened as long as its key is given. */
#define CACHED 1000
#define FIRST_CAPACITY 8

int
evc_stored_keys_new(evc_crypto *crypto, evc_stored_keys **out, evc_error **err)
{
    const struct envcrypt_cache_config limits = {.entries = CACHED,
                                                 .age_ms = INT64_MAX,
                                                 .messages = UINT64_MAX,
                                                 .bytes = INT64_MAX};
    evc_stored_keys *keys = evc_mem_new(sizeof(*keys));
    int rc;

    *out = NULL;
    if (!keys)
        return evc_err_nomem(err);
    rc = evc_dek_cache_open(evc_crypto_env(crypto), &limits, &keys->cache, err);
    if (rc) {
        evc_mem_free(keys);
        return rc;
    }
    keys->crypto = evc_crypto_ref(crypto);
    keys->generation = evc_crypto_env(crypto)->generation;
    *out = keys;
    return 0;
}

static void
reset_key(evc_stored_key *key)
{
    evc_mem_free(key->name);
    evc_secret_free(&key->bytes);
    evc_kms_unref(key->kms);
    evc_kv_reset(&key->context);
}

void
evc_stored_keys_truncate(evc_stored_keys *keys, size_t count)
{
    while (keys->count > count)
        reset_key(&keys->keys[--keys->count]);
}

void
evc_stored_keys_free(evc_stored_keys *keys)
{
    if (!keys)
        return;
    evc_stored_keys_truncate(keys, 0);
    evc_mem_free(keys->keys);
    evc_dek_cache_unref(keys->cache);
    evc_crypto_unref(keys->crypto);
    evc_mem_free(keys);
}

static bool
is_local(evc_stored_provider provider)
{
    return provider == EVC_STORED_AESCBC || provider == EVC_STORED_AESGCM ||
           provider == EVC_STORED_SECRETBOX;
}

static bool
is_kms(evc_stored_provider provider)
{
    return provider == EVC_STORED_KMS_V1 || provider == EVC_STORED_KMS_V2;
}

evc_stored_layout
evc_stored_layout_of(evc_stored_provider provider)
{
    switch (provider) {
    case EVC_STORED_AESCBC:
        return EVC_LAYOUT_CBC;
    case EVC_STORED_SECRETBOX:
        return EVC_LAYOUT_SECRETBOX;
    case EVC_STORED_KMS_V1:
        return EVC_LAYOUT_KMS_V1;
    case EVC_STORED_KMS_V2:
        return EVC_LAYOUT_SEED;
    default:
        return EVC_LAYOUT_GCM;
    }
}

bool
evc_stored_key_serves(const evc_stored_key *key, evc_stored_provider provider)
{
    return key->provider == provider || (is_kms(key->provider) && is_kms(provider));
}

static int
check_name(const char *name, evc_error **err)
{
    size_t size = strlen(name);

    if (size > 0 && size <= EVC_STORED_NAME_MAX && evc_is_utf8(evc_view_text(name)))
        return 0;
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "a key of stored values is named by 1 to %u bytes of UTF-8, as in "
                   "the EncryptionConfiguration",
                   EVC_STORED_NAME_MAX);
}

/* Takes what the key holds; resets it when it cannot. */
static int
append(evc_stored_keys *keys, evc_stored_key *key, evc_error **err)
{
    size_t capacity = keys->capacity ? 2 * keys->capacity : FIRST_CAPACITY;
    evc_stored_key *grown;

    if (keys->count == keys->capacity) {
        grown = evc_mem_grow(keys->keys, keys->count, capacity, sizeof(*grown));
        if (!grown) {
            reset_key(key);
            return evc_err_nomem(err);
        }
        keys->keys = grown;
        keys->capacity = capacity;
    }
    keys->keys[keys->count++] = *key;
    return 0;
}

static int
check_key(evc_stored_provider provider, const char *name, evc_view bytes,
          evc_error **err)
{
    if (!is_local(provider))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "key bytes are given for the providers aescbc, aesgcm and "
                       "secretbox only");
    if (!evc_stored_cipher_takes(evc_stored_layout_of(provider), bytes.size))
        return evc_err(
            err, ENVCRYPT_E_KEY_SIZE,
            "a key of %zu bytes was given for the provider %s, which takes %s",
            bytes.size, evc_stored_provider_name(provider),
            provider == EVC_STORED_SECRETBOX ? "32" : "16, 24 or 32");
    return check_name(name, err);
}

int
evc_stored_keys_add(evc_stored_keys *keys, evc_stored_provider provider,
                    const char *name, evc_view bytes, evc_error **err)
{
    evc_stored_key key = {.provider = provider};
    int rc = check_key(provider, name, bytes, err);

    if (rc)
        return rc;
    rc = evc_secret_copy(evc_crypto_env(keys->crypto)->arena, bytes, &key.bytes, err);
    if (rc)
        return rc;
    key.name = evc_mem_strdup(name);
    if (!key.name) {
        reset_key(&key);
        return evc_err_nomem(err);
    }
    return append(keys, &key, err);
}

static int
check_kms(const evc_stored_keys *keys, const char *name, const evc_kms *kms,
          evc_error **err)
{
    if (kms->crypto != keys->crypto)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the key \"%s\" was opened with another client than the keys "
                       "of stored values",
                       kms->key_id);
    return name ? check_name(name, err) : 0;
}

int
evc_stored_keys_add_kms(evc_stored_keys *keys, const char *name, const char *form,
                        evc_kms *kms, const evc_kv *context, evc_error **err)
{
    evc_stored_key key = {.provider = EVC_STORED_KMS_V2};
    int rc = check_kms(keys, name, kms, err);

    if (!rc)
        rc = evc_plugin_form_parse(form, kms, &key.form, err);
    if (rc)
        return rc;
    key.kms = evc_kms_ref(kms);
    key.name = name ? evc_mem_strdup(name) : NULL;
    if (name && !key.name)
        rc = evc_err_nomem(err);
    if (!rc && context)
        rc = evc_kv_copy(&key.context, context, err);
    if (rc) {
        reset_key(&key);
        return rc;
    }
    return append(keys, &key, err);
}
