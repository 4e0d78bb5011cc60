/* SPDX-License-Identifier: Apache-2.0 */
/* The context is not bound to the wrapped key: only the header's tag binds it. */
#include <string.h>

#include "base/mem.h"
#include "crypto/rsa.h"
#include "kms/call.h"
#include "kms/keys.h"

typedef struct raw_rsa {
    evc_rsa *public_key;  /* NULL: only opens */
    evc_rsa *private_key; /* NULL: only writes */
    evc_rsa_padding padding;
} raw_rsa;

static void
raw_rsa_close(void *state)
{
    raw_rsa *raw = state;

    evc_rsa_unref(raw->public_key);
    evc_rsa_unref(raw->private_key);
    evc_mem_free(raw);
}

static bool
raw_rsa_claims(const evc_kms *kms, const evc_edk *edk)
{
    return evc_view_is_text(edk->provider, kms->provider) &&
           evc_view_is_text(edk->info, kms->key_id);
}

static int
wrap(evc_kms *kms, evc_call *call, evc_error **err)
{
    raw_rsa *raw = kms->state;
    uint8_t *room;

    evc_buf_put_text(&call->wrapped.provider, kms->provider);
    evc_buf_put_text(&call->wrapped.info, kms->key_id);
    room = evc_buf_extend(&call->wrapped.ciphertext, evc_rsa_size(raw->public_key));
    if (!room)
        return evc_buf_check(&call->wrapped.ciphertext, err);
    return evc_rsa_encrypt(raw->public_key, &raw->padding, call->input, room, err);
}

static int
refuse(const evc_kms *kms, evc_error **err)
{
    return evc_err(
        err, ENVCRYPT_E_UNWRAP,
        "a wrapped key does not open under the RSA key \"%s\" of \"%s\": the "
        "key or the padding is another one, or bytes were changed",
        kms->key_id, kms->provider);
}

static int
unwrap(evc_kms *kms, evc_call *call, evc_error **err)
{
    raw_rsa *raw = kms->state;
    evc_arena *arena = evc_crypto_env(kms->crypto)->arena;
    evc_secret plain; /* room for whatever the padding holds */
    size_t size = 0;
    int rc = evc_secret_new(arena, evc_rsa_size(raw->private_key), &plain, err);

    if (rc)
        return rc;
    rc = evc_rsa_decrypt(raw->private_key, &raw->padding, call->edk.ciphertext,
                         plain.bytes, &size, err);
    if (rc == EVC_NOT_AUTHENTIC || (rc == 0 && (size == 0 || size > EVC_KMS_MAX_KEY)))
        rc = refuse(kms, err);
    if (!rc)
        rc = evc_secret_new(arena, size, &call->key, err);
    if (!rc)
        memcpy(call->key.bytes, plain.bytes, size);
    evc_secret_free(&plain);
    return rc;
}

static void
raw_rsa_start(evc_kms *kms, evc_call *call)
{
    evc_error *error = NULL;
    int rc;

    if (call->operation == ENVCRYPT_OP_WRAP)
        rc = wrap(kms, call, &error);
    else
        rc = unwrap(kms, call, &error);
    evc_call_finish(call, rc, error);
}

static const evc_backend raw_rsa_backend = {
    .close = raw_rsa_close,
    .claims = raw_rsa_claims,
    .start = raw_rsa_start,
    .at_once = true,
};

static int
choose_padding(int32_t padding, evc_rsa_padding *out, evc_error **err)
{
    static const evc_hash hashes[] = {
        [ENVCRYPT_RSA_OAEP_SHA1] = EVC_SHA1,
        [ENVCRYPT_RSA_OAEP_SHA256] = EVC_SHA256,
        [ENVCRYPT_RSA_OAEP_SHA384] = EVC_SHA384,
        [ENVCRYPT_RSA_OAEP_SHA512] = EVC_SHA512,
    };

    *out = (evc_rsa_padding){0};
    if (padding == ENVCRYPT_RSA_PKCS1) {
        out->pkcs1 = true;
        return 0;
    }
    if (padding < ENVCRYPT_RSA_OAEP_SHA1 || padding > ENVCRYPT_RSA_OAEP_SHA512)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "%d is not the padding of a raw RSA key; give one of "
                       "ENVCRYPT_RSA_...",
                       (int)padding);
    out->hash = hashes[padding];
    out->mgf1 = out->hash; /* the format allows no other */
    return 0;
}

/* What fits under a modulus of so many bytes (RFC 8017, 7.1.1 and 7.2.1). */
static size_t
largest_plaintext(size_t modulus, const evc_rsa_padding *padding)
{
    size_t over = padding->pkcs1 ? 11 : 2 * evc_hash_size(padding->hash) + 2;

    return modulus - over;
}

static int
read_keys(evc_crypto *crypto, const char *public_pem, const char *private_pem,
          raw_rsa *raw, evc_error **err)
{
    int rc = 0;

    if (public_pem)
        rc = evc_rsa_from_public_pem(crypto, evc_view_text(public_pem),
                                     &raw->public_key, err);
    if (!rc && private_pem)
        rc = evc_rsa_from_private_pem(crypto, evc_view_text(private_pem),
                                      evc_view_text(NULL), &raw->private_key, err);
    return rc;
}

/* Halves of two keys under one name would write what nobody can open. */
static int
check_halves(const raw_rsa *raw, const char *name, evc_error **err)
{
    uint8_t first[32];
    uint8_t second[32];
    int rc;

    if (!raw->public_key || !raw->private_key)
        return 0;
    rc = evc_rsa_fingerprint(raw->public_key, first, err);
    if (!rc)
        rc = evc_rsa_fingerprint(raw->private_key, second, err);
    if (!rc && memcmp(first, second, sizeof(first)) != 0)
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "public and private half of the raw RSA key \"%s\" belong to two "
                     "keys",
                     name);
    return rc;
}

static uint32_t
operations_of(const raw_rsa *raw, uint32_t flags)
{
    bool writes = !raw->padding.pkcs1 || (flags & ENVCRYPT_RAW_WRITE_PKCS1);
    uint32_t operations = 0;

    if (raw->public_key && writes)
        operations |= ENVCRYPT_OP_WRAP;
    if (raw->private_key)
        operations |= ENVCRYPT_OP_UNWRAP;
    return operations;
}

static int
check_arguments(const char *name_space, const char *name, const char *public_pem,
                const char *private_pem, uint32_t flags, evc_error **err)
{
    int rc = evc_keys_check_provider(name_space, EVC_KEY_NAME_MAX, "namespace of a key",
                                     err);

    if (!rc)
        rc = evc_keys_check_name(name, EVC_KEY_NAME_MAX, "name of a key", err);
    if (rc)
        return rc;
    if (!public_pem && !private_pem)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the raw RSA key \"%s\" has neither a public nor a private half",
                       name);
    if (flags & ~ENVCRYPT_RAW_WRITE_PKCS1)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the flags of the raw RSA key \"%s\" have unknown bits", name);
    return 0;
}

int
evc_raw_rsa_open(evc_crypto *crypto, const char *name_space, const char *name,
                 const char *public_pem, const char *private_pem, int32_t padding,
                 uint32_t flags, evc_kms **out, evc_error **err)
{
    raw_rsa *raw;
    uint32_t operations;
    int rc = check_arguments(name_space, name, public_pem, private_pem, flags, err);

    *out = NULL;
    if (rc)
        return rc;
    raw = evc_mem_new(sizeof(*raw));
    if (!raw)
        return evc_err_nomem(err);
    rc = choose_padding(padding, &raw->padding, err);
    if (!rc)
        rc = read_keys(crypto, public_pem, private_pem, raw, err);
    if (!rc)
        rc = check_halves(raw, name, err);
    operations = operations_of(raw, flags);
    if (!rc && operations == 0)
        rc =
            evc_err(err, ENVCRYPT_E_ARGUMENT,
                    "the raw RSA key \"%s\" could do nothing: PKCS #1 v1.5 writes only "
                    "with ENVCRYPT_RAW_WRITE_PKCS1, and without a private half nothing "
                    "opens",
                    name);
    if (!rc)
        rc = evc_kms_new(crypto, &raw_rsa_backend, raw, name_space, name, operations,
                         out, err);
    if (rc)
        raw_rsa_close(raw);
    else if (raw->public_key)
        (*out)->max_plaintext =
            largest_plaintext(evc_rsa_size(raw->public_key), &raw->padding);
    return rc;
}
