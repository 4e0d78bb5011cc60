/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a re-encryption or a verification did and found, while it goes on and after: a public
 * envcrypt_reencrypt_report. Bounded: past EVC_REENCRYPT_FAILURES failures are only counted.
 * One thread.
 */
#ifndef EVC_K8S_REPORT_H
#define EVC_K8S_REPORT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/table.h"
#include "envcrypt/k8s.h"

#define EVC_REENCRYPT_FAILURES 10000u
#define EVC_REENCRYPT_FIGURES 16u
#define EVC_REENCRYPT_NOTES 8u
#define EVC_REENCRYPT_SENTENCE 640u

typedef struct envcrypt_reencrypt_report {
    int32_t mode;
    int32_t outcome;
    int32_t phase;
    int64_t began_ms; /* wall time; -1 = not yet, as ended_ms */
    int64_t ended_ms;
    bool resumed;
    bool dry_run;
    int64_t figures[EVC_REENCRYPT_FIGURES]; /* by ENVCRYPT_REENCRYPT_FIGURE_… */
    char mode_reason[EVC_REENCRYPT_SENTENCE];
    char outcome_reason[EVC_REENCRYPT_SENTENCE];
    char notes[EVC_REENCRYPT_NOTES][EVC_REENCRYPT_SENTENCE];
    size_t note_count;
    char *journal; /* its path; NULL = none, or not yet */
    evc_table *failures;
} evc_reencrypt_report;

/* "proven"; NULL for none that there is. */
const char *evc_reencrypt_outcome_name(int32_t outcome);
/* Same of ENVCRYPT_REENCRYPT_PHASE_… and ENVCRYPT_REENCRYPT_FIGURE_…. */
const char *evc_reencrypt_phase_name(int32_t phase);
const char *evc_reencrypt_figure_name(int32_t figure);

int evc_reencrypt_report_new(evc_reencrypt_report **out,
                             evc_error **err) EVC_MUST_CHECK;
void evc_reencrypt_report_free(evc_reencrypt_report *report); /* NULL is fine */

/* Sentences past their room are cut. A note past EVC_REENCRYPT_NOTES is dropped. */
void evc_reencrypt_report_chose(evc_reencrypt_report *report, int32_t mode,
                                const char *format, ...) EVC_PRINTF(3, 4);
void evc_reencrypt_report_concludes(evc_reencrypt_report *report, int32_t outcome,
                                    const char *format, ...) EVC_PRINTF(3, 4);
void evc_reencrypt_report_note(evc_reencrypt_report *report, const char *format, ...)
    EVC_PRINTF(2, 3);

void evc_reencrypt_report_count(evc_reencrypt_report *report, int32_t figure,
                                int64_t more);
int64_t evc_reencrypt_report_figure(const evc_reencrypt_report *report, int32_t figure);
/* A failure; ns and name may be "". Counted in FAILED also when the list is full. NOMEM. */
int evc_reencrypt_report_fail(evc_reencrypt_report *report, const char *ns,
                              const char *name, int code, const evc_error *error,
                              evc_error **err) EVC_MUST_CHECK;
/* Those of a pass before, which the next one tries again. */
void evc_reencrypt_report_forgive(evc_reencrypt_report *report);

/* A copy of the failures, and the whole as JSON. NOMEM. */
int evc_reencrypt_report_failures(const evc_reencrypt_report *report, evc_table **out,
                                  evc_error **err) EVC_MUST_CHECK;
int evc_reencrypt_report_to_json(const evc_reencrypt_report *report, evc_buf *out,
                                 evc_error **err) EVC_MUST_CHECK;

#endif
