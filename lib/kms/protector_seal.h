/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wrapping of the store key S by a secret P of 32 bytes (design 6.1):
 *
 *   info = "envcrypt-keystore-1 protector" | store id 16 | protector id 8
 *   K    = HKDF-SHA512(P, salt of the protector, info, 32 bytes)
 *   XAES-256-GCM under K, AAD = info | type u8 | KDF parameters
 *
 * The KDF parameters are passes u32 | memory in KiB u32 for a passphrase, and nothing
 * for other types.
 */
#ifndef EVC_KMS_PROTECTOR_SEAL_H
#define EVC_KMS_PROTECTOR_SEAL_H

#include "kms/protector.h"

#define EVC_PROTECTOR_LABEL "envcrypt-keystore-1 protector"
#define EVC_PROTECTOR_INFO \
    (sizeof EVC_PROTECTOR_LABEL - 1 + EVC_STORE_ID + EVC_PROTECTOR_ID)
#define EVC_PROTECTOR_WRAPPED 48 /* the store key and a tag */

/* RSA binds the info too, as its label. */
void evc_protector_info(const evc_protector_scope *scope, const evc_protector *of,
                        uint8_t out[EVC_PROTECTOR_INFO]);

/* Under the protector's salt and a new nonce. */
int evc_protector_seal(const evc_protector_scope *scope, evc_view p, evc_view s,
                       evc_protector *to, evc_error **err) EVC_MUST_CHECK;
/* s gets EVC_STORE_KEY bytes. EVC_NOT_AUTHENTIC. */
int evc_protector_unseal(const evc_protector_scope *scope, evc_view p,
                         const evc_protector *from, uint8_t *s,
                         evc_error **err) EVC_MUST_CHECK;

/* The members "salt", "nonce" and "wrapped" of the file. ENVCRYPT_E_JSON. */
int evc_protector_seal_read(const evc_json *from, evc_protector *to,
                            evc_error **err) EVC_MUST_CHECK;
void evc_protector_seal_write(const evc_protector *from, evc_jwrite *to);

#endif
