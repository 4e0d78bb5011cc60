/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/signature.h"

#include "base/encode.h"
#include "kms/context.h"

static size_t
point_size(const evc_suite *suite)
{
    return suite->curve == EVC_P256 ? 33 : 49;
}

static int
begin_hash(evc_signature *s, evc_crypto *crypto, evc_error **err)
{
    return evc_hasher_open(crypto, s->suite->signature_hash, &s->hasher, err);
}

int
evc_signature_begin_write(evc_signature *s, evc_crypto *crypto, const evc_suite *suite,
                          evc_kv *context, evc_error **err)
{
    uint8_t point[EVC_EC_POINT_MAX];
    uint8_t memory[2 * EVC_EC_POINT_MAX];
    size_t size;
    evc_buf text;
    int rc;

    if (!suite->is_signed)
        return 0;
    s->suite = suite;
    rc = evc_ec_generate(crypto, suite->curve, &s->key, err);
    if (!rc)
        rc = evc_ec_point(s->key, point, &size, err);
    if (rc)
        return rc;
    evc_buf_init_fixed(&text, memory, sizeof memory);
    evc_encode_base64(&text, evc_view_of(point, size));
    rc = evc_buf_check(&text, err);
    if (!rc)
        rc = evc_kv_set(context, evc_view_text(EVC_CONTEXT_PUBLIC_KEY),
                        evc_buf_view(&text), err);
    return rc ? rc : begin_hash(s, crypto, err);
}

int
evc_signature_begin_read(evc_signature *s, evc_crypto *crypto, const evc_suite *suite,
                         const evc_kv *context, evc_error **err)
{
    const evc_pair *pair = evc_kv_find(context, evc_view_text(EVC_CONTEXT_PUBLIC_KEY));
    uint8_t point[EVC_EC_POINT_MAX];
    size_t size = 0;
    int rc = ENVCRYPT_E_ARGUMENT;

    if (!suite->is_signed)
        return 0;
    s->suite = suite;
    if (pair && evc_decode_base64(pair->value, point, sizeof point, &size, NULL) == 0 &&
        size == point_size(suite))
        rc = evc_ec_from_point(crypto, suite->curve, evc_view_of(point, size), &s->key,
                               err);
    if (rc == ENVCRYPT_E_ARGUMENT)
        return evc_err(err, ENVCRYPT_E_HEADER,
                       "the signer's public key in the header is not a point of the "
                       "curve of suite %04x; the message was not made by the rules",
                       suite->id);
    return rc ? rc : begin_hash(s, crypto, err);
}

void
evc_signature_end(evc_signature *s)
{
    evc_hasher_close(s->hasher);
    evc_ec_free(s->key);
    *s = (evc_signature){0};
}

int
evc_signature_add(evc_signature *s, evc_view bytes, evc_error **err)
{
    return s->hasher ? evc_hasher_add(s->hasher, bytes, err) : 0;
}

static int
finish_hash(evc_signature *s, uint8_t memory[EVC_HASH_MAX], evc_view *digest,
            evc_error **err)
{
    *digest = evc_view_of(memory, evc_hash_size(s->suite->signature_hash));
    return evc_hasher_finish(s->hasher, memory, err);
}

size_t
evc_signature_footer_size(const evc_suite *suite)
{
    return suite->is_signed ? 2 + evc_ec_signature_size(suite->curve) : 0;
}

int
evc_signature_sign(evc_signature *s, uint8_t out[EVC_FOOTER_MAX], size_t *size,
                   evc_error **err)
{
    uint8_t memory[EVC_HASH_MAX];
    uint8_t signature[EVC_EC_SIGNATURE_MAX];
    size_t signature_size;
    evc_view digest;
    evc_buf footer;
    int rc;

    *size = 0;
    if (!s->key)
        return 0;
    rc = finish_hash(s, memory, &digest, err);
    if (!rc)
        rc = evc_ec_sign(s->key, digest, signature, &signature_size, err);
    if (rc)
        return rc;
    evc_buf_init_fixed(&footer, out, EVC_FOOTER_MAX);
    evc_buf_put_bytes16(&footer, evc_view_of(signature, signature_size));
    *size = footer.size;
    return evc_buf_check(&footer, err);
}

size_t
evc_signature_footer_needs(evc_view bytes)
{
    evc_cursor c = evc_cursor_of_view(bytes);

    return 2u + evc_cursor_u16(&c); /* 0 when it is not there yet */
}

int
evc_signature_verify(evc_signature *s, evc_view footer, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(footer);
    evc_view signature = evc_cursor_bytes16(&c);
    uint8_t memory[EVC_HASH_MAX];
    evc_view digest;
    int rc;

    if (!s->key)
        return 0;
    rc = finish_hash(s, memory, &digest, err);
    if (rc)
        return rc;
    if (evc_cursor_done(&c) && signature.size <= EVC_EC_SIGNATURE_MAX)
        rc = evc_ec_verify(s->key, digest, signature, err);
    else
        rc = EVC_NOT_AUTHENTIC;
    if (rc != EVC_NOT_AUTHENTIC)
        return rc;
    return evc_err(
        err, ENVCRYPT_E_SIGNATURE,
        "the signature does not hold; the message was changed, or written by "
        "somebody who has the data key but not the signer's key");
}
