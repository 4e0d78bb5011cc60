/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wrapping by AES-GCM in the layouts of the Encryption SDK, as pure functions: the raw
 * AES keyring (framework/raw-aes-keyring.md) and the hierarchical one
 * (framework/aws-kms/aws-kms-hierarchical-keyring.md).
 */
#ifndef EVC_KMS_WRAP_AES_H
#define EVC_KMS_WRAP_AES_H

#include "crypto/crypto.h"
#include "kms/edk.h"

/* AAD = the serialized context; a new random IV. */
int evc_wrap_raw_aes(evc_crypto *crypto, evc_view kek, evc_view provider, evc_view name,
                     const evc_kv *context, evc_view key, evc_edk_out *out,
                     evc_error **err) EVC_MUST_CHECK;
/* out: as many bytes as the key has. ENVCRYPT_E_UNWRAP. */
int evc_unwrap_raw_aes(evc_crypto *crypto, evc_view kek, const evc_edk *edk,
                       const evc_kv *context, uint8_t *out, size_t capacity,
                       size_t *size, evc_error **err) EVC_MUST_CHECK;

/* branch_key: 32 bytes; version: the 16 raw bytes of its UUID. */
int evc_wrap_hierarchy(evc_crypto *crypto, evc_view branch_key, evc_view branch_key_id,
                       const uint8_t version[16], const evc_kv *context, evc_view key,
                       evc_edk_out *out, evc_error **err) EVC_MUST_CHECK;
int evc_unwrap_hierarchy(evc_crypto *crypto, evc_view branch_key,
                         evc_view branch_key_id, const evc_edk *edk,
                         const evc_kv *context, uint8_t *out, size_t capacity,
                         size_t *size, evc_error **err) EVC_MUST_CHECK;

#endif
