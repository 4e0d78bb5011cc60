/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts what is asked of services, by provider and operation, and refuses calls past a
 * budget. Any number of threads; the caller's function is called with no lock held.
 */
#ifndef EVC_NET_METER_H
#define EVC_NET_METER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define EVC_METER_ROWS 256u /* provider and operation pairs; more go to a row "other" */

typedef struct evc_meter evc_meter;

typedef struct evc_meter_row {
    const char *provider; /* static text */
    const char *operation;
    uint64_t calls; /* finished operations */
    uint64_t failures;
    uint64_t attempts; /* requests; retries = attempts - calls that sent at least one */
    uint64_t throttles;
    uint64_t bytes_out;
    uint64_t bytes_in;
    int64_t latency_sum_ms; /* of whole calls, waits between attempts included */
    int64_t latency_max_ms;
} evc_meter_row;

/* One finished operation. */
typedef struct evc_meter_call {
    const char *provider; /* static texts */
    const char *operation;
    int code;
    uint32_t attempts;
    uint32_t throttles;
    uint64_t bytes_out;
    uint64_t bytes_in;
    int64_t latency_ms;
} evc_meter_call;
typedef void (*evc_meter_fn)(void *user, const evc_meter_call *call);

/* fn may be NULL. budget: most requests that are ever sent; 0 = no limit. NOMEM. */
int evc_meter_open(uint64_t budget, evc_meter_fn fn, void *user, evc_meter **out,
                   evc_error **err) EVC_MUST_CHECK;
void evc_meter_close(evc_meter *meter); /* NULL is fine; legal in a child of fork */
/* Before each request is sent. ENVCRYPT_E_CALL_BUDGET: it may not be. */
int evc_meter_spend(evc_meter *meter, evc_error **err) EVC_MUST_CHECK;
void evc_meter_count(evc_meter *meter, const evc_meter_call *call);
/* A copy of all rows, sorted by provider and operation; freed by evc_mem_free. NOMEM. */
int evc_meter_snapshot(evc_meter *meter, evc_meter_row **rows, size_t *count,
                       evc_error **err) EVC_MUST_CHECK;

#endif
