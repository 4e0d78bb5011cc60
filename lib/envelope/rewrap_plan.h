/* SPDX-License-Identifier: Apache-2.0 */
/* What a rewrap decides: whether to do anything, and how the new message is written. */
#ifndef EVC_ENVELOPE_REWRAP_PLAN_H
#define EVC_ENVELOPE_REWRAP_PLAN_H

#include "envelope/header.h"
#include "envelope/info.h"
#include "envelope/keyring.h"

/* Who asks, and how. */
typedef struct evc_rewrap {
    evc_keyring *from; /* may be NULL when read_config has a data key */
    evc_keyring *to;
    const evc_config *read_config;  /* not NULL */
    const evc_config *write_config; /* NULL = as the old message */
    uint32_t flags;                 /* ENVCRYPT_REWRAP_… */
    evc_wait *wait;
} evc_rewrap;

/* One of ENVCRYPT_REWRAP_…; flags: ENVCRYPT_REWRAP_FORCE counts. */
int32_t evc_rewrap_reason(const evc_info *info, const evc_keyring *to, uint32_t flags);
bool evc_rewrap_is_needed(int32_t reason);

/*
 * Settings of the new message into an initialised config. old: the header of the old
 * one; whole: its context with the pairs that were given again; bound: the most bytes
 * of its plaintext. What write_config does not choose is as in the old message; pairs
 * that it did not store are not stored again. No cache: an entry may be older than the
 * key version that is current.
 */
int evc_rewrap_settings(const evc_rewrap *r, const evc_header *old, const evc_kv *whole,
                        uint64_t bound, evc_config *out,
                        evc_error **err) EVC_MUST_CHECK;

#endif
