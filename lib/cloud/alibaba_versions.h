/* SPDX-License-Identifier: Apache-2.0 */
/* The versions of a key ("ListKeyVersions"). */
#ifndef EVC_CLOUD_ALIBABA_VERSIONS_H
#define EVC_CLOUD_ALIBABA_VERSIONS_H

#include "base/wait.h"
#include "cloud/alibaba_metadata.h"
#include "kms/key_info.h"

#define EVC_ALIBABA_VERSIONS 10000u /* of one key: the service keeps no more */

typedef struct evc_alibaba_version {
    char *id;
    int64_t created_ms; /* -1 = unknown */
} evc_alibaba_version;

typedef struct evc_alibaba_versions {
    evc_alibaba_version *items; /* oldest first */
    size_t count;
    size_t capacity;
} evc_alibaba_versions;

int evc_alibaba_versions_list(evc_peer *peer, const char *key_id, evc_wait *wait,
                              evc_alibaba_versions *out,
                              evc_error **err) EVC_MUST_CHECK;
void evc_alibaba_versions_reset(evc_alibaba_versions *versions);

/* Adds them to a description; the current one is what the metadata says. */
int evc_alibaba_versions_describe(const evc_alibaba_versions *versions,
                                  const evc_alibaba_metadata *metadata,
                                  evc_key_info *info, evc_error **err) EVC_MUST_CHECK;

#endif
