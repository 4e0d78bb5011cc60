/* SPDX-License-Identifier: Apache-2.0 */
/* ChaCha20-Poly1305 (RFC 8439) and XChaCha20-Poly1305, from libsodium. */
#ifndef EVC_CRYPTO_CHACHA_H
#define EVC_CRYPTO_CHACHA_H

#include "base/view.h"
#include "crypto/crypto.h"

#define EVC_CHACHA_TAG 16

/*
 * Key 32 bytes, else ENVCRYPT_E_KEY_SIZE; the nonce's size chooses: 12 =
 * ChaCha20-Poly1305, 24 = XChaCha20-Poly1305, else ENVCRYPT_E_ARGUMENT, as for more
 * than 256 GiB - 64. Layout and failures as evc_xaes_seal and evc_xaes_open.
 */
int evc_chacha_seal(evc_view key, evc_view nonce, evc_view aad, evc_view plain,
                    uint8_t *out, evc_error **err) EVC_MUST_CHECK;
int evc_chacha_open(evc_view key, evc_view nonce, evc_view aad, evc_view cipher,
                    uint8_t *out, evc_error **err) EVC_MUST_CHECK;

#endif
