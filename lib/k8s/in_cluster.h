/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service account of the pod that this runs in (client-go rest/config.go,
 * InClusterConfig): the server by KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT, the
 * rest from three files.
 */
#ifndef EVC_K8S_IN_CLUSTER_H
#define EVC_K8S_IN_CLUSTER_H

#include "k8s/access.h"

#define EVC_IN_CLUSTER_FOLDER "/var/run/secrets/kubernetes.io/serviceaccount"

/*
 * Fills an initialised access. KUBECONFIG: this is no pod, or one without a service
 * account's token; the message says which of the variables and files is missing. NOMEM.
 */
int evc_in_cluster_read(const char *folder, evc_kube_access *out,
                        evc_error **err) EVC_MUST_CHECK;

#endif
