/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kube-apiserver refuses of an EncryptionConfiguration that it could read: the rules of
 * k8s.io/apiserver, pkg/apis/apiserver/validation/validation_encryption.go, of the loading in
 * pkg/server/options/encryptionconfig/config.go, and of the versions that know KMS v1 and v2.
 */
#ifndef EVC_K8S_CONFIG_RULES_H
#define EVC_K8S_CONFIG_RULES_H

#include "base/arena.h"
#include "k8s/encryption_config.h"
#include "k8s/findings.h"

/* Adds errors, and warnings where it depends on how the server is started. minor: the cluster is
 * 1.minor; 0 = unknown. */
void evc_config_rules(const evc_encryption_config *config, evc_arena *arena,
                      unsigned minor, evc_findings *f);

#endif
