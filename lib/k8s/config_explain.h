/* SPDX-License-Identifier: Apache-2.0 */
/* What an EncryptionConfiguration does: a row for each provider of each resource. */
#ifndef EVC_K8S_CONFIG_EXPLAIN_H
#define EVC_K8S_CONFIG_EXPLAIN_H

#include "base/table.h"
#include "k8s/encryption_config.h"

/* Columns: resource, order, provider, name, role, note. Providers of a resource that several
 * lists name stand one behind the other, as the server tries them. NOMEM. */
int evc_config_explain(const evc_encryption_config *config, evc_table **out,
                       evc_error **err) EVC_MUST_CHECK;

#endif
