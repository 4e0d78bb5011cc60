/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What speaks for and against "the Secrets of this cluster are encrypted under this key":
 * columns fact, result, detail. All needed facts there: proven. One contrary: contradicted.
 * Else: not proven. One thread.
 */
#ifndef EVC_CLUSTER_EVIDENCE_H
#define EVC_CLUSTER_EVIDENCE_H

#include "base/table.h"
#include "envcrypt/k8s.h"

typedef enum evc_fact {
    EVC_FACT_SEEN,     /* it is so */
    EVC_FACT_MISSING,  /* it is needed for a proof, and was not seen or not asked */
    EVC_FACT_CONTRARY, /* it is not so */
    EVC_FACT_HINT,     /* worth knowing, and proves nothing either way */
    EVC_FACT_AWAITED /* missing, and may come by itself within minutes: a trail that lags */
} evc_fact;

typedef struct evc_evidence {
    evc_table *rows;
    size_t seen;
    size_t missing; /* awaited ones too */
    size_t awaited;
    size_t contrary;
    int64_t
        changed_ms; /* when the key was chosen, as the provider has it; 0 = it does not
                           tell */
    char reason
        [640]; /* of the outcome: the first contrary fact, else the first missing */
} evc_evidence;

int evc_evidence_init(evc_evidence *evidence, evc_error **err) EVC_MUST_CHECK;
void evc_evidence_reset(evc_evidence *evidence); /* NULL is fine */
/* name: "key state"; static text. NOMEM. */
int evc_evidence_add(evc_evidence *evidence, const char *name, evc_fact fact,
                     evc_error **err, const char *format, ...)
    EVC_PRINTF(5, 6) EVC_MUST_CHECK;
/* Whether nothing is missing but what may come by itself, and nothing is contrary. */
bool evc_evidence_may_come(const evc_evidence *evidence);
int32_t evc_evidence_outcome(const evc_evidence *evidence); /* ENVCRYPT_OUTCOME_… */

#endif
