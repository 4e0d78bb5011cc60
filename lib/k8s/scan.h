/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads replies that are metadata only: meta.k8s.io/v1 PartialObjectMetadata of one object,
 * PartialObjectMetadataList of a page. Of each object it keeps the fields of evc_kube_object
 * and nothing else; a reply of another kind, or one with data in it, is refused at once.
 */
#ifndef EVC_K8S_SCAN_H
#define EVC_K8S_SCAN_H

#include "k8s/fields.h"
#include "k8s/resource.h"

/* Accept headers. Without a second choice: a server that does not know these forms must
 * answer 406 rather than with whole Secrets. */
#define EVC_KUBE_ACCEPT_ONE \
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
#define EVC_KUBE_ACCEPT_LIST \
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
/* What a person does after 406. */
#define EVC_KUBE_TOO_OLD                                                               \
    "this API server gives no metadata-only replies, which Kubernetes does from 1.15 " \
    "on, and whole objects are not asked for; upgrade it"

#define EVC_KUBE_OVERFULL 20u /* a page has at most limit × this many items */

/* Any memory, zeroed at first; it must not move while an exchange feeds it. */
typedef struct evc_kube_scan {
    const evc_kube_resource *resource; /* borrowed */
    evc_kube_fields fields;
    evc_kube_object object; /* of one: the result; of a list: the one that is read */
    bool kind_seen;

    /* Of a list. */
    uint32_t limit;
    evc_kube_object *items; /* of the heap, kept for the next page */
    size_t count;
    size_t capacity;
    char version[EVC_KUBE_VERSION_MAX + 1];
    evc_buf next;
    int64_t remaining; /* -1 = not told */
} evc_kube_scan;

/* Becomes the sink of an exchange, from the beginning. annotation: whose time is wanted, or
 * NULL; borrowed. */
void evc_kube_scan_one(evc_kube_scan *scan, const evc_kube_resource *resource,
                       const char *annotation, evc_exchange *x);
void evc_kube_scan_page(evc_kube_scan *scan, const evc_kube_resource *resource,
                        const char *annotation, uint32_t limit, evc_exchange *x);
/* The reply is whole: 0, PROTOCOL, NOMEM. */
int evc_kube_scan_end(evc_kube_scan *scan, evc_error **err) EVC_MUST_CHECK;
void evc_kube_scan_reset(evc_kube_scan *scan); /* wipes, frees; usable again */

#endif
