/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many wraps or unwraps under one key, side by side as far as its back end can: cloud
 * services over shared connections, custom ones that answer later with width requests
 * open; the others one by one. Every item is checked as in kms/kms.h and ends by itself,
 * under one wait. Any number of threads.
 */
#ifndef EVC_KMS_BULK_H
#define EVC_KMS_BULK_H

#include "kms/kms.h"

typedef struct evc_kms_item {
    /* In: borrowed until the run returned. */
    evc_view key; /* to wrap; in the arena */
    evc_edk edk;  /* to unwrap; one that the key claims */
    const evc_kv *context;
    size_t key_size; /* of what is unwrapped; 0 = 16, 24 or 32 */

    /* Out: the caller's to free, by evc_kms_item_reset or where it moved them. */
    evc_edk_out wrapped;
    evc_secret secret;
    evc_unwrapped about;
    int code; /* as of evc_kms_wrap or evc_kms_unwrap */
    evc_error *error;
} evc_kms_item;

void evc_kms_item_reset(evc_kms_item *item); /* legal on one that is all zero */

/* Each item has its code when these return; those that deadline or cancel cut off, that
 * of the wait. width 0 = 1. */
void evc_kms_wrap_many(evc_kms *kms, evc_kms_item *const *items, size_t count,
                       size_t width, evc_wait *wait);
void evc_kms_unwrap_many(evc_kms *kms, evc_kms_item *const *items, size_t count,
                         size_t width, evc_wait *wait);

#endif
