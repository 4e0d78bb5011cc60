/* SPDX-License-Identifier: Apache-2.0 */
/* Wall time, monotonic time and the wait itself, each replaceable by the caller. */
#ifndef EVC_BASE_CLOCK_H
#define EVC_BASE_CLOCK_H

#include <stdint.h>

#include "base/err.h"
#include "base/view.h"
#include "envcrypt/client.h"

/* A NULL function means the system's; so does a NULL clock in the functions below. */
typedef struct evc_clock {
    envcrypt_clock_fn wall_ms;
    envcrypt_clock_fn monotonic_ms;
    envcrypt_clock_wait_fn wait;
    void *user;
} evc_clock;

int64_t evc_clock_wall_ms(const evc_clock *clock); /* since 1970, UTC */
int64_t evc_clock_monotonic_ms(const evc_clock *clock);
/*
 * Sleeps until monotonic time until_ms (INT64_MAX = no limit), or until descriptor fd
 * is readable (-1 = none). 1 when readable, 0 when the time came, -1 with errno.
 */
int evc_clock_wait(const evc_clock *clock, int64_t until_ms, int fd);

/*
 * "2026-01-31T12:00:00Z" and back; only this form, years 1970 to 9999. Writing drops
 * the milliseconds and takes the nearest time that fits. Reading: ENVCRYPT_E_ARGUMENT.
 */
#define EVC_TIME_TEXT 21
void evc_clock_format(int64_t wall_ms, char out[EVC_TIME_TEXT]);
int evc_clock_parse(evc_view text, int64_t *wall_ms, evc_error **err) EVC_MUST_CHECK;

#endif
