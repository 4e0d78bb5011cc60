/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One page of a list, as metadata only (PartialObjectMetadataList): no data of an object
 * leaves the server, and of what comes only the fields of evc_kube_object are kept, since
 * annotations may hold a whole Secret (kubernetes.md 6.2). The page is read as it comes.
 */
#ifndef EVC_K8S_LIST_H
#define EVC_K8S_LIST_H

#include "k8s/resource.h"

#define EVC_KUBE_PAGE_MAX 500u

typedef struct evc_kube_page {
    evc_kube_object *items; /* the page's own */
    size_t count;
    char version[EVC_KUBE_VERSION_MAX + 1]; /* resourceVersion of the list */
    evc_buf next;      /* token of the following page; empty = this was the last */
    int64_t remaining; /* remainingItemCount; -1 = not told */
    bool restarted;    /* 410: nothing was read, next is the fresh token or empty = from
                          the beginning */
} evc_kube_page;

typedef struct evc_kube_list {
    const evc_kube_resource *resource;
    const char *ns;         /* NULL = all */
    const char *labels;     /* selector; NULL = none */
    const char *annotation; /* whose time is wanted (mark_ms); NULL = none */
    uint32_t limit;         /* 1 to EVC_KUBE_PAGE_MAX */
    evc_view token;         /* of the page before; empty = the first */
} evc_kube_list;

/*
 * Under the wait, with the driver's retries. *out is always set; evc_kube_page_reset. A reply
 * with another kind, with a data or stringData member, a name that cannot be one, or more
 * items than limit × 20 is PROTOCOL. KUBE_UNREADABLE: the server cannot read an object
 * (kubernetes.md 5, defect 9): who lists takes smaller pages around it.
 */
int evc_kube_list_page(evc_kube *kube, const evc_kube_list *list, evc_wait *wait,
                       evc_kube_page *out, evc_error **err) EVC_MUST_CHECK;
void evc_kube_page_reset(evc_kube_page *page); /* fine on zeros */

/*
 * The operation itself, for runs that do other things meanwhile. The page is empty until it
 * succeeded.
 */
typedef struct evc_kube_listing {
    evc_kube_list list;
    evc_kube_page page;
    struct evc_kube_scan *scan; /* of list.c, on the heap */
} evc_kube_listing;
/* op->user is the listing, which must be zeroed but for list; evc_kube_listing_reset. */
void evc_kube_listing_init(evc_kube_listing *listing, evc_kube *kube,
                           evc_operation *op);
void evc_kube_listing_reset(evc_kube_listing *listing);

#endif
