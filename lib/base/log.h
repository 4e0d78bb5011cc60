/* SPDX-License-Identifier: Apache-2.0 */
/* The log callback of a client. No function here takes a secret, by type or by habit.
 */
#ifndef EVC_BASE_LOG_H
#define EVC_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "envcrypt/client.h"

typedef struct evc_log {
    envcrypt_log_fn sink; /* NULL: silent */
    void *user;
    int32_t level; /* the highest level that is passed on */
} evc_log;

static inline bool
evc_log_wants(const evc_log *log, int32_t level)
{
    return log && log->sink && level <= log->level;
}

/* Silent when log is NULL. A line past 1,023 bytes is cut. */
void evc_log_write(const evc_log *log, int32_t level, const char *format, ...)
    EVC_PRINTF(3, 4);

#endif
