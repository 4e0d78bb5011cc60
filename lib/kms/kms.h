/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key services as the layers above use them: blocking calls whose results are checked
 * here once for all back ends. Any number of threads. wait may be NULL
 * everywhere: no deadline; and loan: nothing is lent. Every call can give ENVCRYPT_E_CANCELED, TIMEOUT, FORKED,
 * NOMEM and what the service finished with.
 */
#ifndef EVC_KMS_KMS_H
#define EVC_KMS_KMS_H

#include "crypto/loan.h"
#include "kms/ask.h"
#include "kms/backend.h"
#include "kms/key_info.h"

bool evc_kms_can(const evc_kms *kms, uint32_t operation);
bool evc_kms_claims(const evc_kms *kms, const evc_edk *edk);
/* Of an EDK that the key claims; see evc_backend. */
int32_t evc_kms_is_current(const evc_kms *kms, const evc_edk *edk);
int64_t evc_kms_age_from_ms(const evc_kms *kms, const evc_edk *edk);

/*
 * In the following *out and *key are always written, and hold nothing after a failure;
 * what they held before is not freed.
 */

/* Wraps key (in the arena) under the context: an EDK. ENVCRYPT_E_KEY_READ_ONLY, KEY_SIZE
 * (more than the service takes), KEY_MISMATCH. */
int evc_kms_wrap(evc_kms *kms, evc_view key, const evc_kv *context, evc_wait *wait,
                 evc_loan *loan, evc_edk_out *out, evc_error **err) EVC_MUST_CHECK;
/*
 * Unwraps an EDK that this key claims into a new secret of key_size bytes (0 = 16, 24
 * or 32). ENVCRYPT_E_UNWRAP, BAD_DEK (length, or all zero: wiped), KEY_MISMATCH when
 * the service named another key, UNSUPPORTED. stale may be NULL.
 */
int evc_kms_unwrap(evc_kms *kms, const evc_edk *edk, const evc_kv *context,
                   size_t key_size, evc_wait *wait, evc_loan *loan, evc_secret *out,
                   bool *stale, evc_error **err) EVC_MUST_CHECK;
/* evc_kms_unwrap that tells. *about is always written; evc_unwrapped_reset. */
int evc_kms_unwrap_about(evc_kms *kms, const evc_edk *edk, const evc_kv *context,
                         size_t key_size, evc_wait *wait, evc_loan *loan,
                         evc_secret *out, evc_unwrapped *about,
                         evc_error **err) EVC_MUST_CHECK;
/*
 * Generates at the service when it can, else here (evc_random_key) and wraps. Errors of
 * both; BAD_DEK also for a data key that the service gave before.
 */
int evc_kms_generate(evc_kms *kms, size_t key_size, const evc_kv *context,
                     evc_wait *wait, evc_loan *loan, evc_secret *key, evc_edk_out *out,
                     evc_error **err) EVC_MUST_CHECK;
/* Wraps the key of an EDK that this key claims anew, inside of the service, so that it
 * is not seen here. UNSUPPORTED when the service cannot: unwrap and wrap then. */
int evc_kms_rewrap(evc_kms *kms, const evc_edk *edk, const evc_kv *context,
                   evc_wait *wait, evc_edk_out *out, evc_error **err) EVC_MUST_CHECK;
int evc_kms_describe(evc_kms *kms, evc_wait *wait, evc_key_info **out,
                     evc_error **err) EVC_MUST_CHECK;
int evc_kms_rotate(evc_kms *kms, evc_wait *wait, evc_error **err) EVC_MUST_CHECK;
/* By PROBE, else by wrapping a random key and unwrapping it as far as the key can. */
int evc_kms_probe(evc_kms *kms, evc_wait *wait, evc_error **err) EVC_MUST_CHECK;

#endif
