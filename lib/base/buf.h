/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing byte buffer that is written at its end. A write that does not fit (memory
 * is out, or the fixed room is used up) sets `failed`, later writes do nothing: check
 * once, after a group of writes. Memory given up by growing or freeing is wiped. In a
 * grown buffer the bytes between size and capacity are zero: never lower size by hand.
 */
#ifndef EVC_BASE_BUF_H
#define EVC_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/view.h"

typedef struct envcrypt_buffer {
    uint8_t *data;
    size_t size;
    size_t capacity;
    bool fixed; /* the memory is the caller's, and there is no more */
    bool lent;  /* the memory is the caller's; what outgrows it moves to the heap */
    bool failed;
    bool misused; /* failed for the writer's fault: a length that its field cannot hold
                   */
} evc_buf;

static inline void
evc_buf_init(evc_buf *b)
{
    *b = (evc_buf){.data = NULL};
}

static inline void
evc_buf_init_fixed(evc_buf *b, void *memory, size_t capacity)
{
    *b = (evc_buf){.data = (uint8_t *)memory, .capacity = capacity, .fixed = true};
}

void evc_buf_clear(evc_buf *b); /* size 0, capacity kept, content wiped, not failed */
void evc_buf_truncate(evc_buf *b, size_t size); /* wipes what stands past size */
/* Makes room for more bytes; no more than that in an empty buffer. false: failed is
 * set. */
bool evc_buf_reserve(evc_buf *b, size_t more);

/* Begins in memory that must outlive the buffer, or its reset. */
static inline void
evc_buf_init_lent(evc_buf *b, void *memory, size_t capacity)
{
    *b = (evc_buf){.data = (uint8_t *)memory, .capacity = capacity, .lent = true};
}

void evc_buf_release(evc_buf *b); /* evc_buf_reset of one that holds memory */

/* Wipes and frees what the buffer holds; usable again, and a fixed one at its beginning. */
static inline void
evc_buf_reset(evc_buf *b)
{
    if (b->data)
        evc_buf_release(b);
    b->failed = false;
    b->misused = false;
}

/* Room for size bytes that the caller overwrites; NULL: failed is set. */
static inline uint8_t *
evc_buf_room(evc_buf *b, size_t size)
{
    uint8_t *start;

    if ((b->failed || size > b->capacity - b->size) && !evc_buf_reserve(b, size))
        return NULL;
    start = &b->data[b->size];
    b->size += size;
    return start;
}

/* Big-endian, the lowest size bytes of value. */
static inline void
evc_buf_put_number(evc_buf *b, uint64_t value, size_t size)
{
    uint8_t *start = evc_buf_room(b, size);

    for (size_t i = 0; start && i < size; i++)
        start[i] = (uint8_t)(value >> 8 * (size - 1 - i));
}

static inline void
evc_buf_put_u8(evc_buf *b, uint8_t value)
{
    evc_buf_put_number(b, value, 1);
}

static inline void
evc_buf_put_u16(evc_buf *b, uint16_t value)
{
    evc_buf_put_number(b, value, 2);
}

static inline void
evc_buf_put_u32(evc_buf *b, uint32_t value)
{
    evc_buf_put_number(b, value, 4);
}

static inline void
evc_buf_put_u64(evc_buf *b, uint64_t value)
{
    evc_buf_put_number(b, value, 8);
}

static inline void
evc_buf_put(evc_buf *b, const void *data, size_t size)
{
    uint8_t *start = size ? evc_buf_room(b, size) : NULL;

    if (start)
        memcpy(start, data, size);
}

static inline void
evc_buf_put_view(evc_buf *b, evc_view view)
{
    evc_buf_put(b, view.data, view.size);
}

void evc_buf_put_text(evc_buf *b, const char *text);
void evc_buf_put_format(evc_buf *b, const char *format, ...) EVC_PRINTF(2, 3);
void evc_buf_put_bytes16(evc_buf *b,
                         evc_view view); /* u16 length first; fails past 65,535 */
uint8_t *evc_buf_extend(evc_buf *b, size_t size); /* zeroed room at the end, or NULL */

static inline evc_view
evc_buf_view(const evc_buf *b)
{
    return evc_view_of(b->data, b->size);
}

int evc_buf_refuse(const evc_buf *b,
                   evc_error **err) EVC_MUST_CHECK; /* of a failed one */

/* 0, or stores NOMEM (grown buffer), BUFFER_TOO_SMALL (fixed one), INTERNAL (misused). */
static inline int EVC_MUST_CHECK
evc_buf_check(const evc_buf *b, evc_error **err)
{
    return b->failed ? evc_buf_refuse(b, err) : 0;
}

/*
 * The public object envcrypt_buffer is an evc_buf on the heap. Moves what b holds to a
 * new one, with a NUL after the content that is not counted; b is empty then. Who
 * reserved one byte more than the content spares a copy. Errors as evc_buf_check(),
 * INTERNAL for a fixed buffer; b keeps what it holds then.
 */
int evc_buf_publish(evc_buf *b, evc_buf **out, evc_error **err) EVC_MUST_CHECK;
void evc_buf_free(evc_buf *published); /* NULL is fine */

#endif
