/* SPDX-License-Identifier: Apache-2.0 */
/* Amazon EKS as a provider of clusters (cluster-apis 3): the table, and its small parts. */
#include <stdio.h>
#include <string.h>

#include "cluster/eks_change.h"
#include "cluster/eks_check.h"
#include "cluster/eks_create.h"
#include "cluster/eks_evidence.h"
#include "cluster/eks_key.h"
#include "cluster/eks_list.h"
#include "cluster/eks_permissions.h"
#include "cluster/eks_wire.h"
#include "codec/jwrite.h"

#define MINUTE_MS INT64_C(60000)

static const char *const changes[] = {"pending-days", EVC_EKS_CREATE_OPTIONS, NULL};

/* R02: with the names of those that there are. */
static int
read_cluster(evc_cluster *cluster, evc_wait *wait, evc_cluster_state *out,
             evc_error **err)
{
    int rc = evc_eks_look(cluster, wait, out, err);
    evc_buf some;

    if (rc != ENVCRYPT_E_CLUSTER_NOT_FOUND)
        return rc;
    evc_buf_init(&some);
    evc_eks_list_some(evc_eks_here(cluster), wait, &some);
    evc_buf_put_u8(&some, 0);
    rc = evc_err_wrap(err, rc, "EKS knows no cluster %s in %s%s%s", cluster->name,
                      evc_eks_here(cluster)->name, some.size > 1 ? "; there are " : "",
                      some.size > 1 && !some.failed ? (const char *)some.data : "");
    evc_buf_reset(&some);
    return rc;
}

/* --- what would be sent --- */

/* Row E21 of cluster-apis. */
#define OF_THE_KEY                                                                   \
    "If the key is ever disabled the cluster is degraded, and after 30 days it may " \
    "be beyond recovery; if the key is deleted the cluster is lost."

/* Method, path and body but for its token, with a NUL. */
static int
write_association(const evc_cluster *cluster, const evc_cluster_job *job, evc_buf *out,
                  evc_error **err)
{
    evc_jwrite w;
    int rc;

    evc_buf_put_format(out, "POST /clusters/%s/encryption-config/associate ",
                       cluster->name);
    evc_jwrite_begin(&w, out, false);
    evc_jwrite_object(&w);
    evc_eks_write_config(&w, job->key->id);
    evc_jwrite_end(&w);
    rc = evc_jwrite_finish(&w, err);
    evc_buf_put_u8(out, 0);
    return rc ? rc : evc_buf_check(out, err);
}

static int
plan_cost(evc_table *steps, evc_error **err)
{
    return evc_steps_add(
        steps, "cost", NULL,
        "an API server of EKS asks KMS when it starts and when it makes a new key of "
        "its own, not for each Secret; AWS charges for the key by the month and for "
        "requests by the 10,000",
        NULL, err);
}

static int
plan_association(const evc_cluster *cluster, const evc_cluster_job *job,
                 evc_table *steps, evc_error **err)
{
    char effect[768];
    evc_buf request;
    int rc;

    evc_buf_init(&request);
    rc = write_association(cluster, job, &request, err);
    (void)snprintf(
        effect, sizeof(effect),
        "EKS encrypts Secrets of the cluster under %s; it makes a grant on the key "
        "for itself",
        job->key->id);
    if (rc == 0)
        rc = evc_steps_add(steps, "enable", (const char *)request.data, effect,
                           "This cannot be undone, and the key cannot be changed "
                           "afterwards. " OF_THE_KEY,
                           err);
    evc_buf_reset(&request);
    return rc;
}

static int
plan_enable(const evc_cluster *cluster, const evc_cluster_job *job, evc_table *steps,
            evc_error **err)
{
    char request[256];
    int rc = plan_association(cluster, job, steps, err);

    (void)snprintf(request, sizeof(request), "GET /clusters/%s/updates/ID",
                   cluster->name);
    if (rc == 0)
        rc = evc_steps_add(
            steps, "wait", request,
            "every 30 to 120 seconds, until EKS is done: some minutes, at most "
            "45 as a rule",
            NULL, err);
    return rc ? rc : plan_cost(steps, err);
}

static int
plan_create(const evc_cluster *cluster, const evc_cluster_job *job, evc_table *steps,
            evc_error **err)
{
    char request[256];
    char effect[768];
    int rc;

    (void)snprintf(
        effect, sizeof(effect),
        "EKS makes the control plane of %s, encrypted under %s from the start; no "
        "node groups are made",
        cluster->name, job->key->id);
    rc = evc_steps_add(
        steps, "create", "POST /clusters", effect,
        "AWS charges for the cluster from then on. The key cannot be changed "
        "afterwards. " OF_THE_KEY,
        err);
    (void)snprintf(request, sizeof(request), "GET /clusters/%s", cluster->name);
    if (rc == 0)
        rc = evc_steps_add(
            steps, "wait", request,
            "every 30 to 120 seconds, until the cluster is ACTIVE: a quarter of an "
            "hour as a rule",
            NULL, err);
    return rc ? rc : plan_cost(steps, err);
}

static int
plan_rotation(evc_table *steps, evc_error **err)
{
    int rc = evc_steps_add(
        steps, "rotate", "KMS RotateKeyOnDemand",
        "the key gets new material and keeps its ARN; what is encrypted "
        "stays readable",
        "A key can be rotated on demand 25 times in its life; AWS charges "
        "for the first two rotations by the month. " OF_THE_KEY,
        err);

    if (rc == 0)
        rc = evc_steps_add(steps, "wait", "KMS DescribeKey, GetKeyRotationStatus",
                           "until the key has its new material", NULL, err);
    return rc ? rc : plan_cost(steps, err);
}

static int
plan(const evc_cluster *cluster, const evc_cluster_job *job, evc_table *steps,
     evc_error **err)
{
    switch (job->verb) {
    case EVC_VERB_ENABLE:
        return plan_enable(cluster, job, steps, err);
    case EVC_VERB_CREATE:
        return plan_create(cluster, job, steps, err);
    case EVC_VERB_ROTATE:
        return plan_rotation(steps, err);
    case EVC_VERB_CHANGE_KEY:
    case EVC_VERB_DISABLE:
    case EVC_VERB_REENCRYPT:
    case EVC_VERB_VERIFY:
        break;
    }
    return 0;
}

/* --- the API server, and keys --- */

static int
open_access(evc_cluster *cluster, const evc_cluster_state *state, evc_wait *wait,
            evc_kube **out, evc_error **err)
{
    const evc_kube_options options = {
        .server = state->texts[EVC_CLUSTER_SERVER],
        .ca_pem = state->texts[EVC_CLUSTER_CA],
        .eks_cluster = cluster->name,
        .aws_region = evc_eks_here(cluster)->name,
        .aws_chain = evc_eks_of(cluster)->chain,
    };

    (void)wait;
    *out = NULL;
    if (!options.server || !options.ca_pem)
        return evc_err(
            err, ENVCRYPT_E_CLUSTER_ACCESS,
            "EKS does not tell where the API server of %s is; it does once the "
            "cluster is ACTIVE, and not for registered clusters",
            cluster->name);
    return evc_kube_open(cluster->crypto, cluster->net, &options, out, err);
}

static int
act_on_key(evc_cluster *place, const char *action, const evc_cluster_key *key,
           const evc_cluster_change *change, evc_wait *wait, evc_table **out,
           evc_error **err)
{
    const char *days = evc_cluster_change_text(change, "pending-days");
    bool schedules = strcmp(action, "schedule-deletion") == 0;
    const char *const args[] = {"key", key->id, days && schedules ? "days" : NULL, days,
                                NULL};
    const evc_eks *eks = evc_eks_of(place);

    for (size_t i = 0; i < eks->count; i++) {
        if (strcmp(eks->regions[i].name, key->region) == 0)
            return evc_eks_act(&eks->regions[i], action, args, true, wait, out, err);
    }
    *out = NULL;
    return evc_err(err, ENVCRYPT_E_KEY_REGION,
                   "the key is in %s, which is none of the Regions that were named",
                   key->region);
}

const evc_cluster_driver evc_cluster_eks = {
    .scheme = "eks",
    .title = "Amazon EKS",
    .options = evc_eks_options,
    .changes = changes,
    .abilities = EVC_CLUSTER_CAN_ROTATE | EVC_CLUSTER_CAN_CREATE |
                 EVC_CLUSTER_IRREVERSIBLE | EVC_CLUSTER_KEEPS_KEY_ID,
    /* As eksctl does, but that it looks sooner the first time (cluster-apis 3.4). */
    .pace = {.first_ms = MINUTE_MS / 4,
             .least_ms = MINUTE_MS / 2,
             .most_ms = 2 * MINUTE_MS,
             .deadline_ms = 80 * MINUTE_MS},
    .open = evc_eks_open,
    .close = evc_eks_close,
    .read = read_cluster,
    .find_key = evc_eks_find_key,
    .check = evc_eks_check,
    .plan = plan,
    .begin = evc_eks_begin,
    .poll = evc_eks_poll,
    .evidence = evc_eks_evidence,
    .list = evc_eks_list_all,
    .keys = evc_eks_keys,
    .permissions = evc_eks_permissions,
    .policy = evc_eks_policy,
    .access = open_access,
    .key_action = act_on_key,
};
