/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/message_file.h"

#include <inttypes.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "envelope/dek.h"
#include "envelope/frame.h"
#include "envelope/pump.h"

#define LONGEST_FRAME (UINT32_C(256) * 1024)
#define FRAMES_OF_SHORT 256u /* a message of so many frames is not short any more */

uint32_t
evc_message_file_frame_length(const evc_config *config, uint64_t size)
{
    uint32_t length = EVC_FRAME_LENGTH;

    if (config->frame_length)
        return config->frame_length;
    while (length < LONGEST_FRAME && size > (uint64_t)length * FRAMES_OF_SHORT)
        length *= 2;
    return length < config->max_frame ? length : config->max_frame;
}

/* What both ways hold. */
typedef struct files {
    evc_infile from;
    evc_replace to;
    bool replace;
} files;

static int
open_files(files *f, const char *from, const char *to, bool replace, evc_error **err)
{
    struct stat found;
    int rc = evc_infile_open(&f->from, from, err);

    f->to = (evc_replace){.fd = -1, .folder = -1};
    f->replace = replace;
    if (rc)
        return rc;
    if (evc_infile_is(&f->from, to))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "%s cannot be written from itself; name another output", to);
    /* The commit looks again; here it spares the work. */
    if (!replace && lstat(to, &found) == 0)
        return evc_err(err, ENVCRYPT_E_FILE_EXISTS,
                       "%s exists and is not overwritten; choose to replace it, or "
                       "another name",
                       to);
    return evc_replace_open(&f->to, to, err);
}

/* Both ends proven, the output gets its name. */
static int
commit(files *f, evc_error **err)
{
    int rc = evc_infile_check(&f->from, err);

    return rc ? rc : evc_replace_commit(&f->to, !f->replace, false, err);
}

static void
close_files(files *f)
{
    evc_replace_abort(&f->to);
    evc_infile_close(&f->from);
}

/* -- encrypt ---------------------------------------------------------------------- */

static int
check_bound(const evc_config *config, const evc_infile *from, evc_error **err)
{
    if (from->size <= config->length_bound)
        return 0;
    return evc_err(err, ENVCRYPT_E_LIMIT_LENGTH,
                   "%s has %" PRIu64 " bytes and %" PRIu64
                   " were announced; correct the announcement",
                   from->path, from->size, config->length_bound);
}

static int
encrypt_files(files *f, evc_keyring *keyring, const evc_config *config, evc_wait *wait,
              evc_error **err)
{
    uint32_t frame_length = evc_message_file_frame_length(config, f->from.size);
    size_t chunk = evc_pump_chunk(frame_length, config->threads);
    evc_config with_length = *config; /* borrows, and is not reset */
    evc_pump pump = {.wait = wait};
    evc_writer *writer = NULL;
    int rc = check_bound(config, &f->from, err);

    with_length.frame_length = frame_length;
    with_length.length_bound = f->from.size;
    if (!rc)
        rc = evc_writer_open(keyring, &with_length, wait, &writer, err);
    if (!rc)
        rc = evc_pump_from_file(&pump, &f->from, 0, chunk, err);
    if (!rc) /* room for the frames of a chunk, and for heads and tags */
        rc = evc_pump_to_file(&pump, &f->to, chunk + chunk / 8, err);
    if (!rc) {
        evc_progress_begin(&pump.progress, config,
                           &evc_crypto_env(keyring->crypto)->clock, f->from.size);
        rc = evc_pump_encrypt(&pump, writer, err);
    }
    evc_pump_end(&pump);
    evc_writer_free(writer);
    return rc;
}

int
evc_message_file_encrypt(evc_keyring *keyring, const evc_config *config,
                         const char *from, const char *to, bool replace, evc_wait *wait,
                         evc_error **err)
{
    files f;
    int rc = open_files(&f, from, to, replace, err);

    if (!rc)
        rc = encrypt_files(&f, keyring, config, wait, err);
    if (!rc)
        rc = commit(&f, err);
    close_files(&f);
    return rc;
}

/* -- decrypt ---------------------------------------------------------------------- */

static int
write_plain(void *user, evc_view plain, evc_error **err)
{
    return evc_replace_write(user, plain, err);
}

/* The header goes to the reader alone, so that the rest comes in whole frames. */
static int
read_header(files *f, evc_reader *reader, const evc_config *config, evc_wait *wait,
            uint64_t *size, evc_error **err)
{
    evc_buf header;
    size_t made;
    size_t used = 0;
    int rc;

    evc_buf_init(&header);
    rc = evc_pump_find_header(&f->from, config, &header, err);
    if (!rc)
        rc = evc_reader_process(reader, evc_buf_view(&header), &used, NULL, 0, &made,
                                wait, err);
    evc_buf_reset(&header);
    *size = used;
    return rc;
}

/* The keyring may be missing when the caller has the data key. */
static const evc_clock *
clock_of(const evc_keyring *keyring, const evc_config *config)
{
    const evc_crypto *crypto = keyring ? keyring->crypto : config->data_key->crypto;

    return &evc_crypto_env(crypto)->clock;
}

static int
decrypt_body(files *f, evc_reader *reader, const evc_config *config,
             const evc_clock *clock, uint64_t at, evc_wait *wait, evc_error **err)
{
    uint32_t length = evc_reader_info(reader)->frame_length;
    size_t chunk = evc_pump_chunk(length, config->threads);
    size_t frames = length && length <= chunk ? chunk / length : 0;
    evc_pump pump = {.wait = wait};
    uint64_t total =
        length ? evc_pump_plain_size(length, f->from.size - at) : UINT64_MAX;
    int rc = evc_pump_from_file(&pump, &f->from, at,
                                chunk + frames * EVC_FRAME_OVERHEAD, err);

    if (!rc)
        rc = evc_pump_make_plain(&pump, chunk, err);
    if (!rc) {
        evc_progress_begin(&pump.progress, config, clock, total);
        rc = evc_pump_decrypt(&pump, reader, write_plain, &f->to, err);
    }
    evc_pump_end(&pump);
    return rc;
}

static int
decrypt_files(files *f, evc_keyring *keyring, const evc_config *config, evc_wait *wait,
              evc_info **info, evc_error **err)
{
    evc_reader *reader = NULL;
    uint64_t at = 0;
    int rc = evc_reader_open(keyring, config, true, &reader, err);

    if (!rc)
        rc = read_header(f, reader, config, wait, &at, err);
    if (!rc)
        rc = decrypt_body(f, reader, config, clock_of(keyring, config), at, wait, err);
    if (!rc && info)
        *info = evc_reader_take_info(reader);
    evc_reader_free(reader);
    return rc;
}

int
evc_message_file_decrypt(evc_keyring *keyring, const evc_config *config,
                         const char *from, const char *to, bool replace, evc_wait *wait,
                         evc_info **info, evc_error **err)
{
    files f;
    int rc = open_files(&f, from, to, replace, err);

    if (info)
        *info = NULL;
    if (!rc)
        rc = decrypt_files(&f, keyring, config, wait, info, err);
    if (!rc)
        rc = commit(&f, err);
    close_files(&f);
    if (rc && info) {
        evc_info_free(*info);
        *info = NULL;
    }
    return rc;
}
