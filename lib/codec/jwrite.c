/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/jwrite.h"

#include <inttypes.h>

#include "base/encode.h"

void
evc_jwrite_begin(evc_jwrite *w, evc_buf *out, bool pretty)
{
    *w = (evc_jwrite){.out = out, .pretty = pretty};
}

/* What follows a failure of the buffer is not a mistake of its own. */
static void
fail(evc_jwrite *w, int code)
{
    if (w->out->failed)
        return;
    w->code = code;
    w->out->failed = true;
}

static void
put_line(evc_jwrite *w)
{
    if (!w->pretty)
        return;
    evc_buf_put_u8(w->out, '\n');
    for (uint8_t level = 0; level < w->depth; level++)
        evc_buf_put_text(w->out, "  ");
}

/* What stands between an opening bracket or an item and the next item. */
static void
put_separator(evc_jwrite *w)
{
    bool *has_item = &w->has_item[w->depth - 1];

    if (*has_item)
        evc_buf_put_u8(w->out, ',');
    *has_item = true;
    put_line(w);
}

/* False when no value may stand here. */
static bool
begin_value(evc_jwrite *w)
{
    bool in_array = w->depth > 0 && w->closing[w->depth - 1] == ']';

    if (w->out->failed)
        return false;
    if (!in_array && !w->after_name) {
        fail(w, ENVCRYPT_E_INTERNAL);
        return false;
    }
    if (in_array)
        put_separator(w);
    w->after_name = false;
    return true;
}

static void
open_level(evc_jwrite *w, char opening, char closing)
{
    bool outermost = w->depth == 0 && !w->written;

    if (w->depth == EVC_JWRITE_MAX_DEPTH)
        fail(w, ENVCRYPT_E_INTERNAL);
    if (w->out->failed || (!outermost && !begin_value(w)))
        return;
    w->written = true;
    w->closing[w->depth] = closing;
    w->has_item[w->depth] = false;
    w->depth++;
    evc_buf_put_u8(w->out, (uint8_t)opening);
}

void
evc_jwrite_object(evc_jwrite *w)
{
    open_level(w, '{', '}');
}

void
evc_jwrite_array(evc_jwrite *w)
{
    open_level(w, '[', ']');
}

void
evc_jwrite_end(evc_jwrite *w)
{
    if (w->depth == 0 || w->after_name)
        fail(w, ENVCRYPT_E_INTERNAL);
    if (w->out->failed)
        return;
    w->depth--;
    if (w->has_item[w->depth])
        put_line(w);
    evc_buf_put_u8(w->out, (uint8_t)w->closing[w->depth]);
    if (w->depth == 0 && w->pretty)
        evc_buf_put_u8(w->out, '\n');
}

/* No printf here: the character may belong to a secret. */
static void
put_unicode_escape(evc_buf *out, uint8_t code_point)
{
    evc_buf_put_text(out, "\\u00");
    evc_encode_hex(out, evc_view_of(&code_point, 1));
}

/* The letter after the backslash where JSON has a short escape, else 0. */
static uint8_t
short_escape(uint8_t byte)
{
    switch (byte) {
    case '"':
    case '\\':
        return byte;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 0;
    }
}

static void
put_character(evc_buf *out, uint8_t byte)
{
    uint8_t letter = short_escape(byte);

    if (letter) {
        evc_buf_put_u8(out, '\\');
        evc_buf_put_u8(out, letter);
    } else if (byte < 0x20 || byte == 0x7f) {
        put_unicode_escape(out, byte);
    } else {
        evc_buf_put_u8(out, byte);
    }
}

static void
put_string(evc_jwrite *w, evc_view text)
{
    evc_cursor c = evc_cursor_of_view(text);

    if (!evc_is_utf8(text)) {
        fail(w, ENVCRYPT_E_UTF8);
        return;
    }
    evc_buf_put_u8(w->out, '"');
    while (evc_cursor_left(&c) > 0) {
        uint8_t byte = evc_cursor_u8(&c);
        uint8_t second;

        if (byte != 0xc2) {
            put_character(w->out, byte);
            continue;
        }
        /* C2 80 to C2 9F are the control characters U+0080 to U+009F. */
        second = evc_cursor_u8(&c);
        if (second < 0xa0) {
            put_unicode_escape(w->out, second);
        } else {
            evc_buf_put_u8(w->out, byte);
            evc_buf_put_u8(w->out, second);
        }
    }
    evc_buf_put_u8(w->out, '"');
}

void
evc_jwrite_name(evc_jwrite *w, const char *name)
{
    bool in_object = w->depth > 0 && w->closing[w->depth - 1] == '}';

    if (!in_object || w->after_name || !name)
        fail(w, ENVCRYPT_E_INTERNAL);
    if (w->out->failed)
        return;
    put_separator(w);
    put_string(w, evc_view_text(name));
    evc_buf_put_text(w->out, w->pretty ? ": " : ":");
    w->after_name = true;
}

void
evc_jwrite_view(evc_jwrite *w, evc_view text)
{
    if (begin_value(w))
        put_string(w, text);
}

void
evc_jwrite_text(evc_jwrite *w, const char *text)
{
    if (text)
        evc_jwrite_view(w, evc_view_text(text));
    else
        evc_jwrite_null(w);
}

void
evc_jwrite_hex(evc_jwrite *w, evc_view bytes)
{
    if (!begin_value(w))
        return;
    evc_buf_put_u8(w->out, '"');
    evc_encode_hex(w->out, bytes);
    evc_buf_put_u8(w->out, '"');
}

void
evc_jwrite_base64(evc_jwrite *w, evc_view bytes)
{
    if (!begin_value(w))
        return;
    evc_buf_put_u8(w->out, '"');
    evc_encode_base64(w->out, bytes);
    evc_buf_put_u8(w->out, '"');
}

void
evc_jwrite_integer(evc_jwrite *w, int64_t value)
{
    if (begin_value(w))
        evc_buf_put_format(w->out, "%" PRId64, value);
}

void
evc_jwrite_bool(evc_jwrite *w, bool value)
{
    if (begin_value(w))
        evc_buf_put_text(w->out, value ? "true" : "false");
}

void
evc_jwrite_member_text(evc_jwrite *w, const char *name, const char *text)
{
    evc_jwrite_name(w, name);
    evc_jwrite_text(w, text);
}

void
evc_jwrite_member_integer(evc_jwrite *w, const char *name, int64_t value)
{
    evc_jwrite_name(w, name);
    evc_jwrite_integer(w, value);
}

void
evc_jwrite_member_bool(evc_jwrite *w, const char *name, bool value)
{
    evc_jwrite_name(w, name);
    evc_jwrite_bool(w, value);
}

void
evc_jwrite_json(evc_jwrite *w, evc_view value)
{
    if (begin_value(w))
        evc_buf_put_view(w->out, value);
}

void
evc_jwrite_null(evc_jwrite *w)
{
    if (begin_value(w))
        evc_buf_put_text(w->out, "null");
}

int
evc_jwrite_finish(evc_jwrite *w, evc_error **err)
{
    if (!w->out->failed && (!w->written || w->depth > 0))
        fail(w, ENVCRYPT_E_INTERNAL);
    if (w->code == ENVCRYPT_E_UTF8)
        return evc_err(err, w->code,
                       "cannot write JSON: a text for it is not valid UTF-8");
    if (w->code)
        return evc_err(err, w->code,
                       "cannot write JSON: its parts came in an order that gives none");
    return evc_buf_check(w->out, err);
}
