/* SPDX-License-Identifier: Apache-2.0 */
/* What is listed and patched: a resource of the API, and one object of it. */
#ifndef EVC_K8S_RESOURCE_H
#define EVC_K8S_RESOURCE_H

#include <stdbool.h>

#include "base/buf.h"
#include "k8s/kube.h"

#define EVC_KUBE_NAME_MAX 253u /* of an object (k8s/names.h) */
#define EVC_KUBE_NAMESPACE_MAX 63u
#define EVC_KUBE_UID_MAX 128u
#define EVC_KUBE_VERSION_MAX 128u /* of a resourceVersion, which is opaque */
#define EVC_KUBE_CONTINUE_MAX 8192u

typedef struct evc_kube_resource {
    char group[EVC_KUBE_NAME_MAX + 1]; /* "" = core */
    char version[64];
    char plural[64]; /* "secrets" */
    char kind[64];
    bool namespaced;
} evc_kube_resource;

typedef struct evc_kube_object {
    char ns[EVC_KUBE_NAMESPACE_MAX + 1]; /* "" = of no namespace */
    char name[EVC_KUBE_NAME_MAX + 1];
    char uid[EVC_KUBE_UID_MAX + 1];
    char version[EVC_KUBE_VERSION_MAX + 1]; /* resourceVersion */
    int64_t
        written_ms; /* latest of creationTimestamp and the times of managedFields; -1 */
    int64_t mark_ms; /* time in the wanted annotation; -1 = none, or no time */
} evc_kube_object;

/*
 * "secrets", "configmaps", "PLURAL.GROUP" or "PLURAL.VERSION.GROUP", by what the server's
 * discovery lists; secrets and configmaps are known without. NOT_FOUND errors:
 * KUBE_NOT_FOUND with the nearest name; ARGUMENT: no name of a resource.
 */
int evc_kube_resource_find(evc_kube *kube, const char *text, evc_wait *wait,
                           evc_kube_resource *out, evc_error **err) EVC_MUST_CHECK;
/* /api/v1/namespaces/NS/secrets/NAME; ns and name NULL or "" = of all. Appended, encoded. */
void evc_kube_resource_path(const evc_kube_resource *resource, const char *ns,
                            const char *name, evc_buf *out);
#endif
