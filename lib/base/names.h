/* SPDX-License-Identifier: Apache-2.0 */
/* Words for the values of an enumeration: tables in which a value is the index. Pure. */
#ifndef EVC_BASE_NAMES_H
#define EVC_BASE_NAMES_H

#include <stddef.h>
#include <stdint.h>

/* NULL for what the table does not have, or has as NULL. */
const char *evc_names_at(const char *const *names, size_t count, int32_t value);
#define EVC_NAME_AT(names, value) \
    evc_names_at(names, sizeof(names) / sizeof((names)[0]), value)

#endif
