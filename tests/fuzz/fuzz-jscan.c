/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scanner against jansson, which is the judge of what the input says. The input is
 * the text, the member is "Plaintext".
 */
#include <jansson.h>
#include <string.h>

#include "base/arena.h"
#include "base/encode.h"
#include "base/mem.h"
#include "codec/jscan.h"
#include "codec/json.h"
#include "fuzz.h"

#define MEMBER "Plaintext"
#define MAX_SECRET 64u

typedef int take_function(char *text, size_t size, const char *name, evc_arena *arena,
                          size_t max, evc_secret *out, evc_error **err);

static json_t *
load(const uint8_t *text, size_t size)
{
    return json_loadb(size ? (const char *)text : "", size, JSON_REJECT_DUPLICATES,
                      NULL);
}

/* Whether value has no real and nests at most `levels` deep. */
static bool
is_plain(json_t *value, size_t levels)
{
    bool nests = json_is_array(value) || json_is_object(value);
    size_t index;
    const char *name;
    json_t *inner;

    if (json_is_real(value) || (nests && levels == 0))
        return false;
    json_array_foreach(value, index, inner)
    {
        if (!is_plain(inner, levels - 1))
            return false;
    }
    json_object_foreach(value, name, inner)
    {
        if (!is_plain(inner, levels - 1))
            return false;
    }
    return true;
}

/* The secret as jansson reads it; false when there is none of the right form and size.
 */
static bool
expected_secret(const json_t *root, bool base64, uint8_t *bytes, size_t *size)
{
    const json_t *value = json_object_get(root, MEMBER);
    evc_view text = evc_view_of(json_string_value(value), json_string_length(value));

    if (!json_is_string(value))
        return false;
    *size = text.size;
    if (base64)
        return !evc_decode_base64(text, bytes, MAX_SECRET, size, NULL) && *size > 0;
    if (text.size < 1 || text.size > MAX_SECRET)
        return false;
    memcpy(bytes, text.data, text.size);
    return true;
}

/* Texts without any of the things that only jansson accepts. */
static bool
must_be_taken(json_t *root, const uint8_t *data, size_t size)
{
    size_t colons = 0;

    for (size_t i = 0; i < size; i++) {
        if (data[i] == '\\' || data[i] == '\0')
            return false;
        colons += data[i] == ':';
    }
    return colons <= EVC_JSCAN_MAX_NAMES && is_plain(root, EVC_JSON_MAX_DEPTH);
}

/* Only the content of one string changed, to a quote and spaces. */
static void
check_change(const uint8_t *before, const uint8_t *after, size_t size, size_t gone)
{
    size_t at = 0;

    while (at < size && before[at] == after[at])
        at++;
    FUZZ_DEMAND(gone > 0 && size - at > gone && after[at] == '"');
    for (size_t i = 1; i <= gone; i++)
        FUZZ_DEMAND(after[at + i] == ' ');
    for (size_t i = at + gone + 1; i < size; i++)
        FUZZ_DEMAND(before[i] == after[i]);
}

/* What is left is, to jansson and to our reader, the same with "" as the member. */
static void
check_rest(json_t *root, const uint8_t *rest, size_t size)
{
    json_t *left = load(rest, size);
    evc_json_doc *doc;
    const char *value;

    FUZZ_DEMAND(!json_object_set_new(root, MEMBER, json_string("")));
    FUZZ_DEMAND(left && json_equal(left, root));
    FUZZ_DEMAND(!evc_json_parse(evc_view_of(rest, size), "rest", &doc, NULL));
    FUZZ_DEMAND(!evc_json_text(evc_json_root(doc), MEMBER, &value, NULL) && !*value);
    evc_json_free(doc);
    json_decref(left);
}

static void
run(const uint8_t *data, size_t size, take_function *take, bool base64,
    evc_arena *arena)
{
    char *text = evc_mem_dup(data, size);
    json_t *root = load(data, size);
    uint8_t bytes[MAX_SECRET];
    size_t expected = 0;
    bool due = expected_secret(root, base64, bytes, &expected);
    evc_secret secret;
    int rc;

    FUZZ_DEMAND(text);
    rc = take(text, size, MEMBER, arena, MAX_SECRET, &secret, NULL);
    if (!rc) {
        FUZZ_DEMAND(due && secret.size == expected);
        FUZZ_DEMAND(evc_mem_equal_secret(secret.bytes, bytes, expected));
        check_change(data, (uint8_t *)text, size,
                     json_string_length(json_object_get(root, MEMBER)));
        check_rest(root, (uint8_t *)text, size);
    } else {
        FUZZ_DEMAND(rc == ENVCRYPT_E_JSON && !secret.bytes);
        FUZZ_DEMAND(evc_mem_is_zero(text, size));
        FUZZ_DEMAND(!due || !must_be_taken(root, data, size));
    }
    evc_secret_free(&secret);
    json_decref(root);
    evc_mem_free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static evc_arena *arena;

    if (!arena)
        FUZZ_DEMAND(!evc_arena_open(EVC_ARENA_CHUNK, false, &arena, NULL));
    run(data, size, evc_jscan_take_base64, true, arena);
    run(data, size, evc_jscan_take_text, false, arena);
    return 0;
}
