/* SPDX-License-Identifier: Apache-2.0 */
#include "net/retry.h"

#include <string.h>

#include "base/decimal.h"
#include "net/date.h"

#define TOKENS 500
#define SECONDS_MAX INT64_C(999999999999999) /* no more fit into milliseconds */
#define HINT_SLACK_MS 5000 /* how far a provider's own hint is followed */

void
evc_retry_defaults(evc_retry *retry)
{
    *retry = (evc_retry){
        .max_attempts = 3,
        .base_ms = 50,
        .throttle_base_ms = 1000,
        .cap_ms = 20000,
        .cost = 14,
        .throttle_cost = 5,
    };
}

void
evc_bucket_init(evc_bucket *bucket)
{
    atomic_init(&bucket->tokens, TOKENS);
}

bool
evc_bucket_take(evc_bucket *bucket, int32_t tokens)
{
    int have = atomic_load_explicit(&bucket->tokens, memory_order_relaxed);

    while (have >= tokens) {
        if (atomic_compare_exchange_weak(&bucket->tokens, &have, have - tokens))
            return true;
    }
    return false;
}

void
evc_bucket_give(evc_bucket *bucket, int32_t tokens)
{
    int have = atomic_load_explicit(&bucket->tokens, memory_order_relaxed);
    int then;

    do
        then = tokens > TOKENS - have ? TOKENS : have + tokens;
    while (have != then && !atomic_compare_exchange_weak(&bucket->tokens, &have, then));
}

static int64_t
largest(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t
smallest(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Anything from 0 to what the attempt may cost: full jitter. */
static int64_t
jitter(const evc_retry *retry, uint32_t attempt, bool throttled, uint32_t random)
{
    int64_t most = throttled ? retry->throttle_base_ms : retry->base_ms;

    for (uint32_t n = 2; n < attempt && most > 0 && most < retry->cap_ms; n++)
        most = most > INT64_MAX / 2 ? INT64_MAX : 2 * most;
    most = smallest(most, smallest(retry->cap_ms, INT32_MAX));
    return most * (int64_t)random / UINT32_MAX;
}

int64_t
evc_retry_delay_ms(const evc_retry *retry, uint32_t attempt, bool throttled,
                   uint32_t random, int64_t retry_after_ms, int64_t hint_ms)
{
    int64_t own = jitter(retry, attempt, throttled, random);
    int64_t delay = largest(own, smallest(retry_after_ms, EVC_RETRY_AFTER_MAX_MS));

    return largest(delay, smallest(hint_ms, own + HINT_SLACK_MS));
}

int64_t
evc_retry_hint_ms(int64_t retry_after_ms, int64_t hint_ms)
{
    return smallest(largest(retry_after_ms, hint_ms), EVC_RETRY_AFTER_MAX_MS);
}

int64_t
evc_retry_after_parse(const char *value, int64_t now_ms, int64_t date_ms)
{
    int64_t until_ms, seconds;

    if (!value || !value[0])
        return -1;
    if (evc_decimal_read(evc_view_text(value), SECONDS_MAX, &seconds))
        return seconds * 1000;
    if (value[strspn(value, "0123456789")] == '\0')
        return INT64_MAX; /* what is too long for a number is as long as can be */
    until_ms = evc_date_parse(value);
    if (until_ms < 0)
        return -1;
    return largest(until_ms - (date_ms >= 0 ? date_ms : now_ms), -1);
}
