/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a part of a test in a child of fork, for what is about fork, or ends in a signal. The
 * child tells its result through a pipe and ends without an exit, so nobody looks for leaks
 * in it, and it reports no tests: it must not use ck_assert.
 */
#ifndef EVC_TESTS_EVC_CHILD_H
#define EVC_TESTS_EVC_CHILD_H

#include <check.h>
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * The status, as of waitpid, of a child that would exit with what work(user) returns; killed
 * after 30 s.
 */
static inline int
evc_child_status(int (*work)(void *user), void *user)
{
    unsigned char result;
    int status = -1;
    int ends[2];
    pid_t pid;
    ssize_t told;

    ck_assert_int_eq(pipe(ends), 0);
    pid = fork();
    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL); /* a sanitizer would turn it into an exit */
        alarm(30);
        result = (unsigned char)work(user);
        if (write(ends[1], &result, 1) == 1)
            (void)kill(getpid(), SIGKILL);
        _exit(255);
    }
    ck_assert_int_gt(pid, 0);
    (void)close(ends[1]);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    told = read(ends[0], &result, 1);
    (void)close(ends[0]);
    return told == 1 ? result << 8 : status;
}

/* The child's work must return 0; another number says what did not hold. */
#define EVC_CHECK_CHILD(work, user)                                                \
    do {                                                                           \
        int evc_status_ = evc_child_status(work, user);                            \
        ck_assert_msg(WIFEXITED(evc_status_), "%s: ended by signal %d", #work,     \
                      WTERMSIG(evc_status_));                                      \
        ck_assert_msg(WEXITSTATUS(evc_status_) == 0, "%s: check %d failed", #work, \
                      WEXITSTATUS(evc_status_));                                   \
    } while (0)

#define EVC_CHECK_CHILD_SIGNAL(work, user, number)                           \
    do {                                                                     \
        int evc_status_ = evc_child_status(work, user);                      \
        ck_assert_msg(WIFSIGNALED(evc_status_), "%s: exited with %d", #work, \
                      WEXITSTATUS(evc_status_));                             \
        ck_assert_int_eq(WTERMSIG(evc_status_), number);                     \
    } while (0)

#endif
