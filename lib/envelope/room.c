/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/room.h"

#include "base/mem.h"

evc_room
evc_room_memory(void *memory, size_t capacity)
{
    return (evc_room){.memory = memory, .capacity = capacity};
}

evc_room
evc_room_buf(evc_buf *buf)
{
    return (evc_room){.buf = buf};
}

int
evc_room_take(evc_room *room, uint64_t size, uint8_t **at, evc_error **err)
{
    if (size > SIZE_MAX - 1)
        return evc_err_nomem(err);
    room->made = (size_t)size;
    *at = room->memory ? room->memory : &room->none;
    if (!room->buf && size <= room->capacity)
        return 0;
    if (!room->buf)
        return evc_err(err, ENVCRYPT_E_BUFFER_TOO_SMALL,
                       "the result has %zu bytes and the buffer %zu; pass a larger one",
                       room->made, room->capacity);
    (void)evc_buf_reserve(room->buf, room->made + 1);
    *at = evc_buf_extend(room->buf, room->made);
    return evc_buf_check(room->buf, err);
}

void
evc_room_shorten(evc_room *room, size_t size)
{
    if (room->buf)
        evc_buf_truncate(room->buf, size);
    room->made = size;
}

void
evc_room_clear(evc_room *room, int rc)
{
    if (rc != ENVCRYPT_E_BUFFER_TOO_SMALL)
        room->made = 0;
    if (room->buf)
        evc_buf_reset(room->buf);
    else if (room->memory)
        evc_mem_wipe(room->memory, room->capacity);
}
