/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The encryption context: pairs of text, which a public envcrypt_context holds together
 * with their size. Serialized as the Encryption SDK does (specification:
 * framework/structures.md, "Serialization"): nothing when empty, else pair count u16,
 * then name and value with u16 lengths, sorted by the bytes of the name.
 */
#ifndef EVC_KMS_CONTEXT_H
#define EVC_KMS_CONTEXT_H

#include "base/buf.h"
#include "base/kv.h"

#define EVC_CONTEXT_MAX 65535u
#define EVC_CONTEXT_RESERVED "aws-crypto-"
#define EVC_CONTEXT_PUBLIC_KEY "aws-crypto-public-key"

typedef struct envcrypt_context {
    evc_kv pairs;
    size_t size; /* serialized bytes */
} evc_context;

void evc_context_init(evc_context *context);
void evc_context_reset(evc_context *context);
/*
 * Adds a pair of the caller. The errors of evc_context_check, CONTEXT_DUPLICATE,
 * LIMIT_CONTEXT past EVC_CONTEXT_MAX serialized bytes; the context is unchanged then.
 */
int evc_context_add(evc_context *context, evc_view name, evc_view value,
                    evc_error **err) EVC_MUST_CHECK;
/* Puts pairs, NULL for none, in the place of those that the context has. NOMEM. */
int evc_context_copy(evc_context *to, const evc_kv *pairs,
                     evc_error **err) EVC_MUST_CHECK;

size_t evc_context_size(const evc_kv *pairs); /* serialized bytes; NULL or empty: 0 */
/* More than 65,535 pairs, or a name or value of more bytes, fails the buffer. */
void evc_context_write(const evc_kv *pairs, evc_buf *out);
/*
 * Into an initialised list; on failure it is as it was. Strict: count 0 in a non-empty
 * input, duplicates, text that is not UTF-8 and left-over bytes are ENVCRYPT_E_HEADER.
 * Any order is taken, since some writers sort by another rule.
 */
int evc_context_read(evc_view bytes, evc_kv *out, evc_error **err) EVC_MUST_CHECK;
/* Checks one pair of a caller: ENVCRYPT_E_ARGUMENT (empty name), CONTEXT_RESERVED,
 * UTF8. */
int evc_context_check(evc_view name, evc_view value, evc_error **err) EVC_MUST_CHECK;

#endif
