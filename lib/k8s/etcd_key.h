/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a key of etcd says of the object under it. kube-apiserver's keys are
 * <--etcd-prefix>/<resource prefix>/[<namespace>/]<name>; the prefix is /registry, or one of
 * OpenShift's, /kubernetes.io and /openshift.io. The resource prefix is the resource for the
 * built-in ones but those that kubernetes/kubernetes, pkg/kubeapiserver/default_storage_factory_builder.go
 * (SpecialDefaultResourcePrefixes) names, and GROUP/RESOURCE for custom and aggregated ones, whose
 * groups have a dot (apiextensions-apiserver).
 */
#ifndef EVC_K8S_ETCD_KEY_H
#define EVC_K8S_ETCD_KEY_H

#include "base/buf.h"

#define EVC_ETCD_RESOURCE_MAX 512u /* bytes */

/* "secrets", "widgets.example.com"; "unknown" where the key has not the form. Printable. Appended. */
void evc_etcd_key_resource(evc_view key, evc_buf *out);

#endif
