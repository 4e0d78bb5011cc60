/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/keystore_list.h"

#include <string.h>

#include "base/clock.h"
#include "codec/jwrite.h"
#include "kms/protector_types.h"

static void
put_text(evc_jwrite *w, const char *name, const char *text)
{
    evc_jwrite_name(w, name);
    evc_jwrite_text(w, text);
}

static void
put_bool(evc_jwrite *w, const char *name, bool value)
{
    evc_jwrite_name(w, name);
    evc_jwrite_bool(w, value);
}

static void
put_integer(evc_jwrite *w, const char *name, int64_t value)
{
    evc_jwrite_name(w, name);
    evc_jwrite_integer(w, value);
}

static void
put_created(evc_jwrite *w, int64_t wall_ms)
{
    char text[EVC_TIME_TEXT];

    evc_clock_format(wall_ms, text);
    put_text(w, "created", text);
}

static void
list_protector(evc_jwrite *w, const evc_keystore *store, const evc_protector *from)
{
    evc_jwrite_object(w);
    put_text(w, "id", from->id_text);
    put_text(w, "type", evc_protector_types_find(from->type)->name);
    put_created(w, from->created_ms);
    if (from->type == ENVCRYPT_PROTECTOR_PASSPHRASE) {
        put_integer(w, "passes", from->passes);
        put_integer(w, "memory-kib", from->memory_kib);
    }
    if (from->type == ENVCRYPT_PROTECTOR_RSA) {
        evc_jwrite_name(w, "fingerprint");
        evc_jwrite_hex(
            w, evc_view_of(from->public_fingerprint, sizeof from->public_fingerprint));
    }
    if (from->type == ENVCRYPT_PROTECTOR_KMS) {
        put_text(w, "provider", from->provider);
        put_text(w, "key-id", from->key_id);
    }
    put_bool(w, "opened",
             store->opened && memcmp(store->opened_by, from->id, sizeof from->id) == 0);
    evc_jwrite_end(w);
}

static void
list_key(evc_jwrite *w, const evc_store_key *from)
{
    size_t current = evc_store_key_current(from);
    char uuid[EVC_UUID_TEXT];

    evc_jwrite_object(w);
    put_text(w, "name", from->name);
    put_text(w, "kind", evc_store_kind_word(from->kind));
    if (from->kind == ENVCRYPT_KIND_IMPORTED) {
        put_text(w, "namespace", from->name_space);
        put_text(w, "key-name", from->key_name);
        put_bool(w, "writes", from->writes);
    }
    evc_jwrite_name(w, "versions");
    evc_jwrite_array(w);
    for (size_t i = 0; i < from->count; i++) {
        const evc_store_version *version = &from->versions[i];

        evc_jwrite_object(w);
        put_integer(w, "version", version->number);
        put_text(w, "state", evc_store_state_word(version->state));
        put_created(w, version->created_ms);
        if (from->kind == ENVCRYPT_KIND_BRANCH) {
            evc_uuid_format(version->uuid, uuid);
            put_text(w, "branch-version", uuid);
        }
        put_bool(w, "current", i == current);
        evc_jwrite_end(w);
    }
    evc_jwrite_end(w);
    evc_jwrite_end(w);
}

int
evc_keystore_list(const evc_keystore *store, evc_buf *out, evc_error **err)
{
    const evc_store_data *data = store->data;
    evc_jwrite w;

    evc_jwrite_begin(&w, out, true);
    evc_jwrite_object(&w);
    put_text(&w, "name", data->name);
    evc_jwrite_name(&w, "id");
    evc_jwrite_hex(&w, evc_view_of(data->id, sizeof data->id));
    put_created(&w, data->created_ms);
    put_bool(&w, "verified", store->access != NULL);
    put_bool(&w, "authenticated", store->authenticated);
    put_text(&w, "fingerprint", store->access ? store->fingerprint : NULL);
    evc_jwrite_name(&w, "protectors");
    evc_jwrite_array(&w);
    for (size_t i = 0; i < data->protector_count; i++)
        list_protector(&w, store, &data->protectors[i]);
    evc_jwrite_end(&w);
    evc_jwrite_name(&w, "keys");
    evc_jwrite_array(&w);
    for (size_t i = 0; i < data->key_count; i++)
        list_key(&w, &data->keys[i]);
    evc_jwrite_end(&w);
    evc_jwrite_end(&w);
    return evc_jwrite_finish(&w, err);
}
