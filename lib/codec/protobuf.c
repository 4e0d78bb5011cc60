/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/protobuf.h"

#define MAX_NUMBER ((1u << 29) - 1)

/* Seven bits a byte, the lowest first; a set top bit says that more follow. */
static uint64_t
read_varint(evc_cursor *c)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = evc_cursor_u8(c);

        if (shift == 63 && byte > 1) /* bits past the 64th, or a byte too many */
            break;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    c->failed = true;
    return 0;
}

static uint64_t
read_fixed(evc_cursor *c, size_t size)
{
    evc_cursor bytes = evc_cursor_of_view(evc_cursor_bytes(c, size));
    uint64_t value = 0;

    for (unsigned shift = 0; evc_cursor_left(&bytes) > 0; shift += 8)
        value |= (uint64_t)evc_cursor_u8(&bytes) << shift;
    return value;
}

static evc_view
read_bytes(evc_cursor *c)
{
    uint64_t size = read_varint(c);

    if (size > evc_cursor_left(c)) {
        c->failed = true;
        return evc_view_of(NULL, 0);
    }
    return evc_cursor_bytes(c, (size_t)size);
}

bool
evc_pb_next(evc_cursor *c, evc_pb_field *out)
{
    uint64_t tag;

    *out = (evc_pb_field){0};
    if (evc_cursor_left(c) == 0)
        return false;
    tag = read_varint(c);
    if (tag >> 3 < 1 || tag >> 3 > MAX_NUMBER) {
        c->failed = true;
        return false;
    }
    out->number = (uint32_t)(tag >> 3);
    out->wire = (evc_pb_wire)(tag & 7);
    switch (out->wire) {
    case EVC_PB_VARINT:
        out->value = read_varint(c);
        break;
    case EVC_PB_FIXED64:
        out->value = read_fixed(c, 8);
        break;
    case EVC_PB_BYTES:
        out->bytes = read_bytes(c);
        break;
    case EVC_PB_FIXED32:
        out->value = read_fixed(c, 4);
        break;
    default: /* 3 and 4 are groups, 6 and 7 mean nothing */
        c->failed = true;
    }
    if (c->failed)
        *out = (evc_pb_field){0};
    return !c->failed;
}

static void
put_varint(evc_buf *b, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        evc_buf_put_u8(b, (uint8_t)(0x80 | (value & 0x7f)));
    evc_buf_put_u8(b, (uint8_t)value);
}

static size_t
size_varint(uint64_t value)
{
    size_t size = 1;

    for (; value >= 0x80; value >>= 7)
        size++;
    return size;
}

static uint64_t
tag_of(uint32_t number, evc_pb_wire wire)
{
    return (uint64_t)number << 3 | (uint64_t)wire;
}

void
evc_pb_put_varint(evc_buf *b, uint32_t number, uint64_t value)
{
    put_varint(b, tag_of(number, EVC_PB_VARINT));
    put_varint(b, value);
}

void
evc_pb_put_bytes(evc_buf *b, uint32_t number, evc_view bytes)
{
    put_varint(b, tag_of(number, EVC_PB_BYTES));
    put_varint(b, bytes.size);
    evc_buf_put_view(b, bytes);
}

size_t
evc_pb_size_varint(uint32_t number, uint64_t value)
{
    return size_varint(tag_of(number, EVC_PB_VARINT)) + size_varint(value);
}

size_t
evc_pb_size_bytes(uint32_t number, size_t size)
{
    return size_varint(tag_of(number, EVC_PB_BYTES)) + size_varint(size) + size;
}
