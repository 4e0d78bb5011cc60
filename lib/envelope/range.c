/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/range.h"

#include <inttypes.h>
#include <string.h>

#include "base/fork.h"
#include "base/mem.h"
#include "envelope/session.h"

#define FIRST_READ ((size_t)4096) /* most headers are shorter */
#define RUN ((size_t)256 * 1024)  /* bytes of frames that are fetched at once */
#define NOTHING UINT64_MAX
#define SIGNATURE_MIN 8u /* of two integers of one byte in DER */

struct envcrypt_range {
    uint64_t generation;
    evc_source source;
    evc_session session;
    evc_info *info;
    size_t header_size;
    size_t stride;    /* bytes of a regular frame */
    uint64_t regular; /* number of them */
    uint64_t plain_size;
    uint8_t *frames; /* as they were fetched */
    size_t frames_room;
    uint8_t *plain;       /* of one frame, kept for the next read */
    uint64_t plain_index; /* which one, or NOTHING */
};

static size_t
frame_length(const evc_range *r)
{
    return r->session.body.frame_length;
}

static int
fetch(const evc_source *source, uint64_t offset, void *out, size_t size,
      evc_error **err)
{
    if (source->read_at(source->user, offset, out, size) == 0)
        return 0;
    return evc_err(err, ENVCRYPT_E_CALLBACK,
                   "the application's function could not read %zu bytes of the message "
                   "at offset %" PRIu64,
                   size, offset);
}

static int
truncated(evc_error **err)
{
    return evc_err(
        err, ENVCRYPT_E_TRUNCATED,
        "the message does not end with its final frame: its end is missing, or "
        "the size that was given is wrong");
}

/* -- frames ----------------------------------------------------------------------- */

static uint64_t
frame_offset(const evc_range *r, uint64_t index)
{
    return r->header_size + index * r->stride;
}

/* The plaintext bytes of a frame. */
static size_t
content_of(const evc_range *r, uint64_t index)
{
    if (index < r->regular)
        return frame_length(r);
    return (size_t)(r->plain_size - r->regular * frame_length(r));
}

static int
open_frame(evc_range *r, uint64_t index, evc_view bytes, uint8_t *out, evc_error **err)
{
    const evc_body *body = &r->session.body;
    evc_frame frame;
    bool more;
    int rc = evc_frame_read(bytes, body, (uint32_t)index + 1, UINT64_MAX, &frame, &more,
                            err);

    if (rc)
        return rc;
    if (more || frame.size != bytes.size || frame.final != (index == r->regular))
        return evc_err(err, ENVCRYPT_E_FRAME,
                       "frame %" PRIu64
                       " is not what the size of the message says; the "
                       "message was changed",
                       index + 1);
    return evc_frame_open(r->session.gcm, body, &frame, bytes, out, err);
}

/* Makes plain hold the plaintext of a frame. */
static int
load(evc_range *r, uint64_t index, evc_error **err)
{
    size_t overhead = index < r->regular ? EVC_FRAME_OVERHEAD : EVC_FINAL_OVERHEAD;
    size_t size = content_of(r, index) + overhead;
    int rc;

    if (r->plain_index == index)
        return 0;
    r->plain_index = NOTHING;
    rc = fetch(&r->source, frame_offset(r, index), r->frames, size, err);
    if (!rc)
        rc = open_frame(r, index, evc_view_of(r->frames, size), r->plain, err);
    if (!rc)
        r->plain_index = index;
    return rc;
}

/* Opens count regular frames straight to out. */
static int
read_run(evc_range *r, uint64_t index, size_t count, uint8_t *out, evc_error **err)
{
    evc_cursor c = evc_cursor_of(r->frames, count * r->stride);
    int rc =
        fetch(&r->source, frame_offset(r, index), r->frames, count * r->stride, err);

    for (size_t i = 0; !rc && i < count; i++)
        rc = open_frame(r, index + i, evc_cursor_bytes(&c, r->stride),
                        &out[i * frame_length(r)], err);
    return rc;
}

/* How many whole regular frames from index on are wanted and can be fetched at once. */
static size_t
run_length(const evc_range *r, uint64_t index, size_t wanted)
{
    uint64_t count = wanted / frame_length(r);

    if (count > r->regular - index)
        count = r->regular - index;
    if (count > r->frames_room / r->stride)
        count = r->frames_room / r->stride;
    return (size_t)count;
}

/* Reads from one frame, or a run of whole ones. *made: bytes, at least one. */
static int
read_some(evc_range *r, uint64_t offset, uint8_t *out, size_t size, size_t *made,
          evc_error **err)
{
    uint64_t index = offset / frame_length(r);
    size_t within = (size_t)(offset % frame_length(r));
    size_t run = within == 0 && index < r->regular ? run_length(r, index, size) : 0;
    int rc;

    if (run > 0 && index != r->plain_index) {
        *made = run * frame_length(r);
        return read_run(r, index, run, out, err);
    }
    rc = load(r, index, err);
    if (rc)
        return rc;
    *made = content_of(r, index) - within;
    if (*made > size)
        *made = size;
    memcpy(out, &r->plain[within], *made);
    return 0;
}

int
evc_range_read(evc_range *r, uint64_t offset, void *out, size_t size, size_t *made,
               evc_error **err)
{
    uint8_t *bytes = out;
    size_t wanted = size;
    int rc = evc_fork_check(r->generation, "range", err);

    *made = 0;
    if (!rc && offset > r->plain_size)
        rc = evc_err(err, ENVCRYPT_E_RANGE,
                     "the range begins at %" PRIu64 " and the plaintext has %" PRIu64
                     " bytes",
                     offset, r->plain_size);
    if (!rc && wanted > r->plain_size - offset)
        wanted = (size_t)(r->plain_size - offset);
    while (!rc && *made < wanted) {
        size_t some = 0;

        rc = read_some(r, offset + *made, &bytes[*made], wanted - *made, &some, err);
        *made += some;
    }
    if (!rc)
        return 0;
    *made = 0;
    if (out)
        evc_mem_wipe(out, size);
    return rc;
}

/* -- open ------------------------------------------------------------------------- */

/* Fetches the header in growing pieces; at the end bytes hold it, and some more. */
static int
fetch_header(const evc_source *source, const evc_config *config, evc_buf *bytes,
             evc_error **err)
{
    uint64_t want = FIRST_READ;
    evc_header_scan scan;
    bool more = true;
    int rc = 0;

    evc_header_scan_init(&scan);
    while (!rc && more) {
        size_t have = bytes->size;
        uint8_t *at;

        if (want > source->size)
            want = source->size;
        if (want == have)
            return evc_err(err, ENVCRYPT_E_TRUNCATED,
                           "the message ends within its header; its end is missing");
        at = evc_buf_extend(bytes, (size_t)want - have);
        rc = evc_buf_check(bytes, err);
        if (!rc)
            rc = fetch(source, have, at, (size_t)want - have, err);
        if (!rc)
            rc = evc_header_scan_run(&scan, evc_buf_view(bytes), config, &more, err);
        want = scan.need > 2 * want ? scan.need : 2 * want;
    }
    return rc;
}

static int
begin(evc_range *r, evc_keyring *keyring, const evc_config *config, bool frames_only,
      evc_wait *wait, evc_error **err)
{
    bool take_signed = frames_only && evc_config_allows_signed(config, true);
    bool more;
    evc_buf bytes;
    int rc;

    evc_buf_init(&bytes);
    rc = fetch_header(&r->source, config, &bytes, err);
    if (!rc)
        rc = evc_session_begin_read(&r->session, keyring, config,
                                    take_signed ? EVC_ACCEPT_SIGNED : 0,
                                    evc_buf_view(&bytes), wait, &more, err);
    if (!rc)
        rc = evc_info_from_header(&r->session.header, evc_session_context(&r->session),
                                  true, &r->info, err);
    evc_buf_reset(&bytes);
    r->header_size = r->session.header.size;
    return rc;
}

static int
make_room(evc_range *r, evc_error **err)
{
    r->stride = frame_length(r) + EVC_FRAME_OVERHEAD;
    r->frames_room = frame_length(r) + EVC_FINAL_OVERHEAD;
    if (r->frames_room < RUN)
        r->frames_room = RUN;
    r->frames = evc_mem_new(r->frames_room);
    r->plain = evc_mem_new(frame_length(r));
    return r->frames && r->plain ? 0 : evc_err_nomem(err);
}

/* Checks that what stands behind the final frame is what must: the footer or nothing. */
static int
check_end(evc_range *r, uint64_t end, evc_error **err)
{
    uint8_t length[2];
    int rc = 0;

    if (r->session.header.suite->is_signed) {
        if (end > r->source.size || r->source.size - end < sizeof length)
            return truncated(err);
        rc = fetch(&r->source, end, length, sizeof length, err);
        end += evc_signature_footer_needs(evc_view_of(length, sizeof length));
    }
    if (rc || end == r->source.size)
        return rc;
    if (end > r->source.size)
        return truncated(err);
    return evc_err(err, ENVCRYPT_E_TRAILING,
                   "%" PRIu64 " bytes follow the end of the message; pass the message "
                   "alone",
                   r->source.size - end);
}

/* Looks for a final frame behind so many regular ones. */
static int
try_final(evc_range *r, uint64_t regular, bool *found, evc_error **err)
{
    uint64_t offset = frame_offset(r, regular);
    evc_view head = evc_view_of(r->frames, EVC_FINAL_HEAD);
    evc_cursor c = evc_cursor_of_view(head);
    evc_frame frame;
    bool more;
    int rc = fetch(&r->source, offset, r->frames, EVC_FINAL_HEAD, err);

    *found = !rc && evc_cursor_u32(&c) == EVC_FRAME_FINAL;
    if (!*found)
        return rc;
    rc = evc_frame_read(head, &r->session.body, (uint32_t)regular + 1, UINT64_MAX,
                        &frame, &more, err);
    if (rc)
        return rc;
    r->regular = regular;
    r->plain_size = regular * frame_length(r) + frame.content;
    return check_end(r, offset + frame.size, err);
}

/*
 * The message is header, k regular frames, a final one of 40 bytes and up to a frame of
 * content, and a footer if it is signed. Without a footer its size leaves one k. The
 * footer varies by some bytes, so several are tried there; the final frame
 * is the first that is marked as such, since no regular frame can be.
 */
static int
find_final(evc_range *r, evc_error **err)
{
    bool is_signed = r->session.header.suite->is_signed;
    uint64_t shortest = EVC_FINAL_OVERHEAD + (is_signed ? 2 + SIGNATURE_MIN : 0);
    uint64_t longest =
        EVC_FINAL_OVERHEAD + frame_length(r) + (is_signed ? EVC_FOOTER_MAX : 0);
    uint64_t rest = r->source.size - r->header_size;
    uint64_t first;
    uint64_t last;
    bool found = false;
    int rc = 0;

    if (rest < shortest)
        return truncated(err);
    first = rest > longest ? (rest - longest + r->stride - 1) / r->stride : 0;
    last = (rest - shortest) / r->stride;
    if (last >= EVC_FRAME_FINAL)
        return evc_err(err, ENVCRYPT_E_FRAME,
                       "the message is larger than its frame length permits; it is "
                       "damaged, or the size that was given is wrong");
    for (uint64_t k = first; !rc && !found && k <= last; k++)
        rc = try_final(r, k, &found, err);
    return rc || found ? rc : truncated(err);
}

int
evc_range_open(evc_keyring *keyring, const evc_config *config, const evc_source *source,
               bool frames_only, evc_wait *wait, evc_range **out, evc_error **err)
{
    evc_range *r = evc_mem_new(sizeof *r);
    int rc;

    *out = NULL;
    if (!r) {
        if (source->destroy)
            source->destroy(source->user);
        return evc_err_nomem(err);
    }
    r->generation = evc_fork_generation();
    r->source = *source;
    r->plain_index = NOTHING;
    rc = begin(r, keyring, config, frames_only, wait, err);
    if (!rc)
        rc = make_room(r, err);
    if (!rc)
        rc = find_final(r, err);
    if (!rc)
        rc = load(r, r->regular, err);
    if (rc)
        evc_range_free(r);
    else
        *out = r;
    return rc;
}

void
evc_range_free(evc_range *r)
{
    if (!r)
        return;
    if (r->source.destroy && evc_fork_is_current(r->generation))
        r->source.destroy(r->source.user);
    evc_mem_free_wiped(r->plain, r->plain ? frame_length(r) : 0);
    evc_mem_free(r->frames);
    evc_info_free(r->info);
    evc_session_end(&r->session);
    evc_mem_free(r);
}

uint64_t
evc_range_size(const evc_range *r)
{
    return r->plain_size;
}

const evc_info *
evc_range_info(const evc_range *r)
{
    return r->info;
}
