/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random access to the plaintext of a framed message. All frames but the last have one
 * size, so the size of the message and the final frame together prove the size of the
 * plaintext.
 */
#ifndef EVC_ENVELOPE_RANGE_H
#define EVC_ENVELOPE_RANGE_H

#include "base/wait.h"
#include "envcrypt/stream.h"
#include "envelope/config.h"
#include "envelope/info.h"
#include "envelope/keyring.h"

typedef struct envcrypt_range evc_range;

/* Where message bytes come from. Moves to the range, and is destroyed when that is
 * freed or could not be opened; not in a child of fork. */
typedef struct evc_source {
    uint64_t size;
    envcrypt_read_at_fn read_at;
    void *user;
    envcrypt_destroy_fn destroy; /* may be NULL */
} evc_source;

/* keyring may be NULL when the config has a data key; frames_only: a signed message is
 * taken without a look at its signature. */
int evc_range_open(evc_keyring *keyring, const evc_config *config,
                   const evc_source *source, bool frames_only, evc_wait *wait,
                   evc_range **out, evc_error **err) EVC_MUST_CHECK;
void evc_range_free(evc_range *r);

uint64_t evc_range_size(const evc_range *r); /* bytes of plaintext */
const evc_info *evc_range_info(const evc_range *r);
/* out is zeroed after a failure. ENVCRYPT_E_RANGE past the end. */
int evc_range_read(evc_range *r, uint64_t offset, void *out, size_t size, size_t *made,
                   evc_error **err) EVC_MUST_CHECK;

#endif
