/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/value.h"

#include <string.h>

#include "base/fork.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "envelope/record.h"

#define KEY_SIZE 32

static int
refuse(evc_error **err, const char *what)
{
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "%s: an argument that must be given is NULL", what);
}

/* A new data key as a record of purpose 2, and made ready. */
static int
make(evc_keyring *keyring, const evc_kv *context, evc_wait *wait, evc_value_key **out,
     evc_buf *record, evc_error **err)
{
    evc_secret key = {0};
    evc_view bytes;
    int rc =
        evc_secret_new(evc_crypto_env(keyring->crypto)->arena, KEY_SIZE, &key, err);

    bytes = evc_view_of(key.bytes, key.size);
    if (!rc)
        rc = evc_random_key(keyring->crypto, key.bytes, key.size, err);
    if (!rc)
        rc = evc_record_wrap(keyring, bytes, EVC_RECORD_VALUES, context, wait, record,
                             err);
    if (!rc)
        rc = evc_value_key_open(keyring->crypto, bytes, out, err);
    evc_secret_free(&key);
    return rc;
}

int
envcrypt_value_key_new(envcrypt_keyring *keyring, const envcrypt_context *context,
                       envcrypt_wait *wait, envcrypt_value_key **out,
                       envcrypt_buffer **record, envcrypt_error **err)
{
    evc_buf made;
    int rc;

    evc_err_clear(err);
    if (!keyring || !out || !record)
        return refuse(err, "a data key for values cannot be made");
    *out = NULL;
    *record = NULL;
    rc = evc_fork_check(keyring->generation, "keyring", err);
    if (rc)
        return rc;
    evc_buf_init(&made);
    rc = make(keyring, context ? &context->pairs : NULL, wait, out, &made, err);
    if (!rc)
        rc = evc_buf_publish(&made, record, err);
    if (rc) {
        evc_value_key_unref(*out);
        *out = NULL;
    }
    evc_buf_reset(&made);
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
    if (!keyring || !record || !out)
        return refuse(err, "a data key for values cannot be opened");
    *out = NULL;
    rc = evc_fork_check(keyring->generation, "keyring", err);
    if (!rc)
        rc =
            evc_record_unwrap(keyring, evc_view_of(record, size), EVC_RECORD_VALUES,
                              context ? &context->pairs : NULL, cache, wait, &key, err);
    if (!rc)
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
    if (!key || !out)
        return refuse(err, "a commitment cannot be told");
    rc = evc_fork_check(evc_value_key_generation(key), "value key", err);
    if (!rc)
        memcpy(out, evc_value_key_commitment(key), 32);
    return rc;
}

/* What seal and open check alike; on failure the whole room is zero. */
static int
check(const evc_value_key *key, const void *in, size_t size, void *out, size_t capacity,
      size_t *made, evc_error **err)
{
    int rc;

    evc_err_clear(err);
    if (made)
        *made = 0;
    if (!key || (!in && size) || (!out && capacity) || !made)
        rc = refuse(err, "a value cannot be sealed or opened");
    else
        rc = evc_fork_check(evc_value_key_generation(key), "value key", err);
    if (rc && out)
        evc_mem_wipe(out, capacity);
    return rc;
}

static int
need(size_t size, void *out, size_t capacity, size_t *made, evc_error **err)
{
    if (size <= capacity)
        return 0;
    *made = size;
    evc_mem_wipe(out, capacity);
    return evc_err(err, ENVCRYPT_E_BUFFER_TOO_SMALL,
                   "the result has %zu bytes and the room has %zu", size, capacity);
}

static int
end(int rc, size_t size, void *out, size_t capacity, size_t *made)
{
    if (rc)
        evc_mem_wipe(out, capacity);
    else
        *made = size;
    return rc;
}

int
envcrypt_value_seal(envcrypt_value_key *key, const envcrypt_context *context,
                    const void *plain, size_t size, void *out, size_t capacity,
                    size_t *made, envcrypt_error **err)
{
    int rc = check(key, plain, size, out, capacity, made, err);

    if (!rc && size <= ENVCRYPT_VALUE_MAX)
        rc = need(size + ENVCRYPT_VALUE_OVERHEAD, out, capacity, made, err);
    if (rc)
        return rc;
    rc = evc_value_seal(key, context ? &context->pairs : NULL, evc_view_of(plain, size),
                        out, err);
    return end(rc, size + ENVCRYPT_VALUE_OVERHEAD, out, capacity, made);
}

int
envcrypt_value_open(envcrypt_value_key *key, const envcrypt_context *context,
                    const void *value, size_t size, void *out, size_t capacity,
                    size_t *made, envcrypt_error **err)
{
    size_t plain = size > ENVCRYPT_VALUE_OVERHEAD ? size - ENVCRYPT_VALUE_OVERHEAD : 0;
    int rc = check(key, value, size, out, capacity, made, err);

    if (!rc)
        rc = need(plain, out, capacity, made, err);
    if (rc)
        return rc;
    rc = evc_value_open(key, context ? &context->pairs : NULL, evc_view_of(value, size),
                        out, err);
    return end(rc, plain, out, capacity, made);
}
