/* SPDX-License-Identifier: Apache-2.0 */
/* Actions on keys of AWS KMS: list, describe, make, replicate, and their states. */
#ifndef EVC_CLOUD_AWS_KEYS_H
#define EVC_CLOUD_AWS_KEYS_H

#include "cloud/service.h"

extern const evc_action evc_aws_list_keys;
extern const evc_action evc_aws_describe_key;
extern const evc_action evc_aws_create_key;
extern const evc_action evc_aws_replicate_key;
extern const evc_action evc_aws_enable_key;
extern const evc_action evc_aws_disable_key;
extern const evc_action evc_aws_schedule_deletion;
extern const evc_action evc_aws_cancel_deletion;

#endif
