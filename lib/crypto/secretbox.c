/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/secretbox.h"

#include <sodium.h>

#include "base/mem.h"

/* libsodium 1.0.18 leaves the beginning of an opened text on the stack. */
#define STACK_OF_LIBSODIUM 2048

static int
check(evc_view key, evc_error **err)
{
    if (key.size == crypto_secretbox_KEYBYTES)
        return 0;
    return evc_err(err, ENVCRYPT_E_KEY_SIZE,
                   "secretbox was given a key of %zu bytes; it takes 32", key.size);
}

int
evc_secretbox_seal(evc_view key, const uint8_t nonce[EVC_SECRETBOX_NONCE],
                   evc_view plain, uint8_t *out, evc_error **err)
{
    int failed;
    int rc = check(key, err);

    if (rc)
        return rc;
    failed = crypto_secretbox_easy(out, plain.data, plain.size, nonce, key.data);
    sodium_stackzero(STACK_OF_LIBSODIUM);
    if (!failed)
        return 0;
    return evc_err(err, ENVCRYPT_E_CRYPTO, "libsodium failed to encrypt");
}

int
evc_secretbox_open(evc_view key, const uint8_t nonce[EVC_SECRETBOX_NONCE],
                   evc_view cipher, uint8_t *out, evc_error **err)
{
    int failed;
    int rc = check(key, err);

    if (rc)
        return rc;
    if (cipher.size < EVC_SECRETBOX_TAG)
        return EVC_NOT_AUTHENTIC;
    failed = crypto_secretbox_open_easy(out, cipher.data, cipher.size, nonce, key.data);
    sodium_stackzero(STACK_OF_LIBSODIUM);
    if (!failed)
        return 0;
    evc_mem_wipe(out, cipher.size - EVC_SECRETBOX_TAG);
    return EVC_NOT_AUTHENTIC;
}
