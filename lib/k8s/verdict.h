/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is proven of a re-encryption without a look into etcd, by what its passes showed. The rules
 * are those of doc/internals.md, "What is proven". Pure.
 */
#ifndef EVC_K8S_VERDICT_H
#define EVC_K8S_VERDICT_H

#include "k8s/report.h"
#include "k8s/run.h"

#define EVC_VERDICT_NAME (EVC_KUBE_NAMESPACE_MAX + EVC_KUBE_NAME_MAX + 2)

/* What the latest pass over all objects showed. */
typedef struct evc_pass_facts {
    uint64_t seen;      /* selected objects */
    uint64_t asked;     /* of these, that got a patch */
    uint64_t rewritten; /* stored anew in this pass */
    uint64_t failed;
    uint64_t
        unknown;     /* of which nothing tells that they were stored after the change */
    bool incomplete; /* not all could be listed */
    char example[EVC_VERDICT_NAME];       /* one that is unknown; "" = none */
    char example_stale[EVC_VERDICT_NAME]; /* one that was stored anew */
} evc_pass_facts;

typedef struct evc_verdict_facts {
    evc_pass_facts last;
    bool verifying; /* by envcrypt_reencrypt_verify() */
    bool checked;   /* the last pass asked about every object, after one that did */
    bool resumed;
    bool inverted;
    bool shown; /* the server stored something anew, after the change */
    bool mixed; /* not shown, for the run that stored something anew was inverted */
    int32_t mode;
    int64_t since_ms; /* -1 = not told */
    int64_t began_ms; /* of the run */
} evc_verdict_facts;

void evc_verdict_conclude(const evc_verdict_facts *facts, evc_reencrypt_report *report);

#endif
