/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/proof.h"

#include <stdio.h>
#include <string.h>

#include "cluster/secrets.h"
#include "k8s/lease.h"
#include "k8s/reencrypt.h"
#include "k8s/verify.h"

#define SECOND_MS INT64_C(1000)
#define LEASE_MS (EVC_KUBE_LEASE_SECONDS * SECOND_MS)
/* How long a change waits for what an audit trail tells late, and between looks. */
#define AWAIT_MS (600 * SECOND_MS)
#define AWAIT_PAUSE_MS (30 * SECOND_MS)

/* --- Secrets ---------------------------------------------------------------------- */

/* Hears what the Kubernetes side tells, and passes it on as a part of the whole. */
static int32_t
hear(void *user, const envcrypt_reencrypt_report *so_far)
{
    evc_scene *scene = user;
    int rc;

    scene->report->secrets_so_far = so_far;
    rc = evc_scene_tell(scene, NULL);
    scene->report->secrets_so_far = NULL;
    return rc;
}

bool
evc_proof_is_partial(const evc_scene *scene)
{
    const evc_cluster_change *change = scene->change;
    const evc_reencrypt_options *o = change ? &change->secrets : NULL;

    return o && (o->namespaces || o->labels || o->names_file ||
                 (o->resource && strcmp(o->resource, "secrets") != 0));
}

/* What the caller said, and what the flow knows: the journal, which is that of all Secrets,
 * and the time of the change. */
static evc_reencrypt_options
options_of(const evc_scene *scene)
{
    evc_reencrypt_options options;

    if (scene->change)
        options = scene->change->secrets; /* borrowed */
    else
        evc_reencrypt_options_init(&options);
    if (!options.journal && scene->file && !evc_proof_is_partial(scene))
        options.journal = evc_statefile_journal(scene->file);
    if (options.since_ms < scene->record.changed_ms) /* -1 = not told */
        options.since_ms = scene->record.changed_ms;
    return options;
}

static void
take_report(evc_scene *scene, evc_reencrypt_report *secrets)
{
    evc_reencrypt_report_free(scene->report->secrets);
    scene->report->secrets = secrets;
}

static int
rewrite_once(evc_scene *scene, evc_error **err)
{
    evc_reencrypt_options options = options_of(scene);
    evc_reencrypt_report *secrets = NULL;
    evc_kube *kube = NULL;
    int rc = evc_secrets_access(scene->cluster, &scene->report->state, scene->wait,
                                &kube, err);

    if (rc == 0)
        rc = evc_reencrypt_run(kube, &options, hear, scene, scene->wait, &secrets, err);
    if (secrets)
        take_report(scene, secrets);
    evc_kube_unref(kube);
    return rc;
}

/* A process that was killed leaves its Lease, which is over within a minute; somebody who is
 * at work renews it. */
static int
outwait_lease(evc_scene *scene, const evc_error *held, evc_error **err)
{
    int64_t ms = evc_error_retry_after_ms(held);

    if (ms < 0 || ms > LEASE_MS)
        ms = LEASE_MS;
    evc_cluster_report_note(scene->report,
                            "%s; as that may be a run that was killed, it was tried "
                            "again when the lease was over",
                            evc_error_message(held));
    return evc_wait_sleep_for(scene->wait, ms + SECOND_MS, err);
}

int
evc_proof_rewrite(evc_scene *scene, evc_error **err)
{
    evc_error *why = NULL;
    int rc = evc_scene_enter(scene, ENVCRYPT_CLUSTER_PHASE_SECRETS, err);

    if (rc)
        return rc;
    rc = rewrite_once(scene, &why);
    if (rc == ENVCRYPT_E_LEASE_HELD &&
        evc_cluster_change_flag(scene->change, "wait", true)) {
        rc = outwait_lease(scene, why, err);
        evc_error_free(why);
        return rc ? rc : rewrite_once(scene, err);
    }
    evc_err_drop(err);
    evc_err_add_cause(err, why);
    return rc;
}

int
evc_proof_verify(evc_scene *scene, evc_etcd *etcd, evc_error **err)
{
    evc_reencrypt_options options = options_of(scene);
    evc_reencrypt_report *secrets = NULL;
    evc_kube *kube = NULL;
    int rc = evc_scene_enter(scene, ENVCRYPT_CLUSTER_PHASE_VERIFYING, err);

    if (rc == 0)
        rc = evc_secrets_access(scene->cluster, &scene->report->state, scene->wait,
                                &kube, err);
    if (rc == 0)
        rc = evc_reencrypt_verify(kube, &options, etcd, hear, scene, scene->wait,
                                  &secrets, err);
    if (secrets)
        take_report(scene, secrets);
    evc_kube_unref(kube);
    return rc;
}

/* --- conclusion ------------------------------------------------------------------- */

static bool
has(const evc_scene *scene, uint32_t ability)
{
    return (scene->cluster->driver->abilities & ability) != 0;
}

/* Of a provider that stores Secrets anew itself no run of ours tells when that was, so stored
 * values can contradict its evidence, and add nothing that it lacks. */
static evc_fact
fact_of(const evc_scene *scene, int32_t outcome)
{
    if (outcome == ENVCRYPT_OUTCOME_PROVEN)
        return EVC_FACT_SEEN;
    if (outcome == ENVCRYPT_OUTCOME_CONTRADICTED)
        return EVC_FACT_CONTRARY;
    return has(scene, EVC_CLUSTER_REWRITES_ITSELF) ? EVC_FACT_HINT : EVC_FACT_MISSING;
}

/* Of a provider that stores Secrets anew itself they need no proof of their own, nor in a
 * cluster that was encrypted before there were any. */
static int
add_secrets(const evc_scene *scene, evc_evidence *evidence, evc_error **err)
{
    const evc_reencrypt_report *secrets = scene->report->secrets;

    if (!secrets &&
        (has(scene, EVC_CLUSTER_REWRITES_ITSELF) || scene->verb == EVC_VERB_CREATE))
        return 0;
    if (!secrets) {
        return evc_evidence_add(evidence, "Secrets", EVC_FACT_MISSING, err,
                                "of existing Secrets nothing is known, as they were "
                                "not looked at; %s",
                                scene->verb == EVC_VERB_VERIFY
                                    ? "the notes say why"
                                    : "see cluster verify, and store them anew with "
                                      "cluster reencrypt");
    }
    if (evc_proof_is_partial(scene) &&
        secrets->outcome != ENVCRYPT_OUTCOME_CONTRADICTED)
        return evc_evidence_add(evidence, "Secrets",
                                fact_of(scene, ENVCRYPT_OUTCOME_NOT_PROVEN), err,
                                "only a part of the Secrets was looked at, as the "
                                "options secrets-… say, and all of them are needed for "
                                "a proof; of that part: %s",
                                secrets->outcome_reason);
    return evc_evidence_add(evidence, "Secrets", fact_of(scene, secrets->outcome), err,
                            "%s", secrets->outcome_reason);
}

/* Whether the key was rotated in place after it was chosen; who does not know when that was
 * cannot tell that it was not. */
static bool
was_rotated(const evc_scene *scene, const evc_evidence *evidence)
{
    const evc_cluster_record *record = &scene->record;
    const evc_cluster_key *key = evc_scene_key(scene);
    const int64_t chosen_ms =
        record->changed_ms >= 0 ? record->changed_ms : evidence->changed_ms;

    if (scene->verb == EVC_VERB_ROTATE ||
        (scene->found && record->verb == EVC_VERB_ROTATE))
        return true;
    if (!key || scene->verb == EVC_VERB_CREATE)
        return false;
    return chosen_ms > 0 ? key->version_ms > chosen_ms : key->rotated;
}

/* A plugin that keeps its key id shows the API server nothing of a new material. */
static int
add_material(const evc_scene *scene, bool looked, evc_evidence *evidence,
             evc_error **err)
{
    if (looked || !has(scene, EVC_CLUSTER_KEEPS_KEY_ID) ||
        !was_rotated(scene, evidence))
        return 0;
    return evc_evidence_add(
        evidence, "new material", EVC_FACT_MISSING, err,
        "it is not provable that Secrets use the new material: the "
        "key id stays the same when the key is rotated; only stored "
        "values, read from etcd, would show it");
}

static void
conclude(evc_scene *scene, const evc_evidence *evidence)
{
    int32_t outcome = evc_evidence_outcome(evidence);

    evc_cluster_report_concludes(
        scene->report, outcome, "%s",
        outcome == ENVCRYPT_OUTCOME_PROVEN
            ? "all that is needed for a proof was seen; see the evidence"
        : evidence->reason[0] ? evidence->reason
                              : "nothing was seen that would prove it");
}

/* What is to be proven: after a change that switched encryption off, that it is off. */
static evc_cluster_job
job_of(const evc_scene *scene)
{
    const evc_cluster_record *record = &scene->record;
    evc_cluster_job job = evc_scene_job(scene);

    if (!job.key && scene->found && record->verb == EVC_VERB_DISABLE &&
        record->update.phase == EVC_UPDATE_DONE)
        job.verb = EVC_VERB_DISABLE;
    return job;
}

typedef struct scene_facts {
    evc_scene *scene;
    bool looked; /* at stored values */
    evc_evidence evidence;
} scene_facts;

/* All facts for and against it, as they are now. */
static int
gather(scene_facts *of, evc_error **err)
{
    evc_scene *scene = of->scene;
    evc_cluster_job job = job_of(scene);
    int rc;

    evc_evidence_reset(&of->evidence);
    rc = evc_evidence_init(&of->evidence, err);
    if (rc)
        return rc;
    rc = scene->cluster->driver->evidence(scene->cluster, &job, scene->wait,
                                          &of->evidence, err);
    /* Before the Secrets: it is the reason why nothing that they show would prove it. */
    if (rc == 0)
        rc = add_material(scene, of->looked, &of->evidence, err);
    return rc == 0 ? add_secrets(scene, &of->evidence, err) : rc;
}

/* Whoever verifies wants to know how it is; a change is to end proven. */
static bool
has_patience(const evc_scene *scene)
{
    return scene->verb != EVC_VERB_VERIFY &&
           (scene->verb == EVC_VERB_REENCRYPT || !scene->report->update.needless) &&
           evc_cluster_change_flag(scene->change, "wait", true);
}

/* Again and again, while nothing is missing but what comes late; the end of the caller's time
 * ends this too, and what was done stays done. */
static int
await(scene_facts *of, evc_error **err)
{
    evc_scene *scene = of->scene;
    char *detail = scene->report->update.detail;
    char kept[EVC_UPDATE_TEXT];
    int64_t left = has_patience(scene) ? AWAIT_MS : 0;
    bool waited = false;
    int rc = 0;

    (void)snprintf(kept, sizeof(kept), "%s", detail);
    while (rc == 0 && left > 0 && evc_evidence_may_come(&of->evidence) &&
           evc_wait_left_ms(scene->wait) > AWAIT_PAUSE_MS) {
        (void)snprintf(
            detail, EVC_UPDATE_TEXT,
            "the provider's audit trail lags by minutes, and is asked again");
        rc = waited ? evc_scene_tell(scene, err)
                    : evc_scene_enter(scene, ENVCRYPT_CLUSTER_PHASE_WAITING, err);
        waited = true;
        if (rc == 0)
            rc = evc_wait_sleep_for(scene->wait, AWAIT_PAUSE_MS, err);
        if (rc == 0)
            rc = gather(of, err);
        left -= AWAIT_PAUSE_MS;
    }
    (void)snprintf(detail, EVC_UPDATE_TEXT, "%s", kept);
    return rc == 0 && waited
               ? evc_scene_enter(scene, ENVCRYPT_CLUSTER_PHASE_VERIFYING, err)
               : rc;
}

static void
advise_patience(const scene_facts *of)
{
    if (evc_evidence_may_come(&of->evidence))
        evc_cluster_report_advise(
            of->scene->report,
            "the provider's audit trail lags by minutes; in ten minutes prove it with: "
            "envcrypt cluster verify %s",
            of->scene->cluster->uri);
}

int
evc_proof_conclude(evc_scene *scene, bool looked, evc_error **err)
{
    scene_facts of = {.scene = scene, .looked = looked};
    int rc = evc_scene_enter(scene, ENVCRYPT_CLUSTER_PHASE_VERIFYING, err);

    if (rc == 0)
        rc = gather(&of, err);
    if (rc == 0)
        rc = await(&of, err);
    if (rc == 0) {
        conclude(scene, &of.evidence);
        advise_patience(&of);
    }
    evc_table_free(scene->report->evidence);
    scene->report->evidence = of.evidence.rows;
    of.evidence.rows = NULL;
    evc_evidence_reset(&of.evidence);
    return rc;
}
