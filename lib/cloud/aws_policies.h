/* SPDX-License-Identifier: Apache-2.0 */
/* Actions on key policies of AWS KMS. */
#ifndef EVC_CLOUD_AWS_POLICIES_H
#define EVC_CLOUD_AWS_POLICIES_H

#include "cloud/aws_account.h"

extern const evc_action evc_aws_get_key_policy;
extern const evc_action evc_aws_put_key_policy;
extern const evc_action evc_aws_key_policy;

/* Sets the policy of a key, of an account of 12 digits, that the arguments ask for. */
int evc_aws_policies_put(const evc_service *service, const evc_kv *args,
                         const char *key, evc_view account, evc_wait *wait,
                         evc_error **err) EVC_MUST_CHECK;

#endif
