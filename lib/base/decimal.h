/* SPDX-License-Identifier: Apache-2.0 */
/* Whole numbers as texts give them: decimal digits alone, without sign and space. Pure. */
#ifndef EVC_BASE_DECIMAL_H
#define EVC_BASE_DECIMAL_H

#include "base/view.h"

/* 0 to most, which is not negative; false when it is no such number. Zeros before it are taken. */
bool evc_decimal_read(evc_view text, int64_t most, int64_t *out);

#endif
