/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"

#define SMALLEST 64u

void
evc_buf_release(evc_buf *b)
{
    evc_buf_clear(b);
    if (b->fixed)
        return;
    if (!b->lent) /* all zero: clear wiped the content, the rest never had any */
        evc_mem_free(b->data);
    evc_buf_init(b);
}

void
evc_buf_clear(evc_buf *b)
{
    evc_buf_truncate(b, 0);
    b->failed = false;
    b->misused = false;
}

void
evc_buf_truncate(evc_buf *b, size_t size)
{
    if (size >= b->size)
        return;
    evc_mem_wipe(&b->data[size], b->size - size);
    b->size = size;
}

/* Doubles until needed fits: n bytes written one by one are copied less than n times in
 * all. */
static size_t
next_capacity(const evc_buf *b, size_t needed)
{
    size_t capacity = b->capacity;

    if (b->size == 0)
        return needed < SMALLEST ? SMALLEST : needed;
    if (capacity < SMALLEST)
        capacity = SMALLEST;
    while (capacity < needed)
        capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    return capacity;
}

static uint8_t *
copy_lent(evc_buf *b, size_t capacity)
{
    uint8_t *data = evc_mem_new(capacity);

    if (data && b->size) {
        memcpy(data, b->data, b->size);
        evc_mem_wipe(b->data, b->size);
    }
    return data;
}

bool
evc_buf_reserve(evc_buf *b, size_t more)
{
    size_t capacity;
    uint8_t *data;

    if (b->failed)
        return false;
    if (more <= b->capacity - b->size)
        return true;
    if (b->fixed || more > SIZE_MAX - b->size) {
        b->failed = true;
        return false;
    }
    capacity = next_capacity(b, b->size + more);
    data =
        b->lent ? copy_lent(b, capacity) : evc_mem_grow(b->data, b->size, capacity, 1);
    if (!data) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->capacity = capacity;
    b->lent = false;
    return true;
}

void
evc_buf_put_text(evc_buf *b, const char *text)
{
    evc_buf_put_view(b, evc_view_text(text));
}

static void put_long_format(evc_buf *b, size_t size, const char *format, va_list args)
    EVC_PRINTF(3, 0);

/* For text that is longer than the array of its caller. */
static void
put_long_format(evc_buf *b, size_t size, const char *format, va_list args)
{
    char *text = evc_mem_new(size + 1);

    if (!text) {
        b->failed = true;
        return;
    }
    if (vsnprintf(text, size + 1, format, args) < 0)
        b->failed = true;
    evc_buf_put(b, text, size);
    evc_mem_free_wiped(text, size + 1);
}

/* Formats beside the buffer, since vsnprintf needs room for a NUL that may not be
 * there. */
void
evc_buf_put_format(evc_buf *b, const char *format, ...)
{
    char text[256];
    va_list args;
    int size;

    if (b->failed)
        return;
    va_start(args, format);
    size = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (size < 0) {
        b->failed = true;
    } else if ((size_t)size < sizeof(text)) {
        evc_buf_put(b, text, (size_t)size);
    } else {
        va_start(args, format);
        put_long_format(b, (size_t)size, format, args);
        va_end(args);
    }
    evc_mem_wipe(text, sizeof(text));
}

void
evc_buf_put_bytes16(evc_buf *b, evc_view view)
{
    if (view.size > UINT16_MAX) {
        b->misused = !b->failed;
        b->failed = true;
        return;
    }
    evc_buf_put_u16(b, (uint16_t)view.size);
    evc_buf_put_view(b, view);
}

uint8_t *
evc_buf_extend(evc_buf *b, size_t size)
{
    uint8_t *start = evc_buf_room(b, size);

    /* What the caller left there; a grown buffer has zeros. */
    if (start && (b->fixed || b->lent))
        memset(start, 0, size);
    return start;
}

int
evc_buf_refuse(const evc_buf *b, evc_error **err)
{
    if (b->misused)
        return evc_err(
            err, ENVCRYPT_E_INTERNAL,
            "a field of 16 bits was given a length past 65,535; please report");
    if (b->fixed)
        return evc_err(err, ENVCRYPT_E_BUFFER_TOO_SMALL,
                       "the output does not fit the buffer of %zu bytes", b->capacity);
    return evc_err_nomem(err);
}

int
evc_buf_publish(evc_buf *b, evc_buf **out, evc_error **err)
{
    evc_buf *published;
    int rc;

    *out = NULL;
    if (b->fixed)
        return evc_err(err, ENVCRYPT_E_INTERNAL,
                       "memory of the caller cannot be given away; please report");
    /* For the NUL; check tells when there is no room. */
    (void)evc_buf_reserve(b, b->lent ? b->capacity - b->size + 1 : 1);
    rc = evc_buf_check(b, err);
    if (rc)
        return rc;
    published = evc_mem_new(sizeof(*published));
    if (!published)
        return evc_err_nomem(err);
    *published = *b;
    evc_buf_init(b);
    *out = published;
    return 0;
}

void
evc_buf_free(evc_buf *published)
{
    if (!published)
        return;
    evc_buf_reset(published);
    evc_mem_free(published);
}
