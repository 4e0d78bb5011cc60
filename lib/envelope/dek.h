/* SPDX-License-Identifier: Apache-2.0 */
/* The public handle on a data key. */
#ifndef EVC_ENVELOPE_DEK_H
#define EVC_ENVELOPE_DEK_H

#include "crypto/crypto.h"
#include "envcrypt/envelope.h"

typedef struct envcrypt_dek {
    uint64_t generation;
    evc_crypto *crypto; /* a reference is held */
    evc_secret key;     /* bytes NULL: destroyed */
    bool read_only;     /* never wrapped */
} evc_dek;

/* 16, 24 or 32 bytes, else ENVCRYPT_E_ARGUMENT; those of evc_secret_new; RANDOM. */
int evc_dek_generate(evc_crypto *crypto, size_t size, evc_dek **out,
                     evc_error **err) EVC_MUST_CHECK;
/* Same sizes. BAD_DEK for zero bytes only, unless read_only. */
int evc_dek_import(evc_crypto *crypto, evc_view key, bool read_only, evc_dek **out,
                   evc_error **err) EVC_MUST_CHECK;
/* key moves to the handle, also when this fails: it is freed then. */
int evc_dek_adopt(evc_crypto *crypto, evc_secret *key, evc_dek **out,
                  evc_error **err) EVC_MUST_CHECK;
int evc_dek_check(const evc_dek *dek,
                  evc_error **err) EVC_MUST_CHECK; /* FORKED, DESTROYED */
/* Same, of one that is to be wrapped: ARGUMENT for NULL, KEY_READ_ONLY. */
int evc_dek_check_writable(const evc_dek *dek, evc_error **err) EVC_MUST_CHECK;
void evc_dek_destroy(evc_dek *dek);
void evc_dek_free(evc_dek *dek); /* NULL is fine */

#endif
