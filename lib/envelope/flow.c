/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/flow.h"

static size_t
smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

void
evc_flow_init(evc_flow *flow, evc_view in, void *out, size_t capacity)
{
    *flow = (evc_flow){
        .in = evc_cursor_of_view(in),
        .out = out,
        .capacity = capacity,
    };
}

size_t
evc_flow_room(const evc_flow *flow)
{
    return flow->capacity - flow->made;
}

uint8_t *
evc_flow_take_room(evc_flow *flow, size_t size)
{
    uint8_t *at;

    if (size == 0 || size > evc_flow_room(flow))
        return NULL;
    at = &flow->out[flow->made];
    flow->made += size;
    return at;
}

bool
evc_flow_give(evc_flow *flow, evc_cursor *ready)
{
    size_t size = smaller(evc_cursor_left(ready), evc_flow_room(flow));
    uint8_t *at = evc_flow_take_room(flow, size);

    if (at)
        evc_cursor_copy(ready, at, size);
    return evc_cursor_left(ready) == 0;
}

bool
evc_flow_collect(evc_flow *flow, uint8_t *memory, size_t *have, size_t need)
{
    size_t size = smaller(evc_cursor_left(&flow->in), need - *have);

    if (size) {
        evc_cursor_copy(&flow->in, &memory[*have], size);
        *have += size;
    }
    return *have == need;
}
