/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was asked of a cluster, what was done and what is proven: a public
 * envcrypt_cluster_report. It has no secret in it. One thread.
 */
#ifndef EVC_CLUSTER_REPORT_H
#define EVC_CLUSTER_REPORT_H

#include "cluster/checks.h"
#include "cluster/driver.h"
#include "k8s/report.h"

#define EVC_CLUSTER_NOTES 8u
#define EVC_CLUSTER_PHASES 64u /* rows; further ones count to the last */

typedef struct envcrypt_cluster_report {
    char *provider; /* "Amazon EKS" */
    char *uri;
    evc_cluster_verb verb;
    evc_cluster_state state; /* as read last */
    evc_cluster_key key;     /* that was wanted; empty = none was */
    evc_cluster_update update;
    evc_table *checks;   /* NULL = were not made */
    evc_table *steps;    /* same */
    evc_table *evidence; /* same */
    evc_reencrypt_report
        *secrets; /* of the Kubernetes side; NULL = nothing was done there */
    const evc_reencrypt_report
        *secrets_so_far; /* same, while it is at work; borrowed */
    int32_t phase;       /* ENVCRYPT_CLUSTER_PHASE_… */
    int64_t phase_ms;    /* when it was entered, wall time */
    evc_table *phases;   /* phase, began, ms: those that were gone through */
    int32_t standing; /* ENVCRYPT_CLUSTER_… : as wanted, default key, …; -1 = nothing
                         was read */
    int32_t outcome;  /* ENVCRYPT_OUTCOME_…; 0 = nothing was concluded */
    char outcome_reason[EVC_REENCRYPT_SENTENCE];
    char next[EVC_REENCRYPT_SENTENCE]; /* what a person does next; "" = nothing */
    char notes[EVC_CLUSTER_NOTES][EVC_REENCRYPT_SENTENCE];
    size_t note_count;
    int64_t began_ms;      /* wall time */
    int64_t ended_ms;      /* -1 = not yet */
    char state_file[1024]; /* "" = none was written */
    char tool_version[32]; /* of who made the report */
} evc_cluster_report;

int evc_cluster_report_new(const evc_cluster *cluster, evc_cluster_verb verb,
                           evc_cluster_report **out, evc_error **err) EVC_MUST_CHECK;
/* Same, of no cluster: nothing is known but provider and URI. */
int evc_cluster_report_make(const char *provider, const char *uri,
                            evc_cluster_report **out, evc_error **err) EVC_MUST_CHECK;
void evc_cluster_report_free(evc_cluster_report *report); /* NULL is fine */
/* A phase begins, and the one before it is over. At the end: ENDED. NOMEM. */
int evc_cluster_report_enter(evc_cluster_report *report, int32_t phase, int64_t now_ms,
                             evc_error **err) EVC_MUST_CHECK;
/* "waiting", of ENVCRYPT_CLUSTER_PHASE_…; "steady", of EVC_CLUSTER_STEADY …; NULL for what is
 * none. */
const char *evc_cluster_report_phase_name(int32_t phase);
const char *evc_cluster_report_state_name(int32_t phase);
void evc_cluster_report_note(evc_cluster_report *report, const char *format, ...)
    EVC_PRINTF(2, 3);
void evc_cluster_report_concludes(evc_cluster_report *report, int32_t outcome,
                                  const char *format, ...) EVC_PRINTF(3, 4);
void evc_cluster_report_advise(evc_cluster_report *report, const char *format, ...)
    EVC_PRINTF(2, 3);
/* How it stands (ENVCRYPT_CLUSTER_…), and what a person does next, from state and the key
 * that is wanted (NULL = any of one's own). Pure. */
void evc_cluster_report_stand(evc_cluster_report *report,
                              const evc_cluster_key *wanted);
/* The whole as JSON, with the library's version; for programs, and kept as a file. Tables
 * are arrays of objects. NOMEM. */
int evc_cluster_report_json(const evc_cluster_report *report, evc_buf *out,
                            evc_error **err) EVC_MUST_CHECK;

#endif
