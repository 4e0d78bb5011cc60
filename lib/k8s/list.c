/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/list.h"

#include <string.h>

#include "base/mem.h"
#include "k8s/call.h"
#include "k8s/names.h"
#include "k8s/scan.h"
#include "k8s/status.h"

/* Bytes of one page, which is read as it comes: bounds a server that never ends. */
#define PAGE_BYTES_MAX ((size_t)1024 * 1024 * 1024)

/* --- what is asked ---------------------------------------------------------------- */

static int
check(const evc_kube_list *list, evc_error **err)
{
    if (list->limit == 0 || list->limit > EVC_KUBE_PAGE_MAX)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a page of a list is of 1 to %u objects, not %u",
                       EVC_KUBE_PAGE_MAX, (unsigned int)list->limit);
    if (list->ns &&
        (!list->resource->namespaced || !evc_kube_is_label(evc_view_text(list->ns))))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       list->resource->namespaced
                           ? "\"%s\" cannot be the name of a namespace"
                           : "%s are in no namespace",
                       list->resource->namespaced ? list->ns : list->resource->plural);
    if (list->token.size > EVC_KUBE_CONTINUE_MAX)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the token of a page has more than %u bytes",
                       EVC_KUBE_CONTINUE_MAX);
    return 0;
}

/* No resourceVersion: with 0 the server would pass over the limit (kubernetes.md 6.2). */
static void
put_query(const evc_kube_list *list, evc_buf *out)
{
    evc_buf_put_format(out, "limit=%u", (unsigned int)list->limit);
    if (list->labels && list->labels[0])
        evc_form_add(out, "labelSelector", evc_view_text(list->labels));
    if (list->token.size)
        evc_form_add(out, "continue", list->token);
}

/* The scanner is kept from attempt to attempt. */
static int
need_scan(evc_kube_listing *listing, evc_error **err)
{
    if (!listing->scan)
        listing->scan = evc_mem_new(sizeof(*listing->scan));
    return listing->scan ? 0 : evc_err_nomem(err);
}

static int
build(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_kube_listing *listing = op->user;
    const evc_kube_list *list = &listing->list;
    int rc = check(list, err);

    if (!rc)
        rc = need_scan(listing, err);
    if (!rc)
        rc = evc_kube_request(x, "GET", EVC_KUBE_ACCEPT_LIST, NULL, err);
    if (rc)
        return rc;
    evc_kube_resource_path(list->resource, list->ns, NULL, &x->path);
    put_query(list, &x->query);
    evc_kube_scan_page(listing->scan, list->resource, list->annotation, list->limit, x);
    rc = evc_buf_check(&x->path, err);
    return rc ? rc : evc_buf_check(&x->query, err);
}

/* --- what came -------------------------------------------------------------------- */

/* The next page begins where this one did: the list would never end. */
static bool
stands_still(const evc_kube_list *list, const evc_kube_scan *scan)
{
    return list->token.size && evc_view_equal(list->token, evc_buf_view(&scan->next));
}

static void
move_page(evc_kube_scan *scan, evc_kube_page *page)
{
    *page = (evc_kube_page){.items = scan->items,
                            .count = scan->count,
                            .next = scan->next,
                            .remaining = scan->remaining};
    memcpy(page->version, scan->version, sizeof(page->version));
    scan->items = NULL;
    scan->count = 0;
    scan->capacity = 0;
    evc_buf_init(&scan->next);
    evc_kube_scan_reset(scan);
}

static int
read_page(evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_kube_listing *listing = op->user;
    evc_kube_scan *scan = listing->scan;
    int rc = evc_kube_scan_end(scan, err);

    (void)x;
    if (!rc && stands_still(&listing->list, scan))
        rc = evc_err(err, ENVCRYPT_E_PROTOCOL,
                     "the API server's page goes on where it began");
    if (rc) {
        evc_kube_scan_reset(scan);
        return rc;
    }
    move_page(scan, &listing->page);
    return 0;
}

/*
 * 410: what the token stood for is compacted away. The server gives a fresh one, with which
 * the list goes on behind the last object, or none.
 */
static int
settle(evc_operation *op, const evc_exchange *x, evc_error **err)
{
    evc_kube_listing *listing = op->user;
    evc_kube_page *page = &listing->page;
    int rc;

    if (x->status == 406)
        op->fault.advice = EVC_KUBE_TOO_OLD;
    if (x->status == 400 && listing->list.labels && listing->list.token.size == 0)
        op->fault.advice =
            "see whether the label selector is written as app=web,tier!=test";
    if (op->fault.code != ENVCRYPT_E_KUBE_EXPIRED || listing->list.token.size == 0)
        return 0;
    rc = evc_kube_status_continue(x, &page->next, err);
    if (rc) {
        evc_kube_page_reset(page);
        return rc;
    }
    page->remaining = -1;
    page->restarted = true;
    op->fault.code = 0;
    return 0;
}

static const evc_operation_kind list_kind = {.name = "list",
                                             .build = build,
                                             .read = read_page,
                                             .settle = settle,
                                             .cap = PAGE_BYTES_MAX};

/* --- forms ------------------------------------------------------------------------ */

void
evc_kube_page_reset(evc_kube_page *page)
{
    if (page->count)
        evc_mem_wipe(page->items, page->count * sizeof(*page->items));
    evc_mem_free(page->items);
    evc_buf_reset(&page->next);
    *page = (evc_kube_page){.remaining = -1};
}

void
evc_kube_listing_init(evc_kube_listing *listing, evc_kube *kube, evc_operation *op)
{
    evc_operation_init(op, &list_kind, evc_kube_peer(kube), listing);
    op->subject = listing->list.resource->plural;
}

void
evc_kube_listing_reset(evc_kube_listing *listing)
{
    evc_kube_page_reset(&listing->page);
    if (listing->scan)
        evc_kube_scan_reset(listing->scan);
    evc_mem_free(listing->scan);
    listing->scan = NULL;
}

int
evc_kube_list_page(evc_kube *kube, const evc_kube_list *list, evc_wait *wait,
                   evc_kube_page *out, evc_error **err)
{
    evc_kube_listing listing = {.list = *list};
    evc_operation op;
    int rc;

    evc_kube_listing_init(&listing, kube, &op);
    rc = evc_operation_run(&op, wait, err);
    evc_operation_reset(&op);
    *out = listing.page;
    listing.page = (evc_kube_page){.remaining = -1};
    evc_kube_listing_reset(&listing);
    return rc;
}
