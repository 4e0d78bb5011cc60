/* SPDX-License-Identifier: Apache-2.0 */
/* What a key service says about a key: the answer to DESCRIBE. */
#ifndef EVC_KMS_KEY_INFO_H
#define EVC_KMS_KEY_INFO_H

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"

typedef struct evc_key_version {
    char *id;
    int32_t state;
    int64_t created_ms; /* -1 = unknown */
} evc_key_version;

typedef struct envcrypt_key_info {
    char *id;
    int32_t state; /* ENVCRYPT_KEY_…; UNKNOWN at first */
    evc_key_version *versions;
    size_t count;
    size_t capacity;
    size_t current; /* SIZE_MAX = unknown */
} evc_key_info;

int evc_key_info_new(evc_view id, evc_key_info **out, evc_error **err) EVC_MUST_CHECK;
/* Oldest first. The one that was added last is the current one, until somebody sets
 * another. NOMEM: the info is as it was. */
int evc_key_info_add(evc_key_info *info, const char *version, int32_t state,
                     int64_t created_ms, evc_error **err) EVC_MUST_CHECK;
void evc_key_info_free(evc_key_info *info); /* NULL is fine */

#endif
