/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of unique name/value byte pairs, kept sorted by the bytes of the name (shorter
 * first on a tie). It is the encryption context, and the list of string options.
 */
#ifndef EVC_BASE_KV_H
#define EVC_BASE_KV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"

typedef struct evc_pair {
    evc_view name; /* a NUL that is not counted stands after name and value */
    evc_view value;
    uint8_t *block; /* holds both; of the list alone. NULL: the common one does */
} evc_pair;

typedef struct evc_kv {
    evc_pair *pairs;
    size_t count;
    size_t capacity;
    uint8_t
        *common; /* of evc_kv_reserve: the first pairs, and behind them their text */
    size_t common_size;
    size_t common_used;
} evc_kv;

void evc_kv_init(evc_kv *kv);
void evc_kv_release(evc_kv *kv); /* evc_kv_reset of one that holds memory */

/* Wipes names and values and frees; usable again. */
static inline void
evc_kv_reset(evc_kv *kv)
{
    if (kv->pairs)
        evc_kv_release(kv);
}

/* After a failure of the following the list is as it was. */

/* Of an empty list: room for count pairs whose names and values have text bytes in all,
 * by one allocation. More of either is legal. NOMEM. */
int evc_kv_reserve(evc_kv *kv, size_t count, size_t text,
                   evc_error **err) EVC_MUST_CHECK;

/* ENVCRYPT_E_CONTEXT_DUPLICATE when the name is there, NOMEM. Both views are copied. */
int evc_kv_add(evc_kv *kv, evc_view name, evc_view value,
               evc_error **err) EVC_MUST_CHECK;
/* Adds, or gives the name a new value. NOMEM. */
int evc_kv_set(evc_kv *kv, evc_view name, evc_view value,
               evc_error **err) EVC_MUST_CHECK;
/* Same of texts; value NULL takes the name out. */
int evc_kv_set_text(evc_kv *kv, const char *name, const char *value,
                    evc_error **err) EVC_MUST_CHECK;
/* NULL when the name is not there. The pair moves when the list changes. */
const evc_pair *evc_kv_find(const evc_kv *kv, evc_view name);
/* The value as a text, borrowed as the pair; NULL when the name is not there. */
const char *evc_kv_text(const evc_kv *kv, evc_view name);
bool evc_kv_remove(evc_kv *kv, evc_view name); /* false: it was not there */
/* Puts the pairs of from in the place of those of to, an initialised list. NOMEM. */
int evc_kv_copy(evc_kv *to, const evc_kv *from, evc_error **err) EVC_MUST_CHECK;

#endif
