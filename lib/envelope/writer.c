/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/writer.h"

#include <inttypes.h>

#include "base/fork.h"
#include "base/mem.h"
#include "envelope/bulk.h"
#include "envelope/first_error.h"
#include "envelope/flow.h"
#include "envelope/session.h"

enum state { OPEN, FINAL, FOOTER, DONE };

struct envcrypt_writer {
    uint64_t generation;
    evc_session session;
    evc_bulk bulk;
    evc_first_error error;
    enum state state;
    uint64_t left;     /* bytes of plaintext until the announced end */
    uint32_t sequence; /* of the next frame */
    uint8_t *frame;    /* room for head, plaintext and tag of the largest frame */
    size_t frame_room;
    size_t held;      /* bytes of plaintext in it */
    evc_cursor ready; /* message bytes that wait for room */
    uint8_t footer[EVC_FOOTER_MAX];
};

static size_t
frame_length(const evc_writer *w)
{
    return w->session.body.frame_length;
}

/* Plaintext stands where the ciphertext of a final frame does. A regular frame has a
 * shorter head and begins a little later, so that either is sealed in place. */
static uint8_t *
plain_at(const evc_writer *w)
{
    return &w->frame[EVC_FINAL_HEAD];
}

static int
open_writer(evc_writer *w, evc_keyring *keyring, const evc_config *config,
            evc_wait *wait, evc_error **err)
{
    int rc = evc_session_begin_write(&w->session, keyring, config, config->length_bound,
                                     wait, err);

    if (rc)
        return rc;
    w->frame_room = frame_length(w) + EVC_FINAL_OVERHEAD;
    w->frame = evc_mem_new(w->frame_room);
    if (!w->frame)
        return evc_err_nomem(err);
    evc_bulk_init(&w->bulk, &w->session, config->threads, NULL, NULL);
    w->left = config->length_bound;
    w->sequence = 1;
    w->ready = evc_cursor_of_view(evc_buf_view(&w->session.header_bytes));
    return 0;
}

int
evc_writer_open(evc_keyring *keyring, const evc_config *config, evc_wait *wait,
                evc_writer **out, evc_error **err)
{
    evc_writer *w = evc_mem_new(sizeof *w);
    int rc;

    *out = NULL;
    if (!w)
        return evc_err_nomem(err);
    w->generation = evc_fork_generation();
    rc = open_writer(w, keyring, config, wait, err);
    if (rc)
        evc_writer_free(w);
    else
        *out = w;
    return rc;
}

void
evc_writer_free(evc_writer *w)
{
    if (!w)
        return;
    evc_bulk_end(&w->bulk);
    evc_session_end(&w->session);
    evc_mem_free_wiped(w->frame, w->frame_room);
    evc_mem_free(w);
}

/* Seals what is held, into the output where it has room for it, else in place. */
static int
emit(evc_writer *w, evc_flow *flow, bool final, evc_error **err)
{
    size_t overhead = final ? EVC_FINAL_OVERHEAD : EVC_FRAME_OVERHEAD;
    size_t size = w->held + overhead;
    uint8_t *at = evc_flow_take_room(flow, size);
    bool waits = !at;
    int rc;

    if (waits)
        at = &w->frame[EVC_FINAL_OVERHEAD - overhead];
    rc = evc_frame_seal(w->session.gcm, &w->session.body, w->sequence, final,
                        evc_view_of(plain_at(w), w->held), at, err);
    if (!rc)
        rc = evc_signature_add(&w->session.signature, evc_view_of(at, size), err);
    if (waits)
        w->ready = evc_cursor_of(at, size);
    w->sequence++;
    w->held = 0;
    return rc;
}

/* Whole frames straight from input to output, but for the last of the input. */
static int
seal_directly(evc_writer *w, evc_flow *flow, bool *sealed, evc_error **err)
{
    size_t sealed_size = frame_length(w) + EVC_FRAME_OVERHEAD;
    size_t frames = (evc_cursor_left(&flow->in) - 1) / frame_length(w);
    size_t room = evc_flow_room(flow) / sealed_size;
    evc_view plain;
    uint8_t *at;
    int rc;

    if (frames > room)
        frames = room;
    *sealed = frames > 0;
    if (!*sealed)
        return 0;
    plain = evc_cursor_bytes(&flow->in, frames * frame_length(w));
    at = evc_flow_take_room(flow, frames * sealed_size);
    rc = evc_bulk_seal(&w->bulk, w->sequence, plain, at, err);
    if (!rc)
        rc = evc_signature_add(&w->session.signature,
                               evc_view_of(at, frames * sealed_size), err);
    w->sequence += (uint32_t)frames;
    return rc;
}

/* Takes some input. */
static int
take(evc_writer *w, evc_flow *flow, evc_error **err)
{
    bool sealed = false;
    int rc = 0;

    if (w->held == frame_length(w))
        return emit(w, flow, false, err);
    if (w->held == 0)
        rc = seal_directly(w, flow, &sealed, err);
    if (!rc && !sealed)
        (void)evc_flow_collect(flow, plain_at(w), &w->held, frame_length(w));
    return rc;
}

static int
process(evc_writer *w, evc_flow *flow, evc_error **err)
{
    int rc = 0;

    if (w->state != OPEN)
        return evc_err(
            err, ENVCRYPT_E_STATE,
            "plaintext came after the message was finished; begin a new one");
    if (evc_cursor_left(&flow->in) > w->left)
        return evc_err(err, ENVCRYPT_E_LIMIT_LENGTH,
                       "the plaintext is longer than the length that was announced, by "
                       "%" PRIu64 " bytes at least; announce more",
                       (uint64_t)evc_cursor_left(&flow->in) - w->left);
    while (!rc && evc_flow_give(flow, &w->ready) && evc_cursor_left(&flow->in) > 0)
        rc = take(w, flow, err);
    if (w->left != UINT64_MAX)
        w->left -= flow->in.at;
    return rc;
}

static int
finish(evc_writer *w, evc_flow *flow, bool *done, evc_error **err)
{
    size_t size;
    int rc = 0;

    if (w->state == OPEN)
        w->state = FINAL;
    while (!rc && evc_flow_give(flow, &w->ready) && w->state != DONE) {
        if (w->state == FINAL) {
            rc = emit(w, flow, true, err);
            w->state = FOOTER;
        } else {
            rc = evc_signature_sign(&w->session.signature, w->footer, &size, err);
            w->ready = evc_cursor_of(w->footer, size);
            w->state = DONE;
        }
    }
    *done = w->state == DONE && evc_cursor_left(&w->ready) == 0;
    return rc;
}

static int
fail(evc_writer *w, int rc, void *out, size_t capacity, evc_error **err)
{
    if (out)
        evc_mem_wipe(out, capacity);
    return evc_first_error_keep(&w->error, rc, err);
}

int
evc_writer_process(evc_writer *w, evc_view in, size_t *used, void *out, size_t capacity,
                   size_t *made, evc_error **err)
{
    evc_flow flow;
    int rc = evc_fork_check(w->generation, "writer", err);

    *used = 0;
    *made = 0;
    if (rc)
        return rc;
    rc = evc_first_error_again(&w->error, err);
    if (rc)
        return rc;
    evc_flow_init(&flow, in, out, capacity);
    rc = process(w, &flow, err);
    if (rc)
        return fail(w, rc, out, capacity, err);
    *used = flow.in.at;
    *made = flow.made;
    return 0;
}

int
evc_writer_finish(evc_writer *w, void *out, size_t capacity, size_t *made, bool *done,
                  evc_error **err)
{
    evc_flow flow;
    int rc = evc_fork_check(w->generation, "writer", err);

    *made = 0;
    *done = false;
    if (rc)
        return rc;
    rc = evc_first_error_again(&w->error, err);
    if (rc)
        return rc;
    evc_flow_init(&flow, evc_view_of(NULL, 0), out, capacity);
    rc = finish(w, &flow, done, err);
    if (rc) {
        *done = false;
        return fail(w, rc, out, capacity, err);
    }
    *made = flow.made;
    return 0;
}

size_t
evc_writer_header_size(const evc_writer *w)
{
    return w->session.header_bytes.size;
}
