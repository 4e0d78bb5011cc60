/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/info.h"

#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "codec/jwrite.h"
#include "envelope/record.h"

/* A copy with a NUL behind it; the buffer has room, so earlier copies stay in place. */
static evc_view
keep(evc_buf *bytes, evc_view view)
{
    uint8_t *room = evc_buf_extend(bytes, view.size + 1);

    if (!room)
        return evc_view_of(NULL, 0);
    if (view.size)
        memcpy(room, view.data, view.size);
    return evc_view_of(room, view.size);
}

/* The key id is a part of the info. */
static size_t
room_for(const evc_edk *edks, size_t count)
{
    size_t size = 0;

    for (size_t i = 0; i < count; i++)
        size +=
            edks[i].provider.size + 2 * edks[i].info.size + edks[i].ciphertext.size + 4;
    return size;
}

static void
keep_edk(evc_buf *bytes, const evc_edk *edk, evc_info_edk *out)
{
    out->edk.provider = keep(bytes, edk->provider);
    out->edk.info = keep(bytes, edk->info);
    out->edk.ciphertext = keep(bytes, edk->ciphertext);
    evc_edk_describe(&out->edk, &out->facts);
    out->facts.key_id = keep(bytes, out->facts.key_id);
    out->provider = (const char *)out->edk.provider.data;
    out->key_id = (const char *)out->facts.key_id.data;
}

static int
keep_edks(evc_info *info, const evc_edk *edks, size_t count, evc_error **err)
{
    info->edks = evc_mem_new_array(count, sizeof(*info->edks));
    if (!info->edks || !evc_buf_reserve(&info->bytes, room_for(edks, count)))
        return evc_err_nomem(err);
    for (; info->edk_count < count; info->edk_count++)
        keep_edk(&info->bytes, &edks[info->edk_count], &info->edks[info->edk_count]);
    return evc_buf_check(&info->bytes, err);
}

static int
make(const evc_kv *context, const evc_edk *edks, size_t count, evc_info **out,
     evc_error **err)
{
    evc_info *info = evc_mem_new(sizeof(*info));
    int rc;

    *out = NULL;
    if (!info)
        return evc_err_nomem(err);
    evc_buf_init(&info->bytes);
    evc_context_init(&info->context);
    rc = evc_context_copy(&info->context, context, err);
    if (rc == 0)
        rc = keep_edks(info, edks, count, err);
    if (rc)
        evc_info_free(info);
    else
        *out = info;
    return rc;
}

int
evc_info_from_header(const evc_header *h, const evc_kv *context, bool verified,
                     evc_info **out, evc_error **err)
{
    int rc = make(context ? context : &h->context, h->edks, h->edk_count, out, err);

    if (rc)
        return rc;
    (*out)->verified = verified;
    (*out)->suite = h->suite;
    (*out)->frame_length = h->frame_length;
    (*out)->header_size = h->size;
    memcpy((*out)->id, h->id, h->suite->id_size);
    memcpy((*out)->commitment, h->commitment, sizeof(h->commitment));
    return 0;
}

int
evc_info_from_record(evc_view bytes, const evc_config *config, evc_info **out,
                     evc_error **err)
{
    evc_record record;
    int rc = evc_record_read(bytes, config, &record, err);

    *out = NULL;
    if (rc)
        return rc;
    rc = make(&record.context, record.edks, record.edk_count, out, err);
    if (rc == 0) {
        (*out)->purpose = record.purpose;
        (*out)->header_size = bytes.size;
    }
    evc_record_reset(&record);
    return rc;
}

int
evc_info_inspect(evc_view bytes, const evc_config *config, evc_info **out,
                 evc_error **err)
{
    evc_header header;
    bool more = false;
    int rc;

    *out = NULL;
    if (evc_record_is_one(bytes))
        return evc_info_from_record(bytes, config, out, err);
    rc = evc_header_read(bytes, config, &header, &more, err);
    if (rc)
        return rc;
    if (more)
        return evc_err(err, ENVCRYPT_E_TRUNCATED,
                       "the header does not end within the given %zu bytes; give more "
                       "of the message",
                       bytes.size);
    rc = evc_info_from_header(&header, NULL, false, out, err);
    evc_header_reset(&header);
    return rc;
}

void
evc_info_free(evc_info *info)
{
    if (!info)
        return;
    evc_context_reset(&info->context);
    evc_buf_reset(&info->bytes);
    evc_mem_free(info->edks);
    evc_mem_free(info);
}

/* Text where it is UTF-8, else its bytes in base64 under a name that says so. */
static void
put_bytes(evc_jwrite *w, const char *name, const char *name_base64, evc_view bytes)
{
    if (evc_is_utf8(bytes)) {
        evc_jwrite_name(w, name);
        evc_jwrite_view(w, bytes);
    } else {
        evc_jwrite_name(w, name_base64);
        evc_jwrite_base64(w, bytes);
    }
}

static void
put_context(evc_jwrite *w, const evc_kv *context)
{
    evc_jwrite_name(w, "encryption_context");
    evc_jwrite_array(w);
    for (size_t i = 0; i < context->count; i++) {
        evc_jwrite_object(w);
        put_bytes(w, "name", "name_base64", context->pairs[i].name);
        put_bytes(w, "value", "value_base64", context->pairs[i].value);
        evc_jwrite_end(w);
    }
    evc_jwrite_end(w);
}

static void
put_edk(evc_jwrite *w, const evc_info_edk *edk, bool verified)
{
    char when[EVC_TIME_TEXT];

    evc_jwrite_object(w);
    put_bytes(w, "provider", "provider_base64", edk->edk.provider);
    put_bytes(w, "key_id", "key_id_base64", edk->facts.key_id);
    evc_jwrite_name(w, "key_version");
    evc_jwrite_text(w, edk->facts.key_version[0] ? edk->facts.key_version : NULL);
    evc_jwrite_name(w, "wrapped_at");
    if (edk->facts.wrapped_ms < 0) {
        evc_jwrite_null(w);
    } else {
        evc_clock_format(edk->facts.wrapped_ms, when);
        evc_jwrite_text(w, when);
    }
    evc_jwrite_name(w, "verified");
    evc_jwrite_bool(w, verified);
    evc_jwrite_name(w, "ciphertext_bytes");
    evc_jwrite_integer(w, (int64_t)edk->edk.ciphertext.size);
    evc_jwrite_end(w);
}

static void
put_suite(evc_jwrite *w, const evc_info *info)
{
    char id[8];
    evc_buf text;

    evc_buf_init_fixed(&text, id, sizeof(id) - 1);
    evc_buf_put_format(&text, "0x%04x", info->suite->id);
    id[text.size] = '\0';
    evc_jwrite_name(w, "format_version");
    evc_jwrite_integer(w, info->suite->format);
    evc_jwrite_name(w, "suite");
    evc_jwrite_text(w, id);
    evc_jwrite_name(w, "commits_to_key");
    evc_jwrite_bool(w, info->suite->commits);
    evc_jwrite_name(w, "commitment");
    if (info->suite->commits)
        evc_jwrite_hex(w, evc_view_of(info->commitment, sizeof(info->commitment)));
    else
        evc_jwrite_null(w);
    evc_jwrite_name(w, "signed");
    evc_jwrite_bool(w, info->suite->is_signed);
    evc_jwrite_name(w, "message_id");
    evc_jwrite_hex(w, evc_view_of(info->id, info->suite->id_size));
    evc_jwrite_name(w, "framed");
    evc_jwrite_bool(w, info->frame_length != 0);
    evc_jwrite_name(w, "frame_length");
    evc_jwrite_integer(w, info->frame_length);
    evc_jwrite_name(w, "header_bytes");
    evc_jwrite_integer(w, (int64_t)info->header_size);
}

int
evc_info_to_json(const evc_info *info, evc_buf *out, evc_error **err)
{
    evc_jwrite w;

    evc_jwrite_begin(&w, out, true);
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "type");
    evc_jwrite_text(&w, info->suite ? "message" : "wrapped-key record");
    evc_jwrite_name(&w, "verified");
    evc_jwrite_bool(&w, info->verified);
    if (info->suite) {
        put_suite(&w, info);
    } else {
        evc_jwrite_name(&w, "purpose");
        evc_jwrite_text(&w,
                        info->purpose == EVC_RECORD_VALUES ? "small values" : "key");
    }
    put_context(&w, &info->context.pairs);
    evc_jwrite_name(&w, "encrypted_data_keys");
    evc_jwrite_array(&w);
    for (size_t i = 0; i < info->edk_count; i++)
        put_edk(&w, &info->edks[i], info->verified);
    evc_jwrite_end(&w);
    evc_jwrite_end(&w);
    return evc_jwrite_finish(&w, err);
}

static int32_t
is_current(const evc_kms *kms, const evc_edk *edk)
{
    return kms ? evc_kms_is_current(kms, edk) : ENVCRYPT_UNKNOWN;
}

int32_t
evc_info_edk_is_current(const evc_info *info, size_t edk, const evc_keyring *keyring)
{
    if (edk >= info->edk_count)
        return ENVCRYPT_UNKNOWN;
    return is_current(evc_keyring_find(keyring, &info->edks[edk].edk),
                      &info->edks[edk].edk);
}

/* How long ago the EDK was wrapped, or its key version made; -1 when nothing tells. */
static int64_t
age_ms(const evc_info_edk *edk, const evc_kms *kms, int64_t now_ms)
{
    int64_t from = edk->facts.wrapped_ms;

    if (from < 0)
        from = evc_kms_age_from_ms(kms, &edk->edk);
    if (from < 0)
        return -1;
    return now_ms > from ? now_ms - from : 0;
}

static int32_t
edk_needs_rewrap(const evc_info_edk *edk, const evc_keyring *keyring, int64_t now_ms,
                 int64_t max_age_ms)
{
    const evc_kms *kms = evc_keyring_find(keyring, &edk->edk);
    int32_t current = is_current(kms, &edk->edk);
    int64_t age = kms ? age_ms(edk, kms, now_ms) : -1;

    if (!kms || current == ENVCRYPT_NO || (max_age_ms >= 0 && age > max_age_ms))
        return ENVCRYPT_YES;
    if (current == ENVCRYPT_UNKNOWN || (max_age_ms >= 0 && age < 0))
        return ENVCRYPT_UNKNOWN;
    return ENVCRYPT_NO;
}

static bool
has_edk_for(const evc_info *info, const evc_kms *kms)
{
    for (size_t i = 0; i < info->edk_count; i++) {
        if (evc_kms_claims(kms, &info->edks[i].edk))
            return true;
    }
    return false;
}

/* A keyring without a generator writes nothing: then its keys are what is wanted. */
static bool
is_recipient(const evc_keyring *keyring, const evc_kms *kms)
{
    return !keyring->has_generator || evc_kms_can(kms, ENVCRYPT_OP_WRAP);
}

static bool
has_recipient_for(const evc_keyring *keyring, const evc_edk *edk)
{
    for (size_t k = 0; k < keyring->count; k++) {
        if (is_recipient(keyring, keyring->keys[k]) &&
            evc_kms_claims(keyring->keys[k], edk))
            return true;
    }
    return false;
}

bool
evc_info_recipients_differ(const evc_info *info, const evc_keyring *keyring)
{
    size_t recipients = 0;

    for (size_t i = 0; i < info->edk_count; i++) {
        if (!has_recipient_for(keyring, &info->edks[i].edk))
            return true;
    }
    for (size_t k = 0; k < keyring->count; k++) {
        if (!is_recipient(keyring, keyring->keys[k]))
            continue;
        recipients++;
        if (!has_edk_for(info, keyring->keys[k]))
            return true;
    }
    return info->edk_count != recipients;
}

int32_t
evc_info_needs_rewrap(const evc_info *info, const evc_keyring *keyring, int64_t now_ms,
                      int64_t max_age_ms)
{
    int32_t answer = ENVCRYPT_NO;

    if ((info->suite && !info->suite->commits) ||
        evc_info_recipients_differ(info, keyring))
        return ENVCRYPT_YES;
    for (size_t i = 0; i < info->edk_count; i++) {
        int32_t one = edk_needs_rewrap(&info->edks[i], keyring, now_ms, max_age_ms);

        if (one == ENVCRYPT_YES)
            return ENVCRYPT_YES;
        if (one == ENVCRYPT_UNKNOWN)
            answer = ENVCRYPT_UNKNOWN;
    }
    return answer;
}
