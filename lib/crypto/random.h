/* SPDX-License-Identifier: Apache-2.0 */
/* Random bytes from the kernel. */
#ifndef EVC_CRYPTO_RANDOM_H
#define EVC_CRYPTO_RANDOM_H

#include "crypto/crypto.h"

/* By getentropy(3): no hook of the host has a hand in it. ENVCRYPT_E_RANDOM; out is zeroed
 * then. */
int evc_random_key(evc_crypto *crypto, void *out, size_t size,
                   evc_error **err) EVC_MUST_CHECK;
/* randombytes_buf of libsodium, which aborts the process if the kernel gives none. */
void evc_random_public(void *out, size_t size);

#endif
