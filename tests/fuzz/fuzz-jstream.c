/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of JSON in parts against jansson. The first byte says where the parts end, the
 * rest is the text. What the pieces say is written as JSON again, which to jansson must be
 * the same.
 */
#include <jansson.h>

#include "base/buf.h"
#include "codec/json.h"
#include "codec/jstream.h"
#include "fuzz.h"

typedef struct told {
    evc_buf text;
    bool in_string;
    bool after_value;
    bool cut;
    uint32_t depth;
} told;

static void
put_escaped(evc_buf *out, evc_view text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < 0x20 || text.data[i] == '"' || text.data[i] == '\\')
            evc_buf_put_format(out, "\\u%04x", text.data[i]);
        else
            evc_buf_put_u8(out, text.data[i]);
    }
}

static void
put_comma(told *t)
{
    if (t->after_value)
        evc_buf_put_u8(&t->text, ',');
    t->after_value = false;
}

static void
take_string(told *t, const evc_jpiece *piece)
{
    if (!t->in_string) {
        put_comma(t);
        evc_buf_put_u8(&t->text, '"');
    }
    put_escaped(&t->text, piece->text);
    t->in_string = !piece->last;
    if (piece->last)
        evc_buf_put_u8(&t->text, '"');
    t->after_value = piece->last;
}

static void
take_name(told *t, const evc_jpiece *piece)
{
    FUZZ_DEMAND(piece->text.size <= EVC_JSTREAM_MAX_NAME);
    t->cut |= piece->cut;
    put_comma(t);
    evc_buf_put_u8(&t->text, '"');
    put_escaped(&t->text, piece->text);
    evc_buf_put_text(&t->text, "\":");
}

static int
take(void *user, const evc_jpiece *piece, evc_error **err)
{
    static const char brackets[] = "{}[]";
    told *t = user;
    bool opens = piece->event == EVC_JEVENT_OBJECT || piece->event == EVC_JEVENT_ARRAY;
    bool closes =
        piece->event == EVC_JEVENT_OBJECT_END || piece->event == EVC_JEVENT_ARRAY_END;

    (void)err;
    t->depth -= closes;
    FUZZ_DEMAND(piece->depth == t->depth && t->depth < EVC_JSTREAM_MAX_DEPTH + 1);
    FUZZ_DEMAND(!t->in_string || piece->event == EVC_JEVENT_TEXT);
    if (piece->event == EVC_JEVENT_TEXT) {
        take_string(t, piece);
    } else if (piece->event == EVC_JEVENT_NAME) {
        take_name(t, piece);
    } else {
        if (!closes)
            put_comma(t);
        if (opens || closes)
            evc_buf_put_u8(&t->text,
                           (uint8_t)brackets[piece->event - EVC_JEVENT_OBJECT]);
        evc_buf_put_view(&t->text, piece->text);
        t->after_value = !opens;
    }
    t->depth += opens;
    return 0;
}

static int
read_parts(evc_view text, size_t part, told *t)
{
    evc_cursor c = evc_cursor_of_view(text);
    evc_jstream s;
    int rc = 0;

    *t = (told){.depth = 0};
    evc_jstream_begin(&s, take, t);
    while (!rc && evc_cursor_left(&c) > 0) {
        size_t left = evc_cursor_left(&c);

        rc =
            evc_jstream_feed(&s, evc_cursor_bytes(&c, left < part ? left : part), NULL);
    }
    if (rc)
        evc_jstream_reset(&s);
    else
        rc = evc_jstream_end(&s, NULL);
    FUZZ_DEMAND(!t->text.failed);
    return rc;
}

static bool
holds(evc_view text, const char *bytes)
{
    for (size_t i = 0; i < text.size; i++) {
        for (size_t j = 0; bytes[j]; j++) {
            if (text.data[i] == (uint8_t)bytes[j])
                return true;
        }
    }
    return false;
}

static void
check_refused(evc_view text)
{
    evc_json_doc *doc;

    /* A point or an exponent may make a real, of which we take fewer. */
    if (holds(text, ".eE"))
        return;
    FUZZ_DEMAND(evc_json_parse(text, "text", &doc, NULL));
}

static void
check_taken(evc_view text, const told *t)
{
    json_t *judge = json_loadb((const char *)text.data, text.size, 0, NULL);
    json_t *ours = json_loadb((const char *)t->text.data, t->text.size, 0, NULL);

    FUZZ_DEMAND(t->depth == 0 && !t->in_string);
    FUZZ_DEMAND(judge && (t->cut || (ours && json_equal(judge, ours))));
    json_decref(judge);
    json_decref(ours);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    evc_cursor c = evc_cursor_of(data, size);
    size_t part = (size_t)evc_cursor_u8(&c) + 1;
    evc_view text = evc_cursor_bytes(&c, evc_cursor_left(&c));
    told whole;
    told parts;
    int rc;

    rc = read_parts(text, SIZE_MAX, &whole);
    FUZZ_DEMAND(rc == read_parts(text, part, &parts));
    if (rc) {
        FUZZ_DEMAND(rc == ENVCRYPT_E_JSON);
        check_refused(text);
    } else {
        FUZZ_DEMAND(
            evc_view_equal(evc_buf_view(&whole.text), evc_buf_view(&parts.text)));
        check_taken(text, &whole);
    }
    evc_buf_reset(&whole.text);
    evc_buf_reset(&parts.text);
    return 0;
}
