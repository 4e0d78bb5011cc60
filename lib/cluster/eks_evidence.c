/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eks_evidence.h"

#include <string.h>

#include "cluster/eks_change.h"
#include "cluster/eks_key.h"
#include "envcrypt/kms.h"

/* --- the cluster --- */

static int
add_status(const evc_cluster_state *state, evc_evidence *out, evc_error **err)
{
    const char *status = evc_cluster_state_text(state, EVC_CLUSTER_STATUS);

    return evc_evidence_add(out, "cluster status",
                            state->phase == EVC_CLUSTER_STEADY ? EVC_FACT_SEEN
                                                               : EVC_FACT_MISSING,
                            err, "the cluster is %s", status);
}

static int
add_key(const evc_cluster_state *state, const evc_cluster_key *wanted,
        evc_evidence *out, evc_error **err)
{
    const char *key = evc_cluster_state_text(state, EVC_CLUSTER_KEY);
    const char *given = evc_cluster_state_text(state, EVC_CLUSTER_KEY_GIVEN);

    if (state->encryption == ENVCRYPT_CLUSTER_ENCRYPTION_PROVIDER)
        return evc_evidence_add(
            out, "encryption configuration", EVC_FACT_CONTRARY, err,
            "the cluster has no key of its own; EKS encrypts under a key "
            "that AWS owns");
    if (state->encryption != ENVCRYPT_CLUSTER_ENCRYPTION_OWN)
        return evc_evidence_add(out, "encryption configuration", EVC_FACT_CONTRARY, err,
                                "the cluster has no encryption configuration");
    if (!key[0])
        return evc_evidence_add(
            out, "encryption configuration", EVC_FACT_MISSING, err,
            "the cluster names %s, and which key that is could not be "
            "asked",
            given);
    if (wanted && wanted->id && strcmp(key, wanted->id) != 0)
        return evc_evidence_add(out, "encryption configuration", EVC_FACT_CONTRARY, err,
                                "the cluster uses %s and not %s", key, wanted->id);
    return evc_evidence_add(out, "encryption configuration", EVC_FACT_SEEN, err,
                            "the cluster uses %s", key);
}

static int
add_key_state(const evc_cluster_state *state, evc_evidence *out, evc_error **err)
{
    switch (state->key_state) {
    case ENVCRYPT_KEY_ENABLED:
        return evc_evidence_add(out, "key state", EVC_FACT_SEEN, err,
                                "the key is enabled");
    case ENVCRYPT_KEY_UNKNOWN:
        return evc_evidence_add(out, "key state", EVC_FACT_MISSING, err,
                                "the state of the key could not be asked; allow "
                                "kms:DescribeKey");
    case ENVCRYPT_KEY_DESTROYED:
        return evc_evidence_add(out, "key state", EVC_FACT_CONTRARY, err,
                                "KMS knows no such key");
    default:
        return evc_evidence_add(out, "key state", EVC_FACT_CONTRARY, err,
                                "the key is not enabled");
    }
}

static int
add_health(const evc_cluster_state *state, evc_evidence *out, evc_error **err)
{
    int rc = 0;

    if (!evc_cluster_state_is_sick(state))
        return evc_evidence_add(
            out, "health", EVC_FACT_SEEN, err,
            "EKS reports no trouble with the key (it notices within "
            "hours)");
    for (size_t i = 0; rc == 0 && i < state->issues->rows; i++) {
        if (strcmp(evc_table_text(state->issues, i, "about-key"), "yes") == 0)
            rc = evc_evidence_add(out, "health", EVC_FACT_CONTRARY, err,
                                  "EKS reports %s",
                                  evc_table_text(state->issues, i, "code"));
    }
    return rc;
}

/* --- the update --- */

static int
add_update(evc_cluster *cluster, const evc_cluster_state *state, evc_wait *wait,
           evc_evidence *out, evc_error **err)
{
    const char *key = evc_cluster_state_text(state, EVC_CLUSTER_KEY);
    evc_eks_update last;
    evc_error *failed = NULL;
    int rc = evc_eks_last_association(cluster, &last, wait, &failed);

    if (evc_error_ends_call(rc)) {
        evc_err_add_cause(err, failed);
        return rc;
    }
    if (rc) {
        rc = evc_evidence_add(out, "update", EVC_FACT_MISSING, err,
                              "the updates of the cluster could not be read: %s",
                              evc_error_message(failed));
        evc_error_free(failed);
        return rc;
    }
    /* It was encrypted when it was created, or so long ago that EKS forgot. */
    out->changed_ms = last.id[0] ? 0 : state->created_ms;
    if (!last.id[0])
        return evc_evidence_add(out, "update", EVC_FACT_HINT, err,
                                "EKS lists no update that switched encryption on");
    switch (last.status) {
    case EVC_EKS_SUCCESSFUL:
        out->changed_ms = last.created_ms > 0 ? last.created_ms : 0;
        return evc_evidence_add(out, "update", EVC_FACT_SEEN, err,
                                "the update %s with %s is Successful", last.id,
                                last.key[0] ? last.key : key);
    case EVC_EKS_IN_PROGRESS:
        return evc_evidence_add(out, "update", EVC_FACT_MISSING, err,
                                "the update %s is InProgress", last.id);
    case EVC_EKS_FAILED:
    case EVC_EKS_CANCELLED:
        break;
    }
    return evc_evidence_add(out, "update", EVC_FACT_CONTRARY, err,
                            "the last update %s did not succeed%s%s", last.id,
                            last.why[0] ? ": " : "", last.why);
}

/* Others may use the key too, so it proves nothing; and few may ask. */
static int
add_usage(evc_cluster *cluster, const char *key, evc_wait *wait, evc_evidence *out,
          evc_error **err)
{
    const char *const args[] = {"key", key, NULL};
    evc_error *failed = NULL;
    evc_table *table = NULL;
    int rc = evc_eks_act(evc_eks_here(cluster), "last-usage", args, false, wait, &table,
                         &failed);

    if (rc) {
        if (!evc_error_ends_call(rc)) {
            evc_error_free(failed);
            return 0;
        }
        evc_err_add_cause(err, failed);
        return rc;
    }
    if (evc_table_text(table, 0, "used")[0])
        rc = evc_evidence_add(
            out, "last use of the key", EVC_FACT_HINT, err,
            "the key was used last at %s, for %s; by whom KMS does not say",
            evc_table_text(table, 0, "used"), evc_table_text(table, 0, "operation"));
    evc_table_free(table);
    return rc;
}

/* EKS keeps the key id of its plugin, so nothing that it tells shows the material. */
static int
add_material(const evc_cluster_key *key, evc_evidence *out, evc_error **err)
{
    char date[EVC_TIME_TEXT];

    if (!key || key->version_ms < 0)
        return 0;
    evc_clock_format(key->version_ms, date);
    return evc_evidence_add(
        out, "key material", EVC_FACT_HINT, err,
        "the key wraps under material of %s; whether Secrets use it is "
        "seen in stored values alone, as EKS keeps the id of the key",
        date);
}

int
evc_eks_evidence(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
                 evc_evidence *out, evc_error **err)
{
    const evc_cluster_state *state = job->state;
    const char *key = evc_cluster_state_text(state, EVC_CLUSTER_KEY);
    int rc = add_status(state, out, err);

    if (rc == 0)
        rc = add_key(state, job->key, out, err);
    if (rc == 0 && state->encryption == ENVCRYPT_CLUSTER_ENCRYPTION_OWN)
        rc = add_key_state(state, out, err);
    if (rc == 0)
        rc = add_health(state, out, err);
    if (rc == 0 && state->encryption == ENVCRYPT_CLUSTER_ENCRYPTION_OWN)
        rc = add_update(cluster, state, wait, out, err);
    if (rc == 0)
        rc = add_material(job->key, out, err);
    return rc == 0 && key[0] ? add_usage(cluster, key, wait, out, err) : rc;
}
