/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/pump.h"

#include "base/mem.h"
#include "envelope/frame.h"

#define LEAST_CHUNK ((size_t)256 * 1024)
#define MOST_CHUNK ((size_t)4 * 1024 * 1024)
#define PER_THREAD ((size_t)1024 * 1024) /* else starting it costs more than it gains */
#define FRAMES_AT_ONCE 4u         /* all but one of them are sealed without a copy */
#define FIRST_READ ((size_t)4096) /* most headers are shorter */

size_t
evc_pump_chunk(uint32_t frame_length, size_t threads)
{
    size_t chunk = LEAST_CHUNK;
    uint64_t wanted = (uint64_t)frame_length * FRAMES_AT_ONCE;

    if (wanted > MOST_CHUNK)
        chunk = MOST_CHUNK;
    else if (wanted > chunk)
        chunk = (size_t)wanted;
    if (threads > 1 && threads * PER_THREAD > chunk)
        chunk = threads * PER_THREAD;
    if (frame_length && chunk > frame_length)
        chunk -= chunk % frame_length;
    return chunk;
}

uint64_t
evc_pump_plain_size(uint32_t frame_length, uint64_t body_size)
{
    uint64_t stride = (uint64_t)frame_length + EVC_FRAME_OVERHEAD;
    uint64_t content = body_size - EVC_FINAL_OVERHEAD;

    if (body_size <= EVC_FINAL_OVERHEAD)
        return 0;
    return content / stride * frame_length +
           (content % stride < frame_length ? content % stride : frame_length);
}

void
evc_pump_from_memory(evc_pump *p, evc_view bytes)
{
    p->in = (evc_input){.memory = bytes, .size = bytes.size};
}

void
evc_pump_to_memory(evc_pump *p, uint8_t *memory, size_t capacity)
{
    p->out = (evc_output){.capacity = capacity};
    p->out.memory = memory;
}

int
evc_pump_from_file(evc_pump *p, const evc_infile *file, uint64_t at, size_t chunk_size,
                   evc_error **err)
{
    p->in = (evc_input){
        .file = file,
        .size = file->size,
        .at = at,
        .chunk = evc_mem_new(chunk_size),
        .chunk_size = chunk_size,
    };
    return p->in.chunk ? 0 : evc_err_nomem(err);
}

int
evc_pump_to_file(evc_pump *p, evc_replace *file, size_t chunk_size, evc_error **err)
{
    p->out = (evc_output){
        .file = file,
        .memory = evc_mem_new(chunk_size),
        .capacity = chunk_size,
    };
    return p->out.memory ? 0 : evc_err_nomem(err);
}

int
evc_pump_make_plain(evc_pump *p, size_t size, evc_error **err)
{
    p->plain = evc_mem_new(size);
    p->plain_size = p->plain ? size : 0;
    return p->plain ? 0 : evc_err_nomem(err);
}

void
evc_pump_end(evc_pump *p)
{
    if (p->in.file)
        evc_mem_free_wiped(p->in.chunk, p->in.chunk_size);
    if (p->out.file)
        evc_mem_free_wiped(p->out.memory, p->out.capacity);
    evc_mem_free_wiped(p->plain, p->plain_size);
    *p = (evc_pump){0};
}

/* -- input and output ------------------------------------------------------------- */

/* The next bytes; none at the end. Between chunks is the time to look at the clock. */
static int
next(evc_pump *p, evc_view *bytes, evc_error **err)
{
    evc_input *in = &p->in;
    evc_cursor c = evc_cursor_of_view(in->memory);
    uint64_t left = in->size - in->at;
    int rc = in->at > 0 && left > 0 ? evc_wait_check(p->wait, err) : 0;

    *bytes = evc_view_of(NULL, 0);
    if (rc || left == 0)
        return rc;
    if (in->file) {
        size_t size = left < in->chunk_size ? (size_t)left : in->chunk_size;

        rc = evc_infile_read(in->file, in->at, in->chunk, size, err);
        *bytes = evc_view_of(in->chunk, size);
    } else {
        (void)evc_cursor_bytes(&c, (size_t)in->at);
        *bytes = evc_cursor_bytes(&c, (size_t)left);
    }
    in->at += bytes->size;
    return rc;
}

static uint8_t *
room_at(const evc_output *out)
{
    return &out->memory[out->made];
}

static size_t
room_left(const evc_output *out)
{
    return out->capacity - out->made;
}

/* A file's chunk is emptied; memory keeps what it got. */
static int
drain(evc_output *out, evc_error **err)
{
    size_t made = out->made;

    if (!out->file)
        return 0;
    out->made = 0;
    return made ? evc_replace_write(out->file, evc_view_of(out->memory, made), err) : 0;
}

static int
no_room(evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_INTERNAL,
                   "a message is longer than was reckoned; please report");
}

/* -- sealing ---------------------------------------------------------------------- */

int
evc_pump_seal(evc_pump *p, evc_writer *writer, evc_view plain, evc_error **err)
{
    evc_output *out = &p->out;
    evc_cursor c = evc_cursor_of_view(plain);
    int rc = 0;

    while (!rc && evc_cursor_left(&c)) {
        evc_cursor ahead = c;
        evc_view rest = evc_cursor_bytes(&ahead, evc_cursor_left(&c));
        size_t used;
        size_t made;

        rc = evc_writer_process(writer, rest, &used, room_at(out), room_left(out),
                                &made, err);
        if (!rc && !used && !made)
            rc = no_room(err);
        (void)evc_cursor_bytes(&c, used);
        out->made += made;
        if (!rc)
            rc = drain(out, err);
    }
    return rc;
}

int
evc_pump_seal_end(evc_pump *p, evc_writer *writer, evc_error **err)
{
    evc_output *out = &p->out;
    bool done = false;
    int rc = 0;

    while (!rc && !done) {
        size_t made;

        rc = evc_writer_finish(writer, room_at(out), room_left(out), &made, &done, err);
        if (!rc && !done && !made)
            rc = no_room(err);
        out->made += made;
        if (!rc)
            rc = drain(out, err);
    }
    return rc;
}

int
evc_pump_encrypt(evc_pump *p, evc_writer *writer, evc_error **err)
{
    evc_view plain;
    int rc;

    for (;;) {
        rc = next(p, &plain, err);
        if (rc || !plain.size)
            break;
        rc = evc_pump_seal(p, writer, plain, err);
        if (rc)
            break;
        evc_progress_add(&p->progress, plain.size);
    }
    return rc ? rc : evc_pump_seal_end(p, writer, err);
}

/* -- opening ---------------------------------------------------------------------- */

static int
give(evc_pump *p, size_t made, evc_pump_take take, void *user, evc_error **err)
{
    int rc = made ? take(user, evc_view_of(p->plain, made), err) : 0;

    if (!rc)
        evc_progress_add(&p->progress, made);
    return rc;
}

/* One piece of the input, as often as the plaintext needs room. */
static int
open_piece(evc_pump *p, evc_reader *reader, evc_view piece, evc_pump_take take,
           void *user, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(piece);
    int rc = 0;

    while (!rc && evc_cursor_left(&c)) {
        evc_cursor ahead = c;
        evc_view rest = evc_cursor_bytes(&ahead, evc_cursor_left(&c));
        size_t used;
        size_t made;

        rc = evc_reader_process(reader, rest, &used, p->plain, p->plain_size, &made,
                                p->wait, err);
        (void)evc_cursor_bytes(&c, used);
        if (!rc)
            rc = give(p, made, take, user, err);
        if (!rc && evc_cursor_left(&c))
            rc = evc_wait_check(p->wait, err);
    }
    return rc;
}

static int
open_end(evc_pump *p, evc_reader *reader, evc_pump_take take, void *user,
         evc_error **err)
{
    bool done = false;
    int rc = 0;

    while (!rc && !done) {
        size_t made;

        rc = evc_reader_finish(reader, p->plain, p->plain_size, &made, &done, err);
        if (!rc)
            rc = give(p, made, take, user, err);
    }
    return rc;
}

int
evc_pump_decrypt(evc_pump *p, evc_reader *reader, evc_pump_take take, void *user,
                 evc_error **err)
{
    evc_view piece;
    int rc;

    for (;;) {
        rc = next(p, &piece, err);
        if (rc || !piece.size)
            break;
        rc = open_piece(p, reader, piece, take, user, err);
        if (rc)
            break;
    }
    return rc ? rc : open_end(p, reader, take, user, err);
}

/* -- header ----------------------------------------------------------------------- */

int
evc_pump_find_header(const evc_infile *file, const evc_config *config, evc_buf *bytes,
                     evc_error **err)
{
    evc_header_scan scan;
    bool more = true;
    int rc = 0;

    evc_header_scan_init(&scan);
    while (!rc && more) {
        uint64_t want = scan.need > FIRST_READ ? scan.need : FIRST_READ;
        size_t have = bytes->size;
        uint8_t *room;

        if (want > file->size)
            want = file->size;
        if (scan.need > file->size)
            return evc_err(err, ENVCRYPT_E_TRUNCATED,
                           "%s ends inside of the header of the message; a part is "
                           "missing",
                           file->path);
        room = evc_buf_extend(bytes, (size_t)want - have);
        rc = evc_buf_check(bytes, err);
        if (!rc)
            rc = evc_infile_read(file, have, room, (size_t)want - have, err);
        if (!rc)
            rc = evc_header_scan_run(&scan, evc_buf_view(bytes), config, &more, err);
    }
    if (!rc)
        evc_buf_truncate(bytes, scan.need);
    return rc;
}
