/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signature of a message: a key pair made for it, whose public half is a pair of
 * the encryption context, and a footer behind the body (specification:
 * data-format/message-footer.md, framework/default-cmm.md). Of a suite without
 * signatures every function does nothing.
 */
#ifndef EVC_ENVELOPE_SIGNATURE_H
#define EVC_ENVELOPE_SIGNATURE_H

#include "base/kv.h"
#include "envelope/suite.h"

#define EVC_FOOTER_MAX (2u + EVC_EC_SIGNATURE_MAX) /* u16 length, DER signature */

/* All zero: unsigned. */
typedef struct evc_signature {
    const evc_suite *suite;
    evc_ec *key;
    evc_hasher *hasher; /* over everything before the footer */
} evc_signature;

/* Makes the key pair and adds its public half to context. */
int evc_signature_begin_write(evc_signature *s, evc_crypto *crypto,
                              const evc_suite *suite, evc_kv *context,
                              evc_error **err) EVC_MUST_CHECK;
/* Takes the public key from context. ENVCRYPT_E_HEADER when it is none. */
int evc_signature_begin_read(evc_signature *s, evc_crypto *crypto,
                             const evc_suite *suite, const evc_kv *context,
                             evc_error **err) EVC_MUST_CHECK;
void evc_signature_end(evc_signature *s);

/* The bytes of the message before the footer, from its first, in their order. */
int evc_signature_add(evc_signature *s, evc_view bytes, evc_error **err) EVC_MUST_CHECK;

size_t evc_signature_footer_size(const evc_suite *suite); /* as written; 0 = unsigned */
int evc_signature_sign(evc_signature *s, uint8_t out[EVC_FOOTER_MAX], size_t *size,
                       evc_error **err) EVC_MUST_CHECK;
/* How many bytes the footer has that begins with these: 2 until its length is there. */
size_t evc_signature_footer_needs(evc_view bytes);
/* footer: exactly that. ENVCRYPT_E_SIGNATURE. */
int evc_signature_verify(evc_signature *s, evc_view footer,
                         evc_error **err) EVC_MUST_CHECK;

#endif
