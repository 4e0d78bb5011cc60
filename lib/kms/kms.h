/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key services as the layers above use them: open, and blocking calls whose results are
 * checked here once for all back ends.
 */
#ifndef EVC_KMS_KMS_H
#define EVC_KMS_KMS_H

#include "kms/backend.h"

/* table: NULL-ended array of back ends with a scheme. ENVCRYPT_E_URI, NOT_BUILT,
 * UNKNOWN_OPTION, … */
int evc_kms_open(evc_crypto *crypto, const evc_backend *const *table, const char *uri,
                 const struct envcrypt_kms_config *config, evc_wait *wait,
                 evc_kms **out, evc_error **err) EVC_MUST_CHECK;
/* For back ends without a URI: state moves to the key, and is closed when this fails.
 */
int evc_kms_new(evc_crypto *crypto, const evc_backend *backend, void *state,
                const char *provider, const char *key_id, uint32_t operations,
                evc_kms **out, evc_error **err) EVC_MUST_CHECK;
evc_kms *evc_kms_ref(evc_kms *kms);
void evc_kms_unref(evc_kms *kms);

bool evc_kms_can(const evc_kms *kms, uint32_t operation);
bool evc_kms_claims(const evc_kms *kms, const evc_edk *edk);

/* Wraps key (in the arena) under the context: an EDK. */
int evc_kms_wrap(evc_kms *kms, evc_view key, const evc_kv *context, evc_wait *wait,
                 evc_edk_out *out, evc_error **err) EVC_MUST_CHECK;
/*
 * Unwraps an EDK that this key claims into a new secret of key_size bytes (0 = 16, 24
 * or 32). ENVCRYPT_E_UNWRAP, BAD_DEK (length, or all zero: wiped), KEY_MISMATCH when
 * the service named another key, what the service finished with.
 */
int evc_kms_unwrap(evc_kms *kms, const evc_edk *edk, const evc_kv *context,
                   size_t key_size, evc_wait *wait, evc_secret *out, bool *stale,
                   evc_error **err) EVC_MUST_CHECK;
/* Generates at the service when it can, else here (evc_random_key) and wraps. */
int evc_kms_generate(evc_kms *kms, size_t key_size, const evc_kv *context,
                     evc_wait *wait, evc_secret *key, evc_edk_out *out,
                     evc_error **err) EVC_MUST_CHECK;
int evc_kms_describe(evc_kms *kms, evc_wait *wait, evc_key_info **out,
                     evc_error **err) EVC_MUST_CHECK;
int evc_kms_rotate(evc_kms *kms, evc_wait *wait, evc_error **err) EVC_MUST_CHECK;
int evc_kms_probe(evc_kms *kms, evc_wait *wait, evc_error **err) EVC_MUST_CHECK;

#endif
