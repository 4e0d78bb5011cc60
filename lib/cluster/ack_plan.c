/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_plan.h"

#include "cluster/ack_change.h"
#include "cluster/ack_create.h"
#include "cluster/ack_place.h"
#include "codec/jwrite.h"

/* --- plan --- */

/* Method, path and body of the request, with a NUL. */
static int
write_request(const evc_cluster *cluster, const evc_cluster_job *job, evc_buf *out,
              evc_error **err)
{
    const char *id =
        job->state ? evc_cluster_state_text(job->state, EVC_CLUSTER_ID) : cluster->name;
    int rc;

    if (job->verb == EVC_VERB_CREATE) {
        evc_buf_put_text(out, "POST /clusters ");
        rc = evc_ack_create_write(cluster, job, out, err);
    } else {
        evc_buf_put_format(out, "PUT /clusters/%s/kms ", id);
        rc = evc_ack_change_write(job, out, err);
    }
    evc_buf_put_u8(out, 0);
    return rc ? rc : evc_buf_check(out, err);
}

typedef struct words {
    const char *step;
    const char *effect;
    const char *warning;
} words;

static const words *
words_of(evc_cluster_verb verb)
{
    static const words create = {
        "create", "creates a Pro cluster whose Secrets are encrypted from the start",
        "never disable or delete the key while the cluster needs it: its API server "
        "becomes unavailable, and with the key its Secrets are lost"};
    static const words enable = {
        "enable", "Secrets that are written from then on are encrypted under the key",
        "never disable or delete the key while the cluster needs it: its API server "
        "becomes unavailable, and with the key its Secrets are lost"};
    static const words change = {
        "rotate",
        "Secrets that are written from then on are encrypted under the new key",
        "keep the former key enabled until all Secrets were stored anew and that was "
        "verified"};
    static const words disable = {
        "disable", "Secrets that are written from then on are stored plain",
        "keep the key enabled until all Secrets were stored anew and that was "
        "verified: "
        "until then they are encrypted under it"};

    switch (verb) {
    case EVC_VERB_CREATE:
        return &create;
    case EVC_VERB_ENABLE:
        return &enable;
    case EVC_VERB_CHANGE_KEY:
        return &change;
    case EVC_VERB_DISABLE:
        return &disable;
    default:
        return NULL;
    }
}

static int
add_costs(const evc_cluster_job *job, evc_table *steps, evc_error **err)
{
    if (job->verb == EVC_VERB_DISABLE)
        return 0;
    return evc_steps_add(
        steps, "costs", NULL,
        "KMS bills the key, and calls by the ten thousand; the API server calls it "
        "when Secrets are read and written",
        "seven days after a bill stayed open the cluster cannot be managed any more; "
        "keep the balance sufficient",
        err);
}

int
evc_ack_plan(const evc_cluster *cluster, const evc_cluster_job *job, evc_table *steps,
             evc_error **err)
{
    const words *w = words_of(job->verb);
    evc_buf request;
    int rc;

    if (!w)
        return 0;
    evc_buf_init(&request);
    rc = write_request(cluster, job, &request, err);
    if (!rc)
        rc = evc_steps_add(steps, w->step, (const char *)request.data, w->effect,
                           w->warning, err);
    evc_buf_reset(&request);
    if (!rc)
        rc =
            evc_steps_add(steps, "wait", "GET /clusters/ID",
                          "the state is updating, and running when the change is over; "
                          "some minutes are usual",
                          "the API server is restarted meanwhile", err);
    return rc ? rc : add_costs(job, steps, err);
}

/* --- policy --- */

static void
put_statement(evc_jwrite *w, const char *const *actions, const char *resource)
{
    evc_jwrite_object(w);
    evc_jwrite_member_text(w, "Effect", "Allow");
    evc_jwrite_name(w, "Action");
    evc_jwrite_array(w);
    for (; *actions; actions++)
        evc_jwrite_text(w, *actions);
    evc_jwrite_end(w);
    evc_jwrite_name(w, "Resource");
    evc_jwrite_array(w);
    evc_jwrite_text(w, resource);
    evc_jwrite_end(w);
    evc_jwrite_end(w);
}

static int
put_resource(evc_buf *out, const evc_cluster *cluster, const evc_cluster_job *job,
             evc_error **err)
{
    const char *id =
        job->state ? evc_cluster_state_text(job->state, EVC_CLUSTER_ID) : "*";

    evc_buf_put_format(out, "acs:cs:%s:*:cluster/%s",
                       evc_ack_place_site(cluster)->region, id);
    evc_buf_put_u8(out, 0);
    return evc_buf_check(out, err);
}

int
evc_ack_policy(const evc_cluster *cluster, const evc_cluster_job *job, evc_buf *out,
               evc_error **err)
{
    static const char *const cluster_reads[] = {"cs:DescribeClusterDetail",
                                                "cs:DescribeClusterTasks", NULL};
    static const char *const change[] = {
        "cs:DescribeClusterDetail", "cs:DescribeClusterTasks",
        "cs:DescribeClusterUserKubeconfig", "cs:UpdateKMSEncryption", NULL};
    static const char *const create[] = {"cs:CreateCluster", NULL};
    /* DescribeClustersV1 takes both ("Custom RAM policies" of ACK's guide). The rest is for a
     * key: its checks and its proof. */
    static const char *const lists[] = {"cs:DescribeClustersV1", "cs:GetClusters",
                                        NULL};
    static const char *const look[] = {"cs:DescribeClustersV1",
                                       "cs:GetClusters",
                                       "cs:CheckServiceRole",
                                       "kms:DescribeAccountKmsStatus",
                                       "kms:ListKeys",
                                       "kms:ListAliases",
                                       "actiontrail:LookupEvents",
                                       "ram:ListPoliciesForUser",
                                       "ram:ListGroupsForUser",
                                       "ram:ListPoliciesForGroup",
                                       "ram:ListPoliciesForRole",
                                       NULL};
    static const char *const key[] = {"kms:DescribeKey", NULL};
    evc_buf resource;
    evc_jwrite w;
    int rc;

    evc_buf_init(&resource);
    rc = put_resource(&resource, cluster, job, err);
    if (rc) {
        evc_buf_reset(&resource);
        return rc;
    }
    evc_jwrite_begin(&w, out, true);
    evc_jwrite_object(&w);
    evc_jwrite_member_text(&w, "Version", "1");
    evc_jwrite_name(&w, "Statement");
    evc_jwrite_array(&w);
    put_statement(&w, job->verb == EVC_VERB_CREATE ? cluster_reads : change,
                  (const char *)resource.data);
    if (job->verb == EVC_VERB_CREATE)
        put_statement(&w, create, "*");
    put_statement(&w, job->verb == EVC_VERB_DISABLE ? lists : look, "*");
    put_statement(&w, key,
                  job->key && job->key->id ? job->key->id : "acs:kms:*:*:key/*");
    evc_jwrite_end(&w);
    evc_jwrite_end(&w);
    rc = evc_jwrite_finish(&w, err);
    evc_buf_reset(&resource);
    return rc;
}
