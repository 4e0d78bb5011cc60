/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which object it is, in one text: "NAMESPACE/NAME", "/NAME" of one without a namespace. Byte order
 * of these texts is the order of lists, since it is that of keys of etcd
 * (k8s.io/apiserver, pkg/storage/etcd3/store.go: a list is a range of keys). Pure.
 */
#ifndef EVC_K8S_OBJECT_KEY_H
#define EVC_K8S_OBJECT_KEY_H

#include "k8s/resource.h"

#define EVC_OBJECT_KEY_MAX (EVC_KUBE_NAMESPACE_MAX + 1 + EVC_KUBE_NAME_MAX)

/* In room; empty if it is longer than one of an object can be. */
evc_view evc_object_key(const char *ns, const char *name,
                        char room[EVC_OBJECT_KEY_MAX]);

#endif
