/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/yaml_node.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

int
evc_yaml_make_room(void **array, size_t count, size_t *capacity, size_t size,
                   evc_error **err)
{
    size_t wanted = *capacity > 0 ? *capacity * 2 : 4;
    void *grown;

    if (count < *capacity)
        return 0;
    grown = evc_mem_grow(*array, *capacity, wanted, size);
    if (!grown)
        return evc_err_nomem(err);
    *array = grown;
    *capacity = wanted;
    return 0;
}

int
evc_yaml_node_new(evc_yaml_doc *doc, evc_yaml_kind kind, size_t line, evc_yaml **out,
                  evc_error **err)
{
    evc_yaml *node = evc_mem_new(sizeof *node);

    if (!node)
        return evc_err_nomem(err);
    *node = (evc_yaml){.kind = kind,
                       .line = (uint32_t)line,
                       .weight = 1,
                       .made_before = doc->made_last};
    doc->made_last = node;
    *out = node;
    return 0;
}

int
evc_yaml_node_set_text(evc_yaml *node, evc_view text, evc_error **err)
{
    node->text = evc_mem_text(text.data, text.size);
    if (!node->text)
        return evc_err_nomem(err);
    node->size = text.size;
    return 0;
}

int
evc_yaml_node_add(evc_yaml *to, const evc_yaml *name, const evc_yaml *value,
                  evc_error **err)
{
    void *children = to->children;
    int rc = evc_yaml_make_room(&children, to->count, &to->capacity,
                                sizeof *to->children, err);

    to->children = children;
    if (!rc)
        to->children[to->count++] = (evc_yaml_child){name, value};
    return rc;
}

void
evc_yaml_node_weigh(evc_yaml *node)
{
    uint32_t highest = 0;

    for (size_t i = 0; i < node->count; i++) {
        const evc_yaml_child *one = &node->children[i];

        node->weight += one->value->weight + (one->name ? 1 : 0);
        if (one->value->height > highest)
            highest = one->value->height;
    }
    node->height = highest + 1;
}

static int
compare_names(const void *a, const void *b)
{
    const evc_yaml_child *left = a;
    const evc_yaml_child *right = b;

    return strcmp(left->name->text, right->name->text);
}

/* Over a sorted copy: a map may have a hundred thousand members. */
int
evc_yaml_node_find_twin(const evc_yaml *map, size_t *out, evc_error **err)
{
    evc_yaml_child *sorted;

    *out = 0;
    if (map->count < 2)
        return 0;
    sorted = evc_mem_dup(map->children, map->count * sizeof *sorted);
    if (!sorted)
        return evc_err_nomem(err);
    qsort(sorted, map->count, sizeof *sorted, compare_names);
    for (size_t i = 1; i < map->count && *out == 0; i++) {
        const evc_yaml *one = sorted[i - 1].name;
        const evc_yaml *other = sorted[i].name;

        if (strcmp(one->text, other->text) == 0)
            *out = one->line > other->line ? one->line : other->line;
    }
    evc_mem_free(sorted);
    return 0;
}

int
evc_yaml_doc_add_root(evc_yaml_doc *doc, const evc_yaml *node, evc_error **err)
{
    void *roots = doc->roots;
    int rc;

    if (node->kind == EVC_YAML_NULL)
        return 0;
    rc = evc_yaml_make_room(&roots, doc->count, &doc->capacity, sizeof(*doc->roots),
                            err);
    doc->roots = roots;
    if (!rc)
        doc->roots[doc->count++] = node;
    return rc;
}

void
evc_yaml_doc_free(evc_yaml_doc *doc)
{
    evc_yaml *node = doc ? doc->made_last : NULL;

    while (node) {
        evc_yaml *before = node->made_before;

        evc_mem_free_wiped(node->text, node->size);
        evc_mem_free(node->children);
        evc_mem_free(node);
        node = before;
    }
    if (doc)
        evc_mem_free(doc->roots);
    evc_mem_free(doc);
}
