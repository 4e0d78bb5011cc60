/* SPDX-License-Identifier: Apache-2.0 */
/* The table of what is found in a file: severity, line, place, finding, advice. */
#ifndef EVC_K8S_FINDINGS_H
#define EVC_K8S_FINDINGS_H

#include "base/table.h"

typedef enum evc_severity {
    EVC_SEVERITY_ERROR,   /* the file is not accepted */
    EVC_SEVERITY_WARNING, /* it is, and should be another one */
    EVC_SEVERITY_HINT     /* worth knowing */
} evc_severity;

/* Remembers the first failure: check rc once, at the end. */
typedef struct evc_findings {
    evc_table *table; /* moves to whoever takes it */
    evc_error **err;
    int rc;
} evc_findings;

/* rc tells; evc_findings_reset in any case, which leaves a table that was taken alone. */
void evc_findings_init(evc_findings *f, evc_error **err);
void evc_findings_reset(evc_findings *f);

/*
 * Adds a row. line 0 = none; place is a format ("resources[%zu]"); finding and advice are
 * texts for people, whose parts from the file went through evc_encode_shown.
 */
void evc_findings_add(evc_findings *f, evc_severity severity, uint32_t line,
                      const char *finding, const char *advice, const char *place, ...)
    EVC_PRINTF(6, 7);

#endif
