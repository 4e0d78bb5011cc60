/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_evidence.h"

#include <string.h>

#include "cluster/ack_change.h"
#include "cluster/ack_fetch.h"
#include "cluster/ack_tasks.h"
#include "cluster/ack_trail.h"
#include "cluster/ack_users.h"

static int
add_encryption(const evc_ack_detail *detail, const char *wanted, evc_evidence *out,
               evc_error **err)
{
    const char *what = !wanted ? "off" : "on, under the wanted key";

    if (evc_ack_detail_is(detail, wanted))
        return evc_evidence_add(out, "encryption of the cluster", EVC_FACT_SEEN, err,
                                "Capabilities say that it is %s", what);
    if (!evc_ack_detail_encrypts(detail))
        return evc_evidence_add(out, "encryption of the cluster", EVC_FACT_CONTRARY,
                                err, "Capabilities say that it is off");
    return evc_evidence_add(out, "encryption of the cluster", EVC_FACT_CONTRARY, err,
                            "Capabilities say that it is on, under the key %.100s",
                            detail->key);
}

static int
add_state(const evc_ack_detail *detail, evc_evidence *out, evc_error **err)
{
    const bool running = evc_ack_detail_is_running(detail);

    return evc_evidence_add(out, "cluster state",
                            running ? EVC_FACT_SEEN : EVC_FACT_MISSING, err,
                            "the cluster is %.64s%s", detail->state,
                            running ? "" : ", and must be running");
}

static int
add_key_state(const evc_cluster_key *key, evc_evidence *out, evc_error **err)
{
    return evc_evidence_add(out, "key state", EVC_FACT_HINT, err, "the key is %s",
                            key->word && key->word[0] ? key->word
                                                      : "in no known state");
}

/* Without a key that is wanted, only who switches it off wants that it is off. */
static int
add_unnamed(const evc_ack_detail *detail, evc_evidence *out, evc_error **err)
{
    if (!evc_ack_detail_encrypts(detail))
        return evc_evidence_add(out, "encryption of the cluster", EVC_FACT_CONTRARY,
                                err, "Capabilities say that it is off");
    return evc_evidence_add(out, "encryption of the cluster", EVC_FACT_MISSING, err,
                            "Capabilities say that it is on, under the key %.100s, "
                            "which could not be looked at; name it by the option key",
                            detail->key);
}

/* --- the trail --- */

/* What one proof by the trail goes by. */
typedef struct proving {
    evc_cluster *cluster;
    evc_wait *wait;
    evc_evidence *out;
    evc_ack_sought sought;
} proving;

static const char use_fact[] = "use of the key";

#define SKEW_MS INT64_C(900000) /* of our clock: with more, no request is accepted */

/*
 * When the change that made it so was over, by the service's clock where it tells: as our
 * record has it, or the task of the change; else the newest time that the service has, of the
 * cluster or of its newest task, which is no earlier. -1 = unknown.
 */
static int64_t
end_of_change(evc_cluster *cluster, const evc_cluster_job *job,
              const evc_ack_detail *detail, evc_wait *wait)
{
    const bool known = job->changed_ms > 0;
    int64_t end = known ? job->changed_ms : evc_ack_tasks_time(detail->updated);
    evc_ack_task task;
    bool found = false;

    if (evc_ack_tasks_newest(evc_ack_place_site(cluster), detail->id, wait, &task,
                             &found, NULL) == 0 &&
        found && task.updated_ms > end && (!known || task.updated_ms - end <= SKEW_MS))
        end = task.updated_ms;
    return end;
}

/* An event that names no cluster is this one's where no other can have made it. */
static int
add_somebodys(const proving *p, const evc_ack_use *use, evc_error **err)
{
    evc_ack_others others;
    int rc = evc_ack_users_others(evc_ack_place_site(p->cluster), p->sought.key_arn,
                                  p->sought.cluster, p->wait, &others, err);

    if (rc)
        return rc;
    if (others.count) {
        return evc_evidence_add(
            p->out, use_fact, EVC_FACT_MISSING, err,
            "ActionTrail has %s at %s by the service role of ACK (event %s), which "
            "names no cluster, and %zu other cluster%s of the Region (%s) %s this key: "
            "whose use it was cannot be told apart; a key of its own for each cluster "
            "would show it",
            use->action, use->when, use->event_id, others.count,
            others.count == 1 ? "" : "s", others.first,
            others.count == 1 ? "has" : "have");
    }
    if (others.unsure[0]) {
        return evc_evidence_add(
            p->out, use_fact, EVC_FACT_MISSING, err,
            "ActionTrail has %s at %s by the service role of ACK (event %s), which "
            "names no cluster, and whether other clusters use this key is not known: "
            "%s",
            use->action, use->when, use->event_id, others.unsure);
    }
    return evc_evidence_add(p->out, use_fact, EVC_FACT_SEEN, err,
                            "ActionTrail has %s at %s by the service role of ACK "
                            "(event %s), and no other cluster of the Region has this "
                            "key",
                            use->action, use->when, use->event_id);
}

static int
add_none(const proving *p, const evc_ack_use *use, evc_error **err)
{
    char end[EVC_TIME_TEXT];

    evc_clock_format(p->sought.from_ms, end);
    return evc_evidence_add(
        p->out, use_fact, EVC_FACT_AWAITED, err,
        "ActionTrail has no successful Encrypt, Decrypt or GenerateDataKey on this key "
        "by the service role of ACK%s since the change was over (%s)%s; events come "
        "some minutes late, so look again with cluster verify",
        use->whose == EVC_ACK_OTHERS ? " for this cluster" : "", end,
        use->whole ? "" : ", among its newest thousand events of that role");
}

static int
add_found(const proving *p, const evc_ack_use *use, evc_error **err)
{
    switch (use->whose) {
    case EVC_ACK_OURS:
        return evc_evidence_add(p->out, use_fact, EVC_FACT_SEEN, err,
                                "ActionTrail has %s at %s by the service role of ACK "
                                "for this cluster (event %s)",
                                use->action, use->when, use->event_id);
    case EVC_ACK_SOMEBODYS:
        return add_somebodys(p, use, err);
    case EVC_ACK_OTHERS:
    case EVC_ACK_NO_USE:
        break;
    }
    return add_none(p, use, err);
}

/* What the trail refuses to tell is missing too. */
static int
add_use(const proving *p, evc_error **err)
{
    evc_error *failed = NULL;
    evc_ack_use use;
    int rc;

    if (p->sought.from_ms < 0)
        return evc_evidence_add(
            p->out, use_fact, EVC_FACT_MISSING, err,
            "since when the cluster is as it is, ACK does not tell, "
            "so no event shows that it uses the key since");
    rc = evc_ack_trail_look(evc_ack_place_of(p->cluster), &p->sought, p->wait, &use,
                            &failed);
    if (evc_error_ends_call(rc)) {
        evc_err_add_cause(err, failed);
        return rc;
    }
    if (rc)
        rc = evc_evidence_add(p->out, use_fact, EVC_FACT_MISSING, err,
                              "ActionTrail could not be asked: %s",
                              evc_error_message(failed));
    else
        rc = add_found(p, &use, err);
    evc_error_free(failed);
    return rc;
}

static int
prove_use(evc_cluster *cluster, const evc_cluster_job *job,
          const evc_ack_detail *detail, evc_wait *wait, evc_evidence *out,
          evc_error **err)
{
    const proving p = {
        .cluster = cluster,
        .wait = wait,
        .out = out,
        .sought = {.key_arn = job->key->id,
                   .cluster = detail->id,
                   .from_ms = end_of_change(cluster, job, detail, wait)}};

    return add_use(&p, err);
}

int
evc_ack_evidence(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
                 evc_evidence *out, evc_error **err)
{
    const char *wanted = evc_ack_change_wants(job);
    evc_ack_found found;
    int rc = evc_ack_fetch_one(cluster, wait, &found, err);

    if (rc)
        return rc;
    if (wanted || job->verb == EVC_VERB_DISABLE)
        rc = add_encryption(&found.detail, wanted, out, err);
    else
        rc = add_unnamed(&found.detail, out, err);
    if (!rc)
        rc = add_state(&found.detail, out, err);
    if (!rc && wanted)
        rc = add_key_state(job->key, out, err);
    if (!rc && wanted)
        rc = prove_use(cluster, job, &found.detail, wait, out, err);
    evc_ack_found_reset(&found);
    return rc;
}
