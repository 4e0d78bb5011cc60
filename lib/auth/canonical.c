/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/canonical.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/encode.h"
#include "base/mem.h"
#include "crypto/digest.h"

#define HASH_SIZE 32u

/* Headers or query parameters, in the order that the canonical form wants. */
typedef struct field {
    evc_view name;
    evc_view value;
    size_t at; /* in the order of the request */
} field;

typedef struct fields {
    evc_buf text; /* names and values, one after the other */
    field *items;
    size_t count;
} fields;

/* --- path and query --------------------------------------------------------------- */

static bool
next_segment(evc_cursor *c, evc_view *segment)
{
    size_t start = c->at;

    if (evc_cursor_left(c) == 0)
        return false;
    while (evc_cursor_left(c) && evc_cursor_peek(c) != '/')
        (void)evc_cursor_u8(c);
    *segment = evc_cursor_since(c, start);
    (void)evc_cursor_bytes(c, evc_cursor_left(c) ? 1 : 0);
    return true;
}

static void
drop_last(evc_buf *path)
{
    while (path->size && path->data[path->size - 1] != '/')
        evc_buf_truncate(path, path->size - 1);
    if (path->size)
        evc_buf_truncate(path, path->size - 1);
}

/* Without dot segments and empty ones; each segment that is kept begins with a slash. */
static void
put_normal_path(evc_buf *out, evc_view path)
{
    evc_cursor c = evc_cursor_of_view(path);
    evc_view segment;
    bool folder = false; /* ends in a slash */

    while (next_segment(&c, &segment)) {
        folder = evc_cursor_left(&c) == 0 && c.at > 0 && path.data &&
                 path.data[c.at - 1] == '/';
        if (segment.size == 0 || evc_view_is_text(segment, ".")) {
            folder = true;
        } else if (evc_view_is_text(segment, "..")) {
            drop_last(out);
            folder = true;
        } else {
            evc_buf_put_u8(out, '/');
            evc_buf_put_view(out, segment);
        }
    }
    if (folder || out->size == 0)
        evc_buf_put_u8(out, '/');
}

/* What stands on the wire is encoded once more, except for S3. */
static int
put_path(evc_buf *out, bool keep_path, const evc_exchange *x, evc_error **err)
{
    evc_buf wire;
    evc_buf normal;
    int rc;

    evc_buf_init(&wire);
    evc_buf_init(&normal);
    evc_buf_put_text(&wire, x->endpoint->path);
    evc_buf_put_view(&wire, evc_buf_view(&x->path));
    if (wire.size == 0)
        evc_buf_put_u8(&wire, '/');
    if (!keep_path)
        put_normal_path(&normal, evc_buf_view(&wire));
    rc = evc_buf_check(&wire, err);
    if (rc == 0)
        rc = evc_buf_check(&normal, err);
    if (rc == 0)
        evc_percent_encode(out, evc_buf_view(keep_path ? &wire : &normal), true);
    evc_buf_reset(&wire);
    evc_buf_reset(&normal);
    return rc;
}

static int
fields_open(fields *f, size_t most, evc_error **err)
{
    evc_buf_init(&f->text);
    f->count = 0;
    f->items = evc_mem_new_array(most, sizeof(*f->items));
    return f->items ? 0 : evc_err_nomem(err);
}

static void
fields_close(fields *f)
{
    evc_buf_reset(&f->text);
    evc_mem_free(f->items);
    f->items = NULL;
}

/* The text from start to middle is the name of another one, from there on the value. Views
 * come later: the buffer moves while it grows. */
static void
fields_add(fields *f, size_t start, size_t middle)
{
    f->items[f->count].name.size = middle - start;
    f->items[f->count].value.size = f->text.size - middle;
    f->items[f->count].at = f->count;
    f->count++;
}

static int
fields_sort(fields *f, int (*compare)(const void *left, const void *right),
            evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(evc_buf_view(&f->text));
    int rc = evc_buf_check(&f->text, err);

    for (size_t i = 0; rc == 0 && i < f->count; i++) {
        f->items[i].name = evc_cursor_bytes(&c, f->items[i].name.size);
        f->items[i].value = evc_cursor_bytes(&c, f->items[i].value.size);
    }
    if (rc == 0)
        qsort(f->items, f->count, sizeof(*f->items), compare);
    return rc;
}

static int
compare_values(const void *left, const void *right)
{
    const field *a = left;
    const field *b = right;
    int order = evc_view_compare(a->name, b->name);

    return order ? order : evc_view_compare(a->value, b->value);
}

/* Of one name: the order of the request. */
static int
compare_headers(const void *left, const void *right)
{
    const field *a = left;
    const field *b = right;
    int order = evc_view_compare(a->name, b->name);

    return order ? order : (a->at > b->at) - (a->at < b->at);
}

/* What is encoded already is not encoded twice, and in the one way that the form knows. */
static void
put_again_encoded(evc_buf *out, evc_view text)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        uint8_t decoded;

        if (c == '%' && text.size - i > 2 &&
            evc_decode_hex(evc_view_of(&text.data[i + 1], 2), &decoded, 1, NULL) == 0) {
            c = decoded;
            i += 2;
        }
        evc_percent_encode(out, evc_view_of(&c, 1), false);
    }
}

static evc_view
until(evc_cursor *c, uint8_t end)
{
    size_t start = c->at;
    evc_view part;

    while (evc_cursor_left(c) && evc_cursor_peek(c) != end)
        (void)evc_cursor_u8(c);
    part = evc_cursor_since(c, start);
    (void)evc_cursor_bytes(c, evc_cursor_left(c) ? 1 : 0);
    return part;
}

static size_t
count_bytes(evc_view text, uint8_t wanted)
{
    size_t count = 0;

    for (size_t i = 0; i < text.size; i++)
        count += text.data[i] == wanted;
    return count;
}

static void
list_parameters(fields *f, evc_view query)
{
    evc_cursor c = evc_cursor_of_view(query);

    while (evc_cursor_left(&c)) {
        evc_cursor item = evc_cursor_of_view(until(&c, '&'));
        size_t start = f->text.size;
        size_t middle;

        if (item.input.size == 0)
            continue;
        put_again_encoded(&f->text, until(&item, '='));
        middle = f->text.size;
        put_again_encoded(&f->text, evc_cursor_bytes(&item, evc_cursor_left(&item)));
        fields_add(f, start, middle);
    }
}

static int
put_query(evc_buf *out, const evc_exchange *x, evc_error **err)
{
    evc_view query = evc_buf_view(&x->query);
    fields f;
    int rc = fields_open(&f, count_bytes(query, '&') + 1, err);

    if (rc != 0)
        return rc;
    list_parameters(&f, query);
    rc = fields_sort(&f, compare_values, err);
    for (size_t i = 0; rc == 0 && i < f.count; i++) {
        if (i)
            evc_buf_put_u8(out, '&');
        evc_buf_put_view(out, f.items[i].name);
        evc_buf_put_u8(out, '=');
        evc_buf_put_view(out, f.items[i].value);
    }
    fields_close(&f);
    return rc;
}

/* --- headers ---------------------------------------------------------------------- */

/* A proxy or the transport may add or change them; Host is the endpoint's. */
static bool
is_signed(const char *name)
{
    static const char *const never[] = {"accept",
                                        "accept-encoding",
                                        "authorization",
                                        "connection",
                                        "expect",
                                        "host",
                                        "te",
                                        "transfer-encoding",
                                        "upgrade",
                                        "user-agent",
                                        "x-amzn-trace-id"};

    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
        if (strcasecmp(name, never[i]) == 0)
            return false;
    }
    return true;
}

static bool
is_space(char c)
{
    return c == ' ' || c == '\t';
}

/* Trimmed, runs of white space folded. */
static void
put_folded(evc_buf *out, const char *value)
{
    size_t start = out->size;
    bool space = false;

    for (; *value; value++) {
        if (is_space(*value)) {
            space = true;
            continue;
        }
        if (space && out->size > start)
            evc_buf_put_u8(out, ' ');
        evc_buf_put_u8(out, (uint8_t)*value);
        space = false;
    }
}

static void
list_header(fields *f, const char *name, const char *value)
{
    size_t start = f->text.size;
    size_t middle;

    for (; *name; name++)
        evc_buf_put_u8(&f->text,
                       (uint8_t)(*name >= 'A' && *name <= 'Z' ? *name | 0x20 : *name));
    middle = f->text.size;
    put_folded(&f->text, value);
    fields_add(f, start, middle);
}

/* f is to be closed in every case. */
static int
list_headers(fields *f, const evc_exchange *x, evc_error **err)
{
    int rc = fields_open(f, x->headers.count + 1, err);

    if (rc != 0)
        return rc;
    list_header(f, "host", x->endpoint->authority);
    for (size_t i = 0; i < x->headers.count; i++) {
        if (is_signed(x->headers.items[i].name))
            list_header(f, x->headers.items[i].name, x->headers.items[i].value);
    }
    return fields_sort(f, compare_headers, err);
}

static bool
is_repeated(const fields *f, size_t i)
{
    return i > 0 && evc_view_equal(f->items[i].name, f->items[i - 1].name);
}

static void
put_headers(evc_buf *out, const fields *f)
{
    for (size_t i = 0; i < f->count; i++) {
        if (is_repeated(f, i)) {
            evc_buf_put_u8(out, ',');
        } else {
            if (i)
                evc_buf_put_u8(out, '\n');
            evc_buf_put_view(out, f->items[i].name);
            evc_buf_put_u8(out, ':');
        }
        evc_buf_put_view(out, f->items[i].value);
    }
    evc_buf_put_u8(out, '\n');
}

static void
put_names(evc_buf *out, const fields *f)
{
    for (size_t i = 0; i < f->count; i++) {
        if (is_repeated(f, i))
            continue;
        if (i)
            evc_buf_put_u8(out, ';');
        evc_buf_put_view(out, f->items[i].name);
    }
}

int
evc_canonical_names(const evc_exchange *x, evc_buf *out, evc_error **err)
{
    fields f;
    int rc = list_headers(&f, x, err);

    if (rc == 0)
        put_names(out, &f);
    fields_close(&f);
    return rc;
}

/* --- the whole -------------------------------------------------------------------- */

int
evc_canonical_hash(evc_crypto *crypto, evc_view bytes, evc_buf *out, evc_error **err)
{
    uint8_t hash[HASH_SIZE];
    int rc = evc_digest(crypto, EVC_SHA256, &bytes, 1, hash, err);

    if (rc == 0)
        evc_encode_hex(out, evc_view_of(hash, sizeof(hash)));
    return rc;
}

int
evc_canonical_request(evc_crypto *crypto, bool keep_path, const evc_exchange *x,
                      evc_buf *out, evc_error **err)
{
    fields f;
    int rc;

    evc_buf_put_text(out, x->method);
    evc_buf_put_u8(out, '\n');
    rc = put_path(out, keep_path, x, err);
    evc_buf_put_u8(out, '\n');
    if (rc == 0)
        rc = put_query(out, x, err);
    evc_buf_put_u8(out, '\n');
    if (rc != 0)
        return rc;
    rc = list_headers(&f, x, err);
    if (rc == 0) {
        put_headers(out, &f);
        evc_buf_put_u8(out, '\n');
        put_names(out, &f);
        evc_buf_put_u8(out, '\n');
        rc = evc_canonical_hash(crypto, evc_buf_view(&x->body), out, err);
    }
    fields_close(&f);
    return rc == 0 ? evc_buf_check(out, err) : rc;
}
