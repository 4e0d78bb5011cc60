/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that an open key store tells without keys, as JSON (doc/format.md). */
#ifndef EVC_KMS_KEYSTORE_LIST_H
#define EVC_KMS_KEYSTORE_LIST_H

#include "kms/keystore.h"

int evc_keystore_list(const evc_keystore *store, evc_buf *out,
                      evc_error **err) EVC_MUST_CHECK;

#endif
