/* SPDX-License-Identifier: Apache-2.0 */
/* What a pass asks of an object that was listed (doc/internals.md, Re-encryption). */
#ifndef EVC_K8S_ASKED_H
#define EVC_K8S_ASKED_H

#include "k8s/task.h"

typedef enum evc_asked {
    EVC_ASKED_NOT, /* it is not selected, or was settled before the run was resumed */
    EVC_ASKED_SETTLED, /* without a request; *how tells */
    EVC_ASKED_PATCH
} evc_asked;

evc_asked evc_asked_of(const evc_task *task, const evc_kube_object *object,
                       evc_settled *how);

#endif
