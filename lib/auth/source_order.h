/* SPDX-License-Identifier: Apache-2.0 */
/* Which sources of credentials a chain asks, and in which order: the option "sources". */
#ifndef EVC_AUTH_SOURCE_ORDER_H
#define EVC_AUTH_SOURCE_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define EVC_SOURCE_ORDER_MAX 8u

typedef struct evc_source_order {
    uint8_t at[EVC_SOURCE_ORDER_MAX]; /* indices of names, in order */
    size_t count;
} evc_source_order;

/*
 * text: names separated by commas, spaces around them are fine; "" = none; NULL = all of
 * names (NULL-ended, at most EVC_SOURCE_ORDER_MAX) in their order. UNKNOWN_OPTION: not
 * one of them, ARGUMENT: one twice.
 */
int evc_source_order_parse(const char *text, const char *const *names,
                           evc_source_order *out, evc_error **err) EVC_MUST_CHECK;
bool evc_source_order_has(const evc_source_order *order, uint8_t index);

#endif
