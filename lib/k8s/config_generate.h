/* SPDX-License-Identifier: Apache-2.0 */
/* Makes an EncryptionConfiguration for KMS v2. */
#ifndef EVC_K8S_CONFIG_GENERATE_H
#define EVC_K8S_CONFIG_GENERATE_H

#include "base/buf.h"
#include "base/kv.h"

typedef struct envcrypt_encryption_options {
    evc_kv values;
} evc_encryption_options;

/* value NULL = the default again. ENVCRYPT_E_UNKNOWN_OPTION, NOMEM. */
int evc_encryption_options_set(evc_encryption_options *options, const char *name,
                               const char *value, evc_error **err) EVC_MUST_CHECK;
/* Appends the file. ARGUMENT: an option that must be given, or an order that there is not;
 * ENCRYPTION_CONFIG: what the rules would refuse of it; NOMEM. */
int evc_config_generate(const evc_encryption_options *options, evc_buf *out,
                        evc_error **err) EVC_MUST_CHECK;

#endif
