/* SPDX-License-Identifier: Apache-2.0 */
/* Argon2id version 1.3 (RFC 9106) with one lane, from libsodium. */
#ifndef EVC_CRYPTO_ARGON2_H
#define EVC_CRYPTO_ARGON2_H

#include "base/view.h"
#include "crypto/crypto.h"

#define EVC_ARGON2_SALT 16
#define EVC_ARGON2_MIN_PASSES 1u
#define EVC_ARGON2_MAX_PASSES 16u
#define EVC_ARGON2_MIN_KIB (8u * 1024u)
#define EVC_ARGON2_MAX_KIB (1024u * 1024u)

/* ENVCRYPT_E_STORE_KDF when passes or memory are outside of the limits above. */
int evc_argon2_check(uint32_t passes, uint32_t memory_kib,
                     evc_error **err) EVC_MUST_CHECK;

/*
 * ENVCRYPT_E_STORE_KDF outside of the limits, checked before memory is taken; NOMEM;
 * ENVCRYPT_E_ARGUMENT for a passphrase of 4 GiB or more.
 */
int evc_argon2id(evc_view passphrase, const uint8_t salt[EVC_ARGON2_SALT],
                 uint32_t passes, uint32_t memory_kib, uint8_t out[32],
                 evc_error **err) EVC_MUST_CHECK;

#endif
