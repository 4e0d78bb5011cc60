/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json.h"

#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>

#include "base/encode.h"
#include "base/mem.h"

/* From here on two whole numbers share a real. */
#define FIRST_SHARED_REAL 9007199254740992.0
#define LAST_SECOND 253402300799.0 /* of the year 9999 */

struct evc_json_doc {
    json_t *root;
};

/* evc_json is json_t under a name that keeps jansson out of the header. */
static const json_t *
native(const evc_json *value)
{
    return (const json_t *)value;
}

static const evc_json *
borrowed(const json_t *value)
{
    return (const evc_json *)value;
}

/*
 * jansson would seed its hash at the first object, without a lock around the look at
 * the seed. A seed that the application set stays.
 */
static void
seed_hash(void)
{
    json_object_seed(0);
}

/*
 * What jansson must not see. It and our callers' walks recurse or nest, so depth is
 * bounded before either begins; up to the place where jansson finds an error, this sees
 * the same strings and brackets. And jansson skips a NUL that follows a number.
 */
static const char *
reason_before(evc_view text)
{
    evc_cursor c = evc_cursor_of_view(text);
    size_t depth = 0;
    bool in_string = false;

    while (evc_cursor_left(&c) > 0) {
        uint8_t byte = evc_cursor_u8(&c);
        if (byte == '\0')
            return "it holds a NUL";
        if (byte == '"')
            in_string = !in_string;
        else if (in_string && byte == '\\')
            (void)evc_cursor_u8(&c);
        else if (!in_string && (byte == '{' || byte == '['))
            depth++;
        else if (!in_string && (byte == '}' || byte == ']') && depth > 0)
            depth--;
        if (depth > EVC_JSON_MAX_DEPTH)
            return "it nests too deep";
    }
    return NULL;
}

/* jansson's own text is not used: it quotes the text that it could not read. */
static const char *
reason(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_duplicate_key:
        return "a member name appears twice";
    case json_error_premature_end_of_input:
        return "it ends too early";
    case json_error_end_of_input_expected:
        return "something follows the end";
    case json_error_invalid_utf8:
        return "it is not valid UTF-8";
    case json_error_numeric_overflow:
        return "a number is too large";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "a string holds a NUL";
    default:
        return "it is not valid JSON";
    }
}

static int
load(evc_view text, const char *what, json_t **out, evc_error **err)
{
    json_error_t error;
    const char *data = text.size > 0 ? (const char *)text.data : "";

    *out = json_loadb(data, text.size, JSON_REJECT_DUPLICATES, &error);
    if (*out)
        return 0;
    /*
     * Every refusal has a place, so none means that an allocation failed. One that
     * fails in the lexer has a place too, and cannot be told from bad syntax.
     */
    if (error.line < 0 || json_error_code(&error) == json_error_out_of_memory)
        return evc_err_nomem(err);
    return evc_err(err, ENVCRYPT_E_JSON, "cannot read %s: %s at line %d, column %d",
                   what, reason(&error), error.line, error.column);
}

int
evc_json_parse(evc_view text, const char *what, evc_json_doc **out, evc_error **err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const char *before = reason_before(text);
    evc_json_doc *doc;
    int rc;

    *out = NULL;
    if (before)
        return evc_err(err, ENVCRYPT_E_JSON, "cannot read %s: %s", what, before);
    (void)pthread_once(&once, seed_hash);
    doc = evc_mem_new(sizeof *doc);
    if (!doc)
        return evc_err_nomem(err);
    rc = load(text, what, &doc->root, err);
    if (rc) {
        evc_mem_free(doc);
        return rc;
    }
    *out = doc;
    return 0;
}

void
evc_json_free(evc_json_doc *doc)
{
    if (!doc)
        return;
    json_decref(doc->root);
    evc_mem_free(doc);
}

const evc_json *
evc_json_root(const evc_json_doc *doc)
{
    return borrowed(doc->root);
}

/* NULL when of is no object or has no such member. */
static const json_t *
member(const evc_json *of, const char *name)
{
    return json_object_get(native(of), name);
}

static bool
is_absent(const json_t *value)
{
    return !value || json_is_null(value);
}

static int
wrong(const json_t *value, const char *name, const char *wanted, evc_error **err)
{
    if (is_absent(value))
        return evc_err(err, ENVCRYPT_E_JSON, "member \"%s\" is missing; it must be %s",
                       name, wanted);
    return evc_err(err, ENVCRYPT_E_JSON, "member \"%s\" is not %s", name, wanted);
}

int
evc_json_object(const evc_json *of, const char *name, const evc_json **out,
                evc_error **err)
{
    const json_t *value = member(of, name);

    if (!json_is_object(value))
        return wrong(value, name, "an object", err);
    *out = borrowed(value);
    return 0;
}

int
evc_json_array(const evc_json *of, const char *name, const evc_json **out,
               evc_error **err)
{
    const json_t *value = member(of, name);

    if (!json_is_array(value))
        return wrong(value, name, "an array", err);
    *out = borrowed(value);
    return 0;
}

int
evc_json_text(const evc_json *of, const char *name, const char **out, evc_error **err)
{
    const json_t *value = member(of, name);

    if (!json_is_string(value))
        return wrong(value, name, "a string", err);
    *out = json_string_value(value);
    return 0;
}

int
evc_json_text_opt(const evc_json *of, const char *name, const char **out,
                  evc_error **err)
{
    return is_absent(member(of, name)) ? 0 : evc_json_text(of, name, out, err);
}

/* A whole number from an integer or a real; false when the value is neither. */
static bool
as_integer(const json_t *value, int64_t *out)
{
    double real;

    if (json_is_integer(value)) {
        *out = json_integer_value(value);
        return true;
    }
    if (!json_is_real(value))
        return false;
    real = json_real_value(value);
    if (!(real > -FIRST_SHARED_REAL && real < FIRST_SHARED_REAL))
        return false;
    if (real != (double)(int64_t)real)
        return false;
    *out = (int64_t)real;
    return true;
}

int
evc_json_integer(const evc_json *of, const char *name, int64_t min, int64_t max,
                 int64_t *out, evc_error **err)
{
    const json_t *value = member(of, name);
    int64_t number;

    if (!as_integer(value, &number))
        return wrong(value, name, "a whole number", err);
    if (number < min || number > max)
        return evc_err(err, ENVCRYPT_E_JSON,
                       "member \"%s\" is not between %" PRId64 " and %" PRId64, name,
                       min, max);
    *out = number;
    return 0;
}

int
evc_json_integer_opt(const evc_json *of, const char *name, int64_t min, int64_t max,
                     int64_t *out, evc_error **err)
{
    return is_absent(member(of, name)) ? 0
                                       : evc_json_integer(of, name, min, max, out, err);
}

int
evc_json_seconds_opt(const evc_json *of, const char *name, int64_t *ms, evc_error **err)
{
    const json_t *value = member(of, name);
    double seconds = json_number_value(value);

    if (is_absent(value))
        return 0;
    if (!json_is_number(value) || !(seconds >= 0 && seconds <= LAST_SECOND))
        return wrong(value, name, "a time in seconds since 1970", err);
    *ms = (int64_t)(seconds * 1000 + 0.5);
    return 0;
}

int
evc_json_bool_opt(const evc_json *of, const char *name, bool *out, evc_error **err)
{
    const json_t *value = member(of, name);

    if (is_absent(value))
        return 0;
    if (!json_is_boolean(value))
        return wrong(value, name, "true or false", err);
    *out = json_is_true(value);
    return 0;
}

static evc_view
string_view(const json_t *value)
{
    return evc_view_of(json_string_value(value), json_string_length(value));
}

int
evc_json_hex(const evc_json *of, const char *name, void *out, size_t size,
             evc_error **err)
{
    const json_t *value = member(of, name);

    if (!json_is_string(value))
        return wrong(value, name, "a string", err);
    if (evc_decode_hex(string_view(value), out, size, err))
        return evc_err_wrap(err, ENVCRYPT_E_JSON,
                            "member \"%s\" is not the hex of %zu bytes", name, size);
    return 0;
}

int
evc_json_base64(const evc_json *of, const char *name, void *out, size_t capacity,
                size_t *size, evc_error **err)
{
    const json_t *value = member(of, name);
    size_t decoded;

    if (!json_is_string(value))
        return wrong(value, name, "a string", err);
    if (evc_decode_base64(string_view(value), out, capacity, &decoded, err))
        return evc_err_wrap(err, ENVCRYPT_E_JSON,
                            "member \"%s\" is not the base64 of at most %zu bytes",
                            name, capacity);
    *size = decoded;
    return 0;
}

size_t
evc_json_count(const evc_json *array_or_object)
{
    const json_t *value = native(array_or_object);

    return json_is_object(value) ? json_object_size(value) : json_array_size(value);
}

const evc_json *
evc_json_at(const evc_json *array, size_t index)
{
    return borrowed(json_array_get(native(array), index));
}

const char *
evc_json_as_text(const evc_json *value)
{
    return json_string_value(native(value));
}

/* jansson's iterators demand an object that may be written, but only read it. */
static json_t *
iterable(const evc_json *object)
{
    union {
        const evc_json *given;
        json_t *wanted;
    } same = {.given = object};

    return same.wanted;
}

const char *
evc_json_next_name(const evc_json *object, const char *after)
{
    json_t *of = iterable(object);
    void *at;

    if (after)
        at = json_object_iter_next(of, json_object_key_to_iter(after));
    else
        at = json_object_iter(of);
    return json_object_iter_key(at);
}

static bool
is_listed(const char *name, const char *const *names)
{
    for (; *names; names++) {
        if (evc_view_is_text(evc_view_text(name), *names))
            return true;
    }
    return false;
}

int
evc_json_only(const evc_json *object, const char *const *names, evc_error **err)
{
    const char *name = evc_json_next_name(object, NULL);
    char shown[EVC_SHOWN];

    while (name && is_listed(name, names))
        name = evc_json_next_name(object, name);
    if (!name)
        return 0;
    evc_encode_shown(evc_view_text(name), shown);
    return evc_err(err, ENVCRYPT_E_JSON,
                   "member \"%s\" is not one of those that belong here", shown);
}
