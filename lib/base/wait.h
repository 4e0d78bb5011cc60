/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A deadline and a cancel flag for one call at a time, and the place where that call
 * sleeps. Other threads wake it: by cancel, or because what it waits for is done. In a
 * child of fork it wakes nobody, and releasing it leaves the descriptors alone.
 */
#ifndef EVC_BASE_WAIT_H
#define EVC_BASE_WAIT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"

#define EVC_WAIT_NEVER \
    INT64_MIN /* the deadline of a call that must not sleep at all \
                                  */

typedef struct envcrypt_wait {
    const evc_clock *clock;
    int64_t deadline_ms; /* monotonic; INT64_MAX = none, EVC_WAIT_NEVER */
    atomic_bool canceled;
    int wake_read;         /* a pipe, made when the first sleep needs it; -1 before */
    atomic_int wake_write; /* its other end */
    uint64_t generation;
    struct evc_env *env; /* held by a public wait, which alone frees it; else NULL */
} evc_wait;

/*
 * timeout_ms 0 = EVC_WAIT_NEVER, < 0 = no deadline. The clock must outlive w; NULL =
 * the system's. Nothing is allocated and no descriptor opened yet.
 */
void evc_wait_init(evc_wait *w, const evc_clock *clock, int64_t timeout_ms);
void evc_wait_release(evc_wait *w); /* closes the pipe; NULL is fine */

/* Any thread, any number of times; NULL is fine. Every later check and sleep tells. */
void evc_wait_cancel(evc_wait *w);
/*
 * 0, ENVCRYPT_E_CANCELED, TIMEOUT, FORKED. For work that takes long; work that needs no
 * wait is done first, so that it succeeds under any deadline. A NULL w never ends.
 */
int evc_wait_check(evc_wait *w, evc_error **err) EVC_MUST_CHECK;
/* At the entry of a call, with any deadline: 0, CANCELED, FORKED. */
int evc_wait_begin(evc_wait *w, evc_error **err) EVC_MUST_CHECK;
int64_t evc_wait_left_ms(
    const evc_wait *w); /* 0 when past, INT64_MAX without deadline */

/* Makes the pipe; must succeed before another thread is told to call evc_wait_wake. IO.
 */
int evc_wait_arm(evc_wait *w, evc_error **err) EVC_MUST_CHECK;
void evc_wait_wake(
    evc_wait *w); /* any thread; wakes one sleep, the next if none is on */
/*
 * Sleeps until woken (0), canceled or past the deadline. Wake-ups may be spurious.
 * Errors as evc_wait_check(), IO, and CALLBACK when the caller's own wait failed.
 */
int evc_wait_sleep(evc_wait *w, evc_error **err) EVC_MUST_CHECK;
/* Same, and at most for ms: 0 then; at once when ms is not positive. */
int evc_wait_sleep_for(evc_wait *w, int64_t ms, evc_error **err) EVC_MUST_CHECK;

/* What becomes readable when w is woken or canceled; of an armed wait. */
int evc_wait_descriptor(const evc_wait *w);
/*
 * As evc_wait_sleep, until monotonic time until_ms at most, or until fd is readable: a set
 * (epoll) of descriptors that are waited for, with evc_wait_descriptor among them.
 */
int evc_wait_sleep_at(evc_wait *w, int64_t until_ms, int fd,
                      evc_error **err) EVC_MUST_CHECK;

#endif
