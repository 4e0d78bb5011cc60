/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/key_info.h"

#include "envcrypt/kms.h"

const char *
envcrypt_key_info_id(const envcrypt_key_info *info)
{
    return info ? info->id : NULL;
}

int32_t
envcrypt_key_info_state(const envcrypt_key_info *info)
{
    return info ? info->state : ENVCRYPT_KEY_UNKNOWN;
}

size_t
envcrypt_key_info_versions(const envcrypt_key_info *info)
{
    return info ? info->count : 0;
}

/* NULL past the end. */
static const evc_key_version *
version_at(const envcrypt_key_info *info, size_t index)
{
    return info && index < info->count ? &info->versions[index] : NULL;
}

const char *
envcrypt_key_info_version(const envcrypt_key_info *info, size_t index)
{
    const evc_key_version *version = version_at(info, index);

    return version ? version->id : NULL;
}

int32_t
envcrypt_key_info_version_state(const envcrypt_key_info *info, size_t index)
{
    const evc_key_version *version = version_at(info, index);

    return version ? version->state : ENVCRYPT_KEY_UNKNOWN;
}

int64_t
envcrypt_key_info_version_created_ms(const envcrypt_key_info *info, size_t index)
{
    const evc_key_version *version = version_at(info, index);

    return version ? version->created_ms : -1;
}

size_t
envcrypt_key_info_current(const envcrypt_key_info *info)
{
    return info ? info->current : SIZE_MAX;
}

void
envcrypt_key_info_free(envcrypt_key_info *info)
{
    evc_key_info_free(info);
}
