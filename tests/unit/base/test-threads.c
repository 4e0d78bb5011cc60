/* SPDX-License-Identifier: Apache-2.0 */
#include "base/threads.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "evc-alloc.h"
#include "evc-check.h"

#define MOST 64

typedef struct record {
    atomic_int runs[MOST];
    pthread_t threads[MOST];
    bool blocked[MOST];
} record;

static record seen;

static void
work(void *user, size_t index)
{
    record *r = user;
    sigset_t mask;

    r->threads[index] = pthread_self();
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    r->blocked[index] =
        sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGINT) == 1;
    atomic_fetch_add(&r->runs[index], 1);
}

static void
check_each_ran_once(size_t count)
{
    for (size_t i = 0; i < MOST; i++)
        ck_assert_int_eq(atomic_load(&seen.runs[i]), i < count);
}

static const size_t counts[] = {0, 1, 2, 7, MOST};

START_TEST(runs_each_index_once)
{
    EVC_CHECK_OK(evc_threads_run(counts[_i], work, &seen, NULL));
    check_each_ran_once(counts[_i]);
}
END_TEST

START_TEST(the_last_index_runs_on_the_calling_thread)
{
    EVC_CHECK_OK(evc_threads_run(4, work, &seen, NULL));
    ck_assert(pthread_equal(seen.threads[3], pthread_self()));
    for (size_t i = 0; i < 3; i++)
        ck_assert(!pthread_equal(seen.threads[i], pthread_self()));
}
END_TEST

START_TEST(workers_have_all_signals_blocked)
{
    EVC_CHECK_OK(evc_threads_run(4, work, &seen, NULL));
    for (size_t i = 0; i < 3; i++)
        ck_assert(seen.blocked[i]);
}
END_TEST

START_TEST(the_callers_mask_stays)
{
    sigset_t before;
    sigset_t after;

    pthread_sigmask(SIG_SETMASK, NULL, &before);
    EVC_CHECK_OK(evc_threads_run(4, work, &seen, NULL));
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    for (int number = 1; number < 32; number++)
        ck_assert_int_eq(sigismember(&before, number), sigismember(&after, number));
    ck_assert(!seen.blocked[3]);
}
END_TEST

START_TEST(where_no_thread_starts_the_caller_runs_all)
{
    evc_alloc_threads(0);
    EVC_CHECK_OK(evc_threads_run(5, work, &seen, NULL));
    check_each_ran_once(5);
    for (size_t i = 0; i < 5; i++)
        ck_assert(pthread_equal(seen.threads[i], pthread_self()));
}
END_TEST

START_TEST(where_some_threads_start_each_index_runs_once)
{
    evc_alloc_threads(2);
    EVC_CHECK_OK(evc_threads_run(6, work, &seen, NULL));
    check_each_ran_once(6);
    ck_assert(!pthread_equal(seen.threads[1], pthread_self()));
    ck_assert(pthread_equal(seen.threads[2], pthread_self()));
}
END_TEST

START_TEST(one_index_starts_no_thread)
{
    evc_alloc_threads(0);
    EVC_CHECK_OK(evc_threads_run(1, work, &seen, NULL));
    check_each_ran_once(1);
}
END_TEST

START_TEST(without_memory_nothing_is_run)
{
    int rc;

    evc_alloc_fail(0, true);
    rc = evc_threads_run(4, work, &seen, NULL);
    (void)evc_alloc_stop();
    ck_assert_int_eq(rc, ENVCRYPT_E_NOMEM);
    check_each_ran_once(0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {the_last_index_runs_on_the_calling_thread,
                                  workers_have_all_signals_blocked,
                                  the_callers_mask_stays,
                                  where_no_thread_starts_the_caller_runs_all,
                                  where_some_threads_start_each_index_runs_once,
                                  one_index_starts_no_thread,
                                  without_memory_nothing_is_run,
                                  NULL};
    TCase *tcase = tcase_create("counts");

    evc_check_add(suite, "threads", tests);
    tcase_add_loop_test(tcase, runs_each_index_once, 0,
                        (int)(sizeof(counts) / sizeof(counts[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("threads", add_tests)
