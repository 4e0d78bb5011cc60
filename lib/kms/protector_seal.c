/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/protector_seal.h"

#include "crypto/digest.h"
#include "crypto/random.h"
#include "crypto/xaes.h"

#define AAD_MAX (EVC_PROTECTOR_INFO + 1 + 8)

_Static_assert(EVC_XAES_NONCE == EVC_PROTECTOR_NONCE, "the size of the nonce");
_Static_assert(EVC_PROTECTOR_WRAPPED - EVC_STORE_KEY == EVC_XAES_TAG, "the tag's size");

void
evc_protector_info(const evc_protector_scope *scope, const evc_protector *of,
                   uint8_t out[EVC_PROTECTOR_INFO])
{
    evc_buf info;

    evc_buf_init_fixed(&info, out, EVC_PROTECTOR_INFO);
    evc_buf_put_text(&info, EVC_PROTECTOR_LABEL);
    evc_buf_put(&info, scope->store_id, EVC_STORE_ID);
    evc_buf_put(&info, of->id, EVC_PROTECTOR_ID);
}

static evc_view
aad_of(const evc_protector *of, const uint8_t info[EVC_PROTECTOR_INFO],
       uint8_t out[AAD_MAX])
{
    evc_buf aad;

    evc_buf_init_fixed(&aad, out, AAD_MAX);
    evc_buf_put(&aad, info, EVC_PROTECTOR_INFO);
    evc_buf_put_u8(&aad, (uint8_t)of->type);
    if (of->type == ENVCRYPT_PROTECTOR_PASSPHRASE) {
        evc_buf_put_u32(&aad, of->passes);
        evc_buf_put_u32(&aad, of->memory_kib);
    }
    return evc_buf_view(&aad);
}

/* The cipher under K. */
static int
open_key(const evc_protector_scope *scope, evc_view p, const evc_protector *of,
         const uint8_t info[EVC_PROTECTOR_INFO], evc_xaes **out, evc_error **err)
{
    evc_secret k;
    int rc =
        evc_secret_new(evc_crypto_env(scope->crypto)->arena, EVC_XAES_KEY, &k, err);

    if (rc)
        return rc;
    rc = evc_hkdf(scope->crypto, EVC_SHA512, evc_view_of(of->salt, sizeof of->salt), p,
                  evc_view_of(info, EVC_PROTECTOR_INFO), k.bytes, k.size, err);
    if (!rc)
        rc = evc_xaes_open_key(scope->crypto, evc_view_of(k.bytes, k.size), out, err);
    evc_secret_free(&k);
    return rc;
}

int
evc_protector_seal(const evc_protector_scope *scope, evc_view p, evc_view s,
                   evc_protector *to, evc_error **err)
{
    uint8_t info[EVC_PROTECTOR_INFO];
    uint8_t room[AAD_MAX];
    evc_view aad;
    evc_xaes *xaes = NULL;
    int rc;

    evc_protector_info(scope, to, info);
    aad = aad_of(to, info, room);
    rc = open_key(scope, p, to, info, &xaes, err);
    if (rc)
        return rc;
    evc_random_public(to->nonce, sizeof to->nonce);
    evc_buf_clear(&to->wrapped);
    (void)evc_buf_extend(&to->wrapped, EVC_PROTECTOR_WRAPPED);
    rc = evc_buf_check(&to->wrapped, err);
    if (!rc)
        rc = evc_xaes_seal(xaes, to->nonce, &aad, 1, s, to->wrapped.data, err);
    evc_xaes_close(xaes);
    return rc;
}

int
evc_protector_unseal(const evc_protector_scope *scope, evc_view p,
                     const evc_protector *from, uint8_t *s, evc_error **err)
{
    uint8_t info[EVC_PROTECTOR_INFO];
    uint8_t room[AAD_MAX];
    evc_view aad;
    evc_xaes *xaes = NULL;
    int rc;

    evc_protector_info(scope, from, info);
    aad = aad_of(from, info, room);
    rc = open_key(scope, p, from, info, &xaes, err);
    if (!rc)
        rc = evc_xaes_open(xaes, from->nonce, &aad, 1, evc_buf_view(&from->wrapped), s,
                           err);
    evc_xaes_close(xaes);
    return rc;
}

int
evc_protector_seal_read(const evc_json *from, evc_protector *to, evc_error **err)
{
    uint8_t *wrapped = evc_buf_extend(&to->wrapped, EVC_PROTECTOR_WRAPPED);
    int rc = evc_buf_check(&to->wrapped, err);

    if (!rc)
        rc = evc_json_hex(from, "salt", to->salt, sizeof to->salt, err);
    if (!rc)
        rc = evc_json_hex(from, "nonce", to->nonce, sizeof to->nonce, err);
    if (!rc)
        rc = evc_json_hex(from, "wrapped", wrapped, EVC_PROTECTOR_WRAPPED, err);
    return rc;
}

void
evc_protector_seal_write(const evc_protector *from, evc_jwrite *to)
{
    evc_jwrite_name(to, "salt");
    evc_jwrite_hex(to, evc_view_of(from->salt, sizeof from->salt));
    evc_jwrite_name(to, "nonce");
    evc_jwrite_hex(to, evc_view_of(from->nonce, sizeof from->nonce));
    evc_jwrite_name(to, "wrapped");
    evc_jwrite_hex(to, evc_buf_view(&from->wrapped));
}
