/* SPDX-License-Identifier: Apache-2.0 */
#include "evc-io.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

typedef struct plan {
    const char *call;
    size_t left;
    int errnum;
    void (*act)(void);
} plan;

static plan failure;
static plan action;
static size_t most = SIZE_MAX;
static char trace[4096];

void
evc_io_reset(void)
{
    failure = (plan){0};
    action = (plan){0};
    most = SIZE_MAX;
    trace[0] = '\0';
}

void
evc_io_fail(const char *call, size_t n, int errnum)
{
    failure = (plan){.call = call, .left = n, .errnum = errnum};
}

void
evc_io_before(const char *call, size_t n, void (*act)(void))
{
    action = (plan){.call = call, .left = n, .act = act};
}

void
evc_io_short(size_t bytes)
{
    most = bytes;
}

const char *
evc_io_trace(void)
{
    return trace;
}

/* Whether this is the call that the plan waits for; a plan is good for one. */
static bool
is_due(plan *p, const char *call)
{
    if (!p->call || strcmp(p->call, call) != 0)
        return false;
    if (p->left-- > 0)
        return false;
    p->call = NULL;
    return true;
}

/* true: the call must fail; errno says how. */
static bool
meet(const char *call)
{
    size_t used = strlen(trace);

    (void)snprintf(&trace[used], sizeof(trace) - used, "%s ", call);
    if (is_due(&action, call))
        action.act();
    if (!is_due(&failure, call))
        return false;
    errno = failure.errnum;
    return true;
}

#define WRAP(result, name, parameters, arguments)          \
    result __real_##name parameters;                       \
    result __wrap_##name parameters;                       \
    result __wrap_##name parameters                        \
    {                                                      \
        return meet(#name) ? -1 : __real_##name arguments; \
    }

static size_t
cut(size_t size)
{
    return size < most ? size : most;
}

WRAP(ssize_t, read, (int fd, void *out, size_t size), (fd, out, cut(size)))
/* what pread is with offsets of 64 bits */
WRAP(ssize_t, pread64, (int fd, void *out, size_t size, off_t at),
     (fd, out, cut(size), at))
WRAP(ssize_t, write, (int fd, const void *data, size_t size), (fd, data, cut(size)))
WRAP(int, fsync, (int fd), (fd))
WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(int, fchown, (int fd, uid_t uid, gid_t gid), (fd, uid, gid))
WRAP(int, flock, (int fd, int how), (fd, how))
WRAP(int, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
WRAP(int, renameat2, (int a, const char *from, int b, const char *to, unsigned flags),
     (a, from, b, to, flags))
WRAP(int, linkat, (int a, const char *from, int b, const char *to, int flags),
     (a, from, b, to, flags))
WRAP(int, unlinkat, (int folder, const char *name, int flags), (folder, name, flags))
