/* SPDX-License-Identifier: Apache-2.0 */
/* Actions on aliases of AWS KMS, and all aliases of an account by their keys. */
#ifndef EVC_CLOUD_AWS_ALIASES_H
#define EVC_CLOUD_AWS_ALIASES_H

#include "cloud/aws_account.h"

extern const evc_action evc_aws_list_aliases;
extern const evc_action evc_aws_create_alias;
extern const evc_action evc_aws_update_alias;

/*
 * Into an initialised list: key id, and its aliases with commas between them. key NULL =
 * of all keys of the account.
 */
int evc_aws_aliases_by_key(const evc_service *service, const char *key, evc_wait *wait,
                           evc_kv *out, evc_error **err) EVC_MUST_CHECK;
/* ENVCRYPT_E_ARGUMENT: none that there can be. */
int evc_aws_aliases_check(const char *alias, evc_error **err) EVC_MUST_CHECK;
/* Makes an alias; alias/ is put before a bare name. */
int evc_aws_aliases_create(const evc_service *service, const char *alias,
                           const char *key, evc_wait *wait,
                           evc_error **err) EVC_MUST_CHECK;

#endif
