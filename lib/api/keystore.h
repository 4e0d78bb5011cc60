/* SPDX-License-Identifier: Apache-2.0 */
/* What the public functions of an open key store have in common. */
#ifndef EVC_API_KEYSTORE_H
#define EVC_API_KEYSTORE_H

#include "kms/keystore.h"

/*
 * First in every function that takes an open store: clears err; 0, ENVCRYPT_E_FORKED, or
 * ENVCRYPT_E_ARGUMENT when it is NULL or an argument is missing.
 */
int evc_keystore_check_call(const envcrypt_keystore *store, bool given,
                            evc_error **err) EVC_MUST_CHECK;

#endif
