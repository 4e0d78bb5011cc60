/* SPDX-License-Identifier: Apache-2.0 */
/* Alibaba Cloud Container Service for Kubernetes as a provider of clusters. */
#include "cluster/ack_access.h"
#include "cluster/ack_change.h"
#include "cluster/ack_checks.h"
#include "cluster/ack_create.h"
#include "cluster/ack_evidence.h"
#include "cluster/ack_key.h"
#include "cluster/ack_permissions.h"
#include "cluster/ack_place.h"
#include "cluster/ack_plan.h"
#include "cluster/ack_read.h"

static int
refuse(const evc_cluster_job *job, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_CLUSTER_CANNOT,
                   "`%s` is nothing that ACK does to a cluster; its keys are not "
                   "rotated by hand, so switch to another one by `rotate --key`",
                   evc_cluster_verb_name(job->verb));
}

static bool
changes(const evc_cluster_job *job)
{
    return job->verb == EVC_VERB_ENABLE || job->verb == EVC_VERB_CHANGE_KEY ||
           job->verb == EVC_VERB_DISABLE;
}

static int
begin(evc_cluster *cluster, const evc_cluster_job *job, evc_cluster_update *update,
      evc_wait *wait, evc_error **err)
{
    if (job->verb == EVC_VERB_CREATE)
        return evc_ack_create_begin(cluster, job, update, wait, err);
    return changes(job) ? evc_ack_change_begin(cluster, job, update, wait, err)
                        : refuse(job, err);
}

static int
look(evc_cluster *cluster, const evc_cluster_job *job, evc_cluster_update *update,
     evc_wait *wait, evc_error **err)
{
    if (job->verb == EVC_VERB_CREATE)
        return evc_ack_create_poll(cluster, job, update, wait, err);
    return changes(job) ? evc_ack_change_poll(cluster, job, update, wait, err)
                        : refuse(job, err);
}

static const char *const change_options[] = {EVC_ACK_CREATE_OPTIONS, NULL};

const evc_cluster_driver evc_cluster_ack = {
    .scheme = "ack",
    .title = "Alibaba ACK",
    .options = evc_ack_place_options,
    .changes = change_options,
    .abilities =
        EVC_CLUSTER_CAN_DISABLE | EVC_CLUSTER_CAN_CHANGE_KEY | EVC_CLUSTER_CAN_CREATE,
    /* terraform-provider-alicloud looks every minute, for an hour. */
    .pace = {.first_ms = 5000,
             .least_ms = 10000,
             .most_ms = 60000,
             .deadline_ms = 3600000},
    .open = evc_ack_place_open,
    .close = evc_ack_place_close,
    .read = evc_ack_read,
    .find_key = evc_ack_key_find,
    .check = evc_ack_checks,
    .plan = evc_ack_plan,
    .begin = begin,
    .poll = look,
    .evidence = evc_ack_evidence,
    .list = evc_ack_list,
    .keys = evc_ack_key_list,
    .permissions = evc_ack_permissions,
    .policy = evc_ack_policy,
    .access = evc_ack_access,
    .key_action = evc_ack_key_action,
};
