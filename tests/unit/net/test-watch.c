/* SPDX-License-Identifier: Apache-2.0 */
/* Runs with watch_linux.c and watch_posix.c alike. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "evc-alloc.h"
#include "evc-check.h"
#include "net/watch.h"

#define MANY 100

static evc_watch *watch;
static evc_wait w;
static evc_watched ready[MANY];
static size_t count;
static int ends[2];
static evc_clock own; /* polls, as a scheduler of the caller's would */
static int own_waits;

static int32_t
wait_by_poll(void *user, int64_t until_ms, int32_t fd)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    int64_t left = until_ms - evc_clock_monotonic_ms(NULL);

    (void)user;
    own_waits++;
    if (until_ms == INT64_MAX || left > 10000)
        left = 10000;
    return poll(&one, fd >= 0, left > 0 ? (int)left : 0) > 0;
}

static void
setup(void)
{
    own = (evc_clock){.wait = wait_by_poll};
    EVC_CHECK_OK(evc_watch_open(&watch, NULL));
    evc_wait_init(&w, NULL, 10000);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
}

/* Half of the tests run under a clock of the caller's too. */
static void
use_clock(int index)
{
    evc_wait_release(&w);
    evc_wait_init(&w, index ? &own : NULL, 10000);
}

static void
teardown(void)
{
    (void)close(ends[0]);
    (void)close(ends[1]);
    evc_wait_release(&w);
    evc_watch_close(watch);
}

static int64_t
now(void)
{
    return evc_clock_monotonic_ms(NULL);
}

static int
look(int64_t until_ms)
{
    return evc_watch_sleep(watch, &w, until_ms, ready, MANY, &count, NULL);
}

static void
say(int fd)
{
    ck_assert_int_eq(write(fd, "x", 1), 1);
}

START_TEST(nothing_is_ready_until_the_time_came)
{
    int64_t began = now();

    use_clock(_i);
    EVC_CHECK_OK(evc_watch_set(watch, ends[0], true, false, NULL));
    EVC_CHECK_OK(look(began + 60));
    ck_assert_uint_eq(count, 0);
    ck_assert_int_ge(now() - began, 60);
    ck_assert_int_lt(now() - began, 500);
}
END_TEST

START_TEST(readable_socket_is_told)
{
    use_clock(_i);
    EVC_CHECK_OK(evc_watch_set(watch, ends[0], true, false, NULL));
    say(ends[1]);
    EVC_CHECK_OK(look(INT64_MAX));
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(ready[0].fd, ends[0]);
    ck_assert(ready[0].readable && !ready[0].writable && !ready[0].broken);
}
END_TEST

START_TEST(writable_socket_is_told)
{
    use_clock(_i);
    EVC_CHECK_OK(evc_watch_set(watch, ends[0], true, true, NULL));
    EVC_CHECK_OK(look(INT64_MAX));
    ck_assert_uint_eq(count, 1);
    ck_assert(ready[0].writable && !ready[0].readable);
}
END_TEST

START_TEST(closed_other_end_is_told)
{
    use_clock(_i);
    EVC_CHECK_OK(evc_watch_set(watch, ends[0], true, false, NULL));
    (void)close(ends[1]);
    EVC_CHECK_OK(look(INT64_MAX));
    ck_assert_uint_eq(count, 1);
    ck_assert(ready[0].broken || ready[0].readable);
}
END_TEST

static void *
say_later(void *user)
{
    (void)usleep(50000);
    say(*(int *)user);
    return NULL;
}

START_TEST(socket_that_becomes_ready_ends_the_sleep)
{
    pthread_t thread;
    int64_t began = now();

    use_clock(_i);
    EVC_CHECK_OK(evc_watch_set(watch, ends[0], true, false, NULL));
    ck_assert_int_eq(pthread_create(&thread, NULL, say_later, &ends[1]), 0);
    EVC_CHECK_OK(look(INT64_MAX));
    ck_assert_uint_eq(count, 1);
    ck_assert_int_lt(now() - began, 500);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

START_TEST(forgotten_socket_is_not_told)
{
    EVC_CHECK_OK(evc_watch_set(watch, ends[0], true, false, NULL));
    EVC_CHECK_OK(evc_watch_set(watch, ends[0], false, false, NULL));
    EVC_CHECK_OK(evc_watch_set(watch, ends[0], false, false, NULL));
    say(ends[1]);
    EVC_CHECK_OK(look(now() + 20));
    ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(watching_for_less_is_told_less)
{
    EVC_CHECK_OK(evc_watch_set(watch, ends[0], true, true, NULL));
    EVC_CHECK_OK(evc_watch_set(watch, ends[0], true, false, NULL));
    EVC_CHECK_OK(look(now() + 20));
    ck_assert_uint_eq(count, 0);
}
END_TEST

/* libcurl closes sockets without a word, and others get their numbers. */
START_TEST(closed_socket_is_forgotten)
{
    int fresh[2];

    EVC_CHECK_OK(evc_watch_set(watch, ends[0], true, false, NULL));
    say(ends[1]);
    (void)close(ends[0]);
    EVC_CHECK_OK(look(now() + 20));
    ck_assert_uint_eq(count, 0);
    ck_assert_int_eq(pipe(fresh), 0);
    EVC_CHECK_OK(evc_watch_set(watch, fresh[0], true, false, NULL));
    say(fresh[1]);
    EVC_CHECK_OK(look(INT64_MAX));
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(ready[0].fd, fresh[0]);
    (void)close(fresh[0]);
    (void)close(fresh[1]);
    ends[0] = ends[1];
}
END_TEST

START_TEST(as_many_as_fit_are_told_and_the_others_next)
{
    int pairs[MANY][2];
    size_t told = 0;

    for (size_t i = 0; i < MANY; i++) {
        ck_assert_int_eq(pipe(pairs[i]), 0);
        EVC_CHECK_OK(evc_watch_set(watch, pairs[i][0], true, false, NULL));
        say(pairs[i][1]);
    }
    while (told < MANY) {
        EVC_CHECK_OK(evc_watch_sleep(watch, &w, INT64_MAX, ready, 7, &count, NULL));
        ck_assert_uint_ge(count, 1);
        ck_assert_uint_le(count, 7);
        for (size_t i = 0; i < count; i++)
            EVC_CHECK_OK(evc_watch_set(watch, ready[i].fd, false, false, NULL));
        told += count;
    }
    EVC_CHECK_OK(look(now() + 10));
    ck_assert_uint_eq(count, 0);
    for (size_t i = 0; i < MANY; i++) {
        (void)close(pairs[i][0]);
        (void)close(pairs[i][1]);
    }
}
END_TEST

static void *
wake_later(void *user)
{
    (void)usleep(50000);
    evc_wait_wake(user);
    return NULL;
}

static void *
cancel_later(void *user)
{
    (void)usleep(50000);
    evc_wait_cancel(user);
    return NULL;
}

START_TEST(wake_ends_the_sleep)
{
    pthread_t thread;

    use_clock(_i);
    EVC_CHECK_OK(evc_wait_arm(&w, NULL));
    ck_assert_int_eq(pthread_create(&thread, NULL, wake_later, &w), 0);
    EVC_CHECK_OK(look(INT64_MAX));
    ck_assert_uint_eq(count, 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    EVC_CHECK_OK(look(now() + 10)); /* it was one wake */
}
END_TEST

START_TEST(cancel_ends_the_sleep)
{
    pthread_t thread;
    int64_t began = now();

    use_clock(_i);
    EVC_CHECK_OK(evc_watch_set(watch, ends[0], true, false, NULL));
    ck_assert_int_eq(pthread_create(&thread, NULL, cancel_later, &w), 0);
    EVC_CHECK_CODE(look(INT64_MAX), ENVCRYPT_E_CANCELED);
    ck_assert_int_lt(now() - began, 150);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

START_TEST(deadline_ends_the_sleep)
{
    evc_wait_release(&w);
    evc_wait_init(&w, _i ? &own : NULL, 50);
    EVC_CHECK_CODE(look(INT64_MAX), ENVCRYPT_E_TIMEOUT);
}
END_TEST

START_TEST(another_wait_may_come_next)
{
    evc_wait other;

    EVC_CHECK_OK(look(now() + 5));
    evc_wait_release(&w);
    evc_wait_init(&other, NULL, 10000);
    EVC_CHECK_OK(evc_watch_set(watch, ends[0], true, false, NULL));
    say(ends[1]);
    EVC_CHECK_OK(evc_watch_sleep(watch, &other, INT64_MAX, ready, MANY, &count, NULL));
    ck_assert_uint_eq(count, 1);
    evc_wait_release(&other);
}
END_TEST

START_TEST(clock_of_the_caller_sleeps)
{
    use_clock(1);
    own_waits = 0;
    EVC_CHECK_OK(look(now() + 30));
    ck_assert_int_gt(own_waits, 0);
}
END_TEST

static int
open_and_fill(void *user)
{
    evc_watch *other;
    int rc = evc_watch_open(&other, NULL);

    (void)user;
    /* More than there is room for at first. */
    for (int fd = 0; fd < 20 && !rc; fd++)
        rc = evc_watch_set(other, dup(ends[0]), true, false, NULL);
    evc_watch_close(other);
    return rc;
}

START_TEST(memory_that_runs_out_is_nomem)
{
    ck_assert_uint_ge(evc_alloc_sweep(open_and_fill, NULL), 1);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const twice[] = {
        nothing_is_ready_until_the_time_came,
        readable_socket_is_told,
        writable_socket_is_told,
        closed_other_end_is_told,
        socket_that_becomes_ready_ends_the_sleep,
        wake_ends_the_sleep,
        cancel_ends_the_sleep,
        deadline_ends_the_sleep,
        NULL,
    };
    const TTest *const once[] = {
        forgotten_socket_is_not_told,  watching_for_less_is_told_less,
        closed_socket_is_forgotten,    as_many_as_fit_are_told_and_the_others_next,
        another_wait_may_come_next,    clock_of_the_caller_sleeps,
        memory_that_runs_out_is_nomem, NULL,
    };
    TCase *tcase = tcase_create("watch");

    tcase_set_timeout(tcase, 30);
    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; twice[i]; i++)
        tcase_add_loop_test(tcase, twice[i], 0, 2);
    for (size_t i = 0; once[i]; i++)
        tcase_add_test(tcase, once[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("watch", add_tests)
