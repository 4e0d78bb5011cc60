/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/uri.h"

#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/mem.h"
#include "base/utf8.h"

#define FORM "the form is scheme://authority/path?name=value#fragment"

/* No message shows the text: somebody may have put a secret where none belongs. */
static int
refuse(evc_error **err, const char *why)
{
    return evc_err(err, ENVCRYPT_E_URI, "this URI %s; " FORM, why);
}

static bool
is_control(uint8_t c)
{
    return c < 0x20 || c == 0x7f;
}

/* The bytes up to the first that is in ends, or to the end. */
static evc_view
take_until(evc_cursor *c, const char *ends)
{
    size_t start = c->at;

    while (evc_cursor_left(c) > 0 && !strchr(ends, c->input.data[c->at]))
        (void)evc_cursor_u8(c);
    return evc_cursor_since(c, start);
}

/* Takes the byte if it is the next one. */
static bool
take_byte(evc_cursor *c, char byte)
{
    if (evc_cursor_left(c) == 0 || c->input.data[c->at] != (uint8_t)byte)
        return false;
    (void)evc_cursor_u8(c);
    return true;
}

/* Appends what the text stands for. */
static int
decode(evc_view text, evc_buf *out, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(text);

    while (evc_cursor_left(&c) > 0) {
        uint8_t byte = evc_cursor_u8(&c);

        if (byte == '%' && evc_decode_hex(evc_cursor_bytes(&c, 2), &byte, 1, NULL) != 0)
            return refuse(err, "has a % without two hex digits");
        if (is_control(byte))
            return refuse(err, "has a control character");
        evc_buf_put_u8(out, byte);
    }
    return evc_buf_check(out, err);
}

static int
decode_text(evc_view text, char **out, evc_error **err)
{
    evc_buf b;
    int rc;

    evc_buf_init(&b);
    rc = decode(text, &b, err);
    if (!rc) {
        evc_buf_put_u8(&b, 0);
        rc = evc_buf_check(&b, err);
    }
    if (!rc) {
        *out = evc_mem_dup(b.data, b.size);
        rc = *out ? 0 : evc_err_nomem(err);
    }
    evc_buf_reset(&b);
    return rc;
}

static int
read_scheme(evc_cursor *c, char **out, evc_error **err)
{
    evc_view scheme = take_until(c, ":/?#");

    if (scheme.size == 0 || !take_byte(c, ':') || !take_byte(c, '/') ||
        !take_byte(c, '/'))
        return refuse(err, "has no scheme");
    *out = evc_mem_new(scheme.size + 1);
    if (!*out)
        return evc_err_nomem(err);
    for (size_t i = 0; i < scheme.size; i++) {
        char byte = (char)scheme.data[i];
        bool letter;

        if (byte >= 'A' && byte <= 'Z')
            byte = (char)(byte - 'A' + 'a');
        letter = byte >= 'a' && byte <= 'z';
        if (!letter && (i == 0 || !strchr("0123456789+-.", byte)))
            return refuse(err, "has a scheme with other characters than a-z 0-9 + - .");
        (*out)[i] = byte;
    }
    return 0;
}

static int
read_option(evc_view text, evc_kv *query, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(text);
    evc_buf name;
    evc_buf value;
    int rc;

    evc_buf_init(&name);
    evc_buf_init(&value);
    rc = decode(take_until(&c, "="), &name, err);
    if (rc)
        goto out;
    if (name.size == 0 || !take_byte(&c, '=')) {
        rc = refuse(err, "has an option that is not name=value");
        goto out;
    }
    rc = decode(take_until(&c, ""), &value, err);
    if (rc)
        goto out;
    if (evc_kv_find(query, evc_buf_view(&name)))
        rc = refuse(err, "has an option twice");
    else
        rc = evc_kv_add(query, evc_buf_view(&name), evc_buf_view(&value), err);
out:
    evc_buf_reset(&name);
    evc_buf_reset(&value);
    return rc;
}

static int
read_query(evc_view text, evc_kv *query, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(text);
    int rc = 0;

    if (text.size == 0)
        return 0;
    do {
        rc = read_option(take_until(&c, "&"), query, err);
    } while (rc == 0 && take_byte(&c, '&'));
    return rc;
}

static int
read_parts(evc_cursor *c, evc_uri *out, evc_error **err)
{
    int rc = read_scheme(c, &out->scheme, err);

    if (!rc)
        rc = decode_text(take_until(c, "/?#"), &out->authority, err);
    if (!rc)
        rc = decode_text(take_until(c, "?#"), &out->path, err);
    if (!rc && take_byte(c, '?'))
        rc = read_query(take_until(c, "#"), &out->query, err);
    if (!rc && take_byte(c, '#'))
        rc = decode_text(take_until(c, "#"), &out->fragment, err);
    if (!rc && !evc_cursor_done(c))
        rc = refuse(err, "has more than one #");
    return rc;
}

int
evc_uri_parse(const char *text, evc_uri *out, evc_error **err)
{
    evc_view view = evc_view_text(text);
    evc_cursor c = evc_cursor_of_view(view);
    int rc;

    *out = (evc_uri){0};
    evc_kv_init(&out->query);
    if (view.size > EVC_URI_MAX)
        return refuse(err, "is longer than 8,192 bytes");
    if (!evc_is_utf8(view))
        return refuse(err, "is not UTF-8");
    rc = read_parts(&c, out, err);
    if (rc)
        evc_uri_reset(out);
    return rc;
}

void
evc_uri_reset(evc_uri *uri)
{
    evc_mem_free(uri->scheme);
    evc_mem_free(uri->authority);
    evc_mem_free(uri->path);
    evc_mem_free(uri->fragment);
    evc_kv_reset(&uri->query);
    *uri = (evc_uri){0};
}

bool
evc_uri_is_proxy(const char *text)
{
    static const char scheme[] = "http://";
    evc_view view = evc_view_text(text);
    bool good = evc_view_starts_with(view, scheme) && view.size > sizeof(scheme) - 1;

    for (size_t i = sizeof(scheme) - 1; good && i < view.size; i++)
        good = view.data[i] > 0x20 && view.data[i] < 0x7f &&
               !strchr("/@?#\\", view.data[i]);
    return good || view.size == 0;
}
