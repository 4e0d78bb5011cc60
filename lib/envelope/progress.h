/* SPDX-License-Identifier: Apache-2.0 */
/* Tells a caller's function how far a long call is: at most ten times a second, on the
 * thread of the call. */
#ifndef EVC_ENVELOPE_PROGRESS_H
#define EVC_ENVELOPE_PROGRESS_H

#include "base/clock.h"
#include "envelope/config.h"

typedef struct evc_progress {
    envcrypt_progress_fn tell; /* NULL: nobody wants to know */
    void *user;
    const evc_clock *clock;
    int64_t next_ms;
    uint64_t done;
    uint64_t total;
} evc_progress;

/* total: bytes of plaintext; UINT64_MAX = not known. clock outlives p. */
void evc_progress_begin(evc_progress *p, const evc_config *config,
                        const evc_clock *clock, uint64_t total);
void evc_progress_add(evc_progress *p, uint64_t bytes);

#endif
