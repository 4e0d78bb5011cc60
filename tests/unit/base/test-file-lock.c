/* SPDX-License-Identifier: Apache-2.0 */
/* The lock beside a file, between threads and between processes. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>

#include "base/file.h"
#include "evc-check.h"
#include "evc-child.h"
#include "evc-folder.h"

#define THREADS 4
#define ROUNDS 50

static evc_wait no_wait;
static evc_file_lock held;

static void
begin(void)
{
    evc_folder_make();
    evc_wait_init(&no_wait, NULL, 0);
    held.fd = -1;
}

static void
end(void)
{
    evc_file_lock_drop(&held);
    evc_folder_remove();
}

static int
take(evc_file_lock *lock, evc_wait *w)
{
    return evc_file_lock_take(lock, evc_folder_path("f"), w, NULL);
}

/* 0 when the lock is free. */
static int
try_to_take(void)
{
    evc_file_lock lock;
    int rc = evc_file_lock_try(&lock, evc_folder_path("f"), NULL);

    evc_file_lock_drop(&lock);
    return rc;
}

START_TEST(held_lock_is_busy)
{
    EVC_CHECK_OK(take(&held, NULL));
    EVC_CHECK_CODE(try_to_take(), ENVCRYPT_E_FILE_BUSY);
}
END_TEST

START_TEST(free_lock_is_taken_without_waiting)
{
    EVC_CHECK_OK(try_to_take());
}
END_TEST

START_TEST(dropped_lock_is_free)
{
    EVC_CHECK_OK(take(&held, NULL));
    evc_file_lock_drop(&held);
    EVC_CHECK_OK(try_to_take());
}
END_TEST

START_TEST(drop_twice_is_once)
{
    EVC_CHECK_OK(take(&held, NULL));
    evc_file_lock_drop(&held);
    evc_file_lock_drop(&held);
    ck_assert_int_eq(held.fd, -1);
}
END_TEST

START_TEST(locks_of_two_files_are_two)
{
    evc_file_lock other;

    EVC_CHECK_OK(take(&held, NULL));
    EVC_CHECK_OK(evc_file_lock_take(&other, evc_folder_path("g"), &no_wait, NULL));
    evc_file_lock_drop(&other);
}
END_TEST

START_TEST(lock_file_is_private_and_stays)
{
    EVC_CHECK_OK(take(&held, NULL));
    evc_file_lock_drop(&held);
    ck_assert_uint_eq(evc_folder_mode("f.lock"), 0600);
}
END_TEST

START_TEST(lock_does_not_survive_exec)
{
    EVC_CHECK_OK(take(&held, NULL));
    ck_assert_int_eq(fcntl(held.fd, F_GETFD), FD_CLOEXEC);
}
END_TEST

START_TEST(deadline_ends_the_wait)
{
    evc_wait w;
    evc_file_lock lock;

    EVC_CHECK_OK(take(&held, NULL));
    evc_wait_init(&w, NULL, 10);
    EVC_CHECK_CODE(take(&lock, &w), ENVCRYPT_E_TIMEOUT);
    ck_assert_int_eq(lock.fd, -1);
    evc_wait_release(&w);
}
END_TEST

START_TEST(message_of_a_timeout_names_the_lock)
{
    evc_wait w;
    evc_file_lock lock;
    evc_error *err = NULL;

    EVC_CHECK_OK(take(&held, NULL));
    evc_wait_init(&w, NULL, 1);
    EVC_CHECK_CODE(evc_file_lock_take(&lock, evc_folder_path("f"), &w, &err),
                   ENVCRYPT_E_TIMEOUT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "/f.lock"));
    evc_error_free(err);
    evc_wait_release(&w);
}
END_TEST

START_TEST(canceled_wait_takes_nothing)
{
    evc_wait w;
    evc_file_lock lock;

    evc_wait_init(&w, NULL, -1);
    evc_wait_cancel(&w);
    EVC_CHECK_CODE(take(&lock, &w), ENVCRYPT_E_CANCELED);
    ck_assert_int_eq(lock.fd, -1);
    evc_wait_release(&w);
}
END_TEST

START_TEST(missing_folder_is_not_found)
{
    EVC_CHECK_CODE(evc_file_lock_take(&held, evc_folder_path("no/f"), NULL, NULL),
                   ENVCRYPT_E_FILE_NOT_FOUND);
}
END_TEST

START_TEST(link_in_its_place_is_refused)
{
    ck_assert_int_eq(symlink("elsewhere", evc_folder_path("f.lock")), 0);
    EVC_CHECK_CODE(try_to_take(), ENVCRYPT_E_FILE_TYPE);
    ck_assert_uint_eq(evc_folder_count(), 1);
}
END_TEST

START_TEST(fifo_in_its_place_is_refused)
{
    ck_assert_int_eq(mkfifo(evc_folder_path("f.lock"), 0600), 0);
    EVC_CHECK_CODE(try_to_take(), ENVCRYPT_E_FILE_TYPE);
}
END_TEST

START_TEST(folder_in_its_place_is_refused)
{
    ck_assert_int_eq(mkdir(evc_folder_path("f.lock"), 0700), 0);
    EVC_CHECK_CODE(try_to_take(), ENVCRYPT_E_FILE_TYPE);
}
END_TEST

/* --- threads ---------------------------------------------------------------------- */

typedef struct waiter {
    evc_wait wait;
    evc_file_lock lock;
    int rc;
} waiter;

static void *
wait_for_it(void *user)
{
    waiter *me = user;

    me->rc = take(&me->lock, &me->wait);
    return NULL;
}

static void
start_waiter(waiter *me, pthread_t *thread)
{
    *me = (waiter){.rc = 1, .lock = {.fd = -1}};
    evc_wait_init(&me->wait, NULL, -1);
    ck_assert_int_eq(pthread_create(thread, NULL, wait_for_it, me), 0);
    (void)poll(NULL, 0, 20); /* mostly waiting by then; either order must work */
}

static void
end_waiter(waiter *me, pthread_t thread)
{
    pthread_join(thread, NULL);
    evc_wait_release(&me->wait);
}

START_TEST(waiting_thread_gets_the_dropped_lock)
{
    waiter me;
    pthread_t thread;

    EVC_CHECK_OK(take(&held, NULL));
    start_waiter(&me, &thread);
    evc_file_lock_drop(&held);
    end_waiter(&me, thread);
    EVC_CHECK_OK(me.rc);
    EVC_CHECK_CODE(try_to_take(), ENVCRYPT_E_FILE_BUSY);
    evc_file_lock_drop(&me.lock);
}
END_TEST

START_TEST(waiting_thread_can_be_canceled)
{
    waiter me;
    pthread_t thread;

    EVC_CHECK_OK(take(&held, NULL));
    start_waiter(&me, &thread);
    evc_wait_cancel(&me.wait);
    end_waiter(&me, thread);
    EVC_CHECK_CODE(me.rc, ENVCRYPT_E_CANCELED);
}
END_TEST

/* Whoever cleans up the folder must not split the lock in two. */
START_TEST(removed_lock_file_is_made_anew)
{
    waiter me;
    pthread_t thread;

    EVC_CHECK_OK(take(&held, NULL));
    start_waiter(&me, &thread);
    ck_assert_int_eq(unlink(evc_folder_path("f.lock")), 0);
    evc_file_lock_drop(&held);
    end_waiter(&me, thread);
    EVC_CHECK_OK(me.rc);
    EVC_CHECK_CODE(try_to_take(), ENVCRYPT_E_FILE_BUSY);
    evc_file_lock_drop(&me.lock);
}
END_TEST

static int shared; /* guarded by the file lock alone */

static void *
count_up(void *user)
{
    (void)user;
    for (int i = 0; i < ROUNDS; i++) {
        evc_file_lock lock;
        int seen;

        if (take(&lock, NULL) != 0)
            return NULL;
        seen = __atomic_load_n(&shared, __ATOMIC_RELAXED);
        (void)poll(NULL, 0, i % 10 == 0);
        __atomic_store_n(&shared, seen + 1, __ATOMIC_RELAXED);
        evc_file_lock_drop(&lock);
    }
    return NULL;
}

START_TEST(one_thread_at_a_time_holds_it)
{
    pthread_t threads[THREADS];

    shared = 0;
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, count_up, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(shared, THREADS * ROUNDS);
}
END_TEST

/* --- processes -------------------------------------------------------------------- */

static int
try_in_child(void *user)
{
    (void)user;
    evc_wait_init(&no_wait, NULL, 0);
    return try_to_take() == ENVCRYPT_E_FILE_BUSY ? 0 : 1;
}

START_TEST(child_does_not_get_the_parents_lock)
{
    EVC_CHECK_OK(take(&held, NULL));
    EVC_CHECK_CHILD(try_in_child, NULL);
}
END_TEST

static int
drop_in_child(void *user)
{
    (void)user;
    evc_file_lock_drop(&held);
    return 0;
}

START_TEST(drop_in_a_child_leaves_it_to_the_parent)
{
    EVC_CHECK_OK(take(&held, NULL));
    EVC_CHECK_CHILD(drop_in_child, NULL);
    EVC_CHECK_CODE(try_to_take(), ENVCRYPT_E_FILE_BUSY);
}
END_TEST

static int
wait_in_child(void *user)
{
    evc_file_lock lock;

    return take(&lock, user) == ENVCRYPT_E_FORKED ? 0 : 1;
}

START_TEST(wait_of_the_parent_is_forked_in_a_child)
{
    evc_wait w;

    evc_wait_init(&w, NULL, -1);
    EVC_CHECK_CHILD(wait_in_child, &w);
}
END_TEST

/* Forked while the lock was held, it lives on with a copy of the descriptor. */
START_TEST(living_child_does_not_keep_a_dropped_lock)
{
    pid_t pid;

    EVC_CHECK_OK(take(&held, NULL));
    pid = fork();
    if (pid == 0) {
        (void)pause();
        _exit(0);
    }
    evc_file_lock_drop(&held);
    EVC_CHECK_OK(try_to_take());
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
}
END_TEST

static int
die_with_it(void *user)
{
    evc_file_lock lock;

    (void)user;
    if (take(&lock, NULL) == 0)
        (void)kill(getpid(), SIGKILL);
    return 1;
}

START_TEST(killed_process_does_not_keep_it)
{
    EVC_CHECK_CHILD_SIGNAL(die_with_it, NULL, SIGKILL);
    EVC_CHECK_OK(try_to_take());
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        held_lock_is_busy,
        free_lock_is_taken_without_waiting,
        dropped_lock_is_free,
        drop_twice_is_once,
        locks_of_two_files_are_two,
        lock_file_is_private_and_stays,
        lock_does_not_survive_exec,
        deadline_ends_the_wait,
        message_of_a_timeout_names_the_lock,
        canceled_wait_takes_nothing,
        missing_folder_is_not_found,
        link_in_its_place_is_refused,
        fifo_in_its_place_is_refused,
        folder_in_its_place_is_refused,
        waiting_thread_gets_the_dropped_lock,
        waiting_thread_can_be_canceled,
        removed_lock_file_is_made_anew,
        one_thread_at_a_time_holds_it,
        child_does_not_get_the_parents_lock,
        drop_in_a_child_leaves_it_to_the_parent,
        wait_of_the_parent_is_forked_in_a_child,
        living_child_does_not_keep_a_dropped_lock,
        killed_process_does_not_keep_it,
        NULL,
    };
    TCase *tcase = tcase_create("file-lock");

    tcase_add_checked_fixture(tcase, begin, end);
    tcase_set_timeout(tcase, 60);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("file-lock", add_tests)
