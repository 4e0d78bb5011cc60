/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <time.h>

#include "base/buf.h"
#include "base/encode.h"

#define DAY_S 86400
#define FIRST_YEAR 1970
#define LAST_MS INT64_C(253402300799999) /* the end of 9999 */

/* 32-bit systems too: else the clock ends in 2038. */
_Static_assert(sizeof(time_t) >= sizeof(int64_t), "time_t must have 64 bits");

static int64_t
read_ms(clockid_t id)
{
    struct timespec now = {0};

    (void)clock_gettime(id, &now); /* cannot fail for the two ids used here */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
evc_clock_wall_ms(const evc_clock *clock)
{
    if (clock && clock->wall_ms)
        return clock->wall_ms(clock->user);
    return read_ms(CLOCK_REALTIME);
}

int64_t
evc_clock_monotonic_ms(const evc_clock *clock)
{
    if (clock && clock->monotonic_ms)
        return clock->monotonic_ms(clock->user);
    return read_ms(CLOCK_MONOTONIC);
}

/* What poll takes: -1 = for ever; long sleeps are cut, the caller looks at the clock
 * again. */
static int
poll_timeout(const evc_clock *clock, int64_t until_ms)
{
    int64_t now;

    if (until_ms == INT64_MAX)
        return -1;
    now = evc_clock_monotonic_ms(clock);
    if (until_ms <= now)
        return 0;
    return until_ms - now > INT_MAX ? INT_MAX : (int)(until_ms - now);
}

static int
wait_by_poll(const evc_clock *clock, int64_t until_ms, int fd)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};

    for (;;) {
        int timeout = poll_timeout(clock, until_ms);
        int ready = poll(&one, fd >= 0 ? 1 : 0, timeout);

        if (ready > 0 && one.revents & POLLNVAL) {
            errno = EBADF;
            return -1;
        }
        if (ready > 0)
            return 1; /* an error or a closed end counts: reading tells */
        if (ready < 0 && errno != EINTR)
            return -1;
        if (ready == 0 && timeout == 0)
            return 0;
    }
}

int
evc_clock_wait(const evc_clock *clock, int64_t until_ms, int fd)
{
    int32_t result;

    if (!clock || !clock->wait)
        return wait_by_poll(clock, until_ms, fd);
    result = clock->wait(clock->user, until_ms, fd);
    if (result < 0) {
        errno = EIO; /* a caller in another language cannot set it */
        return -1;
    }
    return result > 0;
}

/*
 * The calendar by arithmetic: gmtime_r and timegm take a lock, read TZ and its file,
 * and know leap seconds under some zones.
 */
static int64_t
days_before(int64_t year)
{
    int64_t past = year - 1;

    return past * 365 + past / 4 - past / 100 + past / 400;
}

static int
days_of_month(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int leap = days_before(year + 1) - days_before(year) == 366;

    return days[month - 1] + (month == 2 ? leap : 0);
}

static void
put_number(evc_buf *b, int value, size_t digits, char after)
{
    uint8_t *place = evc_buf_extend(b, digits);

    for (size_t i = digits; place && i > 0; i--) {
        place[i - 1] = (uint8_t)('0' + value % 10);
        value /= 10;
    }
    evc_buf_put_u8(b, (uint8_t)after);
}

void
evc_clock_format(int64_t wall_ms, char out[EVC_TIME_TEXT])
{
    int64_t seconds;
    int64_t days;
    int64_t year;
    int month = 1;
    int second;
    evc_buf b;

    if (wall_ms < 0)
        wall_ms = 0;
    if (wall_ms > LAST_MS)
        wall_ms = LAST_MS;
    seconds = wall_ms / 1000;
    second = (int)(seconds % DAY_S);
    days = seconds / DAY_S + days_before(FIRST_YEAR);
    year = FIRST_YEAR + seconds / DAY_S / 366; /* at most the right one */
    while (days_before(year + 1) <= days)
        year++;
    days -= days_before(year);
    for (; days >= days_of_month(year, month); month++)
        days -= days_of_month(year, month);
    evc_buf_init_fixed(&b, out, EVC_TIME_TEXT);
    put_number(&b, (int)year, 4, '-');
    put_number(&b, month, 2, '-');
    put_number(&b, (int)days + 1, 2, 'T');
    put_number(&b, second / 3600, 2, ':');
    put_number(&b, second / 60 % 60, 2, ':');
    put_number(&b, second % 60, 2, 'Z');
    evc_buf_put_u8(&b, 0);
}

/* A number of that many digits and the character after it; false when either is not
 * there. */
static bool
read_number(evc_cursor *c, size_t digits, char after, int low, int high, int *out)
{
    *out = 0;
    for (size_t i = 0; i < digits; i++) {
        uint8_t byte = evc_cursor_u8(c);

        if (byte < '0' || byte > '9')
            return false;
        *out = *out * 10 + (byte - '0');
    }
    return evc_cursor_u8(c) == (uint8_t)after && *out >= low && *out <= high;
}

static bool
parse(evc_view text, int64_t *wall_ms)
{
    evc_cursor c = evc_cursor_of_view(text);
    int year, month, day, hour, minute, second;
    int64_t days;

    if (!read_number(&c, 4, '-', FIRST_YEAR, 9999, &year) ||
        !read_number(&c, 2, '-', 1, 12, &month) ||
        !read_number(&c, 2, 'T', 1, days_of_month(year, month), &day) ||
        !read_number(&c, 2, ':', 0, 23, &hour) ||
        !read_number(&c, 2, ':', 0, 59, &minute) ||
        !read_number(&c, 2, 'Z', 0, 59, &second) || !evc_cursor_done(&c))
        return false;
    days = days_before(year) - days_before(FIRST_YEAR) + day - 1;
    for (int before = 1; before < month; before++)
        days += days_of_month(year, before);
    *wall_ms =
        (days * DAY_S + hour * INT64_C(3600) + minute * INT64_C(60) + second) * 1000;
    return true;
}

int
evc_clock_parse(evc_view text, int64_t *wall_ms, evc_error **err)
{
    char shown[EVC_SHOWN];

    *wall_ms = 0;
    if (parse(text, wall_ms))
        return 0;
    evc_encode_shown(text, shown);
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "\"%s\" is not a time of the form 2026-01-31T12:00:00Z", shown);
}
