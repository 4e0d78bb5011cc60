/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/protector_types.h"

static const evc_protector_type *const types[] = {
    &evc_protector_raw_key, &evc_protector_key_file, &evc_protector_passphrase,
    &evc_protector_kms, &evc_protector_rsa};
#define TYPES (sizeof types / sizeof types[0])

const evc_protector_type *
evc_protector_types_at(size_t index)
{
    return index < TYPES ? types[index] : NULL;
}

const evc_protector_type *
evc_protector_types_find(int32_t type)
{
    for (size_t i = 0; i < TYPES; i++) {
        if (types[i]->type == type)
            return types[i];
    }
    return NULL;
}

const evc_protector_type *
evc_protector_types_named(const char *name)
{
    for (size_t i = 0; i < TYPES; i++) {
        if (evc_view_is_text(evc_view_text(name), types[i]->name))
            return types[i];
    }
    return NULL;
}
