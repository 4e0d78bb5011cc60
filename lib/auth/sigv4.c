/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/sigv4.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/encode.h"
#include "base/mem.h"
#include "crypto/digest.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
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

/* "20150830T123600Z" and, up to the T, the day. */
typedef struct stamp {
    char text[EVC_TIME_TEXT];
} stamp;

static stamp
stamp_of(int64_t now_ms)
{
    stamp s = {{0}};
    char full[EVC_TIME_TEXT];
    size_t used = 0;

    evc_clock_format(now_ms, full);
    for (size_t i = 0; full[i]; i++) {
        if (full[i] != '-' && full[i] != ':')
            s.text[used++] = full[i];
    }
    return s;
}

static evc_view
day_of(const stamp *s)
{
    return evc_view_of(s->text, strcspn(s->text, "T"));
}

static void
put_scope(evc_buf *out, const evc_sigv4 *how, const stamp *s)
{
    evc_buf_put_view(out, day_of(s));
    evc_buf_put_format(out, "/%s/%s/aws4_request", how->region, how->service);
}

/* --- path and query --------------------------------------------------------------- */

static bool
next_segment(evc_cursor *c, evc_view *segment)
{
    size_t start = c->at;

    if (evc_cursor_left(c) == 0)
        return false;
    while (evc_cursor_left(c) && c->input.data[c->at] != '/')
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
        folder = path.data[path.size - 1] == '/';
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
put_path(evc_buf *out, const evc_sigv4 *how, const evc_exchange *x, evc_error **err)
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
    if (how->keep_path)
        evc_buf_put_view(&normal, evc_buf_view(&wire));
    else
        put_normal_path(&normal, evc_buf_view(&wire));
    rc = evc_buf_check(&wire, err);
    if (rc == 0)
        rc = evc_buf_check(&normal, err);
    if (rc == 0)
        evc_percent_encode(out, evc_buf_view(&normal), true);
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

static int
hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What is encoded already is not encoded twice, and in the one way that the form knows. */
static void
put_again_encoded(evc_buf *out, evc_view text)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];

        if (c == '%' && text.size - i > 2 && hex_value(text.data[i + 1]) >= 0 &&
            hex_value(text.data[i + 2]) >= 0) {
            c = (uint8_t)(hex_value(text.data[i + 1]) << 4 |
                          hex_value(text.data[i + 2]));
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

    while (evc_cursor_left(c) && c->input.data[c->at] != end)
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

static int
put_signed_names(evc_buf *out, const evc_exchange *x, evc_error **err)
{
    fields f;
    int rc = list_headers(&f, x, err);

    if (rc == 0)
        put_names(out, &f);
    fields_close(&f);
    return rc;
}

/* --- the steps -------------------------------------------------------------------- */

static int
put_hash(evc_crypto *crypto, evc_view bytes, evc_buf *out, evc_error **err)
{
    uint8_t hash[HASH_SIZE];
    int rc = evc_digest(crypto, EVC_SHA256, &bytes, 1, hash, err);

    if (rc == 0)
        evc_encode_hex(out, evc_view_of(hash, sizeof(hash)));
    return rc;
}

int
evc_sigv4_canonical(evc_crypto *crypto, const evc_sigv4 *how, const evc_exchange *x,
                    evc_buf *out, evc_error **err)
{
    fields f;
    int rc;

    evc_buf_put_text(out, x->method);
    evc_buf_put_u8(out, '\n');
    rc = put_path(out, how, x, err);
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
        rc = put_hash(crypto, evc_buf_view(&x->body), out, err);
    }
    fields_close(&f);
    return rc == 0 ? evc_buf_check(out, err) : rc;
}

int
evc_sigv4_to_sign(evc_crypto *crypto, const evc_sigv4 *how, evc_view canonical,
                  evc_buf *out, evc_error **err)
{
    stamp s = stamp_of(how->now_ms);
    int rc;

    evc_buf_put_format(out, ALGORITHM "\n%s\n", s.text);
    put_scope(out, how, &s);
    evc_buf_put_u8(out, '\n');
    rc = put_hash(crypto, canonical, out, err);
    return rc == 0 ? evc_buf_check(out, err) : rc;
}

static int
derive(evc_crypto *crypto, const evc_sigv4 *how, const evc_creds *creds, const stamp *s,
       uint8_t key[HASH_SIZE], evc_error **err)
{
    const evc_view parts[] = {day_of(s), evc_view_text(how->region),
                              evc_view_text(how->service),
                              evc_view_text("aws4_request")};
    uint8_t room[256];
    evc_buf first;
    int rc;

    evc_buf_init_lent(&first, room, sizeof(room));
    evc_buf_put_text(&first, "AWS4");
    evc_buf_put(&first, creds->secret.bytes, creds->secret.size);
    rc = evc_buf_check(&first, err);
    if (rc == 0)
        rc = evc_hmac(crypto, EVC_SHA256, evc_buf_view(&first), &parts[0], 1, key, err);
    evc_buf_reset(&first);
    for (size_t i = 1; rc == 0 && i < sizeof(parts) / sizeof(parts[0]); i++)
        rc = evc_hmac(crypto, EVC_SHA256, evc_view_of(key, HASH_SIZE), &parts[i], 1,
                      key, err);
    return rc;
}

/* Appends the hex signature of the exchange as it stands. */
static int
put_signature(evc_crypto *crypto, const evc_sigv4 *how, const evc_creds *creds,
              const evc_exchange *x, evc_buf *out, evc_error **err)
{
    stamp s = stamp_of(how->now_ms);
    uint8_t key[HASH_SIZE];
    uint8_t mac[HASH_SIZE];
    evc_buf canonical;
    evc_buf text;
    evc_view view;
    int rc;

    evc_buf_init(&canonical);
    evc_buf_init(&text);
    rc = evc_sigv4_canonical(crypto, how, x, &canonical, err);
    if (rc == 0)
        rc = evc_sigv4_to_sign(crypto, how, evc_buf_view(&canonical), &text, err);
    if (rc == 0)
        rc = derive(crypto, how, creds, &s, key, err);
    if (rc == 0) {
        view = evc_buf_view(&text);
        rc = evc_hmac(crypto, EVC_SHA256, evc_view_of(key, sizeof(key)), &view, 1, mac,
                      err);
    }
    if (rc == 0)
        evc_encode_hex(out, evc_view_of(mac, sizeof(mac)));
    evc_mem_wipe(key, sizeof(key));
    evc_buf_reset(&canonical);
    evc_buf_reset(&text);
    return rc == 0 ? evc_buf_check(out, err) : rc;
}

static int
check_creds(const evc_creds *creds, evc_error **err)
{
    if (creds->id[0] && creds->secret.bytes)
        return 0;
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "the credentials from %s have no access key, so that no request can "
                   "be signed with them",
                   creds->source);
}

static evc_view
token_of(const evc_creds *creds)
{
    return evc_view_of(creds->token.bytes, creds->token.size);
}

static int
add_token(const evc_creds *creds, evc_exchange *x, evc_error **err)
{
    return creds->token.bytes
               ? evc_headers_add_secret(&x->headers, "x-amz-security-token",
                                        token_of(creds), err)
               : 0;
}

static int
add_authorization(evc_crypto *crypto, const evc_sigv4 *how, const evc_creds *creds,
                  const stamp *s, evc_exchange *x, evc_error **err)
{
    evc_buf value;
    int rc;

    evc_buf_init(&value);
    evc_buf_put_format(&value, ALGORITHM " Credential=%s/", creds->id);
    put_scope(&value, how, s);
    evc_buf_put_text(&value, ", SignedHeaders=");
    rc = put_signed_names(&value, x, err);
    evc_buf_put_text(&value, ", Signature=");
    if (rc == 0)
        rc = put_signature(crypto, how, creds, x, &value, err);
    if (rc == 0)
        rc = evc_headers_add_secret(&x->headers, "authorization", evc_buf_view(&value),
                                    err);
    evc_buf_reset(&value);
    return rc;
}

int
evc_sigv4_sign(evc_crypto *crypto, const evc_sigv4 *how, const evc_creds *creds,
               evc_exchange *x, evc_error **err)
{
    stamp s = stamp_of(how->now_ms);
    int rc = check_creds(creds, err);

    if (rc == 0)
        rc = evc_headers_add(&x->headers, "x-amz-date", evc_view_text(s.text), err);
    if (rc == 0 && !how->token_unsigned)
        rc = add_token(creds, x, err);
    if (rc == 0)
        rc = add_authorization(crypto, how, creds, &s, x, err);
    if (rc == 0 && how->token_unsigned)
        rc = add_token(creds, x, err);
    return rc;
}

static int
add_query(const evc_sigv4 *how, const evc_creds *creds, uint32_t expires_s,
          evc_exchange *x, evc_error **err)
{
    stamp s = stamp_of(how->now_ms);
    evc_buf scratch;
    int rc;

    evc_buf_init(&scratch);
    evc_buf_put_format(&scratch, "%s/", creds->id);
    put_scope(&scratch, how, &s);
    evc_form_add(&x->query, "X-Amz-Algorithm", evc_view_text(ALGORITHM));
    evc_form_add(&x->query, "X-Amz-Credential", evc_buf_view(&scratch));
    evc_form_add(&x->query, "X-Amz-Date", evc_view_text(s.text));
    rc = evc_buf_check(&scratch, err);
    evc_buf_clear(&scratch);
    if (rc == 0)
        rc = put_signed_names(&scratch, x, err);
    evc_form_add(&x->query, "X-Amz-SignedHeaders", evc_buf_view(&scratch));
    evc_buf_clear(&scratch);
    evc_buf_put_format(&scratch, "%u", (unsigned)expires_s);
    evc_form_add(&x->query, "X-Amz-Expires", evc_buf_view(&scratch));
    if (rc == 0)
        rc = evc_buf_check(&scratch, err);
    evc_buf_reset(&scratch);
    return rc == 0 ? evc_buf_check(&x->query, err) : rc;
}

int
evc_sigv4_presign(evc_crypto *crypto, const evc_sigv4 *how, const evc_creds *creds,
                  uint32_t expires_s, evc_exchange *x, evc_error **err)
{
    evc_buf signature;
    int rc = check_creds(creds, err);

    evc_buf_init(&signature);
    if (rc == 0)
        rc = add_query(how, creds, expires_s, x, err);
    if (rc == 0 && creds->token.bytes && !how->token_unsigned)
        evc_form_add(&x->query, "X-Amz-Security-Token", token_of(creds));
    if (rc == 0)
        rc = put_signature(crypto, how, creds, x, &signature, err);
    if (rc == 0) {
        evc_form_add(&x->query, "X-Amz-Signature", evc_buf_view(&signature));
        if (creds->token.bytes && how->token_unsigned)
            evc_form_add(&x->query, "X-Amz-Security-Token", token_of(creds));
        rc = evc_buf_check(&x->query, err);
    }
    evc_buf_reset(&signature);
    return rc;
}
