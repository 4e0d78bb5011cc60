/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading YAML, over libyaml: kubeconfig, EncryptionConfiguration, ClusterConfig; JSON is
 * read too. What it gives is what Kubernetes' own reader (sigs.k8s.io/yaml, YAMLToJSONStrict)
 * makes of it: mappings with text names, sequences, scalars. Refused are, besides what is no
 * YAML: a name twice in one mapping, names that are no scalars or are null, or hold a NUL;
 * merge keys (<<), tags other than those of the core schema and those that contradict what
 * they stand at, an alias of a node that is still open, nesting past EVC_YAML_MAX_DEPTH, more
 * than EVC_YAML_MAX_NODES nodes (an alias counts as all that it stands for), more than
 * EVC_YAML_MAX_ANCHORS anchors in a document, invalid UTF-8, UTF-16, NULs, and texts past
 * EVC_YAML_MAX_SIZE. Names are given as they are written.
 *
 * The text may hold secrets. Scalars stand in memory that is wiped at the end, and no error
 * quotes the text, only its line. Of what libyaml held, its buffers and every scalar that it
 * gives out or has in its queue are wiped. What cannot be reached: libyaml lets a scalar grow
 * by realloc, by doubling from 16 bytes, so the beginning of a longer one may stay in freed
 * memory; and a scalar in whose middle it finds an error.
 */
#ifndef EVC_CODEC_YAML_H
#define EVC_CODEC_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"
#include "codec/yaml_kind.h"

#define EVC_YAML_MAX_SIZE ((size_t)4 * 1024 * 1024)
#define EVC_YAML_MAX_DEPTH 64u
#define EVC_YAML_MAX_NODES 200000u
#define EVC_YAML_MAX_ANCHORS 1000u

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
 * or null member is 0 and leaves *out alone. As to Kubernetes, plain numbers and truth values
 * (yes, no, on, off, y and n are some) are no texts and must be in quotes to be one, and what
 * is in quotes is nothing but a text. Text with a NUL inside is refused.
 */
int evc_yaml_text_opt(const evc_yaml *map, const char *name, const char **out,
                      evc_error **err) EVC_MUST_CHECK;
int evc_yaml_bool_opt(const evc_yaml *map, const char *name, bool *out,
                      evc_error **err) EVC_MUST_CHECK;
/* Decimal, without a point, between min and max. */
int evc_yaml_integer_opt(const evc_yaml *map, const char *name, int64_t min,
                         int64_t max, int64_t *out, evc_error **err) EVC_MUST_CHECK;
int evc_yaml_list_opt(const evc_yaml *map, const char *name, const evc_yaml **out,
                      evc_error **err) EVC_MUST_CHECK;
int evc_yaml_map_opt(const evc_yaml *map, const char *name, const evc_yaml **out,
                     evc_error **err) EVC_MUST_CHECK;

#endif
