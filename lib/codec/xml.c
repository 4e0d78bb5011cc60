/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/xml.h"

#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

#define MAX_ENTITY 10u

typedef struct scan {
    evc_cursor in;
    const char *path;
    evc_view names[EVC_XML_MAX_DEPTH]; /* of the open elements */
    size_t depth;
    size_t matched; /* the outermost of them that are on the path */
    size_t begin;   /* of the text after the last tag */
    bool found;
    bool seen_root;
    size_t at; /* of the field's text, when found */
    size_t size;
    const char *why; /* the first refusal, and where it is */
    size_t where;
} scan;

static void
refuse(scan *s, const char *why)
{
    if (s->why)
        return;
    s->why = why;
    s->where = s->in.at;
}

static bool
eat(scan *s, const char *wanted)
{
    evc_cursor ahead = s->in;

    if (!evc_view_is_text(evc_cursor_bytes(&ahead, strlen(wanted)), wanted))
        return false;
    s->in = ahead;
    return true;
}

/* Past the next place of the text; refuses when there is none. */
static void
skip_past(scan *s, const char *wanted)
{
    while (!s->why && !eat(s, wanted)) {
        if (evc_cursor_left(&s->in) == 0)
            refuse(s, "something is not closed");
        else
            (void)evc_cursor_u8(&s->in);
    }
}

static bool
is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
skip_space(scan *s)
{
    while (is_space(evc_cursor_peek(&s->in)))
        (void)evc_cursor_u8(&s->in);
}

static bool
is_name_byte(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '-' || c == '.' || c == ':' || c >= 0x80;
}

static evc_view
scan_name(scan *s)
{
    size_t start = s->in.at;
    evc_view name;

    while (is_name_byte(evc_cursor_peek(&s->in)))
        (void)evc_cursor_u8(&s->in);
    name = evc_cursor_since(&s->in, start);
    if (name.size == 0)
        refuse(s, "a name must stand here");
    return name;
}

/* Without a prefix. */
static evc_view
local_of(evc_view name)
{
    evc_cursor c = evc_cursor_of_view(name);
    evc_view local = name;

    while (evc_cursor_left(&c) > 0) {
        if (evc_cursor_u8(&c) == ':')
            local = evc_view_of(&name.data[c.at], name.size - c.at);
    }
    return local;
}

/* Part number index of the path; empty past its end. */
static evc_view
part_of(const char *path, size_t index)
{
    for (; index > 0; index--) {
        path += strcspn(path, "/");
        path += *path == '/';
    }
    return evc_view_of(path, strcspn(path, "/"));
}

static bool
is_whole_path(const scan *s)
{
    return s->matched == s->depth && part_of(s->path, s->matched).size == 0;
}

static void
open_element(scan *s, evc_view name)
{
    if (s->depth > 0 && is_whole_path(s))
        refuse(s, "a field has elements in it");
    if (s->depth == 0 && s->seen_root)
        refuse(s, "something follows the end");
    if (s->depth == EVC_XML_MAX_DEPTH)
        refuse(s, "the nesting is too deep");
    if (s->why)
        return;
    s->seen_root = true;
    if (s->matched == s->depth &&
        evc_view_equal(local_of(name), part_of(s->path, s->depth)))
        s->matched++;
    s->names[s->depth++] = name;
    s->begin = s->in.at;
}

/* end: of the text before the closing tag. */
static void
close_element(scan *s, size_t end)
{
    if (is_whole_path(s)) {
        if (s->found)
            refuse(s, "a field comes twice");
        s->found = true;
        s->at = s->begin;
        s->size = end - s->begin;
    }
    s->depth--;
    if (s->matched > s->depth)
        s->matched = s->depth;
}

static void
scan_attributes(scan *s)
{
    for (;;) {
        size_t before = s->in.at;
        uint8_t quote;

        skip_space(s);
        if (s->why || evc_cursor_peek(&s->in) == '>' || evc_cursor_peek(&s->in) == '/')
            return;
        if (s->in.at == before)
            refuse(s, "a tag is malformed");
        (void)scan_name(s);
        skip_space(s);
        if (!eat(s, "="))
            refuse(s, "an attribute has no value");
        skip_space(s);
        quote = evc_cursor_u8(&s->in);
        if (quote == '"')
            skip_past(s, "\"");
        else if (quote == '\'')
            skip_past(s, "'");
        else
            refuse(s, "an attribute is not in quotes");
    }
}

static void
scan_start_tag(scan *s)
{
    evc_view name = scan_name(s);
    bool empty;

    scan_attributes(s);
    empty = eat(s, "/");
    if (!eat(s, ">"))
        refuse(s, "a tag is not closed");
    open_element(s, name);
    if (empty && !s->why)
        close_element(s, s->in.at);
}

static void
scan_end_tag(scan *s, size_t begin)
{
    evc_view name = scan_name(s);

    skip_space(s);
    if (!eat(s, ">"))
        refuse(s, "a tag is not closed");
    if (s->depth == 0 || !evc_view_equal(name, s->names[s->depth - 1]))
        refuse(s, "a closing tag closes nothing that is open");
    if (!s->why)
        close_element(s, begin);
}

static void
scan_markup(scan *s)
{
    size_t begin = s->in.at;

    (void)evc_cursor_u8(&s->in);
    if (eat(s, "!--"))
        skip_past(s, "-->");
    else if (eat(s, "!"))
        refuse(s, "document types and CDATA are not read here");
    else if (eat(s, "?"))
        skip_past(s, "?>");
    else if (eat(s, "/"))
        scan_end_tag(s, begin);
    else
        scan_start_tag(s);
}

static void
check_bytes(scan *s)
{
    if (!evc_is_utf8(s->in.input))
        refuse(s, "it is not valid UTF-8");
    for (size_t i = 0; i < s->in.input.size; i++) {
        uint8_t c = s->in.input.data[i];

        if ((c < 0x20 && !is_space(c)) || c == 0x7f)
            refuse(s, "it has control bytes");
    }
}

static void
scan_document(scan *s)
{
    check_bytes(s);
    (void)eat(s, "\xef\xbb\xbf");
    while (!s->why && evc_cursor_left(&s->in) > 0) {
        if (evc_cursor_peek(&s->in) == '<')
            scan_markup(s);
        else if (s->depth > 0 || is_space(evc_cursor_peek(&s->in)))
            (void)evc_cursor_u8(&s->in);
        else
            refuse(s, "text stands outside of the elements");
    }
    if (s->depth > 0 || !s->seen_root)
        refuse(s, "it ends too early");
}

/* --- text ------------------------------------------------------------------------- */

static bool
put_code_point(evc_buf *out, uint32_t code)
{
    if (code < 0x20 || code == 0x7f || code > 0x10ffff ||
        (code >= 0xd800 && code < 0xe000))
        return false;
    if (code < 0x80) {
        evc_buf_put_u8(out, (uint8_t)code);
        return true;
    }
    if (code >= 0x10000) {
        evc_buf_put_u8(out, (uint8_t)(0xf0 | code >> 18));
        evc_buf_put_u8(out, (uint8_t)(0x80 | (code >> 12 & 0x3f)));
    } else if (code >= 0x800) {
        evc_buf_put_u8(out, (uint8_t)(0xe0 | code >> 12));
    }
    if (code >= 0x800)
        evc_buf_put_u8(out, (uint8_t)(0x80 | (code >> 6 & 0x3f)));
    else
        evc_buf_put_u8(out, (uint8_t)(0xc0 | code >> 6));
    evc_buf_put_u8(out, (uint8_t)(0x80 | (code & 0x3f)));
    return true;
}

static int
digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* What stands between "&#" and ";". */
static bool
put_numeric(evc_buf *out, evc_view digits)
{
    evc_cursor c = evc_cursor_of_view(digits);
    bool hex = evc_view_starts_with(digits, "x");
    uint32_t code = 0;

    (void)evc_cursor_bytes(&c, hex ? 1 : 0);
    if (evc_cursor_left(&c) == 0 || evc_cursor_left(&c) > 7)
        return false;
    while (evc_cursor_left(&c) > 0) {
        int digit = digit_of(evc_cursor_u8(&c));

        if (digit >= (hex ? 16 : 10))
            return false;
        code = code * (hex ? 16u : 10u) + (uint32_t)digit;
    }
    return put_code_point(out, code);
}

static bool
put_entity(evc_buf *out, evc_view name)
{
    static const struct {
        const char *name;
        char byte;
    } known[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};

    if (evc_view_starts_with(name, "#"))
        return put_numeric(out, evc_view_of(&name.data[1], name.size - 1));
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (evc_view_is_text(name, known[i].name)) {
            evc_buf_put_u8(out, (uint8_t)known[i].byte);
            return true;
        }
    }
    return false;
}

static bool
put_text(evc_buf *out, evc_view text)
{
    evc_cursor c = evc_cursor_of_view(text);

    while (evc_cursor_left(&c) > 0) {
        uint8_t byte = evc_cursor_u8(&c);
        size_t start = c.at;
        evc_view name;

        if (byte == '<') /* a comment or an instruction */
            return false;
        if (byte != '&') {
            evc_buf_put_u8(out, byte);
            continue;
        }
        while (evc_cursor_left(&c) > 0 && c.at - start < MAX_ENTITY &&
               c.input.data[c.at] != ';')
            (void)evc_cursor_u8(&c);
        name = evc_cursor_since(&c, start);
        if (evc_cursor_u8(&c) != ';' || !put_entity(out, name))
            return false;
    }
    return true;
}

static int
locate(scan *s, evc_view text, const char *path, evc_error **err)
{
    *s = (scan){.in = evc_cursor_of_view(text), .path = path};
    scan_document(s);
    if (!s->why)
        return 0;
    return evc_err(err, ENVCRYPT_E_PROTOCOL,
                   "cannot read %s in XML: %s, at byte %zu of %zu", path, s->why,
                   s->where, text.size);
}

static int
refuse_text(const char *path, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_PROTOCOL,
                   "cannot read %s in XML: an entity in it is malformed or unknown",
                   path);
}

int
evc_xml_find(evc_view text, const char *path, evc_buf *out, bool *found,
             evc_error **err)
{
    size_t begin = out->size;
    scan s;
    int rc = locate(&s, text, path, err);

    *found = rc == 0 && s.found;
    if (!*found)
        return rc;
    if (!put_text(out, evc_view_of(&text.data[s.at], s.size))) {
        evc_buf_truncate(out, begin);
        *found = false;
        return refuse_text(path, err);
    }
    return evc_buf_check(out, err);
}

static int
keep(evc_view raw, const char *path, evc_arena *arena, size_t max, evc_secret *out,
     evc_error **err)
{
    evc_buf decoded;
    int rc = 0;

    evc_buf_init(&decoded);
    (void)evc_buf_reserve(&decoded, raw.size);
    if (!put_text(&decoded, raw))
        rc = refuse_text(path, err);
    if (rc == 0)
        rc = evc_buf_check(&decoded, err);
    if (rc == 0 && (decoded.size < 1 || decoded.size > max))
        rc = evc_err(err, ENVCRYPT_E_PROTOCOL,
                     "cannot read %s in XML: it is not of 1 to %zu bytes", path, max);
    if (rc == 0)
        rc = evc_secret_new(arena, decoded.size, out, err);
    if (rc == 0)
        memcpy(out->bytes, decoded.data, decoded.size);
    evc_buf_reset(&decoded);
    return rc;
}

int
evc_xml_take(char *text, size_t size, const char *path, evc_arena *arena, size_t max,
             evc_secret *out, evc_error **err)
{
    scan s;
    int rc = locate(&s, evc_view_of(text, size), path, err);

    *out = (evc_secret){0};
    if (rc == 0 && !s.found)
        rc = evc_err(err, ENVCRYPT_E_PROTOCOL, "cannot read %s in XML: it is missing",
                     path);
    if (rc == 0)
        rc = keep(evc_view_of(&text[s.at], s.size), path, arena, max, out, err);
    if (rc) {
        evc_mem_wipe(text, size);
        return rc;
    }
    evc_mem_wipe(&text[s.at], s.size);
    memset(&text[s.at], ' ', s.size);
    return 0;
}
