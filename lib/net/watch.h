/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of sockets, and a sleep until one of them is ready: watch_linux.c (epoll) and its
 * portable sibling watch_posix.c. One thread at a time.
 */
#ifndef EVC_NET_WATCH_H
#define EVC_NET_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wait.h"

typedef struct evc_watch evc_watch;

typedef struct evc_watched {
    int fd;
    bool readable; /* all three may be told though reading or writing would block */
    bool writable;
    bool broken;
} evc_watched;

int evc_watch_open(evc_watch **out, evc_error **err) EVC_MUST_CHECK; /* NOMEM, IO */
void evc_watch_close(evc_watch *watch);                              /* NULL is fine */
/* What a socket is watched for from now on; neither = it is forgotten. A socket that was
 * closed meanwhile counts as forgotten. NOMEM, IO. */
int evc_watch_set(evc_watch *watch, int fd, bool read, bool write,
                  evc_error **err) EVC_MUST_CHECK;
/*
 * Sleeps as evc_wait_sleep, until monotonic time until_ms at most, or until a socket is
 * ready: *count of at most max are told, 0 when none is. IO, NOMEM too.
 */
int evc_watch_sleep(evc_watch *watch, evc_wait *wait, int64_t until_ms,
                    evc_watched *ready, size_t max, size_t *count,
                    evc_error **err) EVC_MUST_CHECK;

#endif
