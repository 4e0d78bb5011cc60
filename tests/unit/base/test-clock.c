/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <errno.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "evc-check.h"

typedef struct fake {
    int64_t now;
    int64_t until;
    int32_t fd;
    int32_t result;
} fake;

static int64_t
fake_now(void *user)
{
    return ((fake *)user)->now;
}

static int32_t
fake_wait(void *user, int64_t until_ms, int32_t fd)
{
    fake *f = user;

    f->until = until_ms;
    f->fd = fd;
    return f->result;
}

START_TEST(without_hooks_the_systems_clocks_count)
{
    const evc_clock empty = {0};
    struct timespec now;
    int64_t before;

    clock_gettime(CLOCK_REALTIME, &now);
    before = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    ck_assert_int_ge(evc_clock_wall_ms(NULL), before);
    ck_assert_int_ge(evc_clock_wall_ms(&empty), before);
    clock_gettime(CLOCK_MONOTONIC, &now);
    before = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    ck_assert_int_ge(evc_clock_monotonic_ms(NULL), before);
    ck_assert_int_ge(evc_clock_monotonic_ms(&empty), before);
}
END_TEST

START_TEST(hooks_replace_each_clock)
{
    fake f = {.now = 42};
    const evc_clock wall = {.wall_ms = fake_now, .user = &f};
    const evc_clock monotonic = {.monotonic_ms = fake_now, .user = &f};

    ck_assert_int_eq(evc_clock_wall_ms(&wall), 42);
    ck_assert_int_ne(evc_clock_monotonic_ms(&wall), 42);
    ck_assert_int_eq(evc_clock_monotonic_ms(&monotonic), 42);
    ck_assert_int_ne(evc_clock_wall_ms(&monotonic), 42);
}
END_TEST

static const struct {
    int32_t hook;
    int result;
} wait_results[] = {{1, 1}, {7, 1}, {0, 0}, {-1, -1}, {-9, -1}};

START_TEST(a_hook_replaces_the_wait)
{
    fake f = {.result = wait_results[_i].hook};
    const evc_clock clock = {.wait = fake_wait, .user = &f};

    errno = 0;
    ck_assert_int_eq(evc_clock_wait(&clock, 77, 5), wait_results[_i].result);
    ck_assert_int_eq(f.until, 77);
    ck_assert_int_eq(f.fd, 5);
    ck_assert_int_eq(errno, wait_results[_i].result < 0 ? EIO : 0);
}
END_TEST

START_TEST(waits_until_the_time_came)
{
    int64_t until = evc_clock_monotonic_ms(NULL) + 30;

    ck_assert_int_eq(evc_clock_wait(NULL, until, -1), 0);
    ck_assert_int_ge(evc_clock_monotonic_ms(NULL), until);
}
END_TEST

START_TEST(a_time_in_the_past_is_no_wait)
{
    ck_assert_int_eq(evc_clock_wait(NULL, INT64_MIN, -1), 0);
}
END_TEST

START_TEST(a_readable_descriptor_ends_the_wait)
{
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(write(ends[1], "x", 1), 1);
    ck_assert_int_eq(evc_clock_wait(NULL, INT64_MAX, ends[0]), 1);
    ck_assert_int_eq(evc_clock_wait(NULL, INT64_MIN, ends[0]), 1);
    close(ends[0]);
    close(ends[1]);
}
END_TEST

START_TEST(a_closed_other_end_ends_the_wait)
{
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    close(ends[1]);
    ck_assert_int_eq(evc_clock_wait(NULL, INT64_MAX, ends[0]), 1);
    close(ends[0]);
}
END_TEST

START_TEST(a_descriptor_that_is_not_open_fails)
{
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    close(ends[0]);
    close(ends[1]);
    ck_assert_int_eq(evc_clock_wait(NULL, INT64_MAX, ends[0]), -1);
    ck_assert_int_eq(errno, EBADF);
}
END_TEST

static volatile sig_atomic_t signals;

static void
count_signal(int number)
{
    (void)number;
    signals++;
}

START_TEST(a_signal_does_not_cut_the_wait)
{
    const struct sigaction action = {.sa_handler = count_signal};
    const struct itimerval soon = {.it_value = {.tv_usec = 5000}};
    int64_t until = evc_clock_monotonic_ms(NULL) + 60;

    ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
    ck_assert_int_eq(setitimer(ITIMER_REAL, &soon, NULL), 0);
    ck_assert_int_eq(evc_clock_wait(NULL, until, -1), 0);
    ck_assert_int_ge(evc_clock_monotonic_ms(NULL), until);
    ck_assert_int_eq(signals, 1);
}
END_TEST

static const struct {
    int64_t ms;
    const char *text;
} times[] = {
    {0, "1970-01-01T00:00:00Z"},
    {951782400000, "2000-02-29T00:00:00Z"}, /* a leap year though a century */
    {951868799000, "2000-02-29T23:59:59Z"},
    {1706702400000, "2024-01-31T12:00:00Z"},
    {1735689599000, "2024-12-31T23:59:59Z"}, /* day 366 */
    {2147483648000, "2038-01-19T03:14:08Z"}, /* past 31 bits of seconds */
    {4107542400000, "2100-03-01T00:00:00Z"}, /* not a leap year */
    {253402300799000, "9999-12-31T23:59:59Z"},
};

START_TEST(formats_known_times)
{
    char text[EVC_TIME_TEXT];

    evc_clock_format(times[_i].ms, text);
    ck_assert_str_eq(text, times[_i].text);
}
END_TEST

START_TEST(parses_known_times)
{
    int64_t ms;

    EVC_CHECK_OK(evc_clock_parse(evc_view_text(times[_i].text), &ms, NULL));
    ck_assert_int_eq(ms, times[_i].ms);
}
END_TEST

/* Each day of one cycle of the calendar, 400 years, each at another time of day. */
START_TEST(agrees_with_the_c_library)
{
    for (int64_t day = 0; day < 146097; day++) {
        time_t seconds = (time_t)(day * 86400 + day * 7919 % 86400);
        char expected[32];
        char text[EVC_TIME_TEXT];
        int64_t back = -1;
        struct tm tm;

        ck_assert_ptr_nonnull(gmtime_r(&seconds, &tm));
        (void)strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%SZ", &tm);
        evc_clock_format((int64_t)seconds * 1000 + 999, text);
        if (strcmp(text, expected) != 0)
            ck_abort_msg("%s is not %s", text, expected);
        if (evc_clock_parse(evc_view_text(text), &back, NULL) != 0 ||
            back != (int64_t)seconds * 1000)
            ck_abort_msg("%s was not read back", text);
    }
}
END_TEST

START_TEST(times_outside_are_brought_to_the_ends)
{
    char text[EVC_TIME_TEXT];

    evc_clock_format(-1, text);
    ck_assert_str_eq(text, "1970-01-01T00:00:00Z");
    evc_clock_format(INT64_MIN, text);
    ck_assert_str_eq(text, "1970-01-01T00:00:00Z");
    evc_clock_format(253402300800000, text);
    ck_assert_str_eq(text, "9999-12-31T23:59:59Z");
    evc_clock_format(INT64_MAX, text);
    ck_assert_str_eq(text, "9999-12-31T23:59:59Z");
}
END_TEST

static const char *const bad_times[] = {
    "",
    "2024-01-31",
    "2024-01-31T12:00:00",
    "2024-01-31T12:00:00Z ",
    " 2024-01-31T12:00:00Z",
    "2024-01-31T12:00:00z",
    "2024-01-31t12:00:00Z",
    "2024-01-31 12:00:00Z",
    "2024-01-31T12:00:00+00:00",
    "2024-01-31T12:00:00.0Z",
    "2024-1-31T12:00:00Z",
    "+024-01-31T12:00:00Z",
    "1969-12-31T23:59:59Z",
    "10000-01-01T00:00:00Z",
    "2024-00-31T12:00:00Z",
    "2024-13-31T12:00:00Z",
    "2024-01-00T12:00:00Z",
    "2024-01-32T12:00:00Z",
    "2024-04-31T12:00:00Z",
    "2023-02-29T12:00:00Z",
    "2024-02-30T12:00:00Z",
    "2100-02-29T12:00:00Z",
    "2024-01-31T24:00:00Z",
    "2024-01-31T12:60:00Z",
    "2016-12-31T23:59:60Z", /* a leap second that was */
    "2024-01-31T12:00:0aZ",
};

START_TEST(rejects_other_forms_and_days_that_are_not)
{
    int64_t ms = 1;

    EVC_CHECK_CODE(evc_clock_parse(evc_view_text(bad_times[_i]), &ms, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_int_eq(ms, 0);
}
END_TEST

static void
add_loop(Suite *suite, const char *name, const TTest *test, size_t count)
{
    TCase *tcase = tcase_create(name);

    tcase_add_loop_test(tcase, test, 0, (int)count);
    suite_add_tcase(suite, tcase);
}

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void
add_tests(Suite *suite)
{
    const TTest *const clocks[] = {without_hooks_the_systems_clocks_count,
                                   hooks_replace_each_clock, NULL};
    const TTest *const waits[] = {waits_until_the_time_came,
                                  a_time_in_the_past_is_no_wait,
                                  a_readable_descriptor_ends_the_wait,
                                  a_closed_other_end_ends_the_wait,
                                  a_descriptor_that_is_not_open_fails,
                                  a_signal_does_not_cut_the_wait,
                                  NULL};
    const TTest *const calendar[] = {agrees_with_the_c_library,
                                     times_outside_are_brought_to_the_ends, NULL};

    evc_check_add(suite, "clocks", clocks);
    evc_check_add(suite, "waits", waits);
    evc_check_add(suite, "calendar", calendar);
    add_loop(suite, "hook", a_hook_replaces_the_wait, COUNT(wait_results));
    add_loop(suite, "format", formats_known_times, COUNT(times));
    add_loop(suite, "parse", parses_known_times, COUNT(times));
    add_loop(suite, "bad", rejects_other_forms_and_days_that_are_not, COUNT(bad_times));
}

EVC_TEST_MAIN("clock", add_tests)
