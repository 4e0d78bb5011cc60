/* SPDX-License-Identifier: Apache-2.0 */
/* AES key wrap (RFC 3394), with padding (RFC 5649), and AES-CMAC (SP 800-38B). */
#ifndef EVC_CRYPTO_KEYWRAP_H
#define EVC_CRYPTO_KEYWRAP_H

#include "base/view.h"
#include "crypto/crypto.h"

#define EVC_KEYWRAP_MAX 65536u /* bytes of a key to wrap; a rule of ours */

/*
 * kek and CMAC key: 16, 24 or 32 bytes, else ENVCRYPT_E_KEY_SIZE. padded chooses RFC
 * 5649, which takes 1 byte or more; RFC 3394 takes 16 bytes or more in steps of 8; else
 * ENVCRYPT_E_ARGUMENT. out needs key.size rounded up to 8, and 8 more.
 */
int evc_keywrap_wrap(evc_crypto *crypto, bool padded, evc_view kek, evc_view key,
                     uint8_t *out, size_t *size, evc_error **err) EVC_MUST_CHECK;
/*
 * out needs wrapped.size bytes. EVC_NOT_AUTHENTIC, and out zeroed, when the check value
 * does not hold; also for a size that no wrapped key has.
 */
int evc_keywrap_unwrap(evc_crypto *crypto, bool padded, evc_view kek, evc_view wrapped,
                       uint8_t *out, size_t *size, evc_error **err) EVC_MUST_CHECK;

int evc_cmac(evc_crypto *crypto, evc_view key, evc_view message, uint8_t out[16],
             evc_error **err) EVC_MUST_CHECK;

#endif
