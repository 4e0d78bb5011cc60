/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_evidence.h"

#include <string.h>

#include "cluster/ack_change.h"
#include "cluster/ack_fetch.h"
#include "cluster/ack_trail.h"

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

/* What the trail refuses to tell is missing too. */
static int
add_use(evc_cluster *cluster, const evc_cluster_key *key, evc_wait *wait,
        evc_evidence *out, evc_error **err)
{
    static const char fact[] = "use of the key";
    evc_error *failed = NULL;
    evc_ack_use use;
    int rc =
        evc_ack_trail_look(evc_ack_place_of(cluster), key->id, wait, &use, &failed);

    if (evc_error_ends_call(rc)) {
        evc_err_add_cause(err, failed);
        failed = NULL;
    } else if (rc) {
        rc = evc_evidence_add(out, fact, EVC_FACT_MISSING, err,
                              "ActionTrail could not be asked: %s",
                              evc_error_message(failed));
    } else if (use.found) {
        rc = evc_evidence_add(out, fact, EVC_FACT_SEEN, err,
                              "ActionTrail has %s at %s by the service role of ACK "
                              "(event %s)",
                              use.action, use.when, use.event_id);
    } else {
        rc = evc_evidence_add(
            out, fact, EVC_FACT_MISSING, err,
            "ActionTrail has no Encrypt or Decrypt on this key by the service role of "
            "ACK %s; events come some minutes late, so look again",
            use.whole ? "in the last seven days"
                      : "among its newest thousand events of that role");
    }
    evc_error_free(failed);
    return rc;
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
        rc = add_use(cluster, job->key, wait, out, err);
    evc_ack_found_reset(&found);
    return rc;
}
