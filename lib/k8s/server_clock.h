/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By how much the clock of an API server is ahead of ours, as the Date of its replies shows
 * (RFC 9110 6.6.1). The times in objects are by clocks of API servers, that of a change of
 * key is by ours; where theirs is ahead, an object that was written before the change looks
 * as if it was written after it, which would prove what is not so. So their times are
 * taken that much earlier. A clock of theirs that is behind makes objects look older, which
 * proves nothing wrong, and is not corrected. What is not seen: up to a second, and the
 * clocks of servers that never answered us. Any number of threads.
 */
#ifndef EVC_K8S_SERVER_CLOCK_H
#define EVC_K8S_SERVER_CLOCK_H

#include <stdatomic.h>
#include <stdint.h>

typedef struct evc_server_clock {
    atomic_uint ahead_s; /* the most that was seen */
} evc_server_clock;

void evc_server_clock_init(evc_server_clock *clock);
/* A reply that was dated date_ms (-1 = not) came at received_ms of our wall clock. */
void evc_server_clock_note(evc_server_clock *clock, int64_t date_ms,
                           int64_t received_ms);
/* At least as much as any date showed; 0 while none was ahead. */
int64_t evc_server_clock_ahead_ms(const evc_server_clock *clock);

#endif
