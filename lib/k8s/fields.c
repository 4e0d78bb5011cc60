/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/fields.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"

#define JSON_TYPE "application/json"

/* --- paths ------------------------------------------------------------------------ */

/* Segment number n of a path; empty past its end. */
static evc_view
segment(const char *path, uint32_t n)
{
    while (n-- > 0) {
        path = strchr(path, '.');
        if (!path)
            return evc_view_of(NULL, 0);
        path = &path[1];
    }
    return evc_view_of(path, strcspn(path, "."));
}

static bool
leads_to(const evc_kube_fields *f, size_t row, uint32_t n, evc_view name)
{
    evc_view part = segment(f->table[row].path, n);

    if (evc_view_is_text(part, "$"))
        return f->wanted && evc_view_is_text(name, f->wanted);
    return part.size > 0 && evc_view_equal(part, name);
}

/* Those of rows whose segment n is this name. */
static uint32_t
choose(const evc_kube_fields *f, uint32_t rows, uint32_t n, evc_view name)
{
    uint32_t chosen = 0;

    for (size_t i = 0; rows && i < f->count; i++) {
        uint32_t bit = UINT32_C(1) << i;

        if ((rows & bit) && leads_to(f, i, n, name))
            chosen |= bit;
    }
    return chosen;
}

/* Row + 1 of that which ends after n segments; 0 = none does. */
static uint8_t
exact(const evc_kube_fields *f, uint32_t rows, uint32_t n)
{
    for (size_t i = 0; rows && i < f->count; i++) {
        if ((rows & UINT32_C(1) << i) && segment(f->table[i].path, n).size == 0)
            return (uint8_t)(i + 1);
    }
    return 0;
}

static const evc_kube_field *
field_of(const evc_kube_fields *f, uint8_t row)
{
    return row ? &f->table[row - 1] : NULL;
}

/* --- refusals --------------------------------------------------------------------- */

/* Any path that leads through here tells where it is, up to depth segments. */
static int
refuse(const evc_kube_fields *f, uint32_t rows, uint32_t depth, const char *how,
       evc_error **err)
{
    const char *path = "";
    size_t length = 0;

    for (size_t i = 0; i < f->count && !*path; i++) {
        if (rows & UINT32_C(1) << i)
            path = f->table[i].path;
    }
    for (uint32_t n = 0; n < depth; n++)
        length += segment(path, n).size + (n > 0);
    return evc_err(err, ENVCRYPT_E_PROTOCOL, "in the API server's reply \"%.*s\" %s",
                   (int)length, path, how);
}

static int
refuse_type(const evc_kube_fields *f, uint32_t rows, evc_error **err)
{
    if (f->depth == 0)
        return evc_err(err, ENVCRYPT_E_PROTOCOL, "the API server's reply is no object");
    return refuse(f, rows, f->depth, "is of another type than it must be", err);
}

/* --- values ----------------------------------------------------------------------- */

static int
tell(evc_kube_fields *f, uint8_t row, const evc_kube_found *found, evc_error **err)
{
    evc_kube_found whole = *found;

    whole.field = (size_t)row - 1;
    return f->take(f->user, &whole, err);
}

/* Rows of the value that comes now; they are used up. */
static uint32_t
take_rows(evc_kube_fields *f)
{
    uint32_t rows = f->next;

    f->next = 0;
    if (f->depth > EVC_KUBE_FIELDS_DEPTH)
        return 0;
    return f->levels[f->depth].array ? f->levels[f->depth].rows : rows;
}

static int
open_level(evc_kube_fields *f, bool array, evc_error **err)
{
    const evc_view element = evc_view_text("[]");
    uint32_t rows = take_rows(f);
    uint8_t row = exact(f, rows, f->depth);
    const evc_kube_field *field = field_of(f, row);
    uint32_t inner = choose(f, rows, f->depth, element);
    bool wants_array = field ? field->type == EVC_KUBE_FIELD_ARRAY : inner != 0;
    bool is_container = !field || field->type == EVC_KUBE_FIELD_ARRAY ||
                        field->type == EVC_KUBE_FIELD_OBJECT;

    if (rows && (!is_container || wants_array != array))
        return refuse_type(f, rows, err);
    f->depth++;
    if (f->depth <= EVC_KUBE_FIELDS_DEPTH)
        f->levels[f->depth] =
            (struct evc_kube_level){array ? inner : rows, 0, array, row};
    return row ? tell(f, row, &(evc_kube_found){.end = false}, err) : 0;
}

static int
close_level(evc_kube_fields *f, evc_error **err)
{
    uint8_t row = f->depth <= EVC_KUBE_FIELDS_DEPTH ? f->levels[f->depth].row : 0;

    f->depth--;
    return row ? tell(f, row, &(evc_kube_found){.end = true}, err) : 0;
}

static int
take_name(evc_kube_fields *f, const evc_jpiece *piece, evc_error **err)
{
    struct evc_kube_level *level;
    const evc_kube_field *field;

    f->next = 0;
    if (f->depth > EVC_KUBE_FIELDS_DEPTH || piece->cut)
        return 0;
    level = &f->levels[f->depth];
    f->next = choose(f, level->rows, f->depth - 1, piece->text);
    if (level->seen & f->next)
        return refuse(f, f->next, f->depth, "comes twice", err);
    level->seen |= f->next;
    field = field_of(f, exact(f, f->next, f->depth));
    if (field && field->type == EVC_KUBE_FIELD_BANNED)
        return refuse(
            f, f->next, f->depth,
            "came, though only metadata was asked for; nothing of it was kept", err);
    return 0;
}

static int
begin_text(evc_kube_fields *f, evc_error **err)
{
    uint32_t rows = take_rows(f);
    uint8_t row = exact(f, rows, f->depth);
    const evc_kube_field *field = field_of(f, row);

    f->in_text = true;
    f->text = row;
    f->size = 0;
    f->dropped = false;
    if (rows && (!field || field->type > EVC_KUBE_FIELD_PARTS))
        return refuse_type(f, rows, err);
    return 0;
}

static int
add_text(evc_kube_fields *f, const evc_kube_field *field, evc_view text,
         evc_error **err)
{
    if (text.size > field->max - f->size) {
        f->dropped = true;
        if (field->type != EVC_KUBE_FIELD_HINT)
            return evc_err(err, ENVCRYPT_E_PROTOCOL,
                           "in the API server's reply \"%s\" is longer than %u bytes",
                           field->path, (unsigned int)field->max);
        return 0;
    }
    if (field->type == EVC_KUBE_FIELD_PARTS && text.size)
        return tell(f, f->text, &(evc_kube_found){.text = text}, err);
    if (field->type != EVC_KUBE_FIELD_PARTS && text.size)
        memcpy(&f->held[f->size], text.data, text.size);
    return 0;
}

static int
take_text(evc_kube_fields *f, const evc_jpiece *piece, evc_error **err)
{
    const evc_kube_field *field;
    int rc = f->in_text ? 0 : begin_text(f, err);

    if (rc)
        return rc;
    f->in_text = !piece->last;
    field = field_of(f, f->text);
    if (!field)
        return 0;
    if (!f->dropped) {
        rc = add_text(f, field, piece->text, err);
        f->size += f->dropped ? 0 : piece->text.size;
    }
    if (rc || !piece->last || f->dropped || field->type == EVC_KUBE_FIELD_PARTS)
        return rc;
    rc =
        tell(f, f->text, &(evc_kube_found){.text = evc_view_of(f->held, f->size)}, err);
    evc_mem_wipe(f->held, sizeof(f->held));
    return rc;
}

static int
take_scalar(evc_kube_fields *f, const evc_jpiece *piece, evc_error **err)
{
    uint32_t rows = take_rows(f);
    uint8_t row = exact(f, rows, f->depth);
    const evc_kube_field *field = field_of(f, row);
    bool number = piece->event == EVC_JEVENT_NUMBER;

    if (!rows || (!number && evc_view_is_text(piece->text, "null") && f->depth > 0))
        return 0;
    if (!field || field->type != (number ? EVC_KUBE_FIELD_NUMBER : EVC_KUBE_FIELD_FLAG))
        return refuse_type(f, rows, err);
    return tell(f, row,
                &(evc_kube_found){.text = piece->text,
                                  .yes = evc_view_is_text(piece->text, "true")},
                err);
}

static int
take_piece(void *user, const evc_jpiece *piece, evc_error **err)
{
    evc_kube_fields *f = user;

    switch (piece->event) {
    case EVC_JEVENT_OBJECT:
        return open_level(f, false, err);
    case EVC_JEVENT_ARRAY:
        return open_level(f, true, err);
    case EVC_JEVENT_OBJECT_END:
    case EVC_JEVENT_ARRAY_END:
        return close_level(f, err);
    case EVC_JEVENT_NAME:
        return take_name(f, piece, err);
    case EVC_JEVENT_TEXT:
        return take_text(f, piece, err);
    case EVC_JEVENT_NUMBER:
    case EVC_JEVENT_WORD:
        break;
    }
    return take_scalar(f, piece, err);
}

/* --- the whole -------------------------------------------------------------------- */

void
evc_kube_fields_begin(evc_kube_fields *f)
{
    evc_jstream_begin(&f->json, take_piece, f);
    f->x = NULL;
    f->fed = false;
    f->depth = 0;
    f->levels[0] = (struct evc_kube_level){0};
    f->next =
        f->count < EVC_KUBE_FIELDS_MAX ? (UINT32_C(1) << f->count) - 1 : UINT32_MAX;
    f->text = 0;
    f->in_text = false;
    f->dropped = false;
    f->size = 0;
    evc_mem_wipe(f->held, sizeof(f->held));
}

void
evc_kube_fields_wipe(evc_kube_fields *f)
{
    evc_jstream_reset(&f->json);
    evc_mem_wipe(f->held, sizeof(f->held));
}

static int
as_protocol(int rc, evc_error **err)
{
    if (rc != ENVCRYPT_E_JSON)
        return rc;
    return evc_err_wrap(err, ENVCRYPT_E_PROTOCOL,
                        "the API server's reply is not the JSON that it must be");
}

int
evc_kube_fields_feed(evc_kube_fields *f, evc_view part, evc_error **err)
{
    int rc = evc_jstream_feed(&f->json, part, err);

    if (rc)
        evc_kube_fields_wipe(f);
    return as_protocol(rc, err);
}

int
evc_kube_fields_end(evc_kube_fields *f, evc_error **err)
{
    int rc = evc_jstream_end(&f->json, err);

    evc_kube_fields_wipe(f);
    return as_protocol(rc, err);
}

static bool
is_json_type(const char *type)
{
    size_t length = sizeof(JSON_TYPE) - 1;

    return type && strncasecmp(type, JSON_TYPE, length) == 0 &&
           (type[length] == '\0' || type[length] == ';' || type[length] == ' ');
}

static int
sink(void *user, evc_view part, evc_error **err)
{
    evc_kube_fields *f = user;

    if (!f->fed &&
        !is_json_type(evc_headers_find(&f->x->reply_headers, "content-type")))
        return evc_err(err, ENVCRYPT_E_PROTOCOL,
                       "the API server's reply is no " JSON_TYPE
                       "; see whether something else answers in its place");
    f->fed = true;
    return evc_kube_fields_feed(f, part, err);
}

void
evc_kube_fields_attach(evc_kube_fields *f, evc_exchange *x)
{
    evc_kube_fields_begin(f);
    f->x = x;
    x->sink = sink;
    x->sink_user = f;
}
