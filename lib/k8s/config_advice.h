/* SPDX-License-Identifier: Apache-2.0 */
/* What kube-apiserver accepts of an EncryptionConfiguration, and nobody should use. */
#ifndef EVC_K8S_CONFIG_ADVICE_H
#define EVC_K8S_CONFIG_ADVICE_H

#include "base/arena.h"
#include "k8s/encryption_config.h"
#include "k8s/findings.h"

/* Adds warnings and hints. minor as evc_config_rules(). */
void evc_config_advice(const evc_encryption_config *config, evc_arena *arena,
                       unsigned minor, evc_findings *f);

#endif
