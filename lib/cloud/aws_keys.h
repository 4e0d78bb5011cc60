/* SPDX-License-Identifier: Apache-2.0 */
/* Actions on keys of AWS KMS: list, describe, make, replicate. */
#ifndef EVC_CLOUD_AWS_KEYS_H
#define EVC_CLOUD_AWS_KEYS_H

#include "cloud/service.h"

extern const evc_action evc_aws_list_keys;
extern const evc_action evc_aws_describe_key;
extern const evc_action evc_aws_create_key;
extern const evc_action evc_aws_replicate_key;

#endif
