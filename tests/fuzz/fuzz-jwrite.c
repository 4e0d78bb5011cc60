/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON writer against a model: the input is a list of calls, made both on the
 * writer and on a tree of jansson. Calls in a legal order give text that jansson reads
 * as that tree; all others give an error.
 *
 * A call is one byte, modulo 10. Names and texts follow as one byte of size, then the
 * bytes; integers as eight bytes.
 */
#include <jansson.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "codec/jwrite.h"
#include "fuzz.h"

typedef struct model {
    json_t *root;
    json_t *open[EVC_JWRITE_MAX_DEPTH];
    size_t depth;
    char *name; /* the one that waits for its value */
    bool wrong;
} model;

static bool
model_takes(const model *m, const json_t *value)
{
    const json_t *parent = m->depth > 0 ? m->open[m->depth - 1] : NULL;

    if (m->wrong || !value)
        return false;
    if (!parent)
        return !m->root && (json_is_object(value) || json_is_array(value));
    return json_is_array(parent) || m->name;
}

/* Puts value where the next one belongs. Takes the reference over; NULL is a mistake.
 */
static void
model_add(model *m, json_t *value)
{
    json_t *parent = m->depth > 0 ? m->open[m->depth - 1] : NULL;

    if (!model_takes(m, value)) {
        m->wrong = true;
    } else if (!parent) {
        m->root = json_incref(value);
    } else if (json_is_array(parent)) {
        FUZZ_DEMAND(!json_array_append(parent, value));
    } else {
        FUZZ_DEMAND(!json_object_set(parent, m->name, value));
        evc_mem_free(m->name);
        m->name = NULL;
    }
    json_decref(value);
}

static void
model_open(model *m, json_t *value)
{
    json_incref(value);
    if (m->depth == EVC_JWRITE_MAX_DEPTH)
        m->wrong = true;
    model_add(m, value);
    if (!m->wrong)
        m->open[m->depth++] = value; /* its parent holds it */
    json_decref(value);
}

static void
model_end(model *m)
{
    if (m->depth == 0 || m->name)
        m->wrong = true;
    if (!m->wrong)
        m->depth--;
}

static void
model_name(model *m, const char *name)
{
    json_t *judge = json_string(name);

    if (m->depth == 0 || !json_is_object(m->open[m->depth - 1]) || m->name || !judge)
        m->wrong = true;
    if (!m->wrong)
        m->name = evc_mem_strdup(name);
    json_decref(judge);
}

static json_t *
string_of(evc_view text)
{
    return json_stringn(text.size ? (const char *)text.data : "", text.size);
}

static void
model_bytes(model *m, evc_view bytes, void (*encode)(evc_buf *out, evc_view bytes))
{
    evc_buf text;

    evc_buf_init(&text);
    encode(&text, bytes);
    model_add(m, string_of(evc_buf_view(&text)));
    evc_buf_reset(&text);
}

static void
call_with_text(uint8_t call, evc_cursor *c, evc_jwrite *w, model *m)
{
    evc_view view = evc_cursor_bytes(c, evc_cursor_u8(c));
    char text[256] = "";

    if (view.size > 0)
        memcpy(text, view.data, view.size);
    switch (call) {
    case 3:
        evc_jwrite_name(w, text);
        model_name(m, text);
        break;
    case 4:
        evc_jwrite_text(w, text);
        model_add(m, json_string(text));
        break;
    case 5:
        evc_jwrite_view(w, view);
        model_add(m, string_of(view));
        break;
    case 6:
        evc_jwrite_hex(w, view);
        model_bytes(m, view, evc_encode_hex);
        break;
    default:
        evc_jwrite_base64(w, view);
        model_bytes(m, view, evc_encode_base64);
    }
}

static void
call_next(evc_cursor *c, evc_jwrite *w, model *m)
{
    uint8_t call = evc_cursor_u8(c) % 10;
    int64_t number;

    switch (call) {
    case 0:
        evc_jwrite_object(w);
        model_open(m, json_object());
        break;
    case 1:
        evc_jwrite_array(w);
        model_open(m, json_array());
        break;
    case 2:
        evc_jwrite_end(w);
        model_end(m);
        break;
    case 8:
        number = (int64_t)evc_cursor_u64(c);
        evc_jwrite_integer(w, number);
        model_add(m, json_integer(number));
        break;
    case 9:
        evc_jwrite_bool(w, true);
        model_add(m, json_true());
        break;
    default:
        call_with_text(call, c, w, m);
    }
}

static void
run(evc_view calls, bool pretty)
{
    evc_cursor c = evc_cursor_of_view(calls);
    model m = {0};
    evc_buf text;
    evc_jwrite w;
    int rc;

    evc_buf_init(&text);
    evc_jwrite_begin(&w, &text, pretty);
    while (evc_cursor_left(&c) > 0 && !c.failed)
        call_next(&c, &w, &m);
    rc = evc_jwrite_finish(&w, NULL);
    FUZZ_DEMAND((rc == 0) == (!m.wrong && m.root && m.depth == 0));
    if (!rc) {
        json_t *back =
            json_loadb((const char *)text.data, text.size, JSON_ALLOW_NUL, NULL);
        FUZZ_DEMAND(back && json_equal(back, m.root));
        json_decref(back);
    }
    json_decref(m.root);
    evc_mem_free(m.name);
    evc_buf_reset(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    run(evc_view_of(data, size), false);
    run(evc_view_of(data, size), true);
    return 0;
}
