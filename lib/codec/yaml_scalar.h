/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Kubernetes makes of a YAML scalar that is written without quotes. Its reader is a copy
 * of go-yaml v2, which holds to YAML 1.1 for words and numbers: kubernetes-sigs/yaml,
 * goyaml.v2/resolve.go.
 */
#ifndef EVC_CODEC_YAML_SCALAR_H
#define EVC_CODEC_YAML_SCALAR_H

#include "base/view.h"

typedef enum evc_yaml_scalar {
    EVC_YAML_SCALAR_TEXT,
    EVC_YAML_SCALAR_NULL,
    EVC_YAML_SCALAR_TRUE,
    EVC_YAML_SCALAR_FALSE,
    /* Also .inf and .nan, and numbers that are too large for Kubernetes, which are texts to
     * it: nobody means that. */
    EVC_YAML_SCALAR_NUMBER
} evc_yaml_scalar;

evc_yaml_scalar evc_yaml_scalar_of(evc_view plain);

#endif
