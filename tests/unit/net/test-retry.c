/* SPDX-License-Identifier: Apache-2.0 */
#include "net/retry.h"

#include <pthread.h>

#include "evc-check.h"

#define MOST UINT32_MAX /* of the jitter */

static evc_retry rules;

static void
set_up(void)
{
    evc_retry_defaults(&rules);
}

static int64_t
delay(uint32_t attempt, bool throttled, uint32_t random)
{
    return evc_retry_delay_ms(&rules, attempt, throttled, random, -1, -1);
}

/* --- delays --- */

START_TEST(the_figures_are_those_of_2026)
{
    ck_assert_uint_eq(rules.max_attempts, 3);
    ck_assert_int_eq(rules.base_ms, 50);
    ck_assert_int_eq(rules.throttle_base_ms, 1000);
    ck_assert_int_eq(rules.cap_ms, 20000);
    ck_assert_int_eq(rules.cost, 14);
    ck_assert_int_eq(rules.throttle_cost, 5);
}
END_TEST

START_TEST(a_delay_doubles_with_each_attempt)
{
    ck_assert_int_eq(delay(2, false, MOST), 50);
    ck_assert_int_eq(delay(3, false, MOST), 100);
    ck_assert_int_eq(delay(4, false, MOST), 200);
    ck_assert_int_eq(delay(2, true, MOST), 1000);
    ck_assert_int_eq(delay(3, true, MOST), 2000);
}
END_TEST

START_TEST(a_delay_stops_growing_at_the_cap)
{
    ck_assert_int_eq(delay(6, true, MOST), 16000);
    ck_assert_int_eq(delay(7, true, MOST), 20000);
    ck_assert_int_eq(delay(UINT32_MAX, true, MOST), 20000);
    rules.cap_ms = INT64_MAX;
    ck_assert_int_eq(delay(UINT32_MAX, true, MOST), INT32_MAX);
}
END_TEST

START_TEST(jitter_reaches_from_nothing_to_all_of_it)
{
    ck_assert_int_eq(delay(3, true, 0), 0);
    ck_assert_int_eq(delay(3, true, MOST / 2), 999);
    rules.base_ms = 0;
    ck_assert_int_eq(delay(9, false, MOST), 0);
}
END_TEST

START_TEST(retry_after_is_taken_as_it_is_up_to_a_minute)
{
    ck_assert_int_eq(evc_retry_delay_ms(&rules, 2, false, MOST, 7000, -1), 7000);
    ck_assert_int_eq(evc_retry_delay_ms(&rules, 2, false, MOST, 60000, -1), 60000);
    ck_assert_int_eq(evc_retry_delay_ms(&rules, 2, false, MOST, 60001, -1), 60000);
    ck_assert_int_eq(evc_retry_delay_ms(&rules, 2, false, MOST, INT64_MAX, -1), 60000);
}
END_TEST

START_TEST(no_hint_shortens_the_own_delay)
{
    ck_assert_int_eq(evc_retry_delay_ms(&rules, 2, true, MOST, 10, -1), 1000);
    ck_assert_int_eq(evc_retry_delay_ms(&rules, 2, true, MOST, -1, 10), 1000);
    ck_assert_int_eq(evc_retry_delay_ms(&rules, 2, true, MOST, 0, 0), 1000);
}
END_TEST

START_TEST(a_providers_hint_adds_five_seconds_at_most)
{
    ck_assert_int_eq(evc_retry_delay_ms(&rules, 2, true, MOST, -1, 3000), 3000);
    ck_assert_int_eq(evc_retry_delay_ms(&rules, 2, true, MOST, -1, 6000), 6000);
    ck_assert_int_eq(evc_retry_delay_ms(&rules, 2, true, MOST, -1, 6001), 6000);
    ck_assert_int_eq(evc_retry_delay_ms(&rules, 2, true, MOST, -1, INT64_MAX), 6000);
}
END_TEST

START_TEST(an_errors_hint_is_the_later_one_up_to_a_minute)
{
    ck_assert_int_eq(evc_retry_hint_ms(-1, -1), -1);
    ck_assert_int_eq(evc_retry_hint_ms(2000, -1), 2000);
    ck_assert_int_eq(evc_retry_hint_ms(2000, 3000), 3000);
    ck_assert_int_eq(evc_retry_hint_ms(60001, 0), 60000);
}
END_TEST

/* --- Retry-After --- */

#define NOW INT64_C(784111777000) /* Sun, 06 Nov 1994 08:49:37 GMT */

static const struct {
    const char *value;
    int64_t expected;
} values[] = {
    {NULL, -1},
    {"", -1},
    {"0", 0},
    {"1", 1000},
    {"120", 120000},
    {"007", 7000},
    {"999999999999999", INT64_C(999999999999999000)},
    {"1000000000000000", INT64_MAX},
    {"99999999999999999999999999999999999999999999", INT64_MAX},
    {"-1", -1},
    {"+1", -1},
    {"1.5", -1},
    {"1 ", -1},
    {" 1", -1},
    {"soon", -1},
    {"Sun, 06 Nov 1994 08:49:47 GMT", 10000},
    {"Sun, 06 Nov 1994 08:49:37 GMT", 0},
    {"Sun, 06 Nov 1994 08:49:36 GMT", -1},
    {"Sun, 06 Nov 1904 08:49:36 GMT", -1},
};

START_TEST(retry_after_is_seconds_or_a_date_or_nothing)
{
    ck_assert_int_eq(evc_retry_after_parse(values[_i].value, NOW, -1),
                     values[_i].expected);
}
END_TEST

START_TEST(a_date_is_compared_with_the_replys_own)
{
    ck_assert_int_eq(evc_retry_after_parse("Sun, 06 Nov 1994 08:49:47 GMT", 12345, NOW),
                     10000);
}
END_TEST

/* --- bucket --- */

START_TEST(a_bucket_begins_with_five_hundred_tokens)
{
    evc_bucket bucket;

    evc_bucket_init(&bucket);
    ck_assert(!evc_bucket_take(&bucket, 501));
    ck_assert(evc_bucket_take(&bucket, 500));
    ck_assert(!evc_bucket_take(&bucket, 1));
}
END_TEST

START_TEST(what_was_refused_took_nothing)
{
    evc_bucket bucket;

    evc_bucket_init(&bucket);
    ck_assert(evc_bucket_take(&bucket, 490));
    ck_assert(!evc_bucket_take(&bucket, 11));
    ck_assert(evc_bucket_take(&bucket, 10));
}
END_TEST

START_TEST(a_bucket_never_holds_more_than_at_first)
{
    evc_bucket bucket;

    evc_bucket_init(&bucket);
    evc_bucket_give(&bucket, 1);
    evc_bucket_give(&bucket, INT32_MAX);
    ck_assert_int_eq(atomic_load(&bucket.tokens), 500);
    ck_assert(evc_bucket_take(&bucket, 14));
    evc_bucket_give(&bucket, 13);
    ck_assert_int_eq(atomic_load(&bucket.tokens), 499);
    evc_bucket_give(&bucket, 14);
    ck_assert_int_eq(atomic_load(&bucket.tokens), 500);
}
END_TEST

static evc_bucket shared;
static atomic_int taken;

static void *
take_and_give(void *unused)
{
    for (int i = 0; i < 2000; i++) {
        if (evc_bucket_take(&shared, 14))
            (void)atomic_fetch_add(&taken, 14);
        if (i % 3 == 0 && atomic_load(&taken) > 1000) {
            (void)atomic_fetch_sub(&taken, 14);
            evc_bucket_give(&shared, 14);
        }
        ck_assert_int_ge(atomic_load(&shared.tokens), 0);
        ck_assert_int_le(atomic_load(&shared.tokens), 500);
    }
    return unused;
}

START_TEST(threads_take_no_more_than_there_is)
{
    pthread_t threads[8];

    evc_bucket_init(&shared);
    for (size_t i = 0; i < 8; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, take_and_give, NULL), 0);
    for (size_t i = 0; i < 8; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert_int_eq(atomic_load(&shared.tokens) + atomic_load(&taken), 500);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const delays[] = {
        the_figures_are_those_of_2026,
        a_delay_doubles_with_each_attempt,
        a_delay_stops_growing_at_the_cap,
        jitter_reaches_from_nothing_to_all_of_it,
        retry_after_is_taken_as_it_is_up_to_a_minute,
        no_hint_shortens_the_own_delay,
        a_providers_hint_adds_five_seconds_at_most,
        an_errors_hint_is_the_later_one_up_to_a_minute,
    };
    const TTest *const others[] = {a_date_is_compared_with_the_replys_own,
                                   a_bucket_begins_with_five_hundred_tokens,
                                   what_was_refused_took_nothing,
                                   a_bucket_never_holds_more_than_at_first,
                                   threads_take_no_more_than_there_is,
                                   NULL};
    TCase *tcase = tcase_create("delays");
    TCase *each = tcase_create("retry-after");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++)
        tcase_add_test(tcase, delays[i]);
    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(each, retry_after_is_seconds_or_a_date_or_nothing, 0,
                        (int)(sizeof(values) / sizeof(values[0])));
    suite_add_tcase(suite, each);
    evc_check_add(suite, "others", others);
}

EVC_TEST_MAIN("retry", add_tests)
