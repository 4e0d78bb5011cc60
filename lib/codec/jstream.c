/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine that is fed byte by byte, save that what a string holds is passed on in runs. A
 * number or word ends with the first byte that cannot belong to it, which is then looked at
 * again.
 */
#include "codec/jstream.h"

#include <string.h>

#include "base/mem.h"
#include "codec/jnumber.h"

/* Room for one number that is too long to be taken, so that it is seen to be. */
#define MAX_NUMBER (EVC_JNUMBER_MAX_REAL + 1)
#define MAX_WORD 5u

/* What must come next. */
enum state {
    WHOLE,         /* the object or array that is all */
    VALUE,         /* a value */
    FIRST_ELEMENT, /* a value or ']' */
    NAME,          /* a name */
    FIRST_NAME,    /* a name or '}' */
    COLON,
    AFTER, /* a comma or the closing bracket */
    STRING,
    ESCAPE,    /* what follows a backslash */
    HEX,       /* a digit of \u */
    LOW_SLASH, /* of the escape for the second half of a pair */
    LOW_U,
    NUMBER,
    WORD,
    END,
    FAILED
};

static bool
is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static bool
is_letter(uint8_t byte)
{
    return byte >= 'a' && byte <= 'z';
}

void
evc_jstream_begin(evc_jstream *s, evc_jpiece_fn take, void *user)
{
    memset(s, 0, sizeof *s);
    s->take = take;
    s->user = user;
    s->state = WHOLE;
}

void
evc_jstream_reset(evc_jstream *s)
{
    evc_mem_wipe(s, sizeof *s);
    s->state = FAILED;
    s->code = ENVCRYPT_E_STATE;
}

static int
refuse(const evc_jstream *s, const char *why, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_JSON, "cannot read JSON: %s, at byte %llu", why,
                   (unsigned long long)s->at);
}

static void
drop_held(evc_jstream *s)
{
    evc_mem_wipe(s->hold, s->held);
    s->held = 0;
    s->cut = false;
}

static int
tell(evc_jstream *s, evc_jevent event, evc_view text, bool last, evc_error **err)
{
    evc_jpiece piece = {.event = event,
                        .depth = s->depth,
                        .text = text,
                        .last = last,
                        .cut = event == EVC_JEVENT_NAME && s->cut};

    return s->take(s->user, &piece, err);
}

/* A name, number or word that is whole. */
static int
tell_held(evc_jstream *s, evc_jevent event, evc_error **err)
{
    int rc = tell(s, event, evc_view_of(s->hold, s->held), false, err);

    drop_held(s);
    return rc;
}

static void
hold(evc_jstream *s, evc_view bytes)
{
    size_t room = sizeof s->hold - s->held;
    size_t size = bytes.size < room ? bytes.size : room;

    if (size > 0)
        memcpy(&s->hold[s->held], bytes.data, size);
    s->held += size;
    if (size < bytes.size)
        s->cut = true;
}

/* A part of the string at hand. */
static int
pass_on(evc_jstream *s, evc_view bytes, bool last, evc_error **err)
{
    if (s->in_name)
        hold(s, bytes);
    else if (bytes.size > 0 || last)
        return tell(s, EVC_JEVENT_TEXT, bytes, last, err);
    return 0;
}

static int
open_level(evc_jstream *s, bool object, evc_error **err)
{
    int rc;

    if (s->depth == EVC_JSTREAM_MAX_DEPTH)
        return refuse(s, "it nests too deep", err);
    rc = tell(s, object ? EVC_JEVENT_OBJECT : EVC_JEVENT_ARRAY, evc_view_of(NULL, 0),
              false, err);
    s->open[s->depth++] = object ? '}' : ']';
    s->state = object ? FIRST_NAME : FIRST_ELEMENT;
    return rc;
}

static void
value_ends(evc_jstream *s)
{
    s->state = s->depth > 0 ? AFTER : END;
}

static int
close_level(evc_jstream *s, uint8_t bracket, evc_error **err)
{
    if (s->open[s->depth - 1] != bracket)
        return refuse(s, "a bracket is closed by another", err);
    s->depth--;
    value_ends(s);
    return tell(s, bracket == '}' ? EVC_JEVENT_OBJECT_END : EVC_JEVENT_ARRAY_END,
                evc_view_of(NULL, 0), false, err);
}

static void
open_string(evc_jstream *s, bool name)
{
    s->in_name = name;
    s->state = STRING;
}

static int
begin_value(evc_jstream *s, uint8_t byte, evc_error **err)
{
    if (byte == '{' || byte == '[')
        return open_level(s, byte == '{', err);
    if (byte == '"') {
        open_string(s, false);
        return 0;
    }
    if (evc_jnumber_has(byte))
        s->state = NUMBER;
    else if (is_letter(byte))
        s->state = WORD;
    else
        return refuse(s, "a value must stand here", err);
    hold(s, evc_view_of(&byte, 1));
    return 0;
}

static int
begin_name(evc_jstream *s, uint8_t byte, evc_error **err)
{
    if (byte != '"')
        return refuse(s, "a member name must stand here", err);
    open_string(s, true);
    return 0;
}

static int
read_after(evc_jstream *s, uint8_t byte, evc_error **err)
{
    if (byte == '}' || byte == ']')
        return close_level(s, byte, err);
    if (byte != ',')
        return refuse(s, "a comma or a closing bracket must stand here", err);
    s->state = s->open[s->depth - 1] == '}' ? NAME : VALUE;
    return 0;
}

/* Between the tokens. */
static int
read_structure(evc_jstream *s, uint8_t byte, evc_error **err)
{
    if (is_space(byte))
        return 0;
    switch (s->state) {
    case WHOLE:
        if (byte != '{' && byte != '[')
            return refuse(s, "an object or array must stand here", err);
        return open_level(s, byte == '{', err);
    case FIRST_ELEMENT:
        return byte == ']' ? close_level(s, byte, err) : begin_value(s, byte, err);
    case VALUE:
        return begin_value(s, byte, err);
    case FIRST_NAME:
        return byte == '}' ? close_level(s, byte, err) : begin_name(s, byte, err);
    case NAME:
        return begin_name(s, byte, err);
    case COLON:
        if (byte != ':')
            return refuse(s, "a colon must stand here", err);
        s->state = VALUE;
        return 0;
    case AFTER:
        return read_after(s, byte, err);
    default:
        return refuse(s, "something follows the end", err);
    }
}

static bool
is_word(evc_view text)
{
    return evc_view_is_text(text, "true") || evc_view_is_text(text, "false") ||
           evc_view_is_text(text, "null");
}

/* Of a number or word; what ends it is read once more, as what it is. */
static int
read_token(evc_jstream *s, uint8_t byte, evc_error **err)
{
    bool number = s->state == NUMBER;
    evc_view token = evc_view_of(s->hold, s->held);
    const char *why = NULL;
    int rc;

    if (number ? evc_jnumber_has(byte) : is_letter(byte)) {
        if (s->held < (number ? MAX_NUMBER : MAX_WORD)) {
            hold(s, evc_view_of(&byte, 1));
            return 0;
        }
        return refuse(s, number ? "a number is too large" : "a value is malformed",
                      err);
    }
    if (number && !(s->wide && evc_jnumber_is_u64(token)))
        why = evc_jnumber_refusal(token);
    else if (!number && !is_word(token))
        why = "a value is malformed";
    if (why)
        return refuse(s, why, err);
    rc = tell_held(s, number ? EVC_JEVENT_NUMBER : EVC_JEVENT_WORD, err);
    value_ends(s);
    return rc ? rc : read_structure(s, byte, err);
}

/* A code point of an escape; its UTF-8 is never more than four bytes. */
static int
pass_on_code(evc_jstream *s, uint32_t code, evc_error **err)
{
    uint8_t bytes[4];
    size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    int rc;

    for (size_t i = size; i-- > 1; code >>= 6)
        bytes[i] = (uint8_t)(0x80 | (code & 0x3f));
    bytes[0] = (uint8_t)(size == 1 ? code : (0xf00u >> size & 0xf0) | code);
    rc = pass_on(s, evc_view_of(bytes, size), false, err);
    evc_mem_wipe(bytes, sizeof bytes);
    s->unit = 0;
    s->high = 0;
    s->state = STRING;
    return rc;
}

static int
read_escape(evc_jstream *s, uint8_t byte, evc_error **err)
{
    static const char names[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";

    if (byte == 'u') {
        s->state = HEX;
        s->digits = 4;
        return 0;
    }
    for (size_t i = 0; names[i]; i++) {
        if (byte == (uint8_t)names[i])
            return pass_on_code(s, (uint8_t)meanings[i], err);
    }
    return refuse(s, "an escape is malformed", err);
}

/* Past 15 when it is none. */
static uint32_t
hex_digit(uint8_t byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - (uint32_t)'0';
    if (byte >= 'a' && byte <= 'f')
        return byte - (uint32_t)'a' + 10;
    if (byte >= 'A' && byte <= 'F')
        return byte - (uint32_t)'A' + 10;
    return 16;
}

/* Half a surrogate pair has no UTF-8, and jansson refuses U+0000. */
static int
read_hex(evc_jstream *s, uint8_t byte, evc_error **err)
{
    uint32_t digit = hex_digit(byte);
    bool low;

    if (digit > 15)
        return refuse(s, "an escape is malformed", err);
    s->unit = s->unit << 4 | digit;
    if (--s->digits > 0)
        return 0;
    low = s->unit >= 0xdc00 && s->unit <= 0xdfff;
    if (s->unit == 0 || low != (s->high != 0))
        return refuse(s, "an escape is malformed", err);
    if (low)
        return pass_on_code(
            s, 0x10000 + ((s->high - 0xd800) << 10) + (s->unit - 0xdc00), err);
    if (s->unit < 0xd800 || s->unit > 0xdbff)
        return pass_on_code(s, s->unit, err);
    s->high = s->unit;
    s->unit = 0;
    s->state = LOW_SLASH;
    return 0;
}

static int
read_low(evc_jstream *s, uint8_t byte, evc_error **err)
{
    if (byte != (s->state == LOW_SLASH ? '\\' : 'u'))
        return refuse(s, "an escape is malformed", err);
    s->state = s->state == LOW_SLASH ? LOW_U : HEX;
    s->digits = 4;
    return 0;
}

/* The Unicode Standard, table 3-7: which bytes may follow which. */
static bool
take_utf8(evc_jstream *s, uint8_t byte)
{
    if (s->utf8_left > 0) {
        if (byte < s->utf8_least || byte > s->utf8_most)
            return false;
        s->utf8_left--;
        s->utf8_least = 0x80;
        s->utf8_most = 0xbf;
        return true;
    }
    if (byte < 0x80)
        return true;
    if (byte < 0xc2 || byte > 0xf4)
        return false;
    s->utf8_left = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    s->utf8_least = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
    s->utf8_most = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
    return true;
}

static int
end_string(evc_jstream *s, evc_view run, evc_error **err)
{
    int rc = pass_on(s, run, true, err);

    if (s->in_name) {
        s->state = COLON;
        return rc ? rc : tell_held(s, EVC_JEVENT_NAME, err);
    }
    value_ends(s);
    return rc;
}

/* The bytes of a string that stand as they are; what ends them was read too, and is *end,
 * or 0 where the part ends. */
static int
read_run(evc_jstream *s, evc_cursor *part, uint8_t *end, evc_error **err)
{
    for (*end = 0; evc_cursor_left(part) > 0; s->at++) {
        uint8_t byte = evc_cursor_u8(part);

        if (byte >= 0x80 || s->utf8_left > 0) {
            if (!take_utf8(s, byte))
                return refuse(s, "a string is not valid UTF-8", err);
        } else if (byte == '"' || byte == '\\') {
            *end = byte;
            s->at++;
            return 0;
        } else if (byte < 0x20) {
            return refuse(s, "a string is not closed, or holds a control character",
                          err);
        }
    }
    return 0;
}

static int
read_string(evc_jstream *s, evc_cursor *part, evc_error **err)
{
    evc_cursor from = *part;
    uint8_t end;
    int rc = read_run(s, part, &end, err);
    evc_view run;

    if (rc)
        return rc;
    run = evc_cursor_bytes(&from, part->at - from.at - (end ? 1 : 0));
    if (end == '"')
        return end_string(s, run, err);
    if (end)
        s->state = ESCAPE;
    return pass_on(s, run, false, err);
}

static int
read_byte(evc_jstream *s, uint8_t byte, evc_error **err)
{
    switch (s->state) {
    case ESCAPE:
        return read_escape(s, byte, err);
    case HEX:
        return read_hex(s, byte, err);
    case LOW_SLASH:
    case LOW_U:
        return read_low(s, byte, err);
    case NUMBER:
    case WORD:
        return read_token(s, byte, err);
    default:
        return read_structure(s, byte, err);
    }
}

static int
refuse_again(const evc_jstream *s, evc_error **err)
{
    return evc_err(err, s->code, "cannot read JSON: an earlier part of it was refused");
}

int
evc_jstream_feed(evc_jstream *s, evc_view part, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(part);
    int rc = 0;

    if (s->state == FAILED)
        return refuse_again(s, err);
    while (!rc && evc_cursor_left(&c) > 0) {
        if (s->state == STRING) {
            rc = read_string(s, &c, err);
        } else {
            rc = read_byte(s, evc_cursor_u8(&c), err);
            s->at++;
        }
    }
    if (rc) {
        evc_jstream_reset(s);
        s->code = rc;
    }
    return rc;
}

int
evc_jstream_end(evc_jstream *s, evc_error **err)
{
    int rc = 0;

    if (s->state == FAILED)
        return refuse_again(s, err);
    if (s->state != END)
        rc = refuse(s, "it ends too early", err);
    evc_jstream_reset(s);
    return rc;
}
