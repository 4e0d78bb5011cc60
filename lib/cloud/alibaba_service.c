/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/alibaba_account.h"
#include "cloud/alibaba_actions.h"
#include "cloud/alibaba_open.h"

static const char *const options[] = {EVC_ALIBABA_OPTIONS, NULL};

/* A new action is one line here. */
static const evc_action *const actions[] = {
    &evc_alibaba_list_keys,
    &evc_alibaba_describe_key,
    &evc_alibaba_create_key,
    &evc_alibaba_list_aliases,
    &evc_alibaba_create_alias,
    &evc_alibaba_update_alias,
    &evc_alibaba_list_versions,
    &evc_alibaba_rotation_policy,
    &evc_alibaba_set_deletion_protection,
    &evc_alibaba_account_status,
    &evc_alibaba_generate_wrapped_key,
    &evc_alibaba_enable_key,
    &evc_alibaba_cancel_deletion,
    &evc_alibaba_disable_key,
    &evc_alibaba_schedule_deletion,
    NULL,
};

const evc_service_kind evc_service_alibaba = {
    .scheme = "alibaba-kms",
    .options = options,
    .actions = actions,
    .open = evc_alibaba_account_open,
    .close = evc_alibaba_account_close,
};
