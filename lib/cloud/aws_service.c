/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_account.h"
#include "cloud/aws_aliases.h"
#include "cloud/aws_grants.h"
#include "cloud/aws_keys.h"
#include "cloud/aws_open.h"
#include "cloud/aws_policies.h"
#include "cloud/aws_states.h"
#include "cloud/aws_versions.h"
#include "cloud/aws_wrapped.h"

static const char *const options[] = {EVC_AWS_OPTIONS, NULL};

/* A new action is one line here. */
static const evc_action *const actions[] = {
    &evc_aws_list_keys,
    &evc_aws_describe_key,
    &evc_aws_create_key,
    &evc_aws_replicate_key,
    &evc_aws_list_aliases,
    &evc_aws_create_alias,
    &evc_aws_update_alias,
    &evc_aws_key_policy,
    &evc_aws_get_key_policy,
    &evc_aws_put_key_policy,
    &evc_aws_create_grant,
    &evc_aws_list_grants,
    &evc_aws_enable_rotation,
    &evc_aws_rotate_key,
    &evc_aws_list_versions,
    &evc_aws_rotation_status,
    &evc_aws_last_usage,
    &evc_aws_generate_wrapped_key,
    &evc_aws_enable_key,
    &evc_aws_disable_key,
    &evc_aws_schedule_deletion,
    &evc_aws_cancel_deletion,
    NULL,
};

const evc_service_kind evc_service_aws = {
    .scheme = "aws-kms",
    .options = options,
    .actions = actions,
    .open = evc_aws_account_open,
    .close = evc_aws_account_close,
};
