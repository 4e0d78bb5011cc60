/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>

#include "base/wait.h"
#include "evc-check.h"
#include "evc-child.h"

/* A clock whose time passes only when somebody waits, and then all at once. */
typedef struct fake {
    int64_t now;
    int64_t until; /* of the last wait */
    int waits;
    int64_t late; /* comes on top of until */
    bool early;   /* return before the time came */
    bool fails;
    evc_wait *cancels; /* at the next look at the time; NULL = nothing */
    bool readable;     /* the descriptor, at the last wait */
} fake;

static fake f;
static evc_clock fake_clock;
static evc_wait w;

static int64_t
fake_monotonic(void *user)
{
    fake *me = user;

    if (me->cancels)
        evc_wait_cancel(me->cancels);
    me->cancels = NULL;
    return me->now;
}

static int32_t
fake_wait(void *user, int64_t until_ms, int32_t fd)
{
    fake *me = user;
    struct pollfd one = {.fd = fd, .events = POLLIN};

    me->waits++;
    me->until = until_ms;
    me->readable = poll(&one, 1, 0) == 1;
    if (me->fails)
        return -1;
    if (until_ms != INT64_MAX && !me->early)
        me->now = until_ms + me->late;
    return me->readable;
}

static void
make_clock(void)
{
    f = (fake){.now = 1000};
    fake_clock =
        (evc_clock){.monotonic_ms = fake_monotonic, .wait = fake_wait, .user = &f};
    evc_wait_init(&w, &fake_clock, 500);
}

static void
release(void)
{
    evc_wait_release(&w);
}

/* --- deadline --------------------------------------------------------------------- */

START_TEST(check_passes_before_the_deadline)
{
    f.now = 1499;
    EVC_CHECK_OK(evc_wait_check(&w, NULL));
    ck_assert_int_eq(evc_wait_left_ms(&w), 1);
}
END_TEST

START_TEST(check_is_timeout_at_the_deadline)
{
    f.now = 1500;
    EVC_CHECK_CODE(evc_wait_check(&w, NULL), ENVCRYPT_E_TIMEOUT);
    ck_assert_int_eq(evc_wait_left_ms(&w), 0);
}
END_TEST

START_TEST(negative_timeout_is_no_deadline)
{
    evc_wait_init(&w, &fake_clock, -1);
    f.now = INT64_MAX;
    EVC_CHECK_OK(evc_wait_check(&w, NULL));
    ck_assert_int_eq(evc_wait_left_ms(&w), INT64_MAX);
}
END_TEST

START_TEST(timeout_past_all_time_is_no_deadline)
{
    evc_wait_init(&w, &fake_clock, INT64_MAX);
    EVC_CHECK_OK(evc_wait_check(&w, NULL));
    ck_assert_int_eq(evc_wait_left_ms(&w), INT64_MAX);
}
END_TEST

START_TEST(timeout_of_zero_never_sleeps)
{
    evc_wait_init(&w, &fake_clock, 0);
    EVC_CHECK_CODE(evc_wait_sleep(&w, NULL), ENVCRYPT_E_TIMEOUT);
    ck_assert_int_eq(f.waits, 0);
}
END_TEST

START_TEST(timeout_of_zero_leaves_nothing)
{
    evc_wait_init(&w, &fake_clock, 0);
    ck_assert_int_eq(evc_wait_left_ms(&w), 0);
}
END_TEST

START_TEST(call_begins_under_any_deadline)
{
    f.now = 2000;
    EVC_CHECK_OK(evc_wait_begin(&w, NULL));
}
END_TEST

START_TEST(call_does_not_begin_when_canceled)
{
    evc_wait_cancel(&w);
    EVC_CHECK_CODE(evc_wait_begin(&w, NULL), ENVCRYPT_E_CANCELED);
}
END_TEST

START_TEST(no_wait_never_ends)
{
    EVC_CHECK_OK(evc_wait_begin(NULL, NULL));
    EVC_CHECK_OK(evc_wait_check(NULL, NULL));
    ck_assert_int_eq(evc_wait_left_ms(NULL), INT64_MAX);
}
END_TEST

START_TEST(null_clock_is_the_systems)
{
    evc_wait own;

    evc_wait_init(&own, NULL, 1);
    EVC_CHECK_CODE(evc_wait_sleep(&own, NULL), ENVCRYPT_E_TIMEOUT);
    evc_wait_release(&own);
}
END_TEST

/* --- sleep ------------------------------------------------------------------------ */

START_TEST(sleep_ends_at_the_deadline)
{
    EVC_CHECK_CODE(evc_wait_sleep(&w, NULL), ENVCRYPT_E_TIMEOUT);
    ck_assert_int_eq(f.until, 1500);
}
END_TEST

START_TEST(short_sleep_ends_after_its_time)
{
    EVC_CHECK_OK(evc_wait_sleep_for(&w, 20, NULL));
    ck_assert_int_eq(f.until, 1020);
}
END_TEST

START_TEST(short_sleep_ends_at_the_deadline)
{
    EVC_CHECK_CODE(evc_wait_sleep_for(&w, 501, NULL), ENVCRYPT_E_TIMEOUT);
    ck_assert_int_eq(f.until, 1500);
}
END_TEST

START_TEST(short_sleep_past_all_time_ends_at_the_deadline)
{
    EVC_CHECK_CODE(evc_wait_sleep_for(&w, INT64_MAX, NULL), ENVCRYPT_E_TIMEOUT);
    ck_assert_int_eq(f.until, 1500);
}
END_TEST

/* What was due when the time to sleep was reckoned may be past when the sleep begins. */
START_TEST(sleep_whose_time_is_past_does_not_last)
{
    EVC_CHECK_OK(evc_wait_sleep_for(&w, -1, NULL));
    ck_assert_int_eq(f.until, 1000);
}
END_TEST

START_TEST(wait_that_returns_early_is_a_spurious_wake)
{
    f.early = true;
    EVC_CHECK_OK(evc_wait_sleep(&w, NULL));
}
END_TEST

START_TEST(failing_wait_of_the_application_is_callback)
{
    f.fails = true;
    EVC_CHECK_CODE(evc_wait_sleep(&w, NULL), ENVCRYPT_E_CALLBACK);
}
END_TEST

START_TEST(wake_before_the_sleep_is_kept)
{
    EVC_CHECK_OK(evc_wait_arm(&w, NULL));
    evc_wait_wake(&w);
    EVC_CHECK_OK(evc_wait_sleep(&w, NULL));
    ck_assert(f.readable);
}
END_TEST

START_TEST(wakes_before_one_sleep_are_one)
{
    EVC_CHECK_OK(evc_wait_arm(&w, NULL));
    for (int i = 0; i < 100; i++)
        evc_wait_wake(&w);
    EVC_CHECK_OK(evc_wait_sleep_for(&w, 1, NULL));
    EVC_CHECK_OK(evc_wait_sleep_for(&w, 1, NULL));
    ck_assert(!f.readable);
}
END_TEST

START_TEST(wakes_past_the_room_of_the_pipe_do_not_block)
{
    EVC_CHECK_OK(evc_wait_arm(&w, NULL));
    for (int i = 0; i < 70000; i++)
        evc_wait_wake(&w);
    EVC_CHECK_OK(evc_wait_sleep(&w, NULL));
}
END_TEST

START_TEST(wake_at_the_deadline_counts_first)
{
    EVC_CHECK_OK(evc_wait_arm(&w, NULL));
    evc_wait_wake(&w);
    f.late = 1;
    EVC_CHECK_OK(evc_wait_sleep(&w, NULL));
    EVC_CHECK_CODE(evc_wait_sleep(&w, NULL), ENVCRYPT_E_TIMEOUT);
}
END_TEST

START_TEST(wake_before_arming_does_nothing)
{
    evc_wait_wake(&w);
    EVC_CHECK_OK(evc_wait_sleep_for(&w, 1, NULL));
    ck_assert(!f.readable);
}
END_TEST

typedef struct sleeper {
    evc_wait wait;
    int rc;
} sleeper;

static void *
sleep_for_ever(void *user)
{
    sleeper *s = user;

    s->rc = evc_wait_sleep(&s->wait, NULL);
    return NULL;
}

/* The other end of a sleep on the system's clock that only `end` can end. */
static int
sleep_until_ended(void (*end)(evc_wait *wait))
{
    sleeper s = {.rc = 1};
    pthread_t thread;

    evc_wait_init(&s.wait, NULL, -1);
    EVC_CHECK_OK(evc_wait_arm(&s.wait, NULL));
    ck_assert_int_eq(pthread_create(&thread, NULL, sleep_for_ever, &s), 0);
    (void)poll(NULL, 0, 20); /* mostly asleep by then; either order must work */
    end(&s.wait);
    pthread_join(thread, NULL);
    evc_wait_release(&s.wait);
    return s.rc;
}

START_TEST(another_thread_wakes_a_sleep)
{
    EVC_CHECK_OK(sleep_until_ended(evc_wait_wake));
}
END_TEST

START_TEST(another_thread_cancels_a_sleep)
{
    EVC_CHECK_CODE(sleep_until_ended(evc_wait_cancel), ENVCRYPT_E_CANCELED);
}
END_TEST

/* --- cancel ----------------------------------------------------------------------- */

START_TEST(canceled_before_the_sleep_it_does_not_sleep)
{
    evc_wait_cancel(&w);
    EVC_CHECK_CODE(evc_wait_sleep(&w, NULL), ENVCRYPT_E_CANCELED);
    ck_assert_int_eq(f.waits, 0);
}
END_TEST

/* By another thread, between the look at the flag and the making of the pipe. */
START_TEST(canceled_while_it_falls_asleep_it_does_not_sleep)
{
    f.cancels = &w;
    EVC_CHECK_CODE(evc_wait_sleep(&w, NULL), ENVCRYPT_E_CANCELED);
    ck_assert_int_eq(f.waits, 0);
}
END_TEST

START_TEST(every_later_call_is_canceled)
{
    evc_wait_cancel(&w);
    for (int i = 0; i < 3; i++) {
        EVC_CHECK_CODE(evc_wait_check(&w, NULL), ENVCRYPT_E_CANCELED);
        EVC_CHECK_CODE(evc_wait_sleep_for(&w, 1, NULL), ENVCRYPT_E_CANCELED);
    }
}
END_TEST

START_TEST(cancel_is_told_before_the_deadline)
{
    f.now = 2000;
    evc_wait_cancel(&w);
    EVC_CHECK_CODE(evc_wait_check(&w, NULL), ENVCRYPT_E_CANCELED);
}
END_TEST

START_TEST(cancel_twice_is_once)
{
    evc_wait_cancel(&w);
    evc_wait_cancel(&w);
    EVC_CHECK_CODE(evc_wait_check(&w, NULL), ENVCRYPT_E_CANCELED);
}
END_TEST

START_TEST(cancel_of_nothing_does_nothing)
{
    evc_wait_cancel(NULL);
    evc_wait_release(NULL);
}
END_TEST

/* --- descriptors ------------------------------------------------------------------ */

START_TEST(no_descriptor_is_opened_before_the_first_sleep)
{
    EVC_CHECK_OK(evc_wait_check(&w, NULL));
    ck_assert_int_eq(w.wake_read, -1);
}
END_TEST

START_TEST(descriptors_do_not_survive_exec)
{
    EVC_CHECK_OK(evc_wait_arm(&w, NULL));
    ck_assert_int_eq(fcntl(w.wake_read, F_GETFD), FD_CLOEXEC);
    ck_assert_int_eq(fcntl(atomic_load(&w.wake_write), F_GETFD), FD_CLOEXEC);
}
END_TEST

START_TEST(arming_twice_keeps_the_pipe)
{
    int first;

    EVC_CHECK_OK(evc_wait_arm(&w, NULL));
    first = w.wake_read;
    EVC_CHECK_OK(evc_wait_arm(&w, NULL));
    ck_assert_int_eq(w.wake_read, first);
}
END_TEST

START_TEST(release_closes_both_ends)
{
    int read_end;
    int write_end;

    EVC_CHECK_OK(evc_wait_arm(&w, NULL));
    read_end = w.wake_read;
    write_end = atomic_load(&w.wake_write);
    evc_wait_release(&w);
    ck_assert_int_eq(fcntl(read_end, F_GETFD), -1);
    ck_assert_int_eq(fcntl(write_end, F_GETFD), -1);
}
END_TEST

START_TEST(release_twice_is_once)
{
    EVC_CHECK_OK(evc_wait_arm(&w, NULL));
    evc_wait_release(&w);
    evc_wait_release(&w);
}
END_TEST

static int
sleep_without_descriptors(void *user)
{
    struct rlimit limit;

    (void)user;
    evc_wait_init(&w, &fake_clock, 500);
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 1;
    limit.rlim_cur = 3;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 1;
    return evc_wait_sleep(&w, NULL) == ENVCRYPT_E_IO ? 0 : 2;
}

START_TEST(no_free_descriptor_is_io)
{
    EVC_CHECK_CHILD(sleep_without_descriptors, NULL);
}
END_TEST

/* --- fork ------------------------------------------------------------------------- */

static int
check_in_child(void *user)
{
    (void)user;
    return evc_wait_check(&w, NULL) == ENVCRYPT_E_FORKED &&
                   evc_wait_sleep(&w, NULL) == ENVCRYPT_E_FORKED
               ? 0
               : 1;
}

START_TEST(child_gets_forked)
{
    EVC_CHECK_CHILD(check_in_child, NULL);
}
END_TEST

static int
cancel_in_child(void *user)
{
    (void)user;
    evc_wait_cancel(&w);
    return 0;
}

START_TEST(child_does_not_wake_its_parent)
{
    EVC_CHECK_OK(evc_wait_arm(&w, NULL));
    EVC_CHECK_CHILD(cancel_in_child, NULL);
    EVC_CHECK_OK(evc_wait_sleep_for(&w, 1, NULL));
    ck_assert(!f.readable);
}
END_TEST

static int
release_in_child(void *user)
{
    int read_end = w.wake_read;

    (void)user;
    evc_wait_release(&w);
    return fcntl(read_end, F_GETFD) >= 0 ? 0 : 1;
}

START_TEST(release_in_a_child_leaves_the_descriptors)
{
    EVC_CHECK_OK(evc_wait_arm(&w, NULL));
    EVC_CHECK_CHILD(release_in_child, NULL);
}
END_TEST

/* --- at a set of descriptors ------------------------------------------------------ */

START_TEST(sleep_at_ends_when_the_set_is_readable)
{
    int ends[2];

    evc_wait_release(&w);
    evc_wait_init(&w, NULL, 10000);
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(write(ends[1], "x", 1), 1);
    EVC_CHECK_OK(evc_wait_sleep_at(&w, INT64_MAX, ends[0], NULL));
    (void)close(ends[0]);
    (void)close(ends[1]);
}
END_TEST

START_TEST(sleep_at_ends_at_its_time)
{
    EVC_CHECK_OK(evc_wait_arm(&w, NULL));
    EVC_CHECK_OK(evc_wait_sleep_at(&w, 1100, evc_wait_descriptor(&w), NULL));
    ck_assert_int_eq(f.until, 1100);
    ck_assert_int_eq(f.now, 1100);
}
END_TEST

START_TEST(sleep_at_ends_at_the_deadline)
{
    EVC_CHECK_OK(evc_wait_arm(&w, NULL));
    EVC_CHECK_CODE(evc_wait_sleep_at(&w, INT64_MAX, evc_wait_descriptor(&w), NULL),
                   ENVCRYPT_E_TIMEOUT);
    ck_assert_int_eq(f.until, 1500);
}
END_TEST

START_TEST(descriptor_is_readable_when_canceled)
{
    struct pollfd one;

    EVC_CHECK_OK(evc_wait_arm(&w, NULL));
    one = (struct pollfd){.fd = evc_wait_descriptor(&w), .events = POLLIN};
    ck_assert_int_eq(poll(&one, 1, 0), 0);
    evc_wait_cancel(&w);
    ck_assert_int_eq(poll(&one, 1, 0), 1);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        check_passes_before_the_deadline,
        check_is_timeout_at_the_deadline,
        negative_timeout_is_no_deadline,
        timeout_past_all_time_is_no_deadline,
        timeout_of_zero_never_sleeps,
        timeout_of_zero_leaves_nothing,
        call_begins_under_any_deadline,
        call_does_not_begin_when_canceled,
        no_wait_never_ends,
        null_clock_is_the_systems,
        sleep_ends_at_the_deadline,
        short_sleep_ends_after_its_time,
        short_sleep_ends_at_the_deadline,
        short_sleep_past_all_time_ends_at_the_deadline,
        sleep_whose_time_is_past_does_not_last,
        wait_that_returns_early_is_a_spurious_wake,
        failing_wait_of_the_application_is_callback,
        wake_before_the_sleep_is_kept,
        wakes_before_one_sleep_are_one,
        wakes_past_the_room_of_the_pipe_do_not_block,
        wake_at_the_deadline_counts_first,
        wake_before_arming_does_nothing,
        another_thread_wakes_a_sleep,
        another_thread_cancels_a_sleep,
        canceled_before_the_sleep_it_does_not_sleep,
        canceled_while_it_falls_asleep_it_does_not_sleep,
        every_later_call_is_canceled,
        cancel_is_told_before_the_deadline,
        cancel_twice_is_once,
        cancel_of_nothing_does_nothing,
        sleep_at_ends_when_the_set_is_readable,
        sleep_at_ends_at_its_time,
        sleep_at_ends_at_the_deadline,
        descriptor_is_readable_when_canceled,
        no_descriptor_is_opened_before_the_first_sleep,
        descriptors_do_not_survive_exec,
        arming_twice_keeps_the_pipe,
        release_closes_both_ends,
        release_twice_is_once,
        no_free_descriptor_is_io,
        child_gets_forked,
        child_does_not_wake_its_parent,
        release_in_a_child_leaves_the_descriptors,
        NULL,
    };
    TCase *tcase = tcase_create("wait");

    tcase_add_checked_fixture(tcase, make_clock, release);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("wait", add_tests)
