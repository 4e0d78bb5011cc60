/* SPDX-License-Identifier: Apache-2.0 */
/* The public handle on a data key. */
#ifndef EVC_ENVELOPE_DEK_H
#define EVC_ENVELOPE_DEK_H

#include "crypto/crypto.h"
#include "envcrypt/envelope.h"

typedef struct envcrypt_dek {
    uint64_t generation;
    evc_crypto *crypto;
    evc_secret key; /* bytes NULL: destroyed */
} evc_dek;

int evc_dek_generate(evc_crypto *crypto, size_t size, evc_dek **out,
                     evc_error **err) EVC_MUST_CHECK;
int evc_dek_import(evc_crypto *crypto, evc_view key, evc_dek **out,
                   evc_error **err) EVC_MUST_CHECK;
int evc_dek_adopt(evc_crypto *crypto, evc_secret *key, evc_dek **out,
                  evc_error **err) EVC_MUST_CHECK; /* key moves */
int evc_dek_check(const evc_dek *dek,
                  evc_error **err) EVC_MUST_CHECK; /* FORKED, DESTROYED */
void evc_dek_destroy(evc_dek *dek);
void evc_dek_free(evc_dek *dek);

#endif
