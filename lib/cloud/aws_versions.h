/* SPDX-License-Identifier: Apache-2.0 */
/* Actions on versions of keys of AWS KMS: rotation, and when a key was used last. */
#ifndef EVC_CLOUD_AWS_VERSIONS_H
#define EVC_CLOUD_AWS_VERSIONS_H

#include "cloud/aws_account.h"

extern const evc_action evc_aws_enable_rotation;
extern const evc_action evc_aws_rotate_key;
extern const evc_action evc_aws_list_versions;
extern const evc_action evc_aws_rotation_status;
extern const evc_action evc_aws_last_usage;

#endif
