/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/stored_seal.h"

#include <string.h>

#include "base/mem.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "kms/kms.h"

#define DATA_KEY 32

typedef struct sealing {
    evc_stored_keys *keys;
    evc_stored_provider provider;
    const char *name; /* of key or plugin */
    evc_view etcd_key;
    evc_view plain;
    const evc_stored_key *key;
} sealing;

/* --- data keys and seeds --- */

/* A new one, and what stands of it beside the values. */
static int
make(void *user, evc_wait *wait, evc_secret *key, evc_buf *wrapped, evc_error **err)
{
    const sealing *s = user;
    evc_edk_out made;
    evc_edk edk;
    int rc = evc_secret_new(evc_crypto_env(s->keys->crypto)->arena, DATA_KEY, key, err);

    if (!rc)
        rc = evc_random_key(s->keys->crypto, key->bytes, key->size, err);
    if (rc)
        return rc;
    rc = evc_kms_wrap(s->key->kms, evc_view_of(key->bytes, key->size), &s->key->context,
                      wait, NULL, &made, err);
    if (rc)
        return rc;
    edk = evc_edk_view(&made);
    evc_plugin_form_write(s->key->form, &edk, wrapped);
    evc_edk_out_reset(&made);
    return evc_buf_check(wrapped, err);
}

/* A seed of kms v2 is made once for a key of the set, under whatever name. */
static int
get_seed(sealing *s, evc_wait *wait, evc_secret *key, evc_buf *wrapped, evc_error **err)
{
    const uint8_t tag[] = {'s'};
    size_t index = (size_t)(s->key - s->keys->keys);
    evc_view parts[2] = {evc_view_of(tag, 1), evc_view_of(&index, sizeof(index))};
    uint8_t id[EVC_DEK_CACHE_ID];
    const evc_dek_use use = {id, 0, 0};
    int rc = evc_digest(s->keys->crypto, EVC_SHA256, parts, 2, id, err);

    if (rc)
        return rc;
    return evc_dek_cache_get(s->keys->cache, &use, make, s, wait, key, wrapped, err);
}

static int
refuse_wrapped(size_t size, size_t most, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "a wrapped key of %zu bytes cannot be stored: kube-apiserver takes "
                   "at most %zu; use a key with shorter ciphertexts",
                   size, most);
}

/* --- what stands behind the prefix and the name --- */

static int
put_v1(const sealing *s, const evc_secret *key, evc_view wrapped, evc_buf *out,
       evc_error **err)
{
    if (wrapped.size > UINT16_MAX)
        return refuse_wrapped(wrapped.size, UINT16_MAX, err);
    evc_buf_put_bytes16(out, wrapped);
    return evc_stored_cipher_seal(s->keys->crypto, EVC_LAYOUT_KMS_V1,
                                  evc_view_of(key->bytes, key->size), s->etcd_key,
                                  s->plain, out, err);
}

static int
put_v2(const sealing *s, const evc_secret *key, evc_view wrapped, evc_buf *out,
       evc_error **err)
{
    evc_encrypted_object object = {
        .key_id = evc_view_text(s->key->kms->key_id),
        .dek_source = wrapped,
        .type = EVC_DEK_SOURCE_SEED,
    };
    evc_buf sealed;
    int rc;

    if (wrapped.size > EVC_KUBE_DEK_SOURCE_MAX)
        return refuse_wrapped(wrapped.size, EVC_KUBE_DEK_SOURCE_MAX, err);
    if (object.key_id.size == 0 || object.key_id.size > EVC_KUBE_KEY_ID_MAX)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "values of kms v2 have key ids of 1 to %u bytes, and this key's "
                       "has %zu",
                       EVC_KUBE_KEY_ID_MAX, object.key_id.size);
    evc_buf_init(&sealed);
    rc = evc_stored_cipher_seal(s->keys->crypto, EVC_LAYOUT_SEED,
                                evc_view_of(key->bytes, key->size), s->etcd_key,
                                s->plain, &sealed, err);
    object.data = evc_buf_view(&sealed);
    if (!rc)
        evc_encrypted_object_write(&object, NULL, 0, out);
    evc_buf_reset(&sealed);
    return rc ? rc : evc_buf_check(out, err);
}

static int
put_kms(sealing *s, evc_wait *wait, evc_buf *out, evc_error **err)
{
    bool seed = s->provider == EVC_STORED_KMS_V2;
    evc_secret key = {0};
    evc_buf wrapped;
    int rc;

    evc_buf_init(&wrapped);
    rc = seed ? get_seed(s, wait, &key, &wrapped, err)
              : make(s, wait, &key, &wrapped, err);
    if (!rc)
        rc = (seed ? put_v2 : put_v1)(s, &key, evc_buf_view(&wrapped), out, err);
    evc_secret_free(&key);
    evc_buf_reset(&wrapped);
    return rc;
}

static int
put_value(sealing *s, evc_wait *wait, evc_buf *out, evc_error **err)
{
    evc_buf_put_text(out, evc_stored_prefix(s->provider));
    evc_buf_put_text(out, s->name);
    evc_buf_put_u8(out, ':');
    if (s->key->kms)
        return put_kms(s, wait, out, err);
    return evc_stored_cipher_seal(s->keys->crypto, evc_stored_layout_of(s->provider),
                                  evc_view_of(s->key->bytes.bytes, s->key->bytes.size),
                                  s->etcd_key, s->plain, out, err);
}

/* --- which key, and what may be sealed --- */

static int
find_key(sealing *s, evc_error **err)
{
    for (size_t i = 0; !s->key && i < s->keys->count; i++) {
        const evc_stored_key *key = &s->keys->keys[i];

        if (evc_stored_key_serves(key, s->provider) &&
            (!s->name || !key->name || strcmp(s->name, key->name) == 0))
            s->key = key;
    }
    if (!s->key)
        return evc_err(err, ENVCRYPT_E_STORED_NO_KEY,
                       "a value cannot be stored: no key was given for the provider "
                       "%s%s%s",
                       evc_stored_provider_name(s->provider),
                       s->name ? " and the name " : "", s->name ? s->name : "");
    if (!s->name)
        s->name = s->key->name;
    if (!s->name)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a value cannot be stored: name the plugin, as in the "
                       "EncryptionConfiguration");
    if (!*s->name || (s->provider == EVC_STORED_KMS_V2 && strchr(s->name, ':')))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a value cannot be stored: kube-apiserver takes no plugin named "
                       "\"%s\"",
                       s->name);
    return 0;
}

static int
check(const sealing *s, evc_error **err)
{
    if (s->provider < EVC_STORED_IDENTITY || s->provider >= EVC_STORED_UNKNOWN)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a value cannot be stored: %d is no provider", (int)s->provider);
    if (s->plain.size > EVC_STORED_PLAIN_MAX)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a value of %zu bytes cannot be stored: kube-apiserver takes "
                       "at most %zu",
                       s->plain.size, EVC_STORED_PLAIN_MAX);
    return evc_stored_check_place(s->provider, s->etcd_key, err);
}

static int
put_identity(const sealing *s, evc_buf *out, evc_error **err)
{
    if (evc_view_starts_with(s->plain, evc_stored_prefix(EVC_STORED_UNKNOWN)))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a value that begins like an encrypted one cannot be stored in "
                       "the clear: kube-apiserver would refuse to read it");
    evc_buf_put_view(out, s->plain);
    return evc_buf_check(out, err);
}

int
evc_stored_seal(evc_stored_keys *keys, evc_stored_provider provider, const char *name,
                evc_view etcd_key, evc_view plain, evc_wait *wait, evc_buf *out,
                evc_error **err)
{
    sealing s = {keys, provider, name, etcd_key, plain, NULL};
    size_t before = out->size;
    int rc = check(&s, err);

    if (rc)
        return rc;
    if (provider == EVC_STORED_IDENTITY)
        return put_identity(&s, out, err);
    rc = find_key(&s, err);
    if (!rc)
        rc = put_value(&s, wait, out, err);
    if (!rc)
        rc = evc_buf_check(out, err);
    if (rc)
        evc_buf_truncate(out, before);
    return rc;
}
