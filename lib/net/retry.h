/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When to try again: full jitter, growing with the attempts, the service's own hint, and
 * a bucket of tokens that keeps a broken service from being called over and over. The
 * figures are those of AWS's rules of 2026 (kms-apis 1.8). Pure but for the bucket.
 */
#ifndef EVC_NET_RETRY_H
#define EVC_NET_RETRY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/view.h"

#define EVC_RETRY_AFTER_MAX_MS 60000 /* a longer hint is taken for this */

typedef struct evc_retry {
    uint32_t max_attempts;    /* in all, the first included; default 3 */
    int64_t base_ms;          /* default 50 */
    int64_t throttle_base_ms; /* default 1,000 */
    int64_t cap_ms;           /* default 20,000 */
    int32_t cost;             /* tokens of a retry; default 14 */
    int32_t throttle_cost;    /* default 5 */
} evc_retry;
void evc_retry_defaults(evc_retry *retry);

/* Tokens; 500 at first and at most. Any number of threads. */
typedef struct evc_bucket {
    atomic_int tokens;
} evc_bucket;
void evc_bucket_init(evc_bucket *bucket);
bool evc_bucket_take(evc_bucket *bucket, int32_t tokens); /* false: too few */
void evc_bucket_give(evc_bucket *bucket, int32_t tokens);

/*
 * How long to wait before attempt n (2 = the first retry); random is any number. Two
 * hints, -1 = none: Retry-After is taken as it is, up to EVC_RETRY_AFTER_MAX_MS, but not
 * for less than the delay; a provider's own hint lies between the delay and 5 s more.
 */
int64_t evc_retry_delay_ms(const evc_retry *retry, uint32_t attempt, bool throttled,
                           uint32_t random, int64_t retry_after_ms, int64_t hint_ms);

/* For an error: the later of the two hints, at most EVC_RETRY_AFTER_MAX_MS; -1 = none. */
int64_t evc_retry_hint_ms(int64_t retry_after_ms, int64_t hint_ms);

/*
 * Retry-After (RFC 9110 10.2.3): seconds, or a date compared with date_ms (the reply's
 * own Date; -1: with now_ms). -1 when it is neither, negative, or NULL.
 */
int64_t evc_retry_after_parse(const char *value, int64_t now_ms, int64_t date_ms);

#endif
