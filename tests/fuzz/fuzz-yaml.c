/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The YAML reader: whatever the input, limits hold, nodes may be asked anything, and what is
 * JSON to jansson and to YAML says the same to both.
 */
#include <jansson.h>
#include <string.h>

#include "codec/yaml.h"
#include "codec/yaml_scalar.h"
#include "fuzz.h"

static size_t nodes;

static void
call_getters(const evc_yaml *map, const char *name)
{
    const char *text = NULL;
    const evc_yaml *list = NULL;
    const evc_yaml *inner = NULL;
    int64_t number = 0;
    bool truth = false;
    int fits = 0;

    FUZZ_DEMAND(evc_yaml_get(map, name));
    if (evc_yaml_kind_of(evc_yaml_get(map, name)) == EVC_YAML_NULL)
        return;
    fits += !evc_yaml_text_opt(map, name, &text, NULL);
    fits += !evc_yaml_bool_opt(map, name, &truth, NULL);
    fits += !evc_yaml_integer_opt(map, name, -1000, 1000, &number, NULL);
    fits += !evc_yaml_list_opt(map, name, &list, NULL);
    fits += !evc_yaml_map_opt(map, name, &inner, NULL);
    FUZZ_DEMAND(fits <= 1 && number >= -1000 && number <= 1000);
}

static void
walk(const evc_yaml *node, size_t depth)
{
    evc_yaml_kind kind = evc_yaml_kind_of(node);
    size_t size;

    FUZZ_DEMAND(node && depth <= EVC_YAML_MAX_DEPTH && nodes++ <= EVC_YAML_MAX_NODES);
    FUZZ_DEMAND(evc_yaml_line(node) > 0);
    FUZZ_DEMAND((evc_yaml_text(node, &size) != NULL) == (kind == EVC_YAML_TEXT));
    for (size_t i = 0; i < evc_yaml_count(node); i++) {
        if (kind == EVC_YAML_MAP)
            call_getters(node, evc_yaml_name_at(node, i));
        walk(evc_yaml_at(node, i), depth + 1);
    }
}

static bool
same_scalar(const evc_yaml *node, json_t *value)
{
    size_t size = 0;
    const char *text = evc_yaml_text(node, &size);
    evc_yaml_scalar scalar = text && evc_yaml_is_plain(node)
                                 ? evc_yaml_scalar_of(evc_view_of(text, size))
                                 : EVC_YAML_SCALAR_TEXT;

    if (json_is_null(value))
        return evc_yaml_kind_of(node) == EVC_YAML_NULL;
    if (json_is_boolean(value))
        return scalar ==
               (json_is_true(value) ? EVC_YAML_SCALAR_TRUE : EVC_YAML_SCALAR_FALSE);
    if (json_is_number(value))
        return scalar == EVC_YAML_SCALAR_NUMBER;
    return text && !evc_yaml_is_plain(node) &&
           evc_view_equal(
               evc_view_of(text, size),
               evc_view_of(json_string_value(value), json_string_length(value)));
}

static bool
same(const evc_yaml *node, json_t *value)
{
    bool list = json_is_array(value);

    if (!list && !json_is_object(value))
        return same_scalar(node, value);
    if (evc_yaml_kind_of(node) != (list ? EVC_YAML_LIST : EVC_YAML_MAP))
        return false;
    if (evc_yaml_count(node) !=
        (list ? json_array_size(value) : json_object_size(value)))
        return false;
    for (size_t i = 0; i < evc_yaml_count(node); i++) {
        json_t *inner = list ? json_array_get(value, i)
                             : json_object_get(value, evc_yaml_name_at(node, i));

        if (!inner || !same(evc_yaml_at(node, i), inner))
            return false;
    }
    return true;
}

/* In JSON's strings a line may not break, in YAML's it may; so there is nothing to compare
 * where jansson refuses. And YAML folds NEL and its kin, which in JSON are characters. */
static void
check_json(const evc_yaml_doc *doc, const uint8_t *data, size_t size)
{
    json_t *judge = json_loadb(size > 0 ? (const char *)data : "", size,
                               JSON_REJECT_DUPLICATES, NULL);

    if (judge && !memchr(data, 0xc2, size) && !memchr(data, 0xe2, size))
        FUZZ_DEMAND(evc_yaml_documents(doc) == 1 && same(evc_yaml_root(doc, 0), judge));
    json_decref(judge);
}

static void
check_message(const evc_error *err)
{
    const char *message = envcrypt_error_message(err);

    FUZZ_DEMAND(strncmp(message, "cannot read input: ", 19) == 0 &&
                strlen(message) < 160);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    evc_yaml_doc *doc = NULL;
    evc_error *err = NULL;
    int rc = evc_yaml_parse(evc_view_of(data, size), "input", &doc, &err);

    nodes = 0;
    if (!rc) {
        for (size_t i = 0; i < evc_yaml_documents(doc); i++)
            walk(evc_yaml_root(doc, i), 0);
        check_json(doc, data, size);
    } else {
        FUZZ_DEMAND(rc == ENVCRYPT_E_YAML && !doc);
        check_message(err);
    }
    evc_yaml_free(doc);
    envcrypt_error_free(err);
    return 0;
}
