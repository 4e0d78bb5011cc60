/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill-at-syscall [-m] [-w] [-f PREFIX] N COMMAND [ARGUMENT…]
 *
 * Runs a command under ptrace and kills it, with all its threads and children, by SIGKILL at
 * the N-th stop of a system call, counted from 1 over all of them from the first exec on. Each
 * call stops twice: before it is entered and after it was left. So a loop over N until a run
 * ends by itself has killed the command at every point that the outside can tell apart. N = 0
 * kills never and counts. With -m it counts from the mark on: the first SIGUSR1 that the command
 * sends itself, which never arrives; so what is done before it (the start of libraries) costs no
 * runs. With -f it counts only calls on files whose paths begin with PREFIX, by a descriptor as
 * their first argument, and those that rename or unlink: what is done to one file or in one folder.
 * With -w only calls that change a file count, or make it last, and only before they are entered:
 * the points where the disk differs.
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
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSCALL_STOP (SIGTRAP | 0x80) /* so marked by PTRACE_O_TRACESYSGOOD */

#define MOST_THREADS 64

enum { KILLED = 0, ENDED = 1, TROUBLE = 2 };

typedef struct run {
    pid_t first;
    unsigned long kill_at;
    const char *prefix;         /* of -f, or NULL */
    bool writes;                /* -w */
    pid_t inside[MOST_THREADS]; /* threads in a call that counts; 0 = free */
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

/* Whether a descriptor of a process is a file below the prefix. */
static bool
is_below(const run *r, pid_t pid, uint64_t fd)
{
    char link[64];
    char path[1024];
    ssize_t length;

    if (fd > INT32_MAX)
        return false;
    (void)snprintf(link, sizeof(link), "/proc/%d/fd/%" PRIu64, (int)pid, fd);
    length = readlink(link, path, sizeof(path) - 1);
    if (length < (ssize_t)strlen(r->prefix))
        return false;
    path[length] = '\0';
    return strncmp(path, r->prefix, strlen(r->prefix)) == 0;
}

static bool
changes_names(uint64_t call)
{
#if defined(SYS_rename) && defined(SYS_unlink)
    if (call == SYS_rename || call == SYS_unlink)
        return true;
#endif
    return call == SYS_renameat || call == SYS_renameat2 || call == SYS_unlinkat ||
           call == SYS_linkat;
}

/* By a descriptor as the first argument. */
static bool
writes(uint64_t call)
{
    return call == SYS_write || call == SYS_pwrite64 || call == SYS_writev ||
           call == SYS_fsync || call == SYS_fdatasync || call == SYS_ftruncate;
}

/* A call that counts does so when it is left too. */
static bool
was_inside(run *r, pid_t pid)
{
    for (size_t i = 0; i < MOST_THREADS; i++) {
        if (r->inside[i] == pid) {
            r->inside[i] = 0;
            return true;
        }
    }
    return false;
}

static void
keep_inside(run *r, pid_t pid)
{
    size_t i = 0;

    while (i < MOST_THREADS && r->inside[i])
        i++;
    if (i < MOST_THREADS)
        r->inside[i] = pid;
}

/* Whether this stop counts. */
static bool
counts(run *r, pid_t pid)
{
    struct __ptrace_syscall_info info;

    if (!r->prefix && !r->writes)
        return true;
    if (was_inside(r, pid))
        return true;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof(info), &info) <= 0 ||
        info.op != PTRACE_SYSCALL_INFO_ENTRY)
        return false;
    if (!changes_names(info.entry.nr) &&
        ((r->writes && !writes(info.entry.nr)) ||
         (r->prefix && !is_below(r, pid, info.entry.args[0]))))
        return false;
    if (!r->writes)
        keep_inside(r, pid);
    return true;
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
        if (WSTOPSIG(status) == SYSCALL_STOP && r->counting && counts(r, pid) &&
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

/* How many of the arguments are options; -1: one is none of ours. */
static int
read_options(run *r, int argc, char **argv)
{
    int option;

    while ((option = getopt(argc, argv, "+mwf:")) != -1) {
        if (option == 'm')
            r->counting = false;
        else if (option == 'w')
            r->writes = true;
        else if (option == 'f')
            r->prefix = optarg;
        else
            return -1;
    }
    return optind;
}

int
main(int argc, char **argv)
{
    run r = {.counting = true};
    char *end = NULL;
    int first = read_options(&r, argc, argv);
    int rc;

    if (first > 0 && argc >= first + 2)
        r.kill_at = strtoul(argv[first], &end, 10);
    if (!end || end == argv[first] || *end) {
        (void)fprintf(
            stderr,
            "usage: kill-at-syscall [-m] [-w] [-f PREFIX] N COMMAND [ARGUMENT...]\n");
        return TROUBLE;
    }
    r.first = fork();
    if (r.first < 0)
        return trouble("fork");
    if (r.first == 0)
        be_traced(&argv[first + 1]);
    rc = start(r.first);
    return rc == 0 ? trace(&r) : rc;
}
