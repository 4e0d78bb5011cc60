/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of the Protocol Buffers encoding (protobuf.dev, "Encoding") that a few flat
 * messages need: varints and length-delimited fields. Fields of other numbers and wire
 * types are told, so that who reads can pass over them; groups are malformed.
 */
#ifndef EVC_CODEC_PROTOBUF_H
#define EVC_CODEC_PROTOBUF_H

#include "base/buf.h"
#include "base/view.h"

typedef enum evc_pb_wire {
    EVC_PB_VARINT = 0,
    EVC_PB_FIXED64 = 1,
    EVC_PB_BYTES = 2,
    EVC_PB_FIXED32 = 5
} evc_pb_wire;

typedef struct evc_pb_field {
    uint32_t number; /* 1 to 2^29 - 1 */
    evc_pb_wire wire;
    uint64_t value; /* of VARINT and the fixed ones */
    evc_view bytes; /* of BYTES; borrowed from the input */
} evc_pb_field;

/*
 * Reads the next field. False at the end, and when what follows is malformed (a varint past
 * 64 bits or not ended, number 0, a length past the end, a group): then c->failed is set.
 */
bool evc_pb_next(evc_cursor *c, evc_pb_field *out);

void evc_pb_put_varint(evc_buf *b, uint32_t number, uint64_t value);
void evc_pb_put_bytes(evc_buf *b, uint32_t number, evc_view bytes);
/* Bytes that such a field takes. */
size_t evc_pb_size_varint(uint32_t number, uint64_t value);
size_t evc_pb_size_bytes(uint32_t number, size_t size);

#endif
