/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/chacha.h"

#include <inttypes.h>
#include <sodium.h>

#define KEY crypto_aead_chacha20poly1305_ietf_KEYBYTES
#define NONCE crypto_aead_chacha20poly1305_ietf_NPUBBYTES
#define NONCE_LONG crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
/* A 32-bit block counter, less the block of the one-time key. libsodium aborts past it.
 */
#define MESSAGE_MAX ((uint64_t)crypto_aead_chacha20poly1305_ietf_MESSAGEBYTES_MAX)

static int
check(evc_view key, evc_view nonce, size_t size, evc_error **err)
{
    if (key.size != KEY)
        return evc_err(err, ENVCRYPT_E_KEY_SIZE,
                       "ChaCha20-Poly1305 was given a key of %zu bytes; it takes 32",
                       key.size);
    if (nonce.size != NONCE && nonce.size != NONCE_LONG)
        return evc_err(
            err, ENVCRYPT_E_ARGUMENT,
            "ChaCha20-Poly1305 was given a nonce of %zu bytes; it takes 12, or "
            "24 for XChaCha20-Poly1305",
            nonce.size);
    if ((uint64_t)size > MESSAGE_MAX)
        return evc_err(
            err, ENVCRYPT_E_ARGUMENT,
            "ChaCha20-Poly1305 was given %zu bytes; one message holds at most "
            "%" PRIu64,
            size, MESSAGE_MAX);
    return 0;
}

int
evc_chacha_seal(evc_view key, evc_view nonce, evc_view aad, evc_view plain,
                uint8_t *out, evc_error **err)
{
    int failed;
    int rc = check(key, nonce, plain.size, err);

    if (rc)
        return rc;
    if (nonce.size == NONCE_LONG)
        failed = crypto_aead_xchacha20poly1305_ietf_encrypt(
            out, NULL, plain.data, plain.size, aad.data, aad.size, NULL, nonce.data,
            key.data);
    else
        failed = crypto_aead_chacha20poly1305_ietf_encrypt(
            out, NULL, plain.data, plain.size, aad.data, aad.size, NULL, nonce.data,
            key.data);
    return failed ? evc_err(err, ENVCRYPT_E_CRYPTO, "libsodium failed to encrypt") : 0;
}

int
evc_chacha_open(evc_view key, evc_view nonce, evc_view aad, evc_view cipher,
                uint8_t *out, evc_error **err)
{
    size_t size = cipher.size < EVC_CHACHA_TAG ? 0 : cipher.size - EVC_CHACHA_TAG;
    int failed;
    int rc = check(key, nonce, size, err);

    if (rc)
        return rc;
    if (cipher.size < EVC_CHACHA_TAG)
        return EVC_NOT_AUTHENTIC;
    if (nonce.size == NONCE_LONG)
        failed = crypto_aead_xchacha20poly1305_ietf_decrypt(
            out, NULL, NULL, cipher.data, cipher.size, aad.data, aad.size, nonce.data,
            key.data);
    else
        failed = crypto_aead_chacha20poly1305_ietf_decrypt(
            out, NULL, NULL, cipher.data, cipher.size, aad.data, aad.size, nonce.data,
            key.data);
    return failed ? EVC_NOT_AUTHENTIC : 0; /* libsodium has zeroed out then */
}
