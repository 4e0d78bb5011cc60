/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A merge patch (RFC 7386) of one object's metadata, held to its uid and resourceVersion, whose
 * reply is metadata only; and the reading of one object's metadata, which settles what a
 * refused patch left open. Operations are for the driver; blocking forms beside them.
 */
#ifndef EVC_K8S_PATCH_H
#define EVC_K8S_PATCH_H

#include "k8s/scan.h"

#define EVC_KUBE_VALUE_MAX 1024u /* bytes of an annotation's value that we write */

typedef struct evc_kube_patch {
    const evc_kube_resource *resource;
    evc_kube_object object; /* whom; uid and version go into the patch */
    const char *annotation; /* that is set; NULL = an empty patch */
    const char *value;
    bool dry_run; /* the server does all but store it (dryRun=All) */
    char version[EVC_KUBE_VERSION_MAX +
                 1];    /* out: of the object after it; "" = failed */
    int64_t written_ms; /* out: of it, by the times of its metadata */
    evc_kube_scan scan; /* of patch.c; so that a run allocates none */
} evc_kube_patch;

/*
 * op->user is the patch, which must not move until it is finished. Codes of the operation: 0; KUBE_NOT_FOUND (gone), KUBE_CONFLICT
 * (version or uid differ), KUBE_INVALID (uid differs: 422; or a webhook), DENIED,
 * KUBE_UNREADABLE, THROTTLED, SERVICE_DOWN, PROTOCOL (a reply about another object, or with
 * data), ARGUMENT (annotation is no qualified name, its value no UTF-8 or longer than
 * EVC_KUBE_VALUE_MAX) and those of the driver. It may be sent again: held to a version it does nothing
 * twice.
 */
void evc_kube_patch_init(evc_kube_patch *patch, evc_kube *kube, evc_operation *op);
int evc_kube_patch_run(evc_kube *kube, evc_kube_patch *patch, evc_wait *wait,
                       evc_error **err) EVC_MUST_CHECK;

/*
 * Reads metadata of one object by namespace and name, of whatever uid it is now:
 * KUBE_NOT_FOUND, …. object is in and out.
 */
typedef struct evc_kube_get {
    const evc_kube_resource *resource;
    const char *annotation; /* whose time is wanted; NULL = none */
    evc_kube_object object; /* untouched by a failure */
    evc_kube_scan scan;     /* of patch.c */
} evc_kube_get;
void evc_kube_get_init(evc_kube_get *get, evc_kube *kube, evc_operation *op);
int evc_kube_get_run(evc_kube *kube, evc_kube_get *get, evc_wait *wait,
                     evc_error **err) EVC_MUST_CHECK;

#endif
