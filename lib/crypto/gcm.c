/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One EVP_CIPHER_CTX for each key size serves both directions: the provider keeps one
 * key schedule for both, and only the IV and the direction change between messages.
 */
#include "crypto/gcm.h"

#include <inttypes.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <string.h>

#include "base/mem.h"
#include "crypto/state.h"

#define PIECE ((size_t)1 << 30) /* OpenSSL's lengths are int */

struct evc_gcm {
    evc_pool_item item;
    evc_crypto *crypto;                      /* held while taken */
    EVP_CIPHER_CTX *contexts[EVC_AES_SIZES]; /* made when first needed */
    EVP_CIPHER_CTX *active;                  /* the one with the caller's key */
    bool keyed[EVC_AES_SIZES];               /* holds a key of a caller */
};

static void
gcm_destroy(evc_pool_item *item)
{
    evc_gcm *gcm = (evc_gcm *)item;

    for (size_t i = 0; i < EVC_AES_SIZES; i++)
        EVP_CIPHER_CTX_free(gcm->contexts[i]);
    evc_mem_free(gcm);
}

/* The only step that allocates, and so the only one of sealing that may fail. */
static bool
make_context(evc_gcm *gcm, size_t index)
{
    EVP_CIPHER_CTX *context;

    ERR_set_mark();
    context = EVP_CIPHER_CTX_new();
    if (context && EVP_CipherInit_ex2(context, gcm->crypto->gcm[index], NULL, NULL, 1,
                                      NULL) != 1) {
        EVP_CIPHER_CTX_free(context);
        context = NULL;
    }
    ERR_pop_to_mark();
    gcm->contexts[index] = context;
    return context != NULL;
}

static bool
set_key(evc_gcm *gcm, size_t index, const uint8_t *key)
{
    return (gcm->contexts[index] || make_context(gcm, index)) &&
           EVP_CipherInit_ex2(gcm->contexts[index], NULL, key, NULL, 1, NULL) == 1;
}

int
evc_gcm_set_key(evc_gcm *gcm, evc_view key, evc_error **err)
{
    int index = evc_aes_index(key.size);
    int rc = evc_crypto_check(gcm->crypto, err);

    if (rc)
        return rc;
    if (index < 0)
        return evc_err(err, ENVCRYPT_E_KEY_SIZE,
                       "AES-GCM was given a key of %zu bytes; it takes 16, 24 or 32",
                       key.size);
    gcm->active = NULL;
    gcm->keyed[index] = true;
    if (!set_key(gcm, (size_t)index, key.data))
        return evc_crypto_failed(err, "set an AES-GCM key");
    gcm->active = gcm->contexts[index];
    return 0;
}

int
evc_gcm_take(evc_crypto *crypto, evc_view key, evc_gcm **out, evc_error **err)
{
    evc_gcm *gcm;
    int rc = evc_crypto_check(crypto, err);

    *out = NULL;
    if (rc)
        return rc;
    gcm = (evc_gcm *)evc_pool_take(&crypto->gcm_pool);
    if (!gcm) {
        gcm = evc_mem_new(sizeof *gcm);
        if (!gcm)
            return evc_err_nomem(err);
        gcm->item.destroy = gcm_destroy;
    }
    gcm->crypto = evc_crypto_ref(crypto);
    rc = evc_gcm_set_key(gcm, key, err);
    if (rc)
        evc_gcm_give(gcm);
    else
        *out = gcm;
    return rc;
}

/*
 * A new key replaces the key schedule and the GHASH table, and clears the rest: counter
 * block and key stream.
 */
static bool
forget(evc_gcm *gcm, size_t index)
{
    static const uint8_t constant[32];

    return gcm->contexts[index] && set_key(gcm, index, constant);
}

void
evc_gcm_give(evc_gcm *gcm)
{
    evc_crypto *crypto;
    bool clean = true;

    if (!gcm)
        return;
    crypto = gcm->crypto;
    if (evc_crypto_is_ours(crypto)) {
        for (size_t i = 0; i < EVC_AES_SIZES; i++) {
            clean = (!gcm->keyed[i] || forget(gcm, i)) && clean;
            gcm->keyed[i] = false;
        }
        gcm->active = NULL;
        if (clean)
            evc_pool_give(&crypto->gcm_pool, &gcm->item);
        else
            gcm_destroy(&gcm->item);
    }
    evc_crypto_unref(crypto);
}

/* Feeds input as additional data (out NULL) or as text. */
static bool
feed(EVP_CIPHER_CTX *context, evc_view input, uint8_t *out)
{
    evc_cursor rest = evc_cursor_of_view(input);
    size_t left;

    while ((left = evc_cursor_left(&rest)) > 0) {
        size_t at = rest.at;
        evc_view piece = evc_cursor_bytes(&rest, left < PIECE ? left : PIECE);
        int made;

        if (EVP_CipherUpdate(context, out ? &out[at] : NULL, &made, piece.data,
                             (int)piece.size) != 1)
            return false;
    }
    return true;
}

static bool
feed_all(EVP_CIPHER_CTX *context, const evc_view *aad, size_t aad_count, evc_view text,
         uint8_t *out)
{
    for (size_t i = 0; i < aad_count; i++)
        if (!feed(context, aad[i], NULL))
            return false;
    return feed(context, text, out);
}

static int
check(const evc_gcm *gcm, evc_view text, evc_error **err)
{
    uint64_t size = text.size; /* a size_t of 32 bits is always below the limit */
    int rc = evc_crypto_check(gcm->crypto, err);

    if (rc)
        return rc;
    if (size > EVC_GCM_MAX)
        return evc_err(
            err, ENVCRYPT_E_ARGUMENT,
            "AES-GCM was given %zu bytes; one message holds at most %" PRIu64,
            text.size, EVC_GCM_MAX);
    if (!gcm->active)
        return evc_err(err, ENVCRYPT_E_STATE, "AES-GCM was used without a key");
    return 0;
}

int
evc_gcm_seal(evc_gcm *gcm, const uint8_t iv[EVC_GCM_IV], const evc_view *aad,
             size_t aad_count, evc_view plain, uint8_t *out, uint8_t tag[EVC_GCM_TAG],
             evc_error **err)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, EVC_GCM_TAG),
        OSSL_PARAM_construct_end(),
    };
    uint8_t none[EVC_GCM_TAG];
    int made;
    int rc = check(gcm, plain, err);

    if (rc)
        return rc;
    if (EVP_CipherInit_ex2(gcm->active, NULL, NULL, iv, 1, NULL) == 1 &&
        feed_all(gcm->active, aad, aad_count, plain, out) &&
        EVP_CipherFinal_ex(gcm->active, none, &made) == 1 &&
        EVP_CIPHER_CTX_get_params(gcm->active, params) == 1)
        return 0;
    evc_mem_wipe(out, plain.size);
    return evc_crypto_failed(err, "encrypt by AES-GCM");
}

int
evc_gcm_open(evc_gcm *gcm, const uint8_t iv[EVC_GCM_IV], const evc_view *aad,
             size_t aad_count, evc_view cipher, uint8_t *out,
             const uint8_t tag[EVC_GCM_TAG], evc_error **err)
{
    uint8_t expected[EVC_GCM_TAG];
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, expected,
                                          EVC_GCM_TAG),
        OSSL_PARAM_construct_end(),
    };
    uint8_t none[EVC_GCM_TAG];
    bool fed;
    bool holds;
    int made;
    int rc = check(gcm, cipher, err);

    if (rc)
        return rc;
    memcpy(expected, tag, EVC_GCM_TAG); /* OSSL_PARAM has no pointer to const */
    ERR_set_mark();
    fed = EVP_CipherInit_ex2(gcm->active, NULL, NULL, iv, 0, params) == 1 &&
          feed_all(gcm->active, aad, aad_count, cipher, out);
    holds = fed && EVP_CipherFinal_ex(gcm->active, none, &made) == 1;
    ERR_pop_to_mark();
    if (holds)
        return 0;
    evc_mem_wipe(out, cipher.size);
    return fed ? EVC_NOT_AUTHENTIC : evc_crypto_failed(err, "decrypt by AES-GCM");
}
