/* SPDX-License-Identifier: Apache-2.0 */
/* Rules and advice in one table, for a cluster of some version. */
#ifndef EVC_K8S_CONFIG_CHECK_H
#define EVC_K8S_CONFIG_CHECK_H

#include "base/arena.h"
#include "base/table.h"
#include "k8s/encryption_config.h"

/* version: "1.31", "v1.31.4-eks-1"; NULL = unknown. ARGUMENT: another text, or another major
 * version than 1; NOMEM. */
int evc_config_check(const evc_encryption_config *config, evc_arena *arena,
                     const char *version, evc_table **out,
                     evc_error **err) EVC_MUST_CHECK;

#endif
