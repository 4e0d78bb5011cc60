/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One re-encryption from its preflight to its report: lists, patches with many in flight over
 * one lane, keeps the journal, and settles what is refused. Errors that end a run are those of
 * the API server as a whole and of the journal; those of objects are in the report.
 */
#ifndef EVC_K8S_REENCRYPT_H
#define EVC_K8S_REENCRYPT_H

#include "k8s/reencrypt_options.h"
#include "k8s/report.h"
#include "k8s/task.h"

/*
 * *out is set also when the run failed, unless memory was out at once; freed by
 * evc_reencrypt_report_free. 0 also when objects failed: the report tells. KUBE_PREFLIGHT,
 * LEASE_HELD, JOURNAL…, MIGRATION, DENIED, CANCELED, TIMEOUT, and what the server answers.
 */
int evc_reencrypt_run(evc_kube *kube, const evc_reencrypt_options *options,
                      envcrypt_reencrypt_fn progress, void *user, evc_wait *wait,
                      evc_reencrypt_report **out, evc_error **err) EVC_MUST_CHECK;

#endif
