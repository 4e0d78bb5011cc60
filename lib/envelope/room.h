/* SPDX-License-Identifier: Apache-2.0 */
/* Where the result of a call over whole messages goes. */
#ifndef EVC_ENVELOPE_ROOM_H
#define EVC_ENVELOPE_ROOM_H

#include "base/buf.h"

/*
 * Memory of the caller, or an empty buffer that grows, with room for one byte more so
 * that evc_buf_publish() need not copy.
 */
typedef struct evc_room {
    uint8_t *memory;
    size_t capacity;
    size_t made;  /* bytes of the result; those needed when they do not fit */
    evc_buf *buf; /* NULL: memory */
    uint8_t none; /* the place of a result without bytes */
} evc_room;

evc_room evc_room_memory(void *memory, size_t capacity);
evc_room evc_room_buf(evc_buf *buf);

/* Room for size bytes, which become made. BUFFER_TOO_SMALL, NOMEM. */
int evc_room_take(evc_room *room, uint64_t size, uint8_t **at,
                  evc_error **err) EVC_MUST_CHECK;
/* The result is shorter than the room that was taken. */
void evc_room_shorten(evc_room *room, size_t size);
/* After a failure: the memory is zero and the buffer empty. made stays only where it tells
 * what is needed. */
void evc_room_clear(evc_room *room, int rc);

#endif
