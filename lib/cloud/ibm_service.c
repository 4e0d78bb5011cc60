/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/ibm_access.h"
#include "cloud/ibm_account.h"
#include "cloud/ibm_actions.h"

static const char *const options[] = {EVC_IBM_OPTIONS, NULL};

static const evc_action *const actions[] = {
    &evc_ibm_list_keys,
    &evc_ibm_describe_key,
    &evc_ibm_create_key,
    &evc_ibm_create_alias,
    &evc_ibm_delete_alias,
    &evc_ibm_list_versions,
    &evc_ibm_rotate_key,
    &evc_ibm_rotation_status,
    &evc_ibm_rotation_policy,
    &evc_ibm_enable_key,
    &evc_ibm_restore_key,
    &evc_ibm_list_registrations,
    &evc_ibm_list_instances,
    &evc_ibm_show_private_port,
    &evc_ibm_disable_key,
    &evc_ibm_delete_key,
    NULL,
};

const evc_service_kind evc_service_ibm = {
    .scheme = "ibm-kp",
    .options = options,
    .actions = actions,
    .open = evc_ibm_account_open,
    .close = evc_ibm_account_close,
};
