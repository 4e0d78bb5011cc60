/* SPDX-License-Identifier: Apache-2.0 */
/* What is proven of a re-encryption, by another pass or by stored values. */
#ifndef EVC_K8S_VERIFY_H
#define EVC_K8S_VERIFY_H

#include "k8s/etcd.h"
#include "k8s/reencrypt_options.h"
#include "k8s/report.h"
#include "k8s/task.h"

/* etcd may be NULL. *out and errors as of evc_reencrypt_run(), and those of etcd. */
int evc_reencrypt_verify(evc_kube *kube, const evc_reencrypt_options *options,
                         evc_etcd *etcd, envcrypt_reencrypt_fn progress, void *user,
                         evc_wait *wait, evc_reencrypt_report **out,
                         evc_error **err) EVC_MUST_CHECK;

#endif
