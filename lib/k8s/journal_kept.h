/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a journal (k8s/journal.h) keeps for later runs and verifications: of those that came to
 * their end, and of what was stored in etcd. Pure.
 */
#ifndef EVC_K8S_JOURNAL_KEPT_H
#define EVC_K8S_JOURNAL_KEPT_H

#include "k8s/reading.h"
#include "k8s/run.h"

/* Zeros: nothing. */
typedef struct evc_journal_kept {
    bool has_shown, has_ended;
    evc_kube_run shown; /* the latest that showed that the server sees what is stale */
    evc_kube_run ended; /* the latest of all */
    evc_kube_readings readings;
} evc_journal_kept;

/* Kept, if it is shown by evc_kube_run_is_shown(). */
void evc_journal_kept_take_shown(evc_journal_kept *kept, const evc_kube_run *run);
/* It came to its end. */
void evc_journal_kept_take_ended(evc_journal_kept *kept, const evc_kube_run *run);
/*
 * A verification, given as a run, had something stored anew. It counts for the ended run, whose
 * baseline tells more, where that began after the change and showed nothing that is wrong; else for
 * itself. since_ms: of the change, -1 = not told.
 */
void evc_journal_kept_show(evc_journal_kept *kept, const evc_kube_run *seen,
                           int64_t since_ms);
/* interrupted: a run that may go on after the reading; NULL = none. since_ms as above. */
void evc_journal_kept_add_reading(evc_journal_kept *kept,
                                  const evc_kube_reading *reading,
                                  const evc_kube_run *interrupted, int64_t since_ms);

#endif
