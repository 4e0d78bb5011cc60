/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions on the terminal. They go to /dev/tty, so that they work while input and output are
 * pipes, and nothing of an answer passes a stdio buffer.
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* Reads up to a line end; a longer line is read to its end and refused. */
static int
read_line(int fd, bool hidden, char line[LINE_SIZE])
{
    size_t size = 0;
    ssize_t got;
    char byte = 0;

    signals_waiting(true);
    for (;;) {
        got = read(fd, &byte, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || byte == '\n')
            break;
        if (size < LINE_SIZE)
            line[size++] = byte;
    }
    signals_waiting(false);
    explicit_bzero(&byte, 1);
    if (got < 0)
        return system_failed("read from", "the terminal");
    if (got == 0 && size == 0)
        return hidden ? refuse(ENVCRYPT_E_ARGUMENT, "the terminal gave no answer")
                      : refuse(ENVCRYPT_E_CONFIRMATION,
                               "the terminal gave no answer; nothing was done");
    if (size >= LINE_SIZE - 1) {
        explicit_bzero(line, LINE_SIZE);
        return refuse(ENVCRYPT_E_ARGUMENT, "the answer is longer than 1,024 bytes");
    }
    line[size] = '\0';
    return 0;
}

/* Stopping the program (Ctrl-Z) would leave the shell's terminal without echo. */
static void
hold_stops(int how)
{
    sigset_t stop;

    (void)sigemptyset(&stop);
    (void)sigaddset(&stop, SIGTSTP);
    (void)pthread_sigmask(how, &stop, NULL);
}

/* A prompt may hold a file name, and that an escape sequence. */
static int
show(int fd, const char *prompt)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    FILE *to = copy < 0 ? NULL : fdopen(copy, "w");

    if (!to) {
        if (copy >= 0)
            (void)close(copy);
        return system_failed("write to", "the terminal");
    }
    text_put_safe(to, prompt, strlen(prompt), true);
    return fclose(to) ? system_failed("write to", "the terminal") : 0;
}

static int
ask(int fd, const char *prompt, bool hidden, char line[LINE_SIZE])
{
    int rc = show(fd, prompt);

    return rc ? rc : read_line(fd, hidden, line);
}

/* The echo is off before the question is seen, so that no quick answer shows. */
static int
ask_hidden(int fd, const char *prompt, char line[LINE_SIZE])
{
    struct termios shown;
    struct termios hidden;
    int rc;

    if (tcgetattr(fd, &shown))
        return system_failed("ask", "the terminal");
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    hidden.c_lflag |= ECHONL; /* the end of the line is seen */
    hold_stops(SIG_BLOCK);
    signals_restore(fd, &shown);
    if (tcsetattr(fd, TCSAFLUSH, &hidden))
        rc = system_failed("turn off the echo of", "the terminal");
    else
        rc = ask(fd, prompt, true, line);
    (void)tcsetattr(fd, TCSAFLUSH, &shown);
    signals_restore(-1, NULL);
    hold_stops(SIG_UNBLOCK);
    return rc;
}

size_t
terminal_columns(int fd)
{
    struct winsize window;

    if (isatty(fd) != 1)
        return 0;
    if (ioctl(fd, TIOCGWINSZ, &window) || window.ws_col == 0)
        return 80;
    return window.ws_col;
}

static int
open_terminal(void)
{
    return open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
}

bool
terminal_is_there(void)
{
    int fd = open_terminal();

    if (fd >= 0)
        (void)close(fd);
    return fd >= 0;
}

int
terminal_ask(const char *prompt, bool hidden, char line[LINE_SIZE])
{
    int fd = open_terminal();
    int rc;

    line[0] = '\0';
    if (fd < 0)
        return TERMINAL_NONE;
    (void)fflush(stdout);
    rc = hidden ? ask_hidden(fd, prompt, line) : ask(fd, prompt, false, line);
    (void)close(fd);
    return rc;
}
