/* SPDX-License-Identifier: Apache-2.0 */
/* Aliases of keys ("ListAliases", "ListAliasesByKeyId"). */
#ifndef EVC_CLOUD_ALIBABA_ALIASES_H
#define EVC_CLOUD_ALIBABA_ALIASES_H

#include "cloud/alibaba_account.h"

/* Key ids, each with its aliases and commas between them, into an initialised list. key
 * NULL = of all keys. Without the permission the list stays empty: keys are worth showing
 * without their aliases. */
int evc_alibaba_aliases_of(const evc_service *service, const char *key, evc_wait *wait,
                           evc_kv *out, evc_error **err) EVC_MUST_CHECK;

#endif
