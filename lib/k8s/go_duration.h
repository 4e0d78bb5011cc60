/* SPDX-License-Identifier: Apache-2.0 */
/* Durations as Go's time.ParseDuration reads them: "3s", "1m30s", "1.5h", "-2ms". */
#ifndef EVC_K8S_GO_DURATION_H
#define EVC_K8S_GO_DURATION_H

#include <stdbool.h>
#include <stdint.h>

#define EVC_SECOND_NS INT64_C(1000000000)

/* Nanoseconds. False, and *out is not touched, for what Go refuses; past 292 years it does. */
bool evc_go_duration_parse(const char *text, int64_t *out);

#endif
