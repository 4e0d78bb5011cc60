/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AES-CBC (SP 800-38A) with the padding of PKCS#7 (RFC 5652, 6.3), keys of 16, 24 or 32
 * bytes. Nothing is authenticated: who can change the bytes can change the text, and a wrong
 * key is not always noticed. It is here to read what Kubernetes stored so, and for nothing
 * new.
 */
#ifndef EVC_CRYPTO_CBC_H
#define EVC_CRYPTO_CBC_H

#include "base/view.h"
#include "crypto/crypto.h"

#define EVC_CBC_BLOCK 16
#define EVC_CBC_MAX ((size_t)1 << 30) /* bytes of text; a rule of ours */

/*
 * Both: ENVCRYPT_E_KEY_SIZE; ARGUMENT past EVC_CBC_MAX. The IV must be random. out gets plain.size
 * rounded up to the next whole block, one more when it is whole; it may not overlap plain.
 */
int evc_cbc_seal(evc_crypto *crypto, evc_view key, const uint8_t iv[EVC_CBC_BLOCK],
                 evc_view plain, uint8_t *out, evc_error **err) EVC_MUST_CHECK;
/*
 * out gets cipher.size bytes, of which *size are the text; what is behind is wiped.
 * EVC_NOT_AUTHENTIC, and out zeroed, for a size that no text has, and when the padding does
 * not hold, which is looked at in constant time.
 */
int evc_cbc_open(evc_crypto *crypto, evc_view key, const uint8_t iv[EVC_CBC_BLOCK],
                 evc_view cipher, uint8_t *out, size_t *size,
                 evc_error **err) EVC_MUST_CHECK;

#endif
