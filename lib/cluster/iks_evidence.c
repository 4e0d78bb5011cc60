/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/iks_evidence.h"

#include <string.h>

#include "cluster/iks_read.h"
#include "envcrypt/kms.h"

int
evc_iks_facts_of_cluster(const evc_iks_status *status, evc_evidence *out,
                         evc_error **err)
{
    bool ready = evc_iks_status_is_ready(status);
    int rc = evc_evidence_add(
        out, "encryption", status->enabled ? EVC_FACT_SEEN : EVC_FACT_CONTRARY, err,
        "the cluster's key service is%s enabled", status->enabled ? "" : " not");

    if (rc)
        return rc;
    return evc_evidence_add(out, "master", ready ? EVC_FACT_SEEN : EVC_FACT_MISSING,
                            err, "the master is %s, its health %s, its status \"%s\"%s",
                            status->master_state, status->master_health,
                            status->master_status,
                            ready ? "" : "; it must be deployed, normal, Ready");
}

/* IBM never tells which root key is the active one; the registration is what does. */
static int
add_registration(const evc_iks_use *use, evc_evidence *out, evc_error **err)
{
    if (use->newest)
        return evc_evidence_add(
            out, "registration", EVC_FACT_SEEN, err,
            "the root key names the cluster, with its newest version "
            "%s",
            use->version);
    if (use->found)
        return evc_evidence_add(
            out, "registration", EVC_FACT_MISSING, err,
            "the root key names the cluster with the version \"%s\", "
            "which is not its newest; it may take up to 4 hours",
            use->version);
    if (use->other[0])
        return evc_evidence_add(out, "registration", EVC_FACT_CONTRARY, err,
                                "another root key of the instance, %s, names the "
                                "cluster, and this one does not",
                                use->other);
    return evc_evidence_add(
        out, "registration", EVC_FACT_MISSING, err,
        "the root key does not name the cluster; it may take up to 4 "
        "hours");
}

int
evc_iks_facts_of_key(const evc_cluster_key *key, const evc_iks_use *use,
                     const char *why, evc_evidence *out, evc_error **err)
{
    int rc;

    if (!use)
        return evc_evidence_add(out, "registration", EVC_FACT_MISSING, err,
                                "the root key and its registrations could not be read: "
                                "%s",
                                why);
    rc = evc_evidence_add(
        out, "key state",
        key->state == ENVCRYPT_KEY_ENABLED ? EVC_FACT_SEEN : EVC_FACT_MISSING, err,
        "the root key is %s%s", key->word,
        key->state == ENVCRYPT_KEY_ENABLED ? "" : ", and must be Active");
    return rc ? rc : add_registration(use, out, err);
}

static int
ask_key(evc_cluster *cluster, const evc_cluster_job *job, const char *id,
        evc_wait *wait, evc_evidence *out, evc_error **err)
{
    const char *active =
        job->state ? evc_cluster_state_text(job->state, EVC_CLUSTER_KEY) : "";
    evc_service *keys = NULL;
    evc_error *failed = NULL;
    evc_cluster_key key;
    evc_iks_use use = {.found = false};
    int rc = evc_iks_open_key(cluster, job->key, wait, &keys, &failed);

    evc_cluster_key_init(&key);
    if (!rc)
        rc = evc_iks_describe(keys, job->key->short_id, wait, &key, NULL, &failed);
    if (!rc)
        rc = evc_iks_look_for(keys, key.short_id, key.version, id, wait, &use, &failed);
    evc_service_unref(keys);
    bool another = active[0] && strcmp(active, job->key->id) != 0;

    if (!rc && another && !use.found)
        rc = evc_evidence_add(out, "key in use", EVC_FACT_CONTRARY, &failed,
                              "the key that names the cluster is %s", active);
    else if (!rc && use.found &&
             (another || use.other[0] || evc_iks_has_several_keys(job->state)))
        rc = evc_evidence_add(out, "key in use", EVC_FACT_MISSING, &failed,
                              "another root key names the cluster too, and which of "
                              "them it uses is told by nobody; a former one is "
                              "forgotten late");
    if (evc_error_ends_call(rc)) {
        evc_err_add_cause(err, failed);
        failed = NULL;
    } else {
        rc = evc_iks_facts_of_key(
            &key, rc ? NULL : &use,
            failed ? evc_error_message(failed) : evc_error_text(rc), out, err);
    }
    evc_error_free(failed);
    evc_cluster_key_reset(&key);
    return rc;
}

int
evc_iks_evidence(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
                 evc_evidence *out, evc_error **err)
{
    const char *id =
        job->state ? evc_cluster_state_text(job->state, EVC_CLUSTER_ID) : "";
    evc_json_doc *doc = NULL;
    evc_iks_status status;
    int rc =
        evc_iks_fetch(cluster, id[0] ? id : cluster->name, wait, &doc, &status, err);

    if (!rc)
        rc = evc_iks_facts_of_cluster(&status, out, err);
    if (!rc && job->key && job->key->id)
        rc = ask_key(cluster, job, status.id, wait, out, err);
    else if (!rc && status.enabled)
        rc = evc_evidence_add(
            out, "registration", EVC_FACT_MISSING, err,
            "which root key the cluster uses is not known from "
            "here%s; name it by the option key",
            evc_iks_has_several_keys(job->state) ? ", as several name it" : "");
    evc_json_free(doc);
    return rc;
}
