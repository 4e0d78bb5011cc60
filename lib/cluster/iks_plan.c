/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/iks_plan.h"

static const char trouble[] =
    "the master may be unavailable meanwhile; the root key must never be deleted from "
    "then on, as the cluster and its data are lost with it";

int
evc_iks_plan(const evc_cluster *cluster, const evc_cluster_job *job, evc_table *steps,
             evc_error **err)
{
    char request[640];
    evc_buf b;

    (void)cluster;
    evc_buf_init_fixed(&b, request, sizeof(request) - 1);
    if (job->verb == EVC_VERB_ROTATE) {
        evc_buf_put_format(&b, "POST /api/v2/keys/%s/actions/rotate",
                           job->key ? job->key->short_id : "");
        request[b.size] = '\0';
        return evc_steps_add(steps, "rotate", request,
                             "Key Protect makes a new version of the root key, and the "
                             "cluster takes it by itself and stores its Secrets anew",
                             trouble, err);
    }
    if (job->verb != EVC_VERB_ENABLE && job->verb != EVC_VERB_CHANGE_KEY)
        return 0;
    evc_buf_put_format(&b, "POST /v2/enableKMS crk_id=%s private_endpoint=%s",
                       job->key ? job->key->short_id : "",
                       evc_cluster_change_flag(job->change, "public-endpoint", false)
                           ? "false"
                           : "true");
    request[b.size] = '\0';
    return evc_steps_add(
        steps, job->verb == EVC_VERB_ENABLE ? "enable" : "change key", request,
        job->verb == EVC_VERB_ENABLE
            ? "Secrets are encrypted under the root key, and stored anew by the "
              "service; "
              "this cannot be switched off again"
            : "Secrets are encrypted under the new root key, and stored anew by the "
              "service; the key before cannot be used for this cluster again",
        trouble, err);
}
