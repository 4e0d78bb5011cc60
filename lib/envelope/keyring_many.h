/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many data keys wrapped for all recipients of a keyring, or unwrapped by any, with the
 * calls to each key service side by side (kms/bulk.h). What comes of each is what
 * evc_keyring_wrap and evc_keyring_unwrap give.
 */
#ifndef EVC_ENVELOPE_KEYRING_MANY_H
#define EVC_ENVELOPE_KEYRING_MANY_H

#include "envelope/keyring.h"
#include "envelope/search.h"
#include "kms/bulk.h"

typedef struct evc_keyring_item {
    /* In: borrowed until the run returned. */
    evc_view key;        /* to wrap; in the arena */
    const evc_edk *edks; /* to unwrap */
    size_t edk_count;
    size_t key_size; /* of what is unwrapped; 0 = 16, 24 or 32 */
    const evc_kv *context;

    /* Out: the caller's to free, by evc_keyring_item_reset or where it moved them. */
    evc_buf wrapped; /* EDKs in wire form, evc_keyring_writers() of them */
    evc_secret secret;
    evc_keyring_opened opened; /* of what was unwrapped */
    int code;
    evc_error *error;

    /* Of the run. */
    evc_search search;
    size_t next; /* EDK that is tried next under the key at hand */
    bool ended;
    evc_kms_item one;
} evc_keyring_item;

void evc_keyring_item_reset(evc_keyring_item *item); /* legal on one that is all zero */

void evc_keyring_wrap_many(evc_keyring *keyring, evc_keyring_item *const *items,
                           size_t count, size_t max_edks, size_t width, evc_wait *wait);
void evc_keyring_unwrap_many(evc_keyring *keyring, evc_keyring_item *const *items,
                             size_t count, size_t width, evc_wait *wait);

#endif
