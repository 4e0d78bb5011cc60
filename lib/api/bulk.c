/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fork.h"
#include "envelope/batch.h"

static const evc_kv *
pairs_of(const envcrypt_context *context)
{
    return context ? &context->pairs : NULL;
}

static int
check(const envcrypt_bulk *bulk, evc_error **err)
{
    evc_err_clear(err);
    if (!bulk)
        return evc_err(err, ENVCRYPT_E_ARGUMENT, "the bulk of data keys is NULL");
    return evc_batch_check(bulk, err);
}

int
envcrypt_bulk_new(envcrypt_keyring *keyring, envcrypt_bulk **out, envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    if (!keyring || !out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a bulk of data keys cannot be made: keyring or out is NULL");
    rc = evc_fork_check(keyring->generation, "keyring", err);
    return rc ? rc : evc_batch_new(keyring, out, err);
}

void
envcrypt_bulk_free(envcrypt_bulk *bulk)
{
    evc_batch_free(bulk);
}

int
envcrypt_bulk_add_generate(envcrypt_bulk *bulk, size_t size,
                           const envcrypt_context *context, envcrypt_error **err)
{
    int rc = check(bulk, err);

    return rc ? rc : evc_batch_add_generate(bulk, size, pairs_of(context), err);
}

int
envcrypt_bulk_add_wrap(envcrypt_bulk *bulk, const envcrypt_dek *dek,
                       const envcrypt_context *context, envcrypt_error **err)
{
    int rc = check(bulk, err);

    if (rc == 0)
        rc = evc_dek_check_writable(dek, err);
    if (rc != 0)
        return rc;
    return evc_batch_add_wrap(bulk, evc_view_of(dek->key.bytes, dek->key.size),
                              pairs_of(context), err);
}

int
envcrypt_bulk_add_unwrap(envcrypt_bulk *bulk, const void *record, size_t size,
                         const envcrypt_context *context, envcrypt_error **err)
{
    int rc = check(bulk, err);

    if (rc == 0 && !record && size)
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "a record cannot be added to a bulk: it is NULL");
    if (rc != 0)
        return rc;
    return evc_batch_add_unwrap(bulk, evc_view_of(record, size), pairs_of(context),
                                err);
}

size_t
envcrypt_bulk_count(const envcrypt_bulk *bulk)
{
    return bulk ? evc_batch_count(bulk) : 0;
}

int
envcrypt_bulk_run(envcrypt_bulk *bulk, size_t width, envcrypt_wait *wait,
                  envcrypt_error **err)
{
    int rc = check(bulk, err);

    if (rc == 0 && width > EVC_BATCH_WIDTH_MAX)
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "a bulk makes at most %u calls at a time, not %zu",
                     EVC_BATCH_WIDTH_MAX, width);
    return rc ? rc : evc_batch_run(bulk, width, wait, err);
}

int32_t
envcrypt_bulk_code(const envcrypt_bulk *bulk, size_t index)
{
    return bulk ? evc_batch_code(bulk, index) : ENVCRYPT_E_ARGUMENT;
}

const envcrypt_error *
envcrypt_bulk_error(const envcrypt_bulk *bulk, size_t index)
{
    return bulk ? evc_batch_error(bulk, index) : NULL;
}

static const void *
give(evc_view bytes, size_t *size)
{
    if (size)
        *size = bytes.size;
    return bytes.data;
}

const void *
envcrypt_bulk_record(const envcrypt_bulk *bulk, size_t index, size_t *size)
{
    return give(bulk ? evc_batch_record(bulk, index) : evc_view_of(NULL, 0), size);
}

const void *
envcrypt_bulk_renewed(const envcrypt_bulk *bulk, size_t index, size_t *size)
{
    return give(bulk ? evc_batch_renewed(bulk, index) : evc_view_of(NULL, 0), size);
}

int
envcrypt_bulk_take_dek(envcrypt_bulk *bulk, size_t index, envcrypt_dek **out,
                       envcrypt_error **err)
{
    int rc;

    if (out)
        *out = NULL;
    rc = check(bulk, err);
    if (rc == 0 && !out)
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "a data key cannot be taken out of a bulk: out is NULL");
    return rc ? rc : evc_batch_take_dek(bulk, index, out, err);
}
