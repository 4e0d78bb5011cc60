/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/scan.h"

#include <string.h>

#include "auth/aws_time.h"
#include "base/decimal.h"
#include "base/mem.h"
#include "k8s/names.h"

#define TIME_MAX 64u
#define KIND_MAX 63u
#define FIRST_ITEMS 64u
#define REMAINING_MAX INT64_C(999999999999999999)

/* --- what is wanted --------------------------------------------------------------- */

enum one_row {
    ONE_KIND,
    ONE_DATA,
    ONE_STRING_DATA,
    ONE_BINARY_DATA,
    ONE_NAME,
    ONE_NAMESPACE,
    ONE_UID,
    ONE_VERSION,
    ONE_CREATED,
    ONE_MARK,
    ONE_WRITTEN,
    ONE_ROWS
};

#define ROWS_OF_ONE(at)                                                               \
    [ONE_KIND] = {at "kind", EVC_KUBE_FIELD_TEXT, KIND_MAX},                          \
    [ONE_DATA] = {at "data", EVC_KUBE_FIELD_BANNED, 0},                               \
    [ONE_STRING_DATA] = {at "stringData", EVC_KUBE_FIELD_BANNED, 0},                  \
    [ONE_BINARY_DATA] = {at "binaryData", EVC_KUBE_FIELD_BANNED, 0},                  \
    [ONE_NAME] = {at "metadata.name", EVC_KUBE_FIELD_TEXT, EVC_KUBE_NAME_MAX},        \
    [ONE_NAMESPACE] = {at "metadata.namespace", EVC_KUBE_FIELD_TEXT,                  \
                       EVC_KUBE_NAMESPACE_MAX},                                       \
    [ONE_UID] = {at "metadata.uid", EVC_KUBE_FIELD_TEXT, EVC_KUBE_UID_MAX},           \
    [ONE_VERSION] = {at "metadata.resourceVersion", EVC_KUBE_FIELD_TEXT,              \
                     EVC_KUBE_VERSION_MAX},                                           \
    [ONE_CREATED] = {at "metadata.creationTimestamp", EVC_KUBE_FIELD_HINT, TIME_MAX}, \
    [ONE_MARK] = {at "metadata.annotations.$", EVC_KUBE_FIELD_HINT, TIME_MAX},        \
    [ONE_WRITTEN] = {at "metadata.managedFields.[].time", EVC_KUBE_FIELD_HINT,        \
                     TIME_MAX}

static const evc_kube_field one_table[ONE_ROWS] = {ROWS_OF_ONE("")};

enum list_row {
    LIST_KIND = ONE_ROWS,
    LIST_DATA,
    LIST_STRING_DATA,
    LIST_VERSION,
    LIST_CONTINUE,
    LIST_REMAINING,
    LIST_ITEMS,
    LIST_ITEM,
    LIST_ROWS
};

static const evc_kube_field list_table[LIST_ROWS] = {
    ROWS_OF_ONE("items.[]."),
    [LIST_KIND] = {"kind", EVC_KUBE_FIELD_TEXT, KIND_MAX},
    [LIST_DATA] = {"data", EVC_KUBE_FIELD_BANNED, 0},
    [LIST_STRING_DATA] = {"stringData", EVC_KUBE_FIELD_BANNED, 0},
    [LIST_VERSION] = {"metadata.resourceVersion", EVC_KUBE_FIELD_TEXT,
                      EVC_KUBE_VERSION_MAX},
    [LIST_CONTINUE] = {"metadata.continue", EVC_KUBE_FIELD_PARTS,
                       EVC_KUBE_CONTINUE_MAX},
    [LIST_REMAINING] = {"metadata.remainingItemCount", EVC_KUBE_FIELD_NUMBER, 0},
    [LIST_ITEMS] = {"items", EVC_KUBE_FIELD_ARRAY, 0},
    [LIST_ITEM] = {"items.[]", EVC_KUBE_FIELD_OBJECT, 0},
};

_Static_assert(LIST_ROWS <= EVC_KUBE_FIELDS_MAX, "a bit for each row");

/* --- one object ------------------------------------------------------------------- */

static void
begin_object(evc_kube_scan *scan)
{
    evc_mem_wipe(&scan->object, sizeof(scan->object));
    scan->object.written_ms = -1;
    scan->object.mark_ms = -1;
}

static int
refuse(const char *what, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_PROTOCOL, "the API server's reply %s", what);
}

static int
check_kind(evc_view kind, const char *wanted, evc_error **err)
{
    if (evc_view_is_text(kind, wanted))
        return 0;
    return evc_err(
        err, ENVCRYPT_E_PROTOCOL,
        "the API server's reply is no %s, which alone was asked for; nothing "
        "of it was kept",
        wanted);
}

static int
take_name(evc_kube_scan *scan, evc_view text, evc_error **err)
{
    if (!evc_kube_is_object_name(scan->resource->group, text))
        return refuse("has a name that no object can have", err);
    evc_view_to_text(text, scan->object.name);
    return 0;
}

/* Go writes "" where an object is in no namespace. */
static int
take_namespace(evc_kube_scan *scan, evc_view text, evc_error **err)
{
    if (text.size && !evc_kube_is_label(text))
        return refuse("has a namespace that cannot be one", err);
    evc_view_to_text(text, scan->object.ns);
    return 0;
}

static int
take_opaque(char *to, evc_view text, const char *what, evc_error **err)
{
    if (!evc_kube_is_opaque(text, EVC_KUBE_VERSION_MAX))
        return refuse(what, err);
    evc_view_to_text(text, to);
    return 0;
}

_Static_assert(EVC_KUBE_UID_MAX == EVC_KUBE_VERSION_MAX, "take_opaque is of both");

static void
take_time(int64_t *latest, evc_view text)
{
    int64_t ms;

    if (evc_aws_time_parse(text, &ms) && ms > *latest)
        *latest = ms;
}

static int
take_of_one(evc_kube_scan *scan, const evc_kube_found *found, evc_error **err)
{
    evc_kube_object *object = &scan->object;

    switch ((enum one_row)found->field) {
    case ONE_KIND:
        return check_kind(found->text, "PartialObjectMetadata", err);
    case ONE_NAME:
        return take_name(scan, found->text, err);
    case ONE_NAMESPACE:
        return take_namespace(scan, found->text, err);
    case ONE_UID:
        return take_opaque(object->uid, found->text, "has a uid that cannot be one",
                           err);
    case ONE_VERSION:
        return take_opaque(object->version, found->text,
                           "has a resourceVersion that cannot be one", err);
    case ONE_CREATED:
    case ONE_WRITTEN:
        take_time(&object->written_ms, found->text);
        return 0;
    case ONE_MARK:
        take_time(&object->mark_ms, found->text);
        return 0;
    case ONE_DATA:
    case ONE_STRING_DATA:
    case ONE_BINARY_DATA:
    case ONE_ROWS:
        break;
    }
    return 0;
}

static int
end_object(const evc_kube_scan *scan, evc_error **err)
{
    const evc_kube_object *object = &scan->object;

    if (!object->name[0])
        return refuse("has an object without a name", err);
    if (!object->uid[0] || !object->version[0])
        return refuse("has an object without uid or resourceVersion", err);
    if ((object->ns[0] != '\0') != scan->resource->namespaced)
        return refuse(scan->resource->namespaced
                          ? "has an object without a namespace"
                          : "has an object in a namespace, which such cannot be in",
                      err);
    return 0;
}

static int
take_single(void *user, const evc_kube_found *found, evc_error **err)
{
    evc_kube_scan *scan = user;

    scan->kind_seen = scan->kind_seen || found->field == ONE_KIND;
    return take_of_one(scan, found, err);
}

/* --- a page ----------------------------------------------------------------------- */

static int
grow(evc_kube_scan *scan, evc_error **err)
{
    size_t most = (size_t)scan->limit * EVC_KUBE_OVERFULL;
    size_t wanted = scan->capacity ? scan->capacity * 2 : FIRST_ITEMS;
    evc_kube_object *items;

    if (wanted > most)
        wanted = most;
    items = evc_mem_grow(scan->items, scan->capacity, wanted, sizeof(*items));
    if (!items)
        return evc_err_nomem(err);
    scan->items = items;
    scan->capacity = wanted;
    return 0;
}

static int
add_item(evc_kube_scan *scan, evc_error **err)
{
    int rc = end_object(scan, err);

    if (rc)
        return rc;
    if (scan->count >= (size_t)scan->limit * EVC_KUBE_OVERFULL)
        return evc_err(
            err, ENVCRYPT_E_PROTOCOL,
            "the API server's page has more than %zu objects, though %u were "
            "asked for",
            scan->count, (unsigned int)scan->limit);
    if (scan->count == scan->capacity) {
        rc = grow(scan, err);
        if (rc)
            return rc;
    }
    scan->items[scan->count++] = scan->object;
    return 0;
}

static int
take_continue(evc_kube_scan *scan, evc_view part, evc_error **err)
{
    if (!evc_kube_is_opaque(part, EVC_KUBE_CONTINUE_MAX))
        return refuse("has a continue token that cannot be one", err);
    evc_buf_put_view(&scan->next, part);
    return evc_buf_check(&scan->next, err);
}

static int
take_remaining(evc_kube_scan *scan, evc_view number, evc_error **err)
{
    if (!evc_decimal_read(number, REMAINING_MAX, &scan->remaining))
        return refuse("has a remainingItemCount that cannot be one", err);
    return 0;
}

static int
take_of_list(void *user, const evc_kube_found *found, evc_error **err)
{
    evc_kube_scan *scan = user;

    switch (found->field) {
    case LIST_KIND:
        scan->kind_seen = true;
        return check_kind(found->text, "PartialObjectMetadataList", err);
    case LIST_VERSION:
        if (found->text.size == 0)
            return 0;
        return take_opaque(scan->version, found->text,
                           "has a resourceVersion that cannot be one", err);
    case LIST_CONTINUE:
        return take_continue(scan, found->text, err);
    case LIST_REMAINING:
        return take_remaining(scan, found->text, err);
    case LIST_ITEMS:
        return 0;
    case LIST_ITEM:
        if (found->end)
            return add_item(scan, err);
        begin_object(scan);
        return 0;
    default:
        return take_of_one(scan, found, err);
    }
}

/* --- the whole -------------------------------------------------------------------- */

static void
forget(evc_kube_scan *scan)
{
    if (scan->count)
        evc_mem_wipe(scan->items, scan->count * sizeof(*scan->items));
    scan->count = 0;
    scan->kind_seen = false;
    scan->version[0] = '\0';
    evc_buf_reset(&scan->next);
    scan->remaining = -1;
    begin_object(scan);
}

static void
begin(evc_kube_scan *scan, const evc_kube_resource *resource, const char *annotation,
      evc_exchange *x)
{
    forget(scan);
    scan->resource = resource;
    scan->fields.user = scan;
    scan->fields.wanted = annotation;
    evc_kube_fields_attach(&scan->fields, x);
}

void
evc_kube_scan_one(evc_kube_scan *scan, const evc_kube_resource *resource,
                  const char *annotation, evc_exchange *x)
{
    scan->limit = 0;
    scan->fields.table = one_table;
    scan->fields.count = ONE_ROWS;
    scan->fields.take = take_single;
    begin(scan, resource, annotation, x);
}

void
evc_kube_scan_page(evc_kube_scan *scan, const evc_kube_resource *resource,
                   const char *annotation, uint32_t limit, evc_exchange *x)
{
    scan->limit = limit;
    scan->fields.table = list_table;
    scan->fields.count = LIST_ROWS;
    scan->fields.take = take_of_list;
    begin(scan, resource, annotation, x);
}

int
evc_kube_scan_end(evc_kube_scan *scan, evc_error **err)
{
    int rc = evc_kube_fields_end(&scan->fields, err);

    if (rc)
        return rc;
    if (!scan->kind_seen)
        return refuse("does not say its kind", err);
    return scan->limit ? 0 : end_object(scan, err);
}

void
evc_kube_scan_reset(evc_kube_scan *scan)
{
    forget(scan);
    evc_kube_fields_wipe(&scan->fields);
    evc_mem_free(scan->items);
    scan->items = NULL;
    scan->capacity = 0;
}
