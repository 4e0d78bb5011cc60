/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/iks_plan.h"

#include "cluster/iks_post.h"

static const char trouble[] =
    "the master may be unavailable meanwhile. Never delete the root key from then on, "
    "not even after a move to another one: the cluster and its data are lost with it. "
    "While it is disabled no Secret can be read, until it is enabled again";

static const char *
id_of(const evc_cluster *cluster, const evc_cluster_job *job)
{
    return job->state ? evc_cluster_state_text(job->state, EVC_CLUSTER_ID)
                      : cluster->name;
}

/* The step that changes it. request was initialised. */
static int
plan_change(const evc_cluster *cluster, const evc_cluster_job *job, evc_buf *request,
            evc_table *steps, evc_error **err)
{
    bool first = job->verb == EVC_VERB_ENABLE;
    int rc;

    evc_buf_put_text(request, "POST /v2/enableKMS ");
    rc = evc_iks_post_write(job, id_of(cluster, job), request, err);
    evc_buf_put_u8(request, 0);
    if (rc == 0)
        rc = evc_buf_check(request, err);
    if (rc)
        return rc;
    return evc_steps_add(
        steps, first ? "enable" : "change key", (const char *)request->data,
        first ? "Secrets are encrypted under the root key, and stored anew by the "
                "service; this cannot be switched off again"
              : "Secrets are encrypted under the new root key, and stored anew by the "
                "service; the key before cannot be used for this cluster again",
        trouble, err);
}

static int
plan_rotation(const evc_cluster_job *job, evc_buf *request, evc_table *steps,
              evc_error **err)
{
    int rc;

    evc_buf_put_format(request, "POST /api/v2/keys/%s/actions/rotate",
                       job->key->short_id);
    evc_buf_put_u8(request, 0);
    rc = evc_buf_check(request, err);
    return rc ? rc
              : evc_steps_add(
                    steps, "rotate", (const char *)request->data,
                    "Key Protect makes a new version of the root key, and the "
                    "cluster takes it by itself and stores its Secrets anew",
                    trouble, err);
}

/* How long it takes, and what it costs (kms-apis 2: versions by the month, not calls). */
static int
plan_rest(const evc_cluster *cluster, const evc_cluster_job *job, evc_buf *request,
          evc_table *steps, evc_error **err)
{
    int rc;

    evc_buf_put_format(request, "GET /v2/getCluster?cluster=%s", id_of(cluster, job));
    evc_buf_put_u8(request, 0);
    rc = evc_buf_check(request, err);
    if (rc == 0)
        rc = evc_steps_add(
            steps, "wait", (const char *)request->data,
            "every 15 to 60 seconds, until the master is Ready again and the root key "
            "is seen to be used by the cluster; at most 90 minutes unless told "
            "otherwise",
            NULL, err);
    return rc ? rc
              : evc_steps_add(
                    steps, "cost", NULL,
                    "the cluster asks Key Protect to wrap and unwrap; IBM does not say "
                    "how often. Calls are not charged, versions of root keys are, by "
                    "the month",
                    NULL, err);
}

int
evc_iks_plan(const evc_cluster *cluster, const evc_cluster_job *job, evc_table *steps,
             evc_error **err)
{
    bool changes = job->verb == EVC_VERB_ENABLE || job->verb == EVC_VERB_CHANGE_KEY;
    evc_buf request;
    int rc;

    if (!job->key || (!changes && job->verb != EVC_VERB_ROTATE))
        return 0;
    evc_buf_init(&request);
    rc = changes ? plan_change(cluster, job, &request, steps, err)
                 : plan_rotation(job, &request, steps, err);
    evc_buf_reset(&request);
    if (rc == 0)
        rc = plan_rest(cluster, job, &request, steps, err);
    evc_buf_reset(&request);
    return rc;
}
