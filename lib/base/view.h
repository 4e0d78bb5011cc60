/* SPDX-License-Identifier: Apache-2.0 */
/* Borrowed bytes, and a cursor that reads big-endian fields from them. */
#ifndef EVC_BASE_VIEW_H
#define EVC_BASE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct evc_view {
    const uint8_t *data; /* may be NULL when size is 0 */
    size_t size;
} evc_view;

static inline evc_view
evc_view_of(const void *data, size_t size)
{
    return (evc_view){(const uint8_t *)data, size};
}

evc_view evc_view_text(const char *text);    /* without the NUL; NULL is empty */
bool evc_view_equal(evc_view a, evc_view b); /* not for secrets */
bool evc_view_is_text(evc_view a, const char *text);
bool evc_view_starts_with(evc_view a, const char *prefix);
int evc_view_compare(evc_view a, evc_view b); /* byte order, shorter first on a tie */
/* The bytes, and a NUL behind them: to has room for size + 1. */
void evc_view_to_text(evc_view from, char *to);

/*
 * Reads past the end do not happen: the first short read sets `failed`, and from then
 * on every read gives 0 or an empty view. Check once, after a group of reads.
 */
typedef struct evc_cursor {
    evc_view input;
    size_t at;
    bool failed;
} evc_cursor;

static inline evc_cursor
evc_cursor_of_view(evc_view view)
{
    return (evc_cursor){view, 0, false};
}

static inline evc_cursor
evc_cursor_of(const void *data, size_t size)
{
    return evc_cursor_of_view(evc_view_of(data, size));
}

/* The one place that moves a cursor: NULL, and failed for ever, when size bytes are not
 * left. */
static inline const uint8_t *
evc_cursor_take(evc_cursor *c, size_t size)
{
    const uint8_t *start;

    if (c->failed || size > c->input.size - c->at) {
        c->failed = true;
        return NULL;
    }
    if (size == 0)
        return c->input.data; /* which may be NULL: nothing is read through it */
    start = &c->input.data[c->at];
    c->at += size;
    return start;
}

static inline uint64_t
evc_cursor_number(evc_cursor *c, size_t size)
{
    const uint8_t *bytes = evc_cursor_take(c, size);
    uint64_t value = 0;

    for (size_t i = 0; bytes && i < size; i++)
        value = value << 8 | bytes[i];
    return value;
}

static inline uint8_t
evc_cursor_u8(evc_cursor *c)
{
    return (uint8_t)evc_cursor_number(c, 1);
}

static inline uint8_t
evc_cursor_peek(const evc_cursor *c) /* not read; 0 at the end */
{
    evc_cursor ahead = *c;

    return evc_cursor_u8(&ahead);
}

static inline uint16_t
evc_cursor_u16(evc_cursor *c)
{
    return (uint16_t)evc_cursor_number(c, 2);
}

static inline uint32_t
evc_cursor_u32(evc_cursor *c)
{
    return (uint32_t)evc_cursor_number(c, 4);
}

static inline uint64_t
evc_cursor_u64(evc_cursor *c)
{
    return evc_cursor_number(c, 8);
}

static inline evc_view
evc_cursor_bytes(evc_cursor *c, size_t size)
{
    const uint8_t *bytes = evc_cursor_take(c, size);

    return evc_view_of(bytes, bytes ? size : 0);
}

/* What stands before the byte, which is passed over; all that is left where there is none. */
evc_view evc_cursor_until(evc_cursor *c, char end);
evc_view evc_cursor_bytes16(evc_cursor *c); /* u16 length, then the bytes */
void evc_cursor_copy(evc_cursor *c, void *out, size_t size); /* zeroes out on failure */

static inline size_t
evc_cursor_left(const evc_cursor *c) /* 0 after a failure */
{
    return c->failed ? 0 : c->input.size - c->at;
}

bool evc_cursor_done(const evc_cursor *c); /* nothing left and nothing failed */
/* What was read since c->at was start; empty after a failure. */
evc_view evc_cursor_since(const evc_cursor *c, size_t start);

#endif
