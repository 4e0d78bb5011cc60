/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of an EncryptionConfiguration, for stored values. */
#ifndef EVC_K8S_STORED_CONFIG_H
#define EVC_K8S_STORED_CONFIG_H

#include "k8s/encryption_config.h"
#include "k8s/stored_keys.h"

/*
 * Adds the keys that stand in a file, in their order; after a failure none of them. The errors of
 * evc_encryption_config_read; ENCRYPTION_CONFIG for a key that kube-apiserver would not take;
 * those of evc_stored_keys_add.
 */
int evc_stored_keys_add_config(evc_stored_keys *keys, evc_view text,
                               evc_error **err) EVC_MUST_CHECK;

#endif
