/* SPDX-License-Identifier: Apache-2.0 */
/* The section exec of a kubeconfig's user: which program gives credentials, and how. */
#ifndef EVC_K8S_KUBECONFIG_EXEC_H
#define EVC_K8S_KUBECONFIG_EXEC_H

#include "k8s/access.h"
#include "k8s/kubeconfig_place.h"

/*
 * exec: the section's map. KUBECONFIG: no command, another version of the protocol, a
 * program that must have a terminal. KUBE_EXEC: may not be run; the message says what can
 * be done instead, for programs of EKS that tokens are made without them. YAML, NOMEM.
 */
int evc_kubeconfig_exec_read(const evc_kubeconfig_place *user, const evc_yaml *exec,
                             bool allowed, evc_exec_spec *out,
                             evc_error **err) EVC_MUST_CHECK;
/* What a cluster has to say to such programs: its extension
 * client.authentication.k8s.io/exec as JSON. */
int evc_kubeconfig_exec_config(const evc_kubeconfig_place *cluster, evc_exec_spec *out,
                               evc_error **err) EVC_MUST_CHECK;

#endif
