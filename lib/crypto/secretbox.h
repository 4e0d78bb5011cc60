/* SPDX-License-Identifier: Apache-2.0 */
/* The secretbox of NaCl: XSalsa20-Poly1305, from libsodium. */
#ifndef EVC_CRYPTO_SECRETBOX_H
#define EVC_CRYPTO_SECRETBOX_H

#include "base/view.h"
#include "crypto/crypto.h"

#define EVC_SECRETBOX_NONCE 24
#define EVC_SECRETBOX_TAG 16

/*
 * Key 32 bytes, else ENVCRYPT_E_KEY_SIZE. out gets the tag, then as many bytes as plain has;
 * it may not overlap plain.
 */
int evc_secretbox_seal(evc_view key, const uint8_t nonce[EVC_SECRETBOX_NONCE],
                       evc_view plain, uint8_t *out, evc_error **err) EVC_MUST_CHECK;
/* out gets cipher.size - EVC_SECRETBOX_TAG bytes. EVC_NOT_AUTHENTIC, and out zeroed, when the
 * tag does not hold; also when cipher has no room for one. */
int evc_secretbox_open(evc_view key, const uint8_t nonce[EVC_SECRETBOX_NONCE],
                       evc_view cipher, uint8_t *out, evc_error **err) EVC_MUST_CHECK;

#endif
