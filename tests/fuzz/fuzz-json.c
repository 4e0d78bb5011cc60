/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON reader: accepts what jansson accepts, short of deep nesting, and any getter
 * may be called on any value.
 */
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "base/err.h"
#include "codec/json.h"
#include "fuzz.h"

/* Levels of objects and arrays; a scalar has none. */
static size_t
depth_of(json_t *value)
{
    size_t deepest = 0;
    size_t index;
    const char *name;
    json_t *inner;

    json_array_foreach(value, index, inner)
    {
        size_t depth = depth_of(inner);
        deepest = depth > deepest ? depth : deepest;
    }
    json_object_foreach(value, name, inner)
    {
        size_t depth = depth_of(inner);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + (json_is_array(value) || json_is_object(value) ? 1 : 0);
}

/* At most one getter fits, besides the optional ones, and gives a value in its limits.
 */
static void
call_getters(const evc_json *of, const char *name)
{
    const evc_json *value = NULL;
    const char *text = NULL;
    uint8_t bytes[64];
    size_t size = 0;
    int64_t number = 0;
    bool flag = false;
    int fits = 0;

    fits += !evc_json_object(of, name, &value, NULL);
    fits += !evc_json_array(of, name, &value, NULL);
    fits += !evc_json_text(of, name, &text, NULL);
    fits += !evc_json_integer(of, name, -1000, 1000, &number, NULL);
    FUZZ_DEMAND(fits <= 1 && number >= -1000 && number <= 1000);
    if (!evc_json_base64(of, name, bytes, sizeof bytes, &size, NULL))
        FUZZ_DEMAND(text && size <= sizeof bytes);
    if (!evc_json_hex(of, name, bytes, 4, NULL))
        FUZZ_DEMAND(text && strlen(text) == 8);
    (void)!evc_json_text_opt(of, name, &text, NULL);
    (void)!evc_json_integer_opt(of, name, INT64_MIN, INT64_MAX, &number, NULL);
    (void)!evc_json_bool_opt(of, name, &flag, NULL);
}

static void
walk(const evc_json *value)
{
    static const char *const known[] = {"a", "Plaintext", NULL};
    size_t names = 0;

    for (size_t i = 0; evc_json_at(value, i); i++)
        walk(evc_json_at(value, i));
    for (const char *name = evc_json_next_name(value, NULL); name;
         name = evc_json_next_name(value, name)) {
        const evc_json *inner;

        names++;
        call_getters(value, name);
        if (!evc_json_object(value, name, &inner, NULL))
            walk(inner);
        if (!evc_json_array(value, name, &inner, NULL))
            walk(inner);
    }
    FUZZ_DEMAND(names == 0 || names == evc_json_count(value));
    call_getters(value, "no such member");
    (void)!evc_json_only(value, known, NULL);
    (void)evc_json_as_text(value);
}

/* An error shows no part of the text: whatever the input, the message is one of few. */
static void
check_message(const evc_error *err)
{
    const char *message = envcrypt_error_message(err);

    FUZZ_DEMAND(strncmp(message, "cannot read input: ", 19) == 0 &&
                strlen(message) < 96);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    evc_json_doc *doc = NULL;
    evc_error *err = NULL;
    int rc = evc_json_parse(evc_view_of(data, size), "input", &doc, &err);
    json_error_t error;
    json_t *judge = json_loadb(size ? (const char *)data : "", size,
                               JSON_REJECT_DUPLICATES, &error);

    if (!rc) {
        FUZZ_DEMAND(judge && depth_of(judge) <= EVC_JSON_MAX_DEPTH);
        FUZZ_DEMAND(
            evc_json_count(evc_json_root(doc)) ==
            (json_is_array(judge) ? json_array_size(judge) : json_object_size(judge)));
        walk(evc_json_root(doc));
    } else {
        FUZZ_DEMAND(rc == ENVCRYPT_E_JSON && !doc);
        FUZZ_DEMAND(!judge || depth_of(judge) > EVC_JSON_MAX_DEPTH ||
                    memchr(data, '\0', size));
        check_message(err);
    }
    evc_json_free(doc);
    envcrypt_error_free(err);
    json_decref(judge);
    return 0;
}
