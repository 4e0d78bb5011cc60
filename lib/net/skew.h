/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By how much the clocks of hosts differ from ours, as their Date headers say, so that a
 * request can be dated as its receiver counts (kms-apis 1.9). Used for the dates of
 * signatures alone, never to judge whether credentials live. Any number of threads.
 */
#ifndef EVC_NET_SKEW_H
#define EVC_NET_SKEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define EVC_SKEW_HOSTS 64u          /* remembered; the oldest goes */
#define EVC_SKEW_MIN_MS (4 * 60000) /* less is not worth a correction */

typedef struct evc_skew evc_skew;

int evc_skew_open(evc_skew **out, evc_error **err) EVC_MUST_CHECK; /* NOMEM */
void evc_skew_close(evc_skew *skew); /* NULL is fine; legal in a child of fork */
/* To add to our wall clock; 0 unless a request to the host was refused for its date. */
int64_t evc_skew_of(evc_skew *skew, const char *host);
/*
 * A request was refused for its date by a reply that the host dated date_ms at our wall
 * time now_ms. Whether the offset changed by EVC_SKEW_MIN_MS or more, so that another
 * attempt makes sense.
 */
bool evc_skew_learn(evc_skew *skew, const char *host, int64_t now_ms, int64_t date_ms);

#endif
