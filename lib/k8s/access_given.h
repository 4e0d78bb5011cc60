/* SPDX-License-Identifier: Apache-2.0 */
/* The access that options of evc_kube_open() mean: where they point, with what they say. */
#ifndef EVC_K8S_ACCESS_GIVEN_H
#define EVC_K8S_ACCESS_GIVEN_H

#include "base/env.h"
#include "k8s/access.h"
#include "k8s/kube_options.h"

/*
 * Fills an initialised access. What options say of server and user goes before what a
 * kubeconfig or the pod says. Over http nothing that proves who we are is kept: from
 * options it is refused (ENDPOINT), from a kubeconfig a warning of the log says so. ARGUMENT:
 * options that contradict one another; the errors of kubeconfig.h and in_cluster.h.
 */
int evc_access_given_read(const evc_kube_options *options, evc_env *env,
                          evc_kube_access *out, evc_error **err) EVC_MUST_CHECK;

#endif
