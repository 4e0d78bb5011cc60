/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a key by its URI: the back end that has the scheme, and its options. */
#ifndef EVC_KMS_OPEN_H
#define EVC_KMS_OPEN_H

#include "kms/backend.h"

/*
 * net: for back ends that need one; NULL = there is none. table: NULL-ended array of
 * back ends with a scheme. ENVCRYPT_E_URI (also an unknown
 * scheme), NOT_BUILT (a scheme that other builds have), UNKNOWN_OPTION, ARGUMENT (an
 * option in URI and config with two values), and the errors of the back end.
 */
int evc_kms_open(evc_crypto *crypto, struct evc_net *net,
                 const evc_backend *const *table, const char *uri,
                 const struct envcrypt_kms_config *config, evc_wait *wait,
                 evc_kms **out, evc_error **err) EVC_MUST_CHECK;

/*
 * Whether the options of URI and config are among names (NULL-ended; NULL = none) and do
 * not contradict each other. UNKNOWN_OPTION, ARGUMENT.
 */
int evc_kms_check_options(const char *scheme, const char *const *names,
                          const evc_kv *query, const struct envcrypt_kms_config *config,
                          evc_error **err) EVC_MUST_CHECK;

#endif
