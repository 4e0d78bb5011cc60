/* SPDX-License-Identifier: Apache-2.0 */
/* What we may do, as the server says: SelfSubjectAccessReview (authorization.k8s.io/v1). */
#ifndef EVC_K8S_REVIEW_H
#define EVC_K8S_REVIEW_H

#include "k8s/resource.h"

typedef enum evc_kube_right {
    EVC_KUBE_RIGHT_NO,
    EVC_KUBE_RIGHT_YES,
    EVC_KUBE_RIGHT_UNKNOWN /* the server does not answer such questions */
} evc_kube_right;

/* verb: "list", "patch", …; ns NULL = in all. */
int evc_kube_review(evc_kube *kube, const evc_kube_resource *resource, const char *verb,
                    const char *ns, evc_wait *wait, evc_kube_right *out,
                    evc_error **err) EVC_MUST_CHECK;

#endif
