/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/jnumber.h"

#define MALFORMED "a number is malformed"
#define TOO_LARGE "a number is too large"

static bool
is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

bool
evc_jnumber_has(uint8_t byte)
{
    return is_digit(byte) || byte == '-' || byte == '+' || byte == '.' || byte == 'e' ||
           byte == 'E';
}

static bool
eat(evc_cursor *c, char wanted)
{
    if (evc_cursor_peek(c) != (uint8_t)wanted)
        return false;
    (void)evc_cursor_u8(c);
    return true;
}

static evc_view
eat_digits(evc_cursor *c)
{
    size_t start = c->at;

    while (is_digit(evc_cursor_peek(c)))
        (void)evc_cursor_u8(c);
    return evc_cursor_since(c, start);
}

/* The digits, without a sign; no leading zeros. */
static bool
fits_int64(evc_view digits, bool negative)
{
    uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);
    evc_cursor c = evc_cursor_of_view(digits);
    uint64_t value = 0;

    if (digits.size > 19) /* more than INT64_MAX has, while 19 nines fit into 64 bits */
        return false;
    while (evc_cursor_left(&c) > 0)
        value = value * 10 + (uint64_t)(evc_cursor_u8(&c) - '0');
    return value <= limit;
}

static bool
fits_exponent(evc_view digits)
{
    evc_cursor c = evc_cursor_of_view(digits);
    unsigned exponent = 0;

    while (evc_cursor_left(&c) > 0 && exponent <= EVC_JNUMBER_MAX_EXPONENT)
        exponent = exponent * 10 + (unsigned)(evc_cursor_u8(&c) - '0');
    return exponent <= EVC_JNUMBER_MAX_EXPONENT;
}

const char *
evc_jnumber_refusal(evc_view number)
{
    evc_cursor c = evc_cursor_of_view(number);
    bool negative = eat(&c, '-');
    evc_view whole = eat_digits(&c);
    evc_view exponent = {NULL, 0};
    bool real = false;

    if (whole.size == 0 || (whole.size > 1 && whole.data[0] == '0'))
        return MALFORMED;
    if (eat(&c, '.')) {
        real = true;
        if (eat_digits(&c).size == 0)
            return MALFORMED;
    }
    if (eat(&c, 'e') || eat(&c, 'E')) {
        real = true;
        if (!eat(&c, '+'))
            (void)eat(&c, '-');
        exponent = eat_digits(&c);
        if (exponent.size == 0)
            return MALFORMED;
    }
    if (evc_cursor_left(&c) > 0)
        return MALFORMED;
    if (real)
        return number.size > EVC_JNUMBER_MAX_REAL || !fits_exponent(exponent)
                   ? TOO_LARGE
                   : NULL;
    return fits_int64(whole, negative) ? NULL : TOO_LARGE;
}

bool
evc_jnumber_is_u64(evc_view number)
{
    evc_cursor c = evc_cursor_of_view(number);
    uint64_t value = 0;

    if (number.size < 1 || number.size > 20 ||
        (number.size > 1 && number.data[0] == '0'))
        return false;
    while (evc_cursor_left(&c) > 0) {
        uint8_t byte = evc_cursor_u8(&c);
        uint64_t digit = (uint64_t)byte - '0';

        if (!is_digit(byte) || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    return true;
}
