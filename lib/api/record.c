/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/record.h"

#include "base/fork.h"
#include "base/mem.h"
#include "envelope/dek.h"

static int
check_keyring(const evc_keyring *keyring, evc_error **err)
{
    if (!keyring)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a data key is wrapped and unwrapped by a keyring, and it is "
                       "NULL");
    return evc_fork_check(keyring->generation, "keyring", err);
}

int
envcrypt_dek_wrap(const envcrypt_dek *dek, envcrypt_keyring *keyring,
                  const envcrypt_context *context, envcrypt_wait *wait,
                  envcrypt_buffer **out, envcrypt_error **err)
{
    evc_buf record;
    int rc;

    evc_err_clear(err);
    if (!out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a data key cannot be wrapped: out is NULL");
    *out = NULL;
    rc = evc_dek_check_writable(dek, err);
    if (rc == 0)
        rc = check_keyring(keyring, err);
    if (rc != 0)
        return rc;
    evc_buf_init(&record);
    rc = evc_record_wrap(keyring, evc_view_of(dek->key.bytes, dek->key.size),
                         EVC_RECORD_KEY, context ? &context->pairs : NULL, wait,
                         &record, err);
    if (rc == 0)
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
    if (out)
        *out = NULL;
    if (!out || (!record && size))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a data key cannot be unwrapped: record or out is NULL");
    rc = check_keyring(keyring, err);
    if (rc == 0)
        rc = evc_record_unwrap(keyring, evc_view_of(record, size), EVC_RECORD_KEY,
                               context ? &context->pairs : NULL, NULL, wait, &key, err);
    return rc ? rc : evc_dek_adopt(keyring->crypto, &key, out, err);
}

int
envcrypt_dek_unwrap_renewed(envcrypt_keyring *keyring, const void *record, size_t size,
                            const envcrypt_context *context, envcrypt_wait *wait,
                            envcrypt_dek **out, envcrypt_buffer **renewed,
                            envcrypt_error **err)
{
    evc_secret key = {0};
    evc_buf made;
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    if (renewed)
        *renewed = NULL;
    if (!out || !renewed || (!record && size))
        return evc_err(
            err, ENVCRYPT_E_ARGUMENT,
            "a data key cannot be unwrapped: record, out or renewed is NULL");
    rc = check_keyring(keyring, err);
    if (rc != 0)
        return rc;
    evc_buf_init(&made);
    rc = evc_record_unwrap_renewed(keyring, evc_view_of(record, size), EVC_RECORD_KEY,
                                   context ? &context->pairs : NULL, wait, &key, &made,
                                   err);
    if (rc == 0)
        rc = evc_dek_adopt(keyring->crypto, &key, out, err);
    if (rc == 0 && made.size > 0)
        rc = evc_buf_publish(&made, renewed, err);
    if (rc != 0 && *out) {
        evc_dek_free(*out);
        *out = NULL;
    }
    evc_buf_reset(&made);
    return rc;
}

int
envcrypt_record_rewrap(envcrypt_keyring *from, envcrypt_keyring *to, const void *record,
                       size_t size, envcrypt_wait *wait, envcrypt_buffer **out,
                       envcrypt_error **err)
{
    evc_buf made;
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    if (!out || (!record && size))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a record cannot be rewrapped: record or out is NULL");
    rc = check_keyring(from, err);
    if (rc == 0)
        rc = check_keyring(to, err);
    if (rc != 0)
        return rc;
    evc_buf_init(&made);
    rc = evc_record_rewrap(from, to, evc_view_of(record, size), wait, &made, err);
    if (rc == 0)
        rc = evc_buf_publish(&made, out, err);
    evc_buf_reset(&made);
    return rc;
}
