/* SPDX-License-Identifier: Apache-2.0 */
/* Actions on grants of AWS KMS. */
#ifndef EVC_CLOUD_AWS_GRANTS_H
#define EVC_CLOUD_AWS_GRANTS_H

#include "cloud/aws_account.h"

extern const evc_action evc_aws_create_grant;
extern const evc_action evc_aws_list_grants;

#endif
