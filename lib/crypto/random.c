/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys come straight from the system's generator: no state of ours, which a fork or a clone
 * of the machine would repeat, and no hook of the host (OpenSSL's random method, libsodium's
 * implementation) chooses them. One call serves up to 256 bytes whole, or fails.
 */
#include "crypto/random.h"

#include <sodium.h>
#include <unistd.h>

#include "base/mem.h"
#include "crypto/state.h"

#define AT_ONCE 256u

static bool
draw(uint8_t *out, size_t size)
{
    for (size_t at = 0; at < size; at += AT_ONCE) {
        size_t left = size - at;

        if (getentropy(&out[at], left < AT_ONCE ? left : AT_ONCE) != 0)
            return false;
    }
    return true;
}

int
evc_random_key(evc_crypto *crypto, void *out, size_t size, evc_error **err)
{
    int rc = evc_crypto_check(crypto, err);

    if (!rc && draw(out, size))
        return 0;
    evc_mem_wipe(out, size);
    return rc ? rc
              : evc_err(err, ENVCRYPT_E_RANDOM,
                        "no random bytes for a key could be made; check that the "
                        "system's getrandom() works");
}

void
evc_random_public(void *out, size_t size)
{
    randombytes_buf(out, size);
}
