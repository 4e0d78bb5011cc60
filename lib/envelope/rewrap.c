/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/rewrap.h"

#include <string.h>

#include "base/mem.h"
#include "envelope/dek.h"
#include "envelope/frame.h"
#include "envelope/pump.h"
#include "envelope/range.h"
#include "envelope/rewrap_plan.h"
#include "envelope/signature.h"

/* One rewrap: the old message, in memory or a file, and what is made of it. */
typedef struct job {
    const evc_rewrap *r;
    const evc_infile *file; /* NULL: memory */
    evc_view memory;
    uint64_t size;
    evc_view header_bytes;
    evc_header header;
    evc_config read; /* borrows what r->read_config has */
    evc_config write;
    uint64_t bound; /* the most bytes of plaintext */
    evc_reader *reader;
    evc_writer *writer;
    evc_pump pump;
    uint64_t plain; /* bytes that went through */
} job;

static const evc_clock *
clock_of(const evc_rewrap *r)
{
    return &evc_crypto_env(r->to->crypto)->clock;
}

/* -- what to do ------------------------------------------------------------------- */

static int
decide(job *j, evc_rewrap_result *result, evc_error **err)
{
    evc_info *info = NULL;
    int rc = evc_info_from_header(&j->header, NULL, false, &info, err);

    if (rc)
        return rc;
    result->reason = evc_rewrap_reason(info, j->r->to, j->r->flags);
    evc_info_free(info);
    return 0;
}

static bool
can_open(const evc_keyring *keyring)
{
    for (size_t i = 0; i < keyring->count; i++) {
        if (evc_kms_can(keyring->keys[i], ENVCRYPT_OP_UNWRAP))
            return true;
    }
    return false;
}

/* Before anything is read or written: what can be known to fail. */
static int
check_request(const evc_rewrap *r, evc_error **err)
{
    if (r->flags & ENVCRYPT_REWRAP_VERIFY && !can_open(r->to))
        return evc_err(err, ENVCRYPT_E_NO_KEY,
                       "none of the new recipients can open a message here, so the new "
                       "one cannot be verified; add a key that opens, or do without");
    return 0;
}

/* Reads the header of header_bytes, which must outlive the job. */
static int
begin(job *j, const evc_rewrap *r, evc_error **err)
{
    bool more = false;
    int rc;

    j->r = r;
    j->read = *r->read_config;
    j->pump.wait = r->wait;
    evc_config_init(&j->write);
    rc = evc_header_read(j->header_bytes, &j->read, &j->header, &more, err);
    if (!rc && more)
        rc = evc_err(err, ENVCRYPT_E_TRUNCATED,
                     "the message ends inside of its header; a part is missing");
    if (rc)
        return rc;
    j->bound = j->size - j->header.size;
    if (j->header.frame_length)
        j->bound = evc_pump_plain_size(j->header.frame_length, j->bound);
    else if (!j->file && j->read.max_frame < j->bound) /* it is in memory as it is */
        j->read.max_frame = j->bound < UINT32_MAX ? (uint32_t)j->bound : UINT32_MAX;
    return 0;
}

static void
end(job *j)
{
    evc_pump_end(&j->pump);
    evc_reader_free(j->reader);
    evc_writer_free(j->writer);
    evc_config_reset(&j->write);
    evc_header_reset(&j->header);
}

/* -- reading ---------------------------------------------------------------------- */

static size_t
chunk_of(const job *j)
{
    size_t threads =
        j->read.threads > j->write.threads ? j->read.threads : j->write.threads;
    uint32_t length = j->header.frame_length > j->write.frame_length
                          ? j->header.frame_length
                          : j->write.frame_length;

    return evc_pump_chunk(length, threads);
}

/* The body of the old message is the input; plaintext has a chunk to wait in. */
static int
open_input(job *j, evc_error **err)
{
    uint32_t length = j->header.frame_length;
    size_t chunk = chunk_of(j);
    size_t frames = length && length <= chunk ? chunk / length : 0;
    int rc = evc_pump_make_plain(&j->pump, chunk, err);

    if (rc)
        return rc;
    if (j->file)
        return evc_pump_from_file(&j->pump, j->file, j->header.size,
                                  chunk + frames * EVC_FRAME_OVERHEAD, err);
    evc_pump_from_memory(&j->pump, j->memory);
    j->pump.in.at = j->header.size;
    return 0;
}

static int
open_reader(job *j, evc_error **err)
{
    size_t used;
    size_t made;
    int rc = evc_reader_open(j->r->from, &j->read, true, &j->reader, err);

    if (!rc)
        rc = evc_reader_process(j->reader, j->header_bytes, &used, NULL, 0, &made,
                                j->r->wait, err);
    return rc;
}

static int
count(void *user, evc_view plain, evc_error **err)
{
    uint64_t *total = user;

    (void)err;
    *total += plain.size;
    return 0;
}

/* Whether the signature holds is known at the end: nothing is made of the message before
 * that. */
static int
verify_signed(const job *j, evc_error **err)
{
    job pass = {.r = j->r,
                .file = j->file,
                .memory = j->memory,
                .size = j->size,
                .header_bytes = j->header_bytes};
    int rc = begin(&pass, j->r, err);

    if (!rc)
        rc = open_reader(&pass, err);
    if (!rc)
        rc = open_input(&pass, err);
    if (!rc)
        rc = evc_pump_decrypt(&pass.pump, pass.reader, count, &pass.plain, err);
    end(&pass);
    return rc;
}

/* -- writing ---------------------------------------------------------------------- */

static int
open_writer(job *j, evc_error **err)
{
    const evc_info *info = evc_reader_info(j->reader);
    int rc = evc_rewrap_settings(j->r, &j->header, &info->context.pairs, j->bound,
                                 &j->write, err);

    return rc ? rc : evc_writer_open(j->r->to, &j->write, j->r->wait, &j->writer, err);
}

/* Reads, and opens what is needed to write; nothing was written so far. */
static int
prepare(job *j, evc_error **err)
{
    const evc_config *told = j->r->write_config && j->r->write_config->progress
                                 ? j->r->write_config
                                 : j->r->read_config;
    int rc = j->header.suite->is_signed ? verify_signed(j, err) : 0;

    if (!rc)
        rc = open_reader(j, err);
    if (!rc)
        rc = open_writer(j, err);
    if (!rc)
        rc = open_input(j, err);
    evc_progress_begin(&j->pump.progress, told, clock_of(j->r), j->bound);
    return rc;
}

static int
seal(void *user, evc_view plain, evc_error **err)
{
    job *j = user;

    j->plain += plain.size;
    return evc_pump_seal(&j->pump, j->writer, plain, err);
}

static int
move(job *j, evc_error **err)
{
    int rc = evc_pump_decrypt(&j->pump, j->reader, seal, j, err);

    return rc ? rc : evc_pump_seal_end(&j->pump, j->writer, err);
}

/* -- proof ------------------------------------------------------------------------ */

/* The settings under which the new message is opened: every pair must be there. */
static evc_config
proof_config(const job *j)
{
    evc_config config = j->write; /* borrows, and is not reset */

    config.required = (evc_kv){0};
    config.length_bound = UINT64_MAX;
    config.allow_signed = 1;
    config.progress = NULL;
    return config;
}

/* All of it. */
static int
prove_whole(const job *j, const evc_infile *file, evc_view memory, evc_error **err)
{
    evc_config config = proof_config(j);
    evc_pump pump = {.wait = j->r->wait};
    evc_reader *reader = NULL;
    uint64_t plain = 0;
    int rc = evc_reader_open(j->r->to, &config, true, &reader, err);

    if (!rc)
        rc = evc_pump_make_plain(&pump, chunk_of(j), err);
    if (!rc && file)
        rc = evc_pump_from_file(&pump, file, 0, chunk_of(j), err);
    else
        evc_pump_from_memory(&pump, memory);
    if (!rc)
        rc = evc_pump_decrypt(&pump, reader, count, &plain, err);
    if (!rc && plain != j->plain)
        rc = evc_err(err, ENVCRYPT_E_INTERNAL,
                     "the new message is not as long as the old one; please report");
    evc_pump_end(&pump);
    evc_reader_free(reader);
    return rc;
}

/* What was made, as a source. Why a read failed is kept: a range only says that it did. */
typedef struct new_message {
    const evc_infile *file; /* NULL: memory */
    evc_view memory;
    int rc;
    evc_error *error;
} new_message;

static int32_t
read_new_at(void *user, uint64_t offset, void *out, size_t size)
{
    new_message *made = user;
    evc_cursor c = evc_cursor_of_view(made->memory);

    if (made->file) {
        made->rc = evc_infile_read(made->file, offset, out, size, &made->error);
        return made->rc;
    }
    if (offset > made->memory.size)
        return ENVCRYPT_E_INTERNAL;
    (void)evc_cursor_bytes(&c, (size_t)offset);
    evc_cursor_copy(&c, out, size);
    return c.failed ? ENVCRYPT_E_INTERNAL : 0;
}

/* The new header and the final frame. */
static int
prove_ends(const job *j, new_message *made, evc_error **err)
{
    evc_source source = {
        .size = made->file ? made->file->size : made->memory.size,
        .read_at = read_new_at,
        .user = made,
    };
    evc_config config = proof_config(j);
    evc_range *range = NULL;
    int rc = evc_range_open(j->r->to, &config, &source, true, j->r->wait, &range, err);

    if (!rc && evc_range_size(range) != j->plain)
        rc = evc_err(err, ENVCRYPT_E_INTERNAL,
                     "the new message is not as long as the old one; please report");
    evc_range_free(range);
    if (made->rc == 0)
        return rc;
    if (err) {
        evc_error_free(*err);
        *err = made->error;
    } else {
        evc_error_free(made->error);
    }
    return made->rc;
}

/*
 * Opens what was made before it may take the place of the old message. Recipients that
 * only wrap (a public key whose private half is elsewhere) cannot be tried.
 */
static int
prove(const job *j, const evc_infile *file, evc_view memory, evc_error **err)
{
    new_message made = {.file = file, .memory = memory};
    int rc;

    if (!can_open(j->r->to))
        return 0;
    rc = prove_ends(j, &made, err);
    if (!rc && j->r->flags & ENVCRYPT_REWRAP_VERIFY)
        rc = prove_whole(j, file, memory, err);
    if (rc)
        rc = evc_err_wrap(err, rc,
                          "the new message could not be read with the new recipients, "
                          "so the old one stays");
    return rc;
}

/* -- memory ----------------------------------------------------------------------- */

static int
take_room(const job *j, evc_room *room, uint8_t **at, evc_error **err)
{
    uint64_t size = evc_body_size(j->write.frame_length, j->bound);
    uint64_t rest =
        evc_writer_header_size(j->writer) + evc_signature_footer_size(j->write.suite);

    return size > UINT64_MAX - rest ? evc_err_nomem(err)
                                    : evc_room_take(room, size + rest, at, err);
}

static int
rewrap_memory(job *j, evc_room *room, evc_error **err)
{
    uint8_t *at;
    int rc = prepare(j, err);

    if (!rc)
        rc = take_room(j, room, &at, err);
    if (rc)
        return rc;
    evc_pump_to_memory(&j->pump, at, room->made);
    rc = move(j, err);
    if (rc)
        return rc;
    evc_room_shorten(room, j->pump.out.made);
    return prove(j, NULL, evc_view_of(at, room->made), err);
}

int
evc_rewrap_memory(const evc_rewrap *r, evc_view message, evc_room *room,
                  evc_rewrap_result *result, evc_error **err)
{
    job j = {.memory = message, .size = message.size, .header_bytes = message};
    evc_cursor c = evc_cursor_of_view(message);
    int rc = check_request(r, err);

    *result = (evc_rewrap_result){0};
    if (!rc)
        rc = begin(&j, r, err);
    if (!rc)
        rc = decide(&j, result, err);
    if (!rc && evc_rewrap_is_needed(result->reason)) {
        j.header_bytes = evc_cursor_bytes(&c, j.header.size);
        rc = rewrap_memory(&j, room, err);
        result->changed = rc == 0;
        result->signer_changed = rc == 0 && j.header.suite->is_signed;
    }
    end(&j);
    if (rc)
        evc_room_clear(room, rc);
    return rc;
}

/* -- file ------------------------------------------------------------------------- */

static int
rewrap_file(job *j, evc_replace *to, evc_error **err)
{
    evc_infile made;
    int rc = prepare(j, err);

    if (!rc)
        rc = evc_pump_to_file(&j->pump, to, chunk_of(j) + chunk_of(j) / 8, err);
    if (!rc)
        rc = move(j, err);
    if (!rc)
        rc = evc_infile_of(&made, to->fd, to->path, err);
    if (!rc)
        rc = prove(j, &made, evc_view_of(NULL, 0), err);
    if (!rc)
        rc = evc_infile_check_path(j->file, err);
    return rc;
}

static int
replace(job *j, evc_rewrap_result *result, evc_error **err)
{
    evc_replace to;
    int rc = evc_replace_open(&to, j->file->path, err);

    if (!rc)
        rc = rewrap_file(j, &to, err);
    if (!rc)
        rc = evc_replace_commit(&to, false, true, err);
    evc_replace_abort(&to);
    result->changed = rc == 0;
    result->signer_changed = rc == 0 && j->header.suite->is_signed;
    return rc;
}

int
evc_rewrap_file(const evc_rewrap *r, const char *path, evc_rewrap_result *result,
                evc_error **err)
{
    evc_infile file = {.fd = -1};
    evc_buf header;
    job j = {.file = &file};
    int rc = check_request(r, err);

    *result = (evc_rewrap_result){0};
    evc_buf_init(&header);
    if (!rc)
        rc = evc_infile_open(&file, path, err);
    if (!rc)
        rc = evc_pump_find_header(&file, r->read_config, &header, err);
    j.size = rc ? 0 : file.size;
    j.header_bytes = evc_buf_view(&header);
    if (!rc)
        rc = begin(&j, r, err);
    if (!rc)
        rc = decide(&j, result, err);
    if (!rc && evc_rewrap_is_needed(result->reason))
        rc = replace(&j, result, err);
    end(&j);
    evc_buf_reset(&header);
    evc_infile_close(&file);
    return rc;
}
