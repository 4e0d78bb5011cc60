/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a preflight looked at, row by row: columns check, result, rule, detail, error. The
 * rules R01 to R36 stand in doc/clusters.md. One thread.
 */
#ifndef EVC_CLUSTER_CHECKS_H
#define EVC_CLUSTER_CHECKS_H

#include "base/table.h"

typedef enum evc_check_result {
    EVC_CHECK_OK,
    EVC_CHECK_WARNING, /* may go on */
    EVC_CHECK_UNKNOWN, /* could not be looked at, which stops nothing */
    EVC_CHECK_REFUSED
} evc_check_result;

typedef struct evc_checks {
    evc_table *rows;
    size_t refused;
    int code;         /* of the first refusal; 0 = none */
    evc_error *first; /* same: what evc_checks_conclude gives */
} evc_checks;

int evc_checks_init(evc_checks *checks, evc_error **err) EVC_MUST_CHECK;
void evc_checks_reset(evc_checks *checks); /* NULL is fine */

/*
 * One row. check: what was looked at, "key state"; static text. rule: "R08"; NULL = none.
 * code: of a refusal, ENVCRYPT_E_…; else 0. The sentence says what was seen and what a
 * person does next; it needs no "refused". NOMEM.
 */
int evc_checks_add(evc_checks *checks, const char *check, evc_check_result result,
                   const char *rule, int code, evc_error **err, const char *format, ...)
    EVC_PRINTF(7, 8) EVC_MUST_CHECK;
/* A refusal that a call gave as an error, which is consumed: its code, message and cause. */
int evc_checks_add_error(evc_checks *checks, const char *check, const char *rule,
                         evc_error **failed, evc_error **err) EVC_MUST_CHECK;
/* 0, or the first refusal as an error, which says how many more there are. */
int evc_checks_conclude(evc_checks *checks, evc_error **err) EVC_MUST_CHECK;

#endif
