/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/whole.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "envelope/bulk.h"
#include "envelope/session.h"

static evc_view
slice(evc_view of, size_t at, size_t size)
{
    return evc_view_of(size ? &of.data[at] : NULL, size);
}

/* -- encrypt ---------------------------------------------------------------------- */

/* Regular frames at once, then the final one; returns where it ends through *size. */
static int
seal_body(evc_session *s, evc_bulk *bulk, evc_view plain, uint8_t *out, evc_error **err)
{
    size_t length = s->body.frame_length;
    uint64_t regular = evc_body_frames(s->body.frame_length, plain.size) - 1;
    size_t head = (size_t)regular * length;
    uint8_t *final = &out[(size_t)regular * (length + EVC_FRAME_OVERHEAD)];
    int rc = 0;

    if (regular)
        rc = evc_bulk_seal(bulk, 1, slice(plain, 0, head), out, err);
    if (!rc)
        rc = evc_frame_seal(s->gcm, &s->body, (uint32_t)regular + 1, true,
                            slice(plain, head, plain.size - head), final, err);
    return rc;
}

static int
seal_message(evc_session *s, evc_bulk *bulk, evc_view plain, evc_room *room,
             evc_error **err)
{
    uint64_t body_size = evc_body_size(s->body.frame_length, plain.size);
    size_t footer_size = evc_signature_footer_size(s->header.suite);
    size_t header_size = s->header_bytes.size;
    uint8_t footer[EVC_FOOTER_MAX];
    size_t signed_size = 0;
    uint8_t *out;
    uint8_t *body;
    int rc = evc_room_take(room, header_size + body_size + footer_size, &out, err);

    if (rc)
        return rc;
    memcpy(out, s->header_bytes.data, header_size);
    body = &out[header_size];
    rc = seal_body(s, bulk, plain, body, err);
    if (!rc)
        rc =
            evc_signature_add(&s->signature, evc_view_of(body, (size_t)body_size), err);
    if (!rc)
        rc = evc_signature_sign(&s->signature, footer, &signed_size, err);
    if (rc)
        return rc;
    if (signed_size != footer_size)
        return evc_err(err, ENVCRYPT_E_INTERNAL,
                       "a signature has %zu bytes and %zu were expected; please report",
                       signed_size, footer_size);
    if (footer_size)
        memcpy(&body[(size_t)body_size], footer, footer_size);
    return 0;
}

int
evc_whole_encrypt(evc_keyring *keyring, const evc_config *config, evc_view plain,
                  evc_wait *wait, evc_room *room, evc_error **err)
{
    EVC_UNSET evc_session session;
    evc_progress progress;
    evc_bulk bulk;
    int rc;

    room->made = 0;
    evc_session_init(&session);
    rc = evc_session_begin_write(&session, keyring, config, plain.size, wait, err);
    if (!rc) {
        evc_progress_begin(&progress, config, &evc_crypto_env(session.crypto)->clock,
                           plain.size);
        evc_bulk_init(&bulk, &session, config->threads, wait, &progress);
        rc = seal_message(&session, &bulk, plain, room, err);
        evc_bulk_end(&bulk);
    }
    evc_session_end(&session);
    if (rc)
        evc_room_clear(room, rc);
    return rc;
}

uint64_t
evc_whole_bound(const evc_config *config, uint64_t plain_size)
{
    uint64_t body = evc_body_size(evc_config_frame_length(config), plain_size);
    uint64_t rest =
        config->max_header + evc_signature_footer_size(evc_config_suite(config));

    return body > UINT64_MAX - rest ? UINT64_MAX : body + rest;
}

/* -- decrypt ---------------------------------------------------------------------- */

/* What stands where in a message that was not decrypted yet. */
typedef struct layout {
    evc_view body;
    evc_view regular; /* whole regular frames */
    evc_frame final;
    evc_view final_bytes;
    evc_view footer;
    uint64_t plain_size;
} layout;

static int
truncated(evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_TRUNCATED,
                   "the message ends too early; its end is missing");
}

/* Walks the heads of the frames, so that a body that is not whole is refused before
 * anything is decrypted, and the size of the plaintext is known. */
static int
find_frames(const evc_session *s, evc_cursor *c, layout *l, evc_error **err)
{
    size_t start = c->at;
    uint32_t sequence = 1;
    bool more;

    for (;;) {
        evc_cursor rest = *c;
        evc_view left = evc_cursor_bytes(&rest, evc_cursor_left(c));
        int rc =
            evc_frame_read(left, &s->body, sequence, UINT64_MAX, &l->final, &more, err);

        if (rc)
            return rc;
        if (more || l->final.size > left.size)
            return truncated(err);
        if (l->final.final)
            break;
        (void)evc_cursor_bytes(c, (size_t)l->final.size);
        sequence++;
    }
    l->regular = evc_cursor_since(c, start);
    l->final_bytes = evc_cursor_bytes(c, (size_t)l->final.size);
    l->body = evc_cursor_since(c, start);
    l->plain_size = (uint64_t)(sequence - 1) * s->body.frame_length + l->final.content;
    return 0;
}

static int
find_footer(const evc_session *s, evc_cursor *c, layout *l, evc_error **err)
{
    evc_cursor peek = *c;
    size_t needs;

    if (s->header.suite->is_signed) {
        needs =
            evc_signature_footer_needs(evc_cursor_bytes(&peek, evc_cursor_left(&peek)));
        l->footer = evc_cursor_bytes(c, needs);
        if (c->failed)
            return truncated(err);
    }
    if (evc_cursor_left(c) == 0)
        return 0;
    return evc_err(err, ENVCRYPT_E_TRAILING,
                   "%zu bytes follow the end of the message; pass the message alone",
                   evc_cursor_left(c));
}

static int
open_body(evc_session *s, evc_bulk *bulk, const layout *l, uint8_t *out,
          evc_error **err)
{
    size_t final_at = (size_t)(l->plain_size - l->final.content);
    int rc = 0;

    if (l->regular.size)
        rc = evc_bulk_open(bulk, 1, l->regular, out, err);
    if (!rc)
        rc = evc_frame_open(s->gcm, &s->body, &l->final, l->final_bytes, &out[final_at],
                            err);
    if (!rc)
        rc = evc_signature_add(&s->signature, l->body, err);
    if (!rc)
        rc = evc_signature_verify(&s->signature, l->footer, err);
    return rc;
}

static int
open_message(evc_session *s, const evc_config *config, evc_view message, evc_wait *wait,
             evc_room *room, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(message);
    evc_progress progress;
    evc_bulk bulk;
    layout l = {0};
    uint8_t *out;
    int rc;

    (void)evc_cursor_bytes(&c, s->header.size);
    rc = find_frames(s, &c, &l, err);
    if (!rc)
        rc = find_footer(s, &c, &l, err);
    if (!rc)
        rc = evc_room_take(room, l.plain_size, &out, err);
    if (rc)
        return rc;
    evc_progress_begin(&progress, config, &evc_crypto_env(s->crypto)->clock,
                       l.plain_size);
    evc_bulk_init(&bulk, s, config->threads, wait, &progress);
    rc = open_body(s, &bulk, &l, out, err);
    evc_bulk_end(&bulk);
    return rc;
}

int
evc_whole_decrypt(evc_keyring *keyring, const evc_config *config, evc_view message,
                  evc_wait *wait, evc_room *room, evc_info **info, evc_error **err)
{
    unsigned accept = EVC_ACCEPT_UNFRAMED;
    EVC_UNSET evc_session session;
    bool more;
    int rc;

    room->made = 0;
    if (info)
        *info = NULL;
    if (evc_config_allows_signed(config, true))
        accept |= EVC_ACCEPT_SIGNED;
    evc_session_init(&session);
    rc = evc_session_begin_read(&session, keyring, config, accept, message, wait, &more,
                                err);
    if (!rc && more)
        rc = truncated(err);
    if (!rc)
        rc = open_message(&session, config, message, wait, room, err);
    if (!rc && info)
        rc = evc_info_from_header(&session.header, evc_session_context(&session), true,
                                  info, err);
    evc_session_end(&session);
    if (rc)
        evc_room_clear(room, rc);
    return rc;
}
