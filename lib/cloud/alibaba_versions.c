/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/alibaba_versions.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cloud/alibaba_ask.h"
#include "cloud/alibaba_key.h"

static const evc_operation_kind list_versions = EVC_ALIBABA_ASKS("ListKeyVersions");

void
evc_alibaba_versions_reset(evc_alibaba_versions *versions)
{
    for (size_t i = 0; i < versions->count; i++)
        evc_mem_free(versions->items[i].id);
    evc_mem_free(versions->items);
    *versions = (evc_alibaba_versions){.count = 0};
}

static int
reserve(evc_alibaba_versions *versions, evc_error **err)
{
    size_t more = versions->capacity ? 2 * versions->capacity : 8;
    evc_alibaba_version *items;

    if (versions->count >= EVC_ALIBABA_VERSIONS)
        return evc_err(err, ENVCRYPT_E_JSON, "the key has more versions than can be");
    if (versions->count < versions->capacity)
        return 0;
    items = evc_mem_grow(versions->items, versions->capacity, more, sizeof(*items));
    if (!items)
        return evc_err_nomem(err);
    versions->items = items;
    versions->capacity = more;
    return 0;
}

static int
take_version(void *user, const evc_json *item, evc_error **err)
{
    evc_alibaba_versions *versions = user;
    const char *id = NULL;
    char *copy;
    int rc = evc_json_text(item, "KeyVersionId", &id, err);

    if (!rc && !evc_alibaba_is_version(id))
        rc = evc_err(err, ENVCRYPT_E_JSON, "member \"KeyVersionId\" is no key version");
    if (!rc)
        rc = reserve(versions, err);
    if (rc)
        return rc;
    copy = evc_mem_strdup(id);
    if (!copy)
        return evc_err_nomem(err);
    versions->items[versions->count++] =
        (evc_alibaba_version){copy, evc_alibaba_time(item, "CreationDate")};
    return 0;
}

static int
compare(const void *a, const void *b)
{
    const evc_alibaba_version *left = a;
    const evc_alibaba_version *right = b;

    if (left->created_ms != right->created_ms)
        return left->created_ms < right->created_ms ? -1 : 1;
    return strcmp(left->id, right->id);
}

int
evc_alibaba_versions_list(evc_peer *peer, const char *key_id, evc_wait *wait,
                          evc_alibaba_versions *out, evc_error **err)
{
    const evc_alibaba_parameter parameters[] = {{"KeyId", key_id}, {NULL, NULL}};
    const evc_alibaba_list list = {
        .kind = &list_versions,
        .outer = "KeyVersions",
        .inner = "KeyVersion",
        .take = take_version,
        .user = out,
    };
    int rc;

    *out = (evc_alibaba_versions){.count = 0};
    rc = evc_alibaba_list_run(peer, &list, parameters, key_id, wait, err);
    if (rc)
        evc_alibaba_versions_reset(out);
    else if (out->count)
        qsort(out->items, out->count, sizeof(*out->items), compare);
    return rc;
}

/* A version works as its key does. */
int
evc_alibaba_versions_describe(const evc_alibaba_versions *versions,
                              const evc_alibaba_metadata *metadata, evc_key_info *info,
                              evc_error **err)
{
    int32_t state = evc_alibaba_metadata_state(metadata);
    size_t current = SIZE_MAX;
    int rc = 0;

    info->state = state;
    for (size_t i = 0; !rc && i < versions->count; i++) {
        rc = evc_key_info_add(info, versions->items[i].id, state,
                              versions->items[i].created_ms, err);
        if (!rc && metadata->version &&
            strcmp(metadata->version, versions->items[i].id) == 0)
            current = info->count - 1;
    }
    if (!rc && current == SIZE_MAX && metadata->version &&
        evc_alibaba_is_version(metadata->version)) {
        rc = evc_key_info_add(info, metadata->version, state, -1, err);
        current = info->count - 1;
    }
    info->current = current;
    return rc;
}
