/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server of tests/fakes for a test program: started once for a case (an unchecked fixture
 * of Check), with a folder of its own (evc_folder), and ended with its standard input, so
 * that none is left behind whatever happens to the program.
 */
#ifndef EVC_TESTS_EVC_SERVER_H
#define EVC_TESTS_EVC_SERVER_H

#include <fcntl.h>
#include <sys/wait.h>

#include "evc-folder.h"

#define EVC_SERVER_PORTS 64

static struct evc_server {
    pid_t pid;
    FILE *orders;
    FILE *answers;
    size_t count;
    struct {
        char name[32];
        unsigned port;
    } ports[EVC_SERVER_PORTS];
} evc_server;

static inline const char *
evc_server_script(const char *name)
{
    static char path[PATH_MAX];
    const char *source = getenv("EVC_TEST_SOURCE");

    (void)snprintf(path, sizeof(path), "%s/tests/fakes/%s", source ? source : ".",
                   name);
    return path;
}

static inline void
evc_server_run(const char *script, int orders, int answers)
{
    const char *python = getenv("EVC_PYTHON");

    if (dup2(orders, STDIN_FILENO) < 0 || dup2(answers, STDOUT_FILENO) < 0)
        _exit(126);
    (void)setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
    (void)execlp(python ? python : "python3", "python3", script, evc_folder,
                 (char *)NULL);
    _exit(127);
}

/* Names and ports, up to the line "ready". */
static inline void
evc_server_read_ports(void)
{
    char line[128];

    while (fgets(line, sizeof(line), evc_server.answers)) {
        size_t at = evc_server.count;

        if (strcmp(line, "ready\n") == 0)
            return;
        ck_assert_uint_lt(at, EVC_SERVER_PORTS);
        ck_assert_int_eq(sscanf(line, "%31s %u", evc_server.ports[at].name,
                                &evc_server.ports[at].port),
                         2);
        evc_server.count++;
    }
    ck_abort_msg("the server of tests/fakes did not start; see its error above");
}

static inline void
evc_server_pipe(int ends[2])
{
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(fcntl(ends[0], F_SETFD, FD_CLOEXEC), 0);
    ck_assert_int_eq(fcntl(ends[1], F_SETFD, FD_CLOEXEC), 0);
}

static inline void
evc_server_start(const char *name)
{
    const char *script = evc_server_script(name);
    int orders[2];
    int answers[2];

    evc_folder_make();
    evc_server_pipe(orders);
    evc_server_pipe(answers);
    evc_server.count = 0;
    evc_server.pid = fork();
    if (evc_server.pid == 0)
        evc_server_run(script, orders[0], answers[1]);
    ck_assert_int_gt(evc_server.pid, 0);
    (void)close(orders[0]);
    (void)close(answers[1]);
    evc_server.orders = fdopen(orders[1], "w");
    evc_server.answers = fdopen(answers[0], "r");
    ck_assert(evc_server.orders && evc_server.answers);
    evc_server_read_ports();
}

static inline void
evc_server_end(void)
{
    (void)fclose(evc_server.orders);
    (void)waitpid(evc_server.pid, NULL, 0);
    (void)fclose(evc_server.answers);
    evc_folder_remove();
}

static inline unsigned
evc_server_port(const char *name)
{
    for (size_t i = 0; i < evc_server.count; i++) {
        if (strcmp(evc_server.ports[i].name, name) == 0)
            return evc_server.ports[i].port;
    }
    ck_abort_msg("there is no server %s", name);
    return 0;
}

/* The answer to an order, without its line end; good until the next one. */
static inline const char *
evc_server_ask(const char *order, const char *name)
{
    static char line[65536];

    ck_assert_int_gt(fprintf(evc_server.orders, "%s %s\n", order, name), 0);
    ck_assert_int_eq(fflush(evc_server.orders), 0);
    ck_assert_ptr_nonnull(fgets(line, sizeof(line), evc_server.answers));
    line[strcspn(line, "\n")] = 0;
    return line;
}

/* How many connections and requests a server has seen. */
static inline void
evc_server_counts(const char *name, unsigned *connections, unsigned *requests)
{
    ck_assert_int_eq(
        sscanf(evc_server_ask("count", name), "%u %u", connections, requests), 2);
}

#endif
