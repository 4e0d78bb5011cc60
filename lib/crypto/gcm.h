/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AES-GCM (SP 800-38D) with 96-bit IVs and 128-bit tags, keys of 16, 24 or 32 bytes. A
 * context comes from the pool and goes back there; on the way back it is keyed with a
 * constant, so no key schedule stays behind. One context, one thread.
 */
#ifndef EVC_CRYPTO_GCM_H
#define EVC_CRYPTO_GCM_H

#include "base/view.h"
#include "crypto/crypto.h"

#define EVC_GCM_IV 12
#define EVC_GCM_TAG 16
#define EVC_GCM_MAX ((UINT64_C(1) << 36) - 32) /* bytes in one message */

typedef struct evc_gcm evc_gcm;

/* Take and set_key: ENVCRYPT_E_KEY_SIZE for other keys; set_key keeps the old one then.
 */
int evc_gcm_take(evc_crypto *crypto, evc_view key, evc_gcm **out,
                 evc_error **err) EVC_MUST_CHECK;
int evc_gcm_set_key(evc_gcm *gcm, evc_view key, evc_error **err) EVC_MUST_CHECK;
/* Without a key: the first use must be set_key. */
int evc_gcm_take_idle(evc_crypto *crypto, evc_gcm **out,
                      evc_error **err) EVC_MUST_CHECK;
void evc_gcm_give(evc_gcm *gcm); /* NULL is fine */

/*
 * out may be plain.data; it gets plain.size bytes. AAD is given as parts. Past
 * EVC_GCM_MAX bytes both give ENVCRYPT_E_ARGUMENT.
 */
int evc_gcm_seal(evc_gcm *gcm, const uint8_t iv[EVC_GCM_IV], const evc_view *aad,
                 size_t aad_count, evc_view plain, uint8_t *out,
                 uint8_t tag[EVC_GCM_TAG], evc_error **err) EVC_MUST_CHECK;
/* EVC_NOT_AUTHENTIC, and out zeroed, when the tag does not hold. */
int evc_gcm_open(evc_gcm *gcm, const uint8_t iv[EVC_GCM_IV], const evc_view *aad,
                 size_t aad_count, evc_view cipher, uint8_t *out,
                 const uint8_t tag[EVC_GCM_TAG], evc_error **err) EVC_MUST_CHECK;

#endif
