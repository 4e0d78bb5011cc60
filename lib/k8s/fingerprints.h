/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A map from bytes of any length to three numbers that keeps a fingerprint of 16 bytes (SHA-256
 * of a salt and the bytes, cut) in their place, so that what it costs is known: 32 bytes a
 * slot, of which three quarters at most are taken. One thread.
 */
#ifndef EVC_K8S_FINGERPRINTS_H
#define EVC_K8S_FINGERPRINTS_H

#include <stdbool.h>

#include "base/view.h"
#include "crypto/crypto.h"

typedef struct evc_fingerprint {
    uint8_t bytes[16];
    uint64_t first; /* the owner's, 0 at first */
    uint32_t second;
    bool third;
    bool taken; /* of fingerprints.c */
} evc_fingerprint;

typedef struct evc_fingerprints {
    evc_crypto *crypto; /* borrowed */
    evc_fingerprint *slots;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
    size_t limit; /* most entries */
    uint32_t salt[4];
} evc_fingerprints;

void evc_fingerprints_init(evc_fingerprints *map, evc_crypto *crypto, size_t limit);
void evc_fingerprints_reset(evc_fingerprints *map); /* empty and usable again */

#define EVC_FINGERPRINT_PARTS 4u
/*
 * The entry of these bytes, up to EVC_FINGERPRINT_PARTS parts, each of which counts with its
 * length; good until the next add. NULL when there is none. CRYPTO, NOMEM, FORKED.
 */
int evc_fingerprints_find(const evc_fingerprints *map, const evc_view *parts,
                          size_t count, evc_fingerprint **out,
                          evc_error **err) EVC_MUST_CHECK;
/* Same, made when there is none: *made. NULL when that would go past the limit. */
int evc_fingerprints_add(evc_fingerprints *map, const evc_view *parts, size_t count,
                         evc_fingerprint **out, bool *made,
                         evc_error **err) EVC_MUST_CHECK;

#endif
