/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/keystore_list.h"

#include <string.h>

#include "base/clock.h"
#include "codec/jwrite.h"
#include "kms/protector_types.h"

static void
put_created(evc_jwrite *w, int64_t wall_ms)
{
    char text[EVC_TIME_TEXT];

    evc_clock_format(wall_ms, text);
    evc_jwrite_member_text(w, "created", text);
}

static void
list_protector(evc_jwrite *w, const evc_keystore *store, const evc_protector *from)
{
    evc_jwrite_object(w);
    evc_jwrite_member_text(w, "id", from->id_text);
    evc_jwrite_member_text(w, "type", evc_protector_types_find(from->type)->name);
    put_created(w, from->created_ms);
    if (from->type == ENVCRYPT_PROTECTOR_PASSPHRASE) {
        evc_jwrite_member_integer(w, "passes", from->passes);
        evc_jwrite_member_integer(w, "memory-kib", from->memory_kib);
    }
    if (from->type == ENVCRYPT_PROTECTOR_RSA) {
        evc_jwrite_name(w, "fingerprint");
        evc_jwrite_hex(
            w, evc_view_of(from->public_fingerprint, sizeof from->public_fingerprint));
    }
    if (from->type == ENVCRYPT_PROTECTOR_KMS) {
        evc_jwrite_member_text(w, "provider", from->provider);
        evc_jwrite_member_text(w, "key-id", from->key_id);
    }
    evc_jwrite_member_bool(
        w, "opened",
        store->opened && memcmp(store->opened_by, from->id, sizeof from->id) == 0);
    evc_jwrite_end(w);
}

static void
list_key(evc_jwrite *w, const evc_store_key *from)
{
    size_t current = evc_store_key_current(from);
    char uuid[EVC_UUID_TEXT];

    evc_jwrite_object(w);
    evc_jwrite_member_text(w, "name", from->name);
    evc_jwrite_member_text(w, "kind", evc_store_kind_word(from->kind));
    if (from->kind == ENVCRYPT_KIND_IMPORTED) {
        evc_jwrite_member_text(w, "namespace", from->name_space);
        evc_jwrite_member_text(w, "key-name", from->key_name);
        evc_jwrite_member_bool(w, "writes", from->writes);
    }
    evc_jwrite_name(w, "versions");
    evc_jwrite_array(w);
    for (size_t i = 0; i < from->count; i++) {
        const evc_store_version *version = &from->versions[i];

        evc_jwrite_object(w);
        evc_jwrite_member_integer(w, "version", version->number);
        evc_jwrite_member_text(w, "state", evc_store_state_word(version->state));
        put_created(w, version->created_ms);
        if (from->kind == ENVCRYPT_KIND_BRANCH) {
            evc_uuid_format(version->uuid, uuid);
            evc_jwrite_member_text(w, "branch-version", uuid);
        }
        evc_jwrite_member_bool(w, "current", i == current);
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
    evc_jwrite_member_text(&w, "name", data->name);
    evc_jwrite_name(&w, "id");
    evc_jwrite_hex(&w, evc_view_of(data->id, sizeof data->id));
    put_created(&w, data->created_ms);
    evc_jwrite_member_bool(&w, "verified", store->access != NULL);
    evc_jwrite_member_bool(&w, "authenticated", store->authenticated);
    evc_jwrite_member_text(&w, "fingerprint",
                           store->access ? store->fingerprint : NULL);
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
