/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scanner over bytes that may be secret: it keeps places, never characters, in its
 * state. The grammar is RFC 8259's; where jansson is narrower, so is this.
 */
#include "codec/jscan.h"

#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "base/view.h"
#include "codec/jnumber.h"
#include "codec/json.h"

typedef struct level {
    uint8_t closing; /* '}' or ']' */
    bool has_item;
    bool on_path;        /* what is wanted is a member or element of it, or in one */
    uint32_t path_at;    /* where the member's name begins in the path */
    uint32_t count;      /* of an array's elements so far */
    uint32_t first_name; /* of its object, in names */
} level;

typedef struct scan {
    evc_cursor in;
    const char *wanted; /* the path */
    bool any;           /* numbers and words are taken too, and strings with escapes */
    bool found;
    bool on_path; /* of the object that opens next, as is path_at */
    size_t path_at;
    bool has_escape;  /* of the string that was read last */
    size_t secret_at; /* the content of its string, or all of any; valid when found */
    size_t secret_size;
    const char *why; /* the first refusal, NULL so far, and where it is */
    size_t where;
    size_t depth;
    level levels[EVC_JSON_MAX_DEPTH];
    size_t name_count;
    evc_view names[EVC_JSCAN_MAX_NAMES]; /* of all open objects */
} scan;

/* The first refusal stays, and ends every loop. */
static void
refuse(scan *s, const char *why)
{
    if (s->why)
        return;
    s->why = why;
    s->where = s->in.at;
}

/* At the end peek gives a NUL, which stands nowhere in valid JSON. */
static bool
eat(scan *s, char wanted)
{
    if (evc_cursor_peek(&s->in) != (uint8_t)wanted)
        return false;
    (void)evc_cursor_u8(&s->in);
    return true;
}

static bool
is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static void
skip_space(scan *s)
{
    while (is_space(evc_cursor_peek(&s->in)))
        (void)evc_cursor_u8(&s->in);
}

/* Up to 0xffff, or more than that when these are not four hex digits. */
static uint32_t
read_hex4(scan *s)
{
    uint8_t bytes[2];

    if (evc_decode_hex(evc_cursor_bytes(&s->in, 4), bytes, sizeof bytes, NULL))
        return UINT32_MAX;
    return (uint32_t)bytes[0] << 8 | bytes[1];
}

/* After "\u". Half a surrogate pair has no UTF-8, and jansson refuses U+0000. */
static void
scan_unicode_escape(scan *s)
{
    uint32_t first = read_hex4(s);
    uint32_t second;

    if (first == 0 || first > 0xffff || (first >= 0xdc00 && first <= 0xdfff)) {
        refuse(s, "an escape is malformed");
        return;
    }
    if (first < 0xd800 || first > 0xdbff)
        return;
    second = eat(s, '\\') && eat(s, 'u') ? read_hex4(s) : 0;
    if (second < 0xdc00 || second > 0xdfff)
        refuse(s, "an escape is malformed");
}

static void
scan_escape(scan *s)
{
    s->has_escape = true;
    switch (evc_cursor_u8(&s->in)) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return;
    case 'u':
        scan_unicode_escape(s);
        return;
    default:
        refuse(s, "an escape is malformed");
    }
}

/*
 * Gives what stands between the quotes. All characters of base64 and of tokens take the
 * same branches here, so the time tells the length only.
 */
static evc_view
scan_string(scan *s)
{
    size_t start;
    evc_view content;

    s->has_escape = false;
    if (!eat(s, '"'))
        refuse(s, "a string must stand here");
    start = s->in.at;
    while (!s->why && evc_cursor_peek(&s->in) != '"') {
        if (evc_cursor_peek(&s->in) < 0x20)
            refuse(s, "a string is not closed, or holds a control character");
        else if (evc_cursor_u8(&s->in) == '\\')
            scan_escape(s);
    }
    content = evc_cursor_since(&s->in, start);
    if (!evc_is_utf8(content))
        refuse(s, "a string is not valid UTF-8");
    (void)eat(s, '"');
    return content;
}

static void
scan_number(scan *s)
{
    size_t start = s->in.at;
    const char *why;

    while (evc_jnumber_has(evc_cursor_peek(&s->in)))
        (void)evc_cursor_u8(&s->in);
    why = evc_jnumber_refusal(evc_cursor_since(&s->in, start));
    if (why)
        refuse(s, why);
}

static void
scan_word(scan *s, const char *word)
{
    evc_cursor ahead = s->in;

    if (evc_view_is_text(evc_cursor_bytes(&ahead, strlen(word)), word))
        s->in = ahead;
    else
        refuse(s, "a value is malformed");
}

static void
open_level(scan *s, char closing)
{
    (void)evc_cursor_u8(&s->in);
    if (s->depth == EVC_JSON_MAX_DEPTH) {
        refuse(s, "the nesting is too deep");
        return;
    }
    s->levels[s->depth] = (level){.closing = (uint8_t)closing,
                                  .on_path = s->on_path,
                                  .path_at = (uint32_t)s->path_at,
                                  .first_name = (uint32_t)s->name_count};
    s->on_path = false;
    s->depth++;
}

static void
close_level(scan *s)
{
    s->depth--;
    s->name_count = s->levels[s->depth].first_name;
}

static void
scan_value(scan *s)
{
    uint8_t first = evc_cursor_peek(&s->in);

    if (first == '{')
        open_level(s, '}');
    else if (first == '[')
        open_level(s, ']');
    else if (first == '"')
        (void)scan_string(s);
    else if (evc_jnumber_has(first))
        scan_number(s);
    else if (first == 't')
        scan_word(s, "true");
    else if (first == 'f')
        scan_word(s, "false");
    else
        scan_word(s, "null");
}

static evc_view
scan_name(scan *s)
{
    evc_view name = scan_string(s);

    if (s->has_escape)
        refuse(s, "a member name holds a backslash");
    for (size_t i = s->levels[s->depth - 1].first_name; i < s->name_count; i++) {
        if (evc_view_equal(s->names[i], name))
            refuse(s, "a member name appears twice");
    }
    if (s->name_count == EVC_JSCAN_MAX_NAMES)
        refuse(s, "there are too many members");
    if (!s->why)
        s->names[s->name_count++] = name;
    return name;
}

static void
scan_secret(scan *s)
{
    s->secret_at = s->in.at + 1;
    s->secret_size = scan_string(s).size;
    s->found = true;
    if (s->has_escape)
        refuse(s, "the secret holds a backslash");
}

static void
scan_any(scan *s)
{
    s->secret_at = s->in.at;
    scan_value(s);
    s->secret_size = evc_cursor_since(&s->in, s->secret_at).size;
    s->found = true;
}

/* wanted: the path led here, and what is left of it begins at path.at. */
static void
scan_child(scan *s, bool wanted, evc_cursor path)
{
    uint8_t first = evc_cursor_peek(&s->in);
    bool opens = first == '{' || first == '[';
    bool last = evc_cursor_left(&path) == 0;

    if (wanted && last && !opens && (s->any || first == '"')) {
        if (s->any)
            scan_any(s);
        else
            scan_secret(s);
        return;
    }
    if (wanted && !last && opens) {
        s->on_path = true;
        s->path_at = path.at;
    }
    scan_value(s);
}

/* The next part of the path is the number of this element, without zeros before it. */
static bool
is_index(evc_view part, size_t index)
{
    for (size_t i = part.size; i-- > 0; index /= 10) {
        if (part.data[i] != '0' + index % 10)
            return false;
        if (index < 10)
            return i == 0;
    }
    return false;
}

static void
scan_element(scan *s)
{
    level *inner = &s->levels[s->depth - 1];
    evc_cursor path = evc_cursor_of_view(evc_view_text(s->wanted));
    bool wanted;

    (void)evc_cursor_bytes(&path, inner->path_at);
    wanted = inner->on_path && is_index(evc_cursor_until(&path, '.'), inner->count++);
    scan_child(s, wanted, path);
}

static void
scan_member(scan *s)
{
    const level *inner = &s->levels[s->depth - 1];
    evc_cursor path = evc_cursor_of_view(evc_view_text(s->wanted));
    evc_view name = scan_name(s);
    bool wanted;

    (void)evc_cursor_bytes(&path, inner->path_at);
    wanted = inner->on_path && evc_view_equal(name, evc_cursor_until(&path, '.'));
    skip_space(s);
    if (!eat(s, ':'))
        refuse(s, "a colon must stand here");
    skip_space(s);
    scan_child(s, wanted, path);
}

/* One member, element or closing bracket of the innermost level. */
static void
scan_item(scan *s)
{
    level *inner = &s->levels[s->depth - 1];

    skip_space(s);
    if (eat(s, (char)inner->closing)) {
        close_level(s);
        return;
    }
    if (inner->has_item && !eat(s, ','))
        refuse(s, "a comma or a closing bracket must stand here");
    inner->has_item = true;
    skip_space(s);
    if (s->why)
        return;
    if (inner->closing == '}')
        scan_member(s);
    else
        scan_element(s);
}

static void
scan_document(scan *s)
{
    skip_space(s);
    s->on_path = true;
    if (evc_cursor_peek(&s->in) == '{')
        open_level(s, '}');
    else
        refuse(s, "an object must stand here");
    while (s->depth > 0 && !s->why)
        scan_item(s);
    skip_space(s);
    if (evc_cursor_left(&s->in) > 0)
        refuse(s, "something follows the end");
}

static int
check(const scan *s, bool optional, evc_error **err)
{
    if (s->why)
        return evc_err(err, ENVCRYPT_E_JSON,
                       "cannot take member \"%s\" out of JSON: %s, at byte %zu of %zu",
                       s->wanted, s->why, s->where, s->in.input.size);
    if (!s->found && !optional)
        return evc_err(
            err, ENVCRYPT_E_JSON,
            "cannot take member \"%s\" out of JSON: it is missing or no string",
            s->wanted);
    return 0;
}

static int
wrong_size(const char *name, size_t max, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_JSON,
                   "cannot take member \"%s\" out of JSON: it is not of 1 to %zu bytes",
                   name, max);
}

static int
keep_text(evc_view content, const char *name, evc_arena *arena, size_t max,
          evc_secret *out, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(content);
    int rc;

    if (content.size < 1 || content.size > max)
        return wrong_size(name, max, err);
    rc = evc_secret_new(arena, content.size, out, err);
    if (!rc)
        evc_cursor_copy(&c, out->bytes, out->size);
    return rc;
}

/* The count of bytes, if the text is base64 at all. */
static size_t
decoded_size(evc_view text)
{
    size_t size = text.size / 4 * 3;

    for (size_t i = 1; i <= 2 && i <= text.size; i++) {
        if (text.data[text.size - i] == '=' && size > 0)
            size--;
    }
    return size;
}

static int
keep_base64(evc_view content, const char *name, evc_arena *arena, size_t max,
            evc_secret *out, evc_error **err)
{
    size_t size = decoded_size(content);
    size_t decoded = 0;
    int rc;

    if (size < 1 || size > max)
        return wrong_size(name, max, err);
    rc = evc_secret_new(arena, size, out, err);
    if (rc)
        return rc;
    rc = evc_decode_base64(content, out->bytes, size, &decoded, err);
    if (rc || decoded != size) {
        evc_secret_free(out);
        return evc_err_wrap(
            err, ENVCRYPT_E_JSON,
            "cannot take member \"%s\" out of JSON: it is not canonical base64", name);
    }
    return 0;
}

typedef int keep_function(evc_view content, const char *name, evc_arena *arena,
                          size_t max, evc_secret *out, evc_error **err);

static int
take(char *text, size_t size, const char *name, evc_arena *arena, size_t max,
     keep_function *keep, bool optional, evc_secret *out, evc_error **err)
{
    scan s = {.in = evc_cursor_of(text, size), .wanted = name};
    int rc;

    *out = (evc_secret){0};
    scan_document(&s);
    rc = check(&s, optional, err);
    if (!rc && optional && s.secret_size == 0)
        return 0;
    if (!rc)
        rc = keep(evc_view_of(&text[s.secret_at], s.secret_size), name, arena, max, out,
                  err);
    if (rc) {
        evc_mem_wipe(text, size);
        return rc;
    }
    evc_mem_wipe(&text[s.secret_at], s.secret_size);
    text[s.secret_at] = '"';
    memset(&text[s.secret_at + 1], ' ', s.secret_size);
    return 0;
}

int
evc_jscan_take_base64(char *text, size_t size, const char *name, evc_arena *arena,
                      size_t max, evc_secret *out, evc_error **err)
{
    return take(text, size, name, arena, max, keep_base64, false, out, err);
}

int
evc_jscan_take_text(char *text, size_t size, const char *name, evc_arena *arena,
                    size_t max, evc_secret *out, evc_error **err)
{
    return take(text, size, name, arena, max, keep_text, false, out, err);
}

int
evc_jscan_take_text_opt(char *text, size_t size, const char *name, evc_arena *arena,
                        size_t max, evc_secret *out, evc_error **err)
{
    return take(text, size, name, arena, max, keep_text, true, out, err);
}

int
evc_jscan_find(const char *text, size_t size, const char *path, evc_view *out,
               evc_error **err)
{
    scan s = {.in = evc_cursor_of(text, size), .wanted = path, .any = true};
    int rc;

    *out = evc_view_of(NULL, 0);
    scan_document(&s);
    rc = check(&s, true, err);
    if (!rc && s.found)
        *out = evc_view_of(&text[s.secret_at], s.secret_size);
    return rc;
}
