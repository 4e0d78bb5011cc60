/* SPDX-License-Identifier: Apache-2.0 */
#include "net/watch.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/mem.h"

#define BATCH 64

struct evc_watch {
    int set;
};

int
evc_watch_open(evc_watch **out, evc_error **err)
{
    evc_watch *watch = evc_mem_new(sizeof(*watch));

    *out = NULL;
    if (!watch)
        return evc_err_nomem(err);
    watch->set = epoll_create1(EPOLL_CLOEXEC);
    if (watch->set < 0) {
        evc_mem_free(watch);
        return evc_err_errno(err, errno, "make", "a set of sockets");
    }
    *out = watch;
    return 0;
}

void
evc_watch_close(evc_watch *watch)
{
    if (!watch)
        return;
    (void)close(watch->set);
    evc_mem_free(watch);
}

static int
add(const evc_watch *watch, int fd, uint32_t events, evc_error **err)
{
    struct epoll_event event = {.events = events, .data = {.fd = fd}};

    if (epoll_ctl(watch->set, EPOLL_CTL_ADD, fd, &event) == 0)
        return 0;
    /* It stands there already: what it is watched for changes. */
    if (errno == EEXIST && epoll_ctl(watch->set, EPOLL_CTL_MOD, fd, &event) == 0)
        return 0;
    return evc_err_errno(err, errno, "watch", "a socket");
}

/* A closed descriptor left the set by itself. */
static void
forget(const evc_watch *watch, int fd)
{
    (void)epoll_ctl(watch->set, EPOLL_CTL_DEL, fd, NULL);
}

int
evc_watch_set(evc_watch *watch, int fd, bool read, bool write, evc_error **err)
{
    if (read || write)
        return add(watch, fd, (read ? EPOLLIN : 0u) | (write ? EPOLLOUT : 0u), err);
    forget(watch, fd);
    return 0;
}

static int
collect(const evc_watch *watch, int wake, evc_watched *ready, size_t max, size_t *count,
        evc_error **err)
{
    struct epoll_event events[BATCH];
    int got = epoll_wait(watch->set, events, max < BATCH ? (int)max : BATCH, 0);

    if (got < 0 && errno != EINTR)
        return evc_err_errno(err, errno, "ask", "a set of sockets");
    for (int i = 0; i < got; i++) {
        if (events[i].data.fd == wake)
            continue;
        ready[(*count)++] = (evc_watched){
            .fd = events[i].data.fd,
            .readable = (events[i].events & EPOLLIN) != 0,
            .writable = (events[i].events & EPOLLOUT) != 0,
            .broken = (events[i].events & (EPOLLERR | EPOLLHUP)) != 0,
        };
    }
    return 0;
}

int
evc_watch_sleep(evc_watch *watch, evc_wait *wait, int64_t until_ms, evc_watched *ready,
                size_t max, size_t *count, evc_error **err)
{
    int wake;
    int rc = evc_wait_arm(wait, err);

    *count = 0;
    if (rc)
        return rc;
    wake = evc_wait_descriptor(wait);
    rc = add(watch, wake, EPOLLIN, err);
    if (rc)
        return rc;
    rc = evc_wait_sleep_at(wait, until_ms, watch->set, err);
    if (!rc)
        rc = collect(watch, wake, ready, max, count, err);
    forget(watch, wake);
    return rc;
}
