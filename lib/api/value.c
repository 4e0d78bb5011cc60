/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/value.h"

#include <string.h>

#include "base/fork.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "envelope/record.h"

#define DATA_KEY 32

static int
check_keyring(const evc_keyring *keyring, evc_error **err)
{
    if (!keyring)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a key for values needs a keyring, and it is NULL");
    return evc_fork_check(keyring->generation, "keyring", err);
}

static int
check_key(const evc_value_key *key, evc_error **err)
{
    if (!key)
        return evc_err(err, ENVCRYPT_E_ARGUMENT, "the key for values is NULL");
    return evc_fork_check(evc_value_key_generation(key), "key for values", err);
}

/* A new data key, its record, and what is derived from it. */
static int
make(evc_keyring *keyring, const evc_kv *context, evc_wait *wait, evc_value_key **out,
     evc_buf *record, evc_error **err)
{
    evc_secret key = {0};
    evc_view view;
    int rc =
        evc_secret_new(evc_crypto_env(keyring->crypto)->arena, DATA_KEY, &key, err);

    if (rc != 0)
        return rc;
    view = evc_view_of(key.bytes, key.size);
    rc = evc_random_key(keyring->crypto, key.bytes, key.size, err);
    if (rc == 0)
        rc = evc_record_wrap(keyring, view, EVC_RECORD_VALUES, context, wait, record,
                             err);
    if (rc == 0)
        rc = evc_value_key_open(keyring->crypto, view, out, err);
    evc_secret_free(&key);
    return rc;
}

int
envcrypt_value_key_new(envcrypt_keyring *keyring, const envcrypt_context *context,
                       envcrypt_wait *wait, envcrypt_value_key **out,
                       envcrypt_buffer **record, envcrypt_error **err)
{
    evc_value_key *key = NULL;
    evc_buf made;
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    if (record)
        *record = NULL;
    if (!out || !record)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a key for values cannot be made: out or record is NULL");
    rc = check_keyring(keyring, err);
    if (rc != 0)
        return rc;
    evc_buf_init(&made);
    rc = make(keyring, context ? &context->pairs : NULL, wait, &key, &made, err);
    if (rc == 0)
        rc = evc_buf_publish(&made, record, err);
    evc_buf_reset(&made);
    if (rc != 0)
        evc_value_key_unref(key);
    else
        *out = key;
    return rc;
}

int
envcrypt_value_key_open(envcrypt_keyring *keyring, const void *record, size_t size,
                        const envcrypt_context *context, envcrypt_cache *cache,
                        envcrypt_wait *wait, envcrypt_value_key **out,
                        envcrypt_error **err)
{
    evc_secret key = {0};
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    if (!out || (!record && size))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a key for values cannot be opened: record or out is NULL");
    rc = check_keyring(keyring, err);
    if (rc == 0)
        rc =
            evc_record_unwrap(keyring, evc_view_of(record, size), EVC_RECORD_VALUES,
                              context ? &context->pairs : NULL, cache, wait, &key, err);
    if (rc == 0)
        rc = evc_value_key_open(keyring->crypto, evc_view_of(key.bytes, key.size), out,
                                err);
    evc_secret_free(&key);
    return rc;
}

envcrypt_value_key *
envcrypt_value_key_ref(envcrypt_value_key *key)
{
    return evc_value_key_ref(key);
}

void
envcrypt_value_key_unref(envcrypt_value_key *key)
{
    evc_value_key_unref(key);
}

int
envcrypt_value_key_commitment(const envcrypt_value_key *key, void *out,
                              envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    rc = check_key(key, err);
    if (rc == 0 && !out)
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "a commitment cannot be told: out is NULL");
    if (rc == 0)
        memcpy(out, evc_value_key_commitment(key), EVC_VALUE_COMMITMENT);
    return rc;
}

/* What an argument makes impossible leaves zeros in the output, too. */
static int
fail(int rc, void *out, size_t capacity)
{
    if (out)
        evc_mem_wipe(out, capacity);
    return rc;
}

static int
check_room(const void *out, size_t capacity, size_t needed, evc_error **err)
{
    if (out && capacity >= needed)
        return 0;
    return evc_err(err, ENVCRYPT_E_BUFFER_TOO_SMALL,
                   "the result has %zu bytes and the buffer %zu", needed, capacity);
}

int
envcrypt_value_seal(envcrypt_value_key *key, const envcrypt_context *context,
                    const void *plain, size_t size, void *out, size_t capacity,
                    size_t *made, envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (made)
        *made = 0;
    if ((!plain && size) || (!out && capacity) || !made)
        return fail(evc_err(err, ENVCRYPT_E_ARGUMENT,
                            "a value cannot be sealed: plain, out or made is NULL"),
                    out, capacity);
    rc = check_key(key, err);
    if (rc == 0)
        rc = evc_value_check_size(size, err);
    if (rc != 0)
        return fail(rc, out, capacity);
    *made = size + ENVCRYPT_VALUE_OVERHEAD;
    rc = check_room(out, capacity, *made, err);
    if (rc == 0)
        rc = evc_value_seal(key, context ? &context->pairs : NULL,
                            evc_view_of(plain, size), out, err);
    if (rc != 0 && rc != ENVCRYPT_E_BUFFER_TOO_SMALL)
        *made = 0;
    return rc ? fail(rc, out, capacity) : 0;
}

int
envcrypt_value_open(envcrypt_value_key *key, const envcrypt_context *context,
                    const void *value, size_t size, void *out, size_t capacity,
                    size_t *made, envcrypt_error **err)
{
    uint8_t none; /* the place of a value without bytes */
    int rc;

    evc_err_clear(err);
    if (made)
        *made = 0;
    if ((!value && size) || (!out && capacity) || !made)
        return fail(evc_err(err, ENVCRYPT_E_ARGUMENT,
                            "a value cannot be opened: value, out or made is NULL"),
                    out, capacity);
    rc = check_key(key, err);
    if (rc != 0)
        return fail(rc, out, capacity);
    if (size > ENVCRYPT_VALUE_OVERHEAD) {
        *made = size - ENVCRYPT_VALUE_OVERHEAD;
        rc = check_room(out, capacity, *made, err);
    }
    if (rc == 0)
        rc = evc_value_open(key, context ? &context->pairs : NULL,
                            evc_view_of(value, size), out ? out : &none, err);
    if (rc != 0 && rc != ENVCRYPT_E_BUFFER_TOO_SMALL)
        *made = 0;
    return rc ? fail(rc, out, capacity) : 0;
}
