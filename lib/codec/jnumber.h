/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which numbers of JSON our readers of secret-bearing text take: those that jansson takes,
 * short of some reals. jansson refuses what overflows; for reals two limits make sure of that
 * without a conversion, which would depend on the locale.
 */
#ifndef EVC_CODEC_JNUMBER_H
#define EVC_CODEC_JNUMBER_H

#include "base/view.h"

#define EVC_JNUMBER_MAX_REAL 64u      /* characters */
#define EVC_JNUMBER_MAX_EXPONENT 100u /* either way */

/* Whether a byte may stand in a number: all of them that follow one another are judged. */
bool evc_jnumber_has(uint8_t byte);
/* NULL, or why this is no number, or none that is taken: not RFC 8259's grammar, an integer
 * past 64 bits, a real past the limits. */
const char *evc_jnumber_refusal(evc_view number);
/* Whether it is an integer from 0 to 2^64 - 1: what Go writes of a uint64. */
bool evc_jnumber_is_u64(evc_view number);

#endif
