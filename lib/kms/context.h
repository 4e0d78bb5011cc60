/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The encryption context: a public envcrypt_context is an evc_kv on the heap.
 * Serialized as the Encryption SDK does (specification: framework/structures.md,
 * "Serialization"): nothing when empty, else pair count u16, then name and value with
 * u16 lengths, sorted by the bytes of the name.
 */
#ifndef EVC_KMS_CONTEXT_H
#define EVC_KMS_CONTEXT_H

#include "base/buf.h"
#include "base/kv.h"

#define EVC_CONTEXT_MAX 65535u
#define EVC_CONTEXT_RESERVED "aws-crypto-"
#define EVC_CONTEXT_PUBLIC_KEY "aws-crypto-public-key"

struct envcrypt_context {
    evc_kv pairs;
    size_t size; /* serialized bytes */
};

size_t evc_context_size(const evc_kv *pairs); /* serialized bytes; NULL or empty: 0 */
void evc_context_write(const evc_kv *pairs, evc_buf *out);
/* Strict: count 0 in a non-empty input, duplicates, left-over bytes are
 * ENVCRYPT_E_HEADER. */
int evc_context_read(evc_view bytes, evc_kv *out, evc_error **err) EVC_MUST_CHECK;
/* Checks one pair of a caller: not empty, not reserved, UTF-8. */
int evc_context_check(evc_view name, evc_view value, evc_error **err) EVC_MUST_CHECK;

#endif
