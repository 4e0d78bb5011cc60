/* SPDX-License-Identifier: Apache-2.0 */
/* What codec/yaml.h and the nodes below it both name. */
#ifndef EVC_CODEC_YAML_KIND_H
#define EVC_CODEC_YAML_KIND_H

typedef struct evc_yaml_doc evc_yaml_doc;
typedef struct evc_yaml evc_yaml; /* a node; borrowed from its doc */

typedef enum evc_yaml_kind {
    EVC_YAML_NULL, /* null, ~, or nothing, in plain style */
    EVC_YAML_TEXT, /* any other scalar: also numbers and words */
    EVC_YAML_LIST,
    EVC_YAML_MAP
} evc_yaml_kind;

#endif
