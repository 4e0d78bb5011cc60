/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/context_form.h"

#include <string.h>

#include "base/encode.h"
#include "crypto/digest.h"
#include "kms/context.h"

int
evc_context_hash(evc_crypto *crypto, const evc_kv *context,
                 char out[EVC_CONTEXT_HASH_TEXT], evc_error **err)
{
    static const char label[] = "envcrypt-context-1"; /* its NUL is hashed too */
    uint8_t hash[32];
    evc_view parts[2] = {evc_view_of(label, sizeof(label))};
    evc_buf b;
    int rc;

    evc_buf_init(&b);
    evc_context_write(context, &b);
    parts[1] = evc_buf_view(&b);
    rc = evc_buf_check(&b, err);
    if (!rc)
        rc = evc_digest(crypto, EVC_SHA256, parts, 2, hash, err);
    evc_buf_reset(&b);
    if (rc)
        return rc;
    evc_buf_init_fixed(&b, out, EVC_CONTEXT_HASH_TEXT);
    evc_encode_base64(&b, evc_view_of(hash, sizeof(hash)));
    evc_buf_put_u8(&b, 0);
    return evc_buf_check(&b, err);
}

bool
evc_context_has_nul(const evc_kv *context)
{
    for (size_t i = 0; context && i < context->count; i++) {
        const evc_pair *pair = &context->pairs[i];

        if (memchr(pair->name.data, 0, pair->name.size) ||
            (pair->value.size && memchr(pair->value.data, 0, pair->value.size)))
            return true;
    }
    return false;
}

void
evc_context_put(const evc_kv *context, evc_jwrite *w)
{
    evc_jwrite_object(w);
    for (size_t i = 0; context && i < context->count; i++) {
        evc_jwrite_name(w, (const char *)context->pairs[i].name.data);
        evc_jwrite_view(w, context->pairs[i].value);
    }
    evc_jwrite_end(w);
}

/* Of UTF-8: every byte but those that go on with one. */
static size_t
count_characters(evc_view text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.size; i++)
        count += (text.data[i] & 0xc0) != 0x80;
    return count;
}

bool
evc_context_json(const evc_kv *context, size_t most, evc_buf *out)
{
    evc_jwrite w;
    evc_buf b;
    bool fits;
    int rc;

    if (evc_context_has_nul(context))
        return false;
    evc_buf_init(&b);
    evc_jwrite_begin(&w, &b, false);
    evc_context_put(context, &w);
    rc = evc_jwrite_finish(&w, NULL);
    out->failed = out->failed || rc == ENVCRYPT_E_NOMEM;
    fits = rc == 0 && count_characters(evc_buf_view(&b)) <= most;
    if (fits)
        evc_buf_put_view(out, evc_buf_view(&b));
    evc_buf_reset(&b);
    return fits;
}

evc_context_form
evc_context_form_of(const evc_kv *context, size_t most)
{
    evc_buf b;
    bool fits;

    if (!context || context->count == 0)
        return EVC_FORM_NONE;
    evc_buf_init(&b);
    fits = most && evc_context_json(context, most, &b);
    evc_buf_reset(&b);
    return fits ? EVC_FORM_MAP : EVC_FORM_HASH;
}
