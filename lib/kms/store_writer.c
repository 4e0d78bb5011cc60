/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/store_writer.h"

#include "base/clock.h"
#include "base/encode.h"
#include "codec/jwrite.h"
#include "kms/protector_types.h"
#include "kms/uuid.h"

static void
put_hex(evc_jwrite *w, const char *name, const void *bytes, size_t size)
{
    evc_jwrite_name(w, name);
    evc_jwrite_hex(w, evc_view_of(bytes, size));
}

static void
put_time(evc_jwrite *w, int64_t wall_ms)
{
    char text[EVC_TIME_TEXT];

    evc_clock_format(wall_ms, text);
    evc_jwrite_member_text(w, "created", text);
}

static void
write_protector(evc_jwrite *w, const evc_protector *from)
{
    const evc_protector_type *type = evc_protector_types_find(from->type);

    evc_jwrite_object(w);
    put_hex(w, "id", from->id, sizeof from->id);
    evc_jwrite_member_text(w, "type", type->name);
    put_time(w, from->created_ms);
    type->write(from, w);
    evc_jwrite_end(w);
}

static void
write_version(evc_jwrite *w, int32_t kind, const evc_store_version *from)
{
    char uuid[EVC_UUID_TEXT];

    evc_jwrite_object(w);
    evc_jwrite_name(w, "version");
    evc_jwrite_integer(w, from->number);
    evc_jwrite_member_text(w, "state", evc_store_state_word(from->state));
    put_time(w, from->created_ms);
    if (kind == ENVCRYPT_KIND_BRANCH) {
        evc_uuid_format(from->uuid, uuid);
        evc_jwrite_member_text(w, "branch-version", uuid);
    }
    if (from->wrapped_size > 0) {
        put_hex(w, "nonce", from->nonce, sizeof from->nonce);
        put_hex(w, "wrapped", from->wrapped, from->wrapped_size);
    }
    evc_jwrite_end(w);
}

static void
write_key(evc_jwrite *w, const evc_store_key *from)
{
    evc_jwrite_object(w);
    evc_jwrite_member_text(w, "name", from->name);
    evc_jwrite_member_text(w, "kind", evc_store_kind_word(from->kind));
    if (from->kind == ENVCRYPT_KIND_IMPORTED) {
        evc_jwrite_member_text(w, "namespace", from->name_space);
        evc_jwrite_member_text(w, "key-name", from->key_name);
        evc_jwrite_name(w, "writes");
        evc_jwrite_bool(w, from->writes);
    }
    evc_jwrite_name(w, "versions");
    evc_jwrite_array(w);
    for (size_t i = 0; i < from->count; i++)
        write_version(w, from->kind, &from->versions[i]);
    evc_jwrite_end(w);
    evc_jwrite_end(w);
}

int
evc_store_write(const evc_store_data *data, evc_buf *out, evc_error **err)
{
    static const uint8_t no_mac[EVC_STORE_MAC];
    evc_jwrite w;
    int rc;

    evc_jwrite_begin(&w, out, true);
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "format");
    evc_jwrite_integer(&w, EVC_STORE_FORMAT);
    evc_jwrite_member_text(&w, "type", EVC_STORE_TYPE);
    put_hex(&w, "id", data->id, sizeof data->id);
    evc_jwrite_member_text(&w, "name", data->name);
    put_time(&w, data->created_ms);
    evc_jwrite_name(&w, "protectors");
    evc_jwrite_array(&w);
    for (size_t i = 0; i < data->protector_count; i++)
        write_protector(&w, &data->protectors[i]);
    evc_jwrite_end(&w);
    evc_jwrite_name(&w, "keys");
    evc_jwrite_array(&w);
    for (size_t i = 0; i < data->key_count; i++)
        write_key(&w, &data->keys[i]);
    evc_jwrite_end(&w);
    /* The writer puts the comma before the last line; then the line is taken back. */
    put_hex(&w, "mac", no_mac, sizeof no_mac);
    evc_jwrite_end(&w);
    rc = evc_jwrite_finish(&w, err);
    if (!rc)
        evc_buf_truncate(out, out->size - EVC_STORE_MAC_LINE);
    return rc;
}

void
evc_store_write_mac(const uint8_t mac[EVC_STORE_MAC], evc_buf *out)
{
    evc_buf_put_text(out, EVC_STORE_MAC_HEAD);
    evc_encode_hex(out, evc_view_of(mac, EVC_STORE_MAC));
    evc_buf_put_text(out, EVC_STORE_MAC_TAIL);
}
