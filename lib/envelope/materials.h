/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The data key of one message: made for a writer, found for a reader, both through the
 * cache when there is one (design decision 18).
 */
#ifndef EVC_ENVELOPE_MATERIALS_H
#define EVC_ENVELOPE_MATERIALS_H

#include "envelope/config.h"
#include "envelope/header.h"
#include "envelope/keyring.h"

typedef struct evc_write_materials {
    evc_secret key;
    evc_buf edks; /* wire form, without the count */
    size_t edk_count;
    uint8_t room[256]; /* in which most EDKs fit; so it is not to be moved */
} evc_write_materials;

/*
 * context: the whole context (stored and authenticated-only pairs, and the public key
 * of a signed suite). length: bytes of plaintext, or UINT64_MAX. Cached only when the
 * suite has a KDF and no signature and the length is known. loan may be NULL. *out needs
 * no initialisation, and is to be reset after a success.
 */
int evc_materials_for_write(evc_keyring *keyring, const evc_config *config,
                            const evc_suite *suite, const evc_kv *context,
                            uint64_t length, evc_wait *wait, evc_loan *loan,
                            evc_write_materials *out, evc_error **err) EVC_MUST_CHECK;
void evc_write_materials_reset(evc_write_materials *m);

/* The data key of a header that was read; context as above. config->data_key is used
 * when it is set. */
int evc_materials_for_read(evc_keyring *keyring, const evc_config *config,
                           const evc_header *header, const evc_kv *context,
                           evc_wait *wait, evc_loan *loan, evc_secret *key,
                           evc_error **err) EVC_MUST_CHECK;

#endif
