/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/reader.h"

#include <string.h>

#include "base/fork.h"
#include "base/mem.h"
#include "envelope/bulk.h"
#include "envelope/first_error.h"
#include "envelope/flow.h"
#include "envelope/session.h"

#define MARKER 4u /* bytes that tell a final frame from a regular one */

enum state { HEADER, BODY, FOOTER, END };

struct envcrypt_reader {
    uint64_t generation;
    evc_keyring *keyring;
    evc_config config;
    unsigned accept;
    evc_first_error error;
    enum state state;
    bool finished;

    evc_header_scan scan;
    evc_buf header; /* empty once it was read */
    evc_info *info;
    evc_session session;
    evc_bulk bulk;

    uint32_t sequence; /* of the next frame */
    uint8_t *frame;    /* a frame that comes in pieces, decrypted in place */
    size_t frame_room;
    size_t have;      /* bytes in it */
    size_t need;      /* bytes without which it cannot go on */
    evc_cursor ready; /* plaintext that may be given */
    evc_cursor held;  /* plaintext that the signature must free */

    uint8_t footer[EVC_FOOTER_MAX];
    size_t footer_have;
};

int
evc_reader_open(evc_keyring *keyring, const evc_config *config, bool allow_signed,
                evc_reader **out, evc_error **err)
{
    evc_reader *r = evc_mem_new(sizeof *r);
    int rc;

    *out = NULL;
    if (!r)
        return evc_err_nomem(err);
    r->generation = evc_fork_generation();
    evc_header_scan_init(&r->scan);
    evc_config_init(&r->config);
    rc = evc_config_copy(&r->config, config, err);
    if (rc) {
        evc_mem_free(r);
        return rc;
    }
    if (keyring)
        r->keyring = evc_keyring_ref(keyring);
    r->accept = EVC_ACCEPT_UNFRAMED;
    if (evc_config_allows_signed(config, allow_signed))
        r->accept |= EVC_ACCEPT_SIGNED;
    *out = r;
    return 0;
}

void
evc_reader_free(evc_reader *r)
{
    if (!r)
        return;
    evc_bulk_end(&r->bulk);
    evc_session_end(&r->session);
    evc_info_free(r->info);
    evc_buf_reset(&r->header);
    evc_config_reset(&r->config);
    if (r->keyring)
        evc_keyring_unref(r->keyring);
    evc_mem_free_wiped(r->frame, r->frame_room);
    evc_mem_free(r);
}

const evc_info *
evc_reader_info(const evc_reader *r)
{
    return r->info;
}

/* -- header ----------------------------------------------------------------------- */

static int
grow_frame(evc_reader *r, size_t size, evc_error **err)
{
    uint8_t *frame = evc_mem_grow(r->frame, r->frame_room, size, 1);

    if (!frame)
        return evc_err_nomem(err);
    r->frame = frame;
    r->frame_room = size;
    return 0;
}

static int
begin(evc_reader *r, evc_wait *wait, evc_error **err)
{
    const evc_body *body = &r->session.body;
    bool more;
    int rc = evc_session_begin_read(&r->session, r->keyring, &r->config, r->accept,
                                    evc_buf_view(&r->header), wait, &more, err);

    if (!rc && more)
        rc = evc_err(err, ENVCRYPT_E_INTERNAL,
                     "a header ends behind where it was found to end; please report");
    if (!rc)
        rc = evc_info_from_header(&r->session.header, evc_session_context(&r->session),
                                  true, &r->info, err);
    if (rc)
        return rc;
    evc_bulk_init(&r->bulk, &r->session, r->config.threads, NULL, NULL);
    r->state = BODY;
    r->sequence = 1;
    r->need = body->frame_length ? MARKER : EVC_UNFRAMED_HEAD;
    return grow_frame(r,
                      body->frame_length
                          ? (size_t)body->frame_length + EVC_FINAL_OVERHEAD
                          : EVC_UNFRAMED_HEAD,
                      err);
}

/* Takes what the header is known to need and no more, so that the buffer never holds a
 * byte of the body. */
static int
take_header(evc_reader *r, evc_flow *flow, evc_wait *wait, evc_error **err)
{
    size_t size = r->scan.need - r->header.size;
    bool more = false;
    int rc;

    if (size > evc_cursor_left(&flow->in))
        size = evc_cursor_left(&flow->in);
    evc_buf_put_view(&r->header, evc_cursor_bytes(&flow->in, size));
    rc = evc_buf_check(&r->header, err);
    if (!rc)
        rc = evc_header_scan_run(&r->scan, evc_buf_view(&r->header), &r->config, &more,
                                 err);
    if (rc || more)
        return rc;
    rc = begin(r, wait, err);
    evc_buf_reset(&r->header);
    return rc;
}

/* -- body ------------------------------------------------------------------------- */

/* How many whole regular frames stand at the beginning of what is left of the input,
 * and have room in the output. */
static size_t
count_regular(const evc_reader *r, const evc_flow *flow)
{
    size_t length = r->session.body.frame_length;
    size_t size = length + EVC_FRAME_OVERHEAD;
    size_t most = evc_flow_room(flow) / length;
    evc_cursor c = flow->in;
    size_t count = 0;

    while (count < most && evc_cursor_left(&c) >= size) {
        evc_cursor frame = evc_cursor_of_view(evc_cursor_bytes(&c, size));

        if (evc_cursor_u32(&frame) == EVC_FRAME_FINAL)
            break;
        count++;
    }
    return count;
}

/* Whole frames straight from input to output. */
static int
open_directly(evc_reader *r, evc_flow *flow, bool *opened, evc_error **err)
{
    size_t length = r->session.body.frame_length;
    size_t count = length ? count_regular(r, flow) : 0;
    evc_view frames;
    int rc;

    *opened = count > 0;
    if (!*opened)
        return 0;
    frames = evc_cursor_bytes(&flow->in, count * (length + EVC_FRAME_OVERHEAD));
    rc = evc_signature_add(&r->session.signature, frames, err);
    if (!rc)
        rc = evc_bulk_open(&r->bulk, r->sequence, frames,
                           evc_flow_take_room(flow, count * length), err);
    r->sequence += (uint32_t)count;
    return rc;
}

/* Opens the frame that was collected: to the output where it has room, else in place.
 */
static int
open_collected(evc_reader *r, evc_flow *flow, const evc_frame *frame, evc_error **err)
{
    evc_view bytes = evc_view_of(r->frame, r->have);
    bool hold = frame->final && r->session.header.suite->is_signed;
    size_t content = (size_t)frame->content;
    uint8_t *at = hold ? NULL : evc_flow_take_room(flow, content);
    bool waits = !at;
    int rc = evc_signature_add(&r->session.signature, bytes, err);

    if (waits)
        at = &r->frame[frame->head];
    if (!rc)
        rc = evc_frame_open(r->session.gcm, &r->session.body, frame, bytes, at, err);
    if (rc)
        return rc;
    if (hold)
        r->held = evc_cursor_of(at, content);
    else if (waits)
        r->ready = evc_cursor_of(at, content);
    r->sequence++;
    r->have = 0;
    r->need = MARKER;
    if (frame->final)
        r->state = hold ? FOOTER : END;
    return 0;
}

/* Takes bytes of a frame that is not whole in the input, or has no room in the output.
 */
static int
collect(evc_reader *r, evc_flow *flow, evc_error **err)
{
    const evc_body *body = &r->session.body;
    uint64_t most = body->frame_length ? UINT64_MAX : r->config.max_frame;
    evc_frame frame;
    bool more;
    int rc;

    if (!evc_flow_collect(flow, r->frame, &r->have, r->need))
        return 0;
    rc = evc_frame_read(evc_view_of(r->frame, r->have), body, r->sequence, most, &frame,
                        &more, err);
    if (rc)
        return rc;
    if (more) {
        r->need = frame.head;
        return 0;
    }
    if (r->have == frame.size)
        return open_collected(r, flow, &frame, err);
    if (frame.size > SIZE_MAX - 1) /* of an unframed body, with 32 bits */
        return evc_err_nomem(err);
    r->need = (size_t)frame.size;
    return r->need > r->frame_room ? grow_frame(r, r->need, err) : 0;
}

static int
take_body(evc_reader *r, evc_flow *flow, evc_error **err)
{
    bool opened = false;
    int rc = 0;

    if (r->have == 0)
        rc = open_directly(r, flow, &opened, err);
    return rc || opened ? rc : collect(r, flow, err);
}

/* -- end -------------------------------------------------------------------------- */

static int
take_footer(evc_reader *r, evc_flow *flow, evc_error **err)
{
    evc_view footer = evc_view_of(r->footer, r->footer_have);
    size_t need = evc_signature_footer_needs(footer);
    int rc;

    if (need <= sizeof r->footer) { /* else it is none, as the verification says */
        (void)evc_flow_collect(flow, r->footer, &r->footer_have, need);
        footer = evc_view_of(r->footer, r->footer_have);
        if (footer.size < evc_signature_footer_needs(footer))
            return 0;
    }
    rc = evc_signature_verify(&r->session.signature, footer, err);
    if (rc)
        return rc;
    r->ready = r->held;
    r->state = END;
    return 0;
}

static int
take(evc_reader *r, evc_flow *flow, evc_wait *wait, evc_error **err)
{
    switch (r->state) {
    case HEADER:
        return take_header(r, flow, wait, err);
    case BODY:
        return take_body(r, flow, err);
    case FOOTER:
        return take_footer(r, flow, err);
    default:
        return evc_err(err, ENVCRYPT_E_TRAILING,
                       "bytes follow the end of the message; pass the message alone");
    }
}

static int
process(evc_reader *r, evc_flow *flow, evc_wait *wait, evc_error **err)
{
    int rc = 0;

    if (r->finished)
        return evc_err(err, ENVCRYPT_E_STATE,
                       "message bytes came after the end was declared; begin a new "
                       "reader");
    r->bulk.wait = wait;
    while (!rc && evc_flow_give(flow, &r->ready) && evc_cursor_left(&flow->in) > 0)
        rc = take(r, flow, wait, err);
    r->bulk.wait = NULL;
    return rc;
}

static int
finish(evc_reader *r, evc_flow *flow, bool *done, evc_error **err)
{
    r->finished = true;
    if (!evc_flow_give(flow, &r->ready))
        return 0;
    if (r->state != END)
        return evc_err(err, ENVCRYPT_E_TRUNCATED,
                       "the message ends too early; its end is missing");
    *done = true;
    return 0;
}

static int
fail(evc_reader *r, int rc, void *out, size_t capacity, evc_error **err)
{
    if (out)
        evc_mem_wipe(out, capacity);
    return evc_first_error_keep(&r->error, rc, err);
}

int
evc_reader_process(evc_reader *r, evc_view in, size_t *used, void *out, size_t capacity,
                   size_t *made, evc_wait *wait, evc_error **err)
{
    evc_flow flow;
    int rc = evc_fork_check(r->generation, "reader", err);

    *used = 0;
    *made = 0;
    if (!rc)
        rc = evc_first_error_again(&r->error, err);
    if (rc) {
        if (out)
            evc_mem_wipe(out, capacity);
        return rc;
    }
    evc_flow_init(&flow, in, out, capacity);
    rc = process(r, &flow, wait, err);
    if (rc)
        return fail(r, rc, out, capacity, err);
    *used = flow.in.at;
    *made = flow.made;
    return 0;
}

int
evc_reader_finish(evc_reader *r, void *out, size_t capacity, size_t *made, bool *done,
                  evc_error **err)
{
    evc_flow flow;
    int rc = evc_fork_check(r->generation, "reader", err);

    *made = 0;
    *done = false;
    if (!rc)
        rc = evc_first_error_again(&r->error, err);
    if (rc) {
        if (out)
            evc_mem_wipe(out, capacity);
        return rc;
    }
    evc_flow_init(&flow, evc_view_of(NULL, 0), out, capacity);
    rc = finish(r, &flow, done, err);
    if (rc)
        return fail(r, rc, out, capacity, err);
    *made = flow.made;
    return 0;
}

evc_info *
evc_reader_take_info(evc_reader *r)
{
    evc_info *info = r->info;

    r->info = NULL;
    return info;
}
