/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wrapping by AES-GCM in the layouts of the Encryption SDK, as pure functions: the raw
 * AES keyring (framework/raw-aes-keyring.md) and the hierarchical one
 * (framework/aws-kms/aws-kms-hierarchical-keyring.md).
 *
 * The wrapping functions fill an evc_edk_out that was initialised; on failure it holds
 * nothing. Errors: ENVCRYPT_E_KEY_SIZE (of the key that wraps), NOMEM, CRYPTO. The
 * unwrapping ones write evc_aes_key_size() bytes to out, and zeros on failure; they do
 * not look at provider id and key name, which is what claims() of the key is for.
 */
#ifndef EVC_KMS_WRAP_AES_H
#define EVC_KMS_WRAP_AES_H

#include <stdatomic.h>

#include "crypto/crypto.h"
#include "crypto/loan.h"
#include "kms/edk.h"
#include "kms/uuid.h"

#define EVC_BRANCH_KEY 32u /* bytes */

/* AAD = the serialized context; a new random IV. loan may be NULL, here and below. */
int evc_wrap_raw_aes(evc_crypto *crypto, evc_view kek, evc_view provider, evc_view name,
                     const evc_kv *context, evc_view key, evc_loan *loan,
                     evc_edk_out *out, evc_error **err) EVC_MUST_CHECK;
/* Bytes of the key that the EDK wraps; 0 when it cannot hold one. */
size_t evc_raw_aes_key_size(const evc_edk *edk);
/* ENVCRYPT_E_UNWRAP. */
int evc_unwrap_raw_aes(evc_crypto *crypto, evc_view kek, const evc_edk *edk,
                       const evc_kv *context, evc_loan *loan, uint8_t *out,
                       evc_error **err) EVC_MUST_CHECK;

/* version: the raw bytes of the branch key's UUID. */
int evc_wrap_hierarchy(evc_crypto *crypto, evc_view branch_key, evc_view branch_key_id,
                       const uint8_t version[EVC_UUID_SIZE], const evc_kv *context,
                       evc_view key, evc_edk_out *out, evc_error **err) EVC_MUST_CHECK;
size_t evc_hierarchy_key_size(const evc_edk *edk);
/* ENVCRYPT_E_UNWRAP. */
int evc_unwrap_hierarchy(evc_crypto *crypto, evc_view branch_key,
                         evc_view branch_key_id, const evc_edk *edk,
                         const evc_kv *context, uint8_t *out,
                         evc_error **err) EVC_MUST_CHECK;
/* The version that an EDK names; false when it is too short. */
bool evc_hierarchy_version(const evc_edk *edk, uint8_t version[EVC_UUID_SIZE]);

/*
 * Random IVs of 96 bits are safe for 2^32 wraps under one key (SP 800-38D, 8.3). Counts
 * one more; ENVCRYPT_E_KEY_EXHAUSTED, naming the key, past them.
 */
#define EVC_WRAPS_MAX (UINT64_C(1) << 32)
typedef atomic_uint_least64_t evc_wrap_count;
int evc_wrap_count_add(evc_wrap_count *count, const char *name,
                       evc_error **err) EVC_MUST_CHECK;

#endif
