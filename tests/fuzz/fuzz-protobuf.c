/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields are read to the end or to a failure; what was read, written again, reads the same.
 * A field of fixed size is passed over: nothing writes one.
 */
#include "codec/protobuf.h"
#include "fuzz.h"

static void
write_field(evc_buf *out, const evc_pb_field *field)
{
    size_t before = out->size;

    if (field->wire == EVC_PB_VARINT) {
        evc_pb_put_varint(out, field->number, field->value);
        FUZZ_DEMAND(out->size - before ==
                    evc_pb_size_varint(field->number, field->value));
    } else if (field->wire == EVC_PB_BYTES) {
        evc_pb_put_bytes(out, field->number, field->bytes);
        FUZZ_DEMAND(out->size - before ==
                    evc_pb_size_bytes(field->number, field->bytes.size));
    }
}

static bool
is_written(const evc_pb_field *field)
{
    return field->wire == EVC_PB_VARINT || field->wire == EVC_PB_BYTES;
}

static bool
next_written(evc_cursor *c, evc_pb_field *field)
{
    while (evc_pb_next(c, field)) {
        if (is_written(field))
            return true;
    }
    return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    evc_cursor first = evc_cursor_of(data, size);
    evc_cursor second;
    evc_pb_field field;
    evc_pb_field again;
    evc_buf out;

    evc_buf_init(&out);
    while (next_written(&first, &field))
        write_field(&out, &field);
    FUZZ_DEMAND(!out.failed && out.size <= size);
    FUZZ_DEMAND(first.failed || evc_cursor_done(&first));
    first = evc_cursor_of(data, size);
    second = evc_cursor_of_view(evc_buf_view(&out));
    while (next_written(&second, &again)) {
        FUZZ_DEMAND(next_written(&first, &field));
        FUZZ_DEMAND(field.number == again.number && field.wire == again.wire);
        FUZZ_DEMAND(field.value == again.value);
        FUZZ_DEMAND(evc_view_equal(field.bytes, again.bytes));
    }
    FUZZ_DEMAND(evc_cursor_done(&second) && !next_written(&first, &field));
    evc_buf_reset(&out);
    return 0;
}
