/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/verdict.h"

#include <inttypes.h>

#define GIVE_SINCE "say when the change of key was over (option since)"

static void
conclude_failed(const evc_verdict_facts *f, evc_reencrypt_report *report)
{
    if (f->last.incomplete) {
        evc_reencrypt_report_concludes(report, ENVCRYPT_OUTCOME_NOT_PROVEN,
                                       "not all objects could be listed; see the "
                                       "failures");
    } else {
        evc_reencrypt_report_concludes(report, ENVCRYPT_OUTCOME_NOT_PROVEN,
                                       "%" PRIu64 " of %" PRIu64
                                       " objects failed; see the failures",
                                       f->last.failed, f->last.seen);
    }
}

static void
conclude_annotated(const evc_verdict_facts *f, evc_reencrypt_report *report)
{
    char when[EVC_TIME_TEXT];

    if (f->last.unknown > 0 && f->since_ms >= 0) {
        evc_clock_format(f->since_ms, when);
        evc_reencrypt_report_concludes(
            report, ENVCRYPT_OUTCOME_CONTRADICTED,
            "%" PRIu64
            " objects, %s among them, were not written since the change at %s",
            f->last.unknown, f->last.example, when);
        return;
    }
    evc_reencrypt_report_concludes(
        report, ENVCRYPT_OUTCOME_NOT_PROVEN,
        "%s; under which key, only stored values tell: verify with etcd, if you can",
        f->since_ms >= 0 ? "each object was written after the change"
                         : "annotations tell when each object was written");
}

/* What speaks against a proof by empty patches; NULL = nothing. */
static const char *
missing_of(const evc_verdict_facts *f)
{
    if (f->last.seen == 0)
        return "there was no object to look at";
    if (!f->checked)
        return "there was no second pass that asked about every object";
    if (f->last.rewritten > 0)
        return "in the last pass too the server stored objects anew; find out who "
               "changes keys, and run again";
    if (f->inverted)
        return "the server left objects alone that are older than others that it "
               "stored anew: its API servers may not agree on the current key, or it "
               "was changed more than once: wait until all of them follow, and verify; "
               "or "
               "plain values came later, under a key id that stays: use mode annotate";
    if (f->since_ms < 0 && f->verifying)
        return "nothing was stale, which a rotation that the server does not see would "
               "show too: " GIVE_SINCE;
    if (f->since_ms < 0 && f->resumed)
        return "the run was interrupted, and the key may have been changed before it "
               "went on: " GIVE_SINCE;
    if (!f->shown && f->mixed)
        return "the run in the journal left objects alone that are of before the "
               "change, "
               "or older than others that it stored anew; those may have been plain "
               "values and show nothing of this change of key; only stored values tell "
               "now: verify with etcd";
    if (!f->shown)
        return "the server did not show that it sees this change of key: nothing was "
               "stale, then or now, that was stored before it";
    return NULL;
}

static void
conclude_rewritten(const evc_verdict_facts *f, evc_reencrypt_report *report)
{
    const char *missing = missing_of(f);
    char when[EVC_TIME_TEXT];

    evc_clock_format(f->since_ms >= 0 ? f->since_ms : f->began_ms, when);
    if (missing) {
        evc_reencrypt_report_concludes(report, ENVCRYPT_OUTCOME_NOT_PROVEN, "%s",
                                       missing);
    } else if (f->last.unknown > 0) {
        evc_reencrypt_report_concludes(
            report, ENVCRYPT_OUTCOME_NOT_PROVEN,
            "%" PRIu64 " objects, %s among them, were left alone by the server, and "
            "nothing tells that they were stored after %s%s; if the key was changed "
            "under the same key id, only mode annotate has them stored anew",
            f->last.unknown, f->last.example, when,
            f->since_ms >= 0 ? "" : ", when the run began: " GIVE_SINCE);
    } else {
        evc_reencrypt_report_concludes(
            report, ENVCRYPT_OUTCOME_PROVEN,
            "each of %" PRIu64 " objects was stored after %s, and the server, which "
            "showed that it sees what is stale, found nothing stale any more",
            f->last.seen, when);
    }
}

/* A verification stored something anew. Where all else is known, another finds nothing. */
static void
conclude_stale(const evc_verdict_facts *f, evc_reencrypt_report *report)
{
    bool enough = f->shown && f->since_ms >= 0 && f->last.unknown == 0 &&
                  f->last.failed == 0 && !f->last.incomplete;

    evc_reencrypt_report_concludes(
        report, ENVCRYPT_OUTCOME_CONTRADICTED,
        "%" PRIu64 " objects, %s among them, were stale; they were stored anew by "
        "this verification: %s",
        f->last.rewritten, f->last.example_stale,
        enough ? "verify once more"
               : "re-encrypt once more, which looks at all of them");
}

void
evc_verdict_conclude(const evc_verdict_facts *facts, evc_reencrypt_report *report)
{
    if (facts->verifying && facts->last.rewritten > 0) {
        conclude_stale(facts, report);
    } else if (facts->last.incomplete || facts->last.failed > 0) {
        conclude_failed(facts, report);
    } else if (facts->mode == ENVCRYPT_REENCRYPT_ANNOTATE) {
        conclude_annotated(facts, report);
    } else if (facts->mode == ENVCRYPT_REENCRYPT_MIGRATE) {
        evc_reencrypt_report_concludes(
            report, ENVCRYPT_OUTCOME_NOT_PROVEN,
            "the cluster's own migration came to its end; what it stored anew, only "
            "stored values tell: verify with etcd, if you can");
    } else {
        conclude_rewritten(facts, report);
    }
}
