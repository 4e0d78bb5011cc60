/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ctrl-C and deadlines. All signals that ask the program to end are blocked; one thread
 * waits for them. It cancels the library's wait, so that the main thread ends its work in
 * order, and ends the program itself where that does not help: at once while the main thread
 * is blocked in read or write, at the second signal, or when two seconds passed.
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define STEP_NS 20000000L /* between two looks at what the main thread does */
#define LOOK_MS 2000      /* between two looks at who hears */
#define STEPS 100         /* 2 s */

static struct {
    pthread_t thread;
    bool started;
    sigset_t set;
    int64_t timeout_ms; /* negative: none */
    bool json;
    atomic_int number; /* of the signal; 0: none */
    atomic_bool stopping, waiting, patient;

    pthread_mutex_t lock; /* of what follows */
    envcrypt_wait *wait;
    int folder;
    char name[256]; /* "": no file to remove */
    int terminal;   /* -1: none to restore */
    struct termios termios;
} state = {.lock = PTHREAD_MUTEX_INITIALIZER, .folder = -1, .terminal = -1};

bool
signals_interrupted(void)
{
    return atomic_load(&state.number) != 0;
}

void
signals_waiting(bool waiting)
{
    atomic_store(&state.waiting, waiting);
}

void
signals_patient(bool patient)
{
    atomic_store(&state.patient, patient);
}

void
signals_cancel(envcrypt_wait *wait)
{
    (void)pthread_mutex_lock(&state.lock);
    state.wait = wait;
    (void)pthread_mutex_unlock(&state.lock);
}

void
signals_remove(int folder, const char *name)
{
    (void)pthread_mutex_lock(&state.lock);
    state.folder = folder;
    (void)snprintf(state.name, sizeof state.name, "%s", name ? name : "");
    (void)pthread_mutex_unlock(&state.lock);
}

void
signals_restore(int terminal, const struct termios *termios)
{
    (void)pthread_mutex_lock(&state.lock);
    state.terminal = termios ? terminal : -1;
    if (termios)
        state.termios = *termios;
    (void)pthread_mutex_unlock(&state.lock);
}

/* Ends as the signal ends a program that does not catch it, so that a shell stops its loop. */
static void
die_of(int number)
{
    sigset_t set;

    (void)signal(number, SIG_DFL);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, number);
    (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    (void)kill(getpid(), number);
}

void
signals_end(void)
{
    int number = atomic_load(&state.number);

    if (number)
        die_of(number);
}

/* Not to somebody who does not read: the end must not wait for that. */
static void
put(int to, const char *text)
{
    struct pollfd ready = {.fd = to, .events = POLLOUT};

    if (poll(&ready, 1, 0) > 0)
        (void)!write(to, text, strlen(text));
}

/* The lock is kept: the main thread must not begin anything more. */
static _Noreturn void
end_now(int number)
{
    (void)pthread_mutex_lock(&state.lock);
    if (state.name[0])
        (void)unlinkat(state.folder, state.name, 0);
    if (state.terminal >= 0)
        (void)tcsetattr(state.terminal, TCSANOW, &state.termios);
    if (isatty(STDERR_FILENO)) /* after "^C" */
        put(STDERR_FILENO, "\n");
    put(STDERR_FILENO, number ? "envcrypt: interrupted\n"
                              : "envcrypt: the time of --timeout passed "
                                "[ENVCRYPT_E_TIMEOUT]\n");
    if (state.json && !json_is_begun())
        put(STDOUT_FILENO,
            number
                ? "{\"status\": \"failed\", \"error\": \"ENVCRYPT_E_CANCELED\", "
                  "\"message\": \"interrupted\", \"exit_code\": 130}\n"
                : "{\"status\": \"failed\", \"error\": \"ENVCRYPT_E_TIMEOUT\", "
                  "\"message\": \"the time of --timeout passed\", \"exit_code\": 1}\n");
    if (number)
        die_of(number);
    _exit(number ? EXIT_INTERRUPTED : EXIT_MACHINE);
}

/* A signal; 0 when the deadline passed first. */
static int
next_signal(int64_t timeout_ms)
{
    struct timespec limit = {.tv_sec = (time_t)(timeout_ms / 1000),
                             .tv_nsec = (long)(timeout_ms % 1000) * 1000000};
    int number;

    do
        number = sigtimedwait(&state.set, NULL, timeout_ms < 0 ? NULL : &limit);
    while (number < 0 && errno == EINTR);
    return number < 0 ? 0 : number;
}

/* Whether a reader of what is told is gone: of a pipe, or a terminal. */
static bool
is_unheard(void)
{
    struct pollfd out[] = {{.fd = STDOUT_FILENO}, {.fd = STDERR_FILENO}};

    return poll(out, 2, 0) > 0 &&
           ((out[0].revents | out[1].revents) & (POLLERR | POLLHUP)) != 0;
}

/* Same; and while a key is disabled that is enabled again at the end, SIGPIPE when nobody
 * would hear of that any more: it does not stay disabled for hours then. */
static int
next_reason(int64_t timeout_ms)
{
    for (;;) {
        int64_t step = timeout_ms < 0 || timeout_ms > LOOK_MS ? LOOK_MS : timeout_ms;
        int number = next_signal(step);

        if (number)
            return number;
        if (timeout_ms >= 0 && (timeout_ms -= step) <= 0)
            return 0;
        if (atomic_load(&state.patient) && is_unheard())
            return SIGPIPE;
    }
}

/* The main thread was told. Gives it time to end in order; as much as it takes while what it
 * began must be brought to its end. */
static void
see_it_end(int number)
{
    const struct timespec step = {.tv_nsec = STEP_NS};

    for (int i = 0; i < STEPS && !atomic_load(&state.stopping); i++) {
        bool again = sigtimedwait(&state.set, NULL, &step) > 0;

        if (atomic_load(&state.waiting))
            break;
        if (atomic_load(&state.patient))
            i = 0;
        else if (again)
            break;
    }
    if (!atomic_load(&state.stopping))
        end_now(number);
}

static void *
watch(void *unused)
{
    int number = next_reason(state.timeout_ms);

    (void)unused;
    if (atomic_load(&state.stopping))
        return NULL;
    if (number) {
        atomic_store(&state.number, number);
        (void)pthread_mutex_lock(&state.lock);
        envcrypt_wait_cancel(state.wait);
        (void)pthread_mutex_unlock(&state.lock);
    }
    see_it_end(number);
    return NULL;
}

/* Who was started with a signal ignored (nohup, a job in the background) goes on ignoring it. */
static void
choose(sigset_t *set)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    struct sigaction now;

    (void)sigemptyset(set);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (sigaction(numbers[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            (void)sigaddset(set, numbers[i]);
    }
    (void)sigaddset(set, SIGUSR1); /* sent by signals_stop() */
}

int
signals_start(int64_t timeout_ms, bool tells_json)
{
    sigset_t all;
    sigset_t old;
    int rc;

    state.timeout_ms = timeout_ms;
    state.json = tells_json;
    choose(&state.set);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, &old);
    rc = pthread_create(&state.thread, NULL, watch, NULL);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    (void)pthread_sigmask(SIG_BLOCK, &state.set, NULL);
    state.started = rc == 0;
    errno = rc;
    return rc ? system_failed("start a thread for", "signals") : 0;
}

void
signals_stop(void)
{
    if (!state.started)
        return;
    atomic_store(&state.stopping, true);
    (void)pthread_kill(state.thread, SIGUSR1);
    (void)pthread_join(state.thread, NULL);
    state.started = false;
}
