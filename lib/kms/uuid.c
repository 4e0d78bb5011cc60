/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/uuid.h"

#include <string.h>

/* Whether a dash stands before the byte of this index. */
static bool
has_dash(size_t index)
{
    return index == 4 || index == 6 || index == 8 || index == 10;
}

void
evc_uuid_format(const uint8_t uuid[EVC_UUID_SIZE], char out[EVC_UUID_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;

    for (size_t i = 0; i < EVC_UUID_SIZE; i++) {
        if (has_dash(i))
            out[at++] = '-';
        out[at++] = digits[uuid[i] >> 4];
        out[at++] = digits[uuid[i] & 15];
    }
    out[at] = '\0';
}

/* The value of a hex digit, or 16. */
static unsigned
digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (unsigned)(c - 'A') + 10;
    return 16;
}

bool
evc_uuid_parse(evc_view text, uint8_t out[EVC_UUID_SIZE])
{
    evc_cursor c = evc_cursor_of_view(text);
    bool good = text.size == EVC_UUID_TEXT - 1;

    for (size_t i = 0; good && i < EVC_UUID_SIZE; i++) {
        unsigned high;
        unsigned low;

        if (has_dash(i) && evc_cursor_u8(&c) != '-')
            good = false;
        high = digit(evc_cursor_u8(&c));
        low = digit(evc_cursor_u8(&c));
        good = good && high < 16 && low < 16;
        out[i] = (uint8_t)((high << 4 | low) & 255);
    }
    if (!good)
        memset(out, 0, EVC_UUID_SIZE);
    return good;
}
