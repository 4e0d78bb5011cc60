/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/argon2.h"

#include <sodium.h>

#include "base/mem.h"

#define STACK_OF_LIBSODIUM ((size_t)16 * 1024)

_Static_assert(EVC_ARGON2_SALT == crypto_pwhash_argon2id_SALTBYTES, "libsodium's salt");

int
evc_argon2_check(uint32_t passes, uint32_t memory_kib, evc_error **err)
{
    if (passes < EVC_ARGON2_MIN_PASSES || passes > EVC_ARGON2_MAX_PASSES)
        return evc_err(err, ENVCRYPT_E_STORE_KDF,
                       "Argon2id was asked for %lu passes; %u to %u are accepted",
                       (unsigned long)passes, EVC_ARGON2_MIN_PASSES,
                       EVC_ARGON2_MAX_PASSES);
    if (memory_kib < EVC_ARGON2_MIN_KIB || memory_kib > EVC_ARGON2_MAX_KIB)
        return evc_err(
            err, ENVCRYPT_E_STORE_KDF,
            "Argon2id was asked for %lu KiB of memory; %u to %u are accepted",
            (unsigned long)memory_kib, EVC_ARGON2_MIN_KIB, EVC_ARGON2_MAX_KIB);
    return 0;
}

int
evc_argon2id(evc_view passphrase, const uint8_t salt[EVC_ARGON2_SALT], uint32_t passes,
             uint32_t memory_kib, uint8_t out[32], evc_error **err)
{
    int failed;
    int rc = evc_argon2_check(passes, memory_kib, err);

    if (rc)
        return rc;
    if (passphrase.size > crypto_pwhash_argon2id_passwd_max())
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a passphrase of %zu bytes is longer than Argon2id takes",
                       passphrase.size);
    failed = crypto_pwhash_argon2id(
        out, 32, (const char *)passphrase.data, passphrase.size, salt, passes,
        (size_t)memory_kib * 1024, crypto_pwhash_argon2id_ALG_ARGON2ID13);
    sodium_stackzero(STACK_OF_LIBSODIUM); /* its BLAKE2b leaves what it made there */
    if (!failed)
        return 0;
    /* With sizes inside its limits libsodium fails for nothing but memory. */
    evc_mem_wipe(out, 32);
    return evc_err(
        err, ENVCRYPT_E_NOMEM,
        "the %lu KiB of memory that Argon2id needs could not be had; free memory "
        "or use a machine with more",
        (unsigned long)memory_kib);
}
