/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Actions that change the state of a key of AWS KMS. What disables or deletes is guarded:
 * lib/cluster alone runs it.
 */
#ifndef EVC_CLOUD_AWS_STATES_H
#define EVC_CLOUD_AWS_STATES_H

#include "cloud/aws_account.h"

extern const evc_action evc_aws_enable_key;
extern const evc_action evc_aws_disable_key;
extern const evc_action evc_aws_schedule_deletion;
extern const evc_action evc_aws_cancel_deletion;

#endif
