/* SPDX-License-Identifier: Apache-2.0 */
/* The action that has AWS KMS make a data key which nobody sees. */
#ifndef EVC_CLOUD_AWS_WRAPPED_H
#define EVC_CLOUD_AWS_WRAPPED_H

#include "cloud/aws_account.h"

extern const evc_action evc_aws_generate_wrapped_key;

#endif
