/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metadata-only replies of an API server, a page or (first byte even) one object: however a
 * reply is cut in parts, the same comes of it; what is kept obeys the rules of names; and
 * after a refusal or the end nothing of the text stays in the scanner.
 */
#include <string.h>

#include "fuzz.h"
#include "k8s/names.h"
#include "k8s/scan.h"

#define LIMIT 2u
#define MAX_TEXT 4096u

static const evc_kube_resource secrets = {"", "v1", "secrets", "Secret", true};

static void
begin(evc_kube_scan *scan, evc_exchange *x, bool page)
{
    if (page)
        evc_kube_scan_page(scan, &secrets, "x.io/at", LIMIT, x);
    else
        evc_kube_scan_one(scan, &secrets, "x.io/at", x);
}

/* In parts of size bytes each; the last of all when size is 0. */
static int
feed(evc_kube_scan *scan, evc_exchange *x, evc_view rest, size_t size)
{
    int rc = 0;

    while (rest.size && !rc) {
        size_t part = size && rest.size > size ? size : rest.size;

        rc = x->sink(x->sink_user, evc_view_of(rest.data, part), NULL);
        rest = evc_view_of(&rest.data[part], rest.size - part);
    }
    return rc ? rc : evc_kube_scan_end(scan, NULL);
}

static void
check_object(const evc_kube_object *o)
{
    FUZZ_DEMAND(evc_kube_is_subdomain(evc_view_text(o->name)));
    FUZZ_DEMAND(evc_kube_is_label(evc_view_text(o->ns)));
    FUZZ_DEMAND(evc_kube_is_opaque(evc_view_text(o->uid), EVC_KUBE_UID_MAX));
    FUZZ_DEMAND(evc_kube_is_opaque(evc_view_text(o->version), EVC_KUBE_VERSION_MAX));
}

static void
check_page(const evc_kube_scan *scan)
{
    FUZZ_DEMAND(scan->count <= (size_t)LIMIT * EVC_KUBE_OVERFULL);
    FUZZ_DEMAND(scan->next.size <= EVC_KUBE_CONTINUE_MAX);
    FUZZ_DEMAND(scan->remaining >= -1);
    for (size_t i = 0; i < scan->count; i++)
        check_object(&scan->items[i]);
}

static bool
same_object(const evc_kube_object *a, const evc_kube_object *b)
{
    return strcmp(a->ns, b->ns) == 0 && strcmp(a->name, b->name) == 0 &&
           strcmp(a->uid, b->uid) == 0 && strcmp(a->version, b->version) == 0 &&
           a->written_ms == b->written_ms && a->mark_ms == b->mark_ms;
}

static void
check_same(const evc_kube_scan *a, const evc_kube_scan *b, bool page)
{
    if (!page) {
        FUZZ_DEMAND(same_object(&a->object, &b->object));
        return;
    }
    FUZZ_DEMAND(a->count == b->count && a->remaining == b->remaining);
    FUZZ_DEMAND(strcmp(a->version, b->version) == 0);
    FUZZ_DEMAND(evc_view_equal(evc_buf_view(&a->next), evc_buf_view(&b->next)));
    for (size_t i = 0; i < a->count; i++)
        FUZZ_DEMAND(same_object(&a->items[i], &b->items[i]));
}

/* The same again in parts of size bytes. */
static void
check_split(evc_exchange *x, evc_view text, bool page, size_t size,
            const evc_kube_scan *whole, int expected)
{
    static evc_kube_scan scan;
    int rc;

    begin(&scan, x, page);
    rc = feed(&scan, x, text, size);
    FUZZ_DEMAND(rc == expected);
    if (rc == 0)
        check_same(&scan, whole, page);
    for (size_t i = 0; i < sizeof(scan.fields.held); i++)
        FUZZ_DEMAND(scan.fields.held[i] == 0);
    for (size_t i = 0; i < sizeof(scan.fields.json.hold); i++)
        FUZZ_DEMAND(scan.fields.json.hold[i] == 0);
    evc_kube_scan_reset(&scan);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static evc_kube_scan scan;
    evc_exchange x;
    evc_view text;
    bool page;
    int rc;

    if (size < 2 || size > MAX_TEXT)
        return 0;
    page = data[0] & 1;
    text = evc_view_of(&data[1], size - 1);
    evc_exchange_init(&x);
    FUZZ_DEMAND(evc_headers_add(&x.reply_headers, "content-type",
                                evc_view_text("application/json"), NULL) == 0);
    begin(&scan, &x, page);
    rc = feed(&scan, &x, text, 0);
    FUZZ_DEMAND(rc == 0 || rc == ENVCRYPT_E_PROTOCOL);
    if (rc == 0 && page)
        check_page(&scan);
    if (rc == 0 && !page)
        check_object(&scan.object);
    for (size_t at = 1; at <= text.size && at <= 16; at++)
        check_split(&x, text, page, at, &scan, rc);
    evc_kube_scan_reset(&scan);
    evc_exchange_reset(&x);
    return 0;
}
