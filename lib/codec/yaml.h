/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading YAML, over libyaml: kubeconfig, EncryptionConfiguration, ClusterConfig; JSON is
 * read too. What it gives is what Kubernetes' own reader makes of it: mappings with
 * text names, sequences, scalars. Refused are: a name twice in one mapping, names that are no
 * scalars, merge keys (<<), tags other than those of the core schema, an alias of a node
 * that is still open, nesting past EVC_YAML_MAX_DEPTH, more than EVC_YAML_MAX_NODES nodes,
 * invalid UTF-8, and texts past EVC_YAML_MAX_SIZE.
 *
 * The text may hold secrets. Scalars stand in memory that is wiped at the end, what libyaml
 * held is wiped as far as it can be reached, and no error quotes the text, only its line.
 */
#ifndef EVC_CODEC_YAML_H
#define EVC_CODEC_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"

#define EVC_YAML_MAX_SIZE ((size_t)4 * 1024 * 1024)
#define EVC_YAML_MAX_DEPTH 64u
#define EVC_YAML_MAX_NODES 200000u

typedef struct evc_yaml_doc evc_yaml_doc;
typedef struct evc_yaml evc_yaml; /* a node; borrowed from its doc */

typedef enum evc_yaml_kind {
    EVC_YAML_NULL, /* null, ~, or nothing, in plain style */
    EVC_YAML_TEXT, /* any other scalar: also numbers and words */
    EVC_YAML_LIST,
    EVC_YAML_MAP
} evc_yaml_kind;

/*
 * Reads all documents of a stream. what names the text in messages ("the kubeconfig
 * /path"). ENVCRYPT_E_YAML, NOMEM.
 */
int evc_yaml_parse(evc_view text, const char *what, evc_yaml_doc **out,
                   evc_error **err) EVC_MUST_CHECK;
void evc_yaml_free(evc_yaml_doc *doc);              /* wipes; NULL is fine */
size_t evc_yaml_documents(const evc_yaml_doc *doc); /* those with content */
const evc_yaml *evc_yaml_root(const evc_yaml_doc *doc,
                              size_t index); /* NULL past the end */

/* All of these take NULL: it is NULL, empty, 0. */
evc_yaml_kind evc_yaml_kind_of(const evc_yaml *node);
uint32_t evc_yaml_line(const evc_yaml *node); /* from 1 */
const evc_yaml *evc_yaml_get(const evc_yaml *map,
                             const char *name); /* NULL: not there */
size_t evc_yaml_count(const evc_yaml *node);    /* members or elements */
const evc_yaml *evc_yaml_at(const evc_yaml *node,
                            size_t index); /* value of a member too */
const char *evc_yaml_name_at(const evc_yaml *map, size_t index);
/* Its text with a NUL after it; NULL unless it is a scalar that is not null. */
const char *evc_yaml_text(const evc_yaml *node, size_t *size);
bool evc_yaml_is_plain(const evc_yaml *node); /* written without quotes */

/*
 * Typed members, with an error that names the member and the line: ENVCRYPT_E_YAML. An absent
 * or null member is 0 and leaves *out alone; text with a NUL inside is refused.
 */
int evc_yaml_text_opt(const evc_yaml *map, const char *name, const char **out,
                      evc_error **err) EVC_MUST_CHECK;
int evc_yaml_bool_opt(const evc_yaml *map, const char *name, bool *out,
                      evc_error **err) EVC_MUST_CHECK;
int evc_yaml_list_opt(const evc_yaml *map, const char *name, const evc_yaml **out,
                      evc_error **err) EVC_MUST_CHECK;
int evc_yaml_map_opt(const evc_yaml *map, const char *name, const evc_yaml **out,
                     evc_error **err) EVC_MUST_CHECK;

#endif
