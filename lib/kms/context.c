/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/context.h"

#include "base/encode.h"
#include "base/utf8.h"

#define COUNT_SIZE 2u
#define LENGTHS_SIZE 4u /* of one pair */

static size_t
pair_size(evc_view name, evc_view value)
{
    return LENGTHS_SIZE + name.size + value.size;
}

void
evc_context_init(evc_context *context)
{
    evc_kv_init(&context->pairs);
    context->size = 0;
}

void
evc_context_reset(evc_context *context)
{
    evc_kv_reset(&context->pairs);
    context->size = 0;
}

static int
refuse(int code, evc_view name, const char *why, evc_error **err)
{
    char shown[EVC_SHOWN];

    evc_encode_shown(name, shown);
    return evc_err(err, code, "the context pair \"%s\" %s", shown, why);
}

int
evc_context_check(evc_view name, evc_view value, evc_error **err)
{
    if (name.size == 0)
        return evc_err(
            err, ENVCRYPT_E_ARGUMENT,
            "a pair of the encryption context has an empty name; give it one");
    if (!evc_is_utf8(name) || !evc_is_utf8(value))
        return refuse(ENVCRYPT_E_UTF8, name,
                      "has a name or value that is not UTF-8; encode other bytes as "
                      "base64 or hex",
                      err);
    if (evc_view_starts_with(name, EVC_CONTEXT_RESERVED))
        return refuse(
            ENVCRYPT_E_CONTEXT_RESERVED, name,
            "has a reserved name, as all that begin with " EVC_CONTEXT_RESERVED
            "; choose another",
            err);
    return 0;
}

int
evc_context_add(evc_context *context, evc_view name, evc_view value, evc_error **err)
{
    size_t before = context->size ? context->size : COUNT_SIZE;
    int rc = evc_context_check(name, value, err);

    if (rc)
        return rc;
    if (name.size > EVC_CONTEXT_MAX || value.size > EVC_CONTEXT_MAX ||
        before + pair_size(name, value) > EVC_CONTEXT_MAX)
        return evc_err(err, ENVCRYPT_E_LIMIT_CONTEXT,
                       "one more pair makes the encryption context larger than the %u "
                       "bytes that the message format holds; bind a digest instead",
                       EVC_CONTEXT_MAX);
    rc = evc_kv_add(&context->pairs, name, value, err);
    if (!rc)
        context->size = before + pair_size(name, value);
    return rc;
}

int
evc_context_copy(evc_context *to, const evc_kv *pairs, evc_error **err)
{
    int rc = 0;

    if (pairs)
        rc = evc_kv_copy(&to->pairs, pairs, err);
    else
        evc_kv_reset(&to->pairs);
    to->size = evc_context_size(&to->pairs);
    return rc;
}

size_t
evc_context_size(const evc_kv *pairs)
{
    size_t size = COUNT_SIZE;

    if (!pairs || pairs->count == 0)
        return 0;
    for (size_t i = 0; i < pairs->count; i++)
        size += pair_size(pairs->pairs[i].name, pairs->pairs[i].value);
    return size;
}

void
evc_context_write(const evc_kv *pairs, evc_buf *out)
{
    if (!pairs || pairs->count == 0)
        return;
    if (pairs->count > UINT16_MAX) {
        out->misused = !out->failed;
        out->failed = true;
        return;
    }
    evc_buf_put_u16(out, (uint16_t)pairs->count);
    for (size_t i = 0; i < pairs->count; i++) {
        evc_buf_put_bytes16(out, pairs->pairs[i].name);
        evc_buf_put_bytes16(out, pairs->pairs[i].value);
    }
}

/* One pair from the cursor into the list. */
static int
read_pair(evc_cursor *c, evc_kv *out, evc_error **err)
{
    evc_view name = evc_cursor_bytes16(c);
    evc_view value = evc_cursor_bytes16(c);
    int rc;

    if (c->failed)
        return evc_err(err, ENVCRYPT_E_HEADER,
                       "the encryption context of the message ends within a pair");
    if (!evc_is_utf8(name) || !evc_is_utf8(value))
        return evc_err(err, ENVCRYPT_E_HEADER,
                       "the encryption context of the message is not UTF-8");
    rc = evc_kv_add(out, name, value, err);
    if (rc == ENVCRYPT_E_CONTEXT_DUPLICATE)
        return evc_err(err, ENVCRYPT_E_HEADER,
                       "the encryption context of the message has a name twice");
    return rc;
}

int
evc_context_read(evc_view bytes, evc_kv *out, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(bytes);
    evc_kv pairs;
    uint16_t count;
    int rc = 0;

    evc_kv_init(&pairs);
    if (bytes.size == 0)
        goto out;
    count = evc_cursor_u16(&c);
    if (count == 0) {
        rc = evc_err(err, ENVCRYPT_E_HEADER,
                     "the encryption context of the message has bytes but no pairs");
        goto out;
    }
    /* A pair has two lengths, so there are no more than: */
    rc = evc_kv_reserve(&pairs, count < bytes.size / 4 ? count : bytes.size / 4,
                        bytes.size, err);
    for (unsigned i = 0; rc == 0 && i < count; i++)
        rc = read_pair(&c, &pairs, err);
    if (rc == 0 && !evc_cursor_done(&c))
        rc = evc_err(err, ENVCRYPT_E_HEADER,
                     "bytes follow the last pair of the encryption context");
out:
    if (rc) {
        evc_kv_reset(&pairs);
        return rc;
    }
    evc_kv_reset(out);
    *out = pairs;
    return 0;
}
