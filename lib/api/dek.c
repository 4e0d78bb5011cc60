/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/dek.h"

#include <string.h>

#include "api/client.h"
#include "base/fork.h"
#include "envelope/record.h"

static int
refuse(evc_error **err, const char *what)
{
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "%s: an argument that must be given is NULL", what);
}

int
envcrypt_dek_generate(envcrypt_client *client, size_t size, envcrypt_dek **out,
                      envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (!out)
        return refuse(err, "a data key cannot be made");
    *out = NULL;
    rc = evc_client_check(client, err);
    return rc ? rc : evc_dek_generate(client->crypto, size, out, err);
}

int
envcrypt_dek_import(envcrypt_client *client, const void *key, size_t size,
                    uint32_t flags, envcrypt_dek **out, envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (!out || !key)
        return refuse(err, "a data key cannot be imported");
    *out = NULL;
    if (flags & ~ENVCRYPT_DEK_READ_ONLY)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a data key cannot be imported: flags has unknown bits");
    rc = evc_client_check(client, err);
    return rc ? rc
              : evc_dek_import(client->crypto, evc_view_of(key, size),
                               flags & ENVCRYPT_DEK_READ_ONLY, out, err);
}

size_t
envcrypt_dek_size(const envcrypt_dek *dek)
{
    return dek && evc_dek_check(dek, NULL) == 0 ? dek->key.size : 0;
}

int
envcrypt_dek_export(const envcrypt_dek *dek, void *out, size_t capacity, size_t *size,
                    envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (!dek || !out || !size)
        return refuse(err, "a data key cannot be exported");
    *size = 0;
    rc = evc_dek_check(dek, err);
    if (rc)
        return rc;
    *size = dek->key.size;
    if (capacity < dek->key.size)
        return evc_err(err, ENVCRYPT_E_BUFFER_TOO_SMALL,
                       "the data key has %zu bytes and the room has %zu", dek->key.size,
                       capacity);
    memcpy(out, dek->key.bytes, dek->key.size);
    return 0;
}

void
envcrypt_dek_destroy(envcrypt_dek *dek)
{
    if (dek)
        evc_dek_destroy(dek);
}

void
envcrypt_dek_free(envcrypt_dek *dek)
{
    evc_dek_free(dek);
}

static int
check_wrap(const evc_dek *dek, const evc_keyring *keyring, evc_error **err)
{
    int rc = evc_dek_check(dek, err);

    if (!rc)
        rc = evc_fork_check(keyring->generation, "keyring", err);
    if (!rc && dek->read_only)
        rc =
            evc_err(err, ENVCRYPT_E_KEY_READ_ONLY,
                    "the data key was imported for reading only, so it is not wrapped");
    return rc;
}

int
envcrypt_dek_wrap(const envcrypt_dek *dek, envcrypt_keyring *keyring,
                  const envcrypt_context *context, envcrypt_wait *wait,
                  envcrypt_buffer **out, envcrypt_error **err)
{
    evc_buf record;
    int rc;

    evc_err_clear(err);
    if (!out || !dek || !keyring)
        return refuse(err, "a data key cannot be wrapped");
    *out = NULL;
    rc = check_wrap(dek, keyring, err);
    if (rc)
        return rc;
    evc_buf_init(&record);
    rc = evc_record_wrap(keyring, evc_view_of(dek->key.bytes, dek->key.size),
                         EVC_RECORD_KEY, context ? &context->pairs : NULL, wait,
                         &record, err);
    if (!rc)
        rc = evc_buf_publish(&record, out, err);
    evc_buf_reset(&record);
    return rc;
}

int
envcrypt_dek_unwrap(envcrypt_keyring *keyring, const void *record, size_t size,
                    const envcrypt_context *context, envcrypt_wait *wait,
                    envcrypt_dek **out, envcrypt_error **err)
{
    evc_secret key = {0};
    int rc;

    evc_err_clear(err);
    if (!out || !keyring || !record)
        return refuse(err, "a record cannot be unwrapped");
    *out = NULL;
    rc = evc_fork_check(keyring->generation, "keyring", err);
    if (!rc)
        rc = evc_record_unwrap(keyring, evc_view_of(record, size), EVC_RECORD_KEY,
                               context ? &context->pairs : NULL, NULL, wait, &key, err);
    return rc ? rc : evc_dek_adopt(keyring->crypto, &key, out, err);
}

int
envcrypt_record_rewrap(envcrypt_keyring *from, envcrypt_keyring *to, const void *record,
                       size_t size, envcrypt_wait *wait, envcrypt_buffer **out,
                       envcrypt_error **err)
{
    evc_buf made;
    int rc;

    evc_err_clear(err);
    if (!out || !from || !to || !record)
        return refuse(err, "a record cannot be rewrapped");
    *out = NULL;
    rc = evc_fork_check(from->generation, "keyring", err);
    if (!rc)
        rc = evc_fork_check(to->generation, "keyring", err);
    if (rc)
        return rc;
    evc_buf_init(&made);
    rc = evc_record_rewrap(from, to, evc_view_of(record, size), wait, &made, err);
    if (!rc)
        rc = evc_buf_publish(&made, out, err);
    evc_buf_reset(&made);
    return rc;
}
