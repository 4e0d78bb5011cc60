/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/evidence.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"

static const char *const columns[] = {"fact", "result", "detail", NULL};
static const char *const fact_names[] = {[EVC_FACT_SEEN] = "seen",
                                         [EVC_FACT_MISSING] = "missing",
                                         [EVC_FACT_AWAITED] = "missing",
                                         [EVC_FACT_CONTRARY] = "contrary",
                                         [EVC_FACT_HINT] = "hint"};

int
evc_evidence_init(evc_evidence *evidence, evc_error **err)
{
    *evidence = (evc_evidence){.rows = NULL};
    return evc_table_new(columns, &evidence->rows, err);
}

void
evc_evidence_reset(evc_evidence *evidence)
{
    if (!evidence)
        return;
    evc_table_free(evidence->rows);
    *evidence = (evc_evidence){.rows = NULL};
}

/* Counts it; the first contrary fact is the reason, else the first missing one. */
static void
take(evc_evidence *evidence, evc_fact fact, const char *detail)
{
    const bool missing = fact == EVC_FACT_MISSING || fact == EVC_FACT_AWAITED;
    const bool tells = (fact == EVC_FACT_CONTRARY && evidence->contrary == 0) ||
                       (missing && evidence->contrary == 0 && evidence->missing == 0);

    evidence->seen += fact == EVC_FACT_SEEN;
    evidence->missing += missing;
    evidence->awaited += fact == EVC_FACT_AWAITED;
    evidence->contrary += fact == EVC_FACT_CONTRARY;
    if (tells)
        memcpy(evidence->reason, detail, strlen(detail) + 1);
}

int
evc_evidence_add(evc_evidence *evidence, const char *name, evc_fact fact,
                 evc_error **err, const char *format, ...)
{
    char detail[sizeof(evidence->reason)];
    va_list arguments;
    int rc;

    va_start(arguments, format);
    evc_text_format(detail, sizeof(detail), format, arguments);
    va_end(arguments);
    rc = evc_table_add_row(evidence->rows, err);
    if (rc == 0)
        rc = evc_table_set(evidence->rows, "fact", name, err);
    if (rc == 0)
        rc = evc_table_set(evidence->rows, "result", fact_names[fact], err);
    if (rc == 0)
        rc = evc_table_set(evidence->rows, "detail", detail, err);
    if (rc == 0)
        take(evidence, fact, detail);
    return rc;
}

bool
evc_evidence_may_come(const evc_evidence *evidence)
{
    return evidence->awaited > 0 && evidence->missing == evidence->awaited &&
           evidence->contrary == 0;
}

int32_t
evc_evidence_outcome(const evc_evidence *evidence)
{
    if (evidence->contrary > 0)
        return ENVCRYPT_OUTCOME_CONTRADICTED;
    if (evidence->missing > 0 || evidence->seen == 0)
        return ENVCRYPT_OUTCOME_NOT_PROVEN;
    return ENVCRYPT_OUTCOME_PROVEN;
}
