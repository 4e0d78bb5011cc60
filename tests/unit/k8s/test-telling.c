/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/telling.h"

#include "evc-check.h"

static int64_t now;
static int heard;
static int32_t answer;
static evc_reencrypt_report *r;
static evc_telling t;
static evc_clock clock_of_test;

static int64_t
monotonic(void *user)
{
    (void)user;
    return now;
}

static int32_t
hear(void *user, const evc_reencrypt_report *so_far)
{
    (void)user;
    (void)so_far;
    heard++;
    return answer;
}

static void
set_up(void)
{
    now = 1000;
    heard = 0;
    answer = 0;
    clock_of_test = (evc_clock){.monotonic_ms = monotonic};
    EVC_CHECK_OK(evc_reencrypt_report_new(&r, NULL));
    evc_telling_init(&t, hear, NULL, &clock_of_test);
}

static void
tear_down(void)
{
    evc_reencrypt_report_free(r);
}

static bool
tell(void)
{
    return evc_telling_tell(&t, r);
}

START_TEST(ten_times_a_second_at_most)
{
    for (int i = 0; i < 1000; i++) {
        now++;
        (void)tell();
    }
    ck_assert_int_eq(heard, 10);
}
END_TEST

START_TEST(a_new_phase_is_told_at_once)
{
    (void)tell();
    r->phase = ENVCRYPT_REENCRYPT_PHASE_WRITING;
    (void)tell();
    ck_assert_int_eq(heard, 2);
}
END_TEST

START_TEST(an_answer_cancels)
{
    ck_assert(!tell());
    now += 100;
    answer = 1;
    ck_assert(tell());
}
END_TEST

START_TEST(where_nobody_hears_nothing_cancels)
{
    evc_telling_init(&t, NULL, NULL, &clock_of_test);
    ck_assert(!tell());
}
END_TEST

START_TEST(the_rate_is_that_of_the_last_seconds)
{
    int64_t *done = &r->figures[ENVCRYPT_REENCRYPT_FIGURE_DONE];

    for (int i = 0; i < 100; i++) { /* 10 s at 50 a second */
        now += 100;
        *done += 5;
        (void)tell();
    }
    ck_assert_int_eq(r->figures[ENVCRYPT_REENCRYPT_FIGURE_RATE], 50);
    for (int i = 0; i < 60; i++) { /* then 10 a second */
        now += 100;
        *done += 1;
        (void)tell();
    }
    ck_assert_int_eq(r->figures[ENVCRYPT_REENCRYPT_FIGURE_RATE], 10);
}
END_TEST

START_TEST(the_rate_begins_anew_with_each_phase)
{
    now += 1000;
    r->figures[ENVCRYPT_REENCRYPT_FIGURE_DONE] = 500;
    (void)tell();
    now += 1000;
    (void)tell();
    r->phase = ENVCRYPT_REENCRYPT_PHASE_WRITING;
    r->figures[ENVCRYPT_REENCRYPT_FIGURE_DONE] = 0;
    r->figures[ENVCRYPT_REENCRYPT_FIGURE_RATE] = 0;
    (void)tell();
    ck_assert_int_eq(r->figures[ENVCRYPT_REENCRYPT_FIGURE_RATE], 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {ten_times_a_second_at_most,
                                a_new_phase_is_told_at_once,
                                an_answer_cancels,
                                where_nobody_hears_nothing_cancels,
                                the_rate_is_that_of_the_last_seconds,
                                the_rate_begins_anew_with_each_phase};
    TCase *tcase = tcase_create("telling");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("telling", add_tests)
