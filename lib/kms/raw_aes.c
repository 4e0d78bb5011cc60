/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "kms/call.h"
#include "kms/keys.h"
#include "kms/wrap_aes.h"

typedef struct raw_aes {
    evc_secret key;
    evc_wrap_count wraps;
    bool only_opens; /* all zero bytes */
} raw_aes;

static void
raw_aes_close(void *state)
{
    raw_aes *raw = state;

    evc_secret_free(&raw->key);
    evc_mem_free(raw);
}

static bool
raw_aes_claims(const evc_kms *kms, const evc_edk *edk)
{
    evc_view name;
    evc_view iv;

    return evc_view_is_text(edk->provider, kms->provider) &&
           evc_edk_raw_aes_parse(edk->info, &name, &iv) &&
           evc_view_is_text(name, kms->key_id);
}

static int
wrap(evc_kms *kms, evc_call *call, evc_error **err)
{
    raw_aes *raw = kms->state;
    int rc;

    /* It is what wiped memory looks like. Published messages are under such a key. */
    if (raw->only_opens)
        return evc_err(err, ENVCRYPT_E_KEY_READ_ONLY,
                       "the raw AES key \"%s\" is all zero bytes, so it only opens old "
                       "messages; write under a real key",
                       kms->key_id);
    rc = evc_wrap_count_add(&raw->wraps, kms->key_id, err);
    if (rc)
        return rc;
    return evc_wrap_raw_aes(kms->crypto, evc_view_of(raw->key.bytes, raw->key.size),
                            evc_view_text(kms->provider), evc_view_text(kms->key_id),
                            call->context, call->input, call->loan, &call->wrapped,
                            err);
}

static int
unwrap(evc_kms *kms, evc_call *call, evc_error **err)
{
    raw_aes *raw = kms->state;
    size_t size = evc_raw_aes_key_size(&call->edk);
    int rc;

    if (size == 0 || size > EVC_KMS_MAX_KEY)
        return evc_err(err, ENVCRYPT_E_UNWRAP,
                       "a wrapped key of \"%s\" under \"%s\" has %zu bytes, which is "
                       "the length of none",
                       kms->key_id, kms->provider, call->edk.ciphertext.size);
    rc = evc_secret_new(evc_crypto_env(kms->crypto)->arena, size, &call->key, err);
    if (rc)
        return rc;
    return evc_unwrap_raw_aes(kms->crypto, evc_view_of(raw->key.bytes, raw->key.size),
                              &call->edk, call->context, call->loan, call->key.bytes,
                              err);
}

static void
raw_aes_start(evc_kms *kms, evc_call *call)
{
    evc_error *error = NULL;
    int rc;

    if (call->operation == ENVCRYPT_OP_WRAP)
        rc = wrap(kms, call, &error);
    else
        rc = unwrap(kms, call, &error);
    evc_call_finish(call, rc, error);
}

static const evc_backend raw_aes_backend = {
    .close = raw_aes_close,
    .claims = raw_aes_claims,
    .start = raw_aes_start,
    .at_once = true,
};

int
evc_raw_aes_open(evc_crypto *crypto, const char *name_space, const char *name,
                 evc_view key, evc_kms **out, evc_error **err)
{
    raw_aes *raw;
    int rc = evc_keys_check_provider(name_space, EVC_KEY_NAME_MAX, "namespace of a key",
                                     err);

    *out = NULL;
    if (!rc)
        rc = evc_keys_check_name(name, EVC_KEY_NAME_MAX, "name of a key", err);
    if (rc)
        return rc;
    if (key.size != 16 && key.size != 24 && key.size != 32)
        return evc_err(err, ENVCRYPT_E_KEY_SIZE,
                       "the raw AES key \"%s\" has %zu bytes; give it 16, 24 or 32",
                       name, key.size);
    raw = evc_mem_new(sizeof(*raw));
    if (!raw)
        return evc_err_nomem(err);
    atomic_init(&raw->wraps, 0);
    rc = evc_secret_copy(evc_crypto_env(crypto)->arena, key, &raw->key, err);
    if (!rc) {
        raw->only_opens = evc_mem_is_zero(key.data, key.size);
        rc = evc_kms_new(crypto, &raw_aes_backend, raw, name_space, name,
                         ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP, out, err);
    }
    if (rc)
        raw_aes_close(raw);
    return rc;
}
