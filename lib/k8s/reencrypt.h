/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One re-encryption from its preflight to its report: lists, patches with many in flight over
 * one lane, keeps the journal, and settles what is refused. Errors that end a run are those of
 * the API server as a whole and of the journal; those of objects are in the report.
 */
#ifndef EVC_K8S_REENCRYPT_H
#define EVC_K8S_REENCRYPT_H

#include "base/table.h"
#include "k8s/kube.h"

typedef struct evc_reencrypt_options {
    const char *resource;   /* NULL = "secrets" */
    int32_t mode;           /* ENVCRYPT_REENCRYPT_AUTO … */
    const char *annotation; /* NULL = kms-encryption-timestamp */
    const char *namespaces; /* separated by commas; NULL = all */
    const char *labels;     /* selector; NULL = none */
    const char *names_file; /* lines namespace/name; NULL = none */
    const char *journal;    /* path; NULL = none: an interrupted run begins anew */
    const char *lease_ns;   /* NULL = kube-system; "" = no lease */
    int64_t since_ms;       /* end of the change of key, wall time; -1 = not told */
    uint32_t in_flight;     /* 0 = 8; most 256 */
    uint32_t rate;          /* patches a second; 0 = no limit but the server's */
    uint32_t page;          /* 0 = EVC_KUBE_PAGE_MAX */
    bool dry_run;           /* counts, and writes nothing */
} evc_reencrypt_options;

typedef struct envcrypt_reencrypt_report evc_reencrypt_report;
/* Hears how far it is, on the thread that runs; anything but 0 cancels. */
typedef int32_t (*evc_reencrypt_fn)(void *user, const evc_reencrypt_report *so_far);

/*
 * *out is set when the run got past its preflight, also when it failed later; freed by
 * evc_reencrypt_report_free. 0 also when objects failed: the report tells. KUBE_PREFLIGHT,
 * LEASE_HELD, JOURNAL…, DENIED, CANCELED, TIMEOUT, and what the server answers.
 */
int evc_reencrypt_run(evc_kube *kube, const evc_reencrypt_options *options,
                      evc_reencrypt_fn progress, void *user, evc_wait *wait,
                      evc_reencrypt_report **out, evc_error **err) EVC_MUST_CHECK;
void evc_reencrypt_report_free(evc_reencrypt_report *report);

#endif
