/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all steps of one re-encryption or verification share: who is asked, about what, and
 * where what is found goes. One thread.
 */
#ifndef EVC_K8S_TASK_H
#define EVC_K8S_TASK_H

#include "k8s/journal.h"
#include "k8s/lease.h"
#include "k8s/reencrypt_options.h"
#include "k8s/selection.h"
#include "k8s/telling.h"
#include "k8s/verdict.h"

#define EVC_TASK_BASES 3u
#define EVC_TASK_TESTED 5u

typedef struct evc_task {
    evc_kube *kube;
    const evc_reencrypt_options *options;
    evc_reencrypt_report *report;
    evc_telling telling;
    evc_wait *wait; /* own_wait where the caller gave none */
    evc_wait own_wait;
    bool verifying;

    const char *cluster_id; /* of kube */
    evc_kube_resource resource;
    evc_selection selection;
    evc_kube_journal *journal; /* NULL = none */
    evc_kube_lease *lease;     /* same */
    int64_t lease_again_ms;    /* after a renewal that failed */

    evc_kube_run run;
    int64_t since_ms; /* of the change: as given, or as the resumed run was told; -1 */
    const evc_kube_run *bases[EVC_TASK_BASES]; /* runs that began after the change */
    size_t base_count;
    evc_kube_object tested[EVC_TASK_TESTED]; /* stored anew by the test of mode auto */
    size_t tested_count;
    bool
        hopeless; /* the pass before waited in vain for what fails inside of the server */
} evc_task;

/*
 * Finds resource and cluster, reads the selection. options are borrowed; wait NULL = no
 * deadline. *out is set also when it fails, but for want of memory; then it has a report.
 * As evc_kube_resource_find(), evc_kube_cluster_id() and evc_selection_open(); ARGUMENT: a since
 * or a restarted that is to come, a restarted before since or without it.
 */
int evc_task_open(evc_task **out, evc_kube *kube, const evc_reencrypt_options *options,
                  envcrypt_reencrypt_fn progress, void *user, evc_wait *wait,
                  evc_error **err) EVC_MUST_CHECK;
/* It is over, with rc: the report says so. task may be NULL. */
void evc_task_end(evc_task *task, int rc, evc_error *const *err);
/* The report moves. NULL is fine, and gives NULL. */
evc_reencrypt_report *evc_task_close(evc_task *task);

const evc_clock *evc_task_clock(const evc_task *task);
evc_crypto *evc_task_crypto(const evc_task *task);
/* A new phase of so many objects (-1 = unknown). As evc_task_tick. */
int evc_task_enter(evc_task *task, int32_t phase, int64_t total,
                   evc_error **err) EVC_MUST_CHECK;
/* Same, with so many done already. */
int evc_task_enter_at(evc_task *task, int32_t phase, int64_t done, int64_t total,
                      evc_error **err) EVC_MUST_CHECK;
/* Now and then: tells how far it is, and keeps the lease. CANCELED; LEASE_HELD: it was lost. */
int evc_task_tick(evc_task *task, evc_error **err) EVC_MUST_CHECK;
/* Opens the journal that the options name, if any. found and run as of it. */
int evc_task_open_journal(evc_task *task, evc_kube_run *run, bool *found,
                          evc_error **err) EVC_MUST_CHECK;
/* A run that began after the change: what was stored after it is stored after the change.
 * NULL, and one that began before, are passed over. */
void evc_task_add_base(evc_task *task, const evc_kube_run *run);
/* The run of the journal that showed that the server sees what is stale, if it began after the
 * change, or that is not told; NULL = none. */
const evc_kube_run *evc_task_shown(const evc_task *task);
/* Whether the last run, after the change, left alone what it should not have, and so shows nothing. */
bool evc_task_is_mixed(const evc_task *task);
/* As it was listed before the test of mode auto had it stored anew; NULL = that did not. */
const evc_kube_object *evc_task_tested(const evc_task *task,
                                       const evc_kube_object *object);
/* What is stored from then on has a data key from after the change: restarted, or where that is not
 * told since; -1 = neither. */
int64_t evc_task_fresh_ms(const evc_task *task);
/* When an object was written, by our clock and as late as can be said for certain; -1 = it
 * does not tell. */
int64_t evc_task_written_ms(const evc_task *task, const evc_kube_object *object);
/* Same, when it was stored, at the earliest: also by what runs tell. 0 = nothing tells. */
int64_t evc_task_stored_ms(const evc_task *task, const evc_kube_object *object);
/* The server left an object alone in mode rewrite. */
void evc_task_left(evc_task *task, const evc_kube_object *object);
/* Whether something tells that the object was stored after the change. */
bool evc_task_is_known(const evc_task *task, const evc_kube_object *object);

#endif
