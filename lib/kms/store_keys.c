/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/store_keys.h"

#include <string.h>

#include "base/mem.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "crypto/xaes.h"

#define PART 32 /* bytes of S, W and M each */
#define AT_S 0
#define AT_W 1
#define AT_M 2

_Static_assert(EVC_STORE_KEY == PART, "the size of the store key");
_Static_assert(EVC_XAES_NONCE == EVC_STORE_NONCE, "the size of the nonce");
_Static_assert(EVC_XAES_TAG == EVC_STORE_TAG, "the size of the tag");

static uint8_t *
part_bytes(const evc_store_keys *keys, size_t at)
{
    return &keys->secret.bytes[at * PART];
}

static evc_view
part(const evc_store_keys *keys, size_t at)
{
    return evc_view_of(part_bytes(keys, at), PART);
}

/* From S, which is in its place. */
static int
derive(evc_store_keys *keys, evc_error **err)
{
    evc_view id = evc_view_of(keys->store_id, sizeof keys->store_id);
    evc_view s = part(keys, AT_S);
    const evc_hkdf_output outputs[] = {
        {evc_view_text("envcrypt-keystore-1 wrap"), part_bytes(keys, AT_W), PART},
        {evc_view_text("envcrypt-keystore-1 mac"), part_bytes(keys, AT_M), PART},
        {evc_view_text("envcrypt-keystore-1 fingerprint"), keys->fingerprint,
         sizeof keys->fingerprint},
    };
    int rc = evc_hkdf_outputs(keys->crypto, EVC_SHA512, id, s, outputs, 3, err);

    if (rc)
        evc_store_keys_reset(keys);
    return rc;
}

static int
begin(evc_crypto *crypto, const uint8_t store_id[EVC_STORE_ID], evc_store_keys *out,
      evc_error **err)
{
    *out = (evc_store_keys){.crypto = crypto};
    memcpy(out->store_id, store_id, EVC_STORE_ID);
    return evc_secret_new(evc_crypto_env(crypto)->arena, (size_t)3 * PART, &out->secret,
                          err);
}

int
evc_store_keys_derive(evc_crypto *crypto, const uint8_t store_id[EVC_STORE_ID],
                      evc_view s, evc_store_keys *out, evc_error **err)
{
    int rc = begin(crypto, store_id, out, err);

    if (rc)
        return rc;
    memcpy(part_bytes(out, AT_S), s.data, PART);
    return derive(out, err);
}

int
evc_store_keys_generate(evc_crypto *crypto, const uint8_t store_id[EVC_STORE_ID],
                        evc_store_keys *out, evc_error **err)
{
    int rc = begin(crypto, store_id, out, err);

    if (!rc)
        rc = evc_random_key(crypto, part_bytes(out, AT_S), PART, err);
    if (!rc)
        return derive(out, err);
    evc_store_keys_reset(out);
    return rc;
}

void
evc_store_keys_reset(evc_store_keys *keys)
{
    evc_secret_free(&keys->secret);
    *keys = (evc_store_keys){0};
}

evc_view
evc_store_keys_s(const evc_store_keys *keys)
{
    return part(keys, AT_S);
}

int
evc_store_keys_mac(const evc_store_keys *keys, evc_view covered,
                   uint8_t out[EVC_STORE_MAC], evc_error **err)
{
    return evc_hmac(keys->crypto, EVC_SHA256, part(keys, AT_M), &covered, 1, out, err);
}

int
evc_store_keys_verify(const evc_store_keys *keys, evc_view covered,
                      const uint8_t mac[EVC_STORE_MAC], evc_error **err)
{
    uint8_t right[EVC_STORE_MAC];
    int rc = evc_store_keys_mac(keys, covered, right, err);

    if (!rc && !evc_mem_equal_secret(right, mac, sizeof right))
        rc = EVC_NOT_AUTHENTIC;
    evc_mem_wipe(right, sizeof right);
    return rc;
}

static void
put_aad(const evc_store_data *store, const evc_store_key *key, uint32_t version,
        evc_buf *out)
{
    bool imported = key->kind == ENVCRYPT_KIND_IMPORTED;

    evc_buf_put_text(out, "envcrypt-keystore-1 key");
    evc_buf_put_u8(out, 0);
    evc_buf_put(out, store->id, sizeof store->id);
    evc_buf_put_bytes16(out, evc_view_text(imported ? key->name_space : store->name));
    evc_buf_put_bytes16(out, evc_view_text(imported ? key->key_name : key->name));
    evc_buf_put_u32(out, version);
    evc_buf_put_u8(out, (uint8_t)key->kind);
}

int
evc_store_keys_wrap(const evc_store_keys *keys, const evc_store_data *store,
                    const evc_store_key *key, evc_view material, evc_store_version *to,
                    evc_error **err)
{
    evc_xaes *xaes = NULL;
    evc_buf aad;
    evc_view view;
    int rc;

    evc_buf_init(&aad);
    put_aad(store, key, to->number, &aad);
    rc = evc_buf_check(&aad, err);
    if (!rc)
        rc = evc_xaes_open_key(keys->crypto, part(keys, AT_W), &xaes, err);
    if (rc)
        goto out;
    view = evc_buf_view(&aad);
    evc_random_public(to->nonce, sizeof to->nonce);
    rc = evc_xaes_seal(xaes, to->nonce, &view, 1, material, to->wrapped, err);
    to->wrapped_size = rc ? 0 : material.size + EVC_STORE_TAG;
out:
    evc_xaes_close(xaes);
    evc_buf_reset(&aad);
    return rc;
}

int
evc_store_keys_unwrap(const evc_store_keys *keys, const evc_store_data *store,
                      const evc_store_key *key, const evc_store_version *from,
                      evc_secret *out, evc_error **err)
{
    evc_view wrapped = evc_view_of(from->wrapped, from->wrapped_size);
    evc_xaes *xaes = NULL;
    evc_buf aad;
    evc_view view;
    int rc;

    *out = (evc_secret){0};
    evc_buf_init(&aad);
    put_aad(store, key, from->number, &aad);
    rc = evc_buf_check(&aad, err);
    if (!rc)
        rc = evc_xaes_open_key(keys->crypto, part(keys, AT_W), &xaes, err);
    if (!rc)
        rc = evc_secret_new(evc_crypto_env(keys->crypto)->arena,
                            wrapped.size - EVC_STORE_TAG, out, err);
    if (rc)
        goto out;
    view = evc_buf_view(&aad);
    rc = evc_xaes_open(xaes, from->nonce, &view, 1, wrapped, out->bytes, err);
    if (rc)
        evc_secret_free(out);
out:
    evc_xaes_close(xaes);
    evc_buf_reset(&aad);
    return rc;
}
