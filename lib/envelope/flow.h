/* SPDX-License-Identifier: Apache-2.0 */
/* One call of a stream: the input that is left, and the room for output. */
#ifndef EVC_ENVELOPE_FLOW_H
#define EVC_ENVELOPE_FLOW_H

#include "base/view.h"

typedef struct evc_flow {
    evc_cursor in;
    uint8_t *out;
    size_t capacity;
    size_t made;
} evc_flow;

void evc_flow_init(evc_flow *flow, evc_view in, void *out, size_t capacity);
size_t evc_flow_room(const evc_flow *flow);
/* The place of the next size bytes of output, which the caller writes; NULL and nothing
 * taken when they do not fit, or size is 0. */
uint8_t *evc_flow_take_room(evc_flow *flow, size_t size);
/* Copies what fits of ready to the output; true when nothing of it is left. */
bool evc_flow_give(evc_flow *flow, evc_cursor *ready);
/* Copies input to memory that holds *have bytes, until it holds need; true when it
 * does. */
bool evc_flow_collect(evc_flow *flow, uint8_t *memory, size_t *have, size_t need);

#endif
