/* SPDX-License-Identifier: Apache-2.0 */
#include "net/watch.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>

#include "base/mem.h"

/* A clock of the caller's takes one descriptor: between the sockets it sleeps as long. */
#define SLICE_MS 10

struct evc_watch {
    struct pollfd *fds; /* the first is the wait's */
    size_t count;
    size_t capacity;
};

int
evc_watch_open(evc_watch **out, evc_error **err)
{
    evc_watch *watch = evc_mem_new(sizeof(*watch));

    *out = NULL;
    if (!watch)
        return evc_err_nomem(err);
    watch->capacity = 8;
    watch->fds = evc_mem_new_array(watch->capacity, sizeof(*watch->fds));
    if (!watch->fds) {
        evc_mem_free(watch);
        return evc_err_nomem(err);
    }
    watch->count = 1;
    *out = watch;
    return 0;
}

void
evc_watch_close(evc_watch *watch)
{
    if (!watch)
        return;
    evc_mem_free(watch->fds);
    evc_mem_free(watch);
}

static size_t
place_of(const evc_watch *watch, int fd)
{
    size_t i;

    for (i = 1; i < watch->count; i++) {
        if (watch->fds[i].fd == fd)
            break;
    }
    return i;
}

static int
make_room(evc_watch *watch, evc_error **err)
{
    struct pollfd *grown;

    if (watch->count < watch->capacity)
        return 0;
    grown = evc_mem_grow(watch->fds, watch->count, 2 * watch->capacity, sizeof(*grown));
    if (!grown)
        return evc_err_nomem(err);
    watch->fds = grown;
    watch->capacity *= 2;
    return 0;
}

int
evc_watch_set(evc_watch *watch, int fd, bool read, bool write, evc_error **err)
{
    size_t place = place_of(watch, fd);
    int rc;

    if (!read && !write) {
        if (place < watch->count)
            watch->fds[place] = watch->fds[--watch->count];
        return 0;
    }
    rc = make_room(watch, err);
    if (rc)
        return rc;
    if (place == watch->count)
        watch->count++;
    watch->fds[place] = (struct pollfd){
        .fd = fd, .events = (short)((read ? POLLIN : 0) | (write ? POLLOUT : 0))};
    return 0;
}

static int
timeout_of(const evc_wait *wait, int64_t until_ms)
{
    int64_t left = evc_wait_left_ms(wait);
    int64_t now = evc_clock_monotonic_ms(wait->clock);

    if (until_ms != INT64_MAX && until_ms - now < left)
        left = until_ms > now ? until_ms - now : 0;
    if (left == INT64_MAX)
        return -1;
    return left > INT_MAX ? INT_MAX : (int)left;
}

/* How many are ready, the wait's own among them; < 0 with errno. */
static int
look(evc_watch *watch, int timeout)
{
    int ready = poll(watch->fds, (nfds_t)watch->count, timeout);

    return ready < 0 && errno == EINTR ? 0 : ready;
}

static void
collect(evc_watch *watch, evc_watched *ready, size_t max, size_t *count)
{
    for (size_t i = 1; i < watch->count; i++) {
        struct pollfd *one = &watch->fds[i];

        if (one->revents & POLLNVAL) { /* closed meanwhile */
            *one = watch->fds[--watch->count];
            i--;
            continue;
        }
        if (one->revents == 0 || *count == max)
            continue;
        ready[(*count)++] = (evc_watched){
            .fd = one->fd,
            .readable = (one->revents & POLLIN) != 0,
            .writable = (one->revents & POLLOUT) != 0,
            .broken = (one->revents & (POLLERR | POLLHUP)) != 0,
        };
    }
}

static int
sleep_by_poll(evc_watch *watch, evc_wait *wait, int64_t until_ms, evc_error **err)
{
    int rc = evc_wait_check(wait, err);

    if (rc)
        return rc;
    if (look(watch, timeout_of(wait, until_ms)) < 0)
        return evc_err_errno(err, errno, "wait at", "sockets");
    /* Takes a wake-up and tells of a cancel. */
    return evc_wait_sleep_at(wait, evc_clock_monotonic_ms(NULL),
                             evc_wait_descriptor(wait), err);
}

static int
sleep_in_slices(evc_watch *watch, evc_wait *wait, int64_t until_ms, evc_error **err)
{
    for (;;) {
        int64_t now = evc_clock_monotonic_ms(wait->clock);
        int64_t slice = now + SLICE_MS < until_ms ? now + SLICE_MS : until_ms;
        int rc = evc_wait_check(wait, err);
        int ready = look(watch, 0);

        if (rc)
            return rc;
        if (ready < 0)
            return evc_err_errno(err, errno, "wait at", "sockets");
        /* Takes a wake-up and tells of a cancel. */
        if (ready || now >= until_ms)
            return evc_wait_sleep_at(wait, now, evc_wait_descriptor(wait), err);
        if (evc_clock_wait(wait->clock, slice, evc_wait_descriptor(wait)) < 0)
            return evc_err(err, ENVCRYPT_E_CALLBACK,
                           "the wait function of the application failed");
    }
}

int
evc_watch_sleep(evc_watch *watch, evc_wait *wait, int64_t until_ms, evc_watched *ready,
                size_t max, size_t *count, evc_error **err)
{
    int rc = evc_wait_arm(wait, err);

    *count = 0;
    if (rc)
        return rc;
    watch->fds[0] = (struct pollfd){.fd = evc_wait_descriptor(wait), .events = POLLIN};
    if (wait->clock && wait->clock->wait)
        rc = sleep_in_slices(watch, wait, until_ms, err);
    else
        rc = sleep_by_poll(watch, wait, until_ms, err);
    if (!rc)
        collect(watch, ready, max, count);
    return rc;
}
