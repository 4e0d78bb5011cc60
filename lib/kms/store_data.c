/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/store_data.h"

#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "kms/edk.h"

int
evc_store_data_new(const uint8_t id[EVC_STORE_ID], const char *name, int64_t created_ms,
                   evc_store_data **out, evc_error **err)
{
    evc_store_data *data = evc_mem_new(sizeof *data);

    *out = NULL;
    if (data)
        data->name = evc_mem_strdup(name);
    if (!data || !data->name) {
        evc_mem_free(data);
        return evc_err_nomem(err);
    }
    atomic_init(&data->refs, 1);
    memcpy(data->id, id, EVC_STORE_ID);
    data->created_ms = created_ms;
    *out = data;
    return 0;
}

evc_store_data *
evc_store_data_ref(evc_store_data *data)
{
    if (data)
        atomic_fetch_add_explicit(&data->refs, 1, memory_order_relaxed);
    return data;
}

static void
free_key(evc_store_key *key)
{
    evc_mem_free(key->name);
    evc_mem_free(key->name_space);
    evc_mem_free(key->key_name);
    evc_mem_free(key->versions);
}

void
evc_store_data_unref(evc_store_data *data)
{
    if (!data || atomic_fetch_sub_explicit(&data->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < data->protector_count; i++)
        evc_protector_reset(&data->protectors[i]);
    evc_mem_free(data->protectors);
    for (size_t i = 0; i < data->key_count; i++)
        free_key(&data->keys[i]);
    evc_mem_free(data->keys);
    evc_mem_free(data->name);
    evc_mem_free(data);
}

evc_protector *
evc_store_data_add_protector(evc_store_data *data, int32_t type)
{
    evc_protector *grown = evc_mem_grow(data->protectors, data->protector_count,
                                        data->protector_count + 1, sizeof *grown);

    if (!grown)
        return NULL;
    data->protectors = grown;
    evc_protector_init(&grown[data->protector_count], type);
    return &grown[data->protector_count++];
}

void
evc_store_data_remove_protector(evc_store_data *data, size_t index)
{
    evc_protector_reset(&data->protectors[index]);
    data->protector_count--;
    for (size_t i = index; i < data->protector_count; i++)
        data->protectors[i] = data->protectors[i + 1];
}

/*
 * Room for one more element in an array that is only ever appended to: its capacity is
 * the power of two at or above count.
 */
static void *
grow(void *old, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0)
        return old;
    return evc_mem_grow(old, count, count ? 2 * count : 1, size);
}

evc_store_key *
evc_store_data_add_key(evc_store_data *data, const char *name, int32_t kind)
{
    char *copy = evc_mem_strdup(name);
    evc_store_key *keys = copy ? grow(data->keys, data->key_count, sizeof *keys) : NULL;

    if (!keys) {
        evc_mem_free(copy);
        return NULL;
    }
    data->keys = keys;
    keys[data->key_count] = (evc_store_key){.name = copy, .kind = kind};
    return &keys[data->key_count++];
}

evc_store_version *
evc_store_key_add_version(evc_store_key *key)
{
    evc_store_version *versions = grow(key->versions, key->count, sizeof *versions);

    if (!versions)
        return NULL;
    key->versions = versions;
    versions[key->count] = (evc_store_version){.number = (uint32_t)key->count + 1,
                                               .state = ENVCRYPT_KEY_ENABLED};
    return &versions[key->count++];
}

size_t
evc_store_data_find_key(const evc_store_data *data, evc_view name)
{
    for (size_t i = 0; i < data->key_count; i++) {
        if (evc_view_is_text(name, data->keys[i].name))
            return i;
    }
    return EVC_STORE_NONE;
}

size_t
evc_store_data_find_protector(const evc_store_data *data,
                              const uint8_t id[EVC_PROTECTOR_ID])
{
    for (size_t i = 0; i < data->protector_count; i++) {
        if (memcmp(data->protectors[i].id, id, EVC_PROTECTOR_ID) == 0)
            return i;
    }
    return EVC_STORE_NONE;
}

size_t
evc_store_key_current(const evc_store_key *key)
{
    for (size_t i = key->count; i > 0; i--) {
        if (key->versions[i - 1].state == ENVCRYPT_KEY_ENABLED)
            return i - 1;
    }
    return EVC_STORE_NONE;
}

bool
evc_store_is_name(evc_view name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";

    if (name.size < 1 || name.size > EVC_STORE_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.size; i++) {
        if (!memchr(allowed, name.data[i], sizeof allowed - 1))
            return false;
    }
    return true;
}

bool
evc_store_is_store_name(evc_view name)
{
    return evc_store_is_name(name) && !evc_edk_is_reserved_provider(name);
}

bool
evc_store_is_foreign(evc_view name_space, evc_view key_name)
{
    return name_space.size >= 1 && name_space.size <= EVC_STORE_NAMESPACE_MAX &&
           key_name.size >= 1 && key_name.size <= EVC_STORE_FOREIGN_MAX &&
           evc_is_utf8(name_space) && evc_is_utf8(key_name) &&
           !evc_edk_is_reserved_provider(name_space);
}
