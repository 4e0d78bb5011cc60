/* SPDX-License-Identifier: Apache-2.0 */
#include "base/view.h"

#include <string.h>

evc_view
evc_view_text(const char *text)
{
    return evc_view_of(text, text ? strlen(text) : 0);
}

bool
evc_view_equal(evc_view a, evc_view b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bool
evc_view_is_text(evc_view a, const char *text)
{
    return evc_view_equal(a, evc_view_text(text));
}

bool
evc_view_starts_with(evc_view a, const char *prefix)
{
    evc_view start = evc_view_text(prefix);

    if (a.size < start.size)
        return false;
    return evc_view_equal(evc_view_of(a.data, start.size), start);
}

int
evc_view_compare(evc_view a, evc_view b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common ? memcmp(a.data, b.data, common) : 0;

    if (order != 0)
        return order < 0 ? -1 : 1;
    return (a.size > b.size) - (a.size < b.size);
}

void
evc_view_to_text(evc_view from, char *to)
{
    if (from.size)
        memcpy(to, from.data, from.size);
    to[from.size] = '\0';
}

evc_view
evc_cursor_bytes16(evc_cursor *c)
{
    uint16_t size = evc_cursor_u16(c);

    return evc_cursor_bytes(c, size);
}

evc_view
evc_cursor_until(evc_cursor *c, char end)
{
    size_t left = evc_cursor_left(c);
    const uint8_t *start = left ? &c->input.data[c->at] : NULL;
    const uint8_t *found = left ? memchr(start, end, left) : NULL;
    evc_view part = evc_cursor_bytes(c, found ? (size_t)(found - start) : left);

    if (found)
        (void)evc_cursor_u8(c);
    return part;
}

void
evc_cursor_copy(evc_cursor *c, void *out, size_t size)
{
    const uint8_t *bytes = evc_cursor_take(c, size);

    if (size == 0)
        return;
    if (bytes)
        memcpy(out, bytes, size);
    else
        memset(out, 0, size);
}

bool
evc_cursor_done(const evc_cursor *c)
{
    return !c->failed && c->at == c->input.size;
}

evc_view
evc_cursor_since(const evc_cursor *c, size_t start)
{
    if (c->failed || start >= c->at)
        return evc_view_of(NULL, 0);
    return evc_view_of(&c->input.data[start], c->at - start);
}
