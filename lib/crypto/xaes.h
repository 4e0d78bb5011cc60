/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XAES-256-GCM as C2SP specifies it (c2sp.org/XAES-256-GCM): a 256-bit key, a 192-bit
 * nonce, a subkey by two AES blocks, then AES-256-GCM.
 */
#ifndef EVC_CRYPTO_XAES_H
#define EVC_CRYPTO_XAES_H

#include "base/view.h"
#include "crypto/crypto.h"

#define EVC_XAES_KEY 32
#define EVC_XAES_NONCE 24
#define EVC_XAES_TAG 16

/*
 * A key of 32 bytes (else ENVCRYPT_E_KEY_SIZE) made ready: its AES schedule and K1 are
 * computed once. One object, one thread.
 */
typedef struct evc_xaes evc_xaes;
int evc_xaes_open_key(evc_crypto *crypto, evc_view key, evc_xaes **out,
                      evc_error **err) EVC_MUST_CHECK;
void evc_xaes_close(evc_xaes *xaes); /* wipes; NULL is fine */

/* out gets plain.size + 16 bytes (ciphertext, tag); it may begin at plain.data. */
int evc_xaes_seal(evc_xaes *xaes, const uint8_t nonce[EVC_XAES_NONCE],
                  const evc_view *aad, size_t aad_count, evc_view plain, uint8_t *out,
                  evc_error **err) EVC_MUST_CHECK;
/* out gets cipher.size - 16 bytes. EVC_NOT_AUTHENTIC (out zeroed), also when cipher is
 * short. */
int evc_xaes_open(evc_xaes *xaes, const uint8_t nonce[EVC_XAES_NONCE],
                  const evc_view *aad, size_t aad_count, evc_view cipher, uint8_t *out,
                  evc_error **err) EVC_MUST_CHECK;

#endif
