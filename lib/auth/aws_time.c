/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/aws_time.h"

#include "base/buf.h"
#include "base/clock.h"

#define LAST_MS INT64_C(253402300799999) /* of the year 9999 */
#define SECONDS_SIZE 19u                 /* 2026-01-31T12:00:00 */

static bool
is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Two digits below the limit; -1 when they are not there. */
static int
two_digits(evc_cursor *c, int limit)
{
    uint8_t tens = evc_cursor_u8(c);
    uint8_t ones = evc_cursor_u8(c);
    int value = (tens - '0') * 10 + (ones - '0');

    return is_digit(tens) && is_digit(ones) && value < limit ? value : -1;
}

static bool
take_offset(evc_cursor *c, int64_t *offset_ms)
{
    uint8_t sign = evc_cursor_u8(c);
    int hours;
    int minutes;

    *offset_ms = 0;
    if (sign == 'Z')
        return true;
    if (sign == 'U')
        return evc_view_is_text(evc_cursor_bytes(c, 2), "TC");
    if (sign != '+' && sign != '-')
        return false;
    hours = two_digits(c, 24);
    if (evc_cursor_peek(c) == ':')
        (void)evc_cursor_u8(c);
    minutes = two_digits(c, 60);
    *offset_ms = ((int64_t)hours * 60 + minutes) * 60000 * (sign == '-' ? -1 : 1);
    return hours >= 0 && minutes >= 0;
}

bool
evc_aws_time_parse(evc_view text, int64_t *wall_ms)
{
    evc_cursor c = evc_cursor_of_view(text);
    evc_view seconds = evc_cursor_bytes(&c, SECONDS_SIZE);
    uint8_t memory[EVC_TIME_TEXT];
    evc_buf strict;
    int64_t offset_ms;
    int64_t ms;

    if (evc_cursor_peek(&c) == '.') {
        (void)evc_cursor_u8(&c);
        if (!is_digit(evc_cursor_peek(&c)))
            return false;
        while (is_digit(evc_cursor_peek(&c)))
            (void)evc_cursor_u8(&c);
    }
    if (!take_offset(&c, &offset_ms) || !evc_cursor_done(&c))
        return false;
    evc_buf_init_fixed(&strict, memory, sizeof(memory));
    evc_buf_put_view(&strict, seconds);
    evc_buf_put_u8(&strict, 'Z');
    if (evc_clock_parse(evc_buf_view(&strict), &ms, NULL) != 0)
        return false;
    *wall_ms = ms - offset_ms;
    return true;
}

/* A number as digits and a power of ten. */
typedef struct decimal {
    int64_t digits;
    int exponent;
} decimal;

/* Digits past what counts are dropped. False: there is none. */
static bool
take_digits(evc_cursor *c, decimal *d, bool fraction)
{
    bool any = false;

    while (is_digit(evc_cursor_peek(c))) {
        int digit = evc_cursor_u8(c) - '0';

        any = true;
        if (d->digits < INT64_MAX / 100) {
            d->digits = d->digits * 10 + digit;
            d->exponent -= fraction;
        } else {
            d->exponent += !fraction;
        }
    }
    return any;
}

static bool
take_exponent(evc_cursor *c, decimal *d)
{
    bool negative = evc_cursor_peek(c) == '-';
    int exponent = 0;

    if (negative || evc_cursor_peek(c) == '+')
        (void)evc_cursor_u8(c);
    if (!is_digit(evc_cursor_peek(c)))
        return false;
    while (is_digit(evc_cursor_peek(c)) && exponent < 100)
        exponent = exponent * 10 + (evc_cursor_u8(c) - '0');
    d->exponent += negative ? -exponent : exponent;
    return true;
}

bool
evc_aws_time_epoch(evc_view number, int64_t scale_ms, int64_t *wall_ms)
{
    evc_cursor c = evc_cursor_of_view(number);
    decimal d = {0, scale_ms == 1000 ? 3 : 0};

    if (!take_digits(&c, &d, false))
        return false;
    if (evc_cursor_peek(&c) == '.') {
        (void)evc_cursor_u8(&c);
        if (!take_digits(&c, &d, true))
            return false;
    }
    if (evc_cursor_peek(&c) == 'e' || evc_cursor_peek(&c) == 'E') {
        (void)evc_cursor_u8(&c);
        if (!take_exponent(&c, &d))
            return false;
    }
    for (; d.exponent < 0; d.exponent++)
        d.digits /= 10;
    for (; d.exponent > 0 && d.digits > 0 && d.digits <= LAST_MS; d.exponent--)
        d.digits *= 10;
    if (!evc_cursor_done(&c) || d.digits > LAST_MS)
        return false;
    *wall_ms = d.digits;
    return true;
}
