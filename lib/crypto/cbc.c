/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/cbc.h"

#include <openssl/err.h>
#include <string.h>

#include "base/mem.h"
#include "crypto/state.h"

static int
check(const evc_crypto *crypto, evc_view key, size_t size, evc_error **err)
{
    int rc = evc_crypto_check(crypto, err);

    if (rc)
        return rc;
    if (evc_aes_index(key.size) < 0)
        return evc_err(err, ENVCRYPT_E_KEY_SIZE,
                       "AES-CBC was given a key of %zu bytes; it takes 16, 24 or 32",
                       key.size);
    if (size > EVC_CBC_MAX)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "AES-CBC was given %zu bytes; it takes at most %zu", size,
                       EVC_CBC_MAX);
    return 0;
}

/*
 * Whole blocks, without padding by OpenSSL: it would be looked at in a time that tells where
 * it broke. tail is one block behind the others, or NULL.
 */
static bool
run(evc_crypto *crypto, bool seal, evc_view key, const uint8_t iv[EVC_CBC_BLOCK],
    evc_view blocks, const uint8_t *tail, uint8_t *out)
{
    const EVP_CIPHER *cipher = crypto->cbc[evc_aes_index(key.size)];
    EVP_CIPHER_CTX *context;
    int made;
    bool done;

    ERR_set_mark();
    context = EVP_CIPHER_CTX_new();
    done = context &&
           EVP_CipherInit_ex2(context, cipher, key.data, iv, seal, NULL) == 1 &&
           EVP_CIPHER_CTX_set_padding(context, 0) == 1;
    if (done && blocks.size > 0)
        done =
            EVP_CipherUpdate(context, out, &made, blocks.data, (int)blocks.size) == 1;
    if (done && tail)
        done = EVP_CipherUpdate(context, &out[blocks.size], &made, tail,
                                EVC_CBC_BLOCK) == 1;
    EVP_CIPHER_CTX_free(context);
    ERR_pop_to_mark();
    return done;
}

int
evc_cbc_seal(evc_crypto *crypto, evc_view key, const uint8_t iv[EVC_CBC_BLOCK],
             evc_view plain, uint8_t *out, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(plain);
    size_t rest = plain.size % EVC_CBC_BLOCK;
    uint8_t tail[EVC_CBC_BLOCK];
    evc_view blocks;
    bool done;
    int rc = check(crypto, key, plain.size, err);

    if (rc)
        return rc;
    blocks = evc_cursor_bytes(&c, plain.size - rest);
    memset(tail, (int)(EVC_CBC_BLOCK - rest), sizeof(tail));
    evc_cursor_copy(&c, tail, rest);
    done = run(crypto, true, key, iv, blocks, tail, out);
    evc_mem_wipe(tail, sizeof(tail));
    return done ? 0 : evc_crypto_failed(err, "encrypt by AES-CBC");
}

/* The bytes of padding at the end of the last block; 0 when it does not hold. */
static size_t
padding_of(const uint8_t last[EVC_CBC_BLOCK])
{
    unsigned count = last[EVC_CBC_BLOCK - 1];
    unsigned wrong = count - 1 > EVC_CBC_BLOCK - 1; /* 0, and more than a block */

    for (unsigned i = 0; i < EVC_CBC_BLOCK; i++) {
        /* All ones where the byte at i from the end is padding. */
        unsigned mask = 0u - ((i - count) >> 31);

        wrong |= mask & (last[EVC_CBC_BLOCK - 1 - i] ^ count);
    }
    return wrong ? 0 : count;
}

int
evc_cbc_open(evc_crypto *crypto, evc_view key, const uint8_t iv[EVC_CBC_BLOCK],
             evc_view cipher, uint8_t *out, size_t *size, evc_error **err)
{
    size_t padding;
    int rc = check(crypto, key, cipher.size, err);

    *size = 0;
    if (rc)
        return rc;
    if (cipher.size == 0 || cipher.size % EVC_CBC_BLOCK != 0) {
        evc_mem_wipe(out, cipher.size);
        return EVC_NOT_AUTHENTIC;
    }
    if (!run(crypto, false, key, iv, cipher, NULL, out)) {
        evc_mem_wipe(out, cipher.size);
        return evc_crypto_failed(err, "decrypt by AES-CBC");
    }
    padding = padding_of(&out[cipher.size - EVC_CBC_BLOCK]);
    *size = padding ? cipher.size - padding : 0;
    evc_mem_wipe(&out[*size], cipher.size - *size);
    return padding ? 0 : EVC_NOT_AUTHENTIC;
}
