/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/progress.h"

#include "evc-check.h"

static int64_t now_ms;

static int64_t
tell_time(void *user)
{
    (void)user;
    return now_ms;
}

static const evc_clock tests_clock = {.monotonic_ms = tell_time};

static struct {
    int calls;
    uint64_t done;
    uint64_t total;
    const void *user;
} told;

static void
note(void *user, uint64_t done, uint64_t total)
{
    told.calls++;
    told.done = done;
    told.total = total;
    told.user = user;
}

static evc_progress
begin(envcrypt_progress_fn tell, uint64_t total)
{
    static int user;
    evc_config config = {.progress = tell, .progress_user = &user};
    evc_progress p;

    evc_progress_begin(&p, &config, &tests_clock, total);
    told.user = &user;
    return p;
}

START_TEST(tells_nothing_before_a_tenth_of_a_second)
{
    evc_progress p = begin(note, 1000);

    now_ms += 99;
    evc_progress_add(&p, 10);
    ck_assert_int_eq(told.calls, 0);
}
END_TEST

START_TEST(tells_what_was_done_since_the_beginning)
{
    evc_progress p = begin(note, 1000);
    const void *user = told.user;

    evc_progress_add(&p, 10);
    now_ms += 100;
    evc_progress_add(&p, 20);
    ck_assert_int_eq(told.calls, 1);
    ck_assert_uint_eq(told.done, 30);
    ck_assert_uint_eq(told.total, 1000);
    ck_assert_ptr_eq(told.user, user);
}
END_TEST

START_TEST(tells_at_most_ten_times_a_second)
{
    evc_progress p = begin(note, UINT64_MAX);

    for (int i = 0; i < 1000; i++) {
        now_ms++;
        evc_progress_add(&p, 1);
    }
    ck_assert_int_eq(told.calls, 10);
}
END_TEST

START_TEST(tells_never_more_than_the_whole)
{
    evc_progress p = begin(note, 15);

    now_ms += 100;
    evc_progress_add(&p, 20);
    ck_assert_uint_eq(told.done, 15);
}
END_TEST

START_TEST(works_when_nobody_wants_to_know)
{
    evc_progress p = begin(NULL, 15);

    now_ms += 100;
    evc_progress_add(&p, 20);
    ck_assert_int_eq(told.calls, 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        tells_nothing_before_a_tenth_of_a_second,
        tells_what_was_done_since_the_beginning,
        tells_at_most_ten_times_a_second,
        tells_never_more_than_the_whole,
        works_when_nobody_wants_to_know,
        NULL,
    };

    evc_check_add(suite, "progress", tests);
}

EVC_TEST_MAIN("progress", add_tests)
