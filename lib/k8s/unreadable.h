/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects that the API server cannot read make every list fail that meets them (500). Which ones
 * they are, its Status says: by the keys of etcd in details.causes (Kubernetes 1.37 on), or by the
 * one key in its message; and a list goes on behind one with a token that is made here: what
 * tokens look like is public and cannot change (k8s.io/apiserver, pkg/storage/continue.go,
 * pkg/storage/etcd3/corrupt_obj_deleter.go and store.go).
 */
#ifndef EVC_K8S_UNREADABLE_H
#define EVC_K8S_UNREADABLE_H

#include "k8s/list.h"

#define EVC_UNREADABLE_MAX 100u /* that one reply names */

typedef struct evc_unreadable_name {
    char ns[EVC_KUBE_NAMESPACE_MAX + 1];
    char name[EVC_KUBE_NAME_MAX + 1];
} evc_unreadable_name;

typedef struct evc_unreadable {
    evc_kube_list list; /* the page that failed */
    bool readable;      /* out: it did not fail this time */
    size_t count;       /* out: 0 = the server does not say which */
    evc_unreadable_name names[EVC_UNREADABLE_MAX];
} evc_unreadable;

/* Asks for the page once more. op->user is it, which must not move; 0 unless the server says
 * something else than that it cannot read. */
void evc_unreadable_init(evc_unreadable *unreadable, evc_kube *kube, evc_operation *op);
/* *out: the error of an object that cannot be read, which says what to do. NOMEM. */
int evc_unreadable_explain(const evc_unreadable *unreadable, evc_error **out,
                           evc_error **err) EVC_MUST_CHECK;
/* The one of the names that stands last in a list. */
const evc_unreadable_name *evc_unreadable_last(const evc_unreadable *unreadable);
/* The token of what follows an object, in the list of a namespace or of all (NULL). Appended. */
int evc_unreadable_token(const char *list_ns, const evc_unreadable_name *behind,
                         evc_buf *out, evc_error **err) EVC_MUST_CHECK;

#endif
