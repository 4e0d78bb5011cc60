/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* pipe2 */
#include "base/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fork.h"

/* A time that is past already (ms < 0) is now. */
static int64_t
add_ms(int64_t time_ms, int64_t ms)
{
    if (ms <= 0)
        return time_ms;
    return time_ms > INT64_MAX - ms ? INT64_MAX : time_ms + ms;
}

void
evc_wait_init(evc_wait *w, const evc_clock *clock, int64_t timeout_ms)
{
    *w = (evc_wait){.clock = clock, .wake_read = -1, .deadline_ms = INT64_MAX};
    atomic_init(&w->wake_write, -1);
    atomic_init(&w->canceled, false);
    w->generation = evc_fork_generation();
    if (timeout_ms == 0)
        w->deadline_ms = EVC_WAIT_NEVER;
    else if (timeout_ms > 0)
        w->deadline_ms = add_ms(evc_clock_monotonic_ms(clock), timeout_ms);
}

void
evc_wait_release(evc_wait *w)
{
    if (!w)
        return;
    /* A child may have closed them and opened others under the same numbers. */
    if (w->wake_read >= 0 && evc_fork_is_current(w->generation)) {
        (void)close(w->wake_read);
        (void)close(atomic_load(&w->wake_write));
    }
    w->wake_read = -1;
    atomic_store(&w->wake_write, -1);
}

void
evc_wait_cancel(evc_wait *w)
{
    if (!w)
        return;
    atomic_store(&w->canceled, true);
    evc_wait_wake(w);
}

int64_t
evc_wait_left_ms(const evc_wait *w)
{
    int64_t now;

    if (!w || w->deadline_ms == INT64_MAX)
        return INT64_MAX;
    if (w->deadline_ms == EVC_WAIT_NEVER)
        return 0;
    now = evc_clock_monotonic_ms(w->clock);
    return now < w->deadline_ms ? w->deadline_ms - now : 0;
}

static int
check_canceled(evc_wait *w, evc_error **err)
{
    if (!atomic_load(&w->canceled))
        return 0;
    return evc_err(err, ENVCRYPT_E_CANCELED, "the call was canceled");
}

int
evc_wait_begin(evc_wait *w, evc_error **err)
{
    int rc;

    if (!w)
        return 0;
    rc = evc_fork_check(w->generation, "wait", err);
    return rc == 0 ? check_canceled(w, err) : rc;
}

int
evc_wait_check(evc_wait *w, evc_error **err)
{
    int rc = evc_wait_begin(w, err);

    if (rc == 0 && evc_wait_left_ms(w) == 0)
        rc = evc_err(err, ENVCRYPT_E_TIMEOUT,
                     "the deadline passed before the call was done");
    return rc;
}

int
evc_wait_arm(evc_wait *w, evc_error **err)
{
    int ends[2];

    if (w->wake_read >= 0)
        return 0;
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return evc_err_errno(err, errno, "make", "a pipe to wait at");
    w->wake_read = ends[0];
    atomic_store(&w->wake_write, ends[1]);
    return 0;
}

void
evc_wait_wake(evc_wait *w)
{
    int end = atomic_load(&w->wake_write);
    int saved = errno;

    if (end >= 0 && evc_fork_is_current(w->generation)) {
        while (write(end, "", 1) < 0 && errno == EINTR)
            ; /* a full pipe wakes as well */
    }
    errno = saved;
}

static void
drain(int end)
{
    char bytes[64];
    ssize_t got;

    do
        got = read(end, bytes, sizeof(bytes));
    while (got > 0 || (got < 0 && errno == EINTR));
}

int
evc_wait_descriptor(const evc_wait *w)
{
    return w->wake_read;
}

/* fd -1: the pipe alone. */
static int
sleep_until(evc_wait *w, int64_t until_ms, int fd, evc_error **err)
{
    int ready;
    int rc = evc_wait_check(w, err);

    if (rc == 0)
        rc = evc_wait_arm(w, err);
    if (rc == 0)
        rc =
            check_canceled(w, err); /* a cancel that came before the pipe woke nobody */
    if (rc != 0)
        return rc;
    if (until_ms > w->deadline_ms)
        until_ms = w->deadline_ms;
    ready = evc_clock_wait(w->clock, until_ms, fd >= 0 ? fd : w->wake_read);
    if (ready < 0 && w->clock && w->clock->wait)
        return evc_err(err, ENVCRYPT_E_CALLBACK,
                       "the wait function of the application failed");
    if (ready < 0)
        return evc_err_errno(err, errno, "wait at", "a pipe");
    if (ready == 0)
        return evc_wait_check(w, err);
    /* What was waited for may be done, so a deadline that passed meanwhile is for the
     * next. */
    drain(w->wake_read);
    return check_canceled(w, err);
}

int
evc_wait_sleep(evc_wait *w, evc_error **err)
{
    return sleep_until(w, INT64_MAX, -1, err);
}

int
evc_wait_sleep_for(evc_wait *w, int64_t ms, evc_error **err)
{
    return sleep_until(w, add_ms(evc_clock_monotonic_ms(w->clock), ms), -1, err);
}

int
evc_wait_sleep_at(evc_wait *w, int64_t until_ms, int fd, evc_error **err)
{
    return sleep_until(w, until_ms, fd, err);
}
