/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small values (design decision 17, layout 6.4):
 *
 *   01 | C 32 | nonce 24 | ciphertext | tag 16
 *
 * PRK = HKDF-Extract-SHA512(no salt, data key); X and C are expanded from it once. The
 * value is XAES-256-GCM under X with AAD = "envcrypt-value-1" | 00 | 01 | C | context.
 */
#ifndef EVC_ENVELOPE_VALUE_H
#define EVC_ENVELOPE_VALUE_H

#include "base/kv.h"
#include "crypto/crypto.h"
#include "envcrypt/envelope.h"

typedef struct envcrypt_value_key evc_value_key;

#define EVC_VALUE_COMMITMENT 32

int evc_value_key_open(evc_crypto *crypto, evc_view data_key, evc_value_key **out,
                       evc_error **err) EVC_MUST_CHECK;
evc_value_key *evc_value_key_ref(evc_value_key *key);
void evc_value_key_unref(evc_value_key *key);
uint64_t evc_value_key_generation(const evc_value_key *key);
const uint8_t *evc_value_key_commitment(const evc_value_key *key);

int evc_value_check_size(size_t size, evc_error **err) EVC_MUST_CHECK; /* VALUE_SIZE */
/* out: plain.size + 73 bytes. VALUE_SIZE, LIMIT_CONTEXT. */
int evc_value_seal(evc_value_key *key, const evc_kv *context, evc_view plain,
                   uint8_t *out, evc_error **err) EVC_MUST_CHECK;
/* out: value.size - 73 bytes; after a failure untouched or, once it was decrypted into,
 * zeroed. VALUE, VALUE_KEY, VALUE_AUTH, LIMIT_CONTEXT. */
int evc_value_open(evc_value_key *key, const evc_kv *context, evc_view value,
                   uint8_t *out, evc_error **err) EVC_MUST_CHECK;

#endif
