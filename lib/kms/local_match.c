/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/local_match.h"

#include <inttypes.h>
#include <string.h>

#include "kms/wrap_aes.h"

_Static_assert(EVC_UUID_TEXT > 10, "a u32 fits too");

/* A version as we write it: decimal, no leading zero, 32 bits. False when it is none. */
static bool
read_number(evc_cursor *c, uint32_t *out)
{
    uint64_t number = 0;

    if (evc_cursor_left(c) < 1 || evc_cursor_left(c) > 10)
        return false;
    while (evc_cursor_left(c) > 0) {
        uint8_t digit = evc_cursor_u8(c);

        if (digit < '0' || digit > '9' || (number == 0 && digit == '0'))
            return false;
        number = number * 10 + (uint64_t)(digit - '0');
    }
    if (number > UINT32_MAX)
        return false;
    *out = (uint32_t)number;
    return true;
}

/* NAME/VERSION. */
static bool
match_wrap(const evc_store_data *data, const evc_store_key *key, const evc_edk *edk,
           size_t *version)
{
    evc_view name, iv;
    evc_cursor c;
    uint32_t number = 0;

    if (!evc_view_is_text(edk->provider, data->name) ||
        !evc_edk_raw_aes_parse(edk->info, &name, &iv))
        return false;
    c = evc_cursor_of_view(name);
    if (!evc_view_is_text(evc_cursor_bytes(&c, strlen(key->name)), key->name) ||
        evc_cursor_u8(&c) != '/' || !read_number(&c, &number))
        return false;
    *version = number <= key->count ? number - 1 : EVC_STORE_NONE;
    return true;
}

static bool
match_imported(const evc_store_key *key, const evc_edk *edk, size_t *version)
{
    evc_view name, iv;

    *version = 0;
    return evc_view_is_text(edk->provider, key->name_space) &&
           evc_edk_raw_aes_parse(edk->info, &name, &iv) &&
           evc_view_is_text(name, key->key_name);
}

static bool
match_branch(const evc_store_key *key, const evc_edk *edk, size_t *version)
{
    uint8_t uuid[EVC_UUID_SIZE];

    if (!evc_view_is_text(edk->provider, EVC_EDK_HIERARCHY) ||
        !evc_view_is_text(edk->info, key->name) || !evc_hierarchy_version(edk, uuid))
        return false;
    for (*version = 0; *version < key->count; ++*version) {
        if (memcmp(key->versions[*version].uuid, uuid, sizeof uuid) == 0)
            return true;
    }
    *version = EVC_STORE_NONE;
    return true;
}

bool
evc_local_match_key(const evc_store_data *data, size_t key, const evc_edk *edk,
                    evc_local_match *out)
{
    const evc_store_key *of = &data->keys[key];

    out->key = key;
    switch (of->kind) {
    case ENVCRYPT_KIND_WRAP:
        return match_wrap(data, of, edk, &out->version);
    case ENVCRYPT_KIND_BRANCH:
        return match_branch(of, edk, &out->version);
    default:
        return match_imported(of, edk, &out->version);
    }
}

bool
evc_local_match_any(const evc_store_data *data, const evc_edk *edk,
                    evc_local_match *out)
{
    for (size_t i = 0; i < data->key_count; i++) {
        if (evc_local_match_key(data, i, edk, out))
            return true;
    }
    return false;
}

void
evc_local_version_text(const evc_store_key *key, size_t version,
                       char out[EVC_UUID_TEXT])
{
    evc_buf text;

    if (key->kind == ENVCRYPT_KIND_BRANCH) {
        evc_uuid_format(key->versions[version].uuid, out);
        return;
    }
    evc_buf_init_fixed(&text, out, EVC_UUID_TEXT);
    evc_buf_put_format(&text, "%" PRIu32, key->versions[version].number);
    evc_buf_put_u8(&text, 0);
}
