/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How an encryption context is given to the key services whose EDKs are of our layout
 * (design 6.3): not at all when it is empty, as a JSON object of texts, or as a hash.
 */
#ifndef EVC_CLOUD_CONTEXT_FORM_H
#define EVC_CLOUD_CONTEXT_FORM_H

#include "codec/jwrite.h"
#include "crypto/crypto.h"
#include "kms/edk.h"

#define EVC_CONTEXT_HASH_TEXT 45 /* 44 characters and a NUL */

/* Padded base64 of SHA-256("envcrypt-context-1" | 00 | the context, serialised). */
int evc_context_hash(evc_crypto *crypto, const evc_kv *context,
                     char out[EVC_CONTEXT_HASH_TEXT], evc_error **err) EVC_MUST_CHECK;
/* Services take no NUL in their texts. */
bool evc_context_has_nul(const evc_kv *context);
/* The JSON object of the pairs, as a value; no NUL is in them. */
void evc_context_put(const evc_kv *context, evc_jwrite *w);
/*
 * The JSON object of the pairs, in the order of the bytes of the names, appended. false:
 * it is longer than most characters, or has a NUL, and nothing was appended; or out has
 * failed, for want of memory.
 */
bool evc_context_json(const evc_kv *context, size_t most, evc_buf *out);
/* The form for a service that takes maps of up to `most` characters of JSON; 0 = only
 * hashes. */
evc_context_form evc_context_form_of(const evc_kv *context, size_t most);

#endif
