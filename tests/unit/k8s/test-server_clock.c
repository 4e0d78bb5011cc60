/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/server_clock.h"

#include <pthread.h>

#include "evc-check.h"

#define NOW INT64_C(1700000000000)

static evc_server_clock server;

static void
begin(void)
{
    evc_server_clock_init(&server);
}

static int64_t
ahead_after(int64_t date_ms, int64_t received_ms)
{
    evc_server_clock_note(&server, date_ms, received_ms);
    return evc_server_clock_ahead_ms(&server);
}

START_TEST(a_clock_that_is_right_or_behind_is_not_ahead)
{
    ck_assert_int_eq(evc_server_clock_ahead_ms(&server), 0);
    ck_assert_int_eq(ahead_after(NOW, NOW), 0);
    ck_assert_int_eq(ahead_after(NOW - 1000, NOW), 0);
    ck_assert_int_eq(ahead_after(NOW - 3600000, NOW), 0);
}
END_TEST

START_TEST(a_reply_without_a_date_says_nothing)
{
    ck_assert_int_eq(ahead_after(-1, NOW), 0);
    ck_assert_int_eq(ahead_after(NOW, -1), 0);
}
END_TEST

/* The Date of a server that is ahead by 1,001 ms may read 1 ms, that of 60,999 60,000. */
START_TEST(never_less_is_taken_than_there_may_be)
{
    ck_assert_int_eq(ahead_after(NOW + 1, NOW), 3000);
    ck_assert_int_eq(ahead_after(NOW + 60000, NOW), 62000);
    ck_assert_int_eq(ahead_after(NOW + 60001, NOW), 63000);
}
END_TEST

START_TEST(the_most_that_was_seen_counts)
{
    ck_assert_int_eq(ahead_after(NOW + 60000, NOW), 62000);
    ck_assert_int_eq(ahead_after(NOW + 5000, NOW), 62000);
    ck_assert_int_eq(ahead_after(NOW - 5000, NOW), 62000);
}
END_TEST

START_TEST(a_date_far_away_is_no_overflow)
{
    ck_assert_int_eq(ahead_after(INT64_C(253402300799000), 0),
                     INT64_C(2147483647) * 1000);
}
END_TEST

static void *
note_many(void *user)
{
    (void)user;
    for (int i = 0; i < 10000; i++)
        evc_server_clock_note(&server, NOW + i, NOW);
    return NULL;
}

START_TEST(threads_may_note_at_once)
{
    pthread_t threads[4];

    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, note_many, NULL), 0);
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert_int_eq(evc_server_clock_ahead_ms(&server), 12000);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("server_clock");

    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, a_clock_that_is_right_or_behind_is_not_ahead);
    tcase_add_test(tcase, a_reply_without_a_date_says_nothing);
    tcase_add_test(tcase, never_less_is_taken_than_there_may_be);
    tcase_add_test(tcase, the_most_that_was_seen_counts);
    tcase_add_test(tcase, a_date_far_away_is_no_overflow);
    tcase_add_test(tcase, threads_may_note_at_once);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("server_clock", add_tests)
