/* SPDX-License-Identifier: Apache-2.0 */
/* Times as AWS's services and tools write them. Pure. */
#ifndef EVC_AUTH_AWS_TIME_H
#define EVC_AUTH_AWS_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/view.h"

/*
 * "2026-01-31T12:00:00Z", with a fraction of a second, and an offset (+01:00, +0100) or
 * UTC in the place of Z. False: it is none; *wall_ms is untouched.
 */
bool evc_aws_time_parse(evc_view text, int64_t *wall_ms);
/*
 * A JSON number of seconds (scale_ms 1000) or milliseconds (1) since 1970, as an integer
 * or a real (1.79E9); parts of a millisecond are dropped. Up to the year 9999.
 */
bool evc_aws_time_epoch(evc_view number, int64_t scale_ms, int64_t *wall_ms);

#endif
