/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/iks_sight.h"

/* What cannot be read of the key leaves has_use unset. */
static int
look_at_key(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
            evc_iks_sight *out, evc_error **err)
{
    evc_service *keys = NULL;
    evc_error *failed = NULL;
    int rc = evc_iks_open_key(cluster, job->key, wait, &keys, &failed);

    if (!rc)
        rc = evc_iks_describe(keys, job->key->short_id, wait, &out->key, NULL, &failed);
    if (!rc)
        rc = evc_iks_look_for(keys, out->key.short_id, out->key.version, out->status.id,
                              wait, &out->use, &failed);
    evc_service_unref(keys);
    out->has_use = rc == 0;
    out->passes =
        evc_error_passes(rc) || evc_error_class_of(rc) == ENVCRYPT_CLASS_PROTOCOL;
    if (evc_error_ends_call(rc)) {
        evc_err_add_cause(err, failed);
        return rc;
    }
    evc_error_free(failed);
    return 0;
}

void
evc_iks_sight_init(evc_iks_sight *s)
{
    *s = (evc_iks_sight){.doc = NULL};
    evc_cluster_state_init(&s->state);
    evc_cluster_key_init(&s->key);
}

void
evc_iks_sight_reset(evc_iks_sight *s)
{
    evc_json_free(s->doc);
    evc_cluster_state_reset(&s->state);
    evc_cluster_key_reset(&s->key);
}

int
evc_iks_sight_take(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
                   evc_iks_sight *out, evc_error **err)
{
    int rc = evc_iks_fetch(
        cluster,
        job->state ? evc_cluster_state_text(job->state, EVC_CLUSTER_ID) : cluster->name,
        wait, &out->doc, &out->status, err);

    if (!rc)
        rc = evc_iks_status_tell(&out->status, &out->state, err);
    return rc || !job->key ? rc : look_at_key(cluster, job, wait, out, err);
}
