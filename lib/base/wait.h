/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A deadline and a cancel flag for one call at a time, and the place where that call
 * sleeps. Other threads wake it: by cancel, or because what it waits for is done.
 */
#ifndef EVC_BASE_WAIT_H
#define EVC_BASE_WAIT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"

typedef struct envcrypt_wait {
    const evc_clock *clock;
    int64_t deadline_ms; /* monotonic; INT64_MAX = none */
    atomic_bool canceled;
    atomic_int wake_read; /* a pipe, made when the first sleep needs it; -1 before */
    atomic_int wake_write;
    uint64_t generation;
} evc_wait;

/* timeout_ms < 0 = no deadline. Nothing is allocated and no descriptor opened yet. */
void evc_wait_init(evc_wait *w, const evc_clock *clock, int64_t timeout_ms);
void evc_wait_release(evc_wait *w); /* closes the pipe */

void evc_wait_cancel(evc_wait *w); /* any thread, any number of times */
/* 0, ENVCRYPT_E_CANCELED or ENVCRYPT_E_TIMEOUT. */
int evc_wait_check(evc_wait *w, evc_error **err) EVC_MUST_CHECK;
int64_t evc_wait_left_ms(evc_wait *w); /* 0 when past, INT64_MAX without deadline */

/* Makes the pipe; must succeed before another thread is told to call evc_wait_wake. */
int evc_wait_arm(evc_wait *w, evc_error **err) EVC_MUST_CHECK;
void evc_wait_wake(evc_wait *w); /* any thread; wakes one evc_wait_sleep */
/* Sleeps until woken (0), canceled or past the deadline. Wake-ups may be spurious. */
int evc_wait_sleep(evc_wait *w, evc_error **err) EVC_MUST_CHECK;

#endif
