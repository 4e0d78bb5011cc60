/* SPDX-License-Identifier: Apache-2.0 */
#include "net/date.h"

#include "base/buf.h"
#include "base/clock.h"

#define FORM "Sun, 06 Nov 1994 08:49:37 GMT"
#define YEAR_SIZE 4

/* 1 to 12, or 0. */
static int
month_of(evc_view name)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

    for (int i = 0; i < 12; i++) {
        if (evc_view_is_text(name, months[i]))
            return i + 1;
    }
    return 0;
}

/* Written anew in the one form that base/clock reads. */
int64_t
evc_date_parse(const char *text)
{
    evc_cursor c = evc_cursor_of_view(evc_view_text(text));
    char again[EVC_TIME_TEXT];
    evc_view day, month, year, time;
    int64_t wall_ms;
    evc_buf b;

    if (c.input.size != sizeof(FORM) - 1)
        return -1;
    (void)evc_cursor_bytes(&c, 3);
    if (!evc_view_is_text(evc_cursor_bytes(&c, 2), ", "))
        return -1;
    day = evc_cursor_bytes(&c, 2);
    (void)evc_cursor_u8(&c);
    month = evc_cursor_bytes(&c, 3);
    (void)evc_cursor_u8(&c);
    year = evc_cursor_bytes(&c, YEAR_SIZE);
    (void)evc_cursor_u8(&c);
    time = evc_cursor_bytes(&c, 8);
    if (!evc_view_is_text(evc_cursor_bytes(&c, 4), " GMT"))
        return -1;
    evc_buf_init_fixed(&b, again, sizeof(again));
    evc_buf_put_view(&b, year);
    evc_buf_put_format(&b, "-%02d-", month_of(month));
    evc_buf_put_view(&b, day);
    evc_buf_put_u8(&b, 'T');
    evc_buf_put_view(&b, time);
    evc_buf_put_u8(&b, 'Z');
    return evc_clock_parse(evc_buf_view(&b), &wall_ms, NULL) ? -1 : wall_ms;
}
