/* SPDX-License-Identifier: Apache-2.0 */
/* The nodes of YAML documents, as the reader of codec/yaml.c builds them. */
#ifndef EVC_CODEC_YAML_NODE_H
#define EVC_CODEC_YAML_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"
#include "codec/yaml_kind.h"

typedef struct evc_yaml_child {
    const evc_yaml *name; /* NULL in a list */
    const evc_yaml *value;
} evc_yaml_child;

struct evc_yaml {
    evc_yaml_kind kind;
    bool plain;
    bool open; /* its end has not come */
    uint32_t line;
    uint32_t height; /* levels of lists and maps from here on */
    uint32_t weight; /* nodes from here on, aliases as what they stand for */
    char *text;      /* of a scalar, with a NUL behind it */
    size_t size;
    evc_yaml_child *children;
    size_t count;
    size_t capacity;
    evc_yaml *made_before; /* in the same doc: who is freed next */
};

struct evc_yaml_doc {
    evc_yaml *made_last;
    const evc_yaml **roots;
    size_t count;
    size_t capacity;
};

/* The array has count elements of size bytes; makes room for one more. NOMEM. */
int evc_yaml_make_room(void **array, size_t count, size_t *capacity, size_t size,
                       evc_error **err) EVC_MUST_CHECK;
/* Belongs to doc from now on. NOMEM. */
int evc_yaml_node_new(evc_yaml_doc *doc, evc_yaml_kind kind, size_t line,
                      evc_yaml **out, evc_error **err) EVC_MUST_CHECK;
int evc_yaml_node_set_text(evc_yaml *node, evc_view text,
                           evc_error **err) EVC_MUST_CHECK;
/* name NULL: to is a list. NOMEM. */
int evc_yaml_node_add(evc_yaml *to, const evc_yaml *name, const evc_yaml *value,
                      evc_error **err) EVC_MUST_CHECK;
/* Of a list or map that has all its children: its height and weight. */
void evc_yaml_node_weigh(evc_yaml *node);
/* *out is the line of a name that stands earlier in the map too, or 0. NOMEM. */
int evc_yaml_node_find_twin(const evc_yaml *map, size_t *out,
                            evc_error **err) EVC_MUST_CHECK;
/* A root that is null is none. NOMEM. */
int evc_yaml_doc_add_root(evc_yaml_doc *doc, const evc_yaml *node,
                          evc_error **err) EVC_MUST_CHECK;
void evc_yaml_doc_free(evc_yaml_doc *doc); /* wipes; NULL is fine */

#endif
