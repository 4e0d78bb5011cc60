/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/key_info.h"

#include <string.h>

#include "base/mem.h"

#define FIRST_CAPACITY 4u

int
evc_key_info_new(evc_view id, evc_key_info **out, evc_error **err)
{
    evc_key_info *info = evc_mem_new(sizeof(*info));

    *out = NULL;
    if (!info)
        return evc_err_nomem(err);
    info->current = SIZE_MAX;
    info->id = evc_mem_new(id.size + 1);
    if (!info->id) {
        evc_mem_free(info);
        return evc_err_nomem(err);
    }
    if (id.size)
        memcpy(info->id, id.data, id.size);
    *out = info;
    return 0;
}

static bool
make_room(evc_key_info *info)
{
    size_t capacity = info->capacity ? info->capacity * 2 : FIRST_CAPACITY;
    evc_key_version *versions;

    if (info->count < info->capacity)
        return true;
    versions =
        evc_mem_grow(info->versions, info->capacity, capacity, sizeof(*versions));
    if (!versions)
        return false;
    info->versions = versions;
    info->capacity = capacity;
    return true;
}

int
evc_key_info_add(evc_key_info *info, const char *version, int32_t state,
                 int64_t created_ms, evc_error **err)
{
    char *id = evc_mem_strdup(version);

    if (!id || !make_room(info)) {
        evc_mem_free(id);
        return evc_err_nomem(err);
    }
    info->versions[info->count] = (evc_key_version){id, state, created_ms};
    info->current = info->count++;
    return 0;
}

void
evc_key_info_free(evc_key_info *info)
{
    if (!info)
        return;
    for (size_t i = 0; i < info->count; i++)
        evc_mem_free(info->versions[i].id);
    evc_mem_free(info->versions);
    evc_mem_free(info->id);
    evc_mem_free(info);
}
