/* SPDX-License-Identifier: Apache-2.0 */
#include "net/skew.h"

#include <pthread.h>

#include "evc-alloc.h"
#include "evc-check.h"

#define NOW INT64_C(1700000000000)

static evc_skew *skew;

static void
set_up(void)
{
    EVC_CHECK_OK(evc_skew_open(&skew, NULL));
}

static void
tear_down(void)
{
    evc_skew_close(skew);
}

static bool
learn(const char *host, int64_t offset)
{
    return evc_skew_learn(skew, host, NOW, NOW + offset);
}

START_TEST(a_host_that_nobody_complained_of_has_no_offset)
{
    ck_assert_int_eq(evc_skew_of(skew, "a"), 0);
    ck_assert(learn("a", 600000));
    ck_assert_int_eq(evc_skew_of(skew, "b"), 0);
}
END_TEST

START_TEST(offsets_of_four_minutes_are_learned_in_both_directions)
{
    ck_assert(!learn("a", EVC_SKEW_MIN_MS - 1));
    ck_assert(!learn("a", 1 - EVC_SKEW_MIN_MS));
    ck_assert_int_eq(evc_skew_of(skew, "a"), 0);
    ck_assert(learn("a", EVC_SKEW_MIN_MS));
    ck_assert_int_eq(evc_skew_of(skew, "a"), EVC_SKEW_MIN_MS);
    ck_assert(learn("b", -EVC_SKEW_MIN_MS));
    ck_assert_int_eq(evc_skew_of(skew, "b"), -EVC_SKEW_MIN_MS);
}
END_TEST

START_TEST(the_same_offset_again_is_no_reason_for_another_attempt)
{
    ck_assert(learn("a", 86400000));
    ck_assert(!learn("a", 86400000));
    ck_assert(!learn("a", 86400000 + EVC_SKEW_MIN_MS - 1));
    ck_assert_int_eq(evc_skew_of(skew, "a"), 86400000);
}
END_TEST

START_TEST(a_clock_that_was_set_right_takes_the_offset_back)
{
    ck_assert(learn("a", 86400000));
    ck_assert(learn("a", 0));
    ck_assert_int_eq(evc_skew_of(skew, "a"), 0);
}
END_TEST

START_TEST(a_reply_without_a_date_teaches_nothing)
{
    ck_assert(!evc_skew_learn(skew, "a", NOW, -1));
    ck_assert(!evc_skew_learn(skew, "a", -1, NOW));
    ck_assert_int_eq(evc_skew_of(skew, "a"), 0);
}
END_TEST

START_TEST(the_host_after_the_last_takes_the_place_of_the_oldest)
{
    char host[16];

    for (unsigned int i = 0; i < EVC_SKEW_HOSTS; i++) {
        (void)snprintf(host, sizeof(host), "host%u", i);
        ck_assert(learn(host, 600000 + i));
    }
    ck_assert_int_eq(evc_skew_of(skew, "host0"), 600000);
    ck_assert(learn("one more", 600000));
    ck_assert_int_eq(evc_skew_of(skew, "host0"), 0);
    ck_assert_int_eq(evc_skew_of(skew, "host1"), 600001);
    ck_assert_int_eq(evc_skew_of(skew, "one more"), 600000);
}
END_TEST

START_TEST(without_memory_nothing_is_learned)
{
    bool learned;

    evc_alloc_fail(0, true);
    learned = learn("a", 600000);
    (void)evc_alloc_stop();
    ck_assert(!learned);
    ck_assert_int_eq(evc_skew_of(skew, "a"), 0);
}
END_TEST

static int
open_and_close(void *unused)
{
    evc_skew *one;
    int rc = evc_skew_open(&one, NULL);

    (void)unused;
    evc_skew_close(one);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    ck_assert_uint_gt(evc_alloc_sweep(open_and_close, NULL), 0);
}
END_TEST

static void *
learn_and_look(void *host)
{
    for (int i = 0; i < 2000; i++) {
        int64_t offset;

        (void)learn(host, i % 2 ? 600000 : 1200000);
        offset = evc_skew_of(skew, host);
        ck_assert(offset == 600000 || offset == 1200000);
    }
    return NULL;
}

START_TEST(threads_see_whole_offsets)
{
    static char hosts[2][2] = {"a", "b"};
    pthread_t threads[4];

    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, learn_and_look, hosts[i % 2]), 0);
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_host_that_nobody_complained_of_has_no_offset,
        offsets_of_four_minutes_are_learned_in_both_directions,
        the_same_offset_again_is_no_reason_for_another_attempt,
        a_clock_that_was_set_right_takes_the_offset_back,
        a_reply_without_a_date_teaches_nothing,
        the_host_after_the_last_takes_the_place_of_the_oldest,
        without_memory_nothing_is_learned,
        survives_any_failed_allocation,
        threads_see_whole_offsets,
    };
    TCase *tcase = tcase_create("skew");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("skew", add_tests)
