/* SPDX-License-Identifier: Apache-2.0 */
#include "envcrypt/stream.h"

#include "api/hook.h"
#include "api/message_check.h"
#include "base/mem.h"
#include "envelope/range.h"
#include "envelope/reader.h"
#include "envelope/writer.h"

/* An argument that is missing; the room for output is zeroed as after any failure. */
static int
lacks(const char *what, void *out, size_t capacity, evc_error **err)
{
    if (out)
        evc_mem_wipe(out, capacity);
    return evc_err(err, ENVCRYPT_E_ARGUMENT, "%s is NULL", what);
}

/* Nothing was taken or made so far; either may be NULL. */
static void
clear(size_t *one, size_t *other)
{
    if (one)
        *one = 0;
    if (other)
        *other = 0;
}

/* -- writer ----------------------------------------------------------------------- */

int
envcrypt_writer_open(envcrypt_keyring *keyring, const envcrypt_message_config *config,
                     envcrypt_wait *wait, envcrypt_writer **out, envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (!out)
        return lacks("out of a writer", NULL, 0, err);
    *out = NULL;
    rc = evc_message_check_writer(keyring, err);
    return rc ? rc
              : evc_writer_open(keyring, evc_config_or_default(config), wait, out, err);
}

int
envcrypt_writer_process(envcrypt_writer *writer, const void *in, size_t in_size,
                        size_t *used, void *out, size_t capacity, size_t *made,
                        envcrypt_error **err)
{
    evc_err_clear(err);
    clear(used, made);
    if (!writer || (!in && in_size) || !used || (!out && capacity) || !made)
        return lacks("writer, in, used, out or made", out, capacity, err);
    return evc_writer_process(writer, evc_view_of(in, in_size), used, out, capacity,
                              made, err);
}

int
envcrypt_writer_finish(envcrypt_writer *writer, void *out, size_t capacity,
                       size_t *made, int32_t *done, envcrypt_error **err)
{
    bool is_done = false;
    int rc;

    evc_err_clear(err);
    clear(made, NULL);
    if (done)
        *done = 0;
    if (!writer || (!out && capacity) || !made || !done)
        return lacks("writer, out, made or done", out, capacity, err);
    rc = evc_writer_finish(writer, out, capacity, made, &is_done, err);
    *done = is_done;
    return rc;
}

void
envcrypt_writer_free(envcrypt_writer *writer)
{
    evc_writer_free(writer);
}

/* -- reader ----------------------------------------------------------------------- */

int
envcrypt_reader_open(envcrypt_keyring *keyring, const envcrypt_message_config *config,
                     envcrypt_reader **out, envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (!out)
        return lacks("out of a reader", NULL, 0, err);
    *out = NULL;
    rc = evc_message_check_reader(keyring, config, err);
    return rc ? rc
              : evc_reader_open(keyring, evc_config_or_default(config), false, out,
                                err);
}

int
envcrypt_reader_process(envcrypt_reader *reader, const void *in, size_t in_size,
                        size_t *used, void *out, size_t capacity, size_t *made,
                        envcrypt_wait *wait, envcrypt_error **err)
{
    evc_err_clear(err);
    clear(used, made);
    if (!reader || (!in && in_size) || !used || (!out && capacity) || !made)
        return lacks("reader, in, used, out or made", out, capacity, err);
    return evc_reader_process(reader, evc_view_of(in, in_size), used, out, capacity,
                              made, wait, err);
}

int
envcrypt_reader_finish(envcrypt_reader *reader, void *out, size_t capacity,
                       size_t *made, int32_t *done, envcrypt_error **err)
{
    bool is_done = false;
    int rc;

    evc_err_clear(err);
    clear(made, NULL);
    if (done)
        *done = 0;
    if (!reader || (!out && capacity) || !made || !done)
        return lacks("reader, out, made or done", out, capacity, err);
    rc = evc_reader_finish(reader, out, capacity, made, &is_done, err);
    *done = is_done;
    return rc;
}

const envcrypt_message_info *
envcrypt_reader_info(const envcrypt_reader *reader)
{
    return reader ? evc_reader_info(reader) : NULL;
}

void
envcrypt_reader_free(envcrypt_reader *reader)
{
    evc_reader_free(reader);
}

/* -- range ------------------------------------------------------------------------ */

static int
check_range(const evc_source *source, uint32_t flags, envcrypt_range *const *out,
            evc_error **err)
{
    if (!out || !source->read_at)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a range cannot be opened: read_at or out is NULL");
    if (flags & ~ENVCRYPT_RANGE_FRAMES_ONLY)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a range cannot be opened: flags %#x are not all known",
                       (unsigned)flags);
    return 0;
}

int
envcrypt_range_open(envcrypt_keyring *keyring, const envcrypt_message_config *config,
                    uint64_t size, envcrypt_read_at_fn read_at, void *user,
                    envcrypt_destroy_fn destroy, uint32_t flags, envcrypt_wait *wait,
                    envcrypt_range **out, envcrypt_error **err)
{
    evc_source source = {size, read_at, user, destroy};
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    rc = check_range(&source, flags, out, err);
    if (rc == 0)
        rc = evc_message_check_reader(keyring, config, err);
    if (rc == 0)
        return evc_range_open(keyring, evc_config_or_default(config), &source,
                              flags & ENVCRYPT_RANGE_FRAMES_ONLY, wait, out, err);
    return evc_hook_end(rc, destroy, user);
}

uint64_t
envcrypt_range_size(const envcrypt_range *range)
{
    return range ? evc_range_size(range) : 0;
}

const envcrypt_message_info *
envcrypt_range_info(const envcrypt_range *range)
{
    return range ? evc_range_info(range) : NULL;
}

int
envcrypt_range_read(envcrypt_range *range, uint64_t offset, void *out, size_t size,
                    size_t *made, envcrypt_error **err)
{
    evc_err_clear(err);
    clear(made, NULL);
    if (!range || (!out && size) || !made)
        return lacks("range, out or made", out, size, err);
    return evc_range_read(range, offset, out, size, made, err);
}

void
envcrypt_range_free(envcrypt_range *range)
{
    evc_range_free(range);
}
