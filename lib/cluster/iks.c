/* SPDX-License-Identifier: Apache-2.0 */
/* IBM Cloud Kubernetes Service: the table of its driver. */
#include "cloud/ibm_access.h"
#include "cluster/driver.h"
#include "cluster/iks_access.h"
#include "cluster/iks_change.h"
#include "cluster/iks_check.h"
#include "cluster/iks_evidence.h"
#include "cluster/iks_link.h"
#include "cluster/iks_list.h"
#include "cluster/iks_plan.h"
#include "cluster/iks_policy.h"
#include "cluster/iks_read.h"
#include "cluster/iks_roles.h"

static const char *const options[] = {"private",        "private-port",
                                      "find-endpoint",  "resource-controller",
                                      "key-ring",       "iam-url",
                                      "iam-endpoint",   "profile-id",
                                      "profile-name",   "profile-crn",
                                      "credentials",    "resource-group",
                                      EVC_LINK_OPTIONS, NULL};

static const char *const changes[] = {
    "instance-id", "crk", "kms-account-id", "public-endpoint", "destructive", NULL};

#define MINUTE INT64_C(60000)

const evc_cluster_driver evc_cluster_iks = {
    .scheme = "iks",
    .title = "IBM Cloud Kubernetes Service",
    .options = options,
    .changes = changes,
    .abilities = EVC_CLUSTER_CAN_CHANGE_KEY | EVC_CLUSTER_CAN_ROTATE |
                 EVC_CLUSTER_REWRITES_ITSELF | EVC_CLUSTER_IRREVERSIBLE |
                 EVC_CLUSTER_GLOBAL | EVC_CLUSTER_FALLS_SILENT |
                 EVC_CLUSTER_GIVES_NO_IDS | EVC_CLUSTER_TAKES_NO_FORMER_KEY,
    .pace = {.first_ms = 15000,
             .least_ms = 15000,
             .most_ms = MINUTE,
             .deadline_ms = 90 * MINUTE},
    .open = evc_iks_open,
    .close = evc_iks_close,
    .read = evc_iks_read,
    .find_key = evc_iks_find_key,
    .check = evc_iks_check,
    .plan = evc_iks_plan,
    .begin = evc_iks_begin,
    .poll = evc_iks_poll,
    .evidence = evc_iks_evidence,
    .list = evc_iks_list,
    .keys = evc_iks_keys,
    .permissions = evc_iks_permissions,
    .policy = evc_iks_policy,
    .access = evc_iks_access,
    .key_action = evc_iks_key_action,
};
