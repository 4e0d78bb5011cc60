/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill-at-syscall [-m] N COMMAND [ARGUMENT…]
 *
 * Runs a command under ptrace and kills it, with all its threads and children, by SIGKILL at
 * the N-th stop of a system call, counted from 1 over all of them from the first exec on. Each
 * call stops twice: before it is entered and after it was left. So a loop over N until a run
 * ends by itself has killed the command at every point that the outside can tell apart. N = 0
 * kills never and counts. With -m it counts from the mark on: the first SIGUSR1 that the command
 * sends itself, which never arrives; so what is done before it (the start of libraries) costs no
 * runs.
 *
 * Prints one line: "killed at stop N, entering call C", "killed at stop N, leaving call C", or
 * "ended with status S after M stops". Exits with 0 when killed, 1 when the command ended
 * before, 2 when it could not be run.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSCALL_STOP (SIGTRAP | 0x80) /* so marked by PTRACE_O_TRACESYSGOOD */

enum { KILLED = 0, ENDED = 1, TROUBLE = 2 };

typedef struct run {
    pid_t first;
    unsigned long kill_at;
    bool counting;
    unsigned long stops;
    int status; /* of the first process */
} run;

static int
trouble(const char *what)
{
    (void)fprintf(stderr, "kill-at-syscall: %s: %s\n", what, strerror(errno));
    return TROUBLE;
}

static void
be_traced(char *const command[])
{
    (void)setpgid(0, 0); /* what it starts is killed with it */
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0) {
        (void)raise(SIGSTOP);
        (void)execvp(command[0], command);
    }
    (void)trouble(command[0]);
    _exit(127);
}

static void
print_kill(const run *r, pid_t pid)
{
    struct __ptrace_syscall_info info;
    const char *side = "leaving";
    long size = ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof(info), &info);

    if (size > 0 && info.op == PTRACE_SYSCALL_INFO_ENTRY) {
        side = "entering";
        (void)printf("killed at stop %lu, %s call %" PRIu64 "\n", r->stops, side,
                     (uint64_t)info.entry.nr);
        return;
    }
    (void)printf("killed at stop %lu, %s a call\n", r->stops, side);
}

/* The signal that a stopped process is to get when it goes on. */
static int
signal_of(run *r, int status)
{
    int number = WSTOPSIG(status);

    if (number == SYSCALL_STOP || status >> 16 != 0) /* ours, or an event */
        return 0;
    if (number == SIGUSR1 && !r->counting) {
        r->counting = true;
        return 0;
    }
    return number == SIGSTOP || number == SIGTRAP ? 0 : number; /* first stops */
}

/* Waits for what the killed ones left. */
static void
reap(const run *r)
{
    (void)kill(-r->first, SIGKILL);
    while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR)
        ;
}

static int
trace(run *r)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
        if (pid <= 0)
            continue;
        if (!WIFSTOPPED(status)) {
            if (pid == r->first)
                r->status = status;
            continue;
        }
        if (WSTOPSIG(status) == SYSCALL_STOP && r->counting &&
            ++r->stops == r->kill_at) {
            print_kill(r, pid);
            reap(r);
            return KILLED;
        }
        (void)ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(intptr_t)signal_of(r, status));
    }
    if (WIFEXITED(r->status) && WEXITSTATUS(r->status) == 127 && r->stops == 0)
        return TROUBLE;
    (void)printf("ended with status %d after %lu stops\n",
                 WIFEXITED(r->status) ? WEXITSTATUS(r->status)
                                      : 128 + WTERMSIG(r->status),
                 r->stops);
    return ENDED;
}

/* From its first stop to the end of exec, uncounted. */
static int
start(pid_t pid)
{
    const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD |
                         PTRACE_O_TRACEEXEC | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                         PTRACE_O_TRACEVFORK;
    int status;

    if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
        return trouble("wait");
    if (ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)options) != 0 ||
        ptrace(PTRACE_CONT, pid, NULL, NULL) != 0)
        return trouble("ptrace");
    if (waitpid(pid, &status, 0) != pid)
        return trouble("wait");
    if (!WIFSTOPPED(status))
        return TROUBLE; /* the child told why */
    return ptrace(PTRACE_SYSCALL, pid, NULL, NULL) == 0 ? 0 : trouble("ptrace");
}

int
main(int argc, char **argv)
{
    run r = {.counting = true};
    char *end = NULL;
    int rc;

    if (argc >= 2 && strcmp(argv[1], "-m") == 0) {
        r.counting = false;
        argc--;
        argv++;
    }
    if (argc >= 3)
        r.kill_at = strtoul(argv[1], &end, 10);
    if (argc < 3 || end == argv[1] || *end) {
        (void)fprintf(stderr, "usage: kill-at-syscall [-m] N COMMAND [ARGUMENT...]\n");
        return TROUBLE;
    }
    r.first = fork();
    if (r.first < 0)
        return trouble("fork");
    if (r.first == 0)
        be_traced(&argv[2]);
    rc = start(r.first);
    return rc == 0 ? trace(&r) : rc;
}
