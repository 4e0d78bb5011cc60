/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The subkey of a nonce is two AES blocks in the manner of CMAC over the counter-mode
 * KDF input 00 0i 'X' 00 N[0..11]; since that input is one whole block, CMAC is AES(K,
 * M ^ K1). OpenSSL 3.0 cannot express this by its KBKDF, and a MAC context per value
 * would cost more than the encryption.
 */
#include "crypto/xaes.h"

#include <openssl/err.h>
#include <string.h>

#include "base/mem.h"
#include "crypto/gcm.h"
#include "crypto/state.h"

#define BLOCK 16u
#define NONCE_HEAD 12u /* goes into the subkey; the other 12 bytes are GCM's IV */

struct evc_xaes {
    evc_crypto *crypto;
    EVP_CIPHER_CTX *ecb; /* keyed with the caller's key */
    evc_gcm *gcm;        /* keyed anew for each nonce */
    evc_secret k1;
};

static bool
encrypt_blocks(evc_xaes *xaes, const uint8_t *in, uint8_t *out, int size)
{
    int made;

    return EVP_EncryptUpdate(xaes->ecb, out, &made, in, size) == 1 && made == size;
}

/* Doubling in GF(2^128), without a branch on the secret bit. */
static void
double_block(uint8_t *block)
{
    uint8_t carry = 0;

    for (size_t i = BLOCK; i-- > 0;) {
        uint8_t top = block[i] >> 7;

        block[i] = (uint8_t)((unsigned)block[i] << 1 | carry);
        carry = top;
    }
    block[BLOCK - 1] ^= (uint8_t)(0x87u & (0u - carry));
}

static int
make_ready(evc_xaes *xaes, evc_view key, evc_error **err)
{
    static const uint8_t zeros[BLOCK];
    int rc;

    if ((rc = evc_secret_new(evc_crypto_env(xaes->crypto)->arena, BLOCK, &xaes->k1,
                             err)))
        return rc;
    if (!(xaes->ecb = EVP_CIPHER_CTX_new()))
        return evc_err_nomem(err);
    if (EVP_EncryptInit_ex2(xaes->ecb, xaes->crypto->ecb256, key.data, NULL, NULL) !=
            1 ||
        EVP_CIPHER_CTX_set_padding(xaes->ecb, 0) != 1 ||
        !encrypt_blocks(xaes, zeros, xaes->k1.bytes, BLOCK))
        return evc_crypto_failed(err, "set an XAES key");
    double_block(xaes->k1.bytes);
    return evc_gcm_take(xaes->crypto, key, &xaes->gcm, err);
}

int
evc_xaes_open_key(evc_crypto *crypto, evc_view key, evc_xaes **out, evc_error **err)
{
    evc_xaes *xaes;
    int rc = evc_crypto_check(crypto, err);

    *out = NULL;
    if (rc)
        return rc;
    if (key.size != EVC_XAES_KEY)
        return evc_err(err, ENVCRYPT_E_KEY_SIZE,
                       "XAES-256-GCM was given a key of %zu bytes; it takes 32",
                       key.size);
    xaes = evc_mem_new(sizeof *xaes);
    if (!xaes)
        return evc_err_nomem(err);
    xaes->crypto = evc_crypto_ref(crypto);
    ERR_set_mark();
    rc = make_ready(xaes, key, err);
    ERR_pop_to_mark();
    if (rc)
        evc_xaes_close(xaes);
    else
        *out = xaes;
    return rc;
}

void
evc_xaes_close(evc_xaes *xaes)
{
    if (!xaes)
        return;
    evc_gcm_give(xaes->gcm);
    if (evc_crypto_is_ours(xaes->crypto))
        EVP_CIPHER_CTX_free(xaes->ecb); /* wipes the key schedule */
    evc_secret_free(&xaes->k1);
    evc_crypto_unref(xaes->crypto);
    evc_mem_free(xaes);
}

static int
key_for_nonce(evc_xaes *xaes, const uint8_t *nonce, evc_error **err)
{
    uint8_t blocks[2 * BLOCK] = {0, 1, 'X', 0, [BLOCK] = 0, 2, 'X', 0};
    int rc;

    memcpy(&blocks[4], nonce, NONCE_HEAD);
    memcpy(&blocks[BLOCK + 4], nonce, NONCE_HEAD);
    for (size_t i = 0; i < BLOCK; i++) {
        blocks[i] ^= xaes->k1.bytes[i];
        blocks[BLOCK + i] ^= xaes->k1.bytes[i];
    }
    if (encrypt_blocks(xaes, blocks, blocks, sizeof blocks))
        rc = evc_gcm_set_key(xaes->gcm, evc_view_of(blocks, sizeof blocks), err);
    else
        rc = evc_crypto_failed(err, "derive an XAES subkey");
    evc_mem_wipe(blocks, sizeof blocks);
    return rc;
}

int
evc_xaes_seal(evc_xaes *xaes, const uint8_t nonce[EVC_XAES_NONCE], const evc_view *aad,
              size_t aad_count, evc_view plain, uint8_t *out, evc_error **err)
{
    int rc = evc_crypto_check(xaes->crypto, err);

    if (rc || (rc = key_for_nonce(xaes, nonce, err)))
        return rc;
    return evc_gcm_seal(xaes->gcm, &nonce[NONCE_HEAD], aad, aad_count, plain, out,
                        &out[plain.size], err);
}

int
evc_xaes_open(evc_xaes *xaes, const uint8_t nonce[EVC_XAES_NONCE], const evc_view *aad,
              size_t aad_count, evc_view cipher, uint8_t *out, evc_error **err)
{
    evc_cursor parts = evc_cursor_of_view(cipher);
    evc_view text;
    evc_view tag;
    int rc = evc_crypto_check(xaes->crypto, err);

    if (rc)
        return rc;
    if (cipher.size < EVC_XAES_TAG)
        return EVC_NOT_AUTHENTIC;
    text = evc_cursor_bytes(&parts, cipher.size - EVC_XAES_TAG);
    tag = evc_cursor_bytes(&parts, EVC_XAES_TAG);
    if ((rc = key_for_nonce(xaes, nonce, err)))
        return rc;
    return evc_gcm_open(xaes->gcm, &nonce[NONCE_HEAD], aad, aad_count, text, out,
                        tag.data, err);
}
