/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many requests may be in flight, and when the next may begin: at most as many as were
 * asked for, half as many whenever the server says that it is too much, one more after a while
 * of success; not before the server said, nor before the rate allows. Times are monotonic. Pure.
 */
#ifndef EVC_K8S_PACE_H
#define EVC_K8S_PACE_H

#include <stdint.h>

#define EVC_PACE_FIRST_HOLD_MS 250
#define EVC_PACE_LONGEST_HOLD_MS 30000
#define EVC_PACE_SUCCESSES 8u /* a place, until there is one more */

typedef struct evc_pace {
    uint32_t most;
    uint32_t width; /* now; 1 to most */
    uint32_t rate;  /* in a second; 0 = no limit */
    uint32_t successes;
    uint32_t troubles; /* one after the other */
    int64_t halved_ms; /* until when nothing was begun that the halving could spare */
    int64_t hold_until_ms;
    int64_t credit; /* of the rate: thousandths of a request */
    int64_t credited_ms;
    int64_t fine_ms; /* the latest success, or the beginning */
} evc_pace;

void evc_pace_init(evc_pace *pace, uint32_t most, uint32_t rate, int64_t now_ms);
/* A request is begun. */
void evc_pace_begin(evc_pace *pace, int64_t now_ms);
void evc_pace_success(evc_pace *pace, int64_t now_ms);
/*
 * The server was asked too much, or is away: nothing new before retry_after_ms, or, where it
 * said nothing (-1), before a while that doubles each time. began_ms: when the request was
 * begun; of the many that one moment of overload refuses, only the first halves.
 */
void evc_pace_trouble(evc_pace *pace, int64_t now_ms, int64_t began_ms,
                      int64_t retry_after_ms);
/* When the next may begin; 0 = now. */
int64_t evc_pace_not_before(evc_pace *pace, int64_t now_ms);
/* For how long there was no success. */
int64_t evc_pace_trouble_ms(const evc_pace *pace, int64_t now_ms);

#endif
